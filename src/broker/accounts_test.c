/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/accounts.h"

#define ALICE                                                                                      \
    {                                                                                              \
        .dn = "CN=Alice,DC=corp", .account = "alice", .realm = "CORP.EXAMPLE", .sid = {            \
            5,                                                                                     \
            1,                                                                                     \
            {1}                                                                                    \
        }                                                                                          \
    }

static void one_account_is_a_principal_and_anything_else_an_error(void **state) {
    (void)state;
    static const struct {
        struct directory_answer found;
        const char *principal; /* or what the error says: */
        enum err_code code;
    } ROWS[] = {
        {{1, {ALICE}}, "alice@CORP.EXAMPLE", ERR_NONE},
        {{0}, "no account \"name\"", ERR_KRB_USER_UNKNOWN},
        {{2, {ALICE, {.dn = "CN=Other,DC=lab"}}}, "CN=Alice,DC=corp", ERR_KRB_USER_AMBIGUOUS},
        {{2, {ALICE, {.dn = "CN=Other,DC=lab"}}}, "CN=Other,DC=lab", ERR_KRB_USER_AMBIGUOUS},
        {{1, {{.dn = "CN=x", .account = "a/b", .realm = "C"}}}, "CN=x", ERR_KRB_USER_UNKNOWN},
        {{1, {{.dn = "CN=x", .account = "a@b", .realm = "C"}}}, "CN=x", ERR_KRB_USER_UNKNOWN},
        {{1, {{.dn = "CN=x", .account = "a\\b", .realm = "C"}}}, "CN=x", ERR_KRB_USER_UNKNOWN},
        {{1, {{.dn = "CN=x", .account = "a\nb", .realm = "C"}}}, "CN=x", ERR_KRB_USER_UNKNOWN},
        {{1, {{.dn = "CN=x", .account = "", .realm = "C"}}}, "CN=x", ERR_KRB_USER_UNKNOWN},
        {{1, {{.dn = "CN=x", .account = "a", .realm = ""}}}, "CN=x", ERR_KRB_USER_UNKNOWN},
        {{1, {{.dn = "CN=x", .account = "a", .realm = "C"}}}, "no SID", ERR_KRB_USER_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct account chosen = {.principal = ""};
        struct err e = {ERR_NONE};
        bool is_one = accounts_choose(&ROWS[i].found, STR("name"), &chosen, &e);
        assert_int_equal(is_one, e.code == ERR_NONE);
        assert_int_equal(e.code, ROWS[i].code);
        assert_int_equal(chosen.sid.count, is_one ? 1 : 0);
        if (!strstr(is_one ? chosen.principal : e.detail, ROWS[i].principal))
            fail_msg("row %zu: %s %s", i, chosen.principal, e.detail);
    }
}

#define GROUP(type) .realm = "CORP.EXAMPLE", .sid = {5, 5, {21, 1, 2, 3, 1104}}, .group_type = type

static void a_group_that_tickets_never_name_is_no_denied_group(void **state) {
    (void)state;
    static const struct {
        struct directory_answer found;
        const char *realm, *why; /* NULL: it is one */
    } ROWS[] = {
        {{1, {{GROUP(0x80000002)}}}, "CORP.EXAMPLE", NULL},
        {{1, {{GROUP(0x80000002)}}}, "LAB.EXAMPLE", NULL},
        {{1, {{GROUP(0x80000008)}}}, "LAB.EXAMPLE", NULL},
        {{1, {{GROUP(0x80000004)}}}, "corp.example", NULL},
        {{1, {{GROUP(0x80000004)}}}, "LAB.EXAMPLE", "local to the domain CORP.EXAMPLE"},
        {{1, {{GROUP(2)}}}, "CORP.EXAMPLE", "distribution group"},
        {{1, {{GROUP(4)}}}, "CORP.EXAMPLE", "distribution group"},
        {{1, {{GROUP(0)}}}, "CORP.EXAMPLE", "distribution group"},
        {{1, {{.sid = {5, 2, {32, 544}}, .group_type = 0x80000005}}}, "C", "no group of a domain"},
        {{0}, "CORP.EXAMPLE", "has no group"},
        {{2, {{GROUP(0x80000002)}}}, "CORP.EXAMPLE", "more than one group"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct sid sid = {.count = 0};
        struct err e = {ERR_NONE};
        bool is_one = accounts_choose_group(&ROWS[i].found, str_of(ROWS[i].realm), &sid, &e);
        assert_int_equal(sid.count, is_one ? 5 : 0);
        if (is_one != !ROWS[i].why || (!is_one && !strstr(e.detail, ROWS[i].why)))
            fail_msg("row %zu: %s", i, e.detail);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_account_is_a_principal_and_anything_else_an_error),
        cmocka_unit_test(a_group_that_tickets_never_name_is_no_denied_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
