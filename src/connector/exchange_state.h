/* SPDX-License-Identifier: Apache-2.0
 *
 * One exchange from the inside, for the files exchange*.c alone: exchange_begin.c begins and ends
 * it, exchange.c connects and sends, exchange_answer.c receives, exchange_fault.c has the words for
 * what goes wrong.
 */
#pragma once
#include "connector/exchange.h"
#include "net/timer.h"

enum {
    EXCHANGE_READ_SIZE = 32 * 1024,
    EXCHANGE_OUT_MAX = 256 * 1024, /* request bytes that wait for the back end */
};

enum exchange_state {
    EXCHANGE_NEEDS_TICKET,
    EXCHANGE_NEEDS_CONNECTION,
    EXCHANGE_RUNS, /* sending and, at the same time, receiving */
    EXCHANGE_OVER,
};

struct exchange {
    struct connector *c;
    struct exchange_request r;
    const struct exchange_calls *calls;
    void *user;
    enum exchange_state state;
    struct login login;
    struct shared_ticket *ticket;
    struct str login_proof;  /* login_proof's */
    struct mint_proof proof; /* of the token that was sent */
    struct tickets_wait *ticket_wait;
    struct pool_dial *dial;
    struct backend *backend;
    struct headers person; /* what the back end is told of them, in `arena` */
    struct buf assertion;  /* likewise, of this attempt */
    struct buf identity;   /* owner of the connection */
    struct buf out;
    struct timer *deadline;
    struct arena arena;
    struct message received, outward;
    int64_t since_us;
    int64_t ends_us;     /* total_timeout; INT64_MAX: none */
    bool is_body_taken;  /* the whole request is in `out` or sent */
    bool was_room_asked; /* drain is owed */
    bool is_asked;       /* something of the request went to this connection */
    bool is_cut;         /* this connection takes nothing more: the request is not whole */
    bool owes_continue;  /* the body may wait for the back end's leave (RFC 9110 10.1.1) */
    struct headers trailers;
    unsigned interims;    /* heads before the final one */
    bool is_tunnel;       /* another protocol was agreed on (RFC 9110 7.8) */
    bool is_answer_begun; /* a part of a head has come behind the last interim one */
    bool is_head_given, is_paused, is_retried;
    bool is_challenged; /* the back end asked for a token */
    bool is_draining;   /* what it said besides is read, and passed on to nobody */
    size_t drained;
    bool is_token_sent;           /* with this attempt */
    bool is_renewed;              /* the back end did not take the first ticket */
    size_t head_size, token_size; /* of this attempt */
    bool is_late;                 /* the first ticket ended before there was a connection */
};

/* Writes down what names the person to the app, and the realm that is asked, which it answers. */
struct str exchange_note_claim(struct exchange *x);
/* Writes down which KDC gave the ticket, or did not (`e`, NULL: none was asked). */
void exchange_note_kdc(struct exchange *x, const struct err *e);
/* Whether the request may be sent twice: safe (RFC 9110 9.2.1), and without a body. */
bool exchange_is_safe(const struct exchange *x);
/* Whether it is the back end's turn to say something: it has the whole request, or as much of it as
 * comes without its leave. */
bool exchange_is_answer_due(const struct exchange *x);
/* Ends the exchange with `e`. */
void exchange_fail(struct exchange *x, const struct err *e);
/* Starts the back end's time anew, or stops it while we wait for the client. */
void exchange_wait(struct exchange *x);
/* Which directions the connection waits for now. */
void exchange_want(struct exchange *x);
/* What is asked for; without `done` and `user`. */
struct tickets_question exchange_question(const struct exchange *x);
/* A ticket, and then a connection. False with `e` set. */
bool exchange_ask_ticket(struct exchange *x, struct err *e);
/* A connection of the request's owner, a new one if `only_fresh`. False with `e` set. */
bool exchange_connect(struct exchange *x, bool only_fresh, struct err *e);
/* The request goes to this connection of its owner, which is the exchange's from now on. False with
 * `e` set. */
bool exchange_use(struct exchange *x, struct backend *b, struct err *e);

/* Reads what has come and gives it on; the exchange may be over after that. */
void exchange_receive(struct exchange *x);

/* Each fills `e` with what happened, for exchange_fail. */
void fault_closed(const struct exchange *x, const char *why, struct err *e);
/* False when the answer is none to a head that is too large for the back end. */
bool fault_head_too_large(const struct exchange *x, struct err *e);
void fault_ticket_refused(const struct exchange *x, struct err *e);
/* The back end's proof is false, or missing where it must be. */
void fault_unproven(const struct exchange *x, bool is_false, struct err *e);
/* There is a page, which would be taken for an open tunnel (RFC 8441 5). */
void fault_no_websocket(const struct exchange *x, struct err *e);
void fault_protocol(const struct exchange *x, const char *what, struct err *e);
void fault_silent(const struct exchange *x, struct err *e);
