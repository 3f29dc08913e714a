/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define APPS GATEWAY PROVIDERS CONNECTOR "apps:\n"
/* One app that is written out; its value that matters can stand in a line of its own. */
#define PLAIN(name, external, internal, keys)                                                      \
    "- name: " name "\n  external_url: " external "\n  internal_url: " internal "\n"               \
    "  pre_authentication: staff\n" keys

static void gateway(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"one address twice",
         "gateway:\n"
         "  listen:\n"
         "    - {address: '[::1]:443', certificate: c, key: k}\n"
         "    - {address: '127.0.0.1:443', certificate: c, key: k}\n"
         "    - {address: '[0::1]:443', certificate: c, key: k}\n" PROVIDERS CONNECTOR
         "apps:\n" APP("hr", ""),
         "k.yaml:5:17: gateway.listen.address: this address is taken by line 3\n"},
        {"a session that ends before it is idle",
         "gateway:\n"
         "  listen: [{address: '[::1]:443', certificate: c, key: k}]\n"
         "  session: {lifetime: 30m}\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", ""),
         "k.yaml:3:23: gateway.session: lifetime (1800s) is shorter than idle_timeout (3600s)\n"},
        {"idle for longer than it may live",
         "gateway:\n"
         "  listen: [{address: '[::1]:443', certificate: c, key: k}]\n"
         "  session: {idle_timeout: 1d}\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", ""),
         "k.yaml:3:27: gateway.session: lifetime (43200s) is shorter than idle_timeout (86400s)\n"},
        {"as long as it lives",
         "gateway:\n"
         "  listen: [{address: '[::1]:443', certificate: c, key: k}]\n"
         "  session: {idle_timeout: 1h, lifetime: 1h}\n" PROVIDERS CONNECTOR
         "apps:\n" APP("hr", ""),
         ""},
        {"one account for both",
         "gateway:\n"
         "  listen: [{address: '[::1]:443', certificate: c, key: k}]\n"
         "  run_as: {user: www, broker_user: www}\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", ""),
         "k.yaml:3:36: gateway.run_as.broker_user: the account that holds the keytab must not be "
         "the one that serves HTTP\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void providers(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"one name twice",
         GATEWAY "identity_providers:\n"
                 "  - {name: staff, type: form, realm: CORP}\n"
                 "  - {name: staff, type: form, realm: OTHER}\n" CONNECTOR "apps:\n" APP("hr", ""),
         "k.yaml:4:12: identity_providers.name: \"staff\" is the name of the provider in line 3 "
         "too\n"},
        {"a provider called passthrough",
         GATEWAY "identity_providers:\n"
                 "  - {name: staff, type: form, realm: CORP}\n"
                 "  - {name: passthrough, type: form, realm: CORP}\n" CONNECTOR
                 "apps:\n" APP("hr", ""),
         "k.yaml:4:12: identity_providers.name: passthrough is the word for no provider, expected "
         "another name\n"},
        {"a form without a keytab", GATEWAY PROVIDERS "apps:\n" APP("hr", ""),
         "k.yaml:2:22: identity_providers: a provider of type form needs connector.kerberos with "
         "keytab and principal, to tell the real KDC from a false one\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void addresses(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"two apps side by side and one below the other",
         APPS PLAIN("a", "https://a.example/", "http://a/", "")
             PLAIN("b", "https://b.example/", "http://a/", "")
                 PLAIN("c", "https://a.example/c/", "http://a/", "")
                     PLAIN("d", "https://a.example:444/", "http://a/", ""),
         ""},
        {"one name twice",
         APPS PLAIN("a", "https://a.example/", "http://a/", "")
             PLAIN("a", "https://b.example/", "http://a/", ""),
         "k.yaml:9:9: apps.name: \"a\" is the name of the app in line 5 too\n"},
        {"one address twice",
         APPS PLAIN("a", "https://a.example/", "http://a/", "")
             PLAIN("b", "https://a.example:443/", "http://a/", ""),
         "k.yaml:10:17: apps.external_url: the app in line 5 has this address too\n"},
        {"outside without TLS", APPS PLAIN("a", "http://a.example/", "http://a/", ""),
         "k.yaml:6:17: apps.external_url: people reach kerbgate by TLS alone, expected https://\n"},
        {"our own pages", APPS PLAIN("a", "https://a.example/.kerbgate/x/", "http://a/", ""),
         "k.yaml:6:17: apps.external_url: kerbgate's own pages are under /.kerbgate/, expected "
         "another path\n"},
        {"a path without an end", APPS PLAIN("a", "https://a.example/", "http://a/x", ""),
         "k.yaml:7:17: apps.internal_url: the value has no '/' at its end, expected a URL such as "
         "https://hr.example.com/\n"},
        {"an app that leads to itself",
         APPS PLAIN("a", "https://a.example/", "https://a.example:443/x/", ""),
         "k.yaml:7:17: apps.internal_url: this is the external address of the app in line 5, "
         "requests would go round in a circle\n"},
        {"an app that leads to another",
         APPS PLAIN("a", "https://a.example/", "https://b.example/", "")
             PLAIN("b", "https://b.example/", "https://b.example:8443/", ""),
         "k.yaml:7:17: apps.internal_url: this is the external address of the app in line 9, "
         "requests would go round in a circle\n"},
        {"TLS settings without TLS",
         APPS PLAIN("a", "https://a.example/", "http://a/", "  backend_tls: {name: a}\n"),
         "k.yaml:9:23: apps.backend_tls: internal_url is http, there is no certificate to verify; "
         "expected an internal_url with https\n"},
        {"a stricter app below another on one back end",
         APPS PLAIN("a", "https://a.example/", "http://a/", "")
             PLAIN("b", "https://b.example/", "http://a/admin/", "  allow: {users: [x]}\n"),
         "k.yaml:11:17: warning: apps.internal_url: the app in line 5 reaches this folder of the "
         "back end too, and lets in people whom this app does not; let the back end itself decide "
         "who may use it, or give both apps the same rules\n"},
        {"a stricter app beside another on one back end",
         APPS PLAIN("a", "https://a.example/", "http://a/x/", "")
             PLAIN("b", "https://b.example/", "http://a/admin/", "  allow: {users: [x]}\n"),
         ""},
        {"a laxer app below another on one back end",
         APPS PLAIN("a", "https://a.example/", "http://a/", "  allow: {users: [x]}\n")
             PLAIN("b", "https://b.example/", "http://a/open/", ""),
         ""},
        {"apps with the same people, one below the other",
         APPS PLAIN("a", "https://a.example/", "http://a/", "  allow: {users: [x]}\n")
             PLAIN("b", "https://b.example/", "http://a/y/", "  allow: {users: [x]}\n"),
         ""},
        {"the group of no connector",
         APPS PLAIN("a", "https://a.example/", "http://a/", "  connector_group: defualt\n"),
         "k.yaml:9:20: apps.connector_group: \"defualt\" has no connector, expected \"default\" as "
         "in connector.group; did you mean that?\n"},
        {"the default group of no connector",
         GATEWAY PROVIDERS "connector: {group: hq, kerberos: {keytab: k, principal: s@C}}\n"
                           "apps:\n" PLAIN("a", "https://a.example/", "http://a/", ""),
         "k.yaml:5:3: apps.connector_group: \"default\" has no connector, expected \"hq\" as in "
         "connector.group\n"},
    };
    CHECK_REPORTS(ROWS);
}

