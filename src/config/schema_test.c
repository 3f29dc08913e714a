/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/schema.h"

static void assert_str(struct str s, const char *expected) {
    if (!str_eq(s, str_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), expected);
}

static void check_other_listeners(const struct config *c) {
    const struct config_listen *l = c->listen;
    assert_int_equal(l[0].mode, LISTEN_HTTPS);
    assert_true(l[0].http2);
    assert_int_equal(l[2].mode, LISTEN_REDIRECT);
    assert_false(l[2].http2);
    assert_null(l[2].certificate);
    assert_int_equal(l[3].mode, LISTEN_HTTP);
    assert_int_equal(l[3].proxy_from_count, 2);
    assert_int_equal(l[3].proxy_from[0].prefix, 8);
    assert_true(l[3].proxy_from[1].is_ipv6);
    assert_int_equal(l[4].certificate_count, 2);
    assert_string_equal(l[4].certificates[0].key, "/a.key");
    assert_int_equal(l[4].certificates[1].mark.column, 44);
    /* Where nothing else is said, the first is for those who name no host. */
    assert_string_equal(l[4].certificate, l[4].certificates[0].certificate);
    assert_string_equal(l[4].key, "/a.key");
}

static void every_key_of_the_gateway(void **state) {
    (void)state;
    struct config *c = parse_fine(
        "gateway:\n"
        "  listen:\n"
        "    - {address: '[::]:8443', certificate: /tls/c.pem, key: tls/k.pem}\n"
        "    - {address: '192.0.2.1:443', certificate: c.pem, key: k.pem}\n"
        "    - {address: '192.0.2.1:80', mode: redirect, http2: off}\n"
        "    - {address: '192.0.2.1:8080', mode: http, proxy_protocol_from: [10.0.0.0/8, '::1']}\n"
        "    - {address: '192.0.2.1:444', mode: https, certificates: [\n"
        "        {certificate: a.pem, key: /a.key}, {certificate: b.pem, key: b.key}]}\n"
        "  trusted_proxies: [192.0.2.7, 'fd00::/8']\n"
        "  access_log: {file: access.log, format: text}\n"
        "  admin: {address: '[::1]:9090'}\n"
        "  session: {idle_timeout: 30m, lifetime: 8h,\n"
        "    cookie: {persistent: on, http_only: off, secure: on}}\n"
        "  threads: 3\n"
        "  run_as: {user: www, broker_user: krb}\n"
        "  limits: {request_head: 8KiB, response_head: 16384, headers: 50, connections: 20,\n"
        "    backend_connections_per_app: 21, request_body: 10GiB, streams: 25,\n"
        "    backend_connections: 26, backend_connections_per_identity: 27,\n"
        "    requests_per_client: 28, tickets: 22, sessions: 23, events: 24,\n"
        "    head_timeout: 1s, keepalive_timeout: 2s, body_timeout: 3s, drain_timeout: 4s}\n"
        "store: sqlite:/srv/state.db\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", ""));
    assert_int_equal(c->listen_count, 5);
    assert_string_equal(c->listen[0].address, "::");
    assert_int_equal(c->listen[0].port, 8443);
    assert_string_equal(c->listen[0].certificate, "/tls/c.pem");
    assert_int_equal(c->listen[0].mark.line, 3);
    assert_int_equal(c->listen[0].mark.column, 7);
    assert_string_equal(c->listen[1].address, "192.0.2.1");
    check_other_listeners(c);
    assert_int_equal(c->trusted_proxy_count, 2);
    assert_true(c->trusted_proxies[1].is_ipv6);
    assert_int_equal(c->trusted_proxies[1].prefix, 8);
    assert_true(str_ends(str_of(c->access_log.file), STR("/access.log")));
    assert_int_equal(c->access_log.file[0], '/');
    assert_int_equal(c->access_log.format, ACCESS_LOG_TEXT);
    assert_string_equal(c->admin.address, "::1");
    assert_int_equal(c->admin.port, 9090);
    assert_int_equal(c->session_idle_s, 1800);
    assert_int_equal(c->session_lifetime_s, 28800);
    assert_true(c->cookie_is_persistent);
    assert_false(c->cookie_is_http_only);
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
    assert_int_equal(l->request_body, 10737418240);
    assert_int_equal(l->streams, 25);
    assert_int_equal(l->backend_connections, 26);
    assert_int_equal(l->backend_connections_per_identity, 27);
    assert_int_equal(l->requests_per_client, 28);
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
                "    deny_groups: [Domain Admins, Vault], timeout: 5s, threads: 2}\n"
                "  directory: {servers: ['dc1.corp.example:389', 'gc.corp.example:3268']}\n"
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
    assert_ptr_equal(config_app_provider(&c->apps[0], STR("staff")), p);
    assert_string_equal(c->connector_group, "inside");
    assert_int_equal(c->dns_count, 2);
    assert_string_equal(c->dns[0].address, "10.0.0.10");
    assert_int_equal(c->dns[0].port, 53);
    assert_string_equal(c->dns[1].address, "fd00::1");
    assert_int_equal(c->dns[1].port, 5353);
    assert_string_equal(c->ldap.servers[c->ldap.server_count - 1].host, "gc.corp.example");
    const struct config_kerberos *k = &c->kerberos;
    assert_true(k->present);
    assert_string_equal(k->keytab, "/k");
    assert_string_equal(k->principal, "svc@CORP.EXAMPLE");
    assert_int_equal(k->allow_spn_count, 2);
    assert_string_equal(k->allow_spns[1], "HTTP/old");
    assert_int_equal(k->deny_user_count, 2);
    assert_string_equal(k->deny_users[0], "administrator");
    assert_string_equal(k->deny_groups[k->deny_group_count - 1], "Vault");
    assert_int_equal(k->timeout_ms, 5000);
    assert_int_equal(k->threads, 2);
    config_free(c);
}

