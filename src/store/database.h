/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQLite file that sessions and events share: opened safely, its errors put into words. Several
 * connections use it at a time, of one process and of others (the worker that a reload replaces,
 * kerbgate events): WAL, so that nobody who reads waits, and writing waits for at most
 * DATABASE_BUSY_MS. One thread at a time for a connection, except where it says otherwise.
 *
 * Whoever can write this file can make sessions. So it is refused (ERR_STORE) when it is a symbolic
 * link or no plain file, when it belongs to another account, and when others may read or write it.
 * The folder may be reached by links. A new file has mode 0600 and, made by root, belongs to the
 * owner of its folder.
 */
#pragma once
#include "base/err.h"

#include <sqlite3.h>

enum {
    DATABASE_BUSY_MS = 2000,
    DATABASE_TEXT_MAX = 1024 * 1024, /* of one row, whoever wrote it */
};

enum database_mode {
    DATABASE_WRITE, /* creates the file when it is missing */
    DATABASE_READ,  /* creates and changes nothing */
};

struct database;

/* NULL with `e` set (ERR_STORE names the file and says what to do). */
struct database *database_open(const char *file, enum database_mode mode, struct err *e);
/* NULL is allowed. Every statement must have been finalised. */
void database_close(struct database *d);

/* The connection, for statements; it stays the database's. */
sqlite3 *database_connection(const struct database *d);
/* The file, links of its folder resolved. */
const char *database_name(const struct database *d);
/* From then on (clock_mono_us) a locked file is not waited for. Any thread. */
void database_give_up_at(struct database *d, int64_t mono_us);

/* Runs SQL without results. `what` was attempted: "read", "written", "prepared". */
bool database_run(struct database *d, const char *sql, const char *what, struct err *e);
/* Begins a transaction that writes. */
bool database_begin(struct database *d, struct err *e);
/* Commits when `ok`, else rolls back and leaves `e` as it is. Whether it is committed. */
bool database_end(struct database *d, bool ok, struct err *e);
/* False, with `e` (ERR_STORE) made from the connection's last error. */
bool database_fail(struct database *d, const char *what, struct err *e);
