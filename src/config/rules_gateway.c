/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

static bool is_right(const struct config *c, const void *field) {
    const struct config_field *entry = load_field(c, field);
    return !entry || !entry->is_wrong;
}

static bool is_same(const char *a, uint16_t a_port, const char *b, uint16_t b_port) {
    return a && b && strcmp(a, b) == 0 && a_port == b_port;
}

static void check_addresses(const struct config *c, struct findings *f) {
    for (size_t i = 0; i < c->listen_count; i++) {
        const struct config_listen *l = &c->listen[i];
        for (size_t j = 0; j < i; j++) {
            const struct config_listen *other = &c->listen[j];
            if (is_same(other->address, other->port, l->address, l->port))
                findings_error(f, config_mark_of(c, &l->address),
                               "gateway.listen.address: this address is taken by line %u",
                               config_mark_of(c, &other->address).line);
        }
        if (is_same(c->admin.address, c->admin.port, l->address, l->port))
            findings_error(f, config_mark_of(c, &c->admin.address),
                           "gateway.admin.address: this address is taken by the listener in line "
                           "%u, expected another port",
                           config_mark_of(c, &l->address).line);
    }
}

static void check_no_pair(const struct config *c, const struct config_listen *l,
                          struct findings *f) {
    const struct config_field *list = load_field(c, &l->certificates);
    if (!list && load_field(c, &l->address))
        findings_error(f, l->mark,
                       "gateway.listen: mode https needs a certificate and its key, expected "
                       "certificate: and key:");
    else if (list && l->certificates)
        findings_error(f, list->mark,
                       "gateway.listen.certificates: the list is empty: mode https needs a "
                       "certificate and its key");
}

/* A listener with TLS has a certificate with its key, or some in the list. */
static void check_pair(const struct config *c, const struct config_listen *l, struct findings *f) {
    const void *certificate = load_field(c, &l->certificate), *key = load_field(c, &l->key);
    if (certificate && !key)
        findings_error(f, config_mark_of(c, &l->certificate),
                       "gateway.listen.key is missing, expected the file of this certificate's "
                       "key");
    else if (key && !certificate)
        findings_error(f, config_mark_of(c, &l->key),
                       "gateway.listen.certificate is missing, expected the file of this key's "
                       "certificate");
    else if (!key && l->certificate_count == 0)
        check_no_pair(c, l, f);
}

static void refuse_tls(const struct config *c, const struct config_listen *l, const void *field,
                       const char *name, struct findings *f) {
    if (load_field(c, field))
        findings_error(f, config_mark_of(c, field),
                       "gateway.listen.%s: a listener with mode %s does not speak TLS, expected "
                       "mode: https, or no %s",
                       name, l->mode == LISTEN_HTTP ? "http" : "redirect", name);
}

static void check_clear(const struct config *c, const struct config_listen *l, struct findings *f) {
    refuse_tls(c, l, &l->certificate, "certificate", f);
    refuse_tls(c, l, &l->key, "key", f);
    refuse_tls(c, l, &l->certificates, "certificates", f);
    if (l->mode == LISTEN_HTTP && !load_field(c, &c->trusted_proxies) &&
        !load_field(c, &l->proxy_from))
        findings_warning(f, config_mark_of(c, &l->mode),
                         "gateway.listen.mode: with http somebody in front ends TLS, and all "
                         "clients seem to come from there; name its addresses in "
                         "gateway.trusted_proxies or proxy_protocol_from");
}

static void check_modes(const struct config *c, struct findings *f) {
    bool serves = false;
    for (size_t i = 0; i < c->listen_count; i++) {
        const struct config_listen *l = &c->listen[i];
        bool is_known = is_right(c, &l->mode);
        serves |= !is_known || l->mode != LISTEN_REDIRECT;
        if (is_known && l->mode == LISTEN_HTTPS)
            check_pair(c, l, f);
        else if (is_known)
            check_clear(c, l, f);
    }
    if (c->listen_count && !serves)
        findings_error(f, config_mark_of(c, &c->listen),
                       "gateway.listen: every listener only redirects, expected one with mode "
                       "https to redirect to");
}

static void check_everybody(const struct config *c, const struct address_range *range,
                            const char *name, struct findings *f) {
    const struct config_field *entry = load_field(c, range);
    if (range->prefix == 0 && entry && !entry->is_wrong)
        findings_warning(f, entry->mark,
                         "gateway.%s: this network is everybody: any client could say that it is "
                         "another; name the proxies alone",
                         name);
}

void rules_gateway(struct config *c, struct findings *f) {
    check_addresses(c, f);
    check_modes(c, f);
    for (size_t i = 0; i < c->trusted_proxy_count; i++)
        check_everybody(c, &c->trusted_proxies[i], "trusted_proxies", f);
    for (size_t i = 0; i < c->listen_count; i++) {
        struct config_listen *l = &c->listen[i];
        for (size_t j = 0; j < l->proxy_from_count; j++)
            check_everybody(c, &l->proxy_from[j], "listen.proxy_protocol_from", f);
        if (!l->certificate && !l->key && l->certificate_count) {
            l->certificate = l->certificates[0].certificate;
            l->key = l->certificates[0].key;
        }
    }
}