static void check_publishing(const struct config_app *a) {
    assert_int_equal(a->idle_timeout_ms, 180000);
    assert_int_equal(a->total_timeout_ms, 3600000);
    assert_int_equal(a->backend_count, 3);
    assert_string_equal(a->backends[0].host, "web1.corp");
    assert_int_equal(a->backends[0].port, 8443);
    assert_string_equal(a->backends[1].host, "fd00::1");
    assert_int_equal(a->backends[2].port, 81);
    assert_string_equal(a->health.path, "/~up?x=%2f");
    assert_int_equal(a->health.interval_ms, 1000);
    assert_int_equal(a->health.timeout_ms, 2000);
    assert_int_equal(a->health.fall, 4);
    assert_int_equal(a->health.rise, 5);
    assert_false(a->is_sticky);
    assert_int_equal(a->host_header, HOST_EXTERNAL);
    assert_false(a->translates_headers);
    assert_true(a->is_in_maintenance);
    assert_int_equal(a->robots, ROBOTS_FORWARD);
    assert_int_equal(a->cors_count, 2);
    const struct config_cors *cors = &a->cors[0];
    assert_string_equal(cors->path, "/hr/api/");
    assert_int_equal(cors->origin_count, 2);
    assert_string_equal(cors->origins[0], "https://a.example");
    assert_string_equal(cors->origins[1], "https://b.example:444");
    assert_int_equal(cors->method_count, 2);
    assert_string_equal(cors->methods[1], "X-DO");
    assert_int_equal(cors->header_count, 1);
    assert_string_equal(cors->headers[0], "X-One");
    assert_true(cors->allows_credentials);
    assert_int_equal(cors->max_age_s, 7200);
    assert_string_equal(a->cors[1].path, "/hr/");
    assert_string_equal(a->cors[1].origins[0], "*");
    assert_false(a->cors[1].allows_credentials);
    assert_int_equal(a->cors[1].max_age_s, 3600);
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
        "    allow: {users: [alice@corp.example, bob]}\n"
        "    connector_group: default\n"
        "    sso: {mode: kerberos, spn: HTTP/hr, login_identity: on_premises_sam_account_name,\n"
        "      token: krb5, negotiate: preemptive, authenticate: request, mutual: optional}\n"
        "    backend_tls: {ca: ca.pem, name: hr.inside}\n"
        "    timeout: 2m\n"
        "    connect_timeout: 500ms\n"
        "    idle_timeout: 3m\n"
        "    total_timeout: 1h\n"
        "    backends: ['web1.corp:8443', '[fd00::1]:80', '10.0.0.1:81']\n"
        "    health: {path: '/%7eup?x=%2f', interval: 1s, timeout: 2s, fall: 4, rise: 5}\n"
        "    sticky: off\n"
        "    host_header: external\n"
        "    translate_headers: off\n"
        "    maintenance: on\n"
        "    robots: forward\n"
        "    cors:\n"
        "      - {path: /hr/%61pi/, origins: ['https://A.example:443', 'https://b.example:444'],\n"
        "         methods: [PUT, X-DO], headers: [X-One], credentials: on, max_age: 2h}\n"
        "      - {origins: ['*']}\n"
        "  - {name: www, external_url: 'https://www.example.com', internal_url: 'http://w.corp/',\n"
        "     pre_authentication: passthrough, sso: {mode: none}}\n"
        "  - {name: it, external_url: 'https://it.example.com', internal_url: 'http://i.corp/',\n"
        "     pre_authentication: staff, sso: {mode: none, login_identity: {claim: email, as: "
        "upn}}}");
    const struct config_app *a = &c->apps[0];
    assert_int_equal(c->app_count, 3);
    assert_int_equal(c->apps[2].login_identity, LOGIN_CLAIM_UPN);
    assert_string_equal(c->apps[2].login_claim, "email");
    assert_string_equal(a->name, "hr");
    assert_str(a->external.host, "hr.example.com");
    assert_str(a->external.path, "/hr/");
    assert_int_equal(a->internal.port, 8443);
    assert_int_equal(a->allow.user_count, 2);
    assert_string_equal(a->allow.users[1], "bob");
    assert_int_equal(a->sso, SSO_KERBEROS);
    assert_string_equal(a->spn, "HTTP/hr");
    assert_int_equal(a->login_identity, LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME);
    assert_int_equal(a->token, TOKEN_KRB5);
    assert_string_equal(a->backend_name, "hr.inside");
    assert_int_equal(a->timeout_ms, 120000);
    assert_int_equal(a->connect_timeout_ms, 500);
    check_publishing(a);
    assert_int_equal(a->mark.line, 5);
    assert_int_equal(config_mark_of(c, &a->spn).line, 11);
    assert_int_equal(config_mark_of(c, &a->allow.users[1]).column, 41);
    assert_int_equal(c->apps[1].sso, SSO_NONE);
    assert_int_equal(c->apps[1].provider_count, 0);
    assert_null(c->apps[1].spn);
    config_free(c);
}

