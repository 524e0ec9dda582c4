#include "meetings/judged.h"

#include "core/cleanup.h"

int judged_read(const char *facts, struct judgement *ret_judgement) {
        _cleanup_json_ json_t *object = json_loads(facts, 0, NULL);
        struct meeting_plan plan;
        struct meeting_facts read;

        int r = meeting_read(object, &plan, &read);
        if (r == 0)
                meeting_judge(&plan, &read, ret_judgement);
        return r;
}
