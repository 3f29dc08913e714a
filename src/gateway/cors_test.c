/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "gateway/cors.h"

#define RULES                                                                                      \
    BASE "- {name: api, external_url: \"https://api.example.com/\", "                              \
         "internal_url: \"http://in.corp/\", pre_authentication: staff, cors: ["                   \
         "{path: /, origins: [\"https://a.example.com\"], methods: [PUT], headers: [X-Token], "    \
         "credentials: on, max_age: 10m}, "                                                        \
         "{path: /open/, origins: [\"*\"]}]}\n"

struct row {
    const char *method, *path, *origin, *asks_method, *asks_headers;
    enum cors_result result;
};

static const struct row ROWS[] = {
    {"OPTIONS", "/x", "https://a.example.com", "PUT", "x-token", CORS_ALLOWED},
    {"OPTIONS", "/x", "https://a.example.com", "GET", "", CORS_ALLOWED},
    {"OPTIONS", "/x", "https://a.example.com", "POST", "accept, X-Token", CORS_ALLOWED},
    {"OPTIONS", "/x", "https://a.example.com", "put", "", CORS_REFUSED},
    {"OPTIONS", "/x", "https://a.example.com", "DELETE", "", CORS_REFUSED},
    {"OPTIONS", "/x", "https://a.example.com", "PUT", "x-other", CORS_REFUSED},
    {"OPTIONS", "/x", "https://a.example.com", "PUT", "x-token, x-other", CORS_REFUSED},
    {"OPTIONS", "/x", "https://a.example.com.evil.example", "PUT", "", CORS_REFUSED},
    {"OPTIONS", "/x", "http://a.example.com", "PUT", "", CORS_REFUSED},
    {"OPTIONS", "/x", "null", "PUT", "", CORS_REFUSED},
    {"OPTIONS", "/open/x", "https://b.example.com", "GET", "", CORS_ALLOWED},
    {"OPTIONS", "/open/x", "https://b.example.com", "PUT", "", CORS_REFUSED},
    {"OPTIONS", "/opened", "https://b.example.com", "GET", "", CORS_REFUSED},
    {"OPTIONS", "/x", "", "PUT", "", CORS_NONE},
    {"OPTIONS", "/x", "https://a.example.com", "", "", CORS_NONE},
    {"GET", "/x", "https://a.example.com", "PUT", "", CORS_NONE},
};

static void a_preflight_is_answered_by_the_rule_for_its_path(void **state) {
    struct config *c = parse_fine(RULES);
    const struct config_app *app = &c->apps[c->app_count - 1];
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *row = &ROWS[i];
        struct arena a;
        struct message out, m = {.method = str_of(row->method)};
        arena_init(&a, 1 << 16);
        assert_true(headers_add(&a, &m.headers, STR("origin"), str_of(row->origin)));
        assert_true(headers_add(&a, &m.headers, STR("access-control-request-method"),
                                str_of(row->asks_method)));
        assert_true(headers_add(&a, &m.headers, STR("access-control-request-headers"),
                                str_of(row->asks_headers)));
        enum cors_result result = cors_preflight(&a, app, &m, str_of(row->path), &out);
        if (result != row->result)
            fail_msg("%s from %s: %d", row->path, row->origin, (int)result);
        if (result == CORS_ALLOWED) {
            bool is_open = strncmp(row->path, "/open/", 6) == 0;
            struct str origin = headers_get(&out.headers, STR("Access-Control-Allow-Origin"));
            assert_true(str_eq(origin, str_of(row->origin)));
            struct str key = STR("Access-Control-Allow-Credentials");
            assert_int_equal(headers_count(&out.headers, key), is_open ? 0 : 1);
            assert_int_equal(out.status, 204);
        }
        arena_fini(&a);
    }
    config_free(c);
}

struct exposed_row {
    const char *path, *origin, *allowed; /* NULL: it is not */
    bool has_credentials, varies;
};

static const struct exposed_row EXPOSED[] = {
    {"/x", "https://a.example.com", "https://a.example.com", true, true},
    {"/open/x", "https://b.example.com", "https://b.example.com", false, true},
    {"/x", "https://a.example.com.evil.example", NULL, false, true},
    {"/x", "null", NULL, false, true},
    {"/x", "", NULL, false, true},
};

static void a_script_that_is_let_in_may_read_where_to_sign_in(void **state) {
    struct config *c = parse_fine(RULES);
    (void)state;
    for (size_t i = 0; i < sizeof EXPOSED / sizeof *EXPOSED; i++) {
        const struct exposed_row *row = &EXPOSED[i];
        struct arena a;
        struct message out = {.status = 401}, m = {.method = STR("GET")};
        arena_init(&a, 1 << 16);
        assert_true(headers_add(&a, &m.headers, STR("origin"), str_of(row->origin)));
        assert_true(cors_expose(&a, &c->apps[c->app_count - 1], &m, str_of(row->path), &out));
        struct str allowed = headers_get(&out.headers, STR("Access-Control-Allow-Origin"));
        struct str exposed = headers_get(&out.headers, STR("Access-Control-Expose-Headers"));
        struct str key = STR("Access-Control-Allow-Credentials");
        if (!str_eq(allowed, str_of(row->allowed)) || (exposed.n > 0) != (allowed.n > 0))
            fail_msg("%s from %s", row->path, row->origin);
        assert_int_equal(headers_count(&out.headers, key), row->has_credentials ? 1 : 0);
        assert_int_equal(headers_count(&out.headers, STR("Vary")), row->varies ? 1 : 0);
        arena_fini(&a);
    }
    struct message out = {.status = 401}, m = {.method = STR("GET")};
    assert_true(cors_expose(NULL, &c->apps[0], &m, STR("/"), &out)); /* an app without rules */
    assert_int_equal(out.headers.count, 0);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_that_is_let_in_may_read_where_to_sign_in),
        cmocka_unit_test(a_preflight_is_answered_by_the_rule_for_its_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
