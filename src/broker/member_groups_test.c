/* SPDX-License-Identifier: Apache-2.0
 *
 * Without the directory; with one, tests/e2e/test_access.py.
 */
#include "config/testing.h"

#include "base/clock.h"
#include "broker/member_groups.h"

#include <pthread.h>
#include <stdlib.h>

/* alice of S-1-5-21-1-2-3: primary group 513, member of 512 and 1104. */
static struct pac alice(void) {
    struct pac pac = {.has_groups = true,
                      .primary_group = 513,
                      .groups = {"\0\x02\0\0\x07\0\0\0\x50\x04\0\0\x07\0\0\0", 16}};
    assert_true(sid_parse(STR("S-1-5-21-1-2-3"), &pac.domain));
    return pac;
}

static void check(const char *keys, const struct pac *pac, const char *expected) {
    struct config *c = parse_fine(keys);
    struct err e;
    struct member_groups *m = member_groups_new(c, &e);
    assert_non_null(m);
    char *found = member_groups_of(m, pac);
    if ((found != NULL) != (expected != NULL) || (found && strcmp(found, expected) != 0))
        fail_msg("%s: %s", keys, found ? found : "none");
    free(found);
    member_groups_free(m);
    config_free(c);
}

#define GROUPS(list) BASE APP("pay", ", allow: {groups: [" list "]}")

static void a_person_is_in_the_groups_of_her_ticket(void **state) {
    struct pac pac = alice();
    (void)state;
    check(GROUPS("Domain Admins"), &pac, "[\"Domain Admins\"]");
    check(GROUPS("domain users, S-1-5-21-1-2-3-1104, S-1-5-21-1-2-3-1105"), &pac,
          "[\"domain users\",\"S-1-5-21-1-2-3-1104\"]");
    check(GROUPS("S-1-5-21-9-9-9-512, Enterprise Admins"), &pac, NULL);
    check(BASE, &pac, NULL);
}

/* A name that every domain has a group of is that of the person's own. */
static void the_administrators_of_another_domain_are_others(void **state) {
    struct pac pac = alice();
    (void)state;
    pac.groups = STR_NONE;
    pac.extra_count = 1; /* S-1-5-21-9-9-9-512 */
    pac.extra = STR("\5\0\0\0\1\5\0\0\0\0\0\5\x15\0\0\0\x09\0\0\0\x09\0\0\0\x09\0\0\0\0\2\0\0");
    check(GROUPS("S-1-5-21-9-9-9-512"), &pac, "[\"S-1-5-21-9-9-9-512\"]");
    check(GROUPS("Domain Admins"), &pac, NULL);
}

static void who_is_in_a_group_that_is_not_known_is_not_known(void **state) {
    struct pac pac = alice(), none = {.account = "alice"};
    (void)state;
    check(GROUPS("HR"), &pac, NULL);
    check(GROUPS("Domain Users"), &none, NULL);
}

static void groups_of_rules_are_looked_at_too_and_each_once(void **state) {
    struct pac pac = alice();
    (void)state;
    check(BASE APP("pay", ", allow: {groups: [Domain Users]}, rules: [{path: /a/, allow: {groups: "
                          "[Domain Users, Domain Admins]}}]"),
          &pac, "[\"Domain Users\",\"Domain Admins\"]");
}

static void the_directory_is_due_for_names_alone(void **state) {
    static const struct {
        const char *keys;
        bool are_wanted, are_due;
    } ROWS[] = {
        {GROUPS("HR"), true, true}, {GROUPS("Domain Users"), true, false}, {BASE, false, false}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config *c = parse_fine(ROWS[i].keys);
        struct err e;
        struct member_groups *m = member_groups_new(c, &e);
        assert_int_equal(member_groups_are_wanted(m), ROWS[i].are_wanted);
        assert_int_equal(member_groups_are_due(m), ROWS[i].are_due);
        member_groups_free(m);
        config_free(c);
    }
}

/* A directory that answers when it may. */
struct directory_place {
    struct member_groups *groups;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_asked, may_answer, is_dead;
    unsigned questions;
};

static bool find(void *user, const char *name, int64_t until_us, struct sid *out, struct err *e) {
    struct directory_place *p = user;
    (void)name;
    (void)until_us;
    pthread_mutex_lock(&p->lock);
    p->is_asked = true;
    p->questions++;
    pthread_cond_broadcast(&p->changed);
    while (!p->may_answer)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return p->is_dead ? err_set(e, ERR_DIRECTORY, "no answer")
                      : sid_parse(STR("S-1-5-21-1-2-3-1104"), out);
}

static void *ask(void *user) {
    struct directory_place *p = user;
    struct pac pac = alice();
    member_groups_ask(
        p->groups,
        &(struct member_asker){.find = find, .user = p, .until_us = clock_mono_us() + 60000000});
    return member_groups_of(p->groups, &pac);
}

static void who_comes_while_the_directory_is_asked_waits_for_its_answer(void **state) {
    struct directory_place p = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                .changed = PTHREAD_COND_INITIALIZER};
    struct config *c = parse_fine(GROUPS("HR"));
    struct err e;
    pthread_t first, second;
    void *found[2];
    (void)state;
    p.groups = member_groups_new(c, &e);
    assert_int_equal(pthread_create(&first, NULL, ask, &p), 0);
    pthread_mutex_lock(&p.lock);
    while (!p.is_asked)
        pthread_cond_wait(&p.changed, &p.lock);
    pthread_mutex_unlock(&p.lock);
    assert_true(member_groups_are_due(p.groups));
    assert_int_equal(pthread_create(&second, NULL, ask, &p), 0);
    pthread_mutex_lock(&p.lock);
    p.may_answer = true;
    pthread_cond_broadcast(&p.changed);
    pthread_mutex_unlock(&p.lock);
    pthread_join(first, &found[0]);
    pthread_join(second, &found[1]);
    assert_string_equal(found[0], "[\"HR\"]");
    assert_string_equal(found[1], "[\"HR\"]");
    assert_int_equal(p.questions, 1);
    free(found[0]);
    free(found[1]);
    member_groups_free(p.groups);
    config_free(c);
}

static void what_was_not_found_is_not_asked_for_at_once_and_what_had_no_time_is(void **state) {
    struct directory_place p = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                .changed = PTHREAD_COND_INITIALIZER,
                                .may_answer = true,
                                .is_dead = true};
    struct config *c = parse_fine(GROUPS("HR"));
    struct err e;
    (void)state;
    p.groups = member_groups_new(c, &e);
    member_groups_ask(p.groups, &(struct member_asker){
                                    .find = find, .user = &p, .until_us = clock_mono_us() + 1000});
    assert_int_equal(p.questions, 0);
    assert_true(member_groups_are_due(p.groups));
    assert_null(ask(&p));
    assert_false(member_groups_are_due(p.groups));
    assert_null(ask(&p));
    assert_int_equal(p.questions, 1);
    member_groups_free(p.groups);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_in_the_groups_of_her_ticket),
        cmocka_unit_test(the_administrators_of_another_domain_are_others),
        cmocka_unit_test(who_is_in_a_group_that_is_not_known_is_not_known),
        cmocka_unit_test(groups_of_rules_are_looked_at_too_and_each_once),
        cmocka_unit_test(the_directory_is_due_for_names_alone),
        cmocka_unit_test(who_comes_while_the_directory_is_asked_waits_for_its_answer),
        cmocka_unit_test(what_was_not_found_is_not_asked_for_at_once_and_what_had_no_time_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
