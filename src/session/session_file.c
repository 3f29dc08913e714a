/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_file.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_STEP_MS = 5, STATEMENTS_MAX = 24 };

struct session_file {
    sqlite3 *db;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } statements[STATEMENTS_MAX];
    enum session_durability durability;
    int64_t busy_since_us;
    _Atomic int64_t give_up_us;
    char name[PATH_MAX];
};

/* An attempt's user is NULL once it was forgotten, and its source still counts. Ids are not used
 * again: a late answer must not settle somebody else's attempt. */
static const char SCHEMA[] =
    "CREATE TABLE sessions (hash BLOB NOT NULL UNIQUE, host TEXT NOT NULL, provider TEXT NOT NULL,"
    " subject TEXT NOT NULL, principal TEXT, claims TEXT NOT NULL, created INTEGER NOT NULL,"
    " last_used INTEGER NOT NULL) STRICT;"
    "CREATE INDEX sessions_created ON sessions (created);"
    "CREATE INDEX sessions_last_used ON sessions (last_used);"
    "CREATE TABLE attempts (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " until INTEGER NOT NULL, user BLOB, source BLOB NOT NULL) STRICT;"
    "CREATE INDEX attempts_at ON attempts (at);"
    "CREATE INDEX attempts_until ON attempts (until);"
    "CREATE INDEX attempts_user ON attempts (user, at);"
    "CREATE INDEX attempts_source ON attempts (source, at);"
    "PRAGMA user_version = 1;";

static const char *what_to_do(int code) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
        return "Another process keeps it locked; see which with: fuser -v";
    case SQLITE_FULL:
        return "The disk is full; see it with: df -h";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "It is no database, or damaged. Stop kerbgate and move it away; a new one is made, "
               "and everybody signs in again:";
    case SQLITE_IOERR:
        return "Reading or writing failed; look for the disk's errors with dmesg, and for its "
               "room with: df -h";
    default:
        return "Check its rights, and those of its folder, with: ls -la";
    }
}

bool session_file_fail(struct session_file *f, const char *what, struct err *e) {
    int code = f->db ? sqlite3_extended_errcode(f->db) : SQLITE_NOMEM;
    int system = f->db ? sqlite3_system_errno(f->db) : ENOMEM;
    bool is_system = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
    err_set(e, ERR_STORE, "the store %s cannot be %s: %s", f->name, what,
            is_system && system ? strerror(system)
            : f->db             ? sqlite3_errmsg(f->db)
                                : "no memory");
    err_hint(e, "%s %s", what_to_do(code), f->name);
    return false;
}

static int on_busy(void *user, int tries) {
    struct session_file *f = user;
    int64_t now = clock_mono_us();
    if (tries == 0)
        f->busy_since_us = now;
    if (now >= f->busy_since_us + SESSION_FILE_BUSY_MS * 1000LL || now >= f->give_up_us)
        return 0;
    sqlite3_sleep(BUSY_STEP_MS);
    return 1;
}

static bool run(struct session_file *f, const char *sql, const char *what, struct err *e) {
    return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK || session_file_fail(f, what, e);
}

static bool resolve(struct session_file *f, const char *file, struct stat *folder, struct err *e) {
    char path[PATH_MAX], name[PATH_MAX], real[PATH_MAX];
    snprintf(path, sizeof path, "%s", file);
    snprintf(name, sizeof name, "%s", file);
    const char *parent = dirname(path);
    if (!realpath(parent, real) || stat(real, folder) != 0) {
        err_set(e, ERR_STORE, "the folder of the store %s cannot be used: %s", file,
                strerror(errno));
        err_hint(e, "Create it: install -d -m 0700 %s", parent);
        return false;
    }
    int n = snprintf(f->name, sizeof f->name, "%s/%s", real, basename(name));
    return n < (int)sizeof f->name || err_set(e, ERR_STORE, "the name of the store is too long");
}

/* lstat, not open: closing any descriptor of the file would drop the locks that SQLite holds on it
 * for another connection of this process (POSIX locks). */
static bool check_file(const struct session_file *f, const struct stat *folder, struct err *e) {
    struct stat st;
    if (lstat(f->name, &st) != 0)
        return err_set(e, ERR_STORE, "the store %s cannot be opened: %s", f->name, strerror(errno));
    uid_t us = geteuid() == 0 ? folder->st_uid : geteuid();
    bool is_ours = st.st_uid == us || st.st_uid == geteuid();
    if (!S_ISREG(st.st_mode)) {
        err_set(e, ERR_STORE, "the store %s is no plain file", f->name);
        err_hint(e, "Name the file itself in the configuration's key store, see: ls -la %s",
                 f->name);
    } else if (!is_ours) {
        err_set(e, ERR_STORE, "the store %s belongs to another account (uid %u)", f->name,
                (unsigned)st.st_uid);
        err_hint(e,
                 "Whoever writes it can make sessions. Move it away, or if it is kerbgate's own "
                 "type: chown %u %s",
                 (unsigned)us, f->name);
    } else if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        err_set(e, ERR_STORE, "the store %s is open to other accounts (mode %04o)", f->name,
                (unsigned)st.st_mode & 07777);
        err_hint(e, "Whoever writes it can make sessions. Type: chmod 0600 %s", f->name);
    } else {
        return true;
    }
    return false;
}

