/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/exchange_state.h"

#include "connector/answer.h"
#include "http/websocket.h"

enum {
    READS_PER_TURN = 8,       /* before other connections get their turn */
    INTERIMS_MAX = 32,        /* heads before the final one */
    DRAINED_MAX = 256 * 1024, /* of the page of a 401 */
};

static void protocol_error(struct exchange *x, const char *what) {
    struct err e;
    fault_protocol(x, what, &e);
    exchange_fail(x, &e);
}

/* A kept connection may have been closed by the back end before it saw anything of this request
 * (RFC 9112 9.3.1). */
static bool retry(struct exchange *x) {
    struct err e;
    bool is_heard = x->is_answer_begun || x->interims > 0;
    if (!x->backend->is_reused || is_heard || x->is_retried || !exchange_is_safe(x))
        return false;
    x->is_retried = true;
    pool_close(x->backend);
    x->backend = NULL;
    buf_clear(&x->out);
    if (!exchange_connect(x, true, &e))
        exchange_fail(x, &e);
    return true;
}

static void broken(struct exchange *x, const char *why) {
    struct err e;
    if (retry(x))
        return;
    fault_closed(x, why, &e);
    exchange_fail(x, &e);
}

/* As if nothing had come. */
static void forget_answer(struct exchange *x) {
    x->backend = NULL;
    buf_clear(&x->out);
    x->received = (struct message){0};
    x->is_answer_begun = false;
    x->interims = 0;
}

/* Once more, on another connection. */
static void start_over(struct exchange *x) {
    pool_close(x->backend);
    forget_answer(x);
}

struct tickets_question exchange_question(const struct exchange *x) {
    return (struct tickets_question){
        .login = &x->login, .spn = x->r.app->spn, .proof = x->login_proof};
}

/* The back end could not use the ticket: its key may have changed since, so that one that is new
 * may do. A request with a body cannot be sent again; the next has the new ticket. */
static bool renew(struct exchange *x) {
    struct err e;
    struct tickets_question q = exchange_question(x);
    if (x->is_renewed || !tickets_renew(x->c->tickets, &q) || message_has_content(x->r.message))
        return false;
    x->is_renewed = true;
    start_over(x);
    shared_ticket_release(x->ticket);
    x->ticket = NULL;
    if (!exchange_ask_ticket(x, &e))
        exchange_fail(x, &e);
    return true;
}

/* On a connection that is nobody's, what a faulty back end does next would be done to somebody
 * else: send a body where the status allows none, or go on in the middle of a head that it has
 * refused. */
static bool may_surprise(const struct exchange *x) {
    static const int STATUSES[] = {204, 304, 400, 408, 413, 414, 431, 501, 505};
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        if (x->received.status == STATUSES[i])
            return buf_size(&x->identity) == 0;
    }
    return false;
}

/* Whether the connection is between two messages, when the answer is whole: another request behind
 * one that is not would be read as part of it. */
static bool is_clean(const struct exchange *x) {
    return x->received.keep_alive && x->is_body_taken && !x->is_cut && buf_size(&x->out) == 0 &&
           buf_size(&x->backend->in) == 0 && !may_surprise(x);
}

/* It was asked without a token, and now with one: on the very connection that asked for it where
 * that goes on, since there are back ends that take a token from no other, and another may be to
 * another back end. */
static void answer_challenge(struct exchange *x, bool is_whole) {
    struct backend *b = x->backend;
    struct err e;
    bool is_kept = is_whole && is_clean(x);
    x->is_draining = false;
    if (is_kept)
        pool_keep(b);
    else
        pool_close(b);
    forget_answer(x);
    if (!(is_kept ? exchange_use(x, b, &e) : exchange_connect(x, false, &e)))
        exchange_fail(x, &e);
}

/* The page that comes with a challenge. False when all of it has come, or enough. */
static bool drain(struct exchange *x) {
    struct buf *in = &x->backend->in;
    struct err e;
    for (;;) {
        struct str piece = STR_NONE;
        size_t used = 0;
        enum h1_result result = h1_body(x->backend->parser, buf_str(in), &piece, &used, &e);
        buf_consume(in, used);
        x->drained += piece.n;
        if (result == H1_MORE && x->drained <= DRAINED_MAX)
            return true;
        if (result == H1_READY && x->drained <= DRAINED_MAX)
            continue;
        answer_challenge(x, result == H1_DONE);
        return false;
    }
}

