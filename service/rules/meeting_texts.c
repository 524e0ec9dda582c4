/* What each rule of web meetings asks for, in both languages, and the strictest level of its findings. */
#include "rules/meeting.h"

/* Sentences are broken where they pause. */
/* clang-format off */

const struct rule meeting_rules[MEETING_RULES] = {
        [MEETING_PROVIDED_TERMINAL] = {
                .id = "meeting.provided_terminal",
                .clauses = {"annex2.2.1"},
                .level = RULE_EXCEPTION,
                .title = {"支給された端末を使用すること", "Terminals are provided by the city"},
                .explanation = {
                        "原則として、WEB会議用情報機器、公用スマートフォン等の支給された端末を使用します。"
                        "個人の端末を使用する場合は、例外の理由を入力し、利用管理者の確認を受けてください。",
                        "In principle, terminals are provided by the city: the bureau's equipment, an official "
                        "smartphone or the like. A personal one needs a stated reason and the usage manager's "
                        "confirmation.",
                },
                .reading = {
                        "「原則として」とあるため、個人の端末は例外として扱います。「等」には、その他の支給端末を含みます。",
                        "What is to be so in principle has exceptions, with a reason. Other provided terminals count as the clause's "
                        "\"or the like\".",
                },
                .reasons = {MEETING_TERMINAL_IS_PERSONAL, MEETING_TERMINAL_IS_PERSONAL},
        },
        [MEETING_SERVICE_ALLOWED] = {
                .id = "meeting.service_allowed",
                .clauses = {"annex2.2.2", "annex2.table1"},
                .level = RULE_VIOLATION,
                .title = {"機密性区分に応じて利用できるサービスであること", "The service may be used for this class"},
                .explanation = {
                        "会議で取り扱う情報の機密性区分ごとに、利用できるサービスが別紙2の表1に定められています。"
                        "上位の区分で利用できるサービスは、下位の区分でも利用できます。",
                        "Table 1 of Annex 2 says which services may be used for which class of information. A "
                        "service that may be used for a higher class may be used for the lower ones too.",
                },
                .reading = {
                        "表1の「など」により、機密性区分Ⅲでは表に記載のないサービスも利用できるものと解します。",
                        "For class III the table's \"and the like\" lets services in that it does not name.",
                },
                .reasons = {MEETING_SERVICE_NOT_FOR_CLASS, MEETING_SERVICE_NOT_FOR_CLASS},
        },
        [MEETING_SERVICE_CONSULTATION] = {
                .id = "meeting.service_consultation",
                .clauses = {"annex2.2.2"},
                .level = RULE_VIOLATION,
                .title = {"表1に記載のないサービスは事前に相談すること", "A service that is not in table 1 is asked about first"},
                .explanation = {
                        "表1に記載のないサービスで機密性区分Ⅰ又はⅡの情報を取り扱う場合は、"
                        "デジタル化施策推進室に相談し、当該サービス及び区分について利用可の回答を得る必要があります。"
                        "会議の日は、回答の有効期間内であることが必要です。回答は、相談した所属以外の所属も利用できます。"
                        "回答に付された利用条件は、助言として表示します。",
                        "To handle class I or II information with a service that table 1 does not list, the "
                        "digital promotion office must have answered that this service is usable for this class on "
                        "the day of the meeting. An answer holds for every department, whoever asked. Its conditions "
                        "are shown as advice.",
                },
                .reading = {
                        "「相談すること」は、当該サービス及び区分について利用可の回答を得ることまでを含むものと解します。",
                        "To ask is to have asked and to have been answered that this service is usable for this class.",
                },
                .reasons = {MEETING_NOT_CONSULTED, MEETING_CONSULTATION_HAS_CONDITIONS},
        },
        [MEETING_SERVER_REGION] = {
                .id = "meeting.server_region",
                .clauses = {"annex2.table1"},
                .level = RULE_VIOLATION,
                .title = {"機密性区分Ⅰでは、サーバの所在地が国内であること", "For class I the servers are in Japan"},
                .explanation = {
                        "機密性区分Ⅰの情報を取り扱う会議では、サーバの所在地を国内に限定する必要があります。"
                        "主催する会議で所在地が不明な場合も条件を満たしません。"
                        "参加する会議で所在地を確認できない場合は、例外の理由が必要です。",
                        "For class I information the servers must be confined to Japan. A host who does not know where "
                        "they are does not meet the condition; who joins and cannot find out needs a stated reason.",
                },
                .reading = {
                        "所在地が不明な場合は、国内に「限定」したことにはならないと解します。参加者は主催者の設定を"
                        "決められないため、不明な場合を例外として扱います。",
                        "Servers of which nobody knows where they are, are not confined to Japan. Who joins does not choose them, so "
                        "for them it is an exception.",
                },
                .reasons = {MEETING_REGION_ELSEWHERE, MEETING_REGION_UNKNOWN_TO_GUEST},
        },
        [MEETING_ISMAP] = {
                .id = "meeting.ismap",
                .clauses = {"annex2.table1", "annex2.table3"},
                .level = RULE_VIOLATION,
                .title = {"機密性区分Ⅰでは、ISMAP登録サービスであること", "For class I the service is on the ISMAP list"},
                .explanation = {
                        "機密性区分Ⅰの情報は、政府情報システムのためのセキュリティ評価制度（ISMAP）に"
                        "登録されたサービスに限り取り扱うことができます。",
                        "Class I information may be handled only with services registered under ISMAP, the "
                        "government's security assessment of cloud services.",
                },
                .reading = {
                        "「ISMAP認証」は、別紙2の3の表に示された登録の有無によります。",
                        "Whether a service has ISMAP is what table 3 says of it.",
                },
                .reasons = {MEETING_WITHOUT_ISMAP, MEETING_WITHOUT_ISMAP},
        },
        [MEETING_END_TO_END_ENCRYPTION] = {
                .id = "meeting.end_to_end_encryption",
                .clauses = {"annex2.table1", "annex2.4.2"},
                .level = RULE_VIOLATION,
                .title = {"エンドツーエンド（E2E）暗号化を有効化すること", "End-to-end encryption is on"},
                .explanation = {
                        "機密性区分Ⅰ及びⅡでは、主催者がE2E暗号化を有効化します。"
                        "ISMAP登録サービスでサーバの所在地を国内に限定できるものは、サーバ側で録画又は文字起こしを行う場合は"
                        "無効で差し支えなく、それ以外の場合に無効とするには例外の理由が必要です。"
                        "ただし、機密性区分Ⅱでサービスが対応していない場合は助言にとどめます。"
                        "その他のサービスでは必ず有効化してください。機密性区分Ⅲでは有効化が望ましいとされています。",
                        "For classes I and II the host switches E2E encryption on. On a service with ISMAP and servers "
                        "in Japan it may be off while the server records or transcribes, and otherwise with a stated "
                        "reason, or for class II where the service cannot do it, which is no more than advised "
                        "against; on any other service it must be on. For class III it is recommended.",
                },
                .reading = {
                        "「原則有効化」（区分Ⅰ）は理由のある例外を許すもの、「可能な限り」（区分Ⅱ）はサービスが対応しない場合に"
                        "求めないものと解します。参加する会議では、設定するのが主催者であるため判定しません。",
                        "\"In principle\" of class I allows a reasoned exception, and \"as far as possible\" of class II asks for "
                        "nothing that the service cannot do. The host sets it, so those who join are not judged.",
                },
                .reasons = {MEETING_NOT_ENCRYPTED, MEETING_NOT_ENCRYPTED_CLASS_III},
        },
        [MEETING_END_TO_END_IMPOSSIBLE] = {
                .id = "meeting.end_to_end_impossible",
                .clauses = {"annex2.table3", "annex2.4.2"},
                .level = RULE_VIOLATION,
                .title = {"計画どおりE2E暗号化を有効化できること", "End-to-end encryption is possible as planned"},
                .explanation = {
                        "E2E暗号化機能のないサービス及び録画・文字起こしを行う会議では、E2E暗号化を有効化できません。"
                        "1対1の通話に限られるサービス（Microsoft Teams）では、3人以上の場合はTeams Premiumが必要です。",
                        "Some services have no E2E encryption, and a meeting that is recorded or transcribed cannot "
                        "have it. On some (Microsoft Teams) it works for calls of two; more people need Teams Premium.",
                },
                .reading = {
                        "「1対1の通話」は、主催者を含めて参加者が2人以下の会議と解します。",
                        "A call of two is a meeting in which at most two take part, the host included.",
                },
                .reasons = {MEETING_ENCRYPTION_FOR_TWO, MEETING_ENCRYPTED_AND_RECORDED},
        },
        [MEETING_RECORDING_ALLOWED] = {
                .id = "meeting.recording_allowed",
                .clauses = {"annex2.table3", "annex2.4.3.u"},
                .level = RULE_VIOLATION,
                .title = {"録画・文字起こしを利用できるサービスであること", "Recording is allowed on the service"},
                .explanation = {
                        "録画、録音及び文字起こしは、別紙2の3の表で可とされたサービスに限り利用できます。",
                        "Recording, even of sound only, and transcription may be used only on services for which "
                        "table 3 of Annex 2 allows them.",
                },
                .reading = {
                        "別紙2の3の表の「録画」には、録音及び文字起こしを含むものと解します。",
                        "What table 3 says of recording, it says of sound only and of transcripts as well.",
                },
                .reasons = {MEETING_RECORDING_NOT_ALLOWED, MEETING_RECORDING_NOT_ALLOWED_CLASS_III},
        },
        [MEETING_SCREEN_SHARING_ALLOWED] = {
                .id = "meeting.screen_sharing_allowed",
                .clauses = {"annex2.table3"},
                .level = RULE_VIOLATION,
                .title = {"画面共有を利用できるサービスであること", "Screen sharing is allowed on the service"},
                .explanation = {
                        "画面共有は、別紙2の3の表で可とされたサービスに限り利用できます。",
                        "Screens may be shared only on services for which table 3 of Annex 2 allows it.",
                },
                .reasons = {MEETING_SCREEN_SHARING_NOT_ALLOWED, MEETING_SCREEN_SHARING_NOT_ALLOWED},
        },
        [MEETING_CHAT_ALLOWED] = {
                .id = "meeting.chat_allowed",
                .clauses = {"annex2.table3"},
                .level = RULE_VIOLATION,
                .title = {"チャットを利用できるサービスであること", "Chat is allowed on the service"},
                .explanation = {
                        "チャットは、別紙2の3の表で可とされたサービスに限り利用できます。",
                        "Chat may be used only on services for which table 3 of Annex 2 allows it.",
                },
                .reasons = {MEETING_CHAT_NOT_ALLOWED, MEETING_CHAT_NOT_ALLOWED},
        },
        [MEETING_FILE_TRANSFER_ALLOWED] = {
                .id = "meeting.file_transfer_allowed",
                .clauses = {"annex2.table3", "annex2.4.3.o"},
                .level = RULE_VIOLATION,
                .title = {"資料は、資料転送機能によらず安全な方法で共有すること", "Files are shared by another, safe way"},
                .explanation = {
                        "別紙2の3の表で不可とされたサービスの資料転送機能は利用できません。その他のサービスでも、"
                        "機密性区分Ⅰ及びⅡでは原則として利用せず、利用する場合は例外の理由が必要です。"
                        "資料は、WEB会議サービスとは別の安全な方法で共有してください。",
                        "File transfer may not be used on services for which table 3 forbids it. On others it is to be avoided for "
                        "classes I and II and needs a stated reason. Share files by another way that is known to be "
                        "safe.",
                },
                .reading = {
                        "「原則利用せず」とあるため、表で不可とされていないサービスでの利用は例外として扱います。",
                        "What is not to be used in principle is an exception where table 3 does not forbid it.",
                },
                .reasons = {MEETING_FILE_TRANSFER_NOT_ALLOWED, MEETING_FILE_TRANSFER_TO_BE_AVOIDED},
        },
        [MEETING_CONFIDENTIALITY_ANNOUNCED] = {
                .id = "meeting.confidentiality_announced",
                .clauses = {"annex2.4.1"},
                .level = RULE_VIOLATION,
                .title = {"機密性区分を確認し、参加者に周知すること", "The class is confirmed and the participants are told"},
                .explanation = {
                        "主催者は、会議で取り扱う情報の機密性区分を確認し、区分に応じて取り扱うよう参加者に周知します。"
                        "周知は当日までに行うものであり、計画の段階では助言にとどめます。",
                        "The host confirms the class of the information and tells the participants to handle it "
                        "accordingly. Telling them is for the day, so of a plan it is no more than advice.",
                },
                .reading = {
                        "区分の確認は計画の時までに、「周知」は会議の当日までに行うものと解します。",
                        "The class is confirmed before there is a plan; the participants are told by the day.",
                },
                .reasons = {MEETING_CLASS_NOT_CONFIRMED, MEETING_CLASS_TO_BE_ANNOUNCED},
        },
        [MEETING_UNINVITED_KEPT_OUT] = {
                .id = "meeting.uninvited_kept_out",
                .clauses = {"annex2.4.3.a"},
                .level = RULE_VIOLATION,
                .title = {"参加予定者以外の者が参加できないこと", "Only those expected can take part"},
                .explanation = {
                        "機密性区分Ⅰ及びⅡでは、待機室、主催者による強制退室等により、参加予定者以外の者が"
                        "参加できない措置を講じます。サービスに備わっていない機能は、措置として数えません。",
                        "For classes I and II a waiting room, removal by the host or another measure keeps out whoever "
                        "is not expected. What the service does not have counts for nothing.",
                },
                .reading = {
                        "「等」には、待機室及び強制退室以外の措置で、その内容を入力したものを含みます。",
                        "Other measures count when they are stated.",
                },
                .reasons = {MEETING_NOBODY_KEPT_OUT, MEETING_NOBODY_KEPT_OUT},
        },
        [MEETING_ADMISSION_CHECK] = {
                .id = "meeting.admission_check",
                .clauses = {"annex2.4.3.i"},
                .level = RULE_VIOLATION,
                .title = {"待機室では、参加予定者であることを確認して入室を許可すること", "Whoever waits is checked before being let in"},
                .explanation = {
                        "機密性区分Ⅰ及びⅡで待機室を利用する場合は、参加予定者であることを確認してから入室を許可します。"
                        "確認は当日に行うものであり、計画の段階では助言にとどめます。",
                        "Where a meeting of class I or II has a waiting room, each person is let in only after it is "
                        "clear that they were expected. That is for the day, so of a plan it is no more than advice.",
                },
                .reading = {
                        "入室を許可する時の確認であるため、実施した会議についてのみ違反とします。",
                        "It is done as people are let in, so only what took place can be a violation.",
                },
                .reasons = {MEETING_ADMITTED_UNCHECKED, MEETING_ADMISSION_TO_BE_CHECKED},
        },
        [MEETING_RECORDING_CONSENT] = {
                .id = "meeting.recording_consent",
                .clauses = {"annex2.4.3.e"},
                .level = RULE_VIOLATION,
                .title = {"録画・録音は、出席者の同意又は通知の上で行うこと", "Recording is agreed to or announced"},
                .explanation = {
                        "機密性区分Ⅰ及びⅡの会議を録画・録音する場合は、出席者の同意を得るか、通知した上で行います。"
                        "機密性区分Ⅲでも推奨します。文字起こしのみの場合には適用しません。"
                        "同意及び通知は当日までに行うものであり、計画の段階では助言にとどめます。",
                        "Recording a meeting of class I or II needs the participants' consent or a notice to them; for "
                        "class III it is recommended. This does not apply to transcription alone. Consent and notice are "
                        "for the day, so of a plan they are no more than advised.",
                },
                .reading = {
                        "「録画・録音」には、文字起こしのみの場合を含まないものと解します。",
                        "A transcript alone is no recording of picture or sound.",
                },
                .reasons = {MEETING_RECORDED_WITHOUT_CONSENT, MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III},
        },
        [MEETING_CITY_ACCOUNT] = {
                .id = "meeting.city_account",
                .clauses = {"annex2.5.1"},
                .level = RULE_EXCEPTION,
                .title = {"市が用意したアカウントを使用すること", "The account is one of the city's"},
                .explanation = {
                        "原則として、市が用意したアカウントを使用します。個人のアカウントを使用する場合は例外の理由が必要です。"
                        "アカウントを使用せずゲストとして参加することは差し支えありません。",
                        "In principle, an account that the city provides is used; a personal one needs a stated "
                        "reason. Joining as a guest without an account is in order.",
                },
                .reading = {
                        "「原則」とあるため、個人のアカウントは例外として扱います。アカウントを使用しないゲスト参加は、個人の"
                        "アカウントの利用に当たらないものと解します。",
                        "What is to be so in principle has exceptions, with a reason. A guest without an account uses no personal "
                        "one.",
                },
                .reasons = {MEETING_ACCOUNT_IS_PERSONAL, MEETING_ACCOUNT_IS_PERSONAL},
        },
        [MEETING_NATIVE_APP] = {
                .id = "meeting.native_app",
                .clauses = {"annex2.5.2"},
                .level = RULE_EXCEPTION,
                .title = {"専用のアプリケーションを使用すること", "The service's own application is used"},
                .explanation = {
                        "主催・参加のいずれの場合も、Webブラウザではなく専用のアプリケーションを使用するものとされています。"
                        "Webブラウザを使用する場合は例外の理由が必要です。専用のアプリケーションがないサービスでは助言にとどめます。",
                        "Whether hosting or joining, the service's own application is used rather than a web browser. A "
                        "browser needs a stated reason; where the service has no application it is no more than "
                        "advice.",
                },
                .reading = {
                        "「ものとする」は原則を示すものと解し、Webブラウザの使用を例外として扱います。",
                        "The clause states what is usual, so a browser is an exception.",
                },
                .reasons = {MEETING_IN_BROWSER, MEETING_IN_BROWSER_FOR_WANT_OF_APP},
        },
        [MEETING_APP_LATEST] = {
                .id = "meeting.app_latest",
                .clauses = {"annex2.5.2"},
                .level = RULE_VIOLATION,
                .title = {"アプリケーションが最新版であること", "The application is the latest version"},
                .explanation = {
                        "専用のアプリケーションは、最新版に更新してから使用します。計画の段階では助言にとどめます。",
                        "The application is updated to its latest version before it is used; of a plan that is no more "
                        "than advice.",
                },
                .reading = {
                        "最新版かどうかは会議の当日で判断するため、実施した会議についてのみ違反とします。",
                        "The latest version is that of the day, so only what took place can be a violation.",
                },
                .reasons = {MEETING_APP_IS_OLD, MEETING_APP_TO_BE_UPDATED},
        },
        [MEETING_VENUE] = {
                .id = "meeting.venue",
                .clauses = {"annex2.5.3"},
                .level = RULE_EXCEPTION,
                .title = {"会議の内容が参加者以外の者に見聞きされない環境であること", "Bystanders neither see nor hear the meeting"},
                .explanation = {
                        "会議室を確保します。確保できない場合は、仮想背景を利用するか、カメラをオフにします。"
                        "配慮を求める規定であるため、いずれもできない場合は例外の理由を入力してください。",
                        "Use a meeting room or, where there is none, a virtual background or no camera. The clause asks "
                        "for consideration, so where none can be done a reason is stated.",
                },
                .reading = {
                        "「配慮」を求めるものであるため、違反ではなく例外として扱います。",
                        "The clause asks for consideration, so it is an exception and no violation.",
                },
                .reasons = {MEETING_VENUE_IS_OPEN, MEETING_VENUE_IS_OPEN},
        },
        [MEETING_MICROPHONE] = {
                .id = "meeting.microphone",
                .clauses = {"annex2.5.3"},
                .level = RULE_ADVICE,
                .title = {"発言時以外はマイクをオフにすること", "Microphones are off except when speaking"},
                .explanation = {
                        "周囲の音声が参加者に伝わらないよう、発言時以外はマイクをオフにします。"
                        "計画の段階では確認できないため、助言にとどめます。",
                        "Microphones are off except when speaking, so that sounds nearby stay out. A plan cannot prove "
                        "it, so it is no more than advice.",
                },
                .reasons = {MEETING_MICROPHONE_STAYS_ON, MEETING_MICROPHONE_STAYS_ON},
        },
        [MEETING_CLEAN_UP] = {
                .id = "meeting.clean_up",
                .clauses = {"annex2.4.4"},
                .level = RULE_VIOLATION,
                .title = {"終了後にクラウド上のデータを削除又は移動すること", "Data in the cloud is deleted or moved afterwards"},
                .explanation = {
                        "主催した会議の録画、文字起こし及びチャットのデータがクラウド上に残る場合は、所定の日数以内に"
                        "削除若しくは移動を行い、又はその必要がない旨を登録してください。期限を過ぎると期限超過として"
                        "表示されます。会議の計画の判定の対象にはなりません。",
                        "Recordings, transcripts and chat that a hosted meeting leaves in the cloud are moved or "
                        "deleted, or stated as needing neither, within the set number of days; after that the meeting "
                        "shows as overdue. It is not part of judging a plan.",
                },
                .reading = {
                        "「必要に応じて」とあるため、移動及び削除のほか、不要である旨の登録でも足りるものと解します。",
                        "As data is moved or deleted where needed, stating that neither is needed will do.",
                },
        },
};
