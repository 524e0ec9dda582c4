/* What can be the matter with a meeting and what to do about it, in both languages. */
#include "rules/meeting.h"

/* Sentences are broken where they pause. */
/* clang-format off */

/* What rests on table 3 alone for class III, and on 4(3) as well for the others. */
#define NO_RECORDING \
        .level = RULE_VIOLATION, \
        .detail = { \
                "このサービスの録画・文字起こしは使えません。", \
                "Recording and transcription are not to be used on this service.", \
        }, \
        .remedy = { \
                "録画や文字起こしをやめるか、認められたサービスに替えてください。", \
                "Do without them, or choose a service on which they are allowed.", \
        }

#define NO_FILE_TRANSFER \
        .level = RULE_VIOLATION, \
        .detail = {"このサービスの資料転送は使えません。", "File transfer is not to be used on this service."}, \
        .remedy = { \
                "資料は、安全が確かめられた別の方法で渡してください。", \
                "Hand files over by another way that is known to be safe.", \
        }

const struct rule_reason meeting_reasons[MEETING_REASONS] = {
        [MEETING_TERMINAL_IS_PERSONAL] = {
                .level = RULE_EXCEPTION,
                .detail = {"個人の端末が含まれています。", "A personal terminal is among them."},
                .remedy = {
                        "支給された端末に替えるか、個人の端末を使う理由を書いてください。",
                        "Use a provided terminal instead, or state why a personal one is used.",
                },
        },
        [MEETING_SERVICE_NOT_FOR_CLASS] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "このサービスは、この機密性区分の情報には使えません。",
                        "This service may not be used for information of this class.",
                },
                .remedy = {
                        "この区分で使えるサービスに替えてください。",
                        "Choose a service that may be used for this class.",
                },
        },
        [MEETING_NOT_CONSULTED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "表にないサービスですが、相談の回答が示されていません。",
                        "The service is not in the table, and no answer of the digital promotion office is cited.",
                },
                .remedy = {
                        "デジタル化施策推進室に相談し、使えるという回答を会議に示すか、表にあるサービスに替えてください。",
                        "Ask the digital promotion office and cite its answer, or choose a listed service.",
                },
        },
        [MEETING_CONSULTATION_DOES_NOT_FIT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "示された相談は、このサービスをこの区分でこの日に使えるという回答になっていません。",
                        "The answer cited does not say that this service is usable for this class on this day.",
                },
                .remedy = {
                        "サービス名、区分、有効期間を確かめ、合う回答を示すか、改めて相談してください。",
                        "Look at its service, class and days; cite one that fits, or ask again.",
                },
        },
        [MEETING_REGION_ELSEWHERE] = {
                .level = RULE_VIOLATION,
                .detail = {"サーバの場所が国外です。", "The servers are outside Japan."},
                .remedy = {
                        "国内に限る設定にするか、それができるサービスに替えてください。",
                        "Confine the servers to Japan, or choose a service that can.",
                },
        },
        [MEETING_REGION_UNKNOWN] = {
                .level = RULE_VIOLATION,
                .detail = {"サーバの場所が分かりません。", "Where the servers are is not known."},
                .remedy = {
                        "契約や設定で場所を確かめ、国内であれば計画に書いてください。",
                        "Find out from the contract or the settings, and say so if they are in Japan.",
                },
        },
        [MEETING_WITHOUT_ISMAP] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスはISMAPに登録されていません。", "This service is not registered under ISMAP."},
                .remedy = {
                        "区分Iで使えるサービスに替えてください。",
                        "Choose a service that may be used for class I.",
                },
        },
        [MEETING_NOT_ENCRYPTED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "E2E暗号化が無効です。このサービスで区分IまたはIIの情報を扱うには有効にする必要があります。",
                        "E2E encryption is off, which this service does not allow for class I or II.",
                },
                .remedy = {
                        "E2E暗号化を有効にするか、ISMAPに登録され国内にサーバを限れるサービスに替えてください。",
                        "Switch E2E encryption on, or choose a service with ISMAP and servers in Japan.",
                },
        },
        [MEETING_NOT_ENCRYPTED_ON_ISMAP] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "E2E暗号化が無効で、サーバでの録画や文字起こしもありません。",
                        "E2E encryption is off although the server neither records nor transcribes.",
                },
                .remedy = {
                        "E2E暗号化を有効にするか、無効にする理由を書いてください。",
                        "Switch E2E encryption on, or state why it is off.",
                },
        },
        [MEETING_NOT_ENCRYPTED_CLASS_III] = {
                .level = RULE_ADVICE,
                .detail = {"E2E暗号化が無効です。", "E2E encryption is off."},
                .remedy = {"できれば有効にしてください。", "Switch it on if you can."},
        },
        [MEETING_ENCRYPTION_FOR_TWO] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "このサービスのE2E暗号化は2人の通話に限られますが、参加者が3人以上です。",
                        "E2E encryption of this service is for calls of two, and more take part.",
                },
                .remedy = {
                        "上位のライセンス（Teams Premium）を使うか、別のサービスに替えてください。",
                        "Use the higher licence (Teams Premium), or choose another service.",
                },
        },
        [MEETING_ENCRYPTION_NOT_OFFERED] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスにE2E暗号化はありません。", "This service has no E2E encryption."},
                .remedy = {
                        "E2E暗号化を無効として計画し直すか、別のサービスに替えてください。",
                        "Plan it with E2E encryption off, or choose another service.",
                },
        },
        [MEETING_ENCRYPTED_AND_RECORDED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "E2E暗号化と、録画・録音・文字起こしは、同時に使えません。",
                        "E2E encryption does not go together with recording or transcription.",
                },
                .remedy = {
                        "録画や文字起こしをやめるか、認められるサービスでE2E暗号化を無効にしてください。",
                        "Do without the recording or transcript, or switch E2E encryption off where that is allowed.",
                },
        },
        [MEETING_RECORDING_NOT_ALLOWED] = {NO_RECORDING},
        [MEETING_RECORDING_NOT_ALLOWED_CLASS_III] = {NO_RECORDING, .clauses = 1},
        [MEETING_SCREEN_SHARING_NOT_ALLOWED] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスの画面共有は使えません。", "Screen sharing is not to be used on this service."},
                .remedy = {
                        "画面共有をやめるか、認められたサービスに替えてください。",
                        "Do without it, or choose a service on which it is allowed.",
                },
        },
        [MEETING_CHAT_NOT_ALLOWED] = {
                .level = RULE_VIOLATION,
                .detail = {"このサービスのチャットは使えません。", "Chat is not to be used on this service."},
                .remedy = {
                        "チャットをやめるか、認められたサービスに替えてください。",
                        "Do without it, or choose a service on which it is allowed.",
                },
        },
        [MEETING_FILE_TRANSFER_NOT_ALLOWED] = {NO_FILE_TRANSFER},
        [MEETING_FILE_TRANSFER_NOT_ALLOWED_CLASS_III] = {NO_FILE_TRANSFER, .clauses = 1},
        [MEETING_FILE_TRANSFER_TO_BE_AVOIDED] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "区分IまたはIIの会議で資料転送を使う計画です。",
                        "Files are to be transferred in a meeting of class I or II.",
                },
                .remedy = {
                        "別の安全な方法で渡すか、資料転送を使う理由を書いてください。",
                        "Hand them over by another safe way, or state why not.",
                },
        },
        [MEETING_CLASS_NOT_CONFIRMED] = {
                .level = RULE_VIOLATION,
                .detail = {"機密性区分が確認されていません。", "The class has not been confirmed."},
                .remedy = {
                        "扱う情報の区分を確認し、参加者にも伝えてください。",
                        "Confirm the class of the information, and tell the participants.",
                },
        },
        [MEETING_CLASS_NOT_ANNOUNCED] = {
                .level = RULE_VIOLATION,
                .detail = {"機密性区分が参加者に伝えられていません。", "The participants have not been told the class."},
                .remedy = {
                        "区分に応じた扱いを参加者に伝えてください。",
                        "Tell the participants how to handle information of this class.",
                },
        },
        [MEETING_NOBODY_KEPT_OUT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "予定していない人の参加を防ぐ方法がありません。",
                        "Nothing keeps out those who are not expected.",
                },
                .remedy = {
                        "待合室を使うか、主催者が退室させられるようにするか、ほかの方法を書いてください。",
                        "Use a waiting room, let the host remove people, or state another measure.",
                },
        },
        [MEETING_ADMITTED_UNCHECKED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "待合室の人を確かめずに参加させる計画です。",
                        "Those in the waiting room are let in unchecked.",
                },
                .remedy = {
                        "予定した参加者かどうかを確かめてから参加を許可してください。",
                        "Check that each was expected before letting him in.",
                },
        },
        [MEETING_RECORDED_WITHOUT_CONSENT] = {
                .level = RULE_VIOLATION,
                .detail = {"録画・録音の同意も通知もありません。", "It is recorded without consent or notice."},
                .remedy = {
                        "出席者の同意を得るか、録画・録音することを知らせてください。",
                        "Ask the participants, or tell them that it is recorded.",
                },
        },
        [MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III] = {
                .level = RULE_ADVICE,
                .detail = {"録画・録音の同意も通知もありません。", "It is recorded without consent or notice."},
                .remedy = {
                        "出席者に知らせることを勧めます。",
                        "It is good to tell the participants.",
                },
        },
        [MEETING_ACCOUNT_IS_PERSONAL] = {
                .level = RULE_EXCEPTION,
                .detail = {"個人のアカウントを使う計画です。", "A personal account is to be used."},
                .remedy = {
                        "市のアカウントに替えるか、個人のアカウントを使う理由を書いてください。",
                        "Use one of the city's, or state why a personal one is used.",
                },
        },
        [MEETING_IN_BROWSER] = {
                .level = RULE_VIOLATION,
                .detail = {"Webブラウザを使う計画です。", "A web browser is to be used."},
                .remedy = {
                        "専用のアプリケーション（最新版）を使ってください。",
                        "Use the service's own application in its latest version.",
                },
        },
        [MEETING_APP_IS_OLD] = {
                .level = RULE_VIOLATION,
                .detail = {"アプリケーションが最新版ではありません。", "The application is not the latest version."},
                .remedy = {"最新版に更新してください。", "Update it."},
        },
        [MEETING_VENUE_IS_OPEN] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "会議室がなく、仮想背景もカメラのオフもありません。",
                        "There is no room, and neither a virtual background nor a camera that is off.",
                },
                .remedy = {
                        "会議室を確保するか、仮想背景を使うか、カメラをオフにしてください。",
                        "Find a room, use a virtual background, or switch the camera off.",
                },
        },
        [MEETING_MICROPHONE_STAYS_ON] = {
                .level = RULE_ADVICE,
                .detail = {"話さないときもマイクがオンの計画です。", "Microphones stay on while nobody speaks."},
                .remedy = {
                        "発言するとき以外はオフにしてください。",
                        "Switch them off except to speak.",
                },
        },
};
