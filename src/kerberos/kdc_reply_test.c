/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

#include "kerberos/kdc_reply.h"

/* KERB-EXT-ERROR: status C0000072, reserved, flags 1. */
static const struct str STATUS = {"\x72\x00\x00\xc0\0\0\0\0\x01\0\0\0", 12};

struct error {
    struct str time, code, text; /* no pointer: the field is not there */
    struct str data;             /* content of e-data's OCTET STRING */
};

static struct str field(struct arena *a, uint8_t number, uint8_t tag, struct str content) {
    return content.p ? element(a, (uint8_t)(0xa0 + number), element(a, tag, content)) : STR_NONE;
}

static struct str message(struct arena *a, struct str fields) {
    return element(a, 0x7e, element(a, 0x30, fields));
}

static struct str krb_error(struct arena *a, const struct error *e) {
    struct str fields = field(a, 0, 0x02, STR("\x05"));
    fields = joined(a, fields, field(a, 1, 0x02, STR("\x1e")));
    fields = joined(a, fields, field(a, 4, 0x18, e->time));
    fields = joined(a, fields, field(a, 5, 0x02, STR("\x07")));
    fields = joined(a, fields, field(a, 6, 0x02, e->code));
    fields = joined(a, fields, field(a, 9, 0x1b, STR("CORP.EXAMPLE")));
    fields = joined(a, fields, field(a, 11, 0x1b, e->text));
    return message(a, joined(a, fields, field(a, 12, 0x04, e->data)));
}

/* SEQUENCE { [1] type, [2] value } */
static struct str typed(struct arena *a, const char *type, struct str value) {
    struct str fields = joined(a, field(a, 1, 0x02, str_of(type)), field(a, 2, 0x04, value));
    return element(a, 0x30, fields);
}

static int arena_make(void **state) {
    static struct arena a;
    arena_init(&a, 4 << 20);
    *state = &a;
    return 0;
}

static int arena_remove(void **state) {
    arena_fini(*state);
    return 0;
}

static struct kdc_reply decoded(struct str in) {
    struct kdc_reply r;
    assert_true(kdc_reply_decode(in, &r));
    assert_true(r.is_error);
    return r;
}

static void an_error_tells_code_text_and_clock(void **state) {
    struct error e = {STR("20261124130500Z"), STR("\x0d"), STR("not delegated"), STR_NONE};
    struct kdc_reply r = decoded(krb_error(*state, &e));
    assert_int_equal(r.code, 13);
    assert_true(str_eq(r.text, e.text));
    assert_true(r.stime_s == 1795525500);
    assert_int_equal(r.nt_status, 0);
}

static void replies_that_are_no_errors_are_told_apart(void **state) {
    struct kdc_reply r;
    assert_true(kdc_reply_decode(element(*state, 0x6b, STR("AS-REP")), &r));
    assert_false(r.is_error);
    assert_true(kdc_reply_decode(element(*state, 0x6d, STR("TGS-REP")), &r));
    assert_false(r.is_error);
    assert_int_equal(r.code, 0);
}

