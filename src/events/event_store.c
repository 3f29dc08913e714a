/* SPDX-License-Identifier: Apache-2.0 */
#include "events/event_store.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SQL_MAX = 8192, BUSY_STEP_MS = 5 };

struct event_store {
    sqlite3 *db;
    sqlite3_stmt *insert;
    int64_t busy_since_us;
    _Atomic int64_t give_up_us;
    char file[PATH_MAX];
};

static const char *what_to_do(int code) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
        return "Another process keeps it locked; see which with: fuser -v";
    case SQLITE_FULL:
        return "The disk is full; see it with: df -h";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "It is no database, or damaged. Stop kerbgate and move it away; a new one is made";
    case SQLITE_IOERR:
        return "Reading or writing failed; look for the disk's errors with: dmesg";
    default:
        return "Check its rights, and those of its folder, with: ls -la";
    }
}

bool event_store_fail(struct event_store *s, const char *what, struct err *e) {
    int code = s->db ? sqlite3_extended_errcode(s->db) : SQLITE_NOMEM;
    int system = s->db ? sqlite3_system_errno(s->db) : ENOMEM;
    bool is_system = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
    err_set(e, ERR_STORE, "the store %s cannot be %s: %s", s->file, what,
            is_system && system ? strerror(system)
            : s->db             ? sqlite3_errmsg(s->db)
                                : "no memory");
    err_hint(e, "%s %s", what_to_do(code), s->file);
    return false;
}

static int on_busy(void *user, int tries) {
    struct event_store *s = user;
    int64_t now = clock_mono_us();
    if (tries == 0)
        s->busy_since_us = now;
    if (now >= s->busy_since_us + EVENT_STORE_BUSY_MS * 1000LL || now >= s->give_up_us)
        return 0;
    sqlite3_sleep(BUSY_STEP_MS);
    return 1;
}

static bool run(struct event_store *s, const char *sql, const char *what, struct err *e) {
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || event_store_fail(s, what, e);
}

/* The folder may be reached by symbolic links, the file itself may not be one: its folder belongs
 * to an account with fewer rights than the supervisor, which opens it too. */
