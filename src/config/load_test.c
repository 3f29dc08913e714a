/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define NOT_YET "is not in this version; kerbgate does not accept a rule it would not enforce\n"
#define APPS PROVIDERS CONNECTOR "apps:\n" APP("hr", "")
#define LISTEN "listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}]"

static void unknown_and_missing_keys(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"fine", BASE, ""},
        {"an unknown key", BASE "stor: sqlite:/x\n",
         "k.yaml:6:1: unknown key \"stor\"; did you mean \"store\"?\n"},
        {"nothing like it", BASE "plugins: []\n", "k.yaml:6:1: unknown key \"plugins\"\n"},
        {"a key of another place", BASE "sso: {mode: none}\n",
         "k.yaml:6:1: unknown key \"sso\"; there is apps.sso\n"},
        {"deeper", "gateway: {" LISTEN ", sessoin: {}}\n" APPS,
         "k.yaml:1:79: unknown key \"sessoin\" in gateway; did you mean \"session\"?\n"},
        {"a merge key", BASE "<<: {}\n", "k.yaml:6:1: unknown key \"<<\"\n"},
        {"a secret in the open", BASE "- {client_secret: hunter2}\n",
         "k.yaml:6:3: apps.name is missing, expected a name of letters, digits, '.', '_' and '-'\n"
         "k.yaml:6:3: apps.external_url is missing, expected a URL such as "
         "https://hr.example.com/\n"
         "k.yaml:6:3: apps.internal_url is missing, expected a URL such as "
         "https://hr.example.com/\n"
         "k.yaml:6:3: apps.pre_authentication is missing, expected the name of an identity "
         "provider, or passthrough\n"
         "k.yaml:6:4: unknown key \"client_secret\" in apps\n"},
        {"sections are missing", "store: sqlite:/x\n",
         "k.yaml:1:1: gateway is missing, expected keys with their values\n"
         "k.yaml:1:1: apps is missing, expected a list\n"},
        {"keys of listeners are missing", "gateway: {listen: [{key: k.pem}]}\n" APPS,
         "k.yaml:1:20: gateway.listen.address is missing, expected an address such as "
         "\"0.0.0.0:443\" or \"[::]:443\"\n"
         "k.yaml:1:26: gateway.listen.certificate is missing, expected the file of this key's "
         "certificate\n"},
        {"kerberos without its keys",
         GATEWAY "connector: {kerberos: {}}\napps:\n" APP("hr", ", pre_authenticatoin: x"),
         "k.yaml:2:23: connector.kerberos.keytab is missing, expected the name of a file\n"
         "k.yaml:2:23: connector.kerberos.principal is missing, expected a principal such as "
         "svc-kerbgate@CORP.EXAMPLE\n"
         "k.yaml:4:108: apps.pre_authentication: \"staff\" is not defined, expected the name of an "
         "identity provider, or passthrough\n"
         "k.yaml:4:115: unknown key \"pre_authenticatoin\" in apps; did you mean "
         "\"pre_authentication\"?\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void wrong_forms(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"a value for a mapping", "gateway: 443\n" APPS,
         "k.yaml:1:10: gateway: expected keys with their values here, such as listen:\n"},
        {"a value for a list", "gateway: {listen: \"0.0.0.0:443\"}\n" APPS,
         "k.yaml:1:19: gateway.listen: expected a list here: \"- \" before the first key of each "
         "element\n"},
        {"a value for a list of values",
         GATEWAY PROVIDERS "connector: {dns: 10.0.0.1, kerberos: {keytab: k, principal: s@C}}\n"
                           "apps:\n" APP("hr", ""),
         "k.yaml:3:18: connector.dns: expected a list here, as in [a, b] or - a\n"},
        {"a value for an element", "gateway: {listen: [\"0.0.0.0:443\"]}\n" APPS,
         "k.yaml:1:20: gateway.listen: expected an element with keys here, such as address:\n"},
        {"a list for a value", BASE "store: []\n",
         "k.yaml:6:8: store: this is a list, expected sqlite: and a file, such as "
         "sqlite:/var/lib/kerbgate/state.db\n"},
        {"a mapping for a value", BASE "store: {a: b}\n",
         "k.yaml:6:8: store: this is a mapping, expected sqlite: and a file, such as "
         "sqlite:/var/lib/kerbgate/state.db\n"},
        {"no value", BASE "store:\n",
         "k.yaml:6:7: store: there is no value, expected sqlite: and a file, such as "
         "sqlite:/var/lib/kerbgate/state.db\n"},
        {"null", BASE "store: ~\n",
         "k.yaml:6:8: store: there is no value, expected sqlite: and a file, such as "
         "sqlite:/var/lib/kerbgate/state.db\n"},
        {"null in other words",
         GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", ", timeout: null, allow: Null, sso: NULL"),
         "k.yaml:5:124: apps.timeout: there is no value, expected a duration such as 500ms, 15s, "
         "30m or 12h, from 100ms to 24h\n"
         "k.yaml:5:137: apps.allow: there is no value, expected signed_in or nobody or the form { "
         "users: ..., groups: ..., claims: ..., networks: ..., methods: ..., hours: ..., acr: ... "
         "}\n"
         "k.yaml:5:148: apps.sso: expected keys with their values here, such as mode:\n"},
        {"nobody listens", "gateway: {listen: []}\n" APPS,
         "k.yaml:1:19: gateway.listen: the list is empty: nobody could connect\n"},
        {"no apps", GATEWAY "apps: []\n",
         "k.yaml:2:7: apps: the list is empty: there would be nothing to reach\n"},
        {"nobody is allowed",
         GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", ", allow: {users: []}"),
         "k.yaml:5:130: apps.allow.users: the list is empty: nobody could ever enter by it; nobody "
         "at all is allow: nobody\n"},
        {"an element without value",
         GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", ", allow: {users: [alice, ]}"), ""},
        {"an element that is null",
         GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", ", allow: {users: [~]}"),
         "k.yaml:5:131: apps.allow.users: there is no value, expected a user name such as alice or "
         "alice@corp.example\n"},
    };
    CHECK_REPORTS(ROWS);
}

