/* SPDX-License-Identifier: Apache-2.0
 *
 * What makes a good ticket unfit for one server: its clock, and the room it has for a head.
 */
#include "doctor/checks.h"
#include "doctor/target.h"

#include <stdlib.h>

enum { SKEW_WARN_S = 60, SKEW_FAIL_S = 300, LARGE_HEAD = 8192, ROOM_MIN_KIB = 32 };

static bool is_clock_code(int64_t code) { return code == 32 || code == 33 || code == 37; }

static void say_clock(struct checking *c, const json_t *node) {
    if (target_is(node, "Microsoft-"))
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN, "w32tm /query /status; w32tm /resync");
    else
        check_remedy(c, REMEDY_SHELL, BY_WEB_ADMIN, "chronyc tracking; chronyc makestep");
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "Let the application's server and this host follow one source of time, best the "
                 "domain's.");
}

void check_target_clock(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        int64_t skew = target_skew_s(c, node), s = llabs(skew);
        int64_t code = facts_int(node, "signed_in.token.krb_code", 0);
        const char *place = target_place(c, node), *way = skew > 0 ? "ahead of" : "behind";
        bool is_refused = answer_is_refused(facts_at(node, "signed_in"));
        bool is_cause = is_refused && (is_clock_code(code) || (code == 0 && s > SKEW_FAIL_S));
        if (is_cause && s > SKEW_WARN_S)
            check_fail(c, "the clock of %s is %lld s %s this host's, and so it refuses the ticket",
                       place, (long long)s, way);
        else if (is_cause)
            check_fail(c, "to %s the ticket is not of now: its clock is wrong", place);
        else if (s > SKEW_WARN_S)
            check_warn(c, "the clock of %s is %lld s %s this host's", place, (long long)s, way);
        else if (facts_at(node, "anonymous.date_skew_s"))
            check_pass(c, "%s and this host agree on the time", place);
        if (!is_cause && s <= SKEW_WARN_S)
            continue;
        if (code)
            check_evidence(c, "%s: 401 with a KRB-ERROR %lld in its token", place, (long long)code);
        if (s > SKEW_WARN_S)
            check_evidence(c, "%s: %s is %lld s %s ours; Kerberos allows 300", place,
                           facts_at(node, "signed_in.token.stime") ? "the time in its KRB-ERROR"
                                                                   : "the Date of its answer",
                           (long long)s, way);
        say_clock(c, node);
    }
}

/* In KiB, with room for more groups, and no less than a server may have already. */
static int64_t room_for(int64_t head) {
    int64_t kib = head * 5 / 4 / 1024 + 1;
    return kib < ROOM_MIN_KIB ? ROOM_MIN_KIB : kib;
}

static void say_size(struct checking *c, const json_t *node, int64_t head) {
    int64_t kib = room_for(head), bytes = kib * 1024;
    bool is_iis = target_is(node, "Microsoft-"), is_apache = target_is(node, "Apache"),
         is_nginx = target_is(node, "nginx");
    if (is_iis) {
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                     "$p = 'HKLM:\\System\\CurrentControlSet\\Services\\HTTP\\Parameters'\n"
                     "Set-ItemProperty $p MaxFieldLength %lld -Type DWord\n"
                     "Set-ItemProperty $p MaxRequestBytes %lld -Type DWord\n"
                     "Restart-Computer",
                     (long long)(bytes < 65534 ? bytes : 65534), (long long)bytes);
    } else if (is_apache) {
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Apache, in the server's or virtual host's configuration: LimitRequestFieldSize "
            "%lld; then reload it.",
            (long long)bytes);
    } else if (is_nginx) {
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "nginx, in http or server: large_client_header_buffers 4 %lldk; then reload it.",
            (long long)kib);
    } else {
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "Let the server take heads of %lld bytes: maxHttpRequestHeaderSize (Tomcat), "
                     "LimitRequestFieldSize (Apache), large_client_header_buffers (nginx), "
                     "tune.bufsize (HAProxy), MaxFieldLength and MaxRequestBytes (IIS).",
                     (long long)bytes);
    }
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Or take %s out of groups: the ticket lists them all, nested ones too.",
                 sh(c, facts_text(c->facts, "person.name")[0] ? facts_text(c->facts, "person.name")
                                                              : "the person"));
}

/* The largest head that was taken and the smallest that was not, of those tried; 0: none. */
static void limits_of(const json_t *node, int64_t *taken, int64_t *refused) {
    const json_t *sizes = facts_at(node, "sizes"), *size;
    size_t i;
    *taken = *refused = 0;
    json_array_foreach(sizes, i, size) {
        int64_t n = facts_int(size, "size", 0);
        bool is_refused = answer_is_too_large(size) || facts_false(size, "ok");
        if (is_refused && !*refused)
            *refused = n;
        if (!is_refused && !*refused)
            *taken = n;
    }
}

static void show_size(struct checking *c, const json_t *node, int64_t head) {
    int64_t taken, refused;
    limits_of(node, &taken, &refused);
    check_evidence(
        c, "%s: the head with the ticket has %lld bytes: %s; as large without a ticket: %s",
        target_place(c, node), (long long)head, answer_text(c, facts_at(node, "signed_in")),
        answer_text(c, facts_at(node, "variants.large")));
    if (taken)
        check_evidence(c, "%s: a head of %lld bytes is taken", target_place(c, node),
                       (long long)taken);
    if (refused)
        check_evidence(c, "%s: a head of %lld bytes is not", target_place(c, node),
                       (long long)refused);
    int64_t groups = facts_int(c->facts, "directory.token_groups.count", 0);
    if (groups)
        check_evidence(c, "the person is in %lld groups, nested ones included", (long long)groups);
}

/* Refused with the ticket, and as well without it when the head is as large. */
static bool is_of_size(const json_t *node) {
    const json_t *with = facts_at(node, "signed_in"), *large = facts_at(node, "variants.large");
    bool is_with = answer_is_too_large(with) || facts_false(with, "ok");
    bool is_large = answer_is_too_large(large) || facts_false(large, "ok");
    return is_with && is_large && !answer_is_too_large(facts_at(node, "anonymous")) &&
           facts_true(node, "anonymous.ok");
}

void check_head_size(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        int64_t head = facts_int(node, "signed_in.head_size", 0), taken, refused;
        const char *place = target_place(c, node);
        limits_of(node, &taken, &refused);
        if (!head)
            continue;
        if (is_of_size(node)) {
            check_fail(c, "%s has no room for the ticket: the head of the request has %lld bytes",
                       place, (long long)head);
        } else if (refused && head > LARGE_HEAD && head * 4 > refused * 3) {
            check_warn(c,
                       "%s takes a head of %lld bytes and not one of %lld: a few more groups, and "
                       "the person is out",
                       place, (long long)head, (long long)refused);
        } else {
            if (answer_is_taken(facts_at(node, "signed_in")))
                check_pass(c, "%s has room for the ticket (a head of %lld bytes)", place,
                           (long long)head);
            continue;
        }
        show_size(c, node, head);
        say_size(c, node, head);
    }
}
