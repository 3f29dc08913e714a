/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checks.h"
#include "doctor/target.h"

#include <stdio.h>

static bool has_kerberos(const struct checking *c) {
    return strcmp(facts_text(c->facts, "app.sso"), "kerberos") == 0;
}

/* Of an IIS site that Windows authentication is to be set up for. */
#define IIS "system.webServer/security/authentication/windowsAuthentication"
#define IIS_AT "-PSPath 'IIS:\\' -Location 'Default Web Site'"

static void say_negotiate(struct checking *c, const json_t *node) {
    bool is_iis = target_is(node, "Microsoft-IIS"), is_apache = target_is(node, "Apache");
    if (is_iis || !is_apache) {
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                     "Import-Module WebAdministration\n"
                     "Set-WebConfigurationProperty " IIS_AT " -Filter " IIS
                     " -Name enabled -Value $true\n"
                     "Add-WebConfigurationProperty " IIS_AT " -Filter " IIS
                     "/providers -Name '.' -AtIndex 0 -Value 'Negotiate'");
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Put the application's own site or folder in the place of 'Default Web Site'.");
    }
    if (is_apache || !is_iis)
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Apache: LoadModule auth_gssapi_module, and for the application's location "
            "AuthType GSSAPI, GssapiAllowedMech krb5, GssapiCredStore keytab:FILE, Require "
            "valid-user.");
}

/* An app without tickets whose application wants one. */
static void want_tickets(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *nobody = facts_at(node, "anonymous");
        if (!answer_is_refused(nobody) || !facts_has(nobody, "www_authenticate", "Negotiate"))
            continue;
        check_warn(c, "%s asks for Negotiate, and the app has sso.mode: %s, which sends no ticket",
                   target_place(c, node), facts_text(c->facts, "app.sso"));
        check_evidence(c, "%s, GET %s without a token: %s", target_place(c, node),
                       facts_text(c->facts, "target.path"), answer_text(c, nobody));
        check_remedy(
            c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "sso: { mode: kerberos, spn: %s }",
            yaml(c, arena_printf(c->arena, "HTTP/%s", facts_text(c->facts, "target.host"))));
        return;
    }
}

void check_offer(struct checking *c) {
    const json_t *node;
    size_t i;
    if (!has_kerberos(c) &&
        strcmp(facts_text(c->facts, "app.pre_authentication"), "passthrough") != 0)
        want_tickets(c);
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *nobody = facts_at(node, "anonymous");
        const char *place = target_place(c, node);
        bool is_offered = facts_has(nobody, "www_authenticate", "Negotiate") ||
                          facts_has(nobody, "www_authenticate", "Kerberos");
        if (!has_kerberos(c) || !answer_is_refused(nobody))
            continue;
        if (is_offered) {
            check_pass(c, "%s asks for Negotiate", place);
            continue;
        }
        if (answer_is_refused(facts_at(node, "signed_in")))
            check_fail(c,
                       "%s does not ask for Negotiate, and does not take a ticket: it asks for %s",
                       place, answer_text(c, nobody));
        else
            check_warn(c, "%s does not ask for Negotiate: %s", place, answer_text(c, nobody));
        check_evidence(c, "%s, GET %s without a token: %s", place,
                       facts_text(c->facts, "target.path"), answer_text(c, nobody));
        say_negotiate(c, node);
    }
}

/* The server's mechanism, where it chose NTLM though it knows Negotiate. */
void check_mechanism(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *token = facts_at(node, "signed_in.token");
        bool is_ntlm = strcmp(facts_text(token, "mech"), "ntlm") == 0 ||
                       strcmp(facts_text(token, "content"), "ntlm") == 0;
        if (!token)
            continue;
        if (is_ntlm && answer_is_refused(facts_at(node, "signed_in"))) {
            check_fail(c, "%s answers the ticket with NTLM: Kerberos is not set up there",
                       target_place(c, node));
            check_evidence(c, "the token in its 401: mechanism %s, content %s",
                           facts_text(token, "mech"), facts_text(token, "content"));
            say_negotiate(c, node);
        } else if (!is_ntlm) {
            check_pass(c, "%s speaks Kerberos in its answer (%s, %s)", target_place(c, node),
                       facts_text(token, "state"), facts_text(token, "content"));
        }
    }
}