#define LIMIT(keys) "gateway: {" LISTEN ", limits: {" keys "}}\n" APPS
#define SSO(keys) GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", ", sso: {" keys "}")

static void wrong_values(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"at both ends", LIMIT("headers: 10, head_timeout: 10m"), ""},
        {"at the other ends", LIMIT("headers: 1000, head_timeout: 100ms"), ""},
        {"too small", LIMIT("headers: 9"),
         "k.yaml:1:97: gateway.limits.headers: \"9\" is too small, expected a number, from 10 to "
         "1000\n"},
        {"too large", LIMIT("request_head: 2MiB"),
         "k.yaml:1:102: gateway.limits.request_head: \"2MiB\" is too large, expected a size such "
         "as 512, 32KiB or 1MiB, from 1KiB to 1MiB\n"},
        {"a time of nothing", LIMIT("body_timeout: 0s"),
         "k.yaml:1:102: gateway.limits.body_timeout: \"0s\" is too small, expected a duration such "
         "as 500ms, 15s, 30m or 12h, from 100ms to 1h\n"},
        {"not in whole seconds", "gateway: {" LISTEN ", session: {idle_timeout: 1500ms}}\n" APPS,
         "k.yaml:1:103: gateway.session.idle_timeout: \"1500ms\" is not in whole seconds, expected "
         "a duration such as 15s, 30m, 12h or 7d, from 1s to 30d\n"},
        {"an address by name",
         "gateway: {listen: [{address: \"localhost:443\", certificate: c, key: k}]}\n" APPS,
         "k.yaml:1:30: gateway.listen.address: \"localhost:443\" has no numeric address, expected "
         "an address such as \"0.0.0.0:443\" or \"[::]:443\"\n"},
        {"an unknown choice", SSO("mode: kerberso, spn: HTTP/hr"),
         "k.yaml:5:127: apps.sso.mode: \"kerberso\" is unknown, expected kerberos or headers or "
         "none; did you "
         "mean \"kerberos\"?\n"},
        {"a wrong SPN hides that it is required", SSO("mode: kerberos, spn: hr.corp"),
         "k.yaml:5:142: apps.sso.spn: \"hr.corp\" is not a service class, a slash and a host, "
         "expected an SPN such as HTTP/hr.corp.example\n"},
        {"a claim taken as what it is not", SSO("mode: none, login_identity: {claim: c, as: up}"),
         "k.yaml:5:164: apps.sso.login_identity.as: \"up\" is unknown, expected upn or username or "
         "sam_account_name or sid or certificate; "
         "did you mean \"upn\"?\n"},
        {"a denied group that tickets do not name",
         GATEWAY PROVIDERS "connector: {kerberos: {keytab: k, principal: s@C, deny_groups: "
                           "[Domain Admins, S-1-5-32-544]}}\napps:\n" APP("hr", ""),
         "k.yaml:3:80: connector.kerberos.deny_groups: \"S-1-5-32-544\" is no group of a domain, "
         "and tickets name no others, expected a SID such as S-1-5-21-1-2-3-1104, or a name such "
         "as "
         "\"Domain Admins\"\n"},
        {"half of a claim", SSO("mode: none, login_identity: {as: upn}"),
         "k.yaml:5:149: apps.sso.login_identity.claim is missing, expected the name of a claim "
         "such as user_principal_name\n"},
        {"claims in a list", SSO("mode: none, login_identity: [c]"),
         "k.yaml:5:149: apps.sso.login_identity: this is a list, expected user_principal_name or "
         "on_premises_user_principal_name or user_principal_username or "
         "on_premises_user_principal_username or on_premises_sam_account_name or the form "
         "{ claim: ..., as: ... }\n"},
        {"no mode", SSO("spn: HTTP/hr"),
         "k.yaml:5:120: apps.sso.mode is missing, expected kerberos or headers or none\n"},
        {"a provider with a typing error",
         GATEWAY PROVIDERS CONNECTOR
         "apps:\n- {name: a, external_url: 'https://a.example/', internal_url: 'http://a/', "
         "pre_authentication: stuff}\n",
         "k.yaml:5:96: apps.pre_authentication: \"stuff\" is not defined, expected the name of an "
         "identity provider, or passthrough; did you mean \"staff\"?\n"},
        {"several providers, one of them with a typing error",
         GATEWAY PROVIDERS CONNECTOR
         "apps:\n- {name: a, external_url: 'https://a.example/', internal_url: 'http://a/', "
         "pre_authentication: [staff, stuff]}\n",
         "k.yaml:5:104: apps.pre_authentication: \"stuff\" is not defined, expected the name of an "
         "identity provider, or passthrough; did you mean \"staff\"?\n"},
        {"passthrough beside a provider",
         GATEWAY PROVIDERS CONNECTOR
         "apps:\n- {name: a, external_url: 'https://a.example/', internal_url: 'http://a/', "
         "pre_authentication: [staff, passthrough]}\n",
         "k.yaml:5:104: apps.pre_authentication: \"passthrough\" does not stand beside others: "
         "everybody would be let in, unasked, expected the name of an identity provider, or "
         "passthrough\n"},
        {"no provider in the list",
         GATEWAY PROVIDERS CONNECTOR
         "apps:\n- {name: a, external_url: 'https://a.example/', internal_url: 'http://a/', "
         "pre_authentication: []}\n",
         "k.yaml:5:96: apps.pre_authentication: the list is empty: passthrough is the word for an "
         "app that everybody reaches, unasked\n"},
        {"a provider twice",
         GATEWAY PROVIDERS CONNECTOR
         "apps:\n- {name: a, external_url: 'https://a.example/', internal_url: 'http://a/', "
         "pre_authentication: [staff, staff]}\n",
         "k.yaml:5:104: apps.pre_authentication: staff is in the list already\n"},
        {"passwords in addresses are not shown",
         GATEWAY PROVIDERS CONNECTOR
         "apps:\n- {name: a, external_url: 'https://a.example/a', internal_url: 'http://a/', "
         "pre_authentication: staff}\nstore: mysql://kerbgate:hunter2@db/\n",
         "k.yaml:5:27: apps.external_url: the value has no '/' at its end, expected a URL such as "
         "https://hr.example.com/\n"
         "k.yaml:6:8: store: the value has an unknown kind of store, expected sqlite: and a file, "
         "such as sqlite:/var/lib/kerbgate/state.db\n"},
        {"another store", BASE "store: postgresql://kerbgate:hunter2@db/\n",
         "k.yaml:6:8: store: the value names PostgreSQL, which is not in this version, expected "
         "sqlite: and a file, such as sqlite:/var/lib/kerbgate/state.db\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void passwords_in_urls_are_not_shown(void **state) {
    (void)state;
    struct config_report r;
    config_report_init(&r);
    assert_null(
        config_parse("k.yaml",
                     STR(GATEWAY PROVIDERS CONNECTOR
                         "apps:\n- {name: a, external_url: 'https://hr:hunter2@a.example/', "
                         "internal_url: 'http://a/', pre_authentication: staff}\n"),
                     &r));
    assert_int_equal(r.errors, 1);
    assert_true(str_starts(buf_str(&r.text), STR("k.yaml:5:27: apps.external_url: the value ")));
    assert_null(memmem(buf_str(&r.text).p, buf_size(&r.text), "hunter2", 7));
    config_report_fini(&r);
}

