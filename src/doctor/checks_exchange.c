/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checks.h"

/* What is mended on this host: its network, clock and krb5.conf. */
static bool is_of_host(const json_t *step) {
    static const char *const ERRORS[] = {"krb-kdc-unreachable", "krb-clock-skew", "krb-enctype",
                                         "krb-other"};
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
        if (strcmp(facts_text(step, "error"), ERRORS[i]) == 0)
            return true;
    return false;
}

static void judge(struct checking *c, const char *path) {
    const json_t *step = facts_at(c->facts, path);
    if (facts_true(step, "ok"))
        check_pass(c, "a domain controller gave it (%s)", facts_text(step, "kdc"));
    if (!facts_false(step, "ok"))
        return;
    const char *hint = facts_text(step, "hint"), *kdc = facts_text(step, "kdc");
    check_fail(c, "%s", facts_text(step, "detail"));
    check_evidence(c, "%s: error %lld, NTSTATUS %08llX, from %s", facts_text(step, "step"),
                   (long long)facts_int(step, "code", 0),
                   (unsigned long long)facts_int(step, "nt_status", 0), kdc[0] ? kdc : "nobody");
    if (hint[0])
        check_remedy(c, REMEDY_TEXT, is_of_host(step) ? BY_GATEWAY_ADMIN : BY_DOMAIN_ADMIN, "%s",
                     hint);
}

void check_kdc_says_tgt(struct checking *c) { judge(c, "kerberos.tgt"); }

void check_kdc_says_self(struct checking *c) { judge(c, "kerberos.self"); }

void check_kdc_says_proxy(struct checking *c) { judge(c, "kerberos.proxy"); }
