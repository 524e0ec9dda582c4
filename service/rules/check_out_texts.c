/* What the check-out rules ask for and rest on, and how their clauses are read, in both languages. */
#include "rules/check_out.h"

/* Sentences are broken where they pause. */
/* clang-format off */

const struct rule check_out_rules[CHECK_OUT_RULES] = {
        [CHECK_OUT_DEVICE_AVAILABLE] = {
                .id = "check_out.device_available",
                .clauses = {"art5.1.1", "art3.1.3", "art5.1.2", "art3.1.2", "art8.1.2", "art8.1.4"},
                .level = RULE_VIOLATION,
                .title = {"使用できる状態の機器であること", "The device can be used"},
                .explanation = {
                        "使用中（返却期限を超過したものを含む。）、修理中、紛失中又は廃棄済みの機器及び"
                        "マルウェア又は許可のない接続の事案が解決していない機器は使用できません。"
                        "総括管理者の定め（第9条）がある場合も同様です。",
                        "A device cannot be taken out while it is out (overdue or not), in repair, lost or disposed "
                        "of, or while an incident of malware or of an unauthorised connection is open. No "
                        "determination by the general manager changes this.",
                },
                .reading = {
                        "第8条第2号の「利用責任者」は、利用管理者と解しています。",
                        "The 'riyo sekininsha' of article 8, item 2 is read as the usage manager.",
                },
                .reasons = {CHECK_OUT_IS_OUT, CHECK_OUT_HAD_UNKNOWN_CLIENT},
        },
        [CHECK_OUT_PLACED] = {
                .id = "check_out.placed",
                .clauses = {"art4.1.1"},
                .level = RULE_VIOLATION,
                .title = {"所属に配置された機器であること", "The device is placed with a department"},
                .explanation = {
                        "いずれの所属にも配置されていない機器は、利用管理者が定まらないため使用できません。"
                        "管理責任者が配置を決定した後に使用できます。",
                        "A device that no department holds has no usage manager to answer for it. It cannot be "
                        "taken out until the equipment manager has placed it.",
                },
                .reasons = {CHECK_OUT_NOT_PLACED, CHECK_OUT_NOT_PLACED},
        },
        [CHECK_OUT_RESERVED] = {
                .id = "check_out.reserved",
                .clauses = {"art5.1.1"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"他の予約と重複しないこと", "Nobody else has reserved the device"},
                .explanation = {
                        "使用開始から返却期限までの間に他の予約がある機器は使用できません。"
                        "緊急の場合は、予約に優先する旨の総括管理者の定め（第9条）の番号を入力すると使用できます。"
                        "この場合、他の予約は取り消され、予約者に通知されます。",
                        "A device that somebody else has reserved for any time between check-out and the due time "
                        "cannot be taken out. In an emergency, citing a determination by the general manager that "
                        "sets reservations aside allows it; the reservation is then cancelled and its holder told.",
                },
                .reasons = {CHECK_OUT_RESERVED_BY_ANOTHER, CHECK_OUT_RESERVED_BY_ANOTHER},
        },
        [CHECK_OUT_PURPOSE] = {
                .id = "check_out.purpose",
                .clauses = {"art7.1.1"},
                .level = RULE_EXCEPTION,
                .title = {"第6条各号に掲げる用途であること", "The purpose is one that article 6 lists"},
                .explanation = {
                        "用途は、WEB会議、職員研修等、会議・研修等における電子ファイルの作成・閲覧、"
                        "総括管理者の承認を得た用途又は更新のための接続のいずれかです。"
                        "これら以外の用途は「その他」とし、その内容及び例外の理由を入力してください。"
                        "利用管理者が確認し、総括管理者に通知されます。",
                        "The purposes are web meetings, training, reading and writing files in a meeting or "
                        "training, uses that the general manager has approved, and connecting for updates. Anything "
                        "else is recorded as \"Other\", with what it is and a reason for the exception. The usage "
                        "manager confirms it, and the general manager is told.",
                },
                .reading = {
                        "第7条第1号に「原則として」とあるため、第6条各号以外の用途は、"
                        "理由を付した例外として取り扱います。",
                        "As article 7, item 1 speaks of a principle, a purpose beyond article 6 is read as an "
                        "exception that takes a reason.",
                },
                .reasons = {CHECK_OUT_OTHER_PURPOSE, CHECK_OUT_OTHER_PURPOSE},
        },
        [CHECK_OUT_DOCUMENT_WORK] = {
                .id = "check_out.document_work",
                .clauses = {"art6.1.3"},
                .level = RULE_ADVICE,
                .title = {
                        "電子ファイルの作成・閲覧は、会議・研修等におけるものであること",
                        "Files are read and written in a meeting or training",
                },
                .explanation = {
                        "用途が「会議・研修等における電子ファイルの作成・閲覧」の場合は、"
                        "会議を指定するか、どの会議・研修等におけるものかを目的の説明に入力することを推奨します。",
                        "For reading and writing files it is recommended to cite the meeting, or to note for which "
                        "meeting or training it is.",
                },
                .reading = {
                        "第6条第3号の用途は、会議又は研修等の中で行う電子ファイルの作成・閲覧に限るものと解しています。",
                        "Article 6, item 3 is read as files in a meeting or training only, not as any office work.",
                },
                .reasons = {CHECK_OUT_FILES_OF_NOTHING, CHECK_OUT_FILES_OF_NOTHING},
        },
        [CHECK_OUT_PURPOSE_APPROVAL] = {
                .id = "check_out.purpose_approval",
                .clauses = {"art6.1.4"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"総括管理者の承認を得た用途であること", "The general manager has approved the purpose"},
                .explanation = {
                        "用途が「総括管理者の承認を得た用途」の場合は、利用者の所属に対する総括管理者の承認が、"
                        "使用開始の日から返却期限の日までの全期間について必要です。",
                        "A use approved by the general manager needs an approval for the user's department that "
                        "covers every day from check-out to the due time.",
                },
                .reading = {
                        "第6条第4号の「必要と認めるとき」は、期間及び所属を示した総括管理者の承認によるものと解しています。",
                        "What the general manager finds necessary (article 6, item 4) is read as an approval with its "
                        "days and departments.",
                },
                .reasons = {CHECK_OUT_NO_APPROVAL, CHECK_OUT_APPROVAL_TOO_SHORT},
        },
        [CHECK_OUT_DATA_CAP] = {
                .id = "check_out.data_cap",
                .clauses = {"art7.1.2"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"当月の通信容量が残っていること", "The line has data left this month"},
                .explanation = {
                        "機器の回線の当月の通信量が上限に達している場合は、翌月まで使用できません。",
                        "When the line in the device has used up its data for the month, the device cannot be taken "
                        "out before the next month.",
                },
                .reading = {
                        "第7条第2号の50GBは500億バイトとし、月次は、回線ごとの締め日による1か月と解しています。",
                        "The 50 GB of article 7, item 2 are read as 50,000,000,000 bytes, and the month as that of the "
                        "line's own closing day.",
                },
                .reasons = {CHECK_OUT_CAP_REACHED, CHECK_OUT_CAP_REACHED},
        },
        [CHECK_OUT_SECURITY_CURRENT] = {
                .id = "check_out.security_current",
                .clauses = {"art8.1.3", "art8.1.2"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"OS及びウイルス定義が最新であること", "The operating system and antivirus definitions are up to date"},
                .explanation = {
                        "OSが最新でないことが判明している端末及びモバイルWi-Fiルータ並びにウイルス定義が"
                        "所定の日数を超えて更新されていないものは、更新のための接続以外には使用できません。",
                        "A terminal or router whose operating system is known to be outdated, or whose antivirus "
                        "definitions are older than the set number of days, can be taken out only to update it.",
                },
                .reading = {
                        "第8条第2号の「利用責任者」は、利用管理者と解しています。"
                        "同条第3号の「基本ソフトウェア」は、端末及びモバイルWi-FiルータのOSと解しています。",
                        "The 'riyo sekininsha' of article 8, item 2 is read as the usage manager, and the basic software "
                        "of item 3 as the operating system of terminals and routers.",
                },
                .reasons = {CHECK_OUT_OS_OUTDATED, CHECK_OUT_DEFINITIONS_OLD},
        },
        [CHECK_OUT_SECURITY_CONFIRMED] = {
                .id = "check_out.security_confirmed",
                .clauses = {"art8.1.3"},
                .level = RULE_EXCEPTION,
                .title = {"セキュリティの状態が確認されていること", "The security status has been confirmed"},
                .explanation = {
                        "セキュリティの状態が不明な端末及びモバイルWi-Fiルータ並びに所定の日数を超えて"
                        "状態が確認されていないものは、例外の理由を入力した場合に使用できます。"
                        "更新のための接続には適用しません。",
                        "A terminal or router whose security status is not known, or has not been confirmed within "
                        "the set number of days, can be taken out with a stated reason. This does not apply to "
                        "connecting for updates.",
                },
                .reading = {
                        "第8条第3号の「常に最新の状態」は、所定の日数以内に確認されていることを含むものと解しています。",
                        "To be always up to date (article 8, item 3) is read as confirmed within the set number of "
                        "days.",
                },
                .reasons = {CHECK_OUT_STATUS_UNKNOWN, CHECK_OUT_STATUS_OLD},
        },
        [CHECK_OUT_OTHER_DEPARTMENT] = {
                .id = "check_out.other_department",
                .clauses = {"art5.1.1", "art5.1.3"},
                .level = RULE_EXCEPTION,
                .title = {"機器が配置されている所属の職員が使用すること", "The user belongs to the department that holds the device"},
                .explanation = {
                        "他の所属の職員への貸出には、例外の理由が必要です（いずれの所属にも属さない職員についても同様です。）。"
                        "機器が配置されている所属の職員が、使用する職員を指定して記録し、"
                        "当該所属の利用管理者の確認をもって同意とします。",
                        "Staff of another department, or of none that holds equipment, may borrow the device with a "
                        "stated reason. A member of the department that holds it records the loan, and its usage "
                        "manager agrees by confirming.",
                },
                .reading = {
                        "第5条第1号及び第3号の「自所属」は、機器が配置されている所属と解し、"
                        "他の所属の職員への貸出は、利用管理者が同意する例外として取り扱います。",
                        "The own department of article 5, items 1 and 3 is read as the one that holds the device; a "
                        "loan to another is an exception to which its usage manager agrees.",
                },
                .reasons = {CHECK_OUT_OF_ANOTHER_DEPARTMENT, CHECK_OUT_OF_ANOTHER_DEPARTMENT},
        },
        [CHECK_OUT_STORAGE_CONFIRMED] = {
                .id = "check_out.storage_confirmed",
                .clauses = {"art5.1.2"},
                .level = RULE_ADVICE,
                .title = {"前回返却時に施錠保管されていること", "The device was locked away after its last use"},
                .explanation = {
                        "前回返却時に施錠保管されず、使用開始までに是正されていない機器は、"
                        "異常の有無を確認してから使用することを推奨します。"
                        "未施錠の返却は、返却した職員及び利用管理者に対する指摘事項として残ります。",
                        "A device that was not locked away at its last return, nor by the time it is taken out, should "
                        "be looked over before it is used. The unlocked return stays a finding against who returned it "
                        "and the usage manager.",
                },
                .reading = {
                        "第5条第2号の保管の義務は、次の使用を妨げるものではないと解しています。",
                        "The duty to lock devices away (article 5, item 2) is not read as keeping anybody from the next "
                        "use.",
                },
                .reasons = {CHECK_OUT_LEFT_UNLOCKED, CHECK_OUT_LEFT_UNLOCKED},
        },
        [CHECK_OUT_MEETING] = {
                .id = "check_out.meeting",
                .clauses = {"art8.1.1"},
                .level = RULE_VIOLATION,
                .title = {"利用手順に沿って計画された会議であること", "The meeting has been planned, and takes place during the use"},
                .explanation = {
                        "下書き、判定が不可又は取消しの会議及び使用時間（使用開始の2時間前から返却期限の2時間後まで）と"
                        "重ならない会議は指定できません。用途がWEB会議の場合は、会議を指定することを推奨します。",
                        "A meeting that is a draft, refused or cancelled, or that lies outside of the use (from two hours "
                        "before check-out to two hours after the due time) cannot be cited. For a web meeting it is "
                        "recommended to cite one.",
                },
                .reading = {
                        "第8条第1号の「別紙2に基づき」は、会議の計画が利用手順により判定されていることと解しています。",
                        "To follow Annex 2 (article 8, item 1) is read as a meeting whose plan was judged by it.",
                },
                .reasons = {CHECK_OUT_MEETING_IS_DRAFT, CHECK_OUT_NO_MEETING},
        },
};
/* clang-format on */
