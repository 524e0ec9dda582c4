/* From the rows of meetings/facts.sql to the judgement. */
#pragma once

#include "judging/judging.h"
#include "rules/meeting.h"

struct request;

/* Of a row of the statement queued last, which gave the facts; before it came that of the services. */
int judge_read(struct request *request, size_t row, struct meeting_plan *ret_plan, struct meeting_facts *ret_facts);

extern const struct judging judge_meetings;