/* Whether the back end has proven itself as far as it must (RFC 4559 5, RFC 4120 3.2.5): a proof is
 * not asked for by default, and never believed unseen. */
static bool is_proven(struct exchange *x, struct err *e) {
    bool is_required = x->r.app->is_mutual_required;
    struct spnego_answer said;
    struct buf memory;
    if (!is_required && !answer_has_token(&x->received))
        return true;
    buf_init(&memory, ANSWER_TOKEN_MAX);
    bool is_there =
        answer_read_token(&x->received, &memory, &said) && said.content == SPNEGO_AP_REP;
    bool is_true = is_there && mint_is_proven(x->c->mint, x->ticket->die, &x->proof, said.message);
    buf_fini(&memory);
    if (is_true || (!is_there && !is_required))
        return true;
    fault_unproven(x, is_there, e);
    return false;
}

static void give_head(struct exchange *x) {
    struct err e;
    activity_step(x->r.activity, ACTIVITY_RESPONSE, &x->since_us);
    bool is_asked = x->ticket && answer_ticket_scheme(&x->received).p;
    x->backend->is_authenticated |= x->is_token_sent && x->received.status != 401;
    if (is_asked && !x->is_token_sent) {
        x->is_challenged = x->is_draining = true;
        return;
    }
    if (is_asked && renew(x))
        return;
    if (is_asked) {
        fault_ticket_refused(x, &e);
    } else if (x->r.message->is_connect && x->received.status / 100 == 2) {
        fault_no_websocket(x, &e);
    } else if (x->ticket && x->is_token_sent && !is_proven(x, &e)) {
        /* and nothing of its answer is passed on */
    } else if (!answer_outward(&x->arena, x->r.app, x->ticket != NULL, &x->received, &x->outward)) {
        err_set(&e, ERR_NO_MEMORY, "the headers of the answer are too many to rewrite");
    } else {
        /* The answer is passed on: it is the application's to say, and ours to write down. */
        if (fault_head_too_large(x, &e))
            x->r.activity->err = e;
        x->is_head_given = true;
        x->is_tunnel = x->received.status == 101;
        x->is_body_taken &= !x->is_tunnel;
        x->calls->head(x->user, &x->outward);
        return;
    }
    exchange_fail(x, &e);
}

static void give_interim(struct exchange *x) {
    struct message outward;
    struct err e;
    /* One that has yet to prove itself says nothing, but that the body may come. */
    bool is_unproven = x->ticket && x->r.app->is_mutual_required && x->received.status != 100;
    x->is_answer_begun = buf_size(&x->backend->in) > 0; /* it is still to come */
    x->owes_continue &= x->received.status != 100;      /* from now on it is the client's turn */
    exchange_wait(x);
    if (++x->interims > INTERIMS_MAX) {
        protocol_error(x, "it has too many interim answers (RFC 9110 15.2)");
    } else if (is_unproven) {
        return;
    } else if (!answer_outward(&x->arena, x->r.app, x->ticket != NULL, &x->received, &outward)) {
        err_set(&e, ERR_NO_MEMORY, "the headers of the answer are too many to rewrite");
        exchange_fail(x, &e);
    } else {
        x->calls->interim(x->user, &outward);
    }
}

/* Another protocol must be the one that was asked for (RFC 9110 7.8), and a WebSocket one by the
 * key: an application that lets somebody choose its status and headers is none (RFC 6455 4.1).
 * NULL: it is, or there is no change. */
static const char *fault_of_change(const struct exchange *x) {
    const struct message *asked = x->r.message, *said = &x->received;
    if (said->status != 101)
        return NULL;
    if (!asked->upgrade || !str_eq_ci(said->protocol, asked->protocol))
        return "it changes the protocol unasked";
    if (headers_count(&said->headers, STR("Sec-WebSocket-Accept")) != 1 ||
        !websocket_is_accepted(headers_get(&asked->headers, STR("Sec-WebSocket-Key")),
                               headers_get(&said->headers, STR("Sec-WebSocket-Accept"))))
        return "its Sec-WebSocket-Accept is not what the key asks for (RFC 6455 4.1)";
    return NULL;
}