/* False with `e` set when neither a new file could be made nor an old one is there. */
static bool create_file(const struct session_file *f, const struct stat *folder, struct err *e) {
    int fd = open(f->name, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return true;
    bool is_made = fd >= 0 && fchmod(fd, 0600) == 0 && /* whatever the umask has taken */
                   (geteuid() != 0 || fchown(fd, folder->st_uid, folder->st_gid) == 0);
    if (!is_made) {
        err_set(e, ERR_STORE, "the store %s cannot be created: %s", f->name, strerror(errno));
        err_hint(e, "Check the rights of its folder with: ls -lad %.*s",
                 (int)(strrchr(f->name, '/') - f->name), f->name);
    }
    if (fd >= 0)
        close(fd);
    return is_made;
}

static bool read_version(struct session_file *f, int *version, struct err *e) {
    sqlite3_stmt *s;
    bool ok = sqlite3_prepare_v2(f->db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW;
    *version = ok ? sqlite3_column_int(s, 0) : 0;
    if (!ok)
        session_file_fail(f, "read", e);
    sqlite3_finalize(s);
    return ok;
}

/* Two processes may open a new store at the same time: the second finds the first one's tables. */
static bool make_tables(struct session_file *f, struct err *e) {
    int version;
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, e))
        return false;
    bool ok = read_version(f, &version, e);
    if (ok && (version < 0 || version > SESSION_FILE_SCHEMA)) {
        ok = err_set(e, ERR_STORE, "the store %s has schema %d, and this kerbgate knows %d",
                     f->name, version, SESSION_FILE_SCHEMA);
        err_hint(e,
                 "A newer kerbgate has made it: run that one, or stop kerbgate and move it "
                 "away; everybody signs in again: %s",
                 f->name);
    } else if (ok && version == 0) {
        ok = run(f, SCHEMA, "prepared", e);
    }
    return session_file_end(f, ok, e);
}

/* SQLite opens what it may not write for reading, and then even BEGIN IMMEDIATE goes well. */
static bool is_writable(struct session_file *f, struct err *e) {
    if (sqlite3_db_readonly(f->db, "main") == 0)
        return true;
    err_set(e, ERR_STORE, "the store %s cannot be written: it is read-only", f->name);
    err_hint(e, "Type: chmod 0600 %s (or is it on a file system that is mounted read-only?)",
             f->name);
    return false;
}

static bool open_database(struct session_file *f, struct err *e) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(f->name, &f->db, flags, NULL) != SQLITE_OK)
        return session_file_fail(f, "opened", e);
    sqlite3_extended_result_codes(f->db, 1);
    sqlite3_busy_handler(f->db, on_busy, f);
    /* Whoever may write the file must not run code here by what its schema says. */
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_limit(f->db, SQLITE_LIMIT_LENGTH, SESSION_FILE_TEXT_MAX);
    return is_writable(f, e) &&
           run(f, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", "opened", e) &&
           make_tables(f, e);
}

struct session_file *session_file_open(const char *file, struct err *e) {
    struct stat folder;
    struct session_file *f = calloc(1, sizeof *f);
    if (!f) {
        err_set(e, ERR_NO_MEMORY, "no memory for the store %s", file);
        return NULL;
    }
    f->give_up_us = INT64_MAX;
    if (resolve(f, file, &folder, e) && create_file(f, &folder, e) && check_file(f, &folder, e) &&
        open_database(f, e))
        return f;
    session_file_close(f);
    return NULL;
}

void session_file_close(struct session_file *f) {
    if (!f)
        return;
    for (size_t i = 0; i < STATEMENTS_MAX; i++)
        sqlite3_finalize(f->statements[i].statement);
    sqlite3_close(f->db);
    free(f);
}

int64_t session_file_last_id(const struct session_file *f) {
    return sqlite3_last_insert_rowid(f->db);
}

const char *session_file_name(const struct session_file *f) { return f->name; }

void session_file_give_up_at(struct session_file *f, int64_t mono_us) { f->give_up_us = mono_us; }

sqlite3_stmt *session_file_statement(struct session_file *f, const char *sql, struct err *e) {
    size_t i = 0;
    while (i < STATEMENTS_MAX && f->statements[i].sql && f->statements[i].sql != sql)
        i++;
    if (i == STATEMENTS_MAX) {
        err_set(e, ERR_INTERNAL, "more than %d kinds of questions to the store", STATEMENTS_MAX);
        return NULL;
    }
    if (!f->statements[i].sql &&
        sqlite3_prepare_v3(f->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &f->statements[i].statement,
                           NULL) != SQLITE_OK) {
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
    return run(f, "BEGIN IMMEDIATE", "written", e);
}

bool session_file_end(struct session_file *f, bool ok, struct err *e) {
    if (ok && run(f, "COMMIT", "written", e))
        return true;
    if (!sqlite3_get_autocommit(f->db))
        sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}
