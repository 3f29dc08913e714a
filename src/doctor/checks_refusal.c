/* SPDX-License-Identifier: Apache-2.0
 *
 * A 401 to a ticket that is good: which key the server has, whose it should be, and which of its
 * servers differs.
 */
#include "doctor/checks.h"
#include "doctor/target.h"

#include <stdio.h>

/* Refused, and neither another way to send it nor clock nor mechanism explains it. */
static bool is_about_key(const struct checking *c, const json_t *node) {
    const json_t *signed_in = facts_at(node, "signed_in");
    bool is_offered = facts_has(signed_in, "www_authenticate", "Negotiate") ||
                      facts_has(signed_in, "www_authenticate", "Kerberos");
    bool is_ntlm = strcmp(facts_text(signed_in, "token.mech"), "ntlm") == 0 ||
                   strcmp(facts_text(signed_in, "token.content"), "ntlm") == 0;
    return answer_is_refused(signed_in) && is_offered && !is_ntlm && !target_is_explained(c, node);
}

static bool is_iis(const json_t *node) { return target_is(node, "Microsoft-"); }

/* Where the server does not say, it may be any. */
static bool may_be_iis(const json_t *node) {
    return is_iis(node) ||
           (!facts_text(node, "signed_in.server")[0] && !facts_text(node, "anonymous.server")[0]);
}

static const char *owner_of(const struct checking *c) {
    const char *owner = facts_text(c->facts, "directory.target.0.account");
    return owner[0] ? owner : "the account that has the SPN";
}

static const char *object_of(const struct checking *c) {
    return facts_text(c->facts, "directory.target.0.object");
}

/* What acceptors say (RFC 4120 7.5.9). */
static const char *words_of(int64_t code) {
    switch (code) {
    case 31:
    case 41:
        return "cannot open the ticket: it has another key than";
    case 44:
        return "has keys, and not the one with the ticket's number, of";
    case 35:
    case 45:
        return "has no key for that service of";
    case 0:
        return "refuses the ticket without saying why, most often because it has another key than";
    default:
        return "refuses the ticket, which is encrypted for";
    }
}

/* Of why, as far as the answer says it. */
static const char *refusal_of(const struct checking *c, const json_t *node) {
    enum { RC4 = 23 };
    int64_t code = facts_int(node, "signed_in.token.krb_code", 0);
    bool says_little = code == 0 || code == 35 || code == 45;
    if (says_little && facts_int(c->facts, "kerberos.proxy.ticket.enctype", 0) == RC4)
        return "refuses the ticket, which is RC4: most often it has AES keys alone (see D12), or "
               "another key than";
    return words_of(code);
}

static void show_ticket(struct checking *c) {
    int64_t kvno = facts_int(c->facts, "kerberos.proxy.ticket.kvno", 0),
            now = facts_int(c->facts, "directory.target.0.kvno", 0);
    const json_t *owner = facts_at(c->facts, "directory.target.0");
    check_evidence(c, "the ticket: for %s, encrypted with %s, key number %lld", spn_of(c),
                   facts_text(c->facts, "kerberos.proxy.ticket.enctype_name"), (long long)kvno);
    if (!owner)
        return;
    check_evidence(c, "%s: servicePrincipalName = %s; a %s, msDS-KeyVersionNumber = %lld",
                   facts_text(owner, "dn"), spn_of(c), object_of(c), (long long)now);
    if (now && kvno && now != kvno)
        check_evidence(c,
                       "the ticket has key number %lld and the account %lld: its password was "
                       "changed, and not all domain controllers know",
                       (long long)kvno, (long long)now);
}

static void show_answer(struct checking *c, const json_t *node) {
    int64_t code = facts_int(node, "signed_in.token.krb_code", 0);
    if (code)
        check_evidence(c, "%s: 401 with a KRB-ERROR %lld in its token", target_place(c, node),
                       (long long)code);
    else
        check_evidence(c, "%s: %s to the ticket, in every form", target_place(c, node),
                       answer_text(c, facts_at(node, "signed_in")));
}