/* Whether somebody in between lends one person's connection to the next. */
static void judge_sharing(struct checking *c, const json_t *node) {
    const char *place = target_place(c, node);
    if (!answer_is_refused(facts_at(node, "anonymous")) ||
        !answer_is_taken(facts_at(node, "fresh")))
        return;
    check_warn(
        c,
        "%s let a request in that carried no ticket, on a connection of its own, right after "
        "one that did",
        place);
    check_evidence(c, "before the ticket: %s; after it, on another connection: %s",
                   answer_text(c, facts_at(node, "anonymous")),
                   answer_text(c, facts_at(node, "fresh")));
    check_remedy(
        c, REMEDY_TEXT, BY_WEB_ADMIN,
        "Something before the application shares its connections among clients, so that one "
        "gets another's pages. Switch that off: OneConnect, multiplexing, http-reuse never, "
        "or keepalive of the upstream.");
}

void check_ticket_taken(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *signed_in = facts_at(node, "signed_in");
        judge_sharing(c, node);
        if (signed_in && answer_is_taken(signed_in) &&
            answer_is_refused(facts_at(node, "anonymous")))
            check_pass(c, "%s takes the ticket (%s) and refuses whoever has none",
                       target_place(c, node), answer_text(c, signed_in));
    }
}

void check_proof(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const char *place = target_place(c, node), *spn = spn_of(c);
        bool is_false = facts_false(node, "signed_in.token.proven"),
             is_true = facts_true(node, "signed_in.token.proven"),
             is_wanted = facts_true(c->facts, "app.mutual_required");
        if (!answer_is_taken(facts_at(node, "signed_in")))
            continue;
        if (is_false) {
            check_fail(c, "%s sent a proof that it could open the ticket for %s, and it is false",
                       place, spn);
            check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                         "Somebody may have taken the place of the application: look at what is at "
                         "%s before you trust it again.",
                         sh(c, place));
        } else if (is_true) {
            check_pass(c, "%s has proven that it could open the ticket for %s", place, spn);
        } else if (is_wanted) {
            check_fail(c,
                       "%s did not prove that it could open the ticket, and sso.mutual is required",
                       place);
            check_evidence(c, "its answer %s has no AP-REP in WWW-Authenticate",
                           answer_text(c, facts_at(node, "signed_in")));
            check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "sso: { mutual: optional }");
        }
    }
}

/* Somebody who is known, and may not. */
void check_authorized(struct checking *c) {
    const char *who = facts_text(c->facts, "person.name");
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *signed_in = facts_at(node, "signed_in");
        bool is_known = answer_is_refused(facts_at(node, "anonymous"));
        if (facts_int(signed_in, "status", 0) != 403 || !is_known)
            continue;
        check_fail(c, "%s knows who %s is, and does not let them in (403)", target_place(c, node),
                   who[0] ? who : "the person");
        check_evidence(c, "without a ticket: %s; with it: %s%s",
                       answer_text(c, facts_at(node, "anonymous")), answer_text(c, signed_in),
                       facts_at(signed_in, "token") ? ", with a token of Kerberos'" : "");
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "Give %s access in the application itself: its own permissions, the "
                     "authorization rules of IIS, Require in Apache, or the file system's.",
                     who[0] ? who : "the person");
    }
}

/* A way to send the ticket that helps, and the line of the configuration that chooses it. */
struct way {
    const char *variant;        /* that helped */
    const char *what, *setting; /* for people; of kerbgate.yaml */
};

static void judge_way(struct checking *c, const json_t *node, const struct way *way) {
    char path[64];
    snprintf(path, sizeof path, "variants.%s", way->variant);
    check_fail(c, "%s %s", target_place(c, node), way->what);
    check_evidence(c, "%s, as configured: %s; %s: %s", target_place(c, node),
                   answer_text(c, facts_at(node, "signed_in")), way->variant,
                   answer_text(c, facts_at(node, path)));
    check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "%s", way->setting);
}

static void judge_ways(struct checking *c, const struct way *ways, size_t count) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        for (size_t w = 0; w < count; w++)
            if (target_helps(node, ways[w].variant))
                judge_way(c, node, &ways[w]);
    }
}

void check_timing(struct checking *c) {
    static const struct way WAYS[] = {
        {"on_challenge", "takes the ticket only after it has asked for it",
         "sso: { negotiate: on_challenge }"},
        {"preemptive", "takes the ticket only with the first request",
         "sso: { negotiate: preemptive }"},
    };
    judge_ways(c, WAYS, 2);
}

void check_form(struct checking *c) {
    static const struct way WAYS[] = {
        {"krb5", "takes tokens of Kerberos alone, and not those of SPNEGO", "sso: { token: krb5 }"},
        {"spnego", "takes tokens of SPNEGO, and not those of Kerberos alone",
         "sso: { token: spnego }"},
    };
    judge_ways(c, WAYS, 2);
}

