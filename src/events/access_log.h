/* SPDX-License-Identifier: Apache-2.0
 *
 * Where access records go: a file, by a thread of its own, so that no request waits for the disk.
 * Records are gathered for a moment and written together. The buffer is bounded; what does not fit
 * while the disk is slow is counted, and the log says how many lines are missing. The file was
 * opened by the supervisor: after it was renamed, `kerbgate reload` begins the next.
 */
#pragma once
#include "events/access_record.h"

struct access_log;

enum {
    ACCESS_LOG_BUFFER = 1024 * 1024, /* bytes of records that wait */
    /* They are written when there are so many bytes, or so long after the first one. A batch that
     * is no larger is still in the processor's cache, and keeps it from requests only shortly. */
    ACCESS_LOG_BATCH = 64 * 1024,
    ACCESS_LOG_GATHER_MS = 50,
};

/* Takes over `fd`, open for appending. NULL with `e` set: no memory, no thread. */
struct access_log *access_log_open(int fd, enum access_format format, struct err *e);
/* Writes what is left, and frees it. Nobody may record any more. NULL is allowed. */
void access_log_close(struct access_log *l);

/* `scratch` is the calling thread's, of at least ACCESS_RECORD_MAX; empty before and after. Never
 * waits for the file. `l` NULL: nothing. Any thread. */
void access_log_record(struct access_log *l, struct buf *scratch, const struct activity *a);
/* How many records did not fit so far. Any thread. */
uint64_t access_log_lost(struct access_log *l);
