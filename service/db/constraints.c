#include "db/error.h"
#include "problems.h"

#include <stddef.h>

const struct constraint constraints[] = {
        {"api_clients_client_id_unique", PROBLEM_CONFLICT, "/client_id", "taken"},
        {"departments_code_unique", PROBLEM_CONFLICT, "/code", "taken"},
        {"departments_parent_exists", PROBLEM_REFERENCE_NOT_FOUND, "/parent_id", "not_found"},
        {"post_assignments_acting_ends", PROBLEM_VALUE_NOT_ACCEPTED, "/to", "required"},
        {"post_assignments_last_after_first", PROBLEM_VALUE_NOT_ACCEPTED, "/to", "before_from"},
        {"post_assignments_one_regular", PROBLEM_CONFLICT, "/from", "overlap"},
        {"posts_code_unique", PROBLEM_CONFLICT, "/code", "taken"},
        {"posts_department_exists", PROBLEM_REFERENCE_NOT_FOUND, "/department_id", "not_found"},
        {"posts_one_head", PROBLEM_CONFLICT, "/is_head", "taken"},
        {"posts_one_manager", PROBLEM_CONFLICT, "/role", "taken"},
        {"regulation_versions_day_unique", PROBLEM_CONFLICT, "/effective_on", "taken"},
        {"staff_number_unique", PROBLEM_CONFLICT, "/number", "taken"},
        {"staff_subject_unique", PROBLEM_CONFLICT, "/subject", "taken"},
        {"staff_transfers_one_at_a_time", PROBLEM_CONFLICT, "/from", "overlap"},
        {"devices_code_unique", PROBLEM_DEVICE_CODE_TAKEN, "/code", "taken"},
        {"devices_serial_number_unique", PROBLEM_DEVICE_CODE_TAKEN, "/serial_number", "taken"},
        {"devices_storage_location_of_department", PROBLEM_REFERENCE_NOT_FOUND, "/storage_location_id", "not_found"},
        {"devices_stored_where_placed", PROBLEM_REFERENCE_NOT_FOUND, "/storage_location_id", "not_found"},
        {"storage_locations_name_unique", PROBLEM_STORAGE_LOCATION_NAME_TAKEN, "/name", "taken"},
        {"device_occupations_overlap", PROBLEM_DEVICE_OCCUPIED, NULL, NULL},
        {"device_occupations_one_out", PROBLEM_DEVICE_OCCUPIED, NULL, NULL},
        {"usage_entries_note", PROBLEM_VALUE_NOT_ACCEPTED, "/purpose_note", "required"},
        {"usage_returns_once", PROBLEM_NOT_IN_THIS_STATE, NULL, NULL},
        {"usage_storage_confirmations_once", PROBLEM_NOT_IN_THIS_STATE, NULL, NULL},
        {"usage_confirmations_once", PROBLEM_NOT_IN_THIS_STATE, NULL, NULL},
        {"usage_corrections_changes", PROBLEM_VALUE_NOT_ACCEPTED, "/new_value", "unchanged"},
        {"ledger_closures_once", PROBLEM_MONTH_CLOSED, NULL, NULL},
        {NULL, 0, NULL, NULL},
};
