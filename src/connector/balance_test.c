/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "connector/balance.h"

#include <stdio.h>

enum { SECOND = 1000000, MANY = 3000 };

static char host[] = "a", one[] = "one", three[] = "three";
static struct config_backend backends[3] = {{host, 80}, {host, 81}, {host, 82}};
static struct config_app apps[2] = {{.name = one, .backends = backends, .backend_count = 1},
                                    {.name = three, .backends = backends, .backend_count = 3}};
static struct config config = {.apps = apps, .app_count = 2};

static int make(void **state) {
    *state = balance_new(&config);
    return *state ? 0 : -1;
}

static int end(void **state) {
    balance_free(*state);
    return 0;
}

static void the_least_busy_is_chosen(void **state) {
    struct balance *b = *state;
    unsigned counts[3] = {0};
    for (int i = 0; i < 30; i++) {
        size_t at = balance_choose(b, &apps[1], STR_NONE, 0, 0);
        balance_begin(b, &apps[1], at);
        counts[at]++;
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(counts[i], 10);
    balance_end(b, &apps[1], 1);
    assert_int_equal(balance_choose(b, &apps[1], STR_NONE, 0, 0), 1);
}

static size_t of_person(struct balance *b, int i, int64_t now_us) {
    char name[32];
    snprintf(name, sizeof name, "login:0:p%d@CORP.EXAMPLE", i);
    return balance_choose(b, &apps[1], str_of(name), 0, now_us);
}

static void a_person_stays_and_nobody_else_moves(void **state) {
    struct balance *b = *state;
    size_t first[MANY];
    unsigned counts[3] = {0};
    for (int i = 0; i < MANY; i++)
        counts[first[i] = of_person(b, i, 0)]++;
    for (int i = 0; i < 3; i++)
        assert_in_range(counts[i], MANY / 3 - MANY / 10, MANY / 3 + MANY / 10);
    balance_failed(b, &apps[1], 2, 0);
    for (int i = 0; i < MANY; i++) {
        size_t now = of_person(b, i, 0);
        assert_true(first[i] == 2 ? now != 2 : now == first[i]);
    }
    balance_worked(b, &apps[1], 2);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(of_person(b, i, 0), first[i]);
}

static void one_that_fails_rests_longer_each_time(void **state) {
    static const int64_t RESTS_S[] = {1, 2, 4, 8, 16, 30, 30};
    struct balance *b = *state;
    int64_t now_us = 0;
    for (size_t i = 0; i < sizeof RESTS_S / sizeof *RESTS_S; i++) {
        balance_failed(b, &apps[1], 0, now_us);
        now_us += RESTS_S[i] * SECOND;
        for (int k = 0; k < 3; k++)
            assert_int_not_equal(balance_choose(b, &apps[1], STR_NONE, 0, now_us - 1), 0);
        assert_int_equal(balance_choose(b, &apps[1], STR_NONE, 6, now_us), 0);
    }
}

static void without_one_that_is_well_another_is_tried(void **state) {
    struct balance *b = *state;
    for (size_t i = 0; i < 3; i++)
        balance_failed(b, &apps[1], i, 0);
    assert_in_range(balance_choose(b, &apps[1], STR_NONE, 0, 0), 0, 2);
    assert_int_equal(balance_choose(b, &apps[1], STR_NONE, 3, 0), 2);
    assert_in_range(balance_choose(b, &apps[1], STR_NONE, 7, 0), 0, 2);
    balance_failed(b, &apps[0], 0, 0);
    assert_int_equal(balance_choose(b, &apps[0], STR_NONE, 0, 0), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_least_busy_is_chosen),
        TEST(a_person_stays_and_nobody_else_moves),
        TEST(one_that_fails_rests_longer_each_time),
        TEST(without_one_that_is_well_another_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
