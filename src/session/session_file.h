/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of sessions and failed sign-ins in the file that they share with the events
 * (store/database.h), and their statements. One thread at a time.
 */
#pragma once
#include "base/err.h"
#include "session/session.h"

#include <sqlite3.h>

enum {
    SESSION_FILE_SCHEMA = 1, /* user_version; a newer one is refused */
};

/* What a transaction must outlast. */
enum session_durability {
    SESSION_OUTLASTS_PROCESS, /* a crash of ours */
    SESSION_OUTLASTS_POWER,   /* a crash of the machine: waits for the disk */
};

struct session_file;

/* NULL with `e` set (ERR_STORE names the file and says what to do). */
struct session_file *session_file_open(const char *file, struct err *e);
/* A key that whoever has the file shares, made with it; the same for as long as it is kept. */
bool session_file_key(struct session_file *f, unsigned char key[SESSION_KEY_SIZE], struct err *e);
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
