/* The request's body: media type, JSON and schema, in that order. */
#pragma once

struct report;
struct request;

/* 415 or 0. A body of another Content-Encoding than identity is refused as well; one that the operation does not take
   is left alone. */
int body_media(struct request *request, struct report *ret_report);
/* Fills body and body_text: 400 for what is not JSON (duplicate member, depth over 32, bad UTF-8, NUL), 422 with every
   fault for what the schema refuses. A text/csv body is left for the handler. */
int body_read(struct request *request, struct report *ret_report);
