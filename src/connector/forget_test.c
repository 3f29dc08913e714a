/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/testing_pool.h"

#include "connector/forget.h"

static struct identity person_known_as(char *name, const char *more) {
    static char provider[] = "staff";
    struct identity who, from = {.provider = provider, .subject = name, .principal = name};
    char claims[256];
    snprintf(claims, sizeof claims, "{\"user_principal_name\": \"%s\"%s}", name, more);
    from.claims = claims;
    assert_true(identity_copy(&who, &from));
    return who;
}

static struct identity person(char *name) { return person_known_as(name, ""); }

/* An idle connection of this person's, as an exchange would have left it. */
static int leave_idle(struct place *p, int app, const struct identity *who, struct buf *owner) {
    const struct config_app *a = &p->config->apps[app];
    struct err e;
    int fd;
    buf_init(owner, POOL_IDENTITY_MAX);
    if (a->sso == SSO_KERBEROS) {
        struct login login;
        assert_true(login_of(a, who, STR("CORP.EXAMPLE"), &login, &e));
        login.account = 0;
        owner_of_login(owner, a, &login, who);
    } else {
        owner_of_person(owner, who);
    }
    pool_give(connect_as(p, owner_of(p, app, buf_str(owner)), &fd));
    return fd;
}

static bool is_idle(struct place *p, int app, struct buf *owner) {
    struct pool_owner o = owner_of(p, app, buf_str(owner));
    struct backend *b = pool_take(p->c->pool, &o, true);
    if (b)
        pool_give(b);
    return b;
}

static void a_person_who_is_forgotten_has_no_idle_connection_at_any_app(void **state) {
    static const int APPS[] = {QUIET, HR, TOLD};
    enum { COUNT = sizeof APPS / sizeof *APPS };
    struct place *p = *state;
    struct identity alice = person((char[]){"alice@CORP.EXAMPLE"}),
                    bob = person((char[]){"bob@CORP.EXAMPLE"});
    struct buf hers[COUNT], his[COUNT];
    int fds[2 * COUNT];
    for (int i = 0; i < COUNT; i++) {
        fds[i] = leave_idle(p, APPS[i], &alice, &hers[i]);
        fds[COUNT + i] = leave_idle(p, APPS[i], &bob, &his[i]);
    }
    connector_forget(p->c, &alice);
    for (int i = 0; i < COUNT; i++) {
        assert_false(is_idle(p, APPS[i], &hers[i]));
        assert_true(is_idle(p, APPS[i], &his[i]));
    }
    connector_forget_all(p->c);
    for (int i = 0; i < COUNT; i++) {
        assert_false(is_idle(p, APPS[i], &his[i]));
        buf_fini(&hers[i]);
        buf_fini(&his[i]);
    }
    for (int i = 0; i < 2 * COUNT; i++)
        close(fds[i]);
    identity_fini(&alice);
    identity_fini(&bob);
}

static void who_has_no_name_for_tickets_is_forgotten_all_the_same(void **state) {
    struct place *p = *state;
    struct identity nameless = person((char[]){"nameless"});
    struct buf owner;
    int fd = leave_idle(p, QUIET, &nameless, &owner);
    connector_forget(p->c, &nameless);
    assert_false(is_idle(p, QUIET, &owner));
    buf_fini(&owner);
    close(fd);
    identity_fini(&nameless);
}

/* The app that is told nothing but the ticket cannot tell them apart, and they share it. */
static void two_of_one_name_whom_the_provider_knows_apart_share_no_connection(void **state) {
    static const int APPS[] = {QUIET, TOLD};
    struct place *p = *state;
    char name[] = "alice@CORP.EXAMPLE";
    struct identity one = person_known_as(name, ", \"sub\": \"1\""),
                    other = person_known_as(name, ", \"sub\": \"2\"");
    for (int i = 0; i < 2; i++) {
        struct buf hers, his;
        int fds[] = {leave_idle(p, APPS[i], &one, &hers), leave_idle(p, APPS[i], &other, &his)};
        assert_false(str_eq(buf_str(&hers), buf_str(&his)));
        connector_forget(p->c, &one);
        assert_false(is_idle(p, APPS[i], &hers));
        assert_true(is_idle(p, APPS[i], &his));
        buf_fini(&hers);
        buf_fini(&his);
        close(fds[0]);
        close(fds[1]);
    }
    identity_fini(&one);
    identity_fini(&other);
}

/* The tickets of all that have one name are dropped at once, and so for the first alone. */
static void apps_that_call_people_the_same_are_gone_through_once(void **state) {
    static char mail[] = "mail", upn[] = "upn";
    enum { COUNT = 8 };
    static const bool EXPECTED[COUNT] = {true, false, true, false, true, false, true, false};
    struct config_account accounts[2] = {0};
    struct config_app apps[COUNT] = {
        {.sso = SSO_KERBEROS, .login_identity = LOGIN_CLAIM_UPN, .login_claim = mail},
        {.sso = SSO_HEADERS, .login_identity = LOGIN_CLAIM_UPN, .login_claim = upn},
        {.sso = SSO_KERBEROS, .login_identity = LOGIN_CLAIM_UPN, .login_claim = upn},
        {.sso = SSO_KERBEROS, .login_identity = LOGIN_CLAIM_UPN, .login_claim = mail},
        {.sso = SSO_KERBEROS, .uses_own_ticket = true},
        {.sso = SSO_KERBEROS, .login_identity = LOGIN_CLAIM_UPN, .login_claim = upn},
        {.sso = SSO_KERBEROS, .uses_own_ticket = true, .account = &accounts[1]},
        {.sso = SSO_KERBEROS, .uses_own_ticket = true},
    };
    const struct config c = {.apps = apps, .app_count = COUNT};
    (void)state;
    bool *found = forget_prepare(&c);
    assert_non_null(found);
    assert_memory_equal(found, EXPECTED, sizeof EXPECTED);
    free(found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_person_who_is_forgotten_has_no_idle_connection_at_any_app),
        cmocka_unit_test(apps_that_call_people_the_same_are_gone_through_once),
        TEST(who_has_no_name_for_tickets_is_forgotten_all_the_same),
        TEST(two_of_one_name_whom_the_provider_knows_apart_share_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
