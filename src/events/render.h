/* SPDX-License-Identifier: Apache-2.0
 *
 * A recorded event as text: for a person at a terminal, and as JSON. What others wrote into it
 * reaches the terminal only escaped (terminal.h). Any thread.
 */
#pragma once
#include "base/buf.h"
#include "events/event_row.h"

/* An event is shorter than this in each of these forms. */
enum { RENDER_MAX = 1 << 16 };

/* One line with its end: time, level, number, what happened to whom. */
void render_line(struct buf *out, const struct event_row *r);

/* The whole walk of a request: who, what, each step with its time and the one that failed marked,
 * what the KDC said, what it means and what to type next. Lines are broken at `width` columns, 0:
 * not at all. */
void render_walk(struct buf *out, const struct event_row *r, unsigned width);

/* One JSON object (RFC 8259) and a line end. Its keys are the columns of event_row.h and "title":
 * every key is always there; texts are "" and others null where there is nothing to say. */
void render_json(struct buf *out, const struct event_row *r);
