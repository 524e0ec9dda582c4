#include "http/words.h"

#include <stddef.h>
#include <string.h>

static const struct {
        const char *code, *ja, *en;
} words[] = {
        {"not_found", "指定されたものがないか、あなたには見えません。確かめてください。",
         "What is named here is missing, or you may not see it. Check it."},
        {"taken", "すでに使われています。別の値にしてください。", "This is already in use. Choose another value."},
        {"repeated", "同じものがこのファイルの前の行にもあります。",
         "The same stands in an earlier line of this file."},
        {"ring", "上位をたどると自分に戻ります。", "Following the parents leads back to itself."},
        {"placed", "すでに配置されたことのある機器です。配置の変更で扱ってください。",
         "The device has been placed before. Change its placement instead."},
        {"future", "将来の日時は指定できません。", "A day or time in the future is not taken."},
        {"disposed", "廃棄済みの機器です。", "The device has been disposed of."},
        {"required", "入力が必要です。", "This is needed."},
        {"oneself", "自分自身を職に就けることはできません。ほかの人に頼んでください。",
         "Nobody puts himself into a post. Ask someone else."},
        {"own_identity",
         "自分の認証IDを変えること、今使っている認証IDをほかの職員に渡すことはできません。ほかのシステム運用担当に頼ん"
         "でください。",
         "Nobody changes whom his own token names, nor gives it to another. Ask another operator."},
        {"before_from", "終了日が開始日より前です。", "The last day is before the first."},
        {"past", "過ぎた日からの代理は指定できません。", "An acting holder is named ahead of the day."},
        {"beyond_own_term", "代理は、自分がその職にある期間の中で指定してください。",
         "Name an acting holder for days on which you hold the post yourself."},
        {"overlap", "同じ期間にすでに別のものがあります。期間を見直してください。",
         "Another one holds in these days already. Look at the days again."},
        {"named_by_the_holder", "代理は、その職の本人か総括管理者が指定します。",
         "An acting holder is named by the holder of the post or by the general manager."},
        {"unchanged", "今の値と同じです。", "This is the value that it has already."},
        {"not_after_out", "持出しの時刻より後にしてください。", "Give a time after the device was taken out."},
        {"not_later", "今の返却期限と現在時刻のどちらよりも後にしてください。",
         "Give a time after the present due time, and in the future."},
        {"loan_too_long", "設定された最長貸出日数を超えています。短くしてください。",
         "This is longer than the longest loan of the settings. Make it shorter."},
        {"before_out", "返却は持出しより前にできません。", "A device does not come back before it was taken out."},
        {"after_return", "持出しは返却より後にできません。", "A device is not taken out after it came back."},
        {"before_return", "返却より後、現在までの時刻にしてください。",
         "Give a time after the return, and not in the future."},
        {"other_month", "別の月に移すことはできません。同じ月の時刻にしてください。",
         "An entry does not move to another month. Give a time of the same month."},
        {"before_regulation", "要綱の施行より前の日時です。", "The regulation was not yet in force then."},
        {"month_open", "締め切られていない月です。in_closed_monthを外してください。",
         "The month is not closed. Leave in_closed_month out."},
        {"month_closed", "その所属のその月は締め切られています。", "The department's month is closed."},
        {"not_placed", "その時点で、どの所属にも配置されていません。", "No department held the device at that time."},
        {"occupied", "その時間の一部に、この機器の別の貸出または予約があります。",
         "For a part of that time the device is lent or reserved otherwise."},
        {"occupied_by_row", "このファイルの別の行と時間が重なっています。",
         "The time overlaps another row of this file."},
        {"was_locked", "施錠して返却された記録には、施錠確認を付けません。",
         "A return that was locked away has no confirmation of its storage."},
        {"not_after_start", "開始より後の時刻にしてください。", "Give a time after the start."},
        {"service_missing", "表に空きがあります。サービスを一つずつ、すべて入れてください。",
         "The table has a hole. Give every service, each once."},
        {"without_time", "時刻と人は、両方を入れるか、両方を空にしてください。",
         "Give both the time and the person, or neither."},
};

const char *words_sentence(const char *code, bool english) {
        for (size_t i = 0; code && i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(code, words[i].code) == 0)
                        return english ? words[i].en : words[i].ja;
        return code ? code : "";
}
