#include "db/row.h"

#include "core/clock.h"
#include "core/fact.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const struct {
        unsigned type, array; /* OIDs of PostgreSQL's built-in types (pg_type.dat) */
        size_t size;          /* of what C holds */
} kinds[] = {
        [ROW_UUID] = {2950, 2951, sizeof(char *)},
        [ROW_TEXT] = {25, 1009, sizeof(char *)},
        [ROW_DATE] = {1082, 1182, sizeof(struct date)},
        [ROW_INSTANT] = {1184, 1185, sizeof(int64_t)},
        [ROW_INT] = {23, 1007, sizeof(int)},
        [ROW_BIGINT] = {20, 1016, sizeof(int64_t)},
        [ROW_BOOL] = {16, 1000, sizeof(bool)},
        [ROW_FACT] = {16, 1000, sizeof(enum fact)},
        [ROW_WORD] = {25, 1009, sizeof(int)},
};

#define DAY (24 * 3600 * CLOCK_SECOND)

/* PostgreSQL counts from 2000-01-01; no record lies so far from it. */
enum { EPOCH_DAYS = 10957, FARTHEST_DAYS = 400 * 366 };

/* A value as PostgreSQL sends it, in network order. */
struct value {
        const unsigned char *bytes;
        size_t length;
};

unsigned row_type(const struct row_column *column) {
        return column->many ? kinds[column->kind].array : kinds[column->kind].type;
}

static int64_t read_integer(const unsigned char *bytes, size_t length) {
        uint64_t number = bytes[0] & 0x80 ? UINT64_MAX : 0;

        for (size_t i = 0; i < length; i++)
                number = number << 8 | bytes[i];
        return (int64_t)number;
}

static const char *read_uuid(const struct value *value, struct arena *arena) {
        static const char digits[] = "0123456789abcdef";
        char *text = arena_alloc(arena, 37), *to = text;

        for (size_t i = 0; i < value->length; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        *to++ = '-';
                *to++ = digits[value->bytes[i] >> 4];
                *to++ = digits[value->bytes[i] & 15];
        }
        return text;
}

static int read_word(const struct row_column *column, const struct value *value, void *ret) {
        for (int i = 0; column->words[i].word; i++)
                if (strlen(column->words[i].word) == value->length &&
                    memcmp(column->words[i].word, value->bytes, value->length) == 0) {
                        const int place = i + 1;
                        memcpy(ret, &place, sizeof(place));
                        return 0;
                }
        return -EINVAL;
}

/* Days and instants that C cannot count, such as infinity, are none of the records'. */
static int read_time(enum row_kind kind, int64_t number, void *ret) {
        int64_t days = kind == ROW_DATE ? number : number / DAY;

        if (days < -FARTHEST_DAYS || days > FARTHEST_DAYS)
                return -EINVAL;
        if (kind == ROW_DATE)
                *(struct date *)ret = date_from_days(number + EPOCH_DAYS);
        else
                *(int64_t *)ret = number + EPOCH_DAYS * DAY;
        return 0;
}

static int read_value(const struct row_column *column, const struct value *value, struct arena *arena, void *ret) {
        static const size_t sizes[] = {[ROW_UUID] = 16,  [ROW_DATE] = 4, [ROW_INSTANT] = 8, [ROW_INT] = 4,
                                       [ROW_BIGINT] = 8, [ROW_BOOL] = 1, [ROW_FACT] = 1,    [ROW_WORD] = 0};

        if (sizes[column->kind] && value->length != sizes[column->kind])
                return -EINVAL;
        switch (column->kind) {
        case ROW_UUID:
                *(const char **)ret = read_uuid(value, arena);
                return 0;
        case ROW_TEXT:
                *(const char **)ret = arena_strndup(arena, (const char *)value->bytes, value->length);
                return 0;
        case ROW_WORD:
                return read_word(column, value, ret);
        case ROW_BOOL:
                *(bool *)ret = value->bytes[0];
                return 0;
        case ROW_FACT:
                *(enum fact *)ret = value->bytes[0] ? FACT_YES : FACT_NO;
                return 0;
        case ROW_INT:
                *(int *)ret = (int)read_integer(value->bytes, 4);
                return 0;
        case ROW_BIGINT:
                *(int64_t *)ret = read_integer(value->bytes, 8);
                return 0;
        case ROW_DATE:
        case ROW_INSTANT:
                return read_time(column->kind, read_integer(value->bytes, value->length), ret);
        }
        return -EINVAL;
}

/* The next bytes of a value. */
static bool take(struct value *value, size_t length, struct value *ret_taken) {
        if (value->length < length)
                return false;
        *ret_taken = (struct value){value->bytes, length};
        value->bytes += length;
        value->length -= length;
        return true;
}

static bool take_integer(struct value *value, int64_t *ret_number) {
        struct value number;

        if (!take(value, 4, &number))
                return false;
        *ret_number = read_integer(number.bytes, 4);
        return true;
}

/* Dimensions, whether there are NULLs, the items' type, and of the one dimension its size and first index. */
static int read_array(const struct row_column *column, struct value value, struct arena *arena, char *to) {
        bool texts = column->kind == ROW_UUID || column->kind == ROW_TEXT;
        size_t size = kinds[column->kind].size;
        int64_t dimensions, nulls, type, count = 0, first, length;

        if (!take_integer(&value, &dimensions) || !take_integer(&value, &nulls) || !take_integer(&value, &type) ||
            type != kinds[column->kind].type || dimensions > 1 ||
            (dimensions == 1 && (!take_integer(&value, &count) || !take_integer(&value, &first))) || count < 0 ||
            (size_t)count > value.length)
                return -EINVAL;
        char *items = arena_alloc(arena, ((size_t)count + 1) * size);
        for (size_t i = 0; i < (size_t)count; i++) {
                struct value item;
                if (!take_integer(&value, &length) || (length < 0 && !texts))
                        return -EINVAL;
                if (length >= 0 &&
                    (!take(&value, (size_t)length, &item) || read_value(column, &item, arena, items + i * size) != 0))
                        return -EINVAL;
        }
        memcpy(to + column->offset, &items, sizeof(items));
        *(size_t *)(void *)(to + column->beside) = (size_t)count;
        return 0;
}

static int read_column(const PGresult *result, int line, const struct row_column *column, struct arena *arena,
                       char *to) {
        size_t size = column->many ? sizeof(char *) : kinds[column->kind].size;
        int field = PQfnumber(result, column->name);

        if (field < 0 || PQfformat(result, field) != 1 || PQftype(result, field) != row_type(column))
                return -EINVAL;
        memset(to + column->offset, 0, size);
        if (column->beside)
                memset(to + column->beside, 0, column->many ? sizeof(size_t) : sizeof(bool));
        if (PQgetisnull(result, line, field))
                return column->nullable ? 0 : -EINVAL;
        const struct value value = {(const unsigned char *)PQgetvalue(result, line, field),
                                    (size_t)PQgetlength(result, line, field)};
        if (column->many)
                return read_array(column, value, arena, to);
        if (column->beside)
                *(bool *)(to + column->beside) = true;
        return read_value(column, &value, arena, to + column->offset);
}

int row_read(const PGresult *result, size_t line, const struct row *row, struct arena *arena, void *ret_struct,
             const char **ret_column) {
        *ret_column = row->name;
        if (!result || line >= (size_t)PQntuples(result))
                return -EINVAL;
        for (const struct row_column *column = row->columns; column->name; column++) {
                int r = read_column(result, (int)line, column, arena, ret_struct);
                if (r != 0) {
                        *ret_column = column->name;
                        return r;
                }
        }
        return 0;
}
