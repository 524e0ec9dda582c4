/* What can be the matter with a check-out and what to do about it, in both languages. */
#include "rules/check_out.h"

/* Sentences are broken where they pause. */
/* clang-format off */

/* One of the clauses of check_out.device_available, in their order there. */
enum { OF_USE = 1 << 0, OF_REPAIR = 1 << 1, OF_LOSS = 1 << 2, OF_DISPOSAL = 1 << 3, OF_MALWARE = 1 << 4, OF_CLIENTS = 1 << 5 };

const struct rule_reason check_out_reasons[CHECK_OUT_REASONS] = {
        [CHECK_OUT_IS_OUT] = {
                .level = RULE_VIOLATION,
                .clauses = OF_USE,
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
                .clauses = OF_USE,
                .detail = {"使用中のまま返却期限を超過しています。", "The device is out and overdue."},
                .remedy = {
                        "現在の利用者に返却を求めるか、別の機器を選択してください。",
                        "Ask the present user to return it, or choose another device.",
                },
        },
        [CHECK_OUT_IS_DISPOSED] = {
                .level = RULE_VIOLATION,
                .clauses = OF_DISPOSAL,
                .detail = {"廃棄済みの機器です。", "The device has been disposed of."},
                .remedy = {"別の機器を選択してください。", "Choose another device."},
        },
        [CHECK_OUT_IS_LOST] = {
                .level = RULE_VIOLATION,
                .clauses = OF_LOSS,
                .detail = {"紛失中の機器です。", "The device is lost."},
                .remedy = {
                        "発見した場合は、事案に記録してください。それまでは別の機器を選択してください。",
                        "If you have found it, record this in the incident. Until then choose another device.",
                },
        },
        [CHECK_OUT_IS_IN_REPAIR] = {
                .level = RULE_VIOLATION,
                .clauses = OF_REPAIR,
                .detail = {"修理中の機器です。", "The device is in repair."},
                .remedy = {
                        "修理の完了後に使用するか、別の機器を選択してください。",
                        "Wait until it is repaired, or choose another device.",
                },
        },
        [CHECK_OUT_HAS_MALWARE] = {
                .level = RULE_VIOLATION,
                .clauses = OF_MALWARE,
                .detail = {"マルウェアの事案が解決していません。", "A malware incident is open."},
                .remedy = {
                        "使用せず、総括管理者の指示に従ってください。会議等には別の機器を選択してください。",
                        "Do not use it; follow the general manager's directions. Choose another device.",
                },
        },
        [CHECK_OUT_HAD_UNKNOWN_CLIENT] = {
                .level = RULE_VIOLATION,
                .clauses = OF_CLIENTS,
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
                .level = RULE_EXCEPTION,
                .detail = {"第6条各号に掲げる用途に該当しません。", "The purpose is not one that article 6 lists."},
                .remedy = {
                        "例外の理由を入力してください。利用管理者が確認し、総括管理者に通知されます。"
                        "継続して使用する場合は、総括管理者に用途の承認を求めてください。",
                        "State a reason for the exception; the usage manager confirms it, and the general manager is "
                        "told. For a lasting use, ask the general manager to approve the purpose.",
                },
        },
        [CHECK_OUT_FILES_OF_NOTHING] = {
                .level = RULE_ADVICE,
                .detail = {
                        "どの会議・研修等における電子ファイルの作成・閲覧かが示されていません。",
                        "It is not said for which meeting or training the files are.",
                },
                .remedy = {
                        "会議を指定するか、会議・研修等の名称を目的の説明に入力することを推奨します。",
                        "Cite the meeting, or note the name of the meeting or training.",
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
                .level = RULE_ADVICE,
                .detail = {
                        "前回返却時の施錠保管が未確認です。",
                        "The device was not locked away when it was last returned.",
                },
                .remedy = {
                        "機器及び付属品の異常の有無を確認してから使用することを推奨します。",
                        "Look the device and its accessories over before using it.",
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
        [CHECK_OUT_MEETING_AT_ANOTHER_TIME] = {
                .level = RULE_VIOLATION,
                .detail = {
                        "指定した会議の日時が、使用時間と重なりません。",
                        "The meeting cited lies outside of the time of the use.",
                },
                .remedy = {
                        "使用する日時の会議を指定するか、返却期限を見直してください。",
                        "Cite the meeting of that time, or correct the due time.",
                },
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
