/* What each rule of web meetings asks for, in both languages, and the strictest level of its findings. */
#include "rules/meeting.h"

/* Sentences are broken where they pause. */
/* clang-format off */

const struct rule meeting_rules[MEETING_RULES] = {
        [MEETING_PROVIDED_TERMINAL] = {
                .id = "meeting.provided_terminal",
                .clauses = {"annex2.2.1"},
                .level = RULE_EXCEPTION,
                .title = {"支給された端末を使うこと", "Terminals are provided by the city"},
                .explanation = {
                        "WEB会議用の機器や公用のスマートフォンなど、市が支給した端末を使うのが原則です。"
                        "個人の端末を使うときは理由を書き、利用管理者の確認を受けます。",
                        "The principle is to use terminals that the city provides: the bureau's equipment, an official "
                        "smartphone or the like. Using a personal one takes a stated reason and the usage manager's "
                        "confirmation.",
                },
        },
        [MEETING_SERVICE_ALLOWED] = {
                .id = "meeting.service_allowed",
                .clauses = {"annex2.2.2", "annex2.table1"},
                .level = RULE_VIOLATION,
                .title = {"機密性区分に合うサービスであること", "The service may be used for this class"},
                .explanation = {
                        "会議で扱う情報の機密性区分ごとに、使えるサービスが表1に定められています。"
                        "厳しい区分で使えるサービスは、それより緩い区分でも使えます。",
                        "Table 1 says which services may be used for information of which class. A service allowed "
                        "for a stricter class is allowed for the others below it.",
                },
        },
        [MEETING_SERVICE_CONSULTATION] = {
                .id = "meeting.service_consultation",
                .clauses = {"annex2.2.2"},
                .level = RULE_VIOLATION,
                .title = {"表にないサービスは事前に相談すること", "A service outside the table was asked about"},
                .explanation = {
                        "表1にないサービスで区分IまたはIIの情報を扱うには、デジタル化施策推進室に相談し、"
                        "同じサービスと区分について使えるという回答を得て、会議の日が有効期間に入っていることが必要です。",
                        "To handle class I or II with a service that table 1 does not list, the digital promotion "
                        "office must have answered that this service is usable for this class on the day of the "
                        "meeting.",
                },
        },
        [MEETING_SERVER_REGION] = {
                .id = "meeting.server_region",
                .clauses = {"annex2.table1"},
                .level = RULE_VIOLATION,
                .title = {"区分Iではサーバが国内にあること", "For class I the servers are in Japan"},
                .explanation = {
                        "区分Iの情報を扱う会議では、サービスのサーバの場所を国内に限る設定が必要です。"
                        "場所が分からない場合も条件を満たしません。",
                        "A meeting on class I information needs the servers to be confined to Japan. Not knowing "
                        "where they are does not meet the condition.",
                },
        },
        [MEETING_ISMAP] = {
                .id = "meeting.ismap",
                .clauses = {"annex2.table1", "annex2.table3"},
                .level = RULE_VIOLATION,
                .title = {"区分Iではサービスが登録されていること", "For class I the service is on the ISMAP list"},
                .explanation = {
                        "区分Iの情報は、政府のクラウド評価制度（ISMAP）に登録されたサービスでだけ扱えます。",
                        "Class I information is handled only with services registered under ISMAP, the government's "
                        "assessment of cloud services.",
                },
        },
        [MEETING_END_TO_END_ENCRYPTION] = {
                .id = "meeting.end_to_end_encryption",
                .clauses = {"annex2.table1", "annex2.4.2"},
                .level = RULE_VIOLATION,
                .title = {"端末間の暗号化（E2E）を有効にすること", "End-to-end encryption is on"},
                .explanation = {
                        "区分IとIIでは、主催者がE2E暗号化を有効にします。"
                        "ISMAPに登録され国内にサーバを限れるサービスでは、サーバで録画や文字起こしをするときは無効でもよく、"
                        "それ以外で無効にするには理由が必要です。ほかのサービスでは有効にしなければなりません。"
                        "区分IIIでは有効にすることを勧めます。",
                        "For classes I and II the host switches E2E encryption on. On a service with ISMAP and servers "
                        "in Japan it may be off while the server records or transcribes, and otherwise with a stated "
                        "reason; on any other service it must be on. For class III it is recommended.",
                },
        },
        [MEETING_END_TO_END_IMPOSSIBLE] = {
                .id = "meeting.end_to_end_impossible",
                .clauses = {"annex2.table3", "annex2.4.2"},
                .level = RULE_VIOLATION,
                .title = {"E2E暗号化の申告が実際に可能であること", "The stated end-to-end encryption is possible"},
                .explanation = {
                        "E2E暗号化がないサービスや、録画・文字起こしをする会議では、E2E暗号化を有効にできません。"
                        "Microsoft Teamsでは2人の通話に限られ、それより多いときはTeams Premiumが必要です。",
                        "A service without E2E encryption cannot be used with it, nor can a meeting that is recorded "
                        "or transcribed. On Microsoft Teams it works for calls of two; more take Teams Premium.",
                },
        },
        [MEETING_RECORDING_ALLOWED] = {
                .id = "meeting.recording_allowed",
                .clauses = {"annex2.table3", "annex2.4.3.u"},
                .level = RULE_VIOLATION,
                .title = {"録画・文字起こしが認められたサービスであること", "Recording is allowed on the service"},
                .explanation = {
                        "録画、録音、文字起こしは、表3で認められたサービスでだけ使えます。",
                        "Recording, of sound only as well, and transcription are used only on services for which "
                        "table 3 allows them.",
                },
        },
        [MEETING_SCREEN_SHARING_ALLOWED] = {
                .id = "meeting.screen_sharing_allowed",
                .clauses = {"annex2.table3"},
                .level = RULE_VIOLATION,
                .title = {"画面共有が認められたサービスであること", "Screen sharing is allowed on the service"},
                .explanation = {
                        "画面共有は、表3で認められたサービスでだけ使えます。",
                        "Screens are shared only on services for which table 3 allows it.",
                },
        },
        [MEETING_CHAT_ALLOWED] = {
                .id = "meeting.chat_allowed",
                .clauses = {"annex2.table3"},
                .level = RULE_VIOLATION,
                .title = {"チャットが認められたサービスであること", "Chat is allowed on the service"},
                .explanation = {
                        "チャットは、表3で認められたサービスでだけ使えます。",
                        "Chat is used only on services for which table 3 allows it.",
                },
        },
        [MEETING_FILE_TRANSFER_ALLOWED] = {
                .id = "meeting.file_transfer_allowed",
                .clauses = {"annex2.table3", "annex2.4.3.o"},
                .level = RULE_VIOLATION,
                .title = {"資料は会議サービスの外で渡すこと", "Files are handed over by another way"},
                .explanation = {
                        "表にあるサービスの資料転送は使えません。表にないサービスでも、区分IとIIでは使わないのが原則で、"
                        "使うときは理由が必要です。資料は、安全が確かめられた別の方法で渡してください。",
                        "File transfer of the listed services is not used. On others it is to be avoided for classes "
                        "I and II and takes a stated reason. Hand files over by another way that is known to be safe.",
                },
        },
        [MEETING_CONFIDENTIALITY_ANNOUNCED] = {
                .id = "meeting.confidentiality_announced",
                .clauses = {"annex2.4.1"},
                .level = RULE_VIOLATION,
                .title = {"機密性区分を確認し、参加者に伝えること", "The class was confirmed and told to all"},
                .explanation = {
                        "主催者は、会議で扱う情報の機密性区分を確認し、区分に応じて扱うよう参加者に伝えます。",
                        "The host confirms the class of the information and tells the participants to handle it "
                        "accordingly.",
                },
        },
        [MEETING_UNINVITED_KEPT_OUT] = {
                .id = "meeting.uninvited_kept_out",
                .clauses = {"annex2.4.3.a"},
                .level = RULE_VIOLATION,
                .title = {"予定した人だけが参加できること", "Only those expected can take part"},
                .explanation = {
                        "区分IとIIでは、待合室、主催者による退室、または別の方法で、予定していない人が参加できないようにします。",
                        "For classes I and II a waiting room, removal by the host or another measure keeps out whoever "
                        "is not expected.",
                },
        },
        [MEETING_ADMISSION_CHECK] = {
                .id = "meeting.admission_check",
                .clauses = {"annex2.4.3.i"},
                .level = RULE_VIOLATION,
                .title = {"待合室では相手を確かめて入れること", "Whoever waits is checked before being let in"},
                .explanation = {
                        "区分IとIIで待合室を使うときは、待っている人が予定した参加者かを確かめてから参加を許可します。",
                        "Where classes I and II use a waiting room, each person is let in only after it is clear that "
                        "he was expected.",
                },
        },
        [MEETING_RECORDING_CONSENT] = {
                .id = "meeting.recording_consent",
                .clauses = {"annex2.4.3.e"},
                .level = RULE_VIOLATION,
                .title = {"録画・録音は同意または通知の上で行うこと", "Recording is agreed to or announced"},
                .explanation = {
                        "区分IとIIの会議を録画・録音するときは、出席者の同意を得るか、知らせてから行います。"
                        "区分IIIでも勧めます。文字起こしだけのときは対象になりません。",
                        "Recording a meeting of class I or II takes the participants' consent or a notice to them; for "
                        "class III it is recommended. Transcription alone is not concerned.",
                },
        },
        [MEETING_CITY_ACCOUNT] = {
                .id = "meeting.city_account",
                .clauses = {"annex2.5.1"},
                .level = RULE_EXCEPTION,
                .title = {"市が用意したアカウントを使うこと", "The account is one of the city's"},
                .explanation = {
                        "会議には市が用意したアカウントを使うのが原則です。個人のアカウントを使うときは理由が必要です。"
                        "アカウントなしで招かれて参加することは妨げません。",
                        "The principle is to use an account that the city provides; a personal one takes a stated "
                        "reason. Joining as a guest without an account is no finding.",
                },
        },
        [MEETING_NATIVE_APP] = {
                .id = "meeting.native_app",
                .clauses = {"annex2.5.2"},
                .level = RULE_VIOLATION,
                .title = {"専用のアプリケーションを使うこと", "The service's own application is used"},
                .explanation = {
                        "主催するときも参加するときも、Webブラウザではなく専用のアプリケーションを使います。",
                        "Hosting or joining, the service's own application is used and not a web browser.",
                },
        },
        [MEETING_APP_LATEST] = {
                .id = "meeting.app_latest",
                .clauses = {"annex2.5.2"},
                .level = RULE_VIOLATION,
                .title = {"アプリケーションが最新版であること", "The application is the latest version"},
                .explanation = {
                        "専用のアプリケーションは、最新版に更新してから使います。",
                        "The application is updated to its latest version before it is used.",
                },
        },
        [MEETING_VENUE] = {
                .id = "meeting.venue",
                .clauses = {"annex2.5.3"},
                .level = RULE_VIOLATION,
                .title = {"周囲に見聞きされない場所であること", "Bystanders neither see nor hear it"},
                .explanation = {
                        "会議室を確保するか、それができないときは仮想背景を使うかカメラをオフにします。",
                        "Use a meeting room, or where there is none a virtual background or no camera.",
                },
        },
        [MEETING_MICROPHONE] = {
                .id = "meeting.microphone",
                .clauses = {"annex2.5.3"},
                .level = RULE_ADVICE,
                .title = {"話すとき以外はマイクを切ること", "Microphones are off while not speaking"},
                .explanation = {
                        "周りの音が会議に入らないよう、発言しないときはマイクをオフにします。"
                        "計画だけでは確かめられないので、助言にとどめます。",
                        "Microphones are off except to speak, so that sounds nearby stay out. A plan cannot prove it, "
                        "so it is no more than advice.",
                },
        },
        [MEETING_CLEAN_UP] = {
                .id = "meeting.clean_up",
                .clauses = {"annex2.4.4"},
                .level = RULE_VIOLATION,
                .title = {"終了後にクラウドのデータを片付けること", "Data in the cloud is cleared afterwards"},
                .explanation = {
                        "主催した会議の録画、文字起こし、チャットがクラウドに残るときは、設定された日数のうちに、"
                        "移すか、消すか、その必要がないと記録してください。期限を過ぎると未了として表示されます。"
                        "計画の判定には現れません。",
                        "Recordings, transcripts and chat that a hosted meeting leaves in the cloud are moved or "
                        "deleted, or stated as needing neither, within the set days; after that it shows as overdue. "
                        "It is not part of judging a plan.",
                },
        },
};
