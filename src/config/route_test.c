/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/route.h"

static const char YAML[] = GATEWAY PROVIDERS CONNECTOR
    "apps:\n"
    "- {name: any, external_url: 'https://*.apps.example.com/', internal_url: 'http://*.corp/',\n"
    "   sso: {mode: kerberos, spn: 'HTTP/*.corp:8080'}, pre_authentication: staff}\n"
    "- {name: hr, external_url: 'https://hr.apps.example.com/', internal_url: 'http://hr/',\n"
    "   pre_authentication: staff}\n"
    "- {name: hr-y, external_url: 'https://hr.apps.example.com/y/', internal_url: 'http://y/',\n"
    "   pre_authentication: staff}\n"
    "- {name: it, external_url: 'https://it.apps.example.com/z/', internal_url: 'http://it/',\n"
    "   pre_authentication: staff}\n"
    "- {name: any-x, external_url: 'https://*.apps.example.com/x/', internal_url: 'http://x/',\n"
    "   pre_authentication: staff, backends: ['web1:81', 'web2:82']}\n"
    "- {name: port, external_url: 'https://*.apps.example.com:8443/', internal_url: 'http://p/',\n"
    "   pre_authentication: staff}\n";

static void check(const char *what, struct route_match m, const char *app, const char *label) {
    if (strcmp(m.app ? m.app->name : "", app) != 0 || !str_eq(m.label, str_of(label)))
        fail_msg("%s leads to \"%s\" with \"%.*s\", not to \"%s\" with \"%s\"", what,
                 m.app ? m.app->name : "", STR_ARG(m.label), app, label);
}

static void the_nearest_host_comes_first_then_the_longest_path(void **state) {
    (void)state;
    static const struct {
        const char *host;
        uint16_t port;
        const char *path, *app, *label;
    } ROWS[] = {
        {"crm.apps.example.com", 443, "/", "any", "crm"},
        {"crm.apps.example.com", 443, "/x/y", "any-x", "crm"},
        {"CRM.Apps.Example.com", 443, "/x", "any", "CRM"},
        {"crm.apps.example.com", 8443, "/x/", "port", "crm"},
        {"crm.apps.example.com", 444, "/", "", ""},
        /* An app with this host by name, even with a shorter path. */
        {"hr.apps.example.com", 443, "/", "hr", ""},
        {"hr.apps.example.com", 443, "/x/", "hr", ""},
        {"hr.apps.example.com", 443, "/y/", "hr-y", ""},
        {"hr.apps.example.com", 8443, "/", "port", "hr"},
        /* Where that app has nothing, the wildcard has. */
        {"it.apps.example.com", 443, "/z/a", "it", ""},
        {"it.apps.example.com", 443, "/x/a", "any-x", "it"},
        {"it.apps.example.com", 443, "/", "any", "it"},
        /* Exactly one label more. */
        {"apps.example.com", 443, "/", "", ""},
        {".apps.example.com", 443, "/", "", ""},
        {"a.b.apps.example.com", 443, "/", "", ""},
        {"crmapps.example.com", 443, "/", "", ""},
        {"crm.apps.example.com.evil.example", 443, "/", "", ""},
        {"*.apps.example.com", 443, "/", "", ""},
        {"", 443, "/", "", ""},
    };
    struct config *c = parse_fine(YAML);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check(ROWS[i].host, route_find(c, str_of(ROWS[i].host), ROWS[i].port, str_of(ROWS[i].path)),
              ROWS[i].app, ROWS[i].label);
    config_free(c);
}

static void our_own_pages_are_on_every_host(void **state) {
    (void)state;
    struct config *c = parse_fine(YAML);
    check("hr", route_host(c, STR("hr.apps.example.com"), 443), "hr", "");
    check("it", route_host(c, STR("it.apps.example.com"), 443), "it", "");
    check("crm", route_host(c, STR("crm.apps.example.com"), 443), "any", "crm");
    check("none", route_host(c, STR("a.b.apps.example.com"), 443), "", "");
    config_free(c);
}

static void only_the_last_slash_is_added(void **state) {
    (void)state;
    struct config *c = parse_fine(YAML);
    check("crm/x", route_without_slash(c, STR("crm.apps.example.com"), 443, STR("/x")), "any-x",
          "crm");
    check("it/z", route_without_slash(c, STR("it.apps.example.com"), 443, STR("/z")), "it", "");
    check("it/x", route_without_slash(c, STR("it.apps.example.com"), 443, STR("/x")), "any-x",
          "it");
    check("hr/y", route_without_slash(c, STR("hr.apps.example.com"), 443, STR("/y")), "hr-y", "");
    /* Behind the slash the app hr would answer too. */
    check("hr/x", route_without_slash(c, STR("hr.apps.example.com"), 443, STR("/x")), "", "");
    check("crm/", route_without_slash(c, STR("crm.apps.example.com"), 443, STR("/")), "", "");
    config_free(c);
}

static void assert_str(struct str s, const char *expected) {
    if (!str_eq(s, str_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), expected);
}

static void the_label_is_carried_over(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 16);
    struct config *c = parse_fine(YAML);
    struct route_match m = route_find(c, STR("crm.apps.example.com"), 8443, STR("/"));
    const struct config_app *app = route_app(&a, &m);
    assert_str(app->external.host, "crm.apps.example.com");
    assert_str(app->external.authority, "crm.apps.example.com:8443");
    assert_str(app->external.origin, "https://crm.apps.example.com:8443");
    assert_str(app->internal.origin, "http://p");
    m = route_find(c, STR("crm.apps.example.com"), 443, STR("/"));
    app = route_app(&a, &m);
    assert_str(app->external.origin, "https://crm.apps.example.com");
    assert_str(app->internal.host, "crm.corp");
    assert_str(app->internal.origin, "http://crm.corp");
    assert_int_equal(app->internal.host.p[app->internal.host.n], 0); /* as names are dialled */
    assert_string_equal(app->spn, "HTTP/crm.corp:8080");
    assert_string_equal(app->backends[0].host, "crm.corp");
    assert_ptr_equal(config_app_written(app), m.app);
    assert_string_equal(m.app->spn, "HTTP/*.corp:8080");
    assert_string_equal(m.app->backends[0].host, "*.corp");
    m = route_find(c, STR("crm.apps.example.com"), 443, STR("/x/"));
    app = route_app(&a, &m);
    assert_string_equal(app->backends[1].host, "web2");
    m = route_find(c, STR("hr.apps.example.com"), 443, STR("/"));
    assert_ptr_equal(route_app(&a, &m), m.app);
    assert_ptr_equal(config_app_written(m.app), m.app);
    m = route_find(c, STR("none.example"), 443, STR("/"));
    assert_null(route_app(&a, &m));
    arena_fini(&a);
    config_free(c);
}

static void a_label_without_memory_is_no_app(void **state) {
    (void)state;
    struct config *c = parse_fine(YAML);
    struct route_match m = route_find(c, STR("crm.apps.example.com"), 443, STR("/"));
    bool is_made = false;
    for (size_t limit = 0; !is_made; limit += 8) {
        struct arena a;
        arena_init(&a, limit);
        is_made = route_app(&a, &m);
        arena_fini(&a);
        assert_true(limit < 4096);
    }
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_host_comes_first_then_the_longest_path),
        cmocka_unit_test(our_own_pages_are_on_every_host),
        cmocka_unit_test(only_the_last_slash_is_added),
        cmocka_unit_test(the_label_is_carried_over),
        cmocka_unit_test(a_label_without_memory_is_no_app),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