static void a_status_is_found_in_either_shape_of_e_data(void **state) {
    struct arena *a = *state;
    struct str ours = typed(a, "\x03", STATUS), other = typed(a, "\x13", STR("etype info"));
    struct str salt = typed(a, "\x03", STR("CORP.EXAMPLE"));
    struct str more = str_n("\x72\x00\x00\xc0\0\0\0\0\x01\0\0\0\0", 13);
    const struct {
        const char *description;
        struct str data;
        uint32_t status;
    } ROWS[] = {
        {"KERB-ERROR-DATA", ours, 0xC0000072},
        {"METHOD-DATA", element(a, 0x30, joined(a, other, ours)), 0xC0000072},
        {"first of two", element(a, 0x30, joined(a, ours, salt)), 0xC0000072},
        {"behind a real salt of 12 letters", element(a, 0x30, joined(a, salt, ours)), 0xC0000072},
        {"a salt alone", element(a, 0x30, salt), 0},
        {"another type", typed(a, "\x13", STATUS), 0},
        {"flags are not 1", typed(a, "\x03", str_n("\x72\0\0\xc0\0\0\0\0\x02\0\0\0", 12)), 0},
        {"reserved is not 0", typed(a, "\x03", str_n("\x72\0\0\xc0\x01\0\0\0\x01\0\0\0", 12)), 0},
        {"cut", typed(a, "\x03", str_head(STATUS, 11)), 0},
        {"longer", typed(a, "\x03", more), 0},
        {"no DER", STR("whatever"), 0},
        {"empty", STR(""), 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct error e = {STR("20261124130500Z"), STR("\x0c"), STR_NONE, ROWS[i].data};
        struct kdc_reply r = decoded(krb_error(a, &e));
        if (r.nt_status != ROWS[i].status || r.code != 12)
            fail_msg("%s: %08X", ROWS[i].description, r.nt_status);
    }
}

static void times_that_are_none_are_not_believed(void **state) {
    static const struct {
        const char *text;
        int64_t s;
    } ROWS[] = {
        {"19700101000001Z", 1},      {"20380119031408Z", 2147483648}, {"20260230120000Z", -1},
        {"20261301000000Z", 0},      {"20260001000000Z", 0},          {"20260100000000Z", 0},
        {"20260101240000Z", 0},      {"20260101006000Z", 0},          {"20260101000061Z", 0},
        {"2026010100000Z", 0},       {"20260101000000z", 0},          {"20260101000000.1Z", 0},
        {"20260101000000+0100Z", 0}, {"2026-1010000000", 0},          {"", 0},
        {"\x32\x30\x32\x36\xff", 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct error e = {str_of(ROWS[i].text), STR("\x25"), STR_NONE, STR_NONE};
        int64_t s = decoded(krb_error(*state, &e)).stime_s;
        /* -1: a day the month does not have is some other day, as timegm says. */
        if (ROWS[i].s < 0 ? s == 0 : s != ROWS[i].s)
            fail_msg("%s: %lld", ROWS[i].text, (long long)s);
    }
}

static void codes_outside_32_bits_are_refused(void **state) {
    struct kdc_reply r;
    struct error e = {STR_NONE, STR("\x7f\xff\xff\xff"), STR_NONE, STR_NONE};
    assert_int_equal(decoded(krb_error(*state, &e)).code, INT32_MAX);
    e.code = STR("\x80\x00\x00\x00");
    assert_int_equal(decoded(krb_error(*state, &e)).code, INT32_MIN);
    e.code = STR("\x00\x80\x00\x00\x00");
    assert_false(kdc_reply_decode(krb_error(*state, &e), &r));
    e.code = STR("");
    assert_false(kdc_reply_decode(krb_error(*state, &e), &r));
}

static void what_is_no_reply_is_refused_and_leaves_nothing(void **state) {
    struct arena *a = *state;
    struct str code = field(a, 6, 0x02, STR("\x0d")), text = field(a, 11, 0x1b, STR("text"));
    const struct {
        const char *description;
        struct str in;
    } ROWS[] = {
        {"nothing", STR("")},
        {"an AP-REQ", element(a, 0x6e, STR("x"))},
        {"HTTP", STR("HTTP/1.1 400 Bad Request\r\n")},
        {"bytes behind", joined(a, message(a, code), STR("x"))},
        {"bytes behind an AS-REP", joined(a, element(a, 0x6b, STR("x")), STR("x"))},
        {"no sequence", element(a, 0x7e, code)},
        {"bytes behind the sequence", element(a, 0x7e, joined(a, element(a, 0x30, code), text))},
        {"no code", message(a, text)},
        {"a code twice", message(a, joined(a, code, code))},
        {"fields out of order", message(a, joined(a, text, code))},
        {"broken off behind the code", message(a, joined(a, code, STR("\xab\x7f")))},
        {"a code that is a text", message(a, field(a, 6, 0x1b, STR("\x0d")))},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct kdc_reply r = {.code = 99};
        if (kdc_reply_decode(ROWS[i].in, &r) || r.is_error || r.code || r.text.n || r.stime_s)
            fail_msg("%s", ROWS[i].description);
    }
}

static void every_cut_of_an_error_is_refused(void **state) {
    struct error e = {STR("20261124130500Z"), STR("\x0d"), STR("text"),
                      typed(*state, "\x03", STATUS)};
    struct str whole = krb_error(*state, &e);
    struct kdc_reply r;
    for (size_t n = 0; n < whole.n; n++)
        assert_false(kdc_reply_decode(str_head(whole, n), &r));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_error_tells_code_text_and_clock, arena_make,
                                        arena_remove),
        cmocka_unit_test_setup_teardown(replies_that_are_no_errors_are_told_apart, arena_make,
                                        arena_remove),
        cmocka_unit_test_setup_teardown(a_status_is_found_in_either_shape_of_e_data, arena_make,
                                        arena_remove),
        cmocka_unit_test_setup_teardown(times_that_are_none_are_not_believed, arena_make,
                                        arena_remove),
        cmocka_unit_test_setup_teardown(codes_outside_32_bits_are_refused, arena_make,
                                        arena_remove),
        cmocka_unit_test_setup_teardown(what_is_no_reply_is_refused_and_leaves_nothing, arena_make,
                                        arena_remove),
        cmocka_unit_test_setup_teardown(every_cut_of_an_error_is_refused, arena_make, arena_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
