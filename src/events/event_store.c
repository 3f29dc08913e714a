/* SPDX-License-Identifier: Apache-2.0 */
#include "events/event_store.h"

#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>

enum { SQL_MAX = 8192 };

struct event_store {
    struct database *database;
    sqlite3_stmt *insert;
};

bool event_store_fail(struct event_store *s, const char *what, struct err *e) {
    return database_fail(s->database, what, e);
}

static const char *type_of(const struct event_column *c) {
    return c->type == COLUMN_KEY                               ? "INTEGER PRIMARY KEY"
           : c->type == COLUMN_TEXT || c->type == COLUMN_LEVEL ? "TEXT"
                                                               : "INTEGER";
}

static void add_columns(struct buf *sql, bool is_schema) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (size_t i = 0; i < n; i++) {
        buf_printf(sql, "%s%s", i ? ", " : "", c[i].name);
        if (is_schema)
            buf_printf(sql, " %s", type_of(&c[i]));
    }
}

void event_store_columns(struct buf *sql) { add_columns(sql, false); }

static bool has_column(struct event_store *s, const char *name) {
    return sqlite3_table_column_metadata(event_store_db(s), NULL, "events", name, NULL, NULL, NULL,
                                         NULL, NULL) == SQLITE_OK;
}

/* The first column that the table of an older kerbgate, or one that is not there, does not have;
 * NULL: it has all. */
static const char *missing_column(struct event_store *s) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (size_t i = 0; i < n; i++)
        if (!has_column(s, c[i].name))
            return c[i].name;
    return NULL;
}

static void add_missing_columns(struct buf *sql, struct event_store *s) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (size_t i = 0; i < n; i++)
        if (!has_column(s, c[i].name))
            buf_printf(sql, "ALTER TABLE events ADD COLUMN %s %s;", c[i].name, type_of(&c[i]));
}

static bool run(struct event_store *s, struct buf *sql, struct err *e) {
    buf_add_byte(sql, 0);
    bool is_done = database_run(s->database, buf_str(sql).p, "prepared", e);
    buf_clear(sql);
    return is_done;
}

/* In one transaction: another process may be doing the same. Where there is nothing to do nobody
 * is waited for. */
static bool create_table(struct event_store *s, struct err *e) {
    struct buf sql;
    if (!missing_column(s))
        return true;
    if (!database_begin(s->database, e))
        return false;
    buf_init(&sql, SQL_MAX);
    buf_printf(&sql, "CREATE TABLE IF NOT EXISTS events (");
    add_columns(&sql, true);
    buf_printf(&sql, ") STRICT; CREATE INDEX IF NOT EXISTS events_activity ON events (activity);");
    bool is_made = run(s, &sql, e);
    if (is_made)
        add_missing_columns(&sql, s);
    is_made = is_made && run(s, &sql, e);
    buf_fini(&sql);
    return database_end(s->database, is_made, e);
}

static bool prepare_insert(struct event_store *s, struct err *e) {
    struct buf sql;
    size_t n;
    event_columns(&n);
    buf_init(&sql, SQL_MAX);
    buf_printf(&sql, "INSERT INTO events (");
    event_store_columns(&sql);
    buf_printf(&sql, ") VALUES (");
    for (size_t i = 0; i < n; i++)
        buf_printf(&sql, i ? ", ?" : "?");
    buf_add_byte(&sql, ')');
    bool is_made = sqlite3_prepare_v3(event_store_db(s), buf_str(&sql).p, (int)buf_size(&sql),
                                      SQLITE_PREPARE_PERSISTENT, &s->insert, NULL) == SQLITE_OK;
    buf_fini(&sql);
    return is_made || event_store_fail(s, "prepared", e);
}

/* kerbgate events only reads, and leaves the table as it is. */
static bool has_all_columns(struct event_store *s, struct err *e) {
    const char *missing = missing_column(s);
    if (!missing)
        return true;
    err_set(e, ERR_STORE, "the store %s is of an older kerbgate: its events have no \"%s\"",
            database_name(s->database), missing);
    err_hint(e, "The kerbgate that is installed now brings it up to date when it serves: "
                "kerbgate restart");
    return false;
}

static bool find_table(struct event_store *s, struct err *e) {
    sqlite3 *db = event_store_db(s);
    bool is_there = sqlite3_table_column_metadata(db, NULL, "events", NULL, NULL, NULL, NULL, NULL,
                                                  NULL) == SQLITE_OK;
    if (is_there)
        return has_all_columns(s, e);
    if (sqlite3_errcode(db) != SQLITE_ERROR)
        return event_store_fail(s, "read", e);
    err_set(e, ERR_STORE, "the store %s has no events yet", database_name(s->database));
    err_hint(e, "kerbgate run makes them");
    return false;
}

static bool prepare(struct event_store *s, enum database_mode mode, struct err *e) {
    if (mode == DATABASE_READ)
        return find_table(s, e);
    return create_table(s, e) && prepare_insert(s, e);
}

struct event_store *event_store_open(const char *file, enum database_mode mode, struct err *e) {
    struct event_store *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, ERR_NO_MEMORY, "no memory for the store %s", file);
        return NULL;
    }
    s->database = database_open(file, mode, e);
    if (s->database && prepare(s, mode, e))
        return s;
    event_store_close(s);
    return NULL;
}

void event_store_close(struct event_store *s) {
    if (!s)
        return;
    sqlite3_finalize(s->insert);
    database_close(s->database);
    free(s);
}

struct sqlite3 *event_store_db(struct event_store *s) { return database_connection(s->database); }

void event_store_give_up_at(struct event_store *s, int64_t mono_us) {
    database_give_up_at(s->database, mono_us);
}

static bool insert_row(struct event_store *s, const struct event_row *r) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (int i = 0; i < (int)n; i++) {
        struct event_value v = event_get(r, &c[i]);
        if (v.is_number)
            sqlite3_bind_int64(s->insert, i + 1, v.number);
        else if (v.text)
            sqlite3_bind_text(s->insert, i + 1, v.text, -1, SQLITE_STATIC);
        else
            sqlite3_bind_null(s->insert, i + 1);
    }
    bool is_written = sqlite3_step(s->insert) == SQLITE_DONE;
    return sqlite3_reset(s->insert) == SQLITE_OK && is_written;
}

/* Only the oldest ever go, so the numbers have no gaps. */
static bool prune(struct event_store *s, unsigned rows_max, struct err *e) {
    char sql[128];
    snprintf(sql, sizeof sql, "DELETE FROM events WHERE row <= (SELECT max(row) FROM events) - %u",
             rows_max);
    return database_run(s->database, sql, "written", e);
}

bool event_store_write(struct event_store *s, const struct event_row *rows, size_t n,
                       unsigned rows_max, struct err *e) {
    if (!database_begin(s->database, e))
        return false;
    bool is_written = true;
    for (size_t i = 0; i < n && is_written; i++)
        is_written = insert_row(s, &rows[i]) || event_store_fail(s, "written", e);
    return database_end(s->database, is_written && prune(s, rows_max, e), e);
}
