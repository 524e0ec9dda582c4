/* Every word that the check-out rules say, in both languages, and the levels of their findings. */
#include "rules/check_out.h"

/* Sentences are broken where they pause. */
/* clang-format off */

const struct rule check_out_rules[CHECK_OUT_RULES] = {
        [CHECK_OUT_DEVICE_AVAILABLE] = {
                .id = "check_out.device_available",
                .clauses = {"art5.1.1", "art8.1.2"},
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
        },
        [CHECK_OUT_PURPOSE] = {
                .id = "check_out.purpose",
                .clauses = {"art7.1.1"},
                .level = RULE_VIOLATION,
                .determinable = true,
                .title = {"第6条各号に掲げる用途であること", "The purpose is one that article 6 lists"},
                .explanation = {
                        "用途は、WEB会議、職員研修等、会議・研修等における電子ファイルの作成・閲覧、"
                        "総括管理者の承認を得た用途又は更新のための接続のいずれかです。"
                        "これら以外の用途は「その他」として記録できますが、総括管理者の定め（第9条）が必要です。",
                        "The purposes are web meetings, training, reading and writing files in a meeting or "
                        "training, uses that the general manager has approved, and connecting for updates. Anything "
                        "else can be recorded as \"Other\", but needs a determination by the general manager.",
                },
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
        },
        [CHECK_OUT_OTHER_DEPARTMENT] = {
                .id = "check_out.other_department",
                .clauses = {"art5.1.1", "art5.1.3"},
                .level = RULE_EXCEPTION,
                .title = {"機器が配置されている所属の職員が使用すること", "The user belongs to the department that holds the device"},
                .explanation = {
                        "他の所属の職員への貸出には、例外の理由が必要です。"
                        "機器が配置されている所属の職員が使用する職員を指定して記録し、"
                        "当該所属の利用管理者の確認をもって同意とします。",
                        "Staff of another department may borrow the device with a stated reason. A member of the "
                        "department that holds it records the loan, and its usage manager agrees by confirming.",
                },
        },
        [CHECK_OUT_STORAGE_CONFIRMED] = {
                .id = "check_out.storage_confirmed",
                .clauses = {"art5.1.2"},
                .level = RULE_EXCEPTION,
                .title = {"前回返却時に施錠保管されていること", "The device was locked away after its last use"},
                .explanation = {
                        "前回返却時に施錠保管されず、是正されていない機器は、例外の理由を入力した場合に使用できます。",
                        "A device that was not locked away at its last return, and has not been since, can be taken "
                        "out with a stated reason.",
                },
        },
        [CHECK_OUT_MEETING] = {
                .id = "check_out.meeting",
                .clauses = {"art8.1.1"},
                .level = RULE_VIOLATION,
                .title = {"会議が計画されていること", "The meeting has been planned"},
                .explanation = {
                        "下書き、判定が不可又は取消しの会議を指定した場合は使用できません。"
                        "用途がWEB会議の場合は、計画済みの会議を指定することを推奨します（指定がない場合は助言にとどめます。）。",
                        "A meeting that is a draft, refused or cancelled cannot be cited. For a web meeting it is "
                        "recommended to cite a planned one; citing none leads to advice only.",
                },
        },
};

