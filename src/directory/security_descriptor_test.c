/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "directory/security_descriptor.h"

#include <stdlib.h>

static const struct sid US = {.authority = 5, .count = 5, .parts = {21, 1, 2, 3, 1105}};
static const struct sid GROUP = {.authority = 5, .count = 5, .parts = {21, 1, 2, 3, 2000}};
static const struct sid OTHER = {.authority = 5, .count = 5, .parts = {21, 1, 2, 3, 1106}};

struct row {
    int type, flags;
    uint32_t mask;
    const struct sid *sid;
    int object_flags; /* of an object ACE */
};

static void add_u16(struct buf *b, size_t n) {
    buf_add_byte(b, (char)(n & 0xff));
    buf_add_byte(b, (char)(n >> 8 & 0xff));
}

static void add_u32(struct buf *b, uint32_t n) {
    add_u16(b, n & 0xffff);
    add_u16(b, n >> 16);
}

static void add_ace(struct buf *b, const struct row *r) {
    bool is_object = r->type == 5 || r->type == 6;
    size_t types = (size_t)((r->object_flags & 1) + (r->object_flags >> 1));
    size_t guids = is_object ? 4 + 16 * types : 0;
    unsigned char sid[SID_SIZE_MAX];
    size_t n = sid_encode(r->sid, sid);
    buf_add_byte(b, (char)r->type);
    buf_add_byte(b, (char)r->flags);
    add_u16(b, 8 + guids + n);
    add_u32(b, r->mask);
    if (is_object)
        add_u32(b, (uint32_t)r->object_flags);
    for (size_t i = 4; i < guids; i++)
        buf_add_byte(b, 'g');
    buf_add(b, str_n((const char *)sid, n));
}

/* For buf_fini. With one list, behind the head. */
static struct str descriptor(struct buf *b, const struct row *rows, size_t count) {
    struct buf list;
    buf_init(&list, 65536);
    for (size_t i = 0; i < count; i++)
        add_ace(&list, &rows[i]);
    buf_init(b, 65536);
    buf_add(b, STR("\1\0\4\x80"));
    add_u32(b, 0);
    add_u32(b, 0);
    add_u32(b, 0);
    add_u32(b, 20);
    buf_add(b, STR("\4\0"));
    add_u16(b, 8 + buf_size(&list));
    add_u16(b, count);
    add_u16(b, 0);
    buf_add(b, buf_str(&list));
    buf_fini(&list);
    return buf_str(b);
}

#define ALL 0xf01ff

static void the_first_entry_that_is_about_us_decides(void **state) {
    (void)state;
    static const struct {
        const char *what;
        struct row rows[3];
        size_t count;
        bool may;
    } ROWS[] = {
        {"an empty list", {{0}}, 0, false},
        {"us", {{0, 0, ALL, &US}}, 1, true},
        {"a group of ours", {{0, 0, ALL, &GROUP}}, 1, true},
        {"somebody else", {{0, 0, ALL, &OTHER}}, 1, false},
        {"the control right alone", {{0, 0, 0x100, &US}}, 1, true},
        {"everything, as a generic right", {{0, 0, 0x10000000, &US}}, 1, true},
        {"only reading", {{0, 0, 0x20094, &US}}, 1, false},
        {"denied, then allowed", {{1, 0, ALL, &US}, {0, 0, ALL, &US}}, 2, false},
        {"denied by a group", {{1, 0, ALL, &GROUP}, {0, 0, ALL, &US}}, 2, false},
        {"allowed, then denied", {{0, 0, ALL, &US}, {1, 0, ALL, &US}}, 2, true},
        {"somebody else denied", {{1, 0, ALL, &OTHER}, {0, 0, ALL, &US}}, 2, true},
        {"another right denied", {{1, 0, 0x20, &US}, {0, 0, ALL, &US}}, 2, true},
        {"for heirs only", {{0, 8, ALL, &US}}, 1, false},
        {"denied for heirs only", {{1, 8, ALL, &US}, {0, 0, ALL, &US}}, 2, true},
        {"an object ACE for all", {{5, 0, ALL, &US, 0}}, 1, true},
        {"an object ACE for one property", {{5, 0, ALL, &US, 1}}, 1, false},
        {"for heirs of one class", {{5, 0, ALL, &US, 2}}, 1, true},
        {"denied by an object ACE", {{6, 0, ALL, &US, 0}, {0, 0, ALL, &US}}, 2, false},
        {"under a condition", {{9, 0, ALL, &US}}, 1, false},
        {"denied under a condition", {{10, 0, ALL, &US}, {0, 0, ALL, &US}}, 2, false},
        {"auditing", {{2, 0, ALL, &OTHER}, {0, 0, ALL, &US}}, 2, true},
    };
    const struct sid ours[] = {US, GROUP};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct buf b;
        struct security_descriptor d;
        if (!security_descriptor_read(descriptor(&b, ROWS[i].rows, ROWS[i].count), &d))
            fail_msg("%s: not read", ROWS[i].what);
        if (security_descriptor_lets_act(&d, ours, 2) != ROWS[i].may)
            fail_msg("%s: wrong", ROWS[i].what);
        buf_fini(&b);
    }
}