static void check_publishing_defaults(const struct config_app *a) {
    assert_int_equal(a->idle_timeout_ms, 85000);
    assert_int_equal(a->total_timeout_ms, 0);
    assert_int_equal(a->backend_count, 1);
    assert_string_equal(a->backends[0].host, "a.corp");
    assert_int_equal(a->backends[0].port, 80);
    assert_null(a->health.path);
    assert_int_equal(a->health.interval_ms, 10000);
    assert_int_equal(a->health.timeout_ms, 5000);
    assert_int_equal(a->health.fall, 3);
    assert_int_equal(a->health.rise, 2);
    assert_true(a->is_sticky);
    assert_int_equal(a->host_header, HOST_INTERNAL);
    assert_true(a->translates_headers);
    assert_false(a->is_in_maintenance);
    assert_int_equal(a->robots, ROBOTS_DENY);
    assert_int_equal(a->cors_count, 0);
}

static void defaults(void **state) {
    (void)state;
    struct config *c =
        parse_fine(GATEWAY "apps:\n"
                           "- {name: a, external_url: 'https://a.example.com/',\n"
                           "   internal_url: 'http://a.corp/', pre_authentication: passthrough}\n");
    const struct config_app *a = &c->apps[0];
    const struct config_limits *l = &c->limits;
    assert_int_equal(c->listen[0].mode, LISTEN_HTTPS);
    assert_true(c->listen[0].http2);
    assert_int_equal(c->listen[0].certificate_count, 0);
    assert_int_equal(c->listen[0].proxy_from_count, 0);
    assert_int_equal(c->trusted_proxy_count, 0);
    assert_null(c->access_log.file);
    assert_int_equal(c->access_log.format, ACCESS_LOG_JSON);
    assert_null(c->admin.address);
    assert_false(c->cookie_is_persistent);
    assert_true(c->cookie_is_http_only);
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
    assert_int_equal(l->request_body, 0);
    assert_int_equal(l->streams, 100);
    assert_int_equal(l->backend_connections, 4096);
    assert_int_equal(l->backend_connections_per_identity, 32);
    assert_int_equal(l->requests_per_client, 256);
    assert_int_equal(l->tickets, 10000);
    assert_int_equal(l->sessions, 100000);
    assert_int_equal(l->events, 100000);
    assert_int_equal(l->head_timeout_ms, 15000);
    assert_int_equal(l->keepalive_timeout_ms, 60000);
    assert_int_equal(l->body_timeout_ms, 60000);
    assert_int_equal(l->drain_timeout_ms, 30000);
    assert_null(a->allow.users);
    assert_int_equal(a->sso, SSO_NONE);
    assert_int_equal(a->login_identity, LOGIN_USER_PRINCIPAL_NAME);
    assert_int_equal(a->token, TOKEN_SPNEGO);
    assert_null(a->backend_ca);
    assert_null(a->backend_name);
    assert_string_equal(a->connector_group, "default");
    assert_int_equal(a->timeout_ms, 85000);
    assert_int_equal(a->connect_timeout_ms, 5000);
    check_publishing_defaults(a);
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
    assert_int_equal(key->keys != NULL, is_section || (key->choices && key->keys));
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
