/* SPDX-License-Identifier: Apache-2.0 */
#include "events/reader.h"

#include "events/event_store.h"

#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdlib.h>

enum { SQL_MAX = 4096 };

struct reader {
    struct event_store *store;
};

struct reader *reader_open(const char *store, struct err *e) {
    struct reader *r = calloc(1, sizeof *r);
    if (!r) {
        err_set(e, ERR_NO_MEMORY, "no memory to read the store %s", store);
        return NULL;
    }
    r->store = event_store_open(store, DATABASE_READ, e);
    if (r->store)
        return r;
    free(r);
    return NULL;
}

void reader_close(struct reader *r) {
    if (!r)
        return;
    event_store_close(r->store);
    free(r);
}

static sqlite3_stmt *prepare(struct reader *r, const struct reader_query *q) {
    struct buf sql;
    sqlite3_stmt *statement = NULL;
    buf_init(&sql, SQL_MAX);
    /* Only the newest few are sorted twice: all of them may be more than the memory holds. */
    buf_printf(&sql, q->last ? "SELECT * FROM (SELECT " : "SELECT ");
    event_store_columns(&sql);
    buf_printf(&sql, " FROM events WHERE row > ?1%s", q->activity ? " AND activity = ?2" : "");
    buf_printf(&sql, q->last ? " ORDER BY row DESC LIMIT ?3) ORDER BY row" : " ORDER BY row");
    if (!sql.failed && sqlite3_prepare_v2(event_store_db(r->store), buf_str(&sql).p,
                                          (int)buf_size(&sql), &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, q->after_row);
        if (q->activity)
            sqlite3_bind_text(statement, 2, q->activity, -1, SQLITE_STATIC);
        if (q->last)
            sqlite3_bind_int64(statement, 3, q->last);
    }
    buf_fini(&sql);
    return statement;
}

static void read_row(sqlite3_stmt *statement, struct event_row *row) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    memset(row, 0, sizeof *row);
    for (int i = 0; i < (int)n; i++) {
        struct event_value v = {.is_number = sqlite3_column_type(statement, i) == SQLITE_INTEGER};
        if (v.is_number)
            v.number = sqlite3_column_int64(statement, i);
        else
            v.text = (const char *)sqlite3_column_text(statement, i);
        event_set(row, &c[i], v);
    }
    for (enum err_code code = ERR_NONE; row->error[0] && code < ERR_COUNT; code++)
        if (strcmp(err_info(code)->name, row->error) == 0)
            row->activity.err.code = code;
}

/* Hands on rows and the number of the last one; `*more` false: nobody wants another. */
static bool read_on(struct reader *r, struct reader_query *q, reader_row_fn *each, void *user,
                    bool *more, struct err *e) {
    struct event_row row;
    int code = SQLITE_ERROR;
    sqlite3_stmt *statement = prepare(r, q);
    *more = true;
    while (statement && *more && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        read_row(statement, &row);
        q->after_row = row.row;
        *more = each(user, &row);
    }
    bool is_read = code == SQLITE_DONE || !*more || event_store_fail(r->store, "read", e);
    sqlite3_finalize(statement);
    return is_read;
}

bool reader_each(struct reader *r, const struct reader_query *q, reader_row_fn *each, void *user,
                 struct err *e) {
    struct reader_query once = *q;
    bool more;
    return read_on(r, &once, each, user, &more, e);
}

/* SQLite tells other processes of nothing: its number of the newest row is asked for. False: nobody
 * reads any more. */
static bool wait_a_moment(int audience_fd) {
    struct pollfd audience = {.fd = audience_fd};
    int n = poll(&audience, 1, READER_POLL_MS);
    return n == 0 || (n < 0 && errno == EINTR);
}

bool reader_follow(struct reader *r, const struct reader_query *q, int audience_fd,
                   reader_row_fn *each, void *user, struct err *e) {
    struct reader_query next = *q;
    bool more;
    do {
        if (!read_on(r, &next, each, user, &more, e))
            return false;
        next.last = 0;
    } while (more && wait_a_moment(audience_fd));
    return true;
}
