/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

#include "kerberos/pac.h"

#include <stdlib.h>

enum { LOGON_INFO = 1, SERVER_CHECKSUM = 6, UPN_INFO = 12, SENSITIVE = 0x4000 };

/* KERB_VALIDATION_INFO as a domain controller packs it (MS-PAC 2.5). */
struct logon {
    struct str account; /* UTF-16LE */
    uint32_t control, rid;
    uint32_t user;
    uint32_t group_count; /* as said; one group is there unless no_groups */
    bool no_groups, is_big_endian, is_null;
    bool is_whole; /* with a domain, groups of others and of ours */
};

static void add_zeros(struct buf *b, size_t n) {
    while (n-- > 0)
        buf_add_byte(b, 0);
}

static void add_string_pointer(struct buf *b, size_t size, uint32_t referent) {
    add_little_endian(b, size, 2);
    add_little_endian(b, size, 2);
    add_little_endian(b, referent, 4);
}

static void add_string(struct buf *b, struct str s) {
    add_little_endian(b, s.n / 2, 4);
    add_little_endian(b, 0, 4);
    add_little_endian(b, s.n / 2, 4);
    buf_add(b, s);
    add_zeros(b, s.n % 4);
}

static void add_fixed_part(struct buf *b, const struct logon *l) {
    add_zeros(b, 48); /* six times */
    add_string_pointer(b, l->account.n, l->account.n ? 0x20004 : 0);
    add_string_pointer(b, 6, 0x20008);
    for (int i = 0; i < 4; i++)
        add_string_pointer(b, 0, i == 2 ? 0x2000c : 0);
    add_zeros(b, 4);
    add_little_endian(b, l->user, 4);
    add_little_endian(b, 513, 4);
    add_little_endian(b, l->group_count, 4);
    add_little_endian(b, l->no_groups ? 0 : 0x20010, 4);
    add_zeros(b, 20);
    add_string_pointer(b, 4, l->is_whole ? 0x20014 : 0);
    add_string_pointer(b, 2, l->is_whole ? 0x20018 : 0);
    add_little_endian(b, l->is_whole ? 0x2001c : 0, 4);
    add_zeros(b, 8);
    add_little_endian(b, l->control, 4);
    add_zeros(b, 28);
    for (int i = 0; i < 5; i++) /* extra count and pointer, domain, local count and pointer */
        add_little_endian(b, !l->is_whole ? 0 : i == 0 || i == 3 ? 2 : 0x20020, 4);
}

/* S-1-5-21-, `n` and perhaps a number. */
static void add_sid(struct buf *b, uint32_t n, uint32_t rid) {
    size_t count = rid ? 3 : 2;
    add_little_endian(b, count, 4);
    add_little_endian(b, 1, 1);
    add_little_endian(b, count, 1);
    buf_add(b, STR("\0\0\0\0\0\x05"));
    add_little_endian(b, 21, 4);
    add_little_endian(b, n, 4);
    if (rid)
        add_little_endian(b, rid, 4);
}

static void add_whole(struct buf *b) {
    add_string(b, STR("D\0C\0"));
    add_string(b, STR("C\0"));
    add_sid(b, 1, 0);
    add_little_endian(b, 2, 4);
    add_little_endian(b, 0x20024, 4);
    add_little_endian(b, 7, 4);
    add_little_endian(b, 0, 8); /* a pointer to nothing */
    add_sid(b, 2, 519);
    add_sid(b, 3, 0);
    add_little_endian(b, 2, 4);
    for (uint32_t i = 0; i < 2; i++) {
        add_little_endian(b, 1001 + i, 4);
        add_little_endian(b, 7, 4);
    }
}

static void add_logon(struct buf *b, const struct logon *l) {
    buf_add(b, l->is_big_endian ? STR("\x01\x00\x08\x00") : STR("\x01\x10\x08\x00"));
    buf_add(b, STR("\xcc\xcc\xcc\xcc"));
    add_zeros(b, 8);
    add_little_endian(b, l->is_null ? 0 : 0x20000, 4);
    add_fixed_part(b, l);
    if (l->account.n)
        add_string(b, l->account);
    add_string(b, STR("A\0l\0i\0"));
    add_string(b, STR(""));
    if (!l->no_groups) {
        add_little_endian(b, l->group_count, 4);
        add_little_endian(b, l->rid, 4);
        add_little_endian(b, 7, 4);
    }
    if (l->is_whole)
        add_whole(b);
}

