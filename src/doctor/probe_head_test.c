/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include "doctor/probe_head.h"

static struct config_app app_of(struct arena *a) {
    struct config_app app = {0};
    const char *why;
    assert_true(url_parse(a, STR("http://hr.corp.example:8080/in/"), &app.internal, &why));
    assert_true(url_parse(a, STR("https://hr.example.com/"), &app.external, &why));
    return app;
}

static void writes(struct probe_head h, const char *expected) {
    struct arena a;
    struct buf out;
    arena_init(&a, 1 << 16);
    buf_init(&out, 1 << 16);
    struct config_app app = app_of(&a);
    h.app = &app;
    h.peer = "10.0.0.9";
    probe_head_write(&out, &h);
    assert_false(out.failed);
    buf_add_byte(&out, '\0');
    if (!strstr(buf_str(&out).p, expected))
        fail_msg("no \"%s\" in \"%s\"", expected, buf_str(&out).p);
    buf_fini(&out);
    arena_fini(&a);
}

static void a_head_is_as_an_application_gets_it(void **state) {
    (void)state;
    writes((struct probe_head){.target = STR("/in/x?y")}, "GET /in/x?y HTTP/1.1\r\n");
    writes((struct probe_head){.target = STR("/")}, "\r\nHost: hr.corp.example:8080\r\n");
    writes((struct probe_head){.target = STR("/"), .host = HOST_EXTERNAL},
           "\r\nHost: hr.example.com\r\n");
    writes((struct probe_head){.target = STR("/")},
           "\r\nX-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: "
           "hr.example.com\r\n");
    writes((struct probe_head){.target = STR("/"), .authorization = STR("Negotiate YII=")},
           "\r\nAuthorization: Negotiate YII=\r\n");
    writes((struct probe_head){.target = STR("/"), .filler = 8},
           "\r\nX-Kerbgate-Doctor: aaaaaaaa\r\n");
}

static void what_does_not_fit_or_is_not_clean_fails(void **state) {
    (void)state;
    static const struct {
        struct str authorization;
        size_t filler;
    } ROWS[] = {{STR("a\r\nb: c"), 0}, {STR("a"), 1 << 16}, {STR("a"), 1 << 24}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct buf out;
        arena_init(&a, 1 << 16);
        buf_init(&out, 1 << 15);
        struct config_app app = app_of(&a);
        probe_head_write(&out, &(struct probe_head){.app = &app,
                                                    .target = STR("/"),
                                                    .peer = "::1",
                                                    .authorization = ROWS[i].authorization,
                                                    .filler = ROWS[i].filler});
        assert_true(out.failed);
        buf_fini(&out);
        arena_fini(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_as_an_application_gets_it),
        cmocka_unit_test(what_does_not_fit_or_is_not_clean_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
