/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/accounts.h"

#include "directory/likeness.h"

#include <stdio.h>
#include <time.h>

const json_t *the_connector(const struct checking *c) {
    return facts_at(c->facts, "directory.connector");
}

const json_t *the_person(const struct checking *c) {
    const json_t *found = facts_at(c->facts, "directory.person"), *account;
    const char *sid = facts_text(c->facts, "kerberos.self.pac.sid");
    size_t i;
    json_array_foreach(found, i, account) {
        if (sid[0] && strcmp(facts_text(account, "sid"), sid) == 0)
            return account;
    }
    /* Whoever is in the ticket is somebody else than those who were found. */
    return sid[0] ? NULL : json_array_get(found, 0);
}

int target_count(const struct checking *c) {
    const json_t *owners = facts_at(c->facts, "directory.target");
    return owners ? (int)json_array_size(owners) : -1;
}

const json_t *the_target(const struct checking *c) {
    const json_t *hosts = facts_at(c->facts, "directory.host_target");
    if (target_count(c) == 1)
        return facts_at(c->facts, "directory.target.0");
    return target_count(c) == 0 && json_array_size(hosts) == 1 ? json_array_get(hosts, 0) : NULL;
}

const char *account_name(const json_t *account) {
    const char *name = facts_text(account, "account");
    return name[0] ? name : facts_text(account, "dn");
}

/* What is before the realm, without what marks an enterprise name. */
static const char *local_part(struct checking *c, const char *principal) {
    struct str s = str_of(principal);
    const char *name = arena_cstr(c->arena, str_head(s, str_index(s, '@')));
    return name ? name : "";
}

const char *connector_name(struct checking *c) {
    const json_t *account = the_connector(c);
    const char *keytab = facts_text(c->facts, "kerberos.keytab.principal");
    if (account)
        return account_name(account);
    return local_part(c, keytab[0] ? keytab : facts_text(c->facts, "app.principal"));
}

const char *person_name(struct checking *c) {
    const json_t *account = the_person(c);
    const char *name = facts_text(c->facts, "kerberos.self.pac.account");
    if (account)
        return account_name(account);
    return name[0] ? name : local_part(c, facts_text(c->facts, "person.name"));
}

bool has_uac(const json_t *account, unsigned bit) {
    return (facts_int(account, "uac", 0) | facts_int(account, "uac_computed", 0)) & bit;
}

bool lacks_uac(const json_t *account, unsigned bit) {
    return facts_at(account, "uac") && !has_uac(account, bit);
}

const char *set_cmdlet(const json_t *account) {
    const char *object = facts_text(account, "object");
    if (strcmp(object, "computer") == 0)
        return "Set-ADComputer";
    return strstr(object, "msa") ? "Set-ADServiceAccount" : "Set-ADUser";
}

const char *get_cmdlet(const json_t *account) {
    const char *object = facts_text(account, "object");
    if (strcmp(object, "computer") == 0)
        return "Get-ADComputer";
    return strstr(object, "msa") ? "Get-ADServiceAccount" : "Get-ADUser";
}

const char *shown(struct checking *c, const char *spn) {
    char text[512];
    likeness_show(str_of(spn), text, sizeof text);
    const char *copy = arena_cstr(c->arena, str_of(text));
    return copy ? copy : "";
}

void evidence_uac(struct checking *c, const json_t *account, unsigned bit, const char *name) {
    unsigned uac = (unsigned)facts_int(account, "uac", 0);
    const char *attribute = "userAccountControl";
    if (!(uac & bit) && has_uac(account, bit)) {
        uac = (unsigned)facts_int(account, "uac_computed", 0);
        attribute = "msDS-User-Account-Control-Computed";
    }
    check_evidence(c, "%s: %s = 0x%x %s %s (0x%x)", facts_text(account, "dn"), attribute, uac,
                   uac & bit ? "has" : "lacks", name, bit);
}