void check_binding(struct checking *c) {
    static const struct way WAYS[] = {
        {"unbound",
         "refuses tickets that are bound to its certificate: something ends TLS in front of it",
         "sso: { channel_binding: off }"},
        {"bound", "wants tickets that are bound to its certificate (extended protection)",
         "sso: { channel_binding: auto }"},
    };
    judge_ways(c, WAYS, 2);
    if (c->outcome != OUTCOME_FAIL)
        return;
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "Extended protection is the server's setting: for IIS it is tokenChecking of "
                 "extendedProtection below " IIS " (None, Allow or Require). With Require the "
                 "certificate that kerbgate sees has to be the web server's own, and no load "
                 "balancer may end TLS in between.");
}

/* Not only a 401: to another host it has another site, or none. */
static bool is_elsewhere(const json_t *node) {
    int64_t s = facts_int(node, "signed_in.status", 0);
    return s == 400 || s == 403 || s == 404 || s == 421;
}

void check_host_header(struct checking *c) {
    static const struct way WAYS[] = {
        {"host_external", "answers to the external host name only", "host_header: external"},
        {"host_internal", "answers to the internal host name only", "host_header: internal"},
    };
    const json_t *node;
    size_t i;
    judge_ways(c, WAYS, 2);
    json_array_foreach(target_nodes(c), i, node) {
        for (size_t w = 0; w < 2 && is_elsewhere(node); w++) {
            char path[64];
            snprintf(path, sizeof path, "variants.%s.status", WAYS[w].variant);
            int64_t status = facts_int(node, path, 0);
            if (status >= 200 && status < 300)
                judge_way(c, node, &WAYS[w]);
        }
    }
}

/* A redirect that everybody gets, with a ticket and without, as of forms to sign in with. */
static bool is_sent_on(const json_t *node) {
    int64_t status = facts_int(facts_at(node, "anonymous"), "status", 0);
    return status > 300 && status < 309 && status != 304 &&
           facts_int(facts_at(node, "signed_in"), "status", 0) == status &&
           strcmp(facts_text(node, "signed_in.location"), facts_text(node, "anonymous.location")) ==
               0;
}

static void judge_sent_on(struct checking *c, const json_t *node) {
    const char *place = target_place(c, node), *path = facts_text(c->facts, "target.path"),
               *to = facts_text(node, "anonymous.location");
    check_warn(c,
               "%s sends everybody from %s on to %s, with a ticket and without: whether it takes "
               "tickets does not show there",
               place, path, to);
    check_evidence(c, "%s, GET %s without a ticket: %s, Location: %s; with it the same", place,
                   path, answer_text(c, facts_at(node, "anonymous")), to);
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "If the page itself is there, let internal_url have that path, or try it: "
                 "kerbgate doctor --path /PATH.");
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "If it is a form or a service of its own to sign in with, the application does "
                 "not look at tickets: switch it to Windows authentication (Negotiate), or let the "
                 "app have another kind of sso than kerberos.");
}

/* A page that asks nobody is no sign that tickets work. */
void check_challenge(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *nobody = facts_at(node, "anonymous");
        const char *place = target_place(c, node), *path = facts_text(c->facts, "target.path");
        bool knows = strcmp(facts_text(node, "signed_in.token.state"), "accepted") == 0;
        bool is_kerbgate = facts_true(nobody, "via_kerbgate") || facts_true(node, "is_ourselves");
        if (has_kerberos(c) && is_sent_on(node) && !knows && !is_kerbgate &&
            !target_leads_to_https(c, node))
            judge_sent_on(c, node);
        if (!has_kerberos(c) || facts_int(nobody, "status", 0) != 200 ||
            facts_true(nobody, "via_kerbgate"))
            continue;
        if (knows) {
            check_pass(c, "%s takes the ticket, and lets anybody in without one", place);
            continue;
        }
        check_warn(c,
                   "%s shows %s to anybody, without asking who it is: whether it takes tickets "
                   "does not show there",
                   place, path);
        check_evidence(c, "%s, GET %s without a ticket: 200", place, path);
        if (answer_is_refused(facts_at(node, "variants.root")))
            check_evidence(
                c, "%s, GET / without a ticket: 401: only this folder is open to anybody", place);
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                     "Set-WebConfigurationProperty " IIS_AT " -Filter system.webServer/security/"
                     "authentication/anonymousAuthentication -Name enabled -Value $false");
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "Where the page is meant for anybody, try one that is not: kerbgate doctor "
                     "--path /PATH.");
    }
}
