/* What can be the matter with a meeting and what to do about it, in both languages. */
#include "rules/meeting.h"

/* Sentences are broken where they pause. */
/* clang-format off */

/* What rests on table 3 alone for class III, and on 4(3) as well for the others. */
#define NO_RECORDING \
        .level = RULE_VIOLATION, \
        .detail = { \
                "このサービスでは、録画・文字起こしを利用できません。", \
                "Recording and transcription may not be used on this service.", \
        }, \
        .remedy = { \
                "録画・文字起こしを行わないこととするか、利用できるサービスに変更してください。", \
                "Do without them, or choose a service on which they are allowed.", \
        }

#define NO_FILE_TRANSFER \
        .level = RULE_VIOLATION, \
        .detail = {"このサービスでは、資料転送を利用できません。", "File transfer may not be used on this service."}, \
        .remedy = { \
                "資料は、WEB会議サービスとは別の安全な方法で共有してください。", \
                "Share files by another way that is known to be safe.", \
        }

const struct rule_reason meeting_reasons[MEETING_REASONS] = {
        [MEETING_TERMINAL_IS_PERSONAL] = {
                .level = RULE_EXCEPTION,
                .detail = {"個人の端末が含まれています。", "One of the terminals is a personal one."},
                .remedy = {
                        "支給された端末に変更するか、個人の端末を使用する理由を入力してください。",
                        "Use a provided terminal instead, or state why a personal one is used.",
                },
        },
        [MEETING_SERVICE_NOT_FOR_CLASS] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "このサービスは、この機密性区分の情報の取扱いには利用できません。",
                        "This service may not be used for information of this class.",
                },
                .remedy = {
                        "この区分で利用できるサービスに変更してください。",
                        "Choose a service that may be used for this class.",
                },
        },
        [MEETING_NOT_CONSULTED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "表1に記載のないサービスですが、デジタル化施策推進室への相談が指定されていません。",
                        "The service is not in table 1, and no answer of the digital promotion office is cited.",
                },
                .remedy = {
                        "デジタル化施策推進室に相談し、利用可の回答を得た相談を指定するか、表1のサービスに変更してください。",
                        "Ask the digital promotion office and cite its answer, or choose a listed service.",
                },
        },
        [MEETING_CONSULTATION_DOES_NOT_FIT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "指定した相談の回答では、このサービスを、この区分で会議の日に利用できません。",
                        "The answer cited does not say that this service is usable for this class on this day.",
                },
                .remedy = {
                        "回答のサービス名、区分及び有効期間を確認し、該当する相談を指定するか、改めて相談してください。",
                        "Check the service, class and days of the answer; cite one that fits, or ask again.",
                },
        },
        [MEETING_CONSULTATION_HAS_CONDITIONS] = {
                .level = RULE_ADVICE,
                .detail = {
                        "指定した相談の回答に、利用条件が付されています：",
                        "The answer cited names conditions of use: ",
                },
                .remedy = {
                        "利用条件に従って会議を行ってください。",
                        "Hold the meeting under these conditions.",
                },
        },
        [MEETING_REGION_ELSEWHERE] = {
                .level = RULE_VIOLATION,
                .detail = {"サーバの所在地が国外です。", "The servers are outside Japan."},
                .remedy = {
                        "サーバの所在地を国内に限定するか、限定できるサービスに変更してください。",
                        "Confine the servers to Japan, or choose a service that can.",
                },
        },
        [MEETING_REGION_UNKNOWN] = {
                .level = RULE_VIOLATION,
                .detail = {"サーバの所在地が不明です。", "It is not known where the servers are."},
                .remedy = {
                        "契約内容又は設定により所在地を確認し、国内の場合は「国内」と登録してください。",
                        "Find out from the terms of the service or its settings, and say so if they are in Japan.",
                },
        },
        [MEETING_REGION_UNKNOWN_TO_GUEST] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "参加する会議のサーバの所在地が不明です。",
                        "It is not known where the servers of the meeting joined are.",
                },
                .remedy = {
                        "主催者に所在地を確認するか、不明のまま参加する理由を入力してください。",
                        "Ask the host where they are, or state why it is joined all the same.",
                },
        },
        [MEETING_WITHOUT_ISMAP] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスは、ISMAP登録サービスではありません。", "This service is not registered under ISMAP."},
                .remedy = {
                        "機密性区分Ⅰで利用できるサービスに変更してください。",
                        "Choose a service that may be used for class I.",
                },
        },
        [MEETING_NOT_ENCRYPTED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "E2E暗号化が無効です。このサービスで機密性区分Ⅰ又はⅡの情報を取り扱うには、有効化が必要です。",
                        "E2E encryption is off, which this service does not allow for class I or II.",
                },
                .remedy = {
                        "E2E暗号化を有効化するか、ISMAP登録サービスでサーバの所在地を国内に限定できるものに変更してください。",
                        "Switch E2E encryption on, or choose a service with ISMAP and servers in Japan.",
                },
        },
        [MEETING_NOT_ENCRYPTED_ON_ISMAP] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "サーバ側で録画・文字起こしを行わない会議で、E2E暗号化が無効です。",
                        "E2E encryption is off although the server neither records nor transcribes.",
                },
                .remedy = {
                        "E2E暗号化を有効化するか、無効とする理由を入力してください。",
                        "Switch E2E encryption on, or state why it is off.",
                },
        },
        [MEETING_NOT_ENCRYPTED_AS_IMPOSSIBLE] = {
                .level = RULE_ADVICE,
                .detail = {
                        "E2E暗号化が無効です。このサービスでは、この人数でE2E暗号化を有効化できません。",
                        "E2E encryption is off; this service does not offer it for so many people.",
                },
                .remedy = {
                        "可能な限り有効化することとされています。有効化できるサービスの利用を検討してください。",
                        "It is to be on as far as possible: consider a service that offers it.",
                },
        },
        [MEETING_NOT_ENCRYPTED_CLASS_III] = {
                .level = RULE_ADVICE,
                .detail = {"E2E暗号化が無効です。", "E2E encryption is off."},
                .remedy = {"有効化が望ましい会議です。可能な場合は有効化してください。", "Switch it on if you can."},
        },
        [MEETING_ENCRYPTION_FOR_TWO] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "このサービスのE2E暗号化は1対1の通話に限られますが、参加者が3人以上です。",
                        "This service encrypts end to end only calls of two, and more people take part.",
                },
                .remedy = {
                        "上位のライセンス（Teams Premium）を使用するか、別のサービスに変更してください。",
                        "Use the higher licence (Teams Premium), or choose another service.",
                },
        },
        [MEETING_ENCRYPTION_NOT_OFFERED] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスには、E2E暗号化機能がありません。", "This service has no E2E encryption."},
                .remedy = {
                        "E2E暗号化を「無効」に変更するか、別のサービスに変更してください。",
                        "Plan it with E2E encryption off, or choose another service.",
                },
        },
        [MEETING_ENCRYPTED_AND_RECORDED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "E2E暗号化と録画・録音・文字起こしは、同時に利用できません。",
                        "E2E encryption cannot be combined with recording or transcription.",
                },
                .remedy = {
                        "録画・録音・文字起こしを行わないこととするか、無効とすることができるサービスでE2E暗号化を無効にしてください。",
                        "Do without the recording or transcript, or switch E2E encryption off where that is allowed.",
                },
        },
        [MEETING_RECORDING_NOT_ALLOWED] = {NO_RECORDING},
        [MEETING_RECORDING_NOT_ALLOWED_CLASS_III] = {NO_RECORDING, .clauses = 1},
        [MEETING_SCREEN_SHARING_NOT_ALLOWED] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスでは、画面共有を利用できません。", "Screen sharing may not be used on this service."},
                .remedy = {
                        "画面共有を行わないこととするか、利用できるサービスに変更してください。",
                        "Do without it, or choose a service on which it is allowed.",
                },
        },
        [MEETING_CHAT_NOT_ALLOWED] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスでは、チャットを利用できません。", "Chat may not be used on this service."},
                .remedy = {
                        "チャットを利用しないこととするか、利用できるサービスに変更してください。",
                        "Do without it, or choose a service on which it is allowed.",
                },
        },
        [MEETING_FILE_TRANSFER_NOT_ALLOWED] = {NO_FILE_TRANSFER},
        [MEETING_FILE_TRANSFER_NOT_ALLOWED_CLASS_III] = {NO_FILE_TRANSFER, .clauses = 1},
        [MEETING_FILE_TRANSFER_TO_BE_AVOIDED] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "機密性区分Ⅰ又はⅡの会議で、資料転送の利用が「有」となっています。",
                        "File transfer is used in a meeting of class I or II.",
                },
                .remedy = {
                        "別の安全な方法で共有するか、資料転送を利用する理由を入力してください。",
                        "Share them by another safe way, or state why not.",
                },
        },
        [MEETING_CLASS_NOT_CONFIRMED] = {
                .level = RULE_VIOLATION,
                .detail = {"機密性区分が確認されていません。", "The class has not been confirmed."},
                .remedy = {
                        "取り扱う情報の機密性区分を確認し、参加者に周知してください。",
                        "Confirm the class of the information, and tell the participants.",
                },
        },
        [MEETING_CLASS_NOT_ANNOUNCED] = {
                .level = RULE_VIOLATION,
                .detail = {"機密性区分が参加者に周知されていません。", "The participants have not been told the class."},
                .remedy = {
                        "機密性区分に応じて取り扱うよう、参加者に周知してください。",
                        "Tell the participants how to handle information of this class.",
                },
        },
        [MEETING_CLASS_TO_BE_ANNOUNCED] = {
                .level = RULE_ADVICE,
                .detail = {
                        "機密性区分の参加者への周知が、まだ行われていません。",
                        "The participants have not yet been told the class.",
                },
                .remedy = {
                        "会議の開始までに、機密性区分に応じて取り扱うよう参加者に周知してください。",
                        "Tell the participants before it begins how to handle information of this class.",
                },
        },
        [MEETING_NOBODY_KEPT_OUT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "参加予定者以外の者の参加を防ぐ措置がありません。",
                        "Nothing keeps out those who are not expected.",
                },
                .remedy = {
                        "待機室を利用するか、主催者が強制退室させられるようにするか、その他の措置を入力してください。"
                        "サービスに備わっていない機能は、措置になりません。",
                        "Use a waiting room, let the host remove people, or state another measure. What the service "
                        "does not have is none.",
                },
        },
        [MEETING_ADMITTED_UNCHECKED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "待機室からの入室が、参加予定者であることの確認なしに許可されています。",
                        "Those in the waiting room are let in unchecked.",
                },
                .remedy = {
                        "参加予定者であることを確認してから、入室を許可してください。",
                        "Check that each person was expected before letting them in.",
                },
        },
        [MEETING_ADMISSION_TO_BE_CHECKED] = {
                .level = RULE_ADVICE,
                .detail = {
                        "待機室の利用者が参加予定者であることの確認が、予定されていません。",
                        "It is not planned that those in the waiting room are checked.",
                },
                .remedy = {
                        "当日は、参加予定者であることを確認してから入室を許可してください。",
                        "On the day, check that each person was expected before letting them in.",
                },
        },
        [MEETING_RECORDED_WITHOUT_CONSENT] = {
                .level = RULE_VIOLATION,
                .detail = {"録画・録音について、出席者の同意も通知もありません。", "The meeting is recorded without consent or notice."},
                .remedy = {
                        "出席者の同意を得るか、録画・録音することを出席者に通知してください。",
                        "Ask the participants for consent, or tell them that it is recorded.",
                },
        },
        [MEETING_CONSENT_TO_BE_ASKED] = {
                .level = RULE_ADVICE,
                .detail = {
                        "録画・録音について、出席者の同意も通知も予定されていません。",
                        "Neither consent to the recording nor notice of it is planned.",
                },
                .remedy = {
                        "録画・録音の開始までに、出席者の同意を得るか、録画・録音することを通知してください。",
                        "Ask the participants for consent, or tell them, before the recording begins.",
                },
        },
        [MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III] = {
                .level = RULE_ADVICE,
                .detail = {"録画・録音について、出席者の同意も通知もありません。", "The meeting is recorded without consent or notice."},
                .remedy = {
                        "録画・録音することを出席者に通知することを推奨します。",
                        "It is recommended to tell the participants.",
                },
        },
        [MEETING_ACCOUNT_IS_PERSONAL] = {
                .level = RULE_EXCEPTION,
                .detail = {"使用するアカウントが個人のものです。", "The account is a personal one."},
                .remedy = {
                        "市が用意したアカウントに変更するか、個人のアカウントを使用する理由を入力してください。",
                        "Use one of the city's, or state why a personal one is used.",
                },
        },
        [MEETING_IN_BROWSER] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "専用のアプリケーションではなく、Webブラウザを使用する会議です。",
                        "A web browser is used instead of the service's own application.",
                },
                .remedy = {
                        "専用のアプリケーション（最新版）を使用するか、Webブラウザを使用する理由を入力してください。",
                        "Use the service's own application in its latest version, or state why a browser is used.",
                },
        },
        [MEETING_IN_BROWSER_FOR_WANT_OF_APP] = {
                .level = RULE_ADVICE,
                .detail = {
                        "このサービスには専用のアプリケーションがないため、Webブラウザを使用する会議です。",
                        "A web browser is used, as the service has no application of its own.",
                },
                .remedy = {
                        "Webブラウザを最新版に更新してから使用してください。",
                        "Update the browser to its latest version before using it.",
                },
        },
        [MEETING_APP_IS_OLD] = {
                .level = RULE_VIOLATION,
                .detail = {"アプリケーションが最新版ではありません。", "The application is not the latest version."},
                .remedy = {"最新版に更新してください。", "Update it to the latest version."},
        },
        [MEETING_APP_TO_BE_UPDATED] = {
                .level = RULE_ADVICE,
                .detail = {
                        "アプリケーションが最新版であることの確認ができていません。",
                        "The application is not known to be the latest version.",
                },
                .remedy = {"会議の開始までに、最新版に更新してください。", "Update it before the meeting begins."},
        },
        [MEETING_VENUE_IS_OPEN] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "会議室が確保されておらず、仮想背景の利用もカメラオフの設定もありません。",
                        "There is no meeting room, the camera is on, and no virtual background is used.",
                },
                .remedy = {
                        "会議室を確保するか、仮想背景を利用するか、カメラをオフにしてください。いずれもできない場合は、"
                        "その理由を入力してください。",
                        "Find a room, use a virtual background, or switch the camera off; where none can be done, state "
                        "why.",
                },
        },
        [MEETING_MICROPHONE_STAYS_ON] = {
                .level = RULE_ADVICE,
                .detail = {"発言時以外もマイクがオンとなっています。", "Microphones stay on while nobody speaks."},
                .remedy = {
                        "発言時以外は、マイクをオフにしてください。",
                        "Switch them off except when speaking.",
                },
        },
};
