/* SPDX-License-Identifier: Apache-2.0 */
#include "config/nearest.h"
#include "config/refuse.h"
#include "config/rules.h"

enum { HEAD_LEAST = 96 * 1024 }; /* the largest token of a domain, 64 KB, in base64 */

static void check_account(const struct config *c, const struct config_provider *p,
                          struct findings *f) {
    struct nearest nearest;
    if (!p->negotiate.account || config_negotiate_account(c, p) != SIZE_MAX)
        return;
    nearest_init(&nearest, str_of(p->negotiate.account));
    for (size_t i = 0; i < c->kerberos.account_count; i++)
        if (c->kerberos.accounts[i].name)
            nearest_offer(&nearest, c->kerberos.accounts[i].name);
    findings_error(f, config_mark_of(c, &p->negotiate.account),
                   "identity_providers.account: connector.kerberos.accounts has no %s%s%s",
                   quote(str_of(p->negotiate.account)).text,
                   nearest.best ? "; the nearest is " : "", nearest.best ? nearest.best : "");
}

/* Where somebody in front ends TLS, the certificate that a ticket is bound to is not ours. */
static void check_binding(const struct config *c, const struct config_provider *p,
                          struct findings *f) {
    for (size_t i = 0; p->negotiate.requires_binding && i < c->listen_count; i++)
        if (c->listen[i].mode == LISTEN_HTTP)
            findings_error(f, config_mark_of(c, &p->negotiate.requires_binding),
                           "identity_providers.channel_binding: at the listener in line %u "
                           "somebody in front ends TLS, so that no ticket is bound to our "
                           "certificate; expected when_sent",
                           c->listen[i].mark.line);
}

void rules_negotiate(const struct config *c, const struct config_provider *p, struct findings *f) {
    if (!load_field(c, &p->negotiate.sources))
        findings_error(f, p->mark,
                       "identity_providers.sources is missing, which type negotiate needs: the "
                       "networks whose browsers are asked for a ticket");
    if (p->name && !c->kerberos.present)
        findings_error(f, p->mark,
                       "identity_providers: a provider of type negotiate needs connector.kerberos "
                       "with keytab and principal, to open tickets with");
    check_account(c, p, f);
    check_binding(c, p, f);
    if (c->limits.request_head < HEAD_LEAST)
        findings_warning(f, p->mark,
                         "identity_providers: tickets of people in many groups do not fit "
                         "gateway.limits.request_head (%zu bytes), and end with 431; expected "
                         "request_head: 96KiB with a provider of type negotiate",
                         c->limits.request_head);
}

void rules_negotiate_app(const struct app_rule *r) {
    const struct config_app *app = r->app;
    if (!rules_is_right(r, &app->providers))
        return;
    const struct config_provider *p = config_app_provider_of(app, PROVIDER_NEGOTIATE);
    if (p && app->sso == SSO_KERBEROS && !app->allows_transition && rules_is_right(r, &app->sso) &&
        config_negotiate_account(r->c, p) != SIZE_MAX && !config_negotiate_feeds(p, app))
        findings_error(r->f, rules_mark(r, &app->account),
                       "apps.sso.account: tickets of the provider in line %u are for another "
                       "account, which alone could hand them on; expected the same account there, "
                       "or protocol_transition: on",
                       p->mark.line);
    if (!p && rules_is_given(r, &app->allows_transition))
        findings_error(r->f, rules_mark(r, &app->allows_transition),
                       "apps.sso.protocol_transition: this is for people who sign in by a provider "
                       "of type negotiate, and the app has none; expected it left out");
}