/* A server that takes its key from a file. */
static void say_keytab(struct checking *c) {
    const char *spn = spn_of(c), *realm = facts_text(c->facts, "app.realm");
    const char *owner = facts_text(c->facts, "directory.target.0.account");
    const char *principal = arena_printf(c->arena, "%s@%s", spn, realm[0] ? realm : "REALM");
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN,
                 "samba-tool domain exportkeytab web.keytab --principal=%s", sh(c, spn));
    if (strcmp(object_of(c), "user") == 0)
        check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                     "ktpass /princ %s /mapuser %s /crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL "
                     "/pass * /out web.keytab",
                     ps(c, principal ? principal : spn), ps(c, owner));
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "Put that file in the place of the server's keytab (GssapiCredStore keytab: in "
                 "Apache, auth_gss_keytab in nginx, keyTab of the JAAS login in Tomcat), readable "
                 "for the server alone, and restart it. It must not be older than the account's "
                 "password, and have %s, letter by letter. ktpass sets a new password of the "
                 "account: never use it on an account of a person or one that has other services.",
                 spn);
    check_remedy(c, REMEDY_SHELL, BY_WEB_ADMIN, "klist -ekt web.keytab");
}

#define IIS "system.webServer/security/authentication/windowsAuthentication"
#define SITE "-PSPath 'IIS:\\' -Location 'Default Web Site' -Filter " IIS

/* IIS opens tickets with the computer's key, unless it is told to use the pool's account. */
static void say_pool(struct checking *c) {
    const char *owner = facts_text(c->facts, "directory.target.0.account");
    bool is_computer = strcmp(object_of(c), "computer") == 0;
    check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                 "Import-Module WebAdministration\n"
                 "Set-WebConfigurationProperty " SITE " -Name useAppPoolCredentials -Value $%s\n"
                 "klist purge -li 0x3e7",
                 is_computer ? "false" : "true");
    check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                 "& $env:windir\\system32\\inetsrv\\appcmd.exe set config 'Default Web Site' "
                 "/section:windowsAuthentication /useAppPoolCredentials:%s /commit:apphost",
                 is_computer ? "false" : "true");
    if (!is_computer && owner[0])
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "The application pool has to run as %s, on every server of the farm.",
                     sh(c, owner));
}

static void say_owner(struct checking *c) {
    const char *spn = spn_of(c);
    const char *object = object_of(c);
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "setspn -Q %s", ps(c, spn));
    if (!object[0])
        return;
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "The SPN is on the account %s (a %s). If that is not the one that the application "
                 "runs as, take it from there and give it to the one that is: setspn -D %s %s, "
                 "setspn -S %s ACCOUNT (PowerShell); samba-tool spn delete %s %s, samba-tool spn "
                 "add %s ACCOUNT (Samba).",
                 ps(c, owner_of(c)), object, ps(c, spn), ps(c, owner_of(c)), ps(c, spn), sh(c, spn),
                 sh(c, owner_of(c)), sh(c, spn));
}

void check_key(struct checking *c) {
    const json_t *node;
    size_t i;
    bool is_file = false, is_pool = false, is_bare = false;
    json_array_foreach(target_nodes(c), i, node) {
        if (answer_is_taken(facts_at(node, "signed_in")) &&
            answer_is_refused(facts_at(node, "anonymous")))
            check_pass(c, "%s has the key of %s", target_place(c, node), owner_of(c));
        if (!is_about_key(c, node))
            continue;
        check_fail(c, "%s %s %s", target_place(c, node), refusal_of(c, node), owner_of(c));
        show_answer(c, node);
        is_file |= !is_iis(node);
        is_pool |= may_be_iis(node);
        is_bare |= !facts_at(node, "signed_in.token");
    }
    if (c->outcome != OUTCOME_FAIL)
        return;
    show_ticket(c);
    if (is_file)
        say_keytab(c);
    if (is_pool)
        say_pool(c);
    say_owner(c);
    if (is_bare)
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "If something stands in front of the application (a proxy, a balancer), see "
                     "that it passes the header Authorization on: a server that has not seen the "
                     "ticket answers in the same way.");
}

/* One address that now takes the ticket and now does not; true: there is one. */
static bool judge_balanced(struct checking *c) {
    const json_t *node, *answer;
    bool is_mixed = false;
    size_t i, k;
    json_array_foreach(target_nodes(c), i, node) {
        struct target_count n = target_tries(node);
        if (!target_is_mixed(node))
            continue;
        check_fail(c,
                   "%s takes the ticket now and then (%zu of %zu times): behind it are several "
                   "servers, and not all have the key",
                   target_place(c, node), n.taken, n.taken + n.refused);
        check_evidence(c, "%s: %s", target_place(c, node),
                       answer_text(c, facts_at(node, "signed_in")));
        json_array_foreach(facts_at(node, "repeats"), k, answer) {
            check_evidence(c, "%s, once more: %s", target_place(c, node), answer_text(c, answer));
        }
        is_mixed = true;
    }
    if (is_mixed) {
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Ask each server behind it by its own address (backends: in kerbgate.yaml, for "
            "a try), to see which refuses. Set that server up as the others are: the same "
            "account (best a gMSA) or the same keytab on each, for one SPN.");
        say_keytab(c);
    }
    return is_mixed;
}