static void complete(struct exchange *x) {
    activity_step(x->r.activity, ACTIVITY_BODY, &x->since_us);
    x->state = EXCHANGE_OVER;
    timer_stop(x->deadline);
    if (is_clean(x))
        pool_give(x->backend);
    else
        pool_close(x->backend);
    x->backend = NULL;
    x->calls->end(x->user, x->trailers.count ? &x->trailers : NULL);
}

/* The end of the body; what stands behind it goes along. */
static void body_done(struct exchange *x) {
    struct err e;
    if (h1_trailers(x->backend->parser, &x->received.headers, &x->arena, &x->trailers, &e))
        complete(x);
    else
        protocol_error(x, e.detail);
}

/* Heads until the final one. */
static bool parse_head(struct exchange *x) {
    const struct backend *b = x->backend;
    struct h1_parser *parser = x->backend->parser;
    struct buf *in = &x->backend->in;
    bool is_head = str_eq(x->r.message->method, STR("HEAD"));
    while (!x->is_head_given && !x->is_draining && buf_size(in) > 0) {
        struct err e;
        size_t used = 0;
        h1_response_to_head(parser, is_head);
        enum h1_result result = h1_head(parser, buf_str(in), &x->arena, &x->received, &used, &e);
        if (result == H1_MORE)
            return true;
        const char *fault = result == H1_ERROR ? e.detail : fault_of_change(x);
        if (fault) {
            protocol_error(x, fault);
            return false;
        }
        buf_consume(in, used);
        if (x->received.status >= 200 || x->received.status == 101) {
            give_head(x);
        } else {
            h1_reset(parser);
            give_interim(x);
        }
        if (x->backend != b) /* it is over, or goes on elsewhere */
            return false;
    }
    return true;
}

/* Whatever comes, as it comes. */
static void pass_on(struct exchange *x) {
    struct buf *in = &x->backend->in;
    if (buf_size(in) > 0)
        x->calls->body(x->user, buf_str(in));
    buf_consume(in, buf_size(in));
}

/* Takes what lies in the buffer, also when paused: a pause only stops the reading. False when the
 * exchange is over. */
static bool parse(struct exchange *x) {
    struct buf *in = &x->backend->in;
    if (!parse_head(x))
        return false;
    if (x->is_draining)
        return drain(x);
    if (x->is_tunnel) {
        pass_on(x);
        return true;
    }
    while (x->is_head_given) {
        struct err e;
        struct str piece = STR_NONE;
        size_t used = 0;
        enum h1_result result = h1_body(x->backend->parser, buf_str(in), &piece, &used, &e);
        if (piece.n > 0)
            x->calls->body(x->user, piece);
        buf_consume(in, used);
        if (result == H1_MORE)
            return true;
        if (result == H1_DONE)
            body_done(x);
        else if (result == H1_ERROR)
            protocol_error(x, e.detail);
        if (result != H1_READY)
            return false;
    }
    return true;
}

/* Only an orderly end may be the end of an answer: one that is cut off, by a reset or without TLS's
 * close_notify, may lack its last part (RFC 9112 8, 9.8). */
static void at_end(struct exchange *x, bool is_orderly, const char *why) {
    if (x->is_draining) {
        answer_challenge(x, false);
        return;
    }
    bool is_end = x->is_tunnel || (x->is_head_given && h1_eof(x->backend->parser));
    if (!is_orderly || !is_end) {
        broken(x, why);
        return;
    }
    x->received.keep_alive = false;
    complete(x);
}

void exchange_receive(struct exchange *x) {
    for (int i = 0; i < READS_PER_TURN && !x->is_paused; i++) {
        size_t room = EXCHANGE_READ_SIZE;
        char *to = buf_reserve(&x->backend->in, &room);
        if (!to) {
            protocol_error(x, "its head is longer than gateway.limits.response_head");
            return;
        }
        ssize_t n = stream_read(x->backend->stream, to, room);
        if (n == STREAM_AGAIN)
            break;
        if (n <= 0) {
            at_end(x, n == 0, n == 0 ? "end of the connection" : stream_error(x->backend->stream));
            return;
        }
        if (!x->is_asked && !retry(x))
            protocol_error(x, "it speaks before it was asked");
        if (!x->is_asked)
            return;
        buf_commit(&x->backend->in, (size_t)n);
        x->is_answer_begun = true;
        exchange_wait(x);
        if (!parse(x))
            return;
        if (stream_is_drained(x->backend->stream))
            break;
    }
    if (x->is_head_given)
        x->calls->flush(x->user);
}