static bool resolve(struct event_store *s, const char *file, struct err *e) {
    char folder[PATH_MAX], name[PATH_MAX], real[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", file);
    snprintf(name, sizeof name, "%s", file);
    snprintf(s->file, sizeof s->file, "%s", file);
    const char *parent = dirname(folder);
    if (!realpath(parent, real)) {
        err_set(e, ERR_STORE, "the folder of the store %s cannot be used: %s", file,
                strerror(errno));
        if (errno == EACCES)
            err_hint(e,
                     "The account that serves must get through every folder above it; see "
                     "which one stops it: namei -l %s",
                     parent);
        else
            err_hint(e, "Create it: install -d -m 0700 %s", parent);
        return false;
    }
    int n = snprintf(s->file, sizeof s->file, "%s/%s", real, basename(name));
    return n < (int)sizeof s->file || err_set(e, ERR_STORE, "the name of the store is too long");
}

static bool create_file(struct event_store *s, struct err *e) {
    char folder[PATH_MAX];
    struct stat st;
    int fd = open(s->file, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return true;
    snprintf(folder, sizeof folder, "%s", s->file);
    const char *parent = dirname(folder);
    bool is_made = fd >= 0 && stat(parent, &st) == 0 &&
                   (geteuid() != 0 || fchown(fd, st.st_uid, st.st_gid) == 0);
    if (!is_made) {
        err_set(e, ERR_STORE, "the store %s cannot be created: %s", s->file, strerror(errno));
        err_hint(e, "Check the rights of its folder with: ls -lad %s", parent);
    }
    if (fd >= 0)
        close(fd);
    return is_made;
}

static void add_columns(struct buf *sql, bool is_schema) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (size_t i = 0; i < n; i++) {
        bool is_text = c[i].type == COLUMN_TEXT || c[i].type == COLUMN_LEVEL;
        buf_printf(sql, "%s%s", i ? ", " : "", c[i].name);
        if (is_schema)
            buf_printf(sql, " %s%s", is_text ? "TEXT" : "INTEGER",
                       c[i].type == COLUMN_KEY ? " PRIMARY KEY" : "");
    }
}

void event_store_columns(struct buf *sql) { add_columns(sql, false); }

static bool create_table(struct event_store *s, struct err *e) {
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    buf_printf(&sql, "CREATE TABLE IF NOT EXISTS events (");
    add_columns(&sql, true);
    buf_printf(&sql, ") STRICT; CREATE INDEX IF NOT EXISTS events_activity ON events (activity);");
    buf_add_byte(&sql, 0);
    bool is_made = run(s, buf_str(&sql).p, "prepared", e);
    buf_fini(&sql);
    return is_made;
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
    bool is_made = sqlite3_prepare_v3(s->db, buf_str(&sql).p, (int)buf_size(&sql),
                                      SQLITE_PREPARE_PERSISTENT, &s->insert, NULL) == SQLITE_OK;
    buf_fini(&sql);
    return is_made || event_store_fail(s, "prepared", e);
}

static bool prepare_write(struct event_store *s, struct err *e) {
    return run(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", "opened", e) &&
           create_table(s, e) && prepare_insert(s, e);
}

static bool find_table(struct event_store *s, struct err *e) {
    bool is_there = sqlite3_table_column_metadata(s->db, NULL, "events", NULL, NULL, NULL, NULL,
                                                  NULL, NULL) == SQLITE_OK;
    if (is_there)
        return true;
    if (sqlite3_errcode(s->db) != SQLITE_ERROR)
        return event_store_fail(s, "read", e);
    err_set(e, ERR_STORE, "the store %s has no events yet", s->file);
    err_hint(e, "kerbgate run makes them");
    return false;
}

static bool open_database(struct event_store *s, enum event_store_mode mode, struct err *e) {
    int flags = mode == EVENT_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (mode == EVENT_STORE_WRITE && !create_file(s, e))
        return false;
    if (mode == EVENT_STORE_READ && access(s->file, F_OK) != 0 && errno == ENOENT) {
        err_set(e, ERR_STORE, "there is no store %s yet", s->file);
        err_hint(e, "kerbgate run makes it; is this the configuration that it runs with?");
        return false;
    }
    if (sqlite3_open_v2(s->file, &s->db, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return event_store_fail(s, "opened", e);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_handler(s->db, on_busy, s);
    /* Whoever may write the file must not run code here by what its schema says. */
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return mode == EVENT_STORE_WRITE ? prepare_write(s, e) : find_table(s, e);
}

struct event_store *event_store_open(const char *file, enum event_store_mode mode, struct err *e) {
    struct event_store *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, ERR_NO_MEMORY, "no memory for the store %s", file);
        return NULL;
    }
    s->give_up_us = INT64_MAX;
    if (resolve(s, file, e) && open_database(s, mode, e))
        return s;
    event_store_close(s);
    return NULL;
}

void event_store_close(struct event_store *s) {
    if (!s)
        return;
    sqlite3_finalize(s->insert);
    sqlite3_close(s->db);
    free(s);
}

struct sqlite3 *event_store_db(struct event_store *s) { return s->db; }

void event_store_give_up_at(struct event_store *s, int64_t mono_us) { s->give_up_us = mono_us; }

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
static bool prune(struct event_store *s, unsigned rows_max) {
    char sql[128];
    snprintf(sql, sizeof sql, "DELETE FROM events WHERE row <= (SELECT max(row) FROM events) - %u",
             rows_max);
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool event_store_write(struct event_store *s, const struct event_row *rows, size_t n,
                       unsigned rows_max, struct err *e) {
    if (!run(s, "BEGIN IMMEDIATE", "written", e))
        return false;
    bool is_written = true;
    for (size_t i = 0; i < n && is_written; i++)
        is_written = insert_row(s, &rows[i]);
    is_written = is_written && prune(s, rows_max) &&
                 sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (is_written)
        return true;
    event_store_fail(s, "written", e); /* before the rollback, which has an outcome of its own */
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}
