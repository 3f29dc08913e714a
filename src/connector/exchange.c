/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/exchange.h"

#include "base/clock.h"
#include "connector/assertion.h"
#include "connector/exchange_state.h"

#include <stdio.h>

enum { BODY_ROOM = 64 * 1024 }; /* request bytes that wait for the back end, of a body */

static bool has_body(const struct exchange *x) { return message_has_content(x->r.message); }

bool exchange_is_safe(const struct exchange *x) {
    struct str method = x->r.message->method;
    return !has_body(x) && (str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")) ||
                            str_eq(method, STR("OPTIONS")));
}

void exchange_fail(struct exchange *x, const struct err *e) {
    if (x->state == EXCHANGE_OVER)
        return;
    x->state = EXCHANGE_OVER;
    timer_stop(x->deadline);
    tickets_cancel(x->ticket_wait);
    pool_dial_cancel(x->dial);
    pool_close(x->backend);
    x->ticket_wait = NULL;
    x->dial = NULL;
    x->backend = NULL;
    x->calls->fail(x->user, e);
}

bool exchange_is_answer_due(const struct exchange *x) {
    return x->is_body_taken || x->is_cut || x->owes_continue;
}

/* How long the back end may be silent now; INT64_MAX: nothing is owed by it. */
static int64_t limit_ms(const struct exchange *x) {
    bool is_due = exchange_is_answer_due(x);
    bool is_owed = is_due || buf_size(&x->out) > 0 || x->is_tunnel;
    if (x->state != EXCHANGE_RUNS || x->is_paused || !is_owed)
        return INT64_MAX;
    bool is_first = is_due && !x->is_answer_begun && !x->is_tunnel;
    return is_first ? x->r.app->timeout_ms : x->r.app->idle_timeout_ms;
}

void exchange_wait(struct exchange *x) {
    int64_t ms = limit_ms(x);
    if (x->ends_us < INT64_MAX) {
        int64_t left_ms = (x->ends_us - clock_mono_us()) / 1000;
        ms = left_ms < ms ? left_ms : ms;
    }
    if (ms < INT64_MAX && x->state != EXCHANGE_OVER)
        timer_start(x->deadline, ms);
    else
        timer_stop(x->deadline);
}

void exchange_want(struct exchange *x) {
    unsigned directions = x->is_paused ? 0 : STREAM_READABLE;
    if (buf_size(&x->out) > 0)
        directions |= STREAM_WRITABLE;
    stream_want(x->backend->stream, directions);
}

static void write_out(struct exchange *x) {
    while (buf_size(&x->out) > 0) {
        ssize_t n = stream_write(x->backend->stream, buf_str(&x->out));
        if (n == STREAM_AGAIN)
            return;
        if (n == STREAM_FAILED) {
            buf_clear(&x->out);
            x->is_cut = true;
            return;
        }
        x->is_asked = true;
        buf_consume(&x->out, (size_t)n);
        exchange_wait(x);
    }
    if (x->is_tunnel && x->is_body_taken)
        stream_shutdown(x->backend->stream);
}

static void offer_room(struct exchange *x) {
    if (!x->was_room_asked || x->is_body_taken || exchange_room(x) == 0)
        return;
    x->was_room_asked = false;
    x->calls->drain(x->user);
}

static void on_ready(void *user, unsigned ready) {
    struct exchange *x = user;
    struct backend *b = x->backend;
    /* Reading first: what is there before anything was asked answers nothing. */
    if (ready & STREAM_READABLE)
        exchange_receive(x);
    if (ready & STREAM_WRITABLE && x->backend == b) {
        write_out(x);
        offer_room(x);
    }
    /* The answer may be there already, and say why nothing more is taken (RFC 9112 9.5); else
     * reading meets the error. */
    if (x->is_cut && x->backend == b)
        exchange_receive(x);
    if (x->backend == b)
        exchange_want(x);
}

/* The hash of this connection's bindings, made once; NULL: it has none, or shall have none. */
static const unsigned char *bindings_of(struct exchange *x) {
    struct backend *b = x->backend;
    unsigned char end_point[TLS_END_POINT_MAX];
    if (!x->r.app->binds_channel)
        return NULL;
    if (!b->has_bindings) {
        size_t n = stream_end_point(b->stream, end_point);
        b->has_bindings =
            n > 0 && mint_bindings(x->c->mint, str_n((const char *)end_point, n), b->bindings);
    }
    return b->has_bindings ? b->bindings : NULL;
}