#define KERBEROS "sso: {mode: kerberos, spn: HTTP/hr.corp}"
#define OPEN_APP(keys)                                                                             \
    "- name: a\n  external_url: https://a.example/\n  internal_url: http://a/\n"                   \
    "  pre_authentication: passthrough\n  " keys "\n"

#define ACCOUNTS(list)                                                                             \
    GATEWAY PROVIDERS "connector: {kerberos: {keytab: k, principal: s@C, accounts: [\n" list       \
                      "]}}\napps:\n"

static void accounts(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"two, and an app that has chosen",
         ACCOUNTS("  {name: b, keytab: k, principal: s@B}, {name: d, keytab: k, principal: s@D}\n")
             PLAIN("a", "https://a.example/", "http://a/",
                   "  sso: {mode: kerberos, spn: HTTP/a, account: d}\n"),
         ""},
        {"one name twice",
         ACCOUNTS(
             "  {name: b, keytab: k, principal: s@B},\n  {name: b, keytab: k, principal: s@D}\n")
             PLAIN("a", "https://a.example/", "http://a/", ""),
         "k.yaml:5:10: connector.kerberos.accounts.name: \"b\" is the name of the account in line "
         "4 "
         "too\n"},
        {"the first one again",
         ACCOUNTS("  {name: b, keytab: k, principal: s@C}\n")
             PLAIN("a", "https://a.example/", "http://a/", ""),
         "k.yaml:4:35: connector.kerberos.accounts.principal: \"s@C\" is in line 3 already\n"},
        {"one principal twice",
         ACCOUNTS(
             "  {name: b, keytab: k, principal: s@B},\n  {name: d, keytab: k, principal: s@B}\n")
             PLAIN("a", "https://a.example/", "http://a/", ""),
         "k.yaml:5:35: connector.kerberos.accounts.principal: \"s@B\" is in line 4 already\n"},
        {"one that is not there",
         ACCOUNTS("  {name: partner, keytab: k, principal: s@B}\n")
             PLAIN("a", "https://a.example/", "http://a/",
                   "  sso: {mode: kerberos, spn: HTTP/a, account: partnre}\n"),
         "k.yaml:11:47: apps.sso.account: \"partnre\" is not one of connector.kerberos.accounts, "
         "expected the name of one of connector.kerberos.accounts; did you mean \"partner\"?\n"},
        {"one for people's own tickets",
         ACCOUNTS("  {name: b, keytab: k, principal: s@B}\n")
             PLAIN("a", "https://a.example/", "http://a/",
                   "  sso: {mode: kerberos, spn: HTTP/a, ticket: own, account: b}\n"),
         "k.yaml:11:60: apps.sso.account: with ticket: own the person's own ticket gets the app's, "
         "and no account of the connector's; expected no account, or ticket: delegated\n"},
        {"denied groups that each account's domain would have to know",
         ACCOUNTS("  {name: b, keytab: k, principal: s@B}], deny_groups: [\n"
                  "  Domain Admins, S-1-5-21-1-2-3-1104,\n  B\\Vault, Vault\n")
             PLAIN("a", "https://a.example/", "http://a/", ""),
         "k.yaml:6:3: connector.kerberos.deny_groups: with connector.kerberos.accounts a denied "
         "group has to be a SID, or a name that every domain has; \"B\\Vault\" is neither\n"
         "k.yaml:6:12: connector.kerberos.deny_groups: with connector.kerberos.accounts a denied "
         "group has to be a SID, or a name that every domain has; \"Vault\" is neither\n"},
        {"a denied group that the one account's domain knows",
         GATEWAY PROVIDERS "connector: {kerberos: {keytab: k, principal: s@C, deny_groups: [\n"
                           "Vault]}}\napps:\n" PLAIN("a", "https://a.example/", "http://a/", ""),
         ""},
    };
    CHECK_REPORTS(ROWS);
}

