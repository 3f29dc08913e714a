/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

#include "kerberos/spnego.h"

static const char KRB5[] = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
static const char SPNEGO[] = "\x06\x06\x2b\x06\x01\x05\x05\x02";

static const size_t SIZES[] = {0, 1, 90, 127, 128, 200, 255, 256, 1500, 65000, 65535, 65536, 90000};

static char memory[100000];

static struct str inside(struct str s, uint8_t tag) {
    struct str content;
    assert_true(der_expect(&s, tag, &content));
    assert_int_equal(s.n, 0);
    return content;
}

static struct str behind(struct str s, struct str prefix) {
    assert_true(str_starts(s, prefix));
    return str_from(s, prefix.n);
}

static void the_krb5_token_is_oid_token_id_and_ap_req(void **state) {
    (void)state;
    static char ap_req[90000];
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        struct der_writer w = der_writer(memory, sizeof memory);
        der_put(&w, str_n(ap_req, SIZES[i]));
        spnego_wrap_krb5(&w);
        assert_false(w.failed);
        struct str token = behind(inside(der_written(&w), 0x60), str_n(KRB5, sizeof KRB5 - 1));
        assert_true(str_eq(behind(token, STR("\x01\x00")), str_n(ap_req, SIZES[i])));
    }
}

static void the_init_token_offers_krb5_alone_and_carries_the_token(void **state) {
    (void)state;
    static char krb5_token[90000];
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        struct der_writer w = der_writer(memory, sizeof memory);
        struct str types;
        der_put(&w, str_n(krb5_token, SIZES[i]));
        spnego_wrap_init(&w);
        assert_false(w.failed);
        struct str choice = behind(inside(der_written(&w), 0x60), str_n(SPNEGO, sizeof SPNEGO - 1));
        struct str fields = inside(inside(choice, 0xa0), 0x30);
        assert_true(der_expect(&fields, 0xa0, &types));
        assert_true(str_eq(inside(types, 0x30), str_n(KRB5, sizeof KRB5 - 1)));
        assert_true(str_eq(inside(inside(fields, 0xa2), 0x04), str_n(krb5_token, SIZES[i])));
    }
}

static void what_does_not_fit_is_told(void **state) {
    (void)state;
    struct der_writer w = der_writer(memory, 20);
    der_put(&w, STR("an AP-REQ"));
    spnego_wrap_krb5(&w);
    assert_true(w.failed);
    w = der_writer(memory, 20);
    der_put(&w, STR("a token"));
    spnego_wrap_init(&w);
    assert_true(w.failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_krb5_token_is_oid_token_id_and_ap_req),
        cmocka_unit_test(the_init_token_offers_krb5_alone_and_carries_the_token),
        cmocka_unit_test(what_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
