/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void every_error_has_its_words(void **state) {
    (void)state;
    for (enum err_code code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        const struct err_info *info = err_info(code);
        assert_non_null(info->name);
        assert_true(info->status >= 400 && info->status <= 599);
        assert_true(info->title[0]);
        for (enum err_code other = ERR_NONE; other < code; other++)
            assert_string_not_equal(info->name, err_info(other)->name);
    }
    assert_ptr_equal(err_info(ERR_COUNT), err_info(ERR_INTERNAL));
    assert_ptr_equal(err_info((enum err_code) - 1), err_info(ERR_INTERNAL));
}

static void what_is_set_replaces_all_that_was_there(void **state) {
    (void)state;
    struct err e = {.kdc = {.code = 13}, .hint = "old"};
    assert_false(err_set(&e, ERR_BUSY, "%d questions", 7));
    assert_int_equal(e.code, ERR_BUSY);
    assert_string_equal(e.detail, "7 questions");
    assert_int_equal(e.kdc.code, 0);
    assert_string_equal(e.hint, "");
    err_hint(&e, "type %s", "this");
    assert_string_equal(e.hint, "type this");
    assert_false(err_set(NULL, ERR_BUSY, "nobody looks"));
    err_hint(NULL, "nobody looks");
}

static void a_text_that_is_too_long_is_cut(void **state) {
    (void)state;
    struct err e;
    char text[2000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    err_set(&e, ERR_IO, "%s", text);
    err_hint(&e, "%s", text);
    assert_int_equal(strlen(e.detail), sizeof e.detail - 1);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_words),
        cmocka_unit_test(what_is_set_replaces_all_that_was_there),
        cmocka_unit_test(a_text_that_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
