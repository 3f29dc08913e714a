/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "connector/login.h"

#include <stdio.h>

#define REALM STR("CORP.EXAMPLE")

/* What somebody with these claims is called, "principal:…" or "enterprise:…"; "" when refused. */
static const char *login(enum config_login_identity how, const char *claims, char *principal,
                         struct err *e) {
    static char text[BROKER_NAME_MAX + 32];
    static char app_name[] = "hr", provider[] = "corp", subject[] = "alice";
    char copy[BROKER_NAME_MAX + 256];
    snprintf(copy, sizeof copy, "%s", claims);
    static char email[] = "email", staff[] = "https://id.example/staff", name[] = "account";
    static char sid[] = "sid";
    struct config_app app = {.name = app_name,
                             .login_identity = how,
                             .login_claim = how == LOGIN_CLAIM_UPN        ? email
                                            : how == LOGIN_CLAIM_USERNAME ? staff
                                            : how == LOGIN_CLAIM_SID      ? sid
                                                                          : name};
    struct identity from = {
        .provider = provider, .subject = subject, .principal = principal, .claims = copy};
    struct identity who;
    struct login out;
    *e = (struct err){ERR_NONE};
    assert_true(identity_copy(&who, &from));
    bool is_there = login_of(&app, &who, REALM, &out, e);
    identity_fini(&who);
    assert_int_equal(is_there, e->code == ERR_NONE);
    if (!is_there)
        return "";
    static const char *const TYPES[] = {[BROKER_NAME_PRINCIPAL] = "principal",
                                        [BROKER_NAME_ENTERPRISE] = "enterprise",
                                        [BROKER_NAME_ACCOUNT] = "account",
                                        [BROKER_NAME_SID] = "sid"};
    snprintf(text, sizeof text, "%s:%s", TYPES[out.type], out.name);
    return text;
}

#define ALL                                                                                        \
    "{\"user_principal_name\":\"alice@cloud.example\","                                            \
    "\"on_premises_user_principal_name\":\"al@corp.example\","                                     \
    "\"on_premises_sam_account_name\":\"alice01\",\"email\":\"a.b@mail.example\","                 \
    "\"https://id.example/staff\":\"a007\"}"

static const struct {
    enum config_login_identity how;
    const char *claim, *expected;
    bool is_upn, is_account; /* the whole claim is one */
} NAMES[] = {
    {LOGIN_USER_PRINCIPAL_NAME, "user_principal_name", "enterprise:alice@cloud.example",
     .is_upn = true},
    {LOGIN_ON_PREMISES_USER_PRINCIPAL_NAME, "on_premises_user_principal_name",
     "enterprise:al@corp.example", .is_upn = true},
    {LOGIN_USER_PRINCIPAL_USERNAME, "user_principal_name", "principal:alice@CORP.EXAMPLE"},
    {LOGIN_ON_PREMISES_USER_PRINCIPAL_USERNAME, "on_premises_user_principal_name",
     "principal:al@CORP.EXAMPLE"},
    {LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME, "on_premises_sam_account_name",
     "principal:alice01@CORP.EXAMPLE", .is_account = true},
    {LOGIN_CLAIM_UPN, "email", "enterprise:a.b@mail.example", .is_upn = true},
    {LOGIN_CLAIM_USERNAME, "https://id.example/staff", "principal:a007@CORP.EXAMPLE",
     .is_account = true},
};

static void each_login_identity_takes_its_own_claim(void **state) {
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        assert_string_equal(login(NAMES[i].how, ALL, NULL, &e), NAMES[i].expected);
}

/* Invariant 3: with all the others there, too. */
static void a_missing_claim_is_an_error_and_never_another_claim(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char claims[512] = ALL;
        struct err e;
        char *name = strstr(claims, NAMES[i].claim);
        assert_non_null(name);
        name[strlen(NAMES[i].claim) - 1] = 'X'; /* another claim */
        assert_string_equal(login(NAMES[i].how, claims, NULL, &e), "");
        assert_int_equal(e.code, ERR_CLAIM_MISSING);
        assert_non_null(strstr(e.detail, "app hr"));
        assert_non_null(strstr(e.detail, NAMES[i].claim));
        assert_non_null(strstr(e.detail, "is missing"));
        assert_non_null(strstr(e.hint, "sso.login_identity"));
    }
}

static void only_a_name_the_kdc_has_proven_is_a_principal(void **state) {
    static char proven[] = "alice@CORP.EXAMPLE", other[] = "alice@OTHER.EXAMPLE";
    static const char claims[] = "{\"user_principal_name\":\"alice@CORP.EXAMPLE\"}";
    struct err e;
    (void)state;
    assert_string_equal(login(LOGIN_USER_PRINCIPAL_NAME, claims, proven, &e),
                        "principal:alice@CORP.EXAMPLE");
    assert_string_equal(login(LOGIN_USER_PRINCIPAL_NAME, claims, other, &e),
                        "enterprise:alice@CORP.EXAMPLE");
}