static void add_upn(struct buf *b, struct str name, uint64_t offset) {
    add_little_endian(b, name.n, 2);
    add_little_endian(b, offset, 2);
    add_zeros(b, 8);
    buf_add(b, name);
}

/* A PAC of `count` buffers; each is added to its content and then told to pac_close. */
struct maker {
    struct buf content;
    struct {
        uint32_t type;
        size_t at, size;
    } entry[4];
    size_t count;
};

static void close_buffer(struct maker *m, uint32_t type) {
    size_t at = m->count ? m->entry[m->count - 1].at + m->entry[m->count - 1].size : 0;
    m->entry[m->count].type = type;
    m->entry[m->count].at = at;
    m->entry[m->count++].size = buf_size(&m->content) - at;
}

static bool add_group(void *user, const struct sid *group) {
    char text[SID_TEXT_MAX];
    sid_text(group, text);
    buf_printf(user, "%s ", text);
    return str_ends(str_of(text), STR("-1002"));
}

/* Also appends the groups to `groups`, where there is one. */
static bool decode_groups(struct maker *m, struct pac *out, struct buf *groups) {
    struct buf b;
    buf_init(&b, TESTING_MAX);
    add_little_endian(&b, m->count, 4);
    add_little_endian(&b, 0, 4);
    for (size_t i = 0; i < m->count; i++) {
        add_little_endian(&b, m->entry[i].type, 4);
        add_little_endian(&b, m->entry[i].size, 4);
        add_little_endian(&b, 8 + 16 * m->count + m->entry[i].at, 8);
    }
    buf_add(&b, buf_str(&m->content));
    assert_false(b.failed || m->content.failed);
    bool done = pac_decode(buf_str(&b), out);
    if (done && groups)
        pac_find_group(out, add_group, groups);
    /* Cut anywhere in its last buffer it is malformed, and nothing is read beyond. */
    for (size_t n = 0; done && n < buf_size(&b); n += n < 8 ? 1 : 7) {
        struct pac cut;
        char *copy = malloc(n + 1);
        assert_non_null(copy);
        memcpy(copy, buf_str(&b).p, n);
        assert_false(pac_decode(str_n(copy, n), &cut));
        free(copy);
    }
    buf_fini(&m->content);
    buf_fini(&b);
    return done;
}

static bool decode(struct maker *m, struct pac *out) { return decode_groups(m, out, NULL); }

static struct maker new_maker(void) {
    struct maker m = {.count = 0};
    buf_init(&m.content, TESTING_MAX);
    return m;
}

static bool decode_logon(const struct logon *l, struct pac *out) {
    struct maker m = new_maker();
    add_logon(&m.content, l);
    close_buffer(&m, LOGON_INFO);
    return decode(&m, out);
}

#define ALICE STR("a\0l\0i\0c\0e\0")

static void account_and_upn_are_read(void **state) {
    (void)state;
    struct maker m = new_maker();
    struct pac pac;
    add_logon(&m.content, &(struct logon){.account = ALICE, .rid = 513, .group_count = 1});
    close_buffer(&m, LOGON_INFO);
    buf_add(&m.content, STR("signature"));
    close_buffer(&m, SERVER_CHECKSUM);
    add_upn(&m.content, STR("a\0@\0c\0"), 12);
    close_buffer(&m, UPN_INFO);
    assert_true(decode(&m, &pac));
    assert_string_equal(pac.account, "alice");
    assert_string_equal(pac.upn, "a@c");
    assert_false(pac.is_sensitive || pac.is_protected);
}