static void without_a_list_everybody_may(void **state) {
    (void)state;
    static const struct str ROWS[] = {
        STR("\1\0\0\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        STR("\1\0\4\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    };
    struct security_descriptor d;
    for (size_t i = 0; i < 2; i++) {
        assert_true(security_descriptor_read(ROWS[i], &d));
        assert_false(d.has_list);
        assert_true(security_descriptor_lets_act(&d, &US, 1));
    }
}

static void what_is_broken_is_refused(void **state) {
    (void)state;
    static const struct row ROWS[] = {{0, 0, ALL, &US}, {5, 0, ALL, &OTHER, 3}};
    struct security_descriptor d;
    struct buf b;
    struct str whole = descriptor(&b, ROWS, 2);
    assert_true(security_descriptor_read(whole, &d));
    assert_int_equal(d.count, 2);
    for (size_t n = 0; n < whole.n; n++) {
        /* In memory of its own, for the sanitizers to see where it ends. */
        char *part = malloc(n + 1);
        assert_non_null(part);
        memcpy(part, whole.p, n);
        if (security_descriptor_read(str_n(part, n), &d) || d.count || d.has_list)
            fail_msg("read with %zu of %zu bytes", n, whole.n);
        free(part);
    }
    static const struct {
        size_t at;
        char is;
    } BROKEN[] = {{0, 2},  {3, 0},  {16, 4}, {17, 1}, {22, 7},
                  {23, 1}, {24, 9}, {30, 3}, {30, 8}, {37, 20}};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        char *byte = b.data + b.start + BROKEN[i].at, before = *byte;
        *byte = BROKEN[i].is;
        if (security_descriptor_read(whole, &d))
            fail_msg("read with %d at %zu", BROKEN[i].is, BROKEN[i].at);
        *byte = before;
    }
    buf_fini(&b);
}

static void an_entry_that_is_longer_than_its_list_is_refused(void **state) {
    (void)state;
    static const struct row ROW = {0, 0, ALL, &US};
    struct security_descriptor d;
    struct buf b;
    struct str whole = descriptor(&b, &ROW, 1);
    b.data[b.start + 30] = '\xff'; /* AceSize */
    assert_false(security_descriptor_read(whole, &d));
    buf_fini(&b);
}

static void more_entries_than_there_is_room_for_are_said_to_be_cut(void **state) {
    (void)state;
    struct row rows[SECURITY_ACES_MAX + 1];
    struct security_descriptor d;
    struct buf b;
    for (size_t i = 0; i <= SECURITY_ACES_MAX; i++)
        rows[i] = (struct row){0, 0, ALL, &OTHER, 0};
    assert_true(security_descriptor_read(descriptor(&b, rows, SECURITY_ACES_MAX), &d));
    assert_false(d.is_cut);
    buf_fini(&b);
    assert_true(security_descriptor_read(descriptor(&b, rows, SECURITY_ACES_MAX + 1), &d));
    assert_true(d.is_cut && d.count == SECURITY_ACES_MAX);
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_entry_that_is_about_us_decides),
        cmocka_unit_test(without_a_list_everybody_may),
        cmocka_unit_test(what_is_broken_is_refused),
        cmocka_unit_test(an_entry_that_is_longer_than_its_list_is_refused),
        cmocka_unit_test(more_entries_than_there_is_room_for_are_said_to_be_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
