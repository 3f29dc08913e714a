/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/account_cache.h"

#include <stdio.h>

enum { SECOND_US = 1000000 };

static const struct account ALICE = {"alice@C",
                                     {.authority = 5, .count = 5, .parts = {21, 1, 2, 3, 1104}}};

/* "alice@C", "!" when there is none, "" when nothing is known. */
static const char *get(struct account_cache *c, enum broker_name_type type, const char *name,
                       int64_t now_s) {
    static struct account found;
    struct err why;
    if (!account_cache_get(c, type, str_of(name), now_s * SECOND_US, &found, &why))
        return "";
    assert_int_equal(found.sid.count, why.code == ERR_NONE ? ALICE.sid.count : 0);
    return why.code == ERR_NONE ? found.principal : "!";
}

static void what_was_found_is_known_longer_than_what_was_not(void **state) {
    (void)state;
    struct account_cache *c = account_cache_new();
    const struct err none = {.code = ERR_KRB_USER_UNKNOWN};
    account_cache_put(c, BROKER_NAME_ACCOUNT, STR("alice"), 0, &ALICE, NULL);
    account_cache_put(c, BROKER_NAME_ACCOUNT, STR("nobody"), 0, NULL, &none);
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "alice", ACCOUNT_FOUND_S - 1), "alice@C");
    assert_string_equal(get(c, BROKER_NAME_SID, "alice", 0), "");
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "alic", 0), "");
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "nobody", ACCOUNT_NONE_S - 1), "!");
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "nobody", ACCOUNT_NONE_S), "");
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "alice", ACCOUNT_FOUND_S), "");
    account_cache_free(c);
}

static void what_is_said_later_takes_the_place(void **state) {
    (void)state;
    struct account_cache *c = account_cache_new();
    const struct err none = {.code = ERR_KRB_USER_UNKNOWN};
    account_cache_put(c, BROKER_NAME_SID, STR("S-1-5-1"), 0, NULL, &none);
    account_cache_put(c, BROKER_NAME_SID, STR("S-1-5-1"), 0, &ALICE, NULL);
    assert_string_equal(get(c, BROKER_NAME_SID, "S-1-5-1", 0), "alice@C");
    account_cache_put(c, BROKER_NAME_SID, STR("S-1-5-1"), 0, NULL, &none);
    assert_string_equal(get(c, BROKER_NAME_SID, "S-1-5-1", 0), "!");
    account_cache_free(c);
}

static void what_is_not_so_any_more_is_forgotten(void **state) {
    (void)state;
    struct account_cache *c = account_cache_new();
    account_cache_put(c, BROKER_NAME_SID, STR("S-1-5-1"), 0, &ALICE, NULL);
    account_cache_put(c, BROKER_NAME_ACCOUNT, STR("S-1-5-1"), 0, &ALICE, NULL);
    account_cache_forget(c, BROKER_NAME_SID, STR("S-1-5-1"));
    account_cache_forget(c, BROKER_NAME_SID, STR("S-1-5-1"));
    assert_string_equal(get(c, BROKER_NAME_SID, "S-1-5-1", 0), "");
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "S-1-5-1", 0), "alice@C");
    account_cache_free(c);
}

static void the_one_longest_not_asked_for_makes_room(void **state) {
    (void)state;
    struct account_cache *c = account_cache_new();
    char name[16];
    for (unsigned i = 0; i <= ACCOUNT_CACHE_MAX; i++) {
        snprintf(name, sizeof name, "user%u", i);
        account_cache_put(c, BROKER_NAME_ACCOUNT, str_of(name), 0, &ALICE, NULL);
        if (i == ACCOUNT_CACHE_MAX - 1)
            assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "user0", 0), "alice@C");
    }
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "user0", 0), "alice@C");
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "user1", 0), "");
    assert_string_equal(get(c, BROKER_NAME_ACCOUNT, "user2", 0), "alice@C");
    account_cache_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_found_is_known_longer_than_what_was_not),
        cmocka_unit_test(what_is_said_later_takes_the_place),
        cmocka_unit_test(what_is_not_so_any_more_is_forgotten),
        cmocka_unit_test(the_one_longest_not_asked_for_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