static void with_own_tickets_a_login_is_the_principal_who_signed_in(void **state) {
    static char proven[] = "al@CORP.EXAMPLE", name[] = "hr";
    static char claims[] = "{\"user_principal_name\":\"alice@CORP.EXAMPLE\"}";
    struct config_app app = {.name = name, .uses_own_ticket = true};
    struct identity who = {.principal = proven, .claims = claims};
    struct login out;
    struct err e;
    (void)state;
    assert_true(login_of(&app, &who, REALM, &out, &e));
    assert_int_equal(out.type, BROKER_NAME_OWN);
    assert_string_equal(out.name, "al@CORP.EXAMPLE");
    who.principal = NULL;
    assert_false(login_of(&app, &who, REALM, &out, &e));
    assert_int_equal(e.code, ERR_CLAIM_MISSING);
}

static void who_came_with_a_ticket_brings_the_evidence_or_needs_leave(void **state) {
    enum { NOW = 1795525500 };
    static char proven[] = "al@CORP.EXAMPLE", name[] = "hr", inside[] = "inside", staff[] = "staff",
                edge[] = "edge";
    static char claims[] = "{\"user_principal_name\":\"al@CORP.EXAMPLE\"}";
    static const struct {
        const char *description;
        char *provider, *account; /* that she signed in by, and whose keys opened her ticket */
        bool has_ticket, is_over, may_transit;
        int type;          /* 0: refused */
        bool is_over_here; /* she has to sign in again */
    } ROWS[] = {
        {"a ticket", inside, NULL, true, false, false, BROKER_NAME_EVIDENCE, false},
        {"a ticket, with leave", inside, NULL, true, false, true, BROKER_NAME_EVIDENCE, false},
        {"one that is not forwardable", inside, NULL, false, false, false, 0, false},
        {"one that is not, with leave", inside, NULL, false, false, true, BROKER_NAME_PRINCIPAL,
         false},
        {"one that is over", inside, NULL, true, true, false, 0, true},
        {"one that is over, with leave", inside, NULL, true, true, true, BROKER_NAME_PRINCIPAL,
         false},
        {"one for another account", inside, edge, true, false, true, BROKER_NAME_PRINCIPAL, false},
        {"a password", staff, NULL, false, false, false, BROKER_NAME_PRINCIPAL, false},
    };
    unsigned char ticket[] = "sealed";
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config_provider providers[] = {
            {.name = inside, .type = PROVIDER_NEGOTIATE, .negotiate = {.account = ROWS[i].account}},
            {.name = staff, .type = PROVIDER_FORM}};
        const struct config_provider *both[] = {&providers[0], &providers[1]};
        struct config_app app = {.name = name,
                                 .sso = SSO_KERBEROS,
                                 .providers = both,
                                 .provider_count = 2,
                                 .allows_transition = ROWS[i].may_transit};
        struct identity who = {.provider = ROWS[i].provider,
                               .subject = proven,
                               .principal = proven,
                               .claims = claims,
                               .own_ticket = ROWS[i].has_ticket ? ticket : NULL,
                               .own_ticket_size = ROWS[i].has_ticket ? sizeof ticket : 0,
                               .own_ends_s = ROWS[i].is_over ? NOW - 1 : INT64_MAX};
        struct identity copy;
        struct login out;
        struct err e;
        assert_true(identity_copy(&copy, &who));
        bool is_good = login_of(&app, &copy, REALM, &out, &e);
        if (is_good != (ROWS[i].type != 0) || (is_good && (int)out.type != ROWS[i].type) ||
            login_is_over(&app, &copy, NOW) != ROWS[i].is_over_here)
            fail_msg("%s", ROWS[i].description);
        if (!is_good)
            assert_int_equal(e.code, ERR_NEGOTIATE_EVIDENCE);
        identity_fini(&copy);
    }
}

