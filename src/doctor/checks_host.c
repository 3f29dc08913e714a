/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checks.h"

enum {
    CLOCK_WARN_S = 60,
    CLOCK_FAIL_S = 300,
    CLOCK_DAY_S = 86400,
    REALM_UNKNOWN = -1765328230, /* KRB5_REALM_UNKNOWN: libkrb5 finds no domain controller */
};

static int64_t size_of(int64_t seconds) { return seconds < 0 ? -seconds : seconds; }

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
        if (size_of(skew) < CLOCK_DAY_S)
            continue;
        check_evidence(c, "the clock of this host is %lld s %s that of %s: dates are judged by it",
                       (long long)size_of(skew), skew > 0 ? "ahead of" : "behind",
                       facts_text(kdc, "host"));
        say_clock_remedies(c);
        return;
    }
}

/* The command that a line of kerbgate check ends with. */
static void say_typed(struct checking *c, const char *line) {
    static const char MARK[] = "; type: ";
    const char *at = strstr(line, MARK);
    if (at)
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
                         "connector: { kerberos: { principal: \"%.*s\" } }", STR_ARG(name));
    }
}

static void say_keytab_remedies(struct checking *c) {
    const char *principal = facts_text(c->facts, "app.principal");
    const char *file = facts_text(c->facts, "kerberos.keytab.file");
    const char *hint = facts_text(c->facts, "kerberos.keytab.hint");
    size_t at = str_index(str_of(principal), '@');
    const char *account = arena_cstr(c->arena, str_head(str_of(principal), at));
    const char *to = file[0] ? file : "kerbgate.keytab";
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
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN,
                 "samba-tool domain exportkeytab %s --principal=%s", sh(c, to), sh(c, account));
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "ktpass /princ %s /mapuser %s /pass * /crypto AES256-SHA1 "
                 "/ptype KRB5_NT_PRINCIPAL /out kerbgate.keytab",
                 ps(c, principal), ps(c, account));
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

/* Where a domain controller comes from, for people. */
static const char *source_of(const json_t *kdc) {
    return strcmp(facts_text(kdc, "source"), "srv") == 0 ? "DNS" : "krb5.conf";
}

static bool is_of_conf(const json_t *kdc) {
    return strcmp(facts_text(kdc, "source"), "krb5.conf") == 0;
}

static const char *our_realm(struct checking *c) {
    const char *realm = facts_text(c->facts, "app.realm");
    return realm[0] ? realm : "REALM";
}

/* The address of one that connector.dns has, since the system's DNS need not know its name; NULL:
 * there is none. */
static const char *name_of_dns(struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        const char *address = facts_text(kdc, "address");
        if (!is_of_conf(kdc) && facts_true(kdc, "tcp.ok"))
            return arena_cstr(c->arena, str_head(str_of(address), strlen(address) - 3)); /* :88 */
    }
    return NULL;
}

static void name_some(struct checking *c) {
    const char *realm = our_realm(c), *conf = facts_text(c->facts, "host.krb5_conf");
    const char *host = name_of_dns(c);
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "In %s, below [realms], name the domain controllers that there are:\n"
                 "    %s = {\n        kdc = %s\n    }",
                 conf[0] ? conf : "/etc/krb5.conf", realm,
                 host ? host : arena_printf(c->arena, "DC1.%s", realm));
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "host -t SRV %s",
                 sh(c, arena_printf(c->arena, "_kerberos._tcp.%s", realm)));
}

static bool is_named_in_conf(struct checking *c, const json_t *kdcs) {
    const json_t *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        if (is_of_conf(kdc) && strcmp(facts_text(kdc, "realm"), our_realm(c)) == 0)
            return true;
    }
    return false;
}

/* The Kerberos library asks the system's name service, and not connector.dns. */
static void name_none(struct checking *c, const json_t *kdcs) {
    const char *conf = facts_text(c->facts, "host.krb5_conf");
    const json_t *kdc;
    size_t i;
    check_fail(c,
               "%s names no domain controller of %s, and the Kerberos library finds none in the "
               "system's DNS",
               conf[0] ? conf : "/etc/krb5.conf", our_realm(c));
    json_array_foreach(kdcs, i, kdc) {
        if (facts_text(kdc, "address")[0])
            check_evidence(c, "connector.dns has %s (%s), which only kerbgate asks",
                           facts_text(kdc, "host"), facts_text(kdc, "address"));
    }
}

/* Names that lead nowhere: all of them, or some beside others that do. */
void check_kdc_known(struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    bool is_broken = c->broken == LINK_KDC;
    size_t i, known = 0;
    if (!kdcs)
        return;
    json_array_foreach(kdcs, i, kdc) {
        const char *host = facts_text(kdc, "host"), *why = facts_text(kdc, "name_error");
        known += facts_at(kdc, "address") != NULL;
        if (!why[0] || !is_of_conf(kdc))
            continue;
        if (is_broken)
            check_fail(c, "the domain controller %s cannot be found: %s", host, why);
        else
            check_warn(c, "the domain controller %s cannot be found: %s", host, why);
        check_evidence(c, "%s: kdc = %s, which the system's resolver does not know", source_of(kdc),
                       host);
    }
    bool is_unknown = facts_int(c->facts, "kerberos.tgt.code", 0) == REALM_UNKNOWN;
    if (is_broken && (is_unknown || !json_array_size(kdcs)))
        name_none(c, kdcs);
    if (c->outcome == OUTCOME_NONE)
        check_pass(c, "%zu address%s of domain controllers known", known, known == 1 ? "" : "es");
    else
        name_some(c);
}

