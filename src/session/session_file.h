/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's SQLite file: opened safely, its tables made, its errors put into words. The events
 * share it (events/event_store.h), and so does the worker that a reload replaces: WAL, so that
 * nobody who reads waits, and writing waits for at most SESSION_FILE_BUSY_MS. One thread at a time.
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
    SESSION_FILE_SCHEMA = 1, /* user_version; a newer one is refused */
    SESSION_FILE_BUSY_MS = 2000,
    SESSION_FILE_TEXT_MAX = 1024 * 1024, /* of one row, whoever wrote it */
};

/* What a transaction must outlast. */
enum session_durability {
    SESSION_OUTLASTS_PROCESS, /* a crash of ours */
    SESSION_OUTLASTS_POWER,   /* a crash of the machine: waits for the disk */
};

struct session_file;

/* NULL with `e` set (ERR_STORE names the file and says what to do). */
struct session_file *session_file_open(const char *file, struct err *e);
/* NULL is allowed. */
void session_file_close(struct session_file *f);
/* Of the row that was inserted last. */
int64_t session_file_last_id(const struct session_file *f);
const char *session_file_name(const struct session_file *f);

/* From then on (clock_mono_us) a locked file is not waited for. Any thread. */
void session_file_give_up_at(struct session_file *f, int64_t mono_us);

/* The statement for `sql`, prepared once and kept by address: a static text. NULL with `e` set. */
sqlite3_stmt *session_file_statement(struct session_file *f, const char *sql, struct err *e);
/* Steps once and, unless a row is there, resets and forgets what was bound: SQLITE_ROW,
 * SQLITE_DONE, or anything else with `e` set. `what`: "read", "written". */
int session_file_step(struct session_file *f, sqlite3_stmt *s, const char *what, struct err *e);
/* Ends what was read of a row. */
void session_file_reset(sqlite3_stmt *s);

bool session_file_begin(struct session_file *f, enum session_durability durability, struct err *e);
/* Commits when `ok`, else rolls back and leaves `e` as it is. Whether it is committed. */
bool session_file_end(struct session_file *f, bool ok, struct err *e);

/* False, with `e` (ERR_STORE) made from the connection's last error. */
bool session_file_fail(struct session_file *f, const char *what, struct err *e);
