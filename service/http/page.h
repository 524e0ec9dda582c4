/* Lists: ?limit, ?cursor, ?sort and ?include_total into struct page, and rows into {"items": …, "next_cursor": …}. */
#pragma once

struct report;
struct request;

/* Fills request->page when the operation takes a limit. 0 or an enum problem with *ret_report. */
int page_read(struct request *request, struct report *ret_report);
/* Turns the rows of the last statement into the reply's body and its Link header (RFC 8288). */
void page_write(struct request *request);
