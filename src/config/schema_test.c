/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/schema.h"

static void assert_str(struct str s, const char *expected) {
    if (!str_eq(s, str_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), expected);
}

static void every_key_of_the_gateway(void **state) {
    (void)state;
    struct config *c = parse_fine(
        "gateway:\n"
        "  listen:\n"
        "    - {address: '[::]:8443', certificate: /tls/c.pem, key: tls/k.pem}\n"
        "    - {address: '192.0.2.1:443', certificate: c.pem, key: k.pem}\n"
        "  session: {idle_timeout: 30m, lifetime: 8h}\n"
        "  threads: 3\n"
        "  run_as: {user: www, broker_user: krb}\n"
        "  limits: {request_head: 8KiB, response_head: 16384, headers: 50, connections: 20,\n"
        "    backend_connections_per_app: 21, tickets: 22, sessions: 23, events: 24,\n"
        "    head_timeout: 1s, keepalive_timeout: 2s, body_timeout: 3s, drain_timeout: 4s}\n"
        "store: sqlite:/srv/state.db\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", ""));
    assert_int_equal(c->listen_count, 2);
    assert_string_equal(c->listen[0].address, "::");
    assert_int_equal(c->listen[0].port, 8443);
    assert_string_equal(c->listen[0].certificate, "/tls/c.pem");
    assert_int_equal(c->listen[0].mark.line, 3);
    assert_int_equal(c->listen[0].mark.column, 7);
    assert_string_equal(c->listen[1].address, "192.0.2.1");
    assert_int_equal(c->session_idle_s, 1800);
    assert_int_equal(c->session_lifetime_s, 28800);
    assert_int_equal(c->threads, 3);
    assert_string_equal(c->user, "www");
    assert_string_equal(c->broker_user, "krb");
    assert_string_equal(c->store, "/srv/state.db");
    const struct config_limits *l = &c->limits;
    assert_int_equal(l->request_head, 8192);
    assert_int_equal(l->response_head, 16384);
    assert_int_equal(l->headers, 50);
    assert_int_equal(l->connections, 20);
    assert_int_equal(l->backend_connections_per_app, 21);
    assert_int_equal(l->tickets, 22);
    assert_int_equal(l->sessions, 23);
    assert_int_equal(l->events, 24);
    assert_int_equal(l->head_timeout_ms, 1000);
    assert_int_equal(l->keepalive_timeout_ms, 2000);
    assert_int_equal(l->body_timeout_ms, 3000);
    assert_int_equal(l->drain_timeout_ms, 4000);
    config_free(c);
}

static void every_key_of_the_connector(void **state) {
    (void)state;
    struct config *c = parse_fine(
        GATEWAY "identity_providers:\n"
                "  - {name: partners, type: form, realm: PARTNERS.EXAMPLE}\n"
                "  - name: staff\n"
                "    type: form\n"
                "    realm: CORP.EXAMPLE\n"
                "    throttle: {user_attempts: 5, user_window: 1h, source_attempts: 6,\n"
                "      source_window: 2h}\n"
                "connector:\n"
                "  group: inside\n"
                "  gateways: local\n"
                "  dns: [10.0.0.10, '[fd00::1]:5353']\n"
                "  kerberos: {keytab: /k, principal: svc@CORP.EXAMPLE, krb5_conf: krb5.conf,\n"
                "    allow_spns: ['HTTP/*.corp', HTTP/old], deny_users: [administrator, krbtgt],\n"
                "    deny_groups: [], timeout: 5s, threads: 2}\n"
                "apps:\n" APP("hr", ", connector_group: inside"));
    assert_int_equal(c->provider_count, 2);
    const struct config_provider *p = &c->providers[1];
    assert_string_equal(p->name, "staff");
    assert_int_equal(p->type, PROVIDER_FORM);
    assert_string_equal(p->realm, "CORP.EXAMPLE");
    assert_int_equal(p->throttle.user_attempts, 5);
    assert_int_equal(p->throttle.user_window_s, 3600);
    assert_int_equal(p->throttle.source_attempts, 6);
    assert_int_equal(p->throttle.source_window_s, 7200);
    assert_int_equal(p->mark.line, 4);
    assert_ptr_equal(c->apps[0].provider, p);
    assert_string_equal(c->connector_group, "inside");
    assert_int_equal(c->dns_count, 2);
    assert_string_equal(c->dns[0].address, "10.0.0.10");
    assert_int_equal(c->dns[0].port, 53);
    assert_string_equal(c->dns[1].address, "fd00::1");
    assert_int_equal(c->dns[1].port, 5353);
    const struct config_kerberos *k = &c->kerberos;
    assert_true(k->present);
    assert_string_equal(k->keytab, "/k");
    assert_string_equal(k->principal, "svc@CORP.EXAMPLE");
    assert_int_equal(k->allow_spn_count, 2);
    assert_string_equal(k->allow_spns[1], "HTTP/old");
    assert_int_equal(k->deny_user_count, 2);
    assert_string_equal(k->deny_users[0], "administrator");
    assert_int_equal(k->timeout_ms, 5000);
    assert_int_equal(k->threads, 2);
    config_free(c);
}

