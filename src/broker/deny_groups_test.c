/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/deny_groups.h"

/* alice of S-1-5-21-1-2-3: primary group 513, member of 512 and 1104. */
static struct pac alice(void) {
    struct pac pac = {.has_groups = true,
                      .primary_group = 513,
                      .groups = {"\0\x02\0\0\x07\0\0\0\x50\x04\0\0\x07\0\0\0", 16}};
    assert_true(sid_parse(STR("S-1-5-21-1-2-3"), &pac.domain));
    return pac;
}

static enum err_code verdict(char *group, const struct pac *pac, struct err *e) {
    const struct config_kerberos c = {.deny_groups = &group, .deny_group_count = 1};
    struct denied_group denied;
    deny_groups_read(str_of(group), &denied);
    *e = (struct err){ERR_NONE};
    bool is_allowed = deny_groups_allow(&c, &denied, pac, "alice", e);
    assert_int_equal(is_allowed, e->code == ERR_NONE);
    assert_true(is_allowed || strstr(e->detail, group));
    return e->code;
}

static void members_are_denied_and_others_are_not(void **state) {
    (void)state;
    static struct {
        char group[40];
        enum err_code expected;
    } ROWS[] = {
        {"Domain Admins", ERR_KRB_USER_DENIED},
        {"domain users", ERR_KRB_USER_DENIED},
        {"Enterprise Admins", ERR_NONE},
        {"S-1-5-21-1-2-3-1104", ERR_KRB_USER_DENIED},
        {"s-1-5-21-1-2-3-512", ERR_KRB_USER_DENIED},
        {"S-1-5-21-1-2-4-1104", ERR_NONE},
        {"S-1-5-21-1-2-3-1105", ERR_NONE},
        {"S-1-5-21-1-2-3", ERR_NONE},
        {"Nobody knows", ERR_KRB_GROUPS_UNKNOWN},
    };
    struct pac pac = alice();
    struct err e;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (verdict(ROWS[i].group, &pac, &e) != ROWS[i].expected)
            fail_msg("%s: %s", ROWS[i].group, e.detail);
    }
}

static void a_ticket_that_lists_no_groups_is_refused(void **state) {
    (void)state;
    const struct pac none = {.account = "alice"};
    struct err e;
    assert_int_equal(verdict(TEXT("Domain Admins"), &none, &e), ERR_KRB_GROUPS_UNKNOWN);
    assert_true(deny_groups_allow(&(struct config_kerberos){0}, NULL, &none, "alice", &e));
}

static void without_the_table_nobody_is_allowed(void **state) {
    (void)state;
    char *group = TEXT("Domain Admins");
    const struct config_kerberos c = {.deny_groups = &group, .deny_group_count = 1};
    struct pac pac = alice();
    struct err e = {ERR_NONE};
    assert_false(deny_groups_allow(&c, NULL, &pac, "bob", &e));
    assert_int_equal(e.code, ERR_KRB_GROUPS_UNKNOWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_denied_and_others_are_not),
        cmocka_unit_test(without_the_table_nobody_is_allowed),
        cmocka_unit_test(a_ticket_that_lists_no_groups_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
