/* From what a statement tells of a meeting to the judgement. */
#pragma once

#include "rules/meeting.h"

/* `facts` is the text that api.meeting_facts made. 0, or -EINVAL when it cannot be read: a fault of ours. */
int judged_read(const char *facts, struct judgement *ret_judgement);
