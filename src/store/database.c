/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

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

enum { BUSY_STEP_MS = 5 };

struct database {
    sqlite3 *db;
    int64_t busy_since_us;
    _Atomic int64_t give_up_us;
    char name[PATH_MAX];
};

static const char *what_to_do(int code) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
        return "Another process keeps it locked; see which with: fuser -v";
    case SQLITE_FULL:
        return "The disk is full; see it with: df -h";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "It is no database, or damaged. Stop kerbgate and move it away; a new one is made, "
               "everybody signs in again, and enrols again who has a second factor:";
    case SQLITE_IOERR:
        return "Reading or writing failed; look for the disk's errors with dmesg, and for its "
               "room with: df -h";
    default:
        return "Check its rights, and those of its folder, with: ls -la";
    }
}

bool database_fail(struct database *d, const char *what, struct err *e) {
    int code = d->db ? sqlite3_extended_errcode(d->db) : SQLITE_NOMEM;
    int system = d->db ? sqlite3_system_errno(d->db) : ENOMEM;
    bool is_system = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
    err_set(e, ERR_STORE, "the store %s cannot be %s: %s", d->name, what,
            is_system && system ? strerror(system)
            : d->db             ? sqlite3_errmsg(d->db)
                                : "no memory");
    err_hint(e, "%s %s", what_to_do(code), d->name);
    return false;
}

static int on_busy(void *user, int tries) {
    struct database *d = user;
    int64_t now = clock_mono_us();
    if (tries == 0)
        d->busy_since_us = now;
    if (now >= d->busy_since_us + DATABASE_BUSY_MS * 1000LL || now >= d->give_up_us)
        return 0;
    sqlite3_sleep(BUSY_STEP_MS);
    return 1;
}

static bool refuse_folder(const char *file, const char *folder, int error, struct err *e) {
    err_set(e, ERR_STORE, "the folder of the store %s cannot be used: %s", file, strerror(error));
    if (error == ENOENT)
        err_hint(e,
                 "kerbgate run makes it when the folder above it is there; look with: namei -l %s",
                 folder);
    else if (error == EACCES)
        err_hint(e,
                 "The account that serves must get through every folder above it; see which one "
                 "stops it: namei -l %s",
                 folder);
    else
        err_hint(e, "Look at it: ls -lad %s", folder);
    return false;
}

static bool resolve(struct database *d, const char *file, struct stat *folder, struct err *e) {
    char path[PATH_MAX], name[PATH_MAX], real[PATH_MAX];
    snprintf(path, sizeof path, "%s", file);
    snprintf(name, sizeof name, "%s", file);
    const char *parent = dirname(path);
    if (!realpath(parent, real) || stat(real, folder) != 0)
        return refuse_folder(file, parent, errno, e);
    int n = snprintf(d->name, sizeof d->name, "%s/%s", real, basename(name));
    return n < (int)sizeof d->name || err_set(e, ERR_STORE, "the name of the store is too long");
}

