/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_file.h"

#include "session/session_int.h"
#include "store/database.h"

#include <stdlib.h>

enum { STATEMENTS_MAX = 48 };

struct session_file {
    struct database *database;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } statements[STATEMENTS_MAX];
    enum session_durability durability;
};

/* An attempt's user is NULL once it was forgotten, and its source still counts. Ids are not used
 * again: a late answer must not settle somebody else's attempt. */
static const char SCHEMA[] =
    "CREATE TABLE sessions (hash BLOB NOT NULL UNIQUE, host TEXT NOT NULL, provider TEXT NOT NULL,"
    " subject TEXT NOT NULL, principal TEXT, claims TEXT NOT NULL, created INTEGER NOT NULL,"
    " last_used INTEGER NOT NULL, own_ticket BLOB, own_ends INTEGER) STRICT;"
    "CREATE INDEX sessions_created ON sessions (created);"
    "CREATE INDEX sessions_last_used ON sessions (last_used);"
    "CREATE TABLE attempts (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " until INTEGER NOT NULL, user BLOB, source BLOB NOT NULL) STRICT;"
    "CREATE INDEX attempts_at ON attempts (at);"
    "CREATE INDEX attempts_until ON attempts (until);"
    "CREATE INDEX attempts_user ON attempts (user, at);"
    "CREATE INDEX attempts_source ON attempts (source, at);"
    "PRAGMA user_version = 1;";

/* For a store of a kerbgate that knew none; that one does not mind them. */
static const char OWN_TICKETS[] = "ALTER TABLE sessions ADD COLUMN own_ticket BLOB;"
                                  "ALTER TABLE sessions ADD COLUMN own_ends INTEGER;";

/* Likewise. By these a provider names the sessions that it ends. */
static const char OF_PROVIDERS[] =
    "ALTER TABLE sessions ADD COLUMN sub TEXT; ALTER TABLE sessions ADD COLUMN sid TEXT;"
    "CREATE INDEX sessions_sub ON sessions (provider, sub);"
    "CREATE INDEX sessions_sid ON sessions (provider, sid);"
    "CREATE TABLE keys (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"
    "INSERT INTO keys VALUES ('notes', randomblob(32));";

/* Likewise. Second factors: what people have, and who has shown a password and not yet a code. */
static const char FACTORS[] =
    "CREATE TABLE factors (provider TEXT NOT NULL, account TEXT NOT NULL, secret BLOB NOT NULL,"
    " made INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0, last_step INTEGER NOT NULL DEFAULT 0,"
    " failed INTEGER NOT NULL DEFAULT 0, failed_since INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (provider, account)) STRICT;"
    "CREATE TABLE pending (hash BLOB PRIMARY KEY, provider TEXT NOT NULL, account TEXT NOT NULL,"
    " host TEXT NOT NULL, ends INTEGER NOT NULL, tries INTEGER NOT NULL, state BLOB NOT NULL)"
    " STRICT;"
    "CREATE INDEX pending_ends ON pending (ends);"
    "CREATE INDEX pending_account ON pending (provider, account, ends);";

/* Likewise. How a provider is asked again who somebody is: with what, when it last said so, and
 * until when somebody else asks. */
static const char RENEWALS[] = "ALTER TABLE sessions ADD COLUMN renewal BLOB;"
                               "ALTER TABLE sessions ADD COLUMN renewed INTEGER;"
                               "ALTER TABLE sessions ADD COLUMN renewing_until INTEGER;";

bool session_file_fail(struct session_file *f, const char *what, struct err *e) {
    return database_fail(f->database, what, e);
}

static bool run(struct session_file *f, const char *sql, const char *what, struct err *e) {
    return database_run(f->database, sql, what, e);
}

static sqlite3 *connection(const struct session_file *f) {
    return database_connection(f->database);
}

