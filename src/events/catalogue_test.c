/* SPDX-License-Identifier: Apache-2.0 */
#include "events/testing.h"

#include "events/catalogue.h"

static void every_number_of_an_error_is_in_the_catalogue(void **state) {
    (void)state;
    for (enum err_code code = ERR_NONE; code < ERR_COUNT; code++) {
        const struct err_info *info = err_info(code);
        if (info->event && !catalogue_find(info->event))
            fail_msg("the event %d of %s is not in src/events/catalogue.def", info->event,
                     info->name);
    }
}

static void numbers_ascend_and_every_row_has_words(void **state) {
    (void)state;
    size_t n;
    const struct catalogue_row *rows = catalogue_rows(&n);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || rows[i].event > rows[i - 1].event);
        assert_ptr_equal(catalogue_find(rows[i].event), &rows[i]);
        assert_true(strlen(rows[i].title) > 10 && strlen(rows[i].title) <= 70);
        assert_true(strlen(rows[i].meaning) > 20);
    }
}

static void numbers_of_the_original_are_kept(void **state) {
    (void)state;
    static const int NUMBERS[] = {1000,  12008, 12027, 13001, 13006, 13007,
                                  13014, 13016, 13019, 13020, 13022};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        assert_non_null(catalogue_find(NUMBERS[i]));
}

static void an_unknown_number_has_no_row(void **state) {
    (void)state;
    assert_null(catalogue_find(0));
    assert_null(catalogue_find(99999));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_an_error_is_in_the_catalogue),
        cmocka_unit_test(numbers_ascend_and_every_row_has_words),
        cmocka_unit_test(numbers_of_the_original_are_kept),
        cmocka_unit_test(an_unknown_number_has_no_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