static void only_people_themselves_bring_what_their_tickets_come_of(void **state) {
    static const struct config_provider INSIDE = {.type = PROVIDER_NEGOTIATE},
                                        STAFF = {.type = PROVIDER_FORM};
    static const struct config_provider *one[] = {&INSIDE}, *two[] = {&INSIDE, &STAFF};
    const struct {
        struct config_app app;
        bool needs;
    } ROWS[] = {
        {{.providers = one, .provider_count = 1}, true},
        {{.providers = one, .provider_count = 1, .allows_transition = true}, false},
        {{.providers = two, .provider_count = 2}, false},
        {{.providers = &two[1], .provider_count = 1}, false},
        {{.providers = &two[1], .provider_count = 1, .uses_own_ticket = true}, true},
        {{.provider_count = 0}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_int_equal(login_needs_person(&ROWS[i].app), ROWS[i].needs);
}

static void hostile_claims_are_refused(void **state) {
    static const struct {
        const char *description, *value;
        bool is_account; /* refused as the account name only: it is a good UPN */
    } ROWS[] = {
        {"empty", "", false},
        {"no text", NULL, false},
        {"no domain", "alice@", false},
        {"no user", "@corp.example", false},
        {"two domains", "alice@a@b", false},
        {"a realm of its own", "alice@EVIL.EXAMPLE", true},
        {"an instance", "HTTP/dc1@corp.example", false},
        {"a service as account", "krbtgt/CORP.EXAMPLE", false},
        {"a quoted at", "admin\\\\@CORP.EXAMPLE@x", false},
        {"a domain before it", "CORP\\\\alice", false},
        {"a backslash at the end", "alice\\\\", false},
        {"a line break", "alice\\n@corp.example", false},
        {"DEL", "al\\u007fice@corp.example", false},
        {"a blank in front", " alice@corp.example", false},
        {"a blank behind", "alice @corp.example", false},
        {"a tab behind", "alice@corp.example\\t", false},
        {"a blank behind the account", "administrator ", false},
        {"a blank in front of the account", " administrator", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        for (size_t j = 0; j < sizeof NAMES / sizeof *NAMES; j++) {
            char claims[256];
            struct err e;
            const char *quote = ROWS[i].value ? "\"" : "";
            snprintf(claims, sizeof claims, "{\"%s\":%s%s%s}", NAMES[j].claim, quote,
                     ROWS[i].value ? ROWS[i].value : "[\"alice@corp.example\"]", quote);
            bool is_refused = login(NAMES[j].how, claims, NULL, &e)[0] == 0;
            if (is_refused != (NAMES[j].is_account || !ROWS[i].is_account))
                fail_msg("%s, %s", ROWS[i].description, NAMES[j].claim);
            assert_true(!is_refused || e.code == ERR_CLAIM_MISSING);
        }
    }
}

static void a_name_that_is_too_long_is_refused_and_not_cut(void **state) {
    (void)state;
    for (size_t j = 0; j < sizeof NAMES / sizeof *NAMES; j++) {
        for (size_t n = BROKER_NAME_MAX - 20; n < BROKER_NAME_MAX + 20; n++) {
            char claims[BROKER_NAME_MAX + 128], name[BROKER_NAME_MAX + 32];
            struct err e;
            memset(name, 'a', n);
            memcpy(name + n, "@b", 3);
            if (NAMES[j].is_account)
                name[n] = 0;
            snprintf(claims, sizeof claims, "{\"%s\":\"%s\"}", NAMES[j].claim, name);
            const char *is = login(NAMES[j].how, claims, NULL, &e);
            size_t size = n + (NAMES[j].is_upn ? 2 : 1 + REALM.n);
            assert_int_equal(is[0] == 0, size > BROKER_NAME_MAX);
            if (is[0])
                assert_int_equal(strlen(strchr(is, ':') + 1), size);
        }
    }
}

static void apps_differ_by_the_claim_too(void **state) {
    static char email[] = "email", same[] = "email", upn[] = "user_principal_name";
    (void)state;
    const struct {
        struct config_app a, b;
        bool is_same;
    } ROWS[] = {
        {{.login_identity = LOGIN_USER_PRINCIPAL_NAME},
         {.login_identity = LOGIN_USER_PRINCIPAL_NAME},
         true},
        {{.login_identity = LOGIN_USER_PRINCIPAL_NAME},
         {.login_identity = LOGIN_USER_PRINCIPAL_USERNAME},
         false},
        {{.login_identity = LOGIN_CLAIM_UPN, .login_claim = email},
         {.login_identity = LOGIN_CLAIM_UPN, .login_claim = same},
         true},
        {{.login_identity = LOGIN_CLAIM_UPN, .login_claim = email},
         {.login_identity = LOGIN_CLAIM_UPN, .login_claim = upn},
         false},
        {{.login_identity = LOGIN_USER_PRINCIPAL_NAME},
         {.login_identity = LOGIN_USER_PRINCIPAL_NAME, .uses_own_ticket = true},
         false},
        {{.login_identity = LOGIN_CLAIM_UPN, .login_claim = upn, .uses_own_ticket = true},
         {.login_identity = LOGIN_USER_PRINCIPAL_NAME, .uses_own_ticket = true},
         true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int order = login_compare(&ROWS[i].a, &ROWS[i].b);
        assert_int_equal(order == 0, ROWS[i].is_same);
        assert_int_equal(login_compare(&ROWS[i].b, &ROWS[i].a) > 0, order < 0);
    }
}

static void names_for_the_directory_are_passed_on_as_they_are(void **state) {
    static const struct {
        enum config_login_identity how;
        const char *claim, *login; /* "": refused */
    } ROWS[] = {
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "alice", "account:alice"},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "CORP\\\\alice", "account:CORP\\alice"},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "CORP\\\\", ""},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "\\\\alice", ""},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "A\\\\B\\\\alice", ""},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "CORP \\\\alice", ""},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "CORP\\\\ alice", ""},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "alice@corp.example", ""},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "alice/admin", ""},
        {LOGIN_CLAIM_SAM_ACCOUNT_NAME, "", ""},
        {LOGIN_CLAIM_SID, "S-1-5-21-1-2-3-1104", "sid:S-1-5-21-1-2-3-1104"},
        {LOGIN_CLAIM_SID, "s-1-5-21-1-2-3-01104", "sid:S-1-5-21-1-2-3-1104"},
        {LOGIN_CLAIM_SID, "S-1-5-21-1-2-3-1104 ", ""},
        {LOGIN_CLAIM_SID, "alice", ""},
        {LOGIN_CLAIM_SID, "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char claims[256];
        struct err e;
        bool is_sid = ROWS[i].how == LOGIN_CLAIM_SID;
        snprintf(claims, sizeof claims, "{\"%s\":\"%s\",\"%s\":\"bob\"}",
                 is_sid ? "sid" : "account", ROWS[i].claim, is_sid ? "account" : "sid");
        const char *got = login(ROWS[i].how, claims, NULL, &e);
        if (strcmp(got, ROWS[i].login) != 0)
            fail_msg("%s: %s", ROWS[i].claim, got);
        assert_int_equal(e.code, got[0] ? ERR_NONE : ERR_CLAIM_MISSING);
    }
}

