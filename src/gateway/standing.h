/* SPDX-License-Identifier: Apache-2.0
 *
 * How the apps stand by the last scheduled run of the doctor. A process of its own runs it
 * (main/checkup.c) and says what it found, a datagram for each app and one for the end; here that
 * is kept for whoever asks at gateway.admin, and what is new or gone since the run before becomes
 * an event. One thread hears, any thread may write what is kept.
 */
#pragma once
#include "base/buf.h"
#include "events/sink.h"

struct standing;

enum { STANDING_MESSAGE_MAX = 64 * 1024, STANDING_FINDINGS_MAX = 256 };

/* NULL: no memory. */
struct standing *standing_new(struct sink *sink);
void standing_free(struct standing *s);

/* A run has begun, which will speak over `fd`, a SOCK_SEQPACKET socket: taken. One before it that
 * still speaks is not heard any more. */
void standing_begin(struct standing *s, int fd);
/* The descriptor to wait for; -1: there is no run. */
int standing_fd(const struct standing *s);
/* Takes what was said. */
void standing_hear(struct standing *s);

/* Appends series of Prometheus: kerbgate_doctor_…; nothing before the first run. */
void standing_metrics(const struct standing *s, struct buf *out);
/* Appends a line for each app that does not stand well. */
void standing_ready(const struct standing *s, struct buf *out);