const struct rule_reason check_out_reasons[CHECK_OUT_REASONS] = {
        [CHECK_OUT_IS_OUT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "この時間帯は、他の利用者が使用中です。",
                        "The device is out for another use at this time.",
                },
                .remedy = {
                        "返却後に使用するか、別の機器を選択してください。",
                        "Wait for its return, or choose another device.",
                },
        },
        [CHECK_OUT_IS_OVERDUE] = {
                .level = RULE_VIOLATION,
                .detail = {"使用中のまま返却期限を超過しています。", "The device is out and overdue."},
                .remedy = {
                        "現在の利用者に返却を求めるか、別の機器を選択してください。",
                        "Ask the present user to return it, or choose another device.",
                },
        },
        [CHECK_OUT_IS_DISPOSED] = {
                .level = RULE_VIOLATION,
                .detail = {"廃棄済みの機器です。", "The device has been disposed of."},
                .remedy = {"別の機器を選択してください。", "Choose another device."},
        },
        [CHECK_OUT_IS_LOST] = {
                .level = RULE_VIOLATION,
                .detail = {"紛失中の機器です。", "The device is lost."},
                .remedy = {
                        "発見した場合は、事案に記録してください。それまでは別の機器を選択してください。",
                        "If you have found it, record this in the incident. Until then choose another device.",
                },
        },
        [CHECK_OUT_IS_IN_REPAIR] = {
                .level = RULE_VIOLATION,
                .detail = {"修理中の機器です。", "The device is in repair."},
                .remedy = {
                        "修理の完了後に使用するか、別の機器を選択してください。",
                        "Wait until it is repaired, or choose another device.",
                },
        },
        [CHECK_OUT_HAS_MALWARE] = {
                .level = RULE_VIOLATION,
                .detail = {"マルウェアの事案が解決していません。", "A malware incident is open."},
                .remedy = {
                        "使用せず、総括管理者の指示に従ってください。会議等には別の機器を選択してください。",
                        "Do not use it; follow the general manager's directions. Choose another device.",
                },
        },
        [CHECK_OUT_HAD_UNKNOWN_CLIENT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "許可のない接続の事案が解決していません。",
                        "An incident of an unauthorised connection is open.",
                },
                .remedy = {
                        "使用せず、総括管理者の指示に従ってください。会議等には別の機器を選択してください。",
                        "Do not use it; follow the general manager's directions. Choose another device.",
                },
        },
        [CHECK_OUT_NOT_PLACED] = {
                .level = RULE_VIOLATION,
                .detail = {"いずれの所属にも配置されていません。", "No department holds the device."},
                .remedy = {"管理責任者に配置要望を提出してください。", "Ask the equipment manager to place it."},
        },
        [CHECK_OUT_RESERVED_BY_ANOTHER] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "使用開始から返却期限までの間に、他の予約があります。",
                        "Somebody else has reserved the device for a time between check-out and the due time.",
                },
                .remedy = {
                        "時間を変更するか、別の機器を選択してください。"
                        "緊急の場合は、予約に優先する旨の総括管理者の定め（第9条）の番号を入力してください。",
                        "Change the times or choose another device. In an emergency, cite a determination that sets "
                        "the reservation aside.",
                },
        },
        [CHECK_OUT_OTHER_PURPOSE] = {
                .level = RULE_VIOLATION,
                .detail = {"第6条各号に掲げる用途に該当しません。", "The purpose is not one that article 6 lists."},
                .remedy = {
                        "総括管理者に用途の承認を求めるか、該当する定めの番号を入力してください。",
                        "Ask the general manager to approve the purpose, or cite a determination that covers it.",
                },
        },
        [CHECK_OUT_NO_APPROVAL] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "利用者の所属は、この用途について総括管理者の承認を得ていません。",
                        "The user's department has no approval for this purpose.",
                },
                .remedy = {
                        "総括管理者に承認を求めるか、該当する定めの番号を入力してください。",
                        "Ask the general manager for an approval, or cite a determination that covers it.",
                },
        },
        [CHECK_OUT_APPROVAL_TOO_SHORT] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "承認の期間が、使用開始から返却期限までの全期間に及んでいません。",
                        "The approval does not cover every day from check-out to the due time.",
                },
                .remedy = {
                        "承認の期間内に変更するか、総括管理者に改めて承認を求めてください。",
                        "Keep within the days of the approval, or ask the general manager for another one.",
                },
        },
        [CHECK_OUT_CAP_REACHED] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "機器の回線の当月の通信量が上限に達しています。",
                        "The line in the device has used up its data for this month.",
                },
                .remedy = {
                        "別の回線の機器を選択するか、翌月以降に使用してください。",
                        "Choose a device with another line, or wait until next month.",
                },
        },
        [CHECK_OUT_OS_OUTDATED] = {
                .level = RULE_VIOLATION,
                .detail = {"OSが最新でないことが判明しています。", "The operating system is known to be outdated."},
                .remedy = {
                        "用途を「更新のための接続」として更新し、セキュリティの状態を登録してから使用してください。",
                        "First take it out with the purpose \"Connection for updates\", update it and report its "
                        "security status.",
                },
        },
        [CHECK_OUT_DEFINITIONS_OLD] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "ウイルス定義が所定の日数を超えて更新されていません。",
                        "The antivirus definitions are older than the set number of days.",
                },
                .remedy = {
                        "用途を「更新のための接続」として更新し、セキュリティの状態を登録してから使用してください。",
                        "First take it out with the purpose \"Connection for updates\", update it and report its "
                        "security status.",
                },
        },
        [CHECK_OUT_STATUS_UNKNOWN] = {
                .level = RULE_EXCEPTION,
                .detail = {"セキュリティの状態が不明です。", "The security status is not known."},
                .remedy = {
                        "更新状況を確認してセキュリティの状態を登録するか、例外の理由を入力してください。",
                        "Check whether it is up to date and report its security status, or state a reason for the "
                        "exception.",
                },
        },
        [CHECK_OUT_STATUS_OLD] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "セキュリティの状態が、所定の日数を超えて確認されていません。",
                        "The security status has not been confirmed within the set number of days.",
                },
                .remedy = {
                        "更新状況を確認してセキュリティの状態を登録するか、例外の理由を入力してください。",
                        "Check whether it is up to date and report its security status, or state a reason for the "
                        "exception.",
                },
        },
        [CHECK_OUT_OF_ANOTHER_DEPARTMENT] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "利用者は、機器が配置されている所属の職員ではありません。",
                        "The user does not belong to the department that holds the device.",
                },
                .remedy = {
                        "例外の理由を入力してください。機器が配置されている所属の利用管理者が確認します。",
                        "State a reason for the exception. The usage manager of that department will confirm it.",
                },
        },
        [CHECK_OUT_LEFT_UNLOCKED] = {
                .level = RULE_EXCEPTION,
                .detail = {
                        "前回返却時の施錠保管が未確認です。",
                        "The device was not locked away when it was last returned.",
                },
                .remedy = {
                        "異常の有無を確認して施錠保管の確認を登録するか、例外の理由を入力してください。",
                        "Check it for damage and record that it is locked away, or state a reason for the exception.",
                },
        },
        [CHECK_OUT_MEETING_IS_DRAFT] = {
                .level = RULE_VIOLATION,
                .detail = {"指定した会議は下書きです。", "The meeting cited is a draft."},
                .remedy = {
                        "会議を「計画」として登録してから指定してください。",
                        "Have the meeting planned first, then cite it.",
                },
        },
        [CHECK_OUT_MEETING_IS_REFUSED] = {
                .level = RULE_VIOLATION,
                .detail = {"指定した会議は、判定の結果が不可です。", "The meeting cited was refused."},
                .remedy = {
                        "会議の設定を見直し、改めて「計画」として登録してから指定してください。",
                        "Correct its settings, have it planned again, then cite it.",
                },
        },
        [CHECK_OUT_MEETING_IS_CANCELLED] = {
                .level = RULE_VIOLATION,
                .detail = {"指定した会議は取り消されています。", "The meeting cited was cancelled."},
                .remedy = {"別の会議を指定するか、会議の指定を外してください。", "Cite another meeting or none."},
        },
        [CHECK_OUT_NO_MEETING] = {
                .level = RULE_ADVICE,
                .detail = {
                        "用途はWEB会議ですが、会議が指定されていません。",
                        "The use is for a web meeting, but no meeting is cited.",
                },
                .remedy = {
                        "会議を「計画」として登録し、利用手順への適合を確認して指定することを推奨します。",
                        "Plan the meeting, see that it follows Annex 2, and cite it.",
                },
        },
};
/* clang-format on */