static void a_certificate_is_called_by_its_hash_and_goes_with_it(void **state) {
    static const struct {
        const char *claim, *login;
    } ROWS[] = {
        {"MAMCAQE=", "certificate sha256:"
                     "1b65f68a522c858715f5dd951cd0402dc16691778814bf0759822b7a257421d0"},
        {"MAMCAQE", ""},   /* not whole */
        {"MAMC AQE=", ""}, /* a blank */
        {"AgMCAQE=", ""},  /* no sequence */
        {"MA==", ""},      /* nothing in it */
        {"-----BEGIN CERTIFICATE-----", ""},
        {"alice", ""},
        {"", ""},
    };
    static char name[] = "hr", claim_name[] = "x5c", provider[] = "corp", subject[] = "alice";
    struct config_app app = {
        .name = name, .login_identity = LOGIN_CLAIM_CERTIFICATE, .login_claim = claim_name};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char claims[128];
        struct identity from = {.provider = provider, .subject = subject, .claims = claims}, who;
        struct login out;
        struct arena a;
        struct str der;
        struct err e;
        snprintf(claims, sizeof claims, "{\"x5c\":\"%s\"}", ROWS[i].claim);
        assert_true(identity_copy(&who, &from));
        arena_init(&a, 1024);
        bool is_there = login_of(&app, &who, REALM, &out, &e);
        if (is_there != (ROWS[i].login[0] != 0))
            fail_msg("%s", ROWS[i].claim);
        if (is_there) {
            assert_int_equal(out.type, BROKER_NAME_CERTIFICATE);
            assert_string_equal(out.name, ROWS[i].login);
            assert_true(login_proof(&a, &app, &who, &der));
            assert_true(str_eq(der, STR("\x30\x03\x02\x01\x01")));
        } else {
            assert_int_equal(e.code, ERR_CLAIM_MISSING);
        }
        arena_fini(&a);
        identity_fini(&who);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_called_by_its_hash_and_goes_with_it),
        cmocka_unit_test(with_own_tickets_a_login_is_the_principal_who_signed_in),
        cmocka_unit_test(who_came_with_a_ticket_brings_the_evidence_or_needs_leave),
        cmocka_unit_test(only_people_themselves_bring_what_their_tickets_come_of),
        cmocka_unit_test(each_login_identity_takes_its_own_claim),
        cmocka_unit_test(a_missing_claim_is_an_error_and_never_another_claim),
        cmocka_unit_test(only_a_name_the_kdc_has_proven_is_a_principal),
        cmocka_unit_test(hostile_claims_are_refused),
        cmocka_unit_test(apps_differ_by_the_claim_too),
        cmocka_unit_test(names_for_the_directory_are_passed_on_as_they_are),
        cmocka_unit_test(a_name_that_is_too_long_is_refused_and_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