static bool read_version(struct session_file *f, int *version, struct err *e) {
    sqlite3_stmt *s;
    bool ok = sqlite3_prepare_v2(connection(f), "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW;
    *version = ok ? sqlite3_column_int(s, 0) : 0;
    if (!ok)
        session_file_fail(f, "read", e);
    sqlite3_finalize(s);
    return ok;
}

static bool has_column(const struct session_file *f, const char *table, const char *name) {
    return sqlite3_table_column_metadata(connection(f), NULL, table, name, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

/* Two processes may open a new store at the same time: the second finds the first one's tables. */
static bool make_tables(struct session_file *f, struct err *e) {
    int version;
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, e))
        return false;
    bool ok = read_version(f, &version, e);
    if (ok && (version < 0 || version > SESSION_FILE_SCHEMA)) {
        ok = err_set(e, ERR_STORE, "the store %s has schema %d, and this kerbgate knows %d",
                     session_file_name(f), version, SESSION_FILE_SCHEMA);
        err_hint(e,
                 "A newer kerbgate has made it: run that one, or stop kerbgate and move it "
                 "away; everybody signs in again: %s",
                 session_file_name(f));
    } else if (ok && version == 0) {
        ok = run(f, SCHEMA, "prepared", e);
    } else if (ok && !has_column(f, "sessions", "own_ends")) {
        ok = run(f, OWN_TICKETS, "prepared", e);
    }
    if (ok && !has_column(f, "sessions", "sid"))
        ok = run(f, OF_PROVIDERS, "prepared", e);
    if (ok && !has_column(f, "factors", "secret"))
        ok = run(f, FACTORS, "prepared", e);
    if (ok && !has_column(f, "sessions", "renewal"))
        ok = run(f, RENEWALS, "prepared", e);
    return session_file_end(f, ok, e);
}

struct session_file *session_file_open(const char *file, struct err *e) {
    struct session_file *f = calloc(1, sizeof *f);
    if (!f) {
        err_set(e, ERR_NO_MEMORY, "no memory for the store %s", file);
        return NULL;
    }
    f->database = database_open(file, DATABASE_WRITE, e);
    if (f->database && make_tables(f, e))
        return f;
    session_file_close(f);
    return NULL;
}

bool session_file_key(struct session_file *f, unsigned char key[SESSION_KEY_SIZE], struct err *e) {
    static const char KEY[] = "SELECT value FROM keys WHERE name = 'notes'";
    sqlite3_stmt *s = session_file_statement(f, KEY, e);
    int found = s ? session_file_step(f, s, "read", e) : SQLITE_ERROR;
    bool is_there = found == SQLITE_ROW && sqlite3_column_bytes(s, 0) == SESSION_KEY_SIZE;
    if (is_there)
        memcpy(key, sqlite3_column_blob(s, 0), SESSION_KEY_SIZE);
    else if (found == SQLITE_ROW || found == SQLITE_DONE)
        err_set(e, ERR_STORE, "the store %s has lost its key", session_file_name(f));
    if (found == SQLITE_ROW)
        session_file_reset(s);
    return is_there;
}

void session_file_close(struct session_file *f) {
    if (!f)
        return;
    for (size_t i = 0; i < STATEMENTS_MAX; i++)
        sqlite3_finalize(f->statements[i].statement);
    database_close(f->database);
    free(f);
}

int64_t session_file_last_id(const struct session_file *f) {
    return sqlite3_last_insert_rowid(connection(f));
}

const char *session_file_name(const struct session_file *f) { return database_name(f->database); }

void session_file_give_up_at(struct session_file *f, int64_t mono_us) {
    database_give_up_at(f->database, mono_us);
}

sqlite3_stmt *session_file_statement(struct session_file *f, const char *sql, struct err *e) {
    size_t i = 0;
    while (i < STATEMENTS_MAX && f->statements[i].sql && f->statements[i].sql != sql)
        i++;
    if (i == STATEMENTS_MAX) {
        err_set(e, ERR_INTERNAL, "more than %d kinds of questions to the store", STATEMENTS_MAX);
        return NULL;
    }
    if (!f->statements[i].sql &&
        sqlite3_prepare_v3(connection(f), sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &f->statements[i].statement, NULL) != SQLITE_OK) {
        session_file_fail(f, "read", e);
        return NULL;
    }
    f->statements[i].sql = sql;
    return f->statements[i].statement;
}

void session_file_reset(sqlite3_stmt *s) {
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
}

int session_file_step(struct session_file *f, sqlite3_stmt *s, const char *what, struct err *e) {
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        return code;
    if (code != SQLITE_DONE)
        session_file_fail(f, what, e);
    session_file_reset(s);
    return code;
}

/* The pragma is no statement of a transaction, so it comes before it; it costs no access. */
bool session_file_begin(struct session_file *f, enum session_durability durability, struct err *e) {
    const char *sql = durability == SESSION_OUTLASTS_POWER ? "PRAGMA synchronous = FULL"
                                                           : "PRAGMA synchronous = NORMAL";
    if (f->durability != durability && !run(f, sql, "written", e))
        return false;
    f->durability = durability;
    return database_begin(f->database, e);
}

bool session_file_end(struct session_file *f, bool ok, struct err *e) {
    return database_end(f->database, ok, e);
}
