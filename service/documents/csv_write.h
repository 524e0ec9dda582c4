/* Writes CSV that office spreadsheets open as it is meant: UTF-8 with a byte order mark, or CP932; cells quoted by RFC
   4180 where they need it; rows ended by CRLF, line ends inside a cell as LF.

   A cell that a spreadsheet would run as a formula gets an apostrophe before it: one that begins with = + - @ in half
   or full width, tab, CR or LF. Not so a lone "-" or "－", which offices write for "none", and a plain negative number
   such as -12 or -3.5, which means the same as a formula and as text; + is guarded even before a number, as a
   telephone number would lose it. csv_read does not take the apostrophe away.

   It appends to a text that the caller may send and empty between rows. */
#pragma once

#include "core/text.h"
#include "documents/charset.h"

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise; close with csv_writer_close. */
struct csv_writer {
        struct text *out;                /* borrowed */
        struct charset_encoder *encoder; /* NULL: UTF-8 */
        struct text row;                 /* being made, in UTF-8 */
        size_t cells;                    /* in the row so far */
        size_t lost;                     /* characters that CP932 does not have, written as 〓 */
};

/* CHARSET_UTF8 begins with the byte order mark. 0, or -errno when the machine cannot write CP932. */
int csv_writer_open(enum charset charset, struct text *out, struct csv_writer *ret_writer);
void csv_writer_close(struct csv_writer *writer);

void csv_cell(struct csv_writer *writer, const char *value); /* UTF-8; NULL is an empty cell */
int csv_end_row(struct csv_writer *writer);                  /* 0 or -errno */