static void every_key_of_an_app(void **state) {
    (void)state;
    struct config *c = parse_fine(
        GATEWAY PROVIDERS CONNECTOR
        "apps:\n"
        "  - name: hr\n"
        "    external_url: https://hr.example.com/hr/\n"
        "    internal_url: https://hr.corp.example:8443/\n"
        "    pre_authentication: staff\n"
        "    allow: {groups: [], users: [alice@corp.example, bob]}\n"
        "    connector_group: default\n"
        "    sso: {mode: kerberos, spn: HTTP/hr, login_identity: on_premises_sam_account_name,\n"
        "      token: krb5, negotiate: preemptive, authenticate: request, mutual: optional}\n"
        "    backend_tls: {ca: ca.pem, name: hr.inside}\n"
        "    timeout: 2m\n"
        "    connect_timeout: 500ms\n"
        "  - {name: www, external_url: 'https://www.example.com', internal_url: 'http://w.corp/',\n"
        "     pre_authentication: passthrough, sso: {mode: none}}\n");
    const struct config_app *a = &c->apps[0];
    assert_int_equal(c->app_count, 2);
    assert_string_equal(a->name, "hr");
    assert_str(a->external.host, "hr.example.com");
    assert_str(a->external.path, "/hr/");
    assert_int_equal(a->internal.port, 8443);
    assert_int_equal(a->allow_user_count, 2);
    assert_string_equal(a->allow_users[1], "bob");
    assert_int_equal(a->sso, SSO_KERBEROS);
    assert_string_equal(a->spn, "HTTP/hr");
    assert_int_equal(a->login_identity, LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME);
    assert_int_equal(a->token, TOKEN_KRB5);
    assert_string_equal(a->backend_name, "hr.inside");
    assert_int_equal(a->timeout_ms, 120000);
    assert_int_equal(a->connect_timeout_ms, 500);
    assert_int_equal(a->mark.line, 5);
    assert_int_equal(config_mark_of(c, &a->spn).line, 11);
    assert_int_equal(config_mark_of(c, &a->allow_users[1]).column, 53);
    assert_int_equal(c->apps[1].sso, SSO_NONE);
    assert_null(c->apps[1].provider);
    assert_null(c->apps[1].spn);
    config_free(c);
}

