/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/policy.h"

static void names_are_taken_apart(void **state) {
    (void)state;
    static const struct {
        const char *text, *name, *realm;
    } ROWS[] = {
        {"alice", "alice", ""},
        {"alice@CORP.EXAMPLE", "alice", "CORP.EXAMPLE"},
        {"CORP\\alice", "alice", "CORP"},
        {"\\alice", "alice", ""},
        {"a@b@CORP.EXAMPLE", "a@b", "CORP.EXAMPLE"},
        {"alice\\@corp.example@CORP.EXAMPLE", "alice", "corp.example"},
        {"alice\\@corp.example", "alice", "corp.example"},
        {"alice\\", "", "alice"},
        {"alice\\@", "alice", ""},
        {"alice@", "alice", ""},
        {"@CORP.EXAMPLE", "", "CORP.EXAMPLE"},
        {"@", "", ""},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct policy_name found = policy_name_of(str_of(ROWS[i].text));
        if (!str_eq(found.name, str_of(ROWS[i].name)) ||
            !str_eq(found.realm, str_of(ROWS[i].realm)))
            fail_msg("%s: \"%.*s\" of \"%.*s\"", ROWS[i].text, STR_ARG(found.name),
                     STR_ARG(found.realm));
    }
}

static void every_name_that_a_ticket_has_for_a_person_counts(void **state) {
    (void)state;
    static const struct pac PAC = {
        .account = "backup", .upn = "bea@mail.example", .netbios = "PARTNR"};
    static const struct pac NONE = {.account = "backup"};
    static struct {
        char denied[32];
        const char *client;
        const struct pac *pac;
        bool is_allowed;
    } ROWS[] = {
        {"PARTNR\\backup", "backup", &PAC, false},
        {"PARTNR\\backup", "bea\\@mail.example", &PAC, false},
        {"partnr\\BACKUP", "b", &PAC, false},
        {"backup", "b", &PAC, false},
        {"bea@mail.example", "b", &PAC, false},
        {"backup@PARTNER.EXAMPLE", "b", &PAC, false},
        {"b@PARTNER.EXAMPLE", "b", &PAC, false},
        {"OTHER\\backup", "backup", &PAC, true},
        {"backup@CORP.EXAMPLE", "backup", &PAC, true},
        {"backup@CORP.EXAMPLE", "b", &NONE, true},
        {"PARTNR\\backup", "b", &NONE, true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char *denied = ROWS[i].denied;
        const struct config_kerberos c = {
            .principal = TEXT("svc@CORP.EXAMPLE"), .deny_users = &denied, .deny_user_count = 1};
        struct err e = {ERR_NONE};
        bool done = policy_allows_person(&c, str_of(ROWS[i].client), STR("PARTNER.EXAMPLE"),
                                         ROWS[i].pac, &e);
        assert_int_equal(e.code, done ? ERR_NONE : ERR_KRB_USER_DENIED);
        if (done != ROWS[i].is_allowed)
            fail_msg("row %zu: %s", i, e.detail);
    }
}

static enum err_code verdict(const struct config_kerberos *c, const char *user) {
    struct err e = {ERR_NONE};
    bool done = policy_allows_user(c, policy_name_of(str_of(user)), &e);
    assert_int_equal(done, e.code == ERR_NONE);
    return e.code;
}

static void none_of_our_accounts_is_anybodys_ticket(void **state) {
    (void)state;
    struct config_account more[] = {{.principal = TEXT("svc-b@PARTNER.EXAMPLE")},
                                    {.principal = TEXT("svc-c@LAB.EXAMPLE")}};
    const struct config_kerberos config = {
        .principal = TEXT("svc-a@CORP.EXAMPLE"), .accounts = more, .account_count = 2};
    static const struct {
        const char *user;
        enum err_code verdict;
    } ROWS[] = {
        {"svc-a", ERR_KRB_WRONG_CLIENT},
        {"SVC-B@partner.example", ERR_KRB_WRONG_CLIENT},
        {"LAB\\svc-c", ERR_KRB_WRONG_CLIENT},
        {"svc-b@CORP.EXAMPLE", ERR_NONE}, /* somebody else */
        {"svc-c", ERR_NONE},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (verdict(&config, ROWS[i].user) != ROWS[i].verdict)
            fail_msg("%s", ROWS[i].user);
    }
}

static void every_spelling_of_a_denied_name_is_denied(void **state) {
    (void)state;
    char *denied[] = {TEXT("Administrator"), TEXT("root@CORP.EXAMPLE"), TEXT("CORP\\backup"),
                      TEXT("dc1$")};
    const struct config_kerberos config = {
        .principal = TEXT("svc-kerbgate@CORP.EXAMPLE"), .deny_users = denied, .deny_user_count = 4};
    static const struct {
        const char *user;
        bool is_denied;
    } ROWS[] = {
        {"administrator", true},
        {"ADMINISTRATOR@CORP.EXAMPLE", true},
        {"CORP\\Administrator", true},
        {"administrator@other.example", true}, /* listed without a realm: everywhere */
        {"administrator\\@any.example@CORP.EXAMPLE", true},
        {"root", true}, /* without a realm: ours */
        {"root@corp.example", true},
        {"corp\\root", true},
        {"root\\@corp.example@CORP.EXAMPLE", true},
        {"root@OTHER.EXAMPLE", false},
        {"backup", true},
        {"backup@CORP.EXAMPLE", true},
        {"backup@CORP", true},
        {"backup@OTHER.EXAMPLE", false},
        {"dc1$@CORP.EXAMPLE", true},
        {"dc1", true}, /* a domain controller looks for dc1$ then */
        {"administrator$", true},
        {"administrators", false},
        {"alice", false},
        {"", false},
        {"$", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        enum err_code code = verdict(&config, ROWS[i].user);
        if (code != (ROWS[i].is_denied ? ERR_KRB_USER_DENIED : ERR_NONE))
            fail_msg("%s: %s", ROWS[i].user, err_info(code)->name);
    }
}

static void our_own_account_is_nobodys_ticket(void **state) {
    (void)state;
    struct {
        char principal[32];
        const char *user;
        bool is_self;
    } ROWS[] = {
        {"svc@CORP.EXAMPLE", "svc", true},
        {"svc@CORP.EXAMPLE", "SVC@corp.example", true},
        {"svc@CORP.EXAMPLE", "CORP\\svc", true},
        {"svc@CORP.EXAMPLE", "svc\\@corp.example@CORP.EXAMPLE", true},
        {"svc@CORP.EXAMPLE", "svc$", true},
        {"svc@CORP.EXAMPLE", "svc@OTHER.EXAMPLE", false},
        {"svc@CORP.EXAMPLE", "svc2", false},
        {"GATE$@CORP.EXAMPLE", "gate$", true},
        {"GATE$@CORP.EXAMPLE", "gate", true},
        {"GATE$@CORP.EXAMPLE", "gate$@CORP.EXAMPLE", true},
        {"GATE$@CORP.EXAMPLE", "gate$$", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config_kerberos config = {.principal = ROWS[i].principal};
        enum err_code code = verdict(&config, ROWS[i].user);
        if (code != (ROWS[i].is_self ? ERR_KRB_WRONG_CLIENT : ERR_NONE))
            fail_msg("%s: %s", ROWS[i].user, err_info(code)->name);
    }
}

static void only_listed_spns_may_be_asked_for(void **state) {
    (void)state;
    char *allowed[] = {TEXT("HTTP/*.corp.example"), TEXT("HTTP/x"), TEXT("cifs/*")};
    const struct config config = {.kerberos = {.allow_spns = allowed, .allow_spn_count = 3}};
    const struct {
        struct str spn;
        bool is_allowed;
    } ROWS[] = {
        {STR("HTTP/hr.corp.example"), true},
        {STR("http/HR.corp.example"), true},
        {STR("HTTP/x"), true},
        {STR("cifs/files:445"), true},
        {STR("HTTP/x.other.example"), false},
        {STR("ldap/dc1.corp.example"), false},
        {STR("HTTP/hr.corp.example.evil"), false},
        {STR(""), false},
        {STR("cifs/files@EVIL.EXAMPLE"), false},
        {STR("HTTP/evil@X.corp.example"), false},
        {STR("HTTP/other.example\\0.corp.example"), false},
        {STR("HTTP/other.example\0.corp.example"), false},
        {STR("HTTP/a b.corp.example"), false},
        {STR("HTTP/a;reboot;.corp.example"), false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e = {ERR_NONE};
        bool done = policy_allows_spn(&config, ROWS[i].spn, &e);
        if (done != ROWS[i].is_allowed || e.code != (done ? ERR_NONE : ERR_KRB_SPN_NOT_ALLOWED))
            fail_msg("%.*s: %d", STR_ARG(ROWS[i].spn), done);
    }
}

static void without_a_list_the_spns_of_the_apps_are_it(void **state) {
    (void)state;
    struct config_app apps[] = {{.spn = TEXT("HTTP/hr.corp.example")}, {.spn = NULL}};
    const struct config config = {.apps = apps, .app_count = 2};
    struct err e;
    assert_true(policy_allows_spn(&config, STR("http/hr.corp.example"), &e));
    assert_false(policy_allows_spn(&config, STR("HTTP/crm.corp.example"), &e));
    assert_false(policy_allows_spn(&config, STR_NONE, &e));
    assert_non_null(strstr(e.hint, "sso.spn"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_apart),
        cmocka_unit_test(every_name_that_a_ticket_has_for_a_person_counts),
        cmocka_unit_test(none_of_our_accounts_is_anybodys_ticket),
        cmocka_unit_test(every_spelling_of_a_denied_name_is_denied),
        cmocka_unit_test(our_own_account_is_nobodys_ticket),
        cmocka_unit_test(only_listed_spns_may_be_asked_for),
        cmocka_unit_test(without_a_list_the_spns_of_the_apps_are_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
