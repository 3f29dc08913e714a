/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption types: what keytab, accounts and domain have in common.
 */
#include "doctor/accounts.h"
#include "doctor/checks.h"
#include "doctor/remedies.h"

#include <stdlib.h>

/* msDS-SupportedEncryptionTypes, MS-KILE 2.2.7. */
enum { BIT_DES = 3, BIT_RC4 = 4, BIT_AES = 0x18 };
enum { RC4 = 23, AES128 = 17, AES256 = 18, AES256_SHA384 = 20 };
#define AES_BEGAN INT64_C(1204070400) /* 2008-02-27: before it no domain made AES keys */

/* 0 and none at all are the domain's default. */
static int64_t types_of(const json_t *account) { return facts_int(account, "etypes", 0) & 0x3f; }

static bool lacks_aes(const json_t *account) {
    return types_of(account) && !(types_of(account) & BIT_AES);
}

static const char *words_of(int64_t types) {
    if (types & BIT_AES)
        return types & BIT_RC4 ? "AES and RC4" : "AES";
    return types & BIT_RC4 ? "RC4 and no AES" : types ? "DES, which nobody uses any more" : "none";
}

static bool is_aes(int64_t enctype) { return enctype >= AES128 && enctype <= AES256_SHA384; }

static bool has_keys(const struct checking *c, bool aes) {
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    size_t i;
    json_array_foreach(entries, i, entry) {
        if (is_aes(facts_int(entry, "enctype", 0)) == aes)
            return true;
    }
    return false;
}

static void show_types(struct checking *c, const json_t *account) {
    if (facts_at(account, "etypes"))
        check_evidence(c, "%s: msDS-SupportedEncryptionTypes = 0x%llx: %s",
                       facts_text(account, "dn"), (long long)facts_int(account, "etypes", 0),
                       words_of(types_of(account)));
    else if (account)
        check_evidence(c, "%s: msDS-SupportedEncryptionTypes is not set: the domain's default%s",
                       facts_text(account, "dn"),
                       is_samba(c) ? ""
                                   : ", which is AES alone since the updates of April 2026 "
                                     "(KB5073381)");
    if (has_uac(account, UAC_DES_ONLY))
        evidence_uac(c, account, UAC_DES_ONLY, "USE_DES_KEY_ONLY");
}

static void show_keys(struct checking *c) {
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    size_t i;
    json_array_foreach(entries, i, entry) {
        if (i < 8)
            check_evidence(c, "%s: %s, %s", facts_text(c->facts, "kerberos.keytab.file"),
                           facts_text(entry, "principal"), facts_text(entry, "enctype_name"));
    }
}

/* The directory makes new keys only with a new password. */
static void remedy_types(struct checking *c, const json_t *account, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "%s %s -KerberosEncryptionType AES128,AES256", set_cmdlet(account), ps(c, name));
    if (!account)
        check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                     "Set-ADAccountControl %s -UseDESKeyOnly $false", ps(c, name));
    if (account)
        remedy_attribute(c, account, "msDS-SupportedEncryptionTypes", "24");
    else
        remedy_attribute_of(c, name, "msDS-SupportedEncryptionTypes", "24");
    if (has_uac(account, UAC_DES_ONLY))
        remedy_uac(c, account, UAC_DES_ONLY);
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "If %s has had its password since before it might use AES, set it anew: keys are "
                 "made when a password is set. Then make its keytabs anew.",
                 name);
}

static bool is_about_types(const struct checking *c, const char *step) {
    return strcmp(facts_text(facts_at(c->facts, step), "error"), "krb-enctype") == 0;
}

/* AES256 is the one that every domain asks for. */
static bool has_aes256(const struct checking *c) {
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    size_t i;
    json_array_foreach(entries, i, entry) {
        if (facts_int(entry, "enctype", 0) == AES256)
            return true;
    }
    return false;
}