static uint16_t gss_flags_of(const struct config_app *app) {
    unsigned flags = 0;
    for (size_t i = 0; i < app->gss_flag_count; i++)
        flags |= app->gss_flags[i];
    return (uint16_t)flags;
}

static bool mint_token(struct exchange *x, struct buf *token, struct err *e) {
    const struct config_app *app = x->r.app;
    struct mint_order order = {.form = app->token == TOKEN_KRB5 ? MINT_KRB5 : MINT_SPNEGO,
                               .is_mutual = app->is_mutual_required,
                               .flags = gss_flags_of(app),
                               .bindings = bindings_of(x)};
    struct shared_ticket *t = x->ticket;
    if (!t->die)
        t->die = mint_die_new(x->c->mint, t->ticket, e);
    bool is_minted = t->die && mint_header(x->c->mint, t->die, &order, token, &x->proof, e);
    activity_step(x->r.activity, ACTIVITY_MINT, &x->since_us);
    return is_minted;
}

/* Whether this attempt carries a token. A request with a body does, also with one of no bytes,
 * because it could not be sent again after a 401. */
static bool wants_token(const struct exchange *x) {
    const struct config_app *app = x->r.app;
    if (!x->ticket || x->r.message->body != BODY_NONE || x->is_challenged)
        return x->ticket;
    return !app->waits_for_challenge &&
           !(app->authenticates_connection && x->backend->is_authenticated);
}

/* What the back end is told of the person, some of it of this attempt. */
static bool add_person(struct exchange *x, struct headers *to, struct err *e) {
    const struct config_assertion *a = &x->r.app->assertion;
    bool is_added = true;
    for (size_t i = 0; is_added && i < x->person.count; i++)
        is_added = headers_add(&x->arena, to, x->person.at[i].name, x->person.at[i].value);
    buf_clear(&x->assertion);
    if (a->audience && !assertion_make(x->c->keys, x->r.app, x->r.identity, &x->assertion, e))
        return false;
    if (is_added && a->audience)
        is_added = headers_add(&x->arena, to, str_of(a->header), buf_str(&x->assertion));
    return is_added || err_set(e, ERR_NO_MEMORY, "no memory for the headers about a person");
}

/* The head, written anew, with the token of this one request. */
static bool write_head(struct exchange *x, struct err *e) {
    struct message m = *x->r.message;
    struct buf token;
    bool is_written = false;
    buf_init_secret(&token, EXCHANGE_OUT_MAX / 2);
    x->is_token_sent = wants_token(x);
    if (x->is_token_sent && !mint_token(x, &token, e))
        goto out;
    if (x->is_token_sent &&
        !headers_add(&x->arena, &m.headers, STR("Authorization"), buf_str(&token)))
        goto full;
    if (!add_person(x, &m.headers, e))
        goto out;
    h1_write_request(&x->out, &m);
    x->head_size = buf_size(&x->out);
    x->token_size = buf_size(&token);
    is_written = !x->out.failed;
full:
    if (!is_written)
        err_set(e, ERR_NO_MEMORY, "the request's head does not fit the gateway's memory");
out:
    buf_fini(&token);
    return is_written;
}

/* Of several, which one it is. */
static void name_backend(struct exchange *x, const struct backend *b) {
    const struct config_app *app = x->r.app;
    if (app->backend_count == 1)
        return;
    const struct config_backend *at = &app->backends[b->index];
    bool is_v6 = strchr(at->host, ':') != NULL;
    snprintf(x->r.activity->backend, sizeof x->r.activity->backend, "%.*s://%s%s%s:%u",
             STR_ARG(app->internal.scheme), is_v6 ? "[" : "", at->host, is_v6 ? "]" : "",
             (unsigned)at->port);
}

/* The ticket ended while the request waited: another one, and then this connection or the next.
 * Once: one that is over when it comes is by another clock than ours, and all there is. */
static bool replace_ticket(struct exchange *x, struct backend *b, struct err *e) {
    x->is_late = true;
    pool_give(b);
    shared_ticket_release(x->ticket);
    x->ticket = NULL;
    return exchange_ask_ticket(x, e);
}