static void what_is_planned_is_refused(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"gateway.connectors as a list", "gateway: {" LISTEN ", connectors: []}\n" APPS,
         "k.yaml:1:79: gateway.connectors " NOT_YET},
        {"gateway.connectors", "gateway: {" LISTEN ", connectors: {address: x}}\n" APPS,
         "k.yaml:1:79: gateway.connectors " NOT_YET},
        {"remote gateways",
         GATEWAY PROVIDERS "connector: {gateways: [gw1:8443], kerberos: {keytab: k, principal: "
                           "s@C}}\napps:\n" APP("hr", ""),
         "k.yaml:3:23: connector.gateways: a list of gateways to dial " NOT_YET},
    };
    CHECK_REPORTS(ROWS);
}

static void many_errors_are_counted(void **state) {
    (void)state;
    struct config_report r;
    struct buf text;
    config_report_init(&r);
    buf_init(&text, 1 << 16);
    buf_add(&text, STR(BASE));
    for (int i = 0; i < 70; i++)
        buf_printf(&text, "unknown%d: x\n", i);
    assert_null(config_parse("k.yaml", buf_str(&text), &r));
    assert_int_equal(r.errors, 70);
    assert_true(str_ends(buf_str(&r.text), STR("k.yaml:55:1: unknown key \"unknown49\"\n"
                                               "k.yaml: 20 more\n")));
    buf_fini(&text);
    config_report_fini(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_and_missing_keys),
        cmocka_unit_test(wrong_forms),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(passwords_in_urls_are_not_shown),
        cmocka_unit_test(what_is_planned_is_refused),
        cmocka_unit_test(many_errors_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
