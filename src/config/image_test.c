/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/image.h"

#include <stdlib.h>

#define ROW(text, expected) {STR(text), expected}

static void an_image_is_known_by_its_bytes(void **state) {
    static const struct {
        struct str bytes;
        const char *expected;
    } ROWS[] = {
        ROW("\x89PNG\r\n\x1a\n\0\0\0\rIHDR....", "image/png"),
        ROW("\x89PNG\r\n\x1a\n", NULL),
        ROW("\x89PNG\n\x1a\n\0\0\0\rIHDR....", NULL), /* went through a text filter */
        ROW("\0\0\1\0\1\0....", "image/x-icon"),
        ROW("\0\0\1\0\0\0....", NULL),
        ROW("\0\0\2\0\1\0....", NULL), /* a cursor */
        ROW("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"),
        ROW("<svg>", "image/svg+xml"),
        ROW("\xef\xbb\xbf \n<?xml version=\"1.0\"?>\n<!-- a --><!-- b -->\n<svg\n",
            "image/svg+xml"),
        ROW("<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY a \"b\">]><svg>", NULL),
        ROW("<!-- <svg>", NULL),
        ROW("<?xml <svg>", NULL),
        ROW("<svgx>", NULL),
        ROW("<svg", NULL),
        ROW("<html><svg>", NULL),
        ROW("GIF89a", NULL),
        ROW("\xff\xd8\xff", NULL),
        ROW("", NULL),
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *type = image_type(ROWS[i].bytes);
        if (type != ROWS[i].expected &&
            (!type || !ROWS[i].expected || strcmp(type, ROWS[i].expected) != 0))
            fail_msg("row %zu: %s", i, type ? type : "none");
    }
}

static void a_large_one_is_none(void **state) {
    (void)state;
    char *bytes = calloc(1, IMAGE_MAX + 1);
    assert_non_null(bytes);
    memcpy(bytes, "\0\0\1\0\1", 5);
    assert_string_equal(image_type(str_n(bytes, IMAGE_MAX)), "image/x-icon");
    assert_null(image_type(str_n(bytes, IMAGE_MAX + 1)));
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_is_known_by_its_bytes),
        cmocka_unit_test(a_large_one_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
