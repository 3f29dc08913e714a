/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "config/route.h"

#define TWO                                                                                        \
    "identity_providers: [{name: staff, type: form, realm: CORP.EXAMPLE}, {name: guests, "         \
    "type: form, realm: GUESTS.EXAMPLE}]\n"
#define HOME(text) GATEWAY TWO CONNECTOR "apps:\n" APP("hr", "") "home: {" text "}\n"

static void a_home_that_cannot_be_is_refused(void **state) {
    static const struct report_row ROWS[] = {
        {"one that can be", HOME("external_url: 'https://a.example/', pre_authentication: staff"),
         ""},
        {"of several providers",
         HOME("external_url: 'https://a.example/', pre_authentication: [guests, staff]"), ""},
        {"nowhere", HOME("pre_authentication: staff"),
         "k.yaml:6:7: home.external_url is missing, expected a URL such as "
         "https://hr.example.com/\n"},
        {"for nobody", HOME("external_url: 'https://a.example/'"),
         "k.yaml:6:7: home.pre_authentication is missing, expected the name of an identity "
         "provider, or passthrough\n"},
        {"in clear", HOME("external_url: 'http://a.example/', pre_authentication: staff"),
         "k.yaml:6:22: home.external_url: people reach kerbgate by TLS alone, expected https://\n"},
        {"everywhere", HOME("external_url: 'https://*.a.example/', pre_authentication: staff"),
         "k.yaml:6:22: home.external_url: the home is at one host, expected no '*'\n"},
        {"among our other pages",
         HOME("external_url: 'https://a.example/.kerbgate/', pre_authentication: staff"),
         "k.yaml:6:22: home.external_url: kerbgate's other pages are under /.kerbgate/, expected "
         "another path\n"},
        {"where an app is",
         HOME("external_url: 'https://hr.example.com/', pre_authentication: staff"),
         "k.yaml:6:22: home.external_url: the app in line 5 has this address\n"},
        {"of a provider that no app has",
         HOME("external_url: 'https://a.example/', pre_authentication: guests"),
         "k.yaml:6:64: warning: home.pre_authentication: no app is signed in to by a provider of "
         "the home's, which will list none\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void the_home_has_an_address_as_apps_have(void **state) {
    static const struct {
        const char *host, *path;
        bool is_home;
    } ROWS[] = {{"hr.example.com", "/", true},
                {"hr.example.com", "/other", true},
                {"hr.example.com", "/below/x", false},
                {"else.example.com", "/", false}};
    (void)state;
    struct config *c =
        parse_fine(GATEWAY PROVIDERS CONNECTOR
                   "apps:\n- {name: below, external_url: 'https://hr.example.com/below/', "
                   "internal_url: 'http://b.corp/', pre_authentication: staff}\n"
                   "home: {external_url: 'https://hr.example.com/', pre_authentication: staff}\n");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct route_match m = route_find(c, str_of(ROWS[i].host), 443, str_of(ROWS[i].path));
        if ((m.app == &c->home) != ROWS[i].is_home)
            fail_msg("%s%s", ROWS[i].host, ROWS[i].path);
    }
    assert_ptr_equal(route_host_any_port(c, STR("hr.example.com")).app, &c->home);
    assert_string_equal(c->home.name, "home");
    config_free(c);
}

static void without_a_home_there_is_none(void **state) {
    (void)state;
    struct config *c = parse_fine(BASE);
    assert_false(c->has_home);
    assert_null(route_find(c, STR(""), 0, STR("/")).app);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_home_that_cannot_be_is_refused),
        cmocka_unit_test(the_home_has_an_address_as_apps_have),
        cmocka_unit_test(without_a_home_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
