/* SPDX-License-Identifier: Apache-2.0 */
#include "http/message.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;
static struct headers all;

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 65536);
    all = (struct headers){0};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void add(struct str name, struct str value) {
    assert_true(headers_add(&arena, &all, name, value));
}

static void order_and_repetition_are_kept(void **state) {
    (void)state;
    for (size_t i = 0; i < 100; i++)
        add(i % 2 ? STR("Odd") : STR("Even"), str_n("0123456789" + i % 10, 1));
    assert_int_equal(all.count, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_true(str_eq(all.at[i].name, i % 2 ? STR("Odd") : STR("Even")));
        assert_int_equal(all.at[i].value.p[0], '0' + i % 10);
    }
}

static void a_full_arena_leaves_the_headers_as_they_were(void **state) {
    (void)state;
    struct arena small;
    arena_init(&small, 16 * sizeof(struct header));
    for (size_t i = 0; i < 16; i++)
        assert_true(headers_add(&small, &all, STR("A"), STR("1")));
    assert_false(headers_add(&small, &all, STR("B"), STR("2")));
    assert_int_equal(all.count, 16);
    assert_true(str_eq(all.at[15].name, STR("A")));
    arena_fini(&small);
}

static void the_first_header_of_a_name_is_found_in_any_case(void **state) {
    (void)state;
    add(STR("Host"), STR("one"));
    add(STR("HOST"), STR("two"));
    add(STR("Empty"), STR_NONE);
    assert_true(str_eq(headers_get(&all, STR("hOsT")), STR("one")));
    assert_int_equal(headers_count(&all, STR("host")), 2);
    assert_null(headers_get(&all, STR("Hos")).p);
    assert_non_null(headers_get(&all, STR("empty")).p);
}

static void tokens_are_found_on_every_line_of_a_list(void **state) {
    (void)state;
    add(STR("Connection"), STR("x-one ,\tX-Two,,"));
    add(STR("connection"), STR("close"));
    add(STR("Other"), STR("upgrade"));
    static const struct {
        const char *token;
        bool is_there;
    } ROWS[] = {{"X-ONE", true},    {"x-two", true}, {"Close", true},
                {"upgrade", false}, {"x", false},    {"x-one ,", false}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (headers_has_token(&all, STR("Connection"), str_of(ROWS[i].token)) != ROWS[i].is_there)
            fail_msg("%s", ROWS[i].token);
}

static void names_are_folded_as_a_cgi_back_end_folds_them(void **state) {
    (void)state;
    assert_true(header_name_folds_to(STR("x_forwarded.FOR"), STR("X-Forwarded-For")));
    assert_false(header_name_folds_to(STR("X-Forwarded-For "), STR("X-Forwarded-For")));
    assert_false(header_name_folds_to(STR("XForwardedFor"), STR("X-Forwarded-For")));
}

struct drop_row {
    const char *name;
    bool is_dropped, is_dropped_when_passed_through;
};

static void what_a_client_must_not_say_is_dropped(void **state) {
    (void)state;
    static const struct drop_row ROWS[] = {
        {"Authorization", true, false},
        {"AUTHORIZATION", true, false},
        {"Proxy-Authorization", true, true},
        {"proxy_authorization", true, true},
        {"Forwarded", true, true},
        {"X-Forwarded-For", true, true},
        {"x_forwarded_user", true, true},
        {"X.Forwarded.Anything", true, true},
        {"X-Real-IP", true, true},
        {"X_Real_IP", true, true},
        {"kerbgate-user", true, true},
        {"Kerbgate_User", true, true},
        {"Connection", true, true},
        {"Keep-Alive", true, true},
        {"Proxy-Connection", true, true},
        {"TE", true, true},
        {"Trailer", true, true},
        {"Transfer-Encoding", true, true},
        {"Transfer_Encoding", true, true},
        {"Content_Length", true, true},
        {"Upgrade", true, true},
        {"X-Named", true, true}, /* by Connection */
        {"Host", false, false},
        {"Cookie", false, false},
        {"Accept", false, false},
        {"X-Forwarded", true, true},
        {"X~Forwarded'For", true, true},
        {"kerbgate+user", true, true},
        {"X-Forwardedly", false, false},
        {"kerbgat", false, false},
        {"WWW-Authenticate", false, false},
    };
    add(STR("Connection"), STR("close, x-named"));
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct str name = str_of(ROWS[i].name);
        if (header_is_dropped_inbound(&all, name, false) != ROWS[i].is_dropped ||
            header_is_dropped_inbound(&all, name, true) != ROWS[i].is_dropped_when_passed_through)
            fail_msg("%s", ROWS[i].name);
    }
}

static void hop_by_hop_headers_of_an_answer_end_here(void **state) {
    (void)state;
    add(STR("Connection"), STR("X-Named"));
    static const struct {
        const char *name;
        bool is_dropped;
    } ROWS[] = {{"Connection", true},         {"keep-alive", true}, {"TE", true},
                {"Transfer-Encoding", true},  {"Upgrade", true},    {"Trailer", true},
                {"Proxy-Authenticate", true}, {"x-named", true},    {"Set-Cookie", false},
                {"WWW-Authenticate", false},  {"Location", false},  {"Content-Length", false}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (header_is_hop_by_hop(&all, str_of(ROWS[i].name)) != ROWS[i].is_dropped)
            fail_msg("%s", ROWS[i].name);
}

static void only_fields_that_may_name_others_are_asked_for_names(void **state) {
    (void)state;
    static const struct {
        const char *first, *second; /* of Connection; NULL: none */
        bool is_naming;
    } ROWS[] = {{NULL, NULL, false},         {"close", NULL, false},
                {"Keep-Alive", NULL, false}, {"close", "keep-alive", false},
                {"X-Named", NULL, true},     {"close", "x-named", true},
                {"x-named", "close", true},  {"close, x-named", NULL, true},
                {"keep-alive,", NULL, true}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        all = (struct headers){0};
        add(STR("X-Named"), STR("a"));
        if (ROWS[i].first)
            add(STR("connection"), str_of(ROWS[i].first));
        if (ROWS[i].second)
            add(STR("Connection"), str_of(ROWS[i].second));
        const struct headers *naming = headers_naming(&all);
        assert_int_equal(naming == &all, ROWS[i].is_naming);
        assert_int_equal(header_is_hop_by_hop(naming, STR("X-Named")),
                         header_is_hop_by_hop(&all, STR("X-Named")));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(order_and_repetition_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_arena_leaves_the_headers_as_they_were, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_first_header_of_a_name_is_found_in_any_case, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(tokens_are_found_on_every_line_of_a_list, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_folded_as_a_cgi_back_end_folds_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_a_client_must_not_say_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(hop_by_hop_headers_of_an_answer_end_here, setup, teardown),
        cmocka_unit_test_setup_teardown(only_fields_that_may_name_others_are_asked_for_names, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
