/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "connector/exchange_state.h"
#include "connector/refusal.h"

/* What servers take when nobody has changed it: none less than this. */
enum { LARGE_HEAD = 8000 };

static bool is_large(const struct exchange *x) {
    return x->is_token_sent && x->head_size > LARGE_HEAD;
}

/* Room for as much again as the person's groups may grow. */
static void hint_head(const struct exchange *x, struct err *e) {
    err_hint(
        e,
        "Let its server take request heads of %zu bytes: LimitRequestFieldSize (Apache), "
        "MaxFieldLength and MaxRequestBytes in HKLM\\System\\CurrentControlSet\\Services\\HTTP"
        "\\Parameters (IIS, at most 65534, then restart it), large_client_header_buffers "
        "(nginx), maxHttpRequestHeaderSize (Tomcat), server.max-request-field-size (lighttpd), "
        "tune.bufsize (HAProxy). Or take %s out of groups: the ticket lists them all.",
        x->head_size * 5 / 4 / 1024 * 1024 + 1024, x->ticket->ticket->client);
}

bool fault_head_too_large(const struct exchange *x, struct err *e) {
    int status = x->received.status;
    bool is_said = status == 431 || status == 494; /* RFC 6585 5; nginx's own */
    bool is_likely = (status == 400 || status == 413 || status == 414) && is_large(x);
    if (!x->is_token_sent || !(is_said || is_likely))
        return false;
    err_set(e, ERR_BACKEND_HEAD_TOO_LARGE,
            "%s answered %d to a request whose head has %zu bytes, %zu of them the token of %s%s",
            x->r.activity->backend, status, x->head_size, x->token_size, x->ticket->ticket->client,
            is_said ? "" : ": likely more than it takes");
    hint_head(x, e);
    return true;
}

static const char *how_far(const struct exchange *x) {
    if (x->is_head_given)
        return "in the middle of its answer";
    return x->is_answer_begun ? "in the middle of its answer's head" : "without an answer";
}

void fault_closed(const struct exchange *x, const char *why, struct err *e) {
    err_set(e, ERR_BACKEND_CLOSED, "%s closed the connection %s: %s", x->r.activity->backend,
            how_far(x), why);
    if (is_large(x) && !x->is_answer_begun && x->interims == 0)
        hint_head(x, e);
    else
        err_hint(e, "Look into the log of the application at the time of this event.");
}

void fault_ticket_refused(const struct exchange *x, struct err *e) {
    const struct ticket *t = x->ticket->ticket;
    refusal_explain(&(struct refusal_case){.answer = &x->received,
                                           .backend = x->r.activity->backend,
                                           .client = t->client,
                                           .spn = x->r.app->spn,
                                           .kvno = t->kvno,
                                           .now_s = clock_wall_s()},
                    e);
}

void fault_unproven(const struct exchange *x, bool is_false, struct err *e) {
    err_set(e, ERR_BACKEND_UNPROVEN,
            is_false ? "%s sent a proof that it could open the ticket for %s, and it is false"
                     : "%s did not prove that it could open the ticket for %s",
            x->r.activity->backend, x->r.app->spn);
    if (is_false)
        err_hint(e, "Somebody may have taken the place of the application: look at what is at its "
                    "address before you trust it again.");
    else
        err_hint(e,
                 "App %s has sso.mutual: required. If the application cannot prove itself, say "
                 "sso.mutual: optional; else look at what is at its address.",
                 x->r.app->name);
}

void fault_no_websocket(const struct exchange *x, struct err *e) {
    err_set(e, ERR_NO_WEBSOCKET, "%s answered %d to a request for a WebSocket",
            x->r.activity->backend, x->received.status);
    err_hint(e,
             "If there is to be one, look whether what stands before the application, a balancer "
             "say, passes the Upgrade header on.");
}

void fault_protocol(const struct exchange *x, const char *what, struct err *e) {
    err_set(e, ERR_BACKEND_PROTOCOL, "the answer of %s cannot be understood: %s",
            x->r.activity->backend, what);
    err_hint(e, "Ask it directly: curl -v --negotiate -u : %s/", x->r.activity->backend);
}

/* Which of the app's times is over. */
struct limit {
    const char *key;
    int64_t ms;
};

static struct limit limit_of(const struct exchange *x) {
    const struct config_app *app = x->r.app;
    if (clock_mono_us() + 1000 >= x->ends_us)
        return (struct limit){"total_timeout", app->total_timeout_ms};
    if (x->is_answer_begun || x->is_tunnel || !exchange_is_answer_due(x))
        return (struct limit){"idle_timeout", app->idle_timeout_ms};
    return (struct limit){"timeout", app->timeout_ms};
}

void fault_silent(const struct exchange *x, struct err *e) {
    struct limit limit = limit_of(x);
    const char *host = x->r.activity->backend;
    double seconds = (double)limit.ms / 1000;
    if (strcmp(limit.key, "total_timeout") == 0)
        err_set(e, ERR_BACKEND_TIMEOUT, "%s has not finished its answer after %.3g s", host,
                seconds);
    else if (!x->is_answer_begun && !exchange_is_answer_due(x))
        err_set(e, ERR_BACKEND_TIMEOUT, "%s took nothing of the request for %.3g s", host, seconds);
    else
        err_set(e, ERR_BACKEND_TIMEOUT, "%s sent nothing for %.3g s", host, seconds);
    err_hint(e, "If the application needs longer, raise the %s of app %s.", limit.key,
             x->r.app->name);
}

struct str exchange_note_claim(struct exchange *x) {
    struct activity *a = x->r.activity;
    const struct config *config = x->c->config;
    struct str realm = config_account_realm(config, config_account_of(config, x->r.app));
    const char *claim = login_claim(x->r.app);
    activity_text(a->claim, sizeof a->claim, str_of(claim));
    activity_text(a->claim_value, sizeof a->claim_value,
                  str_of(claim ? identity_claim(x->r.identity, claim) : NULL));
    activity_text(a->realm, sizeof a->realm, realm);
    return realm;
}

void exchange_note_kdc(struct exchange *x, const struct err *e) {
    struct activity *a = x->r.activity;
    const struct ticket *t = x->ticket ? x->ticket->ticket : NULL;
    if (!t && !e)
        return;
    activity_text(a->kdc, sizeof a->kdc, str_of(t ? t->kdc : e->kdc.address));
    int64_t took_us = t ? t->took_us : e->kdc.took_us;
    a->kdc_us = took_us ? took_us : -1;
    /* The KDC may have found the person in another realm (RFC 6806 section 7). */
    const char *realm = t ? strrchr(t->client, '@') : NULL;
    if (realm)
        activity_text(a->realm, sizeof a->realm, str_of(realm + 1));
    bool is_looked_up = x->login.type == BROKER_NAME_ACCOUNT || x->login.type == BROKER_NAME_SID;
    if (realm && is_looked_up)
        activity_text(a->principal, sizeof a->principal, str_of(t->client));
}
