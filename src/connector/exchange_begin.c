/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/spare.h"
#include "connector/assertion.h"
#include "connector/exchange_state.h"
#include "connector/forget.h"
#include "connector/person_headers.h"

enum { ANSWER_ARENA = 1024 * 1024 }; /* heads, and what is made of them */

static void on_ticket(void *user, struct shared_ticket *ticket, const struct err *e) {
    struct exchange *x = user;
    struct err failed;
    x->ticket_wait = NULL;
    x->ticket = ticket;
    activity_step(x->r.activity, ACTIVITY_TICKET, &x->since_us);
    exchange_note_kdc(x, e);
    if (!ticket)
        exchange_fail(x, e);
    else if (!exchange_connect(x, false, &failed))
        exchange_fail(x, &failed);
}

static void on_deadline(void *user) {
    struct exchange *x = user;
    struct err e;
    fault_silent(x, &e);
    exchange_fail(x, &e);
}

bool exchange_ask_ticket(struct exchange *x, struct err *e) {
    struct tickets_question q = exchange_question(x);
    q.done = on_ticket;
    q.user = x;
    x->state = EXCHANGE_NEEDS_TICKET;
    exchange_wait(x);
    enum tickets_result result = tickets_get(x->c->tickets, &q, &x->ticket, &x->ticket_wait, e);
    x->r.activity->is_ticket_cached = result == TICKETS_FOUND;
    exchange_note_kdc(x, result == TICKETS_FAILED ? e : NULL);
    if (result != TICKETS_FOUND)
        return result == TICKETS_WAITING;
    activity_step(x->r.activity, ACTIVITY_TICKET, &x->since_us);
    return exchange_connect(x, false, e);
}

static bool begin_ticket(struct exchange *x, struct err *e) {
    const struct config_app *app = x->r.app;
    struct activity *a = x->r.activity;
    if (!x->r.identity || !x->c->tickets)
        return err_set(e, ERR_CLAIM_MISSING, "app %s asks for tickets, but nobody has signed in",
                       app->name);
    struct str realm = exchange_note_claim(x);
    if (!login_of(app, x->r.identity, realm, &x->login, e))
        return false;
    if (!login_proof(&x->arena, app, x->r.identity, &x->login_proof))
        return err_set(e, ERR_NO_MEMORY, "no memory for a certificate");
    x->login.account = (uint8_t)config_account_of(x->c->config, app);
    activity_text(a->principal, sizeof a->principal, str_of(x->login.name));
    activity_text(a->spn, sizeof a->spn, str_of(app->spn));
    owner_of_login(&x->identity, app, &x->login, x->r.identity);
    return exchange_ask_ticket(x, e);
}

static bool begin(struct exchange *x, struct err *e) {
    const struct identity *who = x->r.identity;
    if (!x->deadline)
        return err_set(e, ERR_NO_MEMORY, "no memory for an exchange");
    if (!person_headers(&x->arena, x->r.app, who, &x->person, e) ||
        (x->r.app->assertion.audience && !assertion_has_claims(x->r.app, who, e)))
        return false;
    if (x->r.app->sso == SSO_KERBEROS)
        return begin_ticket(x, e);
    if (who)
        owner_of_person(&x->identity, who);
    else
        owner_of_passed(&x->identity, &x->r);
    return exchange_connect(x, false, e);
}

struct exchange *exchange_start(struct connector *c, const struct exchange_request *r,
                                const struct exchange_calls *calls, void *user, struct err *e) {
    struct exchange *x = spare_take(sizeof *x);
    if (!x) {
        err_set(e, ERR_NO_MEMORY, "no memory for an exchange");
        return NULL;
    }
    *x = (struct exchange){
        .c = c, .r = *r, .calls = calls, .user = user, .since_us = clock_mono_us()};
    x->ends_us =
        r->app->total_timeout_ms ? x->since_us + r->app->total_timeout_ms * 1000 : INT64_MAX;
    activity_text(r->activity->backend, sizeof r->activity->backend, r->app->internal.origin);
    arena_init(&x->arena, ANSWER_ARENA);
    buf_init(&x->identity, POOL_IDENTITY_MAX);
    buf_init_secret(&x->assertion, PERSON_HEADER_MAX);
    buf_init_secret(&x->out, EXCHANGE_OUT_MAX);
    x->deadline = timer_new(c->loop, on_deadline, x);
    if (x->deadline)
        exchange_wait(x);
    if (begin(x, e))
        return x;
    exchange_free(x);
    return NULL;
}

void exchange_free(struct exchange *x) {
    if (!x)
        return;
    tickets_cancel(x->ticket_wait);
    pool_dial_cancel(x->dial);
    pool_close(x->backend);
    shared_ticket_release(x->ticket);
    timer_free(x->deadline);
    buf_fini(&x->identity);
    buf_fini(&x->assertion);
    buf_fini(&x->out);
    arena_fini(&x->arena);
    spare_give(x, sizeof *x);
}
