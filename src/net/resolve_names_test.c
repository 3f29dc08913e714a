/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve_names.h"

#include "net/testing.h"

static struct resolve_name *get(struct resolve_names *names, unsigned number) {
    char host[32];
    snprintf(host, sizeof host, "host-%u.corp.example", number);
    return resolve_names_get(names, host);
}

static void a_name_is_one_in_any_case_of_letters(void **state) {
    struct resolve_names names;
    (void)state;
    resolve_names_init(&names);
    struct resolve_name *n = resolve_names_get(&names, "hr.corp.example");
    assert_non_null(n);
    assert_int_equal(n->ends_us, 0);
    assert_ptr_equal(resolve_names_get(&names, "HR.Corp.Example"), n);
    assert_ptr_not_equal(resolve_names_get(&names, "hr.corp.exampl"), n);
    assert_int_equal(names.count, 2);
    resolve_names_fini(&names);
}

static void the_name_that_was_longest_not_asked_for_makes_room(void **state) {
    struct resolve_names names;
    (void)state;
    resolve_names_init(&names);
    for (unsigned i = 0; i < RESOLVE_NAMES_MAX; i++)
        get(&names, i)->ends_us = 1;
    get(&names, 0);
    assert_int_equal(get(&names, RESOLVE_NAMES_MAX)->ends_us, 0);
    assert_int_equal(names.count, RESOLVE_NAMES_MAX);
    assert_int_equal(get(&names, 0)->ends_us, 1);
    assert_int_equal(get(&names, 2)->ends_us, 1);
    assert_int_equal(get(&names, 1)->ends_us, 0); /* it is new */
    resolve_names_fini(&names);
}

static void a_name_in_use_stays(void **state) {
    struct resolve_names names;
    (void)state;
    resolve_names_init(&names);
    for (unsigned i = 0; i < RESOLVE_NAMES_MAX; i++) {
        struct resolve_name *n = get(&names, i);
        n->users = i % 2;
        n->is_asking = i % 2 == 0;
    }
    assert_null(get(&names, RESOLVE_NAMES_MAX));
    struct resolve_name *last = get(&names, RESOLVE_NAMES_MAX - 1);
    last->users = 0;
    assert_non_null(get(&names, RESOLVE_NAMES_MAX));
    resolve_names_fini(&names);
}

static void an_answer_is_kept_as_long_as_it_says_within_reason(void **state) {
    static const struct {
        int ttl, s;
    } ROWS[] = {{-1, 1}, {0, 1}, {1, 1}, {2, 2}, {3600, 3600}, {3601, 3600}, {INT32_MAX, 3600}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_int_equal(resolve_names_keep_us(ROWS[i].ttl), (int64_t)ROWS[i].s * 1000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_one_in_any_case_of_letters),
        cmocka_unit_test(the_name_that_was_longest_not_asked_for_makes_room),
        cmocka_unit_test(a_name_in_use_stays),
        cmocka_unit_test(an_answer_is_kept_as_long_as_it_says_within_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
