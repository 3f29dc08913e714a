/* SPDX-License-Identifier: Apache-2.0
 *
 * Domain controllers: which are known, whether they answer, and to what.
 */
#include "doctor/checks.h"

#include <stdlib.h>

enum {
    REALM_UNKNOWN = -1765328230, /* KRB5_REALM_UNKNOWN: libkrb5 finds no domain controller */
};

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

/* The address, with its port, of one that connector.dns has, since the system's DNS need not know
 * its name; NULL: there is none. */
static const char *address_of_dns(struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        if (!is_of_conf(kdc) && facts_true(kdc, "tcp.ok"))
            return facts_text(kdc, "address");
    }
    return NULL;
}

static void name_some(struct checking *c) {
    const char *realm = our_realm(c), *conf = facts_text(c->facts, "host.krb5_conf");
    const char *address = address_of_dns(c);
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "In %s, below [realms], name the domain controllers that there are:\n"
                 "    %s = {\n        kdc = %s\n    }",
                 conf[0] ? conf : "/etc/krb5.conf", realm,
                 address ? address : arena_printf(c->arena, "DC1.%s", realm));
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

/* Whether a step failed for want of an answer from the very domain controller that gave the
 * connector its own ticket. */
static bool is_cut(struct checking *c, const char *step) {
    const json_t *at = facts_at(c->facts, step);
    return strcmp(facts_text(at, "error"), "krb-kdc-unreachable") == 0 &&
           facts_int(at, "code", 0) == 0 &&
           strcmp(facts_text(at, "kdc"), facts_text(c->facts, "kerberos.tgt.kdc")) == 0;
}

/* A ticket of the person was asked for, and nothing has come of it. */
static bool is_silent(struct checking *c) {
    return facts_text(c->facts, "person.name")[0] && !facts_need_person(c->facts) &&
           !facts_at(c->facts, "kerberos.self") && !facts_at(c->facts, "kerberos.proxy") &&
           !facts_at(c->facts, "kerberos.policy");
}

/* Larger messages than those that are tried first. */
static void judge_exchanges(struct checking *c) {
    bool breaks_off = is_cut(c, "kerberos.self") || is_cut(c, "kerberos.proxy");
    if (!facts_true(c->facts, "kerberos.tgt.ok") || (!breaks_off && !is_silent(c)))
        return;
    check_fail(c,
               "the domain controller %s gives the connector its own ticket, and %s when it is "
               "asked for those of people",
               facts_text(c->facts, "kerberos.tgt.kdc"),
               breaks_off ? "breaks off" : "does not answer in time");
    check_evidence(c, "AS-REQ: answered after %lld us; S4U2Self, S4U2Proxy: %s",
                   (long long)facts_int(c->facts, "kerberos.tgt.us", 0),
                   breaks_off ? "the connection ends without an answer" : "no answer");
    check_remedy(c, REMEDY_TEXT, BY_NETWORK_ADMIN,
                 "Something between this host and the domain controller looks into Kerberos, and "
                 "cuts or holds what is larger: take port 88, TCP and UDP, out of the inspection "
                 "of firewalls and intrusion prevention systems. Else look at the load of the "
                 "domain controller.");
}

/* With a ticket of people's the broker has to be ready in connector.kerberos.timeout. */
static void judge_time(struct checking *c) {
    int64_t limit_ms = facts_int(c->facts, "app.ticket_timeout_ms", 0);
    int64_t took_ms =
        (facts_int(c->facts, "kerberos.self.us", 0) + facts_int(c->facts, "kerberos.proxy.us", 0)) /
        1000;
    if (!limit_ms || took_ms * 2 < limit_ms)
        return;
    if (took_ms >= limit_ms)
        check_fail(c,
                   "the domain controllers need %lld ms for a person's ticket, and "
                   "connector.kerberos.timeout is %lld ms",
                   (long long)took_ms, (long long)limit_ms);
    else
        check_warn(c,
                   "the domain controllers need %lld ms for a person's ticket, which is near "
                   "connector.kerberos.timeout (%lld ms)",
                   (long long)took_ms, (long long)limit_ms);
    check_evidence(c, "S4U2Self: %lld us, from %s; S4U2Proxy: %lld us, from %s",
                   (long long)facts_int(c->facts, "kerberos.self.us", 0),
                   facts_text(c->facts, "kerberos.self.kdc"),
                   (long long)facts_int(c->facts, "kerberos.proxy.us", 0),
                   facts_text(c->facts, "kerberos.proxy.kdc"));
    check_remedy(c, REMEDY_TEXT, BY_NETWORK_ADMIN,
                 "Look at the way to the domain controller and at its load, or name one that is "
                 "nearer.");
    check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "connector: { kerberos: { timeout: 30s } }");
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
    judge_exchanges(c);
    judge_time(c);
    if (c->outcome == OUTCOME_NONE && good)
        check_pass(c, "%zu domain controller%s answer%s over TCP and UDP", good,
                   good == 1 ? "" : "s", good == 1 ? "s" : "");
}