static void judge_connector(struct checking *c, const json_t *us) {
    const char *name = connector_name(c);
    bool has_refused = step_failed_with(c, "kerberos.tgt", KDC_NO_ENCTYPE) ||
                       step_failed_with(c, "kerberos.self", KDC_NO_ENCTYPE) ||
                       is_about_types(c, "kerberos.tgt") || is_about_types(c, "kerberos.self");
    bool cannot_open = is_ticket_of_other_type(c) && !has_keys(c, false);
    if (!has_refused && !cannot_open)
        return;
    check_fail(c,
               cannot_open
                   ? "tickets to the connector's account %s are RC4, and its keytab has no such "
                     "key"
                   : "the keytab of %s, the account and the domain have no encryption type in "
                     "common",
               name);
    evidence_step(c, step_failed(c, "kerberos.tgt") ? "kerberos.tgt" : "kerberos.self");
    show_keys(c);
    show_types(c, us);
    /* Where keytab and account have them, it is this host's library that may not use them. */
    if ((!us || !lacks_aes(us)) && has_aes256(c))
        check_remedy(
            c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
            "Take permitted_enctypes, default_tkt_enctypes and default_tgs_enctypes out of "
            "%s, or let them name aes256-cts: the keytab has such a key.",
            facts_text(c->facts, "host.krb5_conf"));
    remedy_types(c, us, name);
    remedy_export(c, name);
}

static void judge_target(struct checking *c, const json_t *target) {
    if (!step_failed_with(c, "kerberos.proxy", KDC_NO_ENCTYPE))
        return;
    const char *name = target ? account_name(target) : spn_of(c);
    check_fail(c, "the application's account %s has no key of a type that the domain uses", name);
    evidence_step(c, "kerberos.proxy");
    show_types(c, target);
    remedy_types(c, target, name);
}

static void warn_rc4(struct checking *c, const json_t *account, const char *whose) {
    if (!lacks_aes(account))
        return;
    check_warn(c, "%s account %s may use %s: updates of the domain controllers end that", whose,
               account_name(account), words_of(types_of(account)));
    show_types(c, account);
    remedy_types(c, account, account_name(account));
}

static void warn_old(struct checking *c, const json_t *account, const char *whose) {
    int64_t set = facts_int(account, "pwd_last_set", 0);
    if (set <= 0 || set >= AES_BEGAN)
        return;
    check_warn(c, "the password of %s account %s is so old that it has no AES keys", whose,
               account_name(account));
    check_evidence(c, "%s: pwdLastSet = %s", facts_text(account, "dn"), time_text(c, set));
    remedy_types(c, account, account_name(account));
}

static void warn_ticket(struct checking *c, const json_t *target) {
    if (facts_int(c->facts, "kerberos.proxy.ticket.enctype", 0) == RC4 && !lacks_aes(target)) {
        check_warn(c,
                   "the ticket to %s is RC4: the account has no AES keys, or nothing says that it "
                   "may use them",
                   spn_of(c));
        show_types(c, target);
        remedy_types(c, target, target ? account_name(target) : spn_of(c));
    }
    if (has_keys(c, false) && !has_keys(c, true)) {
        check_warn(c, "the keytab has RC4 keys only: domain controllers stop to take them with the "
                      "updates of 2026");
        show_keys(c);
        remedy_types(c, the_connector(c), connector_name(c));
    }
}

void check_encryption_types(struct checking *c) {
    const json_t *us = the_connector(c), *target = the_target(c);
    judge_connector(c, us);
    judge_target(c, target);
    if (c->outcome == OUTCOME_FAIL)
        return;
    warn_rc4(c, us, "the connector's");
    warn_rc4(c, target, "the application's");
    warn_old(c, us, "the connector's");
    warn_old(c, target, "the application's");
    warn_ticket(c, target);
    if (is_ticket_given(c))
        check_pass(c, "the ticket is %s",
                   facts_text(c->facts, "kerberos.proxy.ticket.enctype_name"));
    else if (step_ok(c, "kerberos.tgt"))
        check_pass(c, "the connector's own ticket is %s",
                   facts_text(c->facts, "kerberos.tgt.enctype_name"));
}
