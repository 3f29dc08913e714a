/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/sid.h"

#define ADMINS "\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\xff\xff\xff\xff\0\x02\0\0"

static const struct {
    const char *text;
    struct str bytes;
} SIDS[] = {
    {"S-1-5-21-1-2-4294967295-512", {ADMINS, sizeof ADMINS - 1}},
    {"S-1-1-0", {"\x01\x01\0\0\0\0\0\x01\0\0\0\0", 12}},
    {"S-1-5-32-544", {"\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0", 16}},
    {"S-1-0x0100000000AB-7", {"\x01\x01\x01\0\0\0\0\xab\x07\0\0\0", 12}},
};

static void text_and_bytes_are_of_one_sid(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof SIDS / sizeof *SIDS; i++) {
        struct sid parsed, decoded;
        char text[SID_TEXT_MAX];
        unsigned char bytes[SID_SIZE_MAX];
        assert_true(sid_parse(str_of(SIDS[i].text), &parsed));
        assert_true(sid_decode(SIDS[i].bytes, &decoded));
        assert_true(sid_eq(&parsed, &decoded));
        sid_text(&parsed, text);
        assert_string_equal(text, SIDS[i].text);
        assert_int_equal(sid_encode(&decoded, bytes), SIDS[i].bytes.n);
        assert_memory_equal(bytes, SIDS[i].bytes.p, SIDS[i].bytes.n);
        for (size_t j = 0; j < i; j++) {
            assert_true(sid_parse(str_of(SIDS[j].text), &decoded));
            assert_false(sid_eq(&parsed, &decoded));
        }
    }
}

static void what_is_no_sid_is_refused(void **state) {
    (void)state;
    static const char *const TEXTS[] = {"",
                                        "S",
                                        "S-1-",
                                        "S-1-5",
                                        "S-1-5-",
                                        "S-1--5",
                                        "S-2-5-21",
                                        "S-1-5-21-",
                                        "S-1-5--21",
                                        "S-1-5-21-4294967296",
                                        "S-1-4294967296-1",
                                        "S-1-0x5-1",
                                        "S-1-0x00000000000G-1",
                                        "S-1-5-x",
                                        "S-1-5-+1",
                                        "S-1-5-1 ",
                                        " S-1-5-1",
                                        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
                                        "Domain Admins"};
    static const struct str BYTES[] = {
        {"", 0},
        {"\x01\0\0\0\0\0\0\x05", 8},
        {"\x02\x01\0\0\0\0\0\x05\x01\0\0\0", 12},
        {"\x01\x01\0\0\0\0\0\x05\x01\0\0", 11},
        {"\x01\x01\0\0\0\0\0\x05\x01\0\0\0\0", 13},
        {"\x01\x02\0\0\0\0\0\x05\x01\0\0\0", 12},
        {"\x01\x10\0\0\0\0\0\x05", 8},
    };
    struct sid out, none = {0};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        if (sid_parse(str_of(TEXTS[i]), &out))
            fail_msg("%s", TEXTS[i]);
        assert_memory_equal(&out, &none, sizeof out);
    }
    for (size_t i = 0; i < sizeof BYTES / sizeof *BYTES; i++) {
        assert_false(sid_decode(BYTES[i], &out));
        assert_memory_equal(&out, &none, sizeof out);
    }
}

static void the_longest_one_has_room(void **state) {
    (void)state;
    struct sid s = {.authority = 0xffffffffffff, .count = SID_PARTS_MAX}, back;
    char text[SID_TEXT_MAX];
    for (size_t i = 0; i < SID_PARTS_MAX; i++)
        s.parts[i] = UINT32_MAX;
    sid_text(&s, text);
    assert_true(sid_parse(str_of(text), &back));
    assert_true(sid_eq(&s, &back));
    assert_false(sid_in_domain(&s, 512, &back));
    assert_false(sid_in_domain(&(struct sid){0}, 512, &back));
}

static void what_is_no_sid_has_no_bytes(void **state) {
    (void)state;
    unsigned char bytes[SID_SIZE_MAX];
    assert_int_equal(sid_encode(&(struct sid){0}, bytes), 0);
    assert_int_equal(sid_encode(&(struct sid){.count = SID_PARTS_MAX + 1}, bytes), 0);
    assert_int_equal(sid_encode(&(struct sid){.count = SID_PARTS_MAX}, bytes), SID_SIZE_MAX);
}

static void groups_that_every_domain_has_are_known_by_name(void **state) {
    (void)state;
    struct sid domain, group;
    uint32_t rid;
    char text[SID_TEXT_MAX];
    assert_true(sid_rid_of_group(STR("domain ADMINS"), &rid));
    assert_true(sid_parse(STR("S-1-5-21-7-8-9"), &domain));
    assert_true(sid_in_domain(&domain, rid, &group));
    sid_text(&group, text);
    assert_string_equal(text, "S-1-5-21-7-8-9-512");
    assert_true(sid_is_of_domain(&group, &rid));
    assert_int_equal(rid, 512);
    assert_false(sid_is_of_domain(&domain, &rid));
    assert_true(sid_parse(STR("S-1-5-32-544"), &group));
    assert_false(sid_is_of_domain(&group, &rid));
    assert_false(sid_rid_of_group(STR("Administrators"), &rid));
    assert_false(sid_rid_of_group(STR(""), &rid));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_bytes_are_of_one_sid),
        cmocka_unit_test(what_is_no_sid_is_refused),
        cmocka_unit_test(the_longest_one_has_room),
        cmocka_unit_test(what_is_no_sid_has_no_bytes),
        cmocka_unit_test(groups_that_every_domain_has_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
