/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/accounts.h"
#include "doctor/checks.h"
#include "doctor/remedies.h"

#include <stdlib.h>

enum {
    CLOCK_WARN_S = 60,
    CLOCK_FAIL_S = 300,
    CLOCK_DAY_S = 86400,
};

static void say_clock_remedies(struct checking *c) {
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "chronyc tracking; chronyc makestep");
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "w32tm /query /status; w32tm /resync");
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "Set this host's clock and those of the domain controllers by one source, best "
                 "the domain's (chrony: server DC1 iburst).");
}

/* A clock that is off by more than a day makes good certificates look bad. */
static void blame_clock(struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        int64_t skew = facts_int(kdc, "clock.skew_s", 0);
        if (llabs(skew) < CLOCK_DAY_S)
            continue;
        check_evidence(c, "the clock of this host is %lld s %s that of %s: dates are judged by it",
                       llabs(skew), skew > 0 ? "ahead of" : "behind", facts_text(kdc, "host"));
        say_clock_remedies(c);
        return;
    }
}

/* The command that a line of kerbgate check ends with. Of two the first may be part of the name of
 * a file. */
static void say_typed(struct checking *c, const char *line) {
    static const char MARK[] = "; type: ";
    const char *at = strstr(line, MARK);
    if (at && !strstr(at + 1, MARK))
        check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "%s", at + sizeof MARK - 1);
}

/* Whether it is not the keytab but krb5.conf that cannot be used. */
static bool is_of_profile(struct checking *c) {
    const char *conf = facts_text(c->facts, "host.krb5_conf"),
               *why = facts_text(c->facts, "kerberos.keytab.detail");
    const char *file = conf[0] ? conf : "/etc/krb5.conf";
    return strncmp(why, file, strlen(file)) == 0;
}

void check_configuration(struct checking *c) {
    const json_t *lines = facts_at(c->facts, "host.config.errors"), *line;
    const json_t *warnings = facts_at(c->facts, "host.config.warnings");
    const char *file = facts_text(c->facts, "host.config.file");
    const char *rights = facts_text(c->facts, "host.rights.detail");
    size_t i;
    if (!facts_at(c->facts, "host.config"))
        return;
    json_array_foreach(lines, i, line) {
        check_fail(c, "%s", json_string_value(line));
        say_typed(c, json_string_value(line));
    }
    json_array_foreach(warnings, i, line) {
        check_warn(c, "%s", json_string_value(line));
        say_typed(c, json_string_value(line));
    }
    if (rights[0])
        check_fail(c, "%s", rights);
    if (is_of_profile(c)) {
        check_fail(c, "%s", facts_text(c->facts, "kerberos.keytab.detail"));
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN, "%s",
                     facts_text(c->facts, "kerberos.keytab.hint"));
    }
    check_pass(c, "%s and the files it names are as they should be", file);
    if (json_array_size(lines))
        blame_clock(c);
    if (c->outcome >= OUTCOME_WARN)
        check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "kerbgate check --config %s", sh(c, file));
}

/* Names in keytabs count letter by letter (RFC 4120 6.1); those of this one stand behind "it
 * holds".
 */
static void say_near_name(struct checking *c, const char *principal) {
    struct str why = str_of(facts_text(c->facts, "kerberos.keytab.detail")), name;
    size_t at;
    if (!str_find(why, STR("; it holds "), &at))
        return;
    why = str_from(why, at + STR("; it holds ").n);
    while (str_split(&why, ',', &name)) {
        name = str_trim(name);
        if (str_eq_ci(name, str_of(principal)))
            check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN,
                         "connector: { kerberos: { principal: %s } }",
                         yaml(c, arena_cstr(c->arena, name)));
    }
}

static void say_keytab_remedies(struct checking *c) {
    const char *principal = facts_text(c->facts, "app.principal");
    const char *file = facts_text(c->facts, "kerberos.keytab.file");
    const char *hint = facts_text(c->facts, "kerberos.keytab.hint");
    size_t at = str_index(str_of(principal), '@');
    const char *account = arena_cstr(c->arena, str_head(str_of(principal), at));
    if (!account)
        return;
    if (facts_false(c->facts, "host.user_is_root"))
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "Type the same command as root: this account may not read the keytab.");
    say_near_name(c, principal);
    /* What is no keytab stays none: samba-tool adds to a file that is there. */
    if (file[0] && strstr(facts_text(c->facts, "kerberos.keytab.detail"), "it holds nothing"))
        check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "mv %s %s", sh(c, file),
                     sh(c, arena_printf(c->arena, "%s.old", file)));
    remedy_keytab(c, account, principal);
    if (hint[0])
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN, "%s", hint);
}

void check_keytab_key(struct checking *c) {
    const char *why = facts_text(c->facts, "kerberos.keytab.detail");
    if (is_of_profile(c))
        return;
    if (why[0]) {
        check_fail(c, "%s", why);
        say_keytab_remedies(c);
    } else if (facts_at(c->facts, "kerberos.keytab.entries")) {
        check_pass(c, "%s has a key of %s", facts_text(c->facts, "kerberos.keytab.file"),
                   facts_text(c->facts, "kerberos.keytab.principal"));
    }
}

/* A domain controller that is off and was not asked for this ticket breaks the next one. */
void check_clock(struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    bool is_broken = c->broken >= LINK_KDC && c->broken <= LINK_PROXY;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        int64_t skew = facts_int(kdc, "clock.skew_s", 0), s = llabs(skew);
        const char *host = facts_text(kdc, "host"), *way = skew > 0 ? "ahead of" : "behind";
        if (!facts_at(kdc, "clock"))
            continue;
        if (s > CLOCK_FAIL_S && is_broken)
            check_fail(c, "the clock of this host is %lld s %s that of %s", (long long)s, way,
                       host);
        else if (s > CLOCK_WARN_S)
            check_warn(c, "the clock of this host is %lld s %s that of %s", (long long)s, way,
                       host);
        else
            check_pass(c, "this host and %s agree on the time", host);
        if (s > CLOCK_WARN_S)
            check_evidence(c, "%s: stime in its answer is %lld s %s ours; Kerberos allows 300",
                           facts_text(kdc, "address"), (long long)s,
                           skew > 0 ? "behind" : "ahead of");
    }
    if (c->outcome >= OUTCOME_WARN)
        say_clock_remedies(c);
}