/* How one of them answers; true when both ways are good. */
static bool see_kdc(struct checking *c, const json_t *kdc, bool is_broken) {
    const char *host = facts_text(kdc, "host"), *address = facts_text(kdc, "address");
    bool tcp = facts_true(kdc, "tcp.ok"), udp = facts_true(kdc, "udp.ok");
    if (tcp && udp)
        return true;
    if (!tcp && !udp) {
        const char *realm = facts_text(kdc, "realm");
        if (is_broken)
            check_fail(c, "the domain controller %s (%s) of %s does not answer", host, address,
                       realm);
        else
            check_warn(c, "the domain controller %s (%s) of %s does not answer; others do", host,
                       address, realm);
    } else {
        check_warn(c,
                   "the domain controller %s (%s) answers over %s only: exchanges wait a second "
                   "each, or large ones fail",
                   host, address, tcp ? "TCP" : "UDP");
    }
    if (!tcp)
        check_evidence(c, "%s (from %s), TCP: %s", address, source_of(kdc),
                       facts_text(kdc, "tcp.error"));
    if (!udp)
        check_evidence(c, "%s (from %s), UDP: %s", address, source_of(kdc),
                       facts_text(kdc, "udp.error"));
    return false;
}

static void say_reach_remedies(struct checking *c, const json_t *kdc) {
    const char *address = facts_text(kdc, "address");
    size_t colon = strlen(address);
    while (colon > 0 && address[colon - 1] != ':')
        colon--;
    struct str host = str_head(str_of(address), colon ? colon - 1 : 0);
    if (host.n > 1 && host.p[0] == '[')
        host = str_n(host.p + 1, host.n - 2);
    const char *word = sh(c, arena_cstr(c->arena, host)), *port = address + colon;
    bool is_elsewhere = is_of_conf(kdc) && strcmp(port, "88") != 0;
    if (is_elsewhere)
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "%s has port %s for %s, and domain controllers listen at port 88: let the "
                     "line be kdc = %s, if that is one.",
                     facts_text(c->facts, "host.krb5_conf"), port, word, word);
    check_remedy(c, REMEDY_TEXT, BY_NETWORK_ADMIN,
                 "Let this host reach %s on port %s, TCP and UDP, and see that the domain "
                 "controller runs. The others it needs: 389 (LDAP), 3268 (global catalogue), 464.",
                 word, port);
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "nc -vz -w 3 %s %s", word, port);
}

/* Whether one answers of those that the Kerberos library would ask for our realm: those of
 * krb5.conf where it names any, and those of DNS else. */
static bool has_one_that_answers(struct checking *c, const json_t *kdcs) {
    bool is_conf_alone = is_named_in_conf(c, kdcs);
    const json_t *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        if (strcmp(facts_text(kdc, "realm"), our_realm(c)) == 0 &&
            (is_of_conf(kdc) || !is_conf_alone) &&
            (facts_true(kdc, "tcp.ok") || facts_true(kdc, "udp.ok")))
            return true;
    }
    return false;
}

/* One that DNS has and krb5.conf has not, and that answers. */
static void name_another(struct checking *c, const json_t *kdcs) {
    const json_t *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        if (is_of_conf(kdc) || !facts_true(kdc, "tcp.ok"))
            continue;
        check_evidence(c, "%s (%s), which DNS names and krb5.conf does not, answers",
                       facts_text(kdc, "host"), facts_text(kdc, "address"));
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "Or name it in %s, below [realms] of %s: kdc = %s",
                     facts_text(c->facts, "host.krb5_conf"), our_realm(c), facts_text(kdc, "host"));
        return;
    }
}

void check_kdc_reachable(struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    /* An exchange that nobody answers may not be over when our time is. */
    bool is_broken =
        c->broken == LINK_KDC || (!facts_true(c->facts, "kerberos.tgt.ok") &&
                                  json_array_size(kdcs) && !has_one_that_answers(c, kdcs));
    size_t i, good = 0;
    if (!kdcs && is_broken) {
        check_fail(c, "no domain controller answers in time");
        name_some(c);
    }
    json_array_foreach(kdcs, i, kdc) {
        if (!facts_at(kdc, "address"))
            continue;
        if (see_kdc(c, kdc, is_broken))
            good++;
        else
            say_reach_remedies(c, kdc);
    }
    if (is_broken && !has_one_that_answers(c, kdcs))
        name_another(c, kdcs);
    if (c->outcome == OUTCOME_NONE && good)
        check_pass(c, "%zu domain controller%s answer%s over TCP and UDP", good,
                   good == 1 ? "" : "s", good == 1 ? "s" : "");
}

/* A domain controller that is off and was not asked for this ticket breaks the next one. */
void check_clock(struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    bool is_broken = c->broken >= LINK_KDC && c->broken <= LINK_PROXY;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        int64_t skew = facts_int(kdc, "clock.skew_s", 0), s = size_of(skew);
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
