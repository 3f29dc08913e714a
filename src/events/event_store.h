/* SPDX-License-Identifier: Apache-2.0
 *
 * The table `events` in the file that it shares with the sessions (store/database.h). One
 * connection, one thread, except where it says otherwise.
 */
#pragma once
#include "base/buf.h"
#include "events/event_row.h"
#include "store/database.h"

struct event_store;

/* For reading, a store without the table is ERR_STORE; for writing, it is made. */
/* NULL with `e` set (ERR_STORE names the file and says what to do). */
struct event_store *event_store_open(const char *file, enum database_mode mode, struct err *e);
/* NULL is allowed. */
void event_store_close(struct event_store *s);

/* From then on (clock_mono_us) a locked store is not waited for. Any thread. */
void event_store_give_up_at(struct event_store *s, int64_t mono_us);

/* Writes all rows or none; then the oldest go until `rows_max` are left. */
bool event_store_write(struct event_store *s, const struct event_row *rows, size_t n,
                       unsigned rows_max, struct err *e);

/* For reader.h: the connection, */
struct sqlite3 *event_store_db(struct event_store *s);
/* the names of all columns, as SQL, */
void event_store_columns(struct buf *sql);
/* and false, with `e` (ERR_STORE) made from the connection's last error. `what`: "read", … */
bool event_store_fail(struct event_store *s, const char *what, struct err *e);