static void defaults(void **state) {
    (void)state;
    struct config *c =
        parse_fine(GATEWAY "apps:\n"
                           "- {name: a, external_url: 'https://a.example.com/',\n"
                           "   internal_url: 'http://a.corp/', pre_authentication: passthrough}\n");
    const struct config_app *a = &c->apps[0];
    const struct config_limits *l = &c->limits;
    assert_int_equal(c->session_idle_s, 3600);
    assert_int_equal(c->session_lifetime_s, 43200);
    assert_true(c->threads >= 1);
    assert_null(c->user);
    assert_null(c->broker_user);
    assert_string_equal(c->store, "/var/lib/kerbgate/state.db");
    assert_int_equal(c->provider_count, 0);
    assert_int_equal(c->dns_count, 0);
    assert_string_equal(c->connector_group, "default");
    assert_false(c->kerberos.present);
    assert_int_equal(c->kerberos.timeout_ms, 10000);
    assert_int_equal(c->kerberos.threads, 4);
    assert_int_equal(l->request_head, 32768);
    assert_int_equal(l->response_head, 65536);
    assert_int_equal(l->headers, 100);
    assert_int_equal(l->connections, 10000);
    assert_int_equal(l->backend_connections_per_app, 256);
    assert_int_equal(l->tickets, 10000);
    assert_int_equal(l->sessions, 100000);
    assert_int_equal(l->events, 100000);
    assert_int_equal(l->head_timeout_ms, 15000);
    assert_int_equal(l->keepalive_timeout_ms, 60000);
    assert_int_equal(l->body_timeout_ms, 60000);
    assert_int_equal(l->drain_timeout_ms, 30000);
    assert_null(a->allow_users);
    assert_int_equal(a->sso, SSO_NONE);
    assert_int_equal(a->login_identity, LOGIN_USER_PRINCIPAL_NAME);
    assert_int_equal(a->token, TOKEN_SPNEGO);
    assert_null(a->backend_ca);
    assert_null(a->backend_name);
    assert_string_equal(a->connector_group, "default");
    assert_int_equal(a->timeout_ms, 85000);
    assert_int_equal(a->connect_timeout_ms, 5000);
    assert_int_equal(config_mark_of(c, &a->timeout_ms).line, 0);
    config_free(c);
    c = parse_fine(BASE);
    assert_int_equal(c->providers[0].throttle.user_attempts, 3);
    assert_int_equal(c->providers[0].throttle.user_window_s, 1800);
    assert_int_equal(c->providers[0].throttle.source_attempts, 20);
    assert_int_equal(c->providers[0].throttle.source_window_s, 600);
    assert_null(c->kerberos.krb5_conf);
    assert_int_equal(c->kerberos.deny_user_count, 0);
    config_free(c);
}

static void a_default_leaves_its_neighbours_alone(void **state) {
    (void)state;
    struct config *c =
        parse_fine("gateway:\n"
                   "  listen: [{address: '[::1]:443', certificate: c, key: k}]\n"
                   "  limits: {tickets: 22, request_head: 1MiB, events: 24}\n" PROVIDERS CONNECTOR
                   "apps:\n" APP("hr", ""));
    assert_int_equal(c->limits.backend_connections_per_app, 256);
    assert_int_equal(c->limits.tickets, 22);
    assert_int_equal(c->limits.sessions, 100000);
    assert_int_equal(c->limits.events, 24);
    assert_int_equal(c->limits.request_head, 1 << 20);
    config_free(c);
}

static void check_row(const struct schema_key *key) {
    bool is_list = key->flags & SCHEMA_LIST, is_section = key->type == SCHEMA_SECTION;
    bool is_planned = key->flags & SCHEMA_PLANNED;
    assert_non_null(key->help);
    assert_true(is_planned || key->help[strlen(key->help) - 1] == '.');
    if (is_planned)
        return;
    assert_int_equal(key->keys != NULL, is_section);
    assert_int_equal(key->choices != NULL, key->type == SCHEMA_CHOICE);
    assert_int_equal(key->least != NULL, key->most != NULL);
    assert_true(is_section || key->example || key->initial);
    assert_true((is_section && !is_list) || (key->flags & SCHEMA_UNSTORED) || key->width);
    assert_int_equal((key->flags & SCHEMA_NOT_EMPTY) != 0, key->why_not_empty != NULL);
    assert_non_null(schema_type_name(key->type));
    assert_non_null(schema_type_expected(key->type));
}

static void check_rows(const struct schema_key *keys) {
    for (const struct schema_key *key = keys; key->name; key++) {
        check_row(key);
        if (key->keys)
            check_rows(key->keys);
    }
}

static void every_row_is_complete(void **state) {
    (void)state;
    check_rows(SCHEMA_ROOT);
}

static void keys_are_found_by_name(void **state) {
    (void)state;
    char path[64];
    assert_true(schema_find("spn", sizeof path, path));
    assert_string_equal(path, "apps.sso.spn");
    assert_true(schema_find("store", sizeof path, path));
    assert_string_equal(path, "store");
    assert_false(schema_find("sp", sizeof path, path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_gateway),
        cmocka_unit_test(every_key_of_the_connector),
        cmocka_unit_test(every_key_of_an_app),
        cmocka_unit_test(defaults),
        cmocka_unit_test(a_default_leaves_its_neighbours_alone),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(keys_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