static void marks_that_forbid_delegation_are_seen(void **state) {
    (void)state;
    static const struct {
        uint32_t control, rid;
        bool is_sensitive, is_protected;
    } ROWS[] = {
        {0x210, 513, false, false},
        {0x210 | SENSITIVE, 513, true, false},
        {0x210, 525, false, true},
        {SENSITIVE, 525, true, true},
        {~(uint32_t)SENSITIVE, 524, false, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct pac pac;
        struct logon l = {ALICE, .control = ROWS[i].control, .rid = ROWS[i].rid, .group_count = 1};
        assert_true(decode_logon(&l, &pac));
        assert_int_equal(pac.is_sensitive, ROWS[i].is_sensitive);
        assert_int_equal(pac.is_protected, ROWS[i].is_protected);
    }
}

static void groups_of_every_kind_are_found(void **state) {
    (void)state;
    static const struct {
        struct logon logon;
        bool has_groups;
        const char *groups;
    } ROWS[] = {
        {{.account = {"x\0", 2}, .rid = 512, .group_count = 1, .is_whole = true},
         true,
         "S-1-5-21-2-519 S-1-5-21-1-513 S-1-5-21-1-512 S-1-5-21-3-1001 S-1-5-21-3-1002 "},
        {{.account = {"x\0", 2}, .no_groups = true, .is_whole = true},
         true,
         "S-1-5-21-2-519 S-1-5-21-1-513 S-1-5-21-3-1001 S-1-5-21-3-1002 "},
        /* Numbers of groups of no domain are nothing to go by. */
        {{.account = {"x\0", 2}, .rid = 512, .group_count = 1}, false, ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct maker m = new_maker();
        struct pac pac;
        struct buf groups;
        buf_init(&groups, 4096);
        add_logon(&m.content, &ROWS[i].logon);
        close_buffer(&m, LOGON_INFO);
        assert_true(decode_groups(&m, &pac, &groups));
        assert_int_equal(pac.has_groups, ROWS[i].has_groups);
        buf_add_byte(&groups, 0);
        assert_string_equal(buf_str(&groups).p, ROWS[i].groups);
        buf_fini(&groups);
    }
}

static void whose_it_is_is_the_domain_and_the_number_there(void **state) {
    (void)state;
    static const struct {
        struct logon logon;
        const char *sid, *netbios;
    } ROWS[] = {
        {{ALICE, .user = 1104, .no_groups = true, .is_whole = true}, "S-1-5-21-1-1104", "C"},
        {{ALICE, .user = 9999, .no_groups = true, .is_whole = true}, "S-1-5-21-1-9999", "C"},
        {{ALICE, .user = 0, .no_groups = true, .is_whole = true}, "", "C"},
        {{ALICE, .user = 1104, .no_groups = true}, "", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct pac pac;
        char sid[SID_TEXT_MAX] = "";
        assert_true(decode_logon(&ROWS[i].logon, &pac));
        if (pac.sid.count)
            sid_text(&pac.sid, sid);
        assert_string_equal(sid, ROWS[i].sid);
        assert_string_equal(pac.netbios, ROWS[i].netbios);
    }
}

static void a_second_logon_info_is_ignored(void **state) {
    (void)state;
    struct maker m = new_maker();
    struct pac pac;
    struct logon first = {ALICE, .control = SENSITIVE, .rid = 525, .group_count = 1};
    struct logon second = {STR("b\0o\0b\0"), .rid = 513, .group_count = 1};
    add_logon(&m.content, &first);
    close_buffer(&m, LOGON_INFO);
    add_logon(&m.content, &second);
    close_buffer(&m, LOGON_INFO);
    assert_true(decode(&m, &pac));
    assert_string_equal(pac.account, "alice");
    assert_true(pac.is_sensitive && pac.is_protected);
}

static void names_become_utf_8_or_are_refused(void **state) {
    (void)state;
    static char long_name[2 * PAC_NAME_MAX];
    for (size_t i = 0; i < sizeof long_name; i += 2)
        long_name[i] = 'x';
    static const struct {
        const char *description;
        struct str in;
        const char *out; /* NULL: refused */
    } ROWS[] = {
        {"none", {"", 0}, ""},
        {"umlaut and euro", {"\xe4\0\xac\x20", 4}, "\xc3\xa4\xe2\x82\xac"},
        {"a surrogate pair", {"\x3d\xd8\x00\xde", 4}, "\xf0\x9f\x98\x80"},
        {"high surrogate alone", {"\x3d\xd8", 2}, NULL},
        {"high surrogate and a letter",
         {"\x3d\xd8"
          "a\0",
          4},
         NULL},
        {"low surrogate alone", {"\x00\xde", 2}, NULL},
        {"a NUL inside", {"a\0\0\0b\0", 6}, NULL},
        {"half a letter", {"a\0b", 3}, NULL},
        {"252 letters", {long_name, 504}, long_name},
        {"253 letters", {long_name, 506}, NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct pac pac, zero = {.account = ""};
        struct maker m = new_maker();
        add_upn(&m.content, ROWS[i].in, 12);
        close_buffer(&m, UPN_INFO);
        bool done = decode(&m, &pac);
        if (done != (ROWS[i].out != NULL))
            fail_msg("%s", ROWS[i].description);
        if (done && ROWS[i].out == long_name)
            assert_int_equal(strlen(pac.upn), 252);
        else if (done)
            assert_string_equal(pac.upn, ROWS[i].out);
        else
            assert_memory_equal(&pac, &zero, sizeof pac);
    }
}

static void logon_infos_that_do_not_hold_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *description;
        struct logon logon;
        bool is_read;
    } ROWS[] = {
        {"fine", {.account = {"x\0", 2}, .rid = 525, .group_count = 1}, true},
        {"no groups", {.account = {"x\0", 2}, .no_groups = true}, true},
        {"no account", {.rid = 525, .group_count = 1}, true},
        {"more groups than are there", {.account = {"x\0", 2}, .group_count = 2}, false},
        {"groups beyond all", {.account = {"x\0", 2}, .group_count = UINT32_MAX}, false},
        {"big-endian", {.account = {"x\0", 2}, .group_count = 1, .is_big_endian = true}, false},
        {"nothing pointed to", {.account = {"x\0", 2}, .group_count = 1, .is_null = true}, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct pac pac;
        if (decode_logon(&ROWS[i].logon, &pac) != ROWS[i].is_read)
            fail_msg("%s", ROWS[i].description);
    }
}

static void buffers_outside_the_pac_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *description;
        struct str in;
        bool is_read;
    } ROWS[] = {
        {"no buffers", {"\0\0\0\0\0\0\0\0", 8}, true},
        {"seven bytes", {"\0\0\0\0\0\0\0", 7}, false},
        {"version 1", {"\0\0\0\0\x01\0\0\0", 8}, false},
        {"an entry that is not there", {"\x01\0\0\0\0\0\0\0", 8}, false},
        {"2^32 - 1 entries", {"\xff\xff\xff\xff\0\0\0\0", 8}, false},
        {"empty at the end", {"\x01\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x18\0\0\0\0\0\0\0", 24}, true},
        {"empty behind the end",
         {"\x01\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x19\0\0\0\0\0\0\0", 24},
         false},
        {"one byte beyond",
         {"\x01\0\0\0\0\0\0\0\x07\0\0\0\x01\0\0\0\x18\0\0\0\0\0\0\0", 24},
         false},
        {"an offset that wraps",
         {"\x01\0\0\0\0\0\0\0\x07\0\0\0\x10\0\0\0\xf8\xff\xff\xff\xff\xff\xff\xff", 24},
         false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct pac pac;
        if (pac_decode(ROWS[i].in, &pac) != ROWS[i].is_read)
            fail_msg("%s", ROWS[i].description);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(account_and_upn_are_read),
        cmocka_unit_test(marks_that_forbid_delegation_are_seen),
        cmocka_unit_test(groups_of_every_kind_are_found),
        cmocka_unit_test(whose_it_is_is_the_domain_and_the_number_there),
        cmocka_unit_test(a_second_logon_info_is_ignored),
        cmocka_unit_test(names_become_utf_8_or_are_refused),
        cmocka_unit_test(logon_infos_that_do_not_hold_are_refused),
        cmocka_unit_test(buffers_outside_the_pac_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
