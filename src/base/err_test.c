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
        assert_int_equal(strspn(info->name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                         strlen(info->name));
        assert_true(info->event == 0 || (info->event >= 12000 && info->event < 30000));
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

static void a_cut_goes_between_two_characters(void **state) {
    (void)state;
    static const char *const CHARACTERS[] = {"x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\x91"};
    for (size_t i = 0; i < sizeof CHARACTERS / sizeof *CHARACTERS; i++) {
        size_t size = strlen(CHARACTERS[i]);
        for (size_t before = 500; before < sizeof((struct err *)0)->detail + 2; before++) {
            struct err e;
            err_set(&e, ERR_IO, "%*s%s%s", (int)before, "", CHARACTERS[i], CHARACTERS[i]);
            size_t room = sizeof e.detail - 1, kept = before < room ? (room - before) / size : 0;
            kept = kept < 2 ? kept : 2;
            size_t blanks = before < room ? before : room;
            assert_int_equal(strlen(e.detail), blanks + kept * size);
            assert_int_equal(e.hint[0], 0);
        }
    }
}

static void a_cut_hint_ends_with_a_whole_character(void **state) {
    (void)state;
    struct err e = {0};
    char text[1000] = "x"; /* an odd number of bytes before, an odd number of bytes of room */
    for (size_t i = 1; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa4", 3);
    err_hint(&e, "%s", text);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
    err_hint(&e, "x%s", text);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_words),
        cmocka_unit_test(what_is_set_replaces_all_that_was_there),
        cmocka_unit_test(a_text_that_is_too_long_is_cut),
        cmocka_unit_test(a_cut_goes_between_two_characters),
        cmocka_unit_test(a_cut_hint_ends_with_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
