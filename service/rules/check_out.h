/* The check-out rules (art4.1.1, art5 to art8): may this member of staff take this device out, for
   this purpose, from then to then?

   The same judgement answers `usage-entries/check`, and decides inside the transaction that writes the entry, on facts
   read under the device's lock. Facts that are not known, or that this installation does not keep, are zero: no rule
   makes a finding of them. */
#pragma once

#include "rules/rule.h"
#include "vocabularies.h"

#include <jansson.h>
#include <stdint.h>

/* In the order in which findings are listed. */
enum check_out_rule {
        CHECK_OUT_DEVICE_AVAILABLE,
        CHECK_OUT_PLACED,
        CHECK_OUT_RESERVED,
        CHECK_OUT_PURPOSE,
        CHECK_OUT_PURPOSE_APPROVAL,
        CHECK_OUT_DATA_CAP,
        CHECK_OUT_SECURITY_CURRENT,
        CHECK_OUT_SECURITY_CONFIRMED,
        CHECK_OUT_OTHER_DEPARTMENT,
        CHECK_OUT_STORAGE_CONFIRMED,
        CHECK_OUT_MEETING,
        CHECK_OUT_RULES
};

enum check_out_reason {
        CHECK_OUT_FINE,
        CHECK_OUT_IS_OUT,
        CHECK_OUT_IS_OVERDUE,
        CHECK_OUT_IS_DISPOSED,
        CHECK_OUT_IS_LOST,
        CHECK_OUT_IS_IN_REPAIR,
        CHECK_OUT_HAS_MALWARE,
        CHECK_OUT_HAD_UNKNOWN_CLIENT,
        CHECK_OUT_NOT_PLACED,
        CHECK_OUT_RESERVED_BY_ANOTHER,
        CHECK_OUT_OTHER_PURPOSE,
        CHECK_OUT_NO_APPROVAL,
        CHECK_OUT_APPROVAL_TOO_SHORT,
        CHECK_OUT_CAP_REACHED,
        CHECK_OUT_OS_OUTDATED,
        CHECK_OUT_DEFINITIONS_OLD,
        CHECK_OUT_STATUS_UNKNOWN,
        CHECK_OUT_STATUS_OLD,
        CHECK_OUT_OF_ANOTHER_DEPARTMENT,
        CHECK_OUT_LEFT_UNLOCKED,
        CHECK_OUT_MEETING_IS_DRAFT,
        CHECK_OUT_MEETING_IS_REFUSED,
        CHECK_OUT_MEETING_IS_CANCELLED,
        CHECK_OUT_NO_MEETING,
        CHECK_OUT_REASONS
};

extern const struct rule check_out_rules[CHECK_OUT_RULES];
extern const struct rule_reason check_out_reasons[CHECK_OUT_REASONS];

enum check_out_mode {
        CHECK_OUT_ORDINARY,
        /* Recorded afterwards (late_reason): judged as of out_at, and refused only because another entry overlaps. */
        CHECK_OUT_LATE,
        /* To the next shift, without a return: device_available is not judged. */
        CHECK_OUT_HANDOVER,
};

struct check_out_plan {
        enum check_out_mode mode;
        enum purpose purpose;
        const char *user_department_id; /* the user's 所属 on that day, or NULL */
        int64_t out_at, due_at;         /* instants */
};

enum fact { FACT_NOT_KNOWN, FACT_NO, FACT_YES };
enum device_kind { DEVICE_KIND_NOT_KNOWN, DEVICE_OTHER_KIND, DEVICE_TERMINAL, DEVICE_MOBILE_ROUTER };
enum device_condition { DEVICE_CONDITION_NOT_KNOWN, DEVICE_USABLE, DEVICE_IN_REPAIR, DEVICE_LOST, DEVICE_DISPOSED };
enum occupied { OCCUPIED_NOT_KNOWN, OCCUPIED_NO, OCCUPIED_OUT, OCCUPIED_OVERDUE };
enum incident { INCIDENT_NOT_KNOWN, INCIDENT_NONE, INCIDENT_MALWARE, INCIDENT_UNAUTHORISED_CONNECTION };
enum security { SECURITY_NOT_KNOWN, SECURITY_NONE, SECURITY_UNKNOWN, SECURITY_CURRENT, SECURITY_OUTDATED };
enum meeting {
        MEETING_NOT_KNOWN,
        MEETING_NONE, /* the plan cites none */
        MEETING_DRAFT,
        MEETING_REFUSED,
        MEETING_CANCELLED,
        MEETING_STANDS, /* planned, held or closed */
};

/* As of out_at. */
struct check_out_facts {
        enum device_kind kind;
        enum device_condition condition;
        enum occupied occupied; /* by an entry other than the one that a hand-over closes */
        enum incident incident; /* open */
        enum fact placed;
        const char *holding_department_id; /* or NULL */
        enum fact reserved;                /* [out_at, due_at) overlaps a reservation that the plan does not collect */
        enum fact approval;                /* there is one for the user's department, not revoked */
        struct date approval_from, approval_until; /* year 0: no bound */
        int data_percent;                          /* of the month's cap, used by the line the device carries */
        enum security security;                    /* the last status: SECURITY_NONE when there never was one */
        int64_t security_confirmed_at;             /* instant; of no status: of no meaning */
        struct date antivirus_definitions_on;      /* year 0: not known */
        int security_confirmed_days, antivirus_definition_days; /* settings */
        enum fact last_return_unlocked;                         /* and not put right since */
        enum meeting meeting;                                   /* the one that the plan cites */
        uint32_t determined; /* 1 << enum check_out_rule: covered by the determination cited, in force for the user */
        struct date regulation_versions[16];
        size_t regulation_version_count;
};

/* 0, or PROBLEM_VALIDATION_FAILED when out_at lies before the first version of the regulation. */
int check_out_judge(const struct check_out_plan *plan, const struct check_out_facts *facts,
                    struct judgement *ret_judgement);

/* Whether recording it takes an exception_reason. A late recording has its late_reason, a hand-over has no place for
   one; their exceptions wait for the usage manager's confirmation all the same. */
bool check_out_needs_reason(const struct check_out_plan *plan, const struct judgement *judgement);

/* Whether the reservation of another is cancelled with it, as the determination has set it aside. */
bool check_out_cancels_reservation(const struct judgement *judgement);

/* Reads what a statement made with json_build_object: members named as the fields above, enumerations as the words of
   the API ("mobile_router", "in_repair", "overdue", "unauthorised_connection", "planned"), facts as booleans, times as
   RFC 3339, days as YYYY-MM-DD, `determined` as an array of rule ids. A member that is absent or null is not known.
   Texts are borrowed from the object. 0, or -EINVAL for a word that no enumeration has: a fault of the statement. */
int check_out_read(const json_t *object, struct check_out_plan *ret_plan, struct check_out_facts *ret_facts);