void evidence_step(struct checking *c, const char *step) {
    const json_t *at = facts_at(c->facts, step);
    unsigned nt = (unsigned)facts_int(at, "nt_status", 0);
    if (!facts_false(at, "ok"))
        return;
    const char *kdc = facts_text(at, "kdc");
    int64_t code = facts_int(at, "code", 0);
    char status[32] = "";
    if (code == 0) {
        check_evidence(c, "%s: %s", facts_text(at, "step"), facts_text(at, "detail"));
        return;
    }
    if (nt)
        snprintf(status, sizeof status, ", NTSTATUS %08X", nt);
    check_evidence(c, "%s: %s answered with error %lld%s", facts_text(at, "step"),
                   kdc[0] ? kdc : "this host", (long long)code, status);
}

bool step_ok(const struct checking *c, const char *step) {
    return facts_true(facts_at(c->facts, step), "ok");
}

bool step_failed(const struct checking *c, const char *step) {
    return facts_false(facts_at(c->facts, step), "ok");
}

bool step_failed_with(const struct checking *c, const char *step, int64_t code) {
    return step_failed(c, step) && facts_int(facts_at(c->facts, step), "code", 0) == code;
}

bool is_ticket_given(const struct checking *c) { return step_ok(c, "kerberos.proxy"); }

unsigned step_status(const struct checking *c, const char *step) {
    return (unsigned)facts_int(facts_at(c->facts, step), "nt_status", 0) & 0xffff;
}

const char *time_text(struct checking *c, int64_t s) {
    struct tm tm;
    time_t t = (time_t)s;
    if (!gmtime_r(&t, &tm))
        return "?";
    const char *text = arena_printf(c->arena, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900,
                                    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
    return text ? text : "?";
}

bool is_samba(const struct checking *c) {
    return str_starts(str_of(facts_text(c->facts, "directory.root.vendor")), STR("Samba"));
}

bool is_other_domain(const struct checking *c) {
    const char *ours = facts_text(the_connector(c), "realm"),
               *theirs = facts_text(the_target(c), "realm");
    return ours[0] && theirs[0] && !str_eq_ci(str_of(ours), str_of(theirs));
}

bool is_listed(const struct checking *c) {
    return facts_has(the_connector(c), "delegates_to", spn_of(c));
}

bool is_let_by_resource(const struct checking *c) {
    return facts_true(the_target(c), "rbcd.lets_us");
}

bool has_resource_list(const struct checking *c) {
    return json_array_size(facts_at(the_target(c), "rbcd.entries")) > 0;
}

bool is_person_free(const struct checking *c) {
    const json_t *pac = facts_at(c->facts, "kerberos.self.pac"), *account = the_person(c);
    return !facts_true(pac, "sensitive") && !facts_true(pac, "protected") &&
           !has_uac(account, UAC_SENSITIVE) && !facts_true(account, "token_groups.protected");
}

const char *foreign_realm(const struct checking *c) {
    const char *at = strrchr(facts_text(c->facts, "person.name"), '@');
    const char *ours = facts_text(c->facts, "app.realm");
    bool is_principal = strcmp(facts_text(c->facts, "person.name_type"), "principal") == 0;
    return is_principal && at && ours[0] && !str_eq_ci(str_of(at + 1), str_of(ours)) ? at + 1
                                                                                     : NULL;
}

static bool has_newest_key(const struct checking *c) {
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    int64_t kvno = facts_int(c->facts, "directory.connector.kvno", 0);
    size_t i;
    json_array_foreach(entries, i, entry) {
        if (kvno > 0 && facts_int(entry, "kvno", 0) == kvno &&
            strcmp(facts_text(entry, "principal"),
                   facts_text(c->facts, "kerberos.keytab.principal")) == 0)
            return true;
    }
    return false;
}

bool is_ticket_of_other_type(const struct checking *c) {
    enum { BITS_AES = 0x18 };
    int64_t types = facts_int(c->facts, "directory.connector.etypes", 0);
    bool is_closed = step_failed(c, "kerberos.self") &&
                     strcmp(facts_text(c->facts, "kerberos.self.error"), "krb-connector") == 0 &&
                     !facts_int(c->facts, "kerberos.self.code", 0);
    return is_closed && the_connector(c) && !(types & BITS_AES) && (types || has_newest_key(c));
}