static void sign_on(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"kerberos without SPN",
         APPS PLAIN("a", "https://a.example/", "http://hr.corp/", "  sso: {mode: kerberos}\n"),
         "k.yaml:9:15: apps.sso: mode kerberos needs the SPN of the app; often it is spn: "
         "HTTP/hr.corp\n"},
        {"kerberos without SPN or name",
         APPS PLAIN("a", "https://a.example/", "http://10.0.0.1/", "  sso: {mode: kerberos}\n"),
         "k.yaml:9:15: apps.sso: mode kerberos needs the SPN of the app, expected spn: HTTP/ and "
         "the app's name in the domain\n"},
        {"kerberos without a keytab is one mistake, not three",
         GATEWAY PROVIDERS
         "connector: {kerberos: {principal: s@C}}\n"
         "apps:\n" PLAIN("a", "https://a.example/", "http://a/", "  " KERBEROS "\n"),
         "k.yaml:3:23: connector.kerberos.keytab is missing, expected the name of a file\n"},
        {"an SPN for nothing",
         APPS PLAIN("a", "https://a.example/", "http://a/", "  sso: {mode: none, spn: HTTP/a}\n"),
         "k.yaml:9:26: apps.sso.spn: with mode none no ticket is asked for; expected mode: "
         "kerberos, or no spn\n"},
        {"own tickets without tickets",
         APPS PLAIN("a", "https://a.example/", "http://a/", "  sso: {mode: none, ticket: own}\n"),
         "k.yaml:9:29: apps.sso.ticket: without mode: kerberos there is no ticket\n"},
        {"own tickets by another name",
         APPS PLAIN("a", "https://a.example/", "http://a/",
                    "  sso: {mode: kerberos, spn: HTTP/a, ticket: own,\n"
                    "    login_identity: user_principal_username}\n"),
         "k.yaml:10:21: apps.sso.login_identity: with ticket: own the ticket is of whoever signed "
         "in, by no other name; expected no login_identity, or ticket: delegated\n"},
        {"own tickets",
         APPS PLAIN("a", "https://a.example/", "http://a/",
                    "  sso: {mode: kerberos, spn: HTTP/a, ticket: own}\n"),
         ""},
        {"kerberos without connector.kerberos", GATEWAY "apps:\n" OPEN_APP(KERBEROS),
         "k.yaml:7:15: apps.sso.mode: kerberos needs connector.kerberos with keytab and "
         "principal\n"
         "k.yaml:7:15: apps.sso.mode: nobody signs in to a passthrough app, so there is nobody to "
         "get a ticket for; expected an identity provider in pre_authentication\n"},
        {"passthrough with a list of people", GATEWAY "apps:\n" OPEN_APP("allow: {users: [a]}"),
         "k.yaml:7:18: apps.allow: nobody signs in to a passthrough app, so nobody can be told "
         "apart; expected an identity provider in pre_authentication\n"},
        {"an SPN that the list does not have",
         GATEWAY PROVIDERS
         "connector: {kerberos: {keytab: k, principal: s@C,\n"
         "  allow_spns: ['HTTP/*.corp.example', HTTP/hr]}}\n"
         "apps:\n" PLAIN("a", "https://a.example/", "http://a/", "  " KERBEROS "\n"),
         "k.yaml:10:30: apps.sso.spn: connector.kerberos.allow_spns in line 4 does not allow "
         "\"HTTP/hr.corp\"\n"},
        {"an empty list of SPNs",
         GATEWAY PROVIDERS
         "connector: {kerberos: {keytab: k, principal: s@C, allow_spns: []}}\n"
         "apps:\n" PLAIN("a", "https://a.example/", "http://a/", "  " KERBEROS "\n"),
         "k.yaml:9:30: apps.sso.spn: connector.kerberos.allow_spns in line 3 does not allow "
         "\"HTTP/hr.corp\"\n"},
        {"an SPN that the list has",
         GATEWAY PROVIDERS
         "connector: {kerberos: {keytab: k, principal: s@C, allow_spns: ['http/*.CORP']}}\n"
         "apps:\n" PLAIN("a", "https://a.example/", "http://a/", "  " KERBEROS "\n"),
         ""},
        {"a pattern that is wrong is reported once",
         GATEWAY PROVIDERS
         "connector: {kerberos: {keytab: k, principal: s@C, allow_spns: ['*']}}\n"
         "apps:\n" PLAIN("a", "https://a.example/", "http://a/", "  " KERBEROS "\n"),
         "k.yaml:3:64: connector.kerberos.allow_spns: \"*\" is not a service class, a slash and a "
         "host, expected an SPN such as HTTP/*.corp.example\n"},
    };
    CHECK_REPORTS(ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gateway), cmocka_unit_test(providers), cmocka_unit_test(addresses),
        cmocka_unit_test(sign_on), cmocka_unit_test(accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
