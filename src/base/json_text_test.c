/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json_text.h"

#include <stdlib.h>

static const struct {
    const char *what;
    struct str in;
    const char *out;
} ROWS[] = {
    {"plain text", {"HTTP/web", 8}, "HTTP/web"},
    {"UTF-8", {"m\xc3\xbcller", 7}, "m\xc3\xbcller"},
    {"Latin-1", {"m\xfcller", 6}, "m?ller"},
    {"a NUL", {"a\0b", 3}, "a?b"},
    {"a character that was cut", {"a\xc3", 2}, "a"},
    {"half a character inside", {"\xc3x", 2}, "?x"},
    {"nothing", {NULL, 0}, ""},
};

static void any_bytes_become_a_text(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *text = json_text(ROWS[i].in);
        if (!text || strcmp(json_string_value(text), ROWS[i].out) != 0)
            fail_msg("%s: %s", ROWS[i].what, text ? json_string_value(text) : "nothing");
        json_decref(text);
    }
}

static void a_long_text_is_cut(void **state) {
    (void)state;
    char *many = calloc(1, JSON_TEXT_MAX + 10);
    assert_non_null(many);
    memset(many, 'x', JSON_TEXT_MAX + 10);
    json_t *text = json_text(str_n(many, JSON_TEXT_MAX + 10));
    assert_int_equal(json_string_length(text), JSON_TEXT_MAX);
    json_decref(text);
    free(many);
}

static void an_empty_text_is_left_out_of_an_object(void **state) {
    (void)state;
    json_t *object = json_object();
    assert_true(json_set_text(object, "empty", STR_NONE));
    assert_true(json_set_text(object, "full", STR("x")));
    assert_int_equal(json_object_size(object), 1);
    json_decref(object);
}

static void what_is_no_text_reads_as_an_empty_one(void **state) {
    (void)state;
    json_t *object = json_pack("{s:s,s:i}", "name", "alice", "number", 1);
    assert_string_equal(json_get_text(object, "name"), "alice");
    assert_string_equal(json_get_text(object, "number"), "");
    assert_string_equal(json_get_text(object, "none"), "");
    assert_string_equal(json_get_text(NULL, "name"), "");
    json_decref(object);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_become_a_text),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(an_empty_text_is_left_out_of_an_object),
        cmocka_unit_test(what_is_no_text_reads_as_an_empty_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
