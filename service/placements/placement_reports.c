#include "placements_placement_reports.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

int op_list_placement_reports(struct request *request) {
        placement_reports_list(request->transaction, &request->page, request_query(request, "acknowledged"),
                               request_query(request, "device_id"));
        return reply_page(request);
}

int op_get_placement_report(struct request *request) {
        placement_reports_get(request->transaction, request_path(request, "placement_report_id"));
        return reply_one(request);
}

int op_acknowledge_placement_report(struct request *request) {
        placement_reports_acknowledge(request->transaction, request_path(request, "placement_report_id"));
        return reply_answer(request);
}
