/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/balance.h"

static char host[] = "a", path[] = "/", checked[] = "checked", other[] = "other";
static struct config_backend backends[] = {{host, 80}, {host, 81}};
static struct config_app apps[] = {
    {.name = other, .backends = backends, .backend_count = 1},
    {.name = checked,
     .backends = backends,
     .backend_count = 2,
     .health = {.path = path, .fall = 3, .rise = 2}},
};
static struct config config = {.apps = apps, .app_count = 2};

static int make(void **state) {
    *state = health_new(&config);
    return *state ? 0 : -1;
}

static int end(void **state) {
    health_free(*state);
    return 0;
}

/* One sign for each finding, '+' well, '-' ill, and for what was told of it: 'o' out, 'b' back. */
static void it_falls_after_some_failures_in_a_row_and_rises_after_some_answers(void **state) {
    static const char FOUND[] = "+--+---+-++-+++---";
    static const char TOLD[] = "......o...b......o";
    for (size_t i = 0; FOUND[i]; i++) {
        bool has_changed = health_found(*state, &apps[1], 1, FOUND[i] == '+');
        assert_int_equal(has_changed, TOLD[i] != '.');
        if (has_changed)
            assert_int_equal(health_is_out(*state, &apps[1], 1), TOLD[i] == 'o');
    }
    assert_true(health_is_out(*state, &apps[1], 1));
    assert_false(health_is_out(*state, &apps[1], 0));
    assert_false(health_is_out(NULL, &apps[1], 1));
}

static void find_ill(struct health *h, size_t index) {
    for (int i = 0; i < 3; i++)
        health_found(h, &apps[1], index, false);
}

static void who_is_out_is_not_chosen_unless_all_are(void **state) {
    struct balance *b = balance_new(&config);
    balance_heed(b, *state);
    find_ill(*state, 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(balance_choose(b, &apps[1], STR_NONE, 0, 0), 0);
    assert_int_equal(balance_choose(b, &apps[1], STR_NONE, 1, 0), 1); /* the last that is left */
    find_ill(*state, 0);
    size_t first = balance_choose(b, &apps[1], STR_NONE, 0, 0);
    balance_begin(b, &apps[1], first);
    assert_int_not_equal(balance_choose(b, &apps[1], STR_NONE, 0, 0), first);
    balance_free(b);
}

static void a_person_comes_back_to_who_is_back(void **state) {
    struct balance *b = balance_new(&config);
    balance_heed(b, *state);
    size_t home = balance_choose(b, &apps[1], STR("alice"), 0, 0);
    find_ill(*state, home);
    assert_int_not_equal(balance_choose(b, &apps[1], STR("alice"), 0, 0), home);
    for (int i = 0; i < 2; i++)
        health_found(*state, &apps[1], home, true);
    assert_int_equal(balance_choose(b, &apps[1], STR("alice"), 0, 0), home);
    balance_free(b);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, end)
    const struct CMUnitTest tests[] = {
        TEST(it_falls_after_some_failures_in_a_row_and_rises_after_some_answers),
        TEST(who_is_out_is_not_chosen_unless_all_are),
        TEST(a_person_comes_back_to_who_is_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
