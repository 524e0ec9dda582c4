/* From the rows of usage/facts.sql to the judgement. */
#pragma once

#include "judging/judging.h"

extern const struct judging judge_uses;
