/* SPDX-License-Identifier: Apache-2.0 */
#include "base/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct totp SHA1 = {SECRET_MAC_SHA1, 8, STR("12345678901234567890")},
                         SHA256 = {SECRET_MAC_SHA256, 8, STR("12345678901234567890123456789012")},
                         SHORT = {SECRET_MAC_SHA1, 6, STR("12345678901234567890")};

/* RFC 6238, appendix B. */
static void the_codes_of_the_rfc(void **state) {
    static const struct {
        int64_t time_s;
        const char *sha1, *sha256;
    } ROWS[] = {
        {59, "94287082", "46119246"},         {1111111109, "07081804", "68084774"},
        {1111111111, "14050471", "67062674"}, {1234567890, "89005924", "91819424"},
        {2000000000, "69279037", "90698825"}, {20000000000, "65353130", "77737706"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char code[TOTP_DIGITS_MAX + 1];
        totp_code(&SHA1, ROWS[i].time_s / TOTP_STEP_S, code);
        assert_string_equal(code, ROWS[i].sha1);
        totp_code(&SHA256, ROWS[i].time_s / TOTP_STEP_S, code);
        assert_string_equal(code, ROWS[i].sha256);
        totp_code(&SHORT, ROWS[i].time_s / TOTP_STEP_S, code);
        assert_string_equal(code, ROWS[i].sha1 + 2);
    }
}

/* The code is 94287082, of step 1 (30 to 59 s). */
static void a_code_is_good_for_its_step_and_one_beside_it(void **state) {
    static const struct {
        int64_t now_s, last;
        enum totp_verdict verdict;
    } ROWS[] = {
        {59, 0, TOTP_RIGHT},  {30, 0, TOTP_RIGHT}, {29, 0, TOTP_RIGHT}, {0, 0, TOTP_RIGHT},
        {60, 0, TOTP_RIGHT},  {89, 0, TOTP_RIGHT}, {90, 0, TOTP_WRONG}, {120, 0, TOTP_WRONG},
        {59, -1, TOTP_RIGHT}, {59, 1, TOTP_USED},  {59, 2, TOTP_USED},  {90, 1, TOTP_WRONG},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int64_t step;
        enum totp_verdict got =
            totp_judge(&SHA1, STR("94287082"), ROWS[i].now_s, ROWS[i].last, &step);
        if (got != ROWS[i].verdict || step != (got == TOTP_WRONG ? 0 : 1))
            fail_msg("row %zu: %d of step %lld", i, got, (long long)step);
    }
}

static void nothing_else_is_a_code(void **state) {
    static const char *const CODES[] = {"", "94287083", "4287082", "942870820", "287082"};
    int64_t step;
    (void)state;
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        assert_int_equal(totp_judge(&SHA1, str_of(CODES[i]), 59, -1, &step), TOTP_WRONG);
}

static void codes_are_read_as_they_are_shown(void **state) {
    static const struct {
        const char *typed, *code;
    } ROWS[] = {
        {"123456", "123456"},
        {"123 456", "123456"},
        {" 1234 5678 ", "12345678"},
        {"", ""},
        {"12345", ""},
        {"1234567", ""},
        {"123456789", ""},
        {"12345a", ""},
        {"-12345", ""},
        {"1234567890123456", ""},
        {"123\t456", ""},
        {"\xd9\xa1"
         "23456",
         ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char code[TOTP_DIGITS_MAX + 1];
        assert_int_equal(totp_read(str_of(ROWS[i].typed), code), ROWS[i].code[0] != 0);
        assert_string_equal(code, ROWS[i].code);
    }
}

static void what_an_authenticator_takes_in(void **state) {
    struct buf out;
    (void)state;
    buf_init(&out, 512);
    totp_uri(&out, &SHORT, STR("Corp & Co"), STR("alice@CORP.EXAMPLE"));
    buf_add_byte(&out, 0);
    assert_string_equal(buf_str(&out).p,
                        "otpauth://totp/Corp%20%26%20Co:alice%40CORP.EXAMPLE?"
                        "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Corp%20%26%20Co&"
                        "algorithm=SHA1&digits=6&period=30");
    buf_fini(&out);
}

static void secrets_are_as_long_as_the_digest(void **state) {
    (void)state;
    assert_int_equal(totp_secret_size(SECRET_MAC_SHA1), 20);
    assert_int_equal(totp_secret_size(SECRET_MAC_SHA256), TOTP_SECRET_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codes_of_the_rfc),
        cmocka_unit_test(a_code_is_good_for_its_step_and_one_beside_it),
        cmocka_unit_test(nothing_else_is_a_code),
        cmocka_unit_test(codes_are_read_as_they_are_shown),
        cmocka_unit_test(what_an_authenticator_takes_in),
        cmocka_unit_test(secrets_are_as_long_as_the_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