bool exchange_use(struct exchange *x, struct backend *b, struct err *e) {
    if (x->ticket && !x->is_late && shared_ticket_is_over(x->ticket))
        return replace_ticket(x, b, e);
    x->backend = b;
    x->state = EXCHANGE_RUNS;
    name_backend(x, b);
    x->r.activity->is_connection_reused = b->is_reused;
    activity_step(x->r.activity, ACTIVITY_CONNECT, &x->since_us);
    x->is_asked = x->is_cut = false;
    stream_owner(b->stream, on_ready, x);
    if (!write_head(x, e))
        return false;
    x->is_body_taken = !has_body(x);
    x->owes_continue = x->r.message->expects_continue;
    x->was_room_asked = has_body(x);
    exchange_wait(x);
    /* Written when the loop says so, which it does at once: nothing is called back from here. */
    exchange_want(x);
    return true;
}

static void on_connected(void *user, struct backend *b, const struct err *e) {
    struct exchange *x = user;
    struct err failed;
    x->dial = NULL;
    if (!b)
        exchange_fail(x, e);
    else if (!exchange_use(x, b, &failed))
        exchange_fail(x, &failed);
}

bool exchange_connect(struct exchange *x, bool only_fresh, struct err *e) {
    struct pool_owner owner = {.app = x->r.app, .identity = buf_str(&x->identity)};
    /* A browser has several connections, and more by and by: its address is what stays. */
    owner.person = x->r.identity ? owner.identity : str_of(x->r.activity->client);
    if (x->identity.failed)
        return err_set(e, ERR_NO_MEMORY, "no memory for an exchange");
    struct backend *b = only_fresh ? NULL : pool_take(x->c->pool, &owner, exchange_is_safe(x));
    x->state = EXCHANGE_NEEDS_CONNECTION;
    exchange_wait(x);
    if (b)
        return exchange_use(x, b, e);
    x->dial = pool_connect(x->c->pool, &owner, on_connected, x, e);
    return x->dial != NULL;
}

size_t exchange_room(const struct exchange *x) {
    size_t waiting = buf_size(&x->out);
    bool takes_more = x->state == EXCHANGE_RUNS && !x->is_body_taken;
    return takes_more && waiting < BODY_ROOM ? BODY_ROOM - waiting : 0;
}

void exchange_body_begins(struct exchange *x) {
    if (!x->owes_continue)
        return;
    x->owes_continue = false;
    exchange_wait(x);
}

void exchange_send(struct exchange *x, struct str piece) {
    /* Bytes behind a whole request would be another one to the back end. */
    if (x->state != EXCHANGE_RUNS || x->is_body_taken || x->is_cut || piece.n == 0)
        return;
    bool is_first = buf_size(&x->out) == 0;
    if (x->r.message->body == BODY_CHUNKED)
        h1_write_chunk(&x->out, piece);
    else
        buf_add(&x->out, piece);
    if (x->out.failed) {
        struct err e;
        err_set(&e, ERR_NO_MEMORY, "no memory for the body of a request");
        exchange_fail(x, &e);
        return;
    }
    x->was_room_asked = exchange_room(x) == 0;
    if (is_first || x->is_tunnel) /* from here on the back end is waited for, not the client */
        exchange_wait(x);
    exchange_want(x);
}

void exchange_finish(struct exchange *x, const struct headers *trailers) {
    if (x->state != EXCHANGE_RUNS || x->is_body_taken)
        return;
    if (x->r.message->body == BODY_CHUNKED)
        h1_write_last_chunk(&x->out, trailers);
    x->is_body_taken = true;
    if (x->is_tunnel && buf_size(&x->out) == 0)
        stream_shutdown(x->backend->stream);
    exchange_wait(x);
    exchange_want(x);
}

bool exchange_is_sent(const struct exchange *x) { return x->is_body_taken; }

void exchange_pause(struct exchange *x) {
    x->is_paused = true;
    if (x->state == EXCHANGE_RUNS)
        exchange_want(x);
    exchange_wait(x);
}

void exchange_resume(struct exchange *x) {
    x->is_paused = false;
    if (x->state != EXCHANGE_RUNS)
        return;
    exchange_wait(x);
    exchange_want(x);
}
