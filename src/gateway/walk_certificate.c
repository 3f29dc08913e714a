/* SPDX-License-Identifier: Apache-2.0
 *
 * Entry by the certificate that the client's connection has shown (TLS), where nobody has signed in
 * otherwise.
 */
#include "gateway/badge.h"
#include "gateway/cors.h"
#include "gateway/walk_state.h"
#include "preauth/certificate_desk.h"

static bool is_header(const struct walk *w, struct str name, struct str value) {
    return str_eq_ci(headers_get(&w->message.headers, name), value);
}

/* Somebody follows a link, or typed the address: they see what comes. */
static bool is_visit(const struct walk *w) {
    bool is_read = str_eq(w->message.method, STR("GET")) || str_eq(w->message.method, STR("HEAD"));
    return is_read && is_header(w, STR("Sec-Fetch-Mode"), STR("navigate")) &&
           is_header(w, STR("Sec-Fetch-Dest"), STR("document"));
}

/* A browser shows a certificate to whatever page has it send a request, as it would not send our
 * cookie (SameSite=Lax): so the page's site is looked at here. Old browsers say at least from where
 * they send what changes something. */
static bool is_from_other_site(const struct walk *w) {
    struct str site = headers_get(&w->message.headers, STR("Sec-Fetch-Site"));
    struct str origin = headers_get(&w->message.headers, STR("Origin"));
    bool is_other = site.n ? str_eq_ci(site, STR("cross-site"))
                           : origin.n && !str_eq(origin, w->app->external.origin);
    return is_other && !is_visit(w) && !cors_trusts(w->app, &w->message, w->target.path);
}

/* A certificate was asked for, or not, by the name in the handshake, and whoever has chosen one has
 * chosen it for that host: requests for another one, on a connection that its client thinks good
 * for both, belong on one of their own (RFC 9110 15.5.20). */
static bool is_asked_for_host(const struct walk *w) {
    struct str name = stream_server_name(w->client->stream);
    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    return str_eq_ci(name, w->app->external.host);
}

static bool is_clear(const struct walk *w) {
    return w->client->listen && w->client->listen->mode != LISTEN_HTTPS;
}

static bool fail(struct walk *w, enum err_code code, const char *detail, const char *hint) {
    struct err e;
    err_set(&e, code, "%s", detail);
    err_hint(&e, "%s", hint);
    walk_fail(w, &e);
    return true;
}

/* Nothing was shown: another provider's page, where there is one. */
static bool answer_without(struct walk *w) {
    if (local_provider(w->app, STR_NONE) || config_app_provider_of(w->app, PROVIDER_BEARER))
        return false;
    return fail(
        w, ERR_CERTIFICATE_MISSING, "no certificate was shown",
        "The browser offers those that an authority of certificates.ca has issued; behind a "
        "proxy that ends TLS (mode: http) there are none.");
}

static bool look(struct walk *w, const struct config_provider *p) {
    struct session *session = NULL;
    struct err e;
    if (is_clear(w))
        return answer_without(w);
    if (!is_asked_for_host(w))
        return fail(w, ERR_HTTP_MISDIRECTED, "the connection was made for another host",
                    "Clients name the host in the handshake (SNI) that they send requests for.");
    switch (badge_look(w, p, &session, &e)) {
    case BADGE_NONE:
        return answer_without(w);
    case BADGE_LATER:
        return true;
    case BADGE_REFUSED:
        walk_fail(w, &e);
        return true;
    case BADGE_KNOWN:
        break;
    }
    session_unref(w->session); /* of another app's provider */
    w->session = session;
    return is_from_other_site(w) &&
           fail(w, ERR_CERTIFICATE_SITE, "a page of another site had the browser send this request",
                "If it may, name its origin in cors of the app, with credentials: on.");
}

bool walk_answers_by_certificate(struct walk *w) {
    const struct config_provider *p = config_app_provider_of(w->app, PROVIDER_CERTIFICATE);
    if (!p)
        return false;
    w->activity.has_other_way = local_provider(w->app, STR_NONE) != NULL;
    bool is_answered = look(w, p);
    if (!is_answered)
        w->activity.has_other_way = false;
    return is_answered;
}
