/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "connector/answer.h"
#include "connector/exchange_state.h"

static const char *how_far(const struct exchange *x) {
    if (x->is_head_given)
        return "in the middle of its answer";
    return x->is_answer_begun ? "in the middle of its answer's head" : "without an answer";
}

void fault_closed(const struct exchange *x, const char *why, struct err *e) {
    const char *host = x->r.activity->backend;
    if (!stream_error_is_certificate(x->backend->stream)) {
        err_set(e, ERR_BACKEND_CLOSED, "%s closed the connection %s: %s", host, how_far(x), why);
        err_hint(e, "Look into the log of the application at the time of this event.");
        return;
    }
    err_set(e, ERR_BACKEND_TLS, "the certificate of %s is not trusted: %s", host, why);
    err_hint(e,
             "Name the CA that issued it as backend_tls.ca of app %s, and the name in it as "
             "backend_tls.name if that is not the host of internal_url. See it with: openssl "
             "s_client -showcerts -connect %.*s:%u",
             x->r.app->name, STR_ARG(x->r.app->internal.host), (unsigned)x->r.app->internal.port);
}

void fault_ticket_refused(const struct exchange *x, struct err *e) {
    const char *client = x->ticket->ticket->client, *spn = x->r.app->spn;
    struct str scheme = answer_ticket_scheme(&x->received); /* not its token: no log holds one */
    err_set(e, ERR_BACKEND_REFUSED_TICKET,
            "%s answered 401 to a ticket of %s for %s and asks for %.*s", x->r.activity->backend,
            client, spn, STR_ARG(scheme));
    err_hint(e,
             "The application could not open the ticket, or does not let %s in. Usual causes: the "
             "SPN %s is on another account than the one the application runs as (setspn -Q %s), "
             "the application's keytab is older than its account's password, or IIS uses kernel "
             "mode with a pool account (set useAppPoolCredentials).",
             client, spn, spn);
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
    if (x->is_answer_begun || x->is_tunnel || !(x->is_body_taken || x->is_cut))
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
    else if (!x->is_answer_begun && !(x->is_body_taken || x->is_cut))
        err_set(e, ERR_BACKEND_TIMEOUT, "%s took nothing of the request for %.3g s", host, seconds);
    else
        err_set(e, ERR_BACKEND_TIMEOUT, "%s sent nothing for %.3g s", host, seconds);
    err_hint(e, "If the application needs longer, raise the %s of app %s.", limit.key,
             x->r.app->name);
}
