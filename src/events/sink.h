/* SPDX-License-Identifier: Apache-2.0
 *
 * Where finished activities and the program's own events go: a line of the log at once (catalogue.h
 * has the words), and rows in the table `events` of the store, written in batches by a thread of
 * its own so that no request waits for the disk. The queue is bounded; what does not fit is counted
 * and the count is logged. One sink per process; any thread may record.
 */
#pragma once
#include "events/activity.h"

struct sink;

enum {
    SINK_QUEUE = 1024, /* events that wait for the store; further ones are only in the log */
    SINK_BATCH = 64,   /* events in one transaction */
};

/* Opens (and creates, with mode 0600) the store and its `events` table. `rows_max`: above it the
 * oldest rows go. NULL with `e` set (ERR_STORE names the file). */
struct sink *sink_open(const char *store, unsigned rows_max, struct err *e);
/* Writes what is queued, waiting at most two seconds for the store, and frees the sink. Nobody may
 * record any more. NULL is allowed. */
void sink_close(struct sink *s);

/* One finished request that went wrong: a line of the log, so that the number on somebody's error
 * page is found there; an event too when its err has an event number. One that went well leaves
 * nothing here (access_log.h). Never blocks on the store. `s` NULL: only the log. */
void sink_activity(struct sink *s, const struct activity *a);

/* One of the program's own events (catalogue.h): start, stop, reload, a process that died, a
 * sign-in. `a` is the activity it belongs to, or NULL. `text` says what happened in this case. */
void sink_event(struct sink *s, int event, const struct activity *a, const char *text);

/* The same without a sink, for a process that writes an event now and then (the supervisor): opens,
 * writes and closes; waits at most two seconds for a locked store. False after the log says why. */
bool sink_event_once(const char *store, int event, const char *text);
