/* Every word that the check-out rules say, in both languages, and the levels of their findings. */
#include "rules/check_out.h"

/* Sentences are broken where they pause. */
/* clang-format off */

const struct rule check_out_rules[CHECK_OUT_RULES] = {
        [CHECK_OUT_DEVICE_AVAILABLE] = {
                .id = "check_out.device_available",
                .clauses = {"art5.1.1", "art8.1.2"},
                .level = RULE_VIOLATION,
                .title = {"貸し出せる機器であること", "The device can be lent"},
                .explanation = {
                        "貸出中（返却期限を過ぎたものを含む）、修理中、紛失中、廃棄済みの機器と、"
                        "マルウェアまたは許可のない接続の事案が解決していない機器は貸し出せません。"
                        "定めがあっても変わりません。",
                        "A device that is out (overdue or not), in repair, lost or disposed of, or that has an "
                        "open incident of malware or of an unauthorised connection, is not lent. No determination "
                        "changes this.",
                },
        },
        [CHECK_OUT_PLACED] = {
                .id = "check_out.placed",
                .clauses = {"art4.1.1"},
                .level = RULE_VIOLATION,
                .title = {"所属に配置された機器であること", "The device is placed with a department"},
                .explanation = {
                        "どの所属にも配置されていない機器は、管理する利用管理者がいないため貸し出せません。"
                        "管理責任者が配置を決めると貸し出せるようになります。",
                        "A device that no department holds has no usage manager to answer for it, so it is not "
                        "lent until the equipment manager has placed it.",
                },
        },
        [CHECK_OUT_RESERVED] = {
                .id = "check_out.reserved",
                .clauses = {"art5.1.1"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"ほかの予約と重ならないこと", "Nobody else has reserved the device"},
                .explanation = {
                        "持出しから返却期限までの間に、ほかの予約がある機器は貸し出せません。"
                        "急ぐときは、予約に優先するという定めを示すと貸し出せます。"
                        "そのときほかの予約は取り消され、予約した人に知らされます。",
                        "A device that is reserved at any time between leaving and its due time is not lent to "
                        "another. A determination that sets the reservation aside lets it go; the reservation is "
                        "then cancelled and its holder told.",
                },
        },
        [CHECK_OUT_PURPOSE] = {
                .id = "check_out.purpose",
                .clauses = {"art7.1.1"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"認められた用途であること", "The purpose is one that is allowed"},
                .explanation = {
                        "用途は、WEB会議、研修、文書の作成・閲覧、総括管理者が承認したもの、"
                        "更新のための接続のどれかです。"
                        "ほかの用途（other）もありのままに記録できますが、定めがなければ貸し出せません。",
                        "The purposes are web meetings, training, work on documents, what the general manager has "
                        "approved, and connecting for updates. Any other can be stated as it is (other), but takes "
                        "a determination.",
                },
        },
        [CHECK_OUT_PURPOSE_APPROVAL] = {
                .id = "check_out.purpose_approval",
                .clauses = {"art6.1.4"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"承認された用途であること", "The general manager has approved the purpose"},
                .explanation = {
                        "用途approved_otherには、利用者の所属に対する総括管理者の承認が、"
                        "持出しの日から返却期限の日まで毎日あることが必要です。",
                        "The purpose approved_other needs an approval by the general manager for the user's "
                        "department on every day from leaving to the due time.",
                },
        },
        [CHECK_OUT_DATA_CAP] = {
                .id = "check_out.data_cap",
                .clauses = {"art7.1.2"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"今月の通信量が残っていること", "The line has data left this month"},
                .explanation = {
                        "機器に入っている回線の今月の通信量が上限に達していると、翌月になるまで貸し出せません。",
                        "When the line in the device has used up its data for the month, the device is not lent "
                        "before the next month.",
                },
        },
        [CHECK_OUT_SECURITY_CURRENT] = {
                .id = "check_out.security_current",
                .clauses = {"art8.1.3", "art8.1.2"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"OSとウイルス対策が新しいこと", "The system and the antivirus are up to date"},
                .explanation = {
                        "端末とモバイルルータは、OSが古いと分かっているか、ウイルス定義が決められた日数より古いと、"
                        "更新のための接続（system_update）のほかには貸し出せません。",
                        "A terminal or router whose system is known to be outdated, or whose antivirus definitions "
                        "are older than the set days, is lent for updating it (system_update) only.",
                },
        },
        [CHECK_OUT_SECURITY_CONFIRMED] = {
                .id = "check_out.security_confirmed",
                .clauses = {"art8.1.3"},
                .level = RULE_EXCEPTION,
                .title = {"セキュリティの状態を確かめてあること", "The security status has been confirmed"},
                .explanation = {
                        "端末とモバイルルータのセキュリティの状態が分からないか、"
                        "決められた日数を超えて確かめられていないときは、理由を書けば貸し出せます。"
                        "更新のための接続は対象になりません。",
                        "A terminal or router whose security status is not known, or has not been confirmed for "
                        "more than the set days, is lent with a stated reason. Connecting for updates is not "
                        "concerned.",
                },
        },
        [CHECK_OUT_OTHER_DEPARTMENT] = {
                .id = "check_out.other_department",
                .clauses = {"art5.1.1", "art5.1.3"},
                .level = RULE_EXCEPTION,
                .title = {"機器の所属の職員が使うこと", "The user belongs to the department of the device"},
                .explanation = {
                        "ほかの所属の職員には、理由を書けば貸し出せます。"
                        "機器の所属の職員が借りる人を示して記録し、その利用管理者の確認が同意になります。",
                        "Staff of another department may borrow the device with a stated reason. A member of the "
                        "department that holds it records the loan, and its usage manager agrees by confirming.",
                },
        },
        [CHECK_OUT_STORAGE_CONFIRMED] = {
                .id = "check_out.storage_confirmed",
                .clauses = {"art5.1.2"},
                .level = RULE_EXCEPTION,
                .title = {"前回施錠して保管されたこと", "The device was locked away after its last use"},
                .explanation = {
                        "前回の返却が施錠されないままで、まだ正されていない機器は、理由を書けば貸し出せます。",
                        "A device whose last return was not locked away, and not put right since, is lent with a "
                        "stated reason.",
                },
        },
        [CHECK_OUT_MEETING] = {
                .id = "check_out.meeting",
                .clauses = {"art8.1.1"},
                .level = RULE_VIOLATION,
                .title = {"会議の計画があること", "There is a plan for the meeting"},
                .explanation = {
                        "下書き、不可、取消しの会議を示しては貸し出せません。WEB会議のために借りるときは、"
                        "判定を受けた会議の計画を示すことを勧めます（示さないときは助言にとどまります）。",
                        "A meeting that is a draft, refused or cancelled cannot be cited. For a web meeting it is "
                        "good to cite one that was planned and judged; citing none is no more than advised against.",
                },
        },
};

