/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to a back end and its answer: ticket, connection, token, head, bodies both ways under
 * back-pressure. The gateway drives it and is called back; nothing is called from inside
 * exchange_start. An answer is streamed as it comes and never kept whole. After a head of 101,
 * which answers only a request with `upgrade`, the bodies are what goes through the tunnel. A
 * request is sent a second time only where the first cannot have been read: on a kept connection
 * that closed without a byte of answer, for a safe request without a body. Loop thread only.
 */
#pragma once
#include "connector/connector.h"
#include "events/activity.h"
#include "session/identity.h"

struct exchange;

struct exchange_request {
    const struct config_app *app;
    const struct identity *identity; /* NULL: the app is passed through */
    uint64_t client;                 /* number of the client's connection, */
    bool has_signed_in;              /* which has sent Authorization at some time: the back end may
                                        have signed it in for as long as it lasts (RFC 4559 6) */
    const struct message *message;   /* target and headers as the back end shall see them, without
                                        Authorization unless passed through */
    struct activity *activity;       /* filled on the way */
};

/* After `end` or `fail` nothing is called any more. The callee frees the exchange later, never from
 * inside a call. */
struct exchange_calls {
    /* The head of the answer, fit for the outside; valid until the exchange is freed. */
    void (*head)(void *user, const struct message *m);
    /* An interim head before it (RFC 9110 15.2), valid likewise. */
    void (*interim)(void *user, const struct message *m);
    void (*body)(void *user, struct str piece);
    /* All that has come for now was given: pass it on. */
    void (*flush)(void *user);
    /* exchange_room has become positive. */
    void (*drain)(void *user);
    /* `trailers` (NULL: none) are valid until the exchange is freed. */
    void (*end)(void *user, const struct headers *trailers);
    /* Also after `head`: then the answer was cut off. */
    void (*fail)(void *user, const struct err *e);
};

/* Everything in `r` must live until the exchange is freed. NULL with `e` set: ERR_CLAIM_MISSING,
 * ERR_BUSY, ERR_BROKER_DOWN, ERR_NO_MEMORY, ERR_KRB_…. */
struct exchange *exchange_start(struct connector *c, const struct exchange_request *r,
                                const struct exchange_calls *calls, void *user, struct err *e);
/* Ends it in whatever state; a connection in the middle of an exchange is closed. */
void exchange_free(struct exchange *x);

/* Bytes of request body it would take now; 0 until the head has been sent. */
size_t exchange_room(const struct exchange *x);
/* The client sends its body, or what frames it, and so waits for no leave (RFC 9110 10.1.1). To be
 * called before what comes of it is sent, and harmless when it is called again. */
void exchange_body_begins(struct exchange *x);
/* A piece of body, at most exchange_room bytes of it. May call `fail` at once: memory. */
void exchange_send(struct exchange *x, struct str piece);
/* The body has ended, with `trailers` (NULL: none). For requests without one, nothing needs to be
 * called. */
void exchange_finish(struct exchange *x, const struct headers *trailers);
/* Whether the whole request was taken. */
bool exchange_is_sent(const struct exchange *x);

/* While paused nothing more is read; what was read already is still given, at most one buffer. */
void exchange_pause(struct exchange *x);
void exchange_resume(struct exchange *x);