/* Of a farm, those that answer otherwise than the rest. */
void check_farm(struct checking *c) {
    const json_t *node;
    size_t i, taken = 0, refused = 0;
    bool is_file = false;
    json_array_foreach(target_nodes(c), i, node) {
        taken += answer_is_taken(facts_at(node, "signed_in"));
        refused += answer_is_refused(facts_at(node, "signed_in"));
    }
    if (judge_balanced(c))
        return;
    if (taken + refused < 2)
        return;
    if (!taken || !refused) {
        check_pass(c, "all %zu addresses answer alike", taken + refused);
        return;
    }
    json_array_foreach(target_nodes(c), i, node) {
        bool is_refused = answer_is_refused(facts_at(node, "signed_in"));
        if (is_refused)
            check_fail(c, "%s refuses the ticket that other servers of the farm take",
                       target_place(c, node));
        is_file |= is_refused && !is_iis(node);
        check_evidence(c, "%s: %s", target_place(c, node),
                       answer_text(c, facts_at(node, "signed_in")));
    }
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "Set that server up as the others are: the same account (best a gMSA) or the same "
                 "keytab on each, for one SPN.");
    if (is_file)
        say_keytab(c);
    else
        say_pool(c);
}

void check_replay(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        if (facts_int(node, "signed_in.token.krb_code", 0) != 34)
            continue;
        check_fail(c, "%s takes the token for one that it has seen already", target_place(c, node));
        check_evidence(c, "%s: 401 with KRB_AP_ERR_REPEAT (34); each token of kerbgate's is new",
                       target_place(c, node));
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Something sends requests to the server twice, or its replay cache is damaged: "
            "restart the server; with MIT Kerberos remove the file krb5_UID.rcache2 in "
            "/var/tmp.");
    }
}

/* What a Linux host cannot see of IIS, where it matters. */
void check_pool_account(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        if (!is_about_key(c, node) || !may_be_iis(node) || c->outcome != OUTCOME_NONE)
            continue;
        check_unknowable(c,
                         "whether IIS opens tickets with the key of %s%s%s%s, or with the "
                         "computer's (kernel mode), does not show from here",
                         owner_of(c), object_of(c)[0] ? " (a " : "", object_of(c),
                         object_of(c)[0] ? ")" : "");
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                     "Import-Module WebAdministration\n"
                     "Get-WebConfigurationProperty " SITE " -Name useKernelMode\n"
                     "Get-WebConfigurationProperty " SITE " -Name useAppPoolCredentials\n"
                     "Get-ItemProperty IIS:\\AppPools\\* -Name processModel | Select-Object "
                     "PSChildName, identityType, userName");
    }
}

void check_protection(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        if (!is_about_key(c, node) || !is_iis(node) || c->outcome != OUTCOME_NONE)
            continue;
        check_unknowable(c,
                         "whether IIS has extended protection set to Require does not show from "
                         "here; without TLS it then takes no ticket at all, nor behind something "
                         "that ends TLS");
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                     "Import-Module WebAdministration\n"
                     "Get-WebConfigurationProperty " SITE
                     "/extendedProtection -Name tokenChecking");
    }
}

/* The number in its log says what IIS alone knows. */
void check_iis_log(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        if (!is_about_key(c, node) || !is_iis(node) || c->outcome != OUTCOME_NONE)
            continue;
        check_unknowable(c, "the log of IIS has a number behind each 401 (sc-substatus, "
                            "sc-win32-status) that tells what it objected to");
        check_evidence(
            c, "2148074254 (8009030E): it has no credentials of its own to open the ticket");
        check_evidence(
            c, "2148074252 (8009030C): it has another key, or the log-on is not allowed there");
        check_evidence(c, "2148074245 (80090305): the package is not there: no Negotiate provider");
        check_evidence(c, "2148074310 (80090346): channel bindings: extended protection");
        check_remedy(
            c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
            "Get-ChildItem C:\\inetpub\\logs\\LogFiles\\W3SVC*\\*.log | Sort-Object "
            "LastWriteTime | Select-Object -Last 1 | Select-String ' 401 ' | Select-Object "
            "-Last 5");
    }
}
