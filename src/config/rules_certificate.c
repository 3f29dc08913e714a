/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"
#include "http/url.h"

/* Answers of a responder are signed: the way there need not be. */
static void check_responder(const struct config *c, const struct config_ocsp *o,
                            struct findings *f) {
    struct arena a;
    struct url url;
    arena_init(&a, 64 * 1024);
    struct str text = str_of(o->responder);
    const char *why;
    if (text.n && !url_parse(&a, text, &url, &why))
        findings_error(f, config_mark_of(c, &o->responder),
                       "identity_providers.certificates.ocsp.responder: %s %s, expected a URL such "
                       "as http://ocsp.corp.example/",
                       quote(text).text, why);
    arena_fini(&a);
}

static void check_names(const struct config *c, const struct config_certificates *x,
                        struct findings *f) {
    for (size_t i = 0; i < x->name_count; i++) {
        const struct config_name_rule *rule = &x->names[i];
        if (rule->from == NAME_FROM_SUBJECT && rule->domain)
            findings_error(
                f, config_mark_of(c, &rule->domain),
                "identity_providers.certificates.names.domain: a whole subject has none, "
                "expected it left out");
        for (size_t k = 0; k < i; k++)
            if (x->names[k].from == rule->from)
                findings_error(f, rule->mark,
                               "identity_providers.certificates.names: the one in line %u is from "
                               "the same, and this one would never be used",
                               x->names[k].mark.line);
    }
}

void rules_certificates(const struct config *c, const struct config_provider *p,
                        struct findings *f) {
    const struct config_certificates *x = &p->certificates;
    if (!load_field(c, &x->ca))
        findings_error(f, p->mark,
                       "identity_providers.certificates.ca is missing, which type certificate "
                       "needs");
    check_responder(c, &x->ocsp, f);
    check_names(c, x, f);
}