/* False with `e` set when neither a new file could be made nor an old one is there. */
static bool create_file(const struct database *d, const struct stat *folder, struct err *e) {
    int fd = open(d->name, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return true;
    bool is_made = fd >= 0 && fchmod(fd, 0600) == 0 && /* whatever the umask has taken */
                   (geteuid() != 0 || fchown(fd, folder->st_uid, folder->st_gid) == 0);
    if (!is_made) {
        err_set(e, ERR_STORE, "the store %s cannot be created: %s", d->name, strerror(errno));
        err_hint(e, "Check the rights of its folder with: ls -lad %.*s",
                 (int)(strrchr(d->name, '/') - d->name), d->name);
    }
    if (fd >= 0)
        close(fd);
    return is_made;
}

static bool find_file(const struct database *d, struct stat *st, struct err *e) {
    if (lstat(d->name, st) == 0)
        return true;
    if (errno != ENOENT)
        return err_set(e, ERR_STORE, "the store %s cannot be opened: %s", d->name, strerror(errno));
    err_set(e, ERR_STORE, "there is no store %s yet", d->name);
    err_hint(e, "kerbgate run makes it; is this the configuration that it runs with?");
    return false;
}

/* lstat, not open: closing any descriptor of the file would drop the locks that SQLite holds on it
 * for another connection of this process (POSIX locks). */
static bool check_file(const struct database *d, const struct stat *folder, struct err *e) {
    struct stat st;
    if (!find_file(d, &st, e))
        return false;
    uid_t us = geteuid() == 0 ? folder->st_uid : geteuid();
    bool is_ours = st.st_uid == us || st.st_uid == geteuid();
    if (!S_ISREG(st.st_mode)) {
        err_set(e, ERR_STORE, "the store %s is no plain file", d->name);
        err_hint(e, "Name the file itself in the configuration's key store, see: ls -la %s",
                 d->name);
    } else if (!is_ours) {
        err_set(e, ERR_STORE, "the store %s belongs to another account (uid %u)", d->name,
                (unsigned)st.st_uid);
        err_hint(e,
                 "Whoever writes it can make sessions. Move it away, or if it is kerbgate's own "
                 "type: chown %u %s",
                 (unsigned)us, d->name);
    } else if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        err_set(e, ERR_STORE, "the store %s is open to other accounts (mode %04o)", d->name,
                (unsigned)st.st_mode & 07777);
        err_hint(e, "Whoever writes it can make sessions. Type: chmod 0600 %s", d->name);
    } else {
        return true;
    }
    return false;
}

/* SQLite opens what it may not write for reading, and then even BEGIN IMMEDIATE goes well. */
static bool is_writable(const struct database *d, struct err *e) {
    if (sqlite3_db_readonly(d->db, "main") == 0)
        return true;
    err_set(e, ERR_STORE, "the store %s cannot be written: it is read-only", d->name);
    err_hint(e, "Type: chmod 0600 %s (or is it on a file system that is mounted read-only?)",
             d->name);
    return false;
}

static bool connect_to(struct database *d, enum database_mode mode, struct err *e) {
    int flags = mode == DATABASE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(d->name, &d->db, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return database_fail(d, "opened", e);
    sqlite3_extended_result_codes(d->db, 1);
    sqlite3_busy_handler(d->db, on_busy, d);
    /* Whoever may write the file must not run code here by what its schema says. */
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, DATABASE_TEXT_MAX);
    return mode == DATABASE_READ ||
           (is_writable(d, e) &&
            database_run(d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", "opened",
                         e));
}

struct database *database_open(const char *file, enum database_mode mode, struct err *e) {
    struct stat folder;
    struct database *d = calloc(1, sizeof *d);
    if (!d) {
        err_set(e, ERR_NO_MEMORY, "no memory for the store %s", file);
        return NULL;
    }
    d->give_up_us = INT64_MAX;
    if (resolve(d, file, &folder, e) && (mode == DATABASE_READ || create_file(d, &folder, e)) &&
        check_file(d, &folder, e) && connect_to(d, mode, e))
        return d;
    database_close(d);
    return NULL;
}

void database_close(struct database *d) {
    if (!d)
        return;
    sqlite3_close(d->db);
    free(d);
}

sqlite3 *database_connection(const struct database *d) { return d->db; }

const char *database_name(const struct database *d) { return d->name; }

void database_give_up_at(struct database *d, int64_t mono_us) { d->give_up_us = mono_us; }

bool database_run(struct database *d, const char *sql, const char *what, struct err *e) {
    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK || database_fail(d, what, e);
}

bool database_begin(struct database *d, struct err *e) {
    return database_run(d, "BEGIN IMMEDIATE", "written", e);
}

bool database_end(struct database *d, bool ok, struct err *e) {
    if (ok && database_run(d, "COMMIT", "written", e))
        return true;
    if (!sqlite3_get_autocommit(d->db))
        sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}
