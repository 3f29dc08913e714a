/* SPDX-License-Identifier: Apache-2.0
 *
 * How much work a paste is: this test has its own copy of http/pasted.c, in which each look at
 * whether a byte is a blank is counted.
 */
#include "http/testing.h"

#include "http/pasted_int.h"

static size_t looks;
#define is_blank(c) (looks++, is_blank(c))

#include "http/pasted.c" /* NOLINT(bugprone-suspicious-include) */

static char text[PASTED_MAX];
static struct pasted p;

/* `part` again and again, and `filler` behind it from the middle on. */
static void fill(struct str part, char filler) {
    memset(text, filler, sizeof text);
    for (size_t i = 0; i + part.n <= sizeof text / 2; i += part.n)
        memcpy(text + i, part.p, part.n);
}

/* Each byte is looked at a few times, whatever stands around it. */
static void the_work_is_as_much_as_the_bytes(void **state) {
    enum { LOOKS_MAX = 8 };
    static const struct {
        struct str part;
        char filler;
    } ROWS[] = {
        {STR(" Authorization"), ' '},
        {STR(" Authorization "), '\t'},
        {STR(" Authorization\""), ' '},
        {STR(" Authorization : "), ' '},
        {STR("Authorization: a\n"), ' '},
        {STR("Authorization: a\n"), 'A'},
        {STR("A\n"), ' '},
        {STR("WWW-Authenticate: a, "), ' '},
        {STR("NTLM, "), ','},
        {STR("'\" "), '\''},
        {STR("HTTP/1.1 401\n"), ' '},
        {STR(" "), '\\'},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        fill(ROWS[i].part, ROWS[i].filler);
        looks = 0;
        assert_true(pasted_read(str_n(text, sizeof text), &p));
        if (looks > LOOKS_MAX * sizeof text)
            fail_msg("row %zu: %zu looks", i, looks);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_work_is_as_much_as_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