const struct rule_reason check_out_reasons[CHECK_OUT_REASONS] = {
        [CHECK_OUT_IS_OUT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "この時間には別の利用で貸し出されています。",
                        "The device is out for another use at this time.",
                },
                .remedy = {
                        "返却を待つか、別の機器を選んでください。",
                        "Wait for its return, or choose another device.",
                },
        },
        [CHECK_OUT_IS_OVERDUE] = {
                .level = RULE_VIOLATION,
                .detail = {"貸し出されたまま返却期限を過ぎています。", "The device is out and overdue."},
                .remedy = {
                        "前の利用者に返却を求めるか、別の機器を選んでください。",
                        "Ask the last user to bring it back, or choose another device.",
                },
        },
        [CHECK_OUT_IS_DISPOSED] = {
                .level = RULE_VIOLATION,
                .detail = {"廃棄済みの機器です。", "The device has been disposed of."},
                .remedy = {"別の機器を選んでください。", "Choose another device."},
        },
        [CHECK_OUT_IS_LOST] = {
                .level = RULE_VIOLATION,
                .detail = {"紛失中の機器です。", "The device is lost."},
                .remedy = {
                        "見つかったときは事案に書いてください。それまでは別の機器を選んでください。",
                        "If you have found it, say so in the incident. Until then choose another device.",
                },
        },
        [CHECK_OUT_IS_IN_REPAIR] = {
                .level = RULE_VIOLATION,
                .detail = {"修理中の機器です。", "The device is in repair."},
                .remedy = {
                        "修理が終わるのを待つか、別の機器を選んでください。",
                        "Wait until it is repaired, or choose another device.",
                },
        },
        [CHECK_OUT_HAS_MALWARE] = {
                .level = RULE_VIOLATION,
                .detail = {"マルウェアの事案が解決していません。", "An incident of malware is open."},
                .remedy = {
                        "使わずに総括管理者の指示を待ち、別の機器を選んでください。",
                        "Do not use it, wait for the general manager's directions, and choose another device.",
                },
        },
        [CHECK_OUT_HAD_UNKNOWN_CLIENT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "許可のない接続の事案が解決していません。",
                        "An incident of an unauthorised connection is open.",
                },
                .remedy = {
                        "使わずに総括管理者の指示を待ち、別の機器を選んでください。",
                        "Do not use it, wait for the general manager's directions, and choose another device.",
                },
        },
        [CHECK_OUT_NOT_PLACED] = {
                .level = RULE_VIOLATION,
                .detail = {"どの所属にも配置されていません。", "No department holds the device."},
                .remedy = {"管理責任者に配置を申請してください。", "Ask the equipment manager to place it."},
        },
        [CHECK_OUT_RESERVED_BY_ANOTHER] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "持出しから返却期限までの間に、ほかの予約があります。",
                        "The device is reserved by another between leaving and the due time.",
                },
                .remedy = {
                        "時間を変えるか、別の機器を選んでください。"
                        "緊急のときは、予約に優先するという定めを示してください。",
                        "Change the times or choose another device. In an emergency cite a determination that sets "
                        "the reservation aside.",
                },
        },
        [CHECK_OUT_OTHER_PURPOSE] = {
                .level = RULE_VIOLATION,
                .detail = {"認められた用途ではありません。", "The purpose is not one that is allowed."},
                .remedy = {
                        "総括管理者に用途の承認を求めるか、あてはまる定めを示してください。",
                        "Ask the general manager to approve the purpose, or cite a determination that covers it.",
                },
        },
        [CHECK_OUT_NO_APPROVAL] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "利用者の所属に、この用途の承認がありません。",
                        "The user's department has no approval for this purpose.",
                },
                .remedy = {
                        "総括管理者に承認を求めるか、あてはまる定めを示してください。",
                        "Ask the general manager for an approval, or cite a determination that covers it.",
                },
        },
        [CHECK_OUT_APPROVAL_TOO_SHORT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "承認の期間が、持出しから返却期限までのすべての日にわたっていません。",
                        "The approval does not cover every day from leaving to the due time.",
                },
                .remedy = {
                        "承認の期間に収まるように時間を変えるか、総括管理者に承認を求めてください。",
                        "Keep within the days of the approval, or ask the general manager for another one.",
                },
        },
        [CHECK_OUT_CAP_REACHED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "機器に入っている回線の今月の通信量が上限に達しています。",
                        "The line in the device has used up its data for this month.",
                },
                .remedy = {
                        "別の回線の機器を選ぶか、翌月まで待ってください。",
                        "Choose a device with another line, or wait for next month.",
                },
        },
        [CHECK_OUT_OS_OUTDATED] = {
                .level = RULE_VIOLATION,
                .detail = {"OSが最新ではないと分かっています。", "The operating system is known to be outdated."},
                .remedy = {
                        "用途をsystem_updateにして更新し、状態を登録してから借りてください。",
                        "Take it out for system_update, update it and report its status first.",
                },
        },
        [CHECK_OUT_DEFINITIONS_OLD] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "ウイルス定義が決められた日数より古くなっています。",
                        "The antivirus definitions are older than the set days.",
                },
                .remedy = {
                        "用途をsystem_updateにして更新し、状態を登録してから借りてください。",
                        "Take it out for system_update, update it and report its status first.",
                },
        },
        [CHECK_OUT_STATUS_UNKNOWN] = {
                .level = RULE_EXCEPTION,
                .detail = {"セキュリティの状態が分かっていません。", "The security status is not known."},
                .remedy = {
                        "更新を確かめて状態を登録するか、例外の理由を書いてください。",
                        "See whether it is up to date and report its status, or state a reason for the exception.",
                },
        },
        [CHECK_OUT_STATUS_OLD] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "セキュリティの状態が、決められた日数を超えて確かめられていません。",
                        "The security status has not been confirmed for more than the set days.",
                },
                .remedy = {
                        "更新を確かめて状態を登録するか、例外の理由を書いてください。",
                        "See whether it is up to date and report its status, or state a reason for the exception.",
                },
        },
        [CHECK_OUT_OF_ANOTHER_DEPARTMENT] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "利用者は機器の所属の職員ではありません。",
                        "The user is not of the department that holds the device.",
                },
                .remedy = {
                        "例外の理由を書いてください。機器の所属の利用管理者が確認します。",
                        "State a reason for the exception. The usage manager of that department will confirm it.",
                },
        },
        [CHECK_OUT_LEFT_UNLOCKED] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "前回の返却で施錠して保管されていません。",
                        "The device was not locked away when it was last returned.",
                },
                .remedy = {
                        "異常がないか確かめて保管の確認を登録するか、例外の理由を書いてください。",
                        "Look it over and record the storage confirmation, or state a reason for the exception.",
                },
        },
        [CHECK_OUT_MEETING_IS_DRAFT] = {
                .level = RULE_VIOLATION,
                .detail = {"示された会議は下書きです。", "The meeting that is cited is a draft."},
                .remedy = {
                        "会議の計画を判定に出してから示してください。",
                        "Have the meeting planned and judged, then cite it.",
                },
        },
        [CHECK_OUT_MEETING_IS_REFUSED] = {
                .level = RULE_VIOLATION,
                .detail = {"示された会議は判定で不可とされています。", "The meeting that is cited was refused."},
                .remedy = {
                        "会議の設定を直し、判定を受け直してから示してください。",
                        "Correct its settings, have it judged again, then cite it.",
                },
        },
        [CHECK_OUT_MEETING_IS_CANCELLED] = {
                .level = RULE_VIOLATION,
                .detail = {"示された会議は取り消されています。", "The meeting that is cited was cancelled."},
                .remedy = {"別の会議を示すか、会議を示さずに記録してください。", "Cite another meeting or none."},
        },
        [CHECK_OUT_NO_MEETING] = {
                .level = RULE_ADVICE,
                .detail = {
                        "WEB会議のための利用ですが、会議が示されていません。",
                        "The use is for a web meeting, but no meeting is cited.",
                },
                .remedy = {
                        "会議を計画し、利用手順に沿うか確かめてから示すことを勧めます。",
                        "Plan the meeting, see that it follows the procedure, and cite it.",
                },
        },
};
/* clang-format on */
