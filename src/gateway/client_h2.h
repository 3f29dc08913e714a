/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 on a client's connection from the inside, for client_h2.c, which reads requests,
 * client_h2_answer.c, which writes answers, and client_h2_pace.c, which waits.
 */
#pragma once
#include "gateway/client.h"
#include "http/h2.h"

struct client_h2_request {
    struct reply reply;
    struct h2_stream *stream;
    struct walk *walk;
    struct buf body; /* received, and not yet taken by the walk */
    const struct headers *trailers;
    int64_t moved_us; /* when the client last did what it was waited for */
    bool is_begun, is_body_ended, is_body_done;
    bool is_tunnel;
    bool is_awaited; /* for room, or for the end of the answer to be taken */
    bool is_answered;
    LIST_ENTRY(client_h2_request) all;
};

struct client_h2 {
    struct client *client;
    struct h2 *h2;
    LIST_HEAD(, client_h2_request) requests;
    bool is_broken;  /* the end is in `out` */
    bool is_noticed; /* that no further requests are wanted */
    bool is_closing; /* all was said */
    bool has_served;
    bool is_idle;     /* without requests, when the deadline was set last */
    bool is_late;     /* it has let a deadline of the connection pass */
    int64_t since_us; /* when the wait for the present deadline began, or the last look was */
    int64_t body_us;  /* when the client last sent of any body */
};

extern const struct reply_calls CLIENT_H2_REPLY;

/* Bytes have come. */
void client_h2_heard(struct client_h2 *h);
/* For what is waited for now: bytes that come do not postpone it, unless nothing is under way. */
void client_h2_set_deadline(struct client_h2 *h);
/* Ends what is late, which may be the connection or some of its streams, and sets the next. */
void client_h2_end_late(struct client_h2 *h);

/* Gives the walk what it has room for of the body, and then the end. */
void client_h2_give_body(struct client_h2_request *r);
