#include "organisation_staff.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static int hold(struct transaction *transaction) {
        staff_import_hold_departments(transaction);
        return staff_import_hold(transaction);
}

static const struct import import = {
        .event = "staff.imported",
        .subject = "staff",
        .hold = hold,
        .judge = staff_import_judge,
        .write = staff_import_write,
};

int op_import_staff(struct request *request) {
        return import_run(request, &import);
}
