/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/explain.h"

#include <errno.h>
#include <stdio.h>

static const enum cause_step STEPS[] = {STEP_AS,      STEP_S4U2SELF, STEP_S4U2PROXY,
                                        STEP_SIGN_IN, STEP_PROOF,    STEP_TGS};

/* Every code that a row of cause.c has, and one that none has. */
static const krb5_error_code CODES[] = {
    ENOMEM,
    KRB5_KDC_UNREACH,
    KRB5_REALM_UNKNOWN,
    KRB5_REALM_CANT_RESOLVE,
    KRB5KDC_ERR_SVC_UNAVAILABLE,
    KRB5KRB_AP_ERR_SKEW,
    KRB5_KDCREP_SKEW,
    KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN,
    KRB5KDC_ERR_CLIENT_REVOKED,
    KRB5KDC_ERR_NAME_EXP,
    KRB5KDC_ERR_POLICY,
    KRB5KDC_ERR_KEY_EXP,
    KRB5KDC_ERR_PREAUTH_FAILED,
    KRB5_PREAUTH_FAILED,
    KRB5KRB_AP_ERR_BAD_INTEGRITY,
    KRB5_KT_NOTFOUND,
    KRB5KDC_ERR_ETYPE_NOSUPP,
    KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN,
    KRB5KDC_ERR_MUST_USE_USER2USER,
    KRB5KDC_ERR_PADATA_TYPE_NOSUPP,
    KRB5_KDCREP_MODIFIED,
    KRB5KRB_AP_WRONG_PRINC,
    KRB5KDC_ERR_BADOPTION,
    KRB5KRB_AP_ERR_TKT_NYV,
    KRB5KRB_AP_ERR_TKT_EXPIRED,
    KRB5KRB_ERR_GENERIC,
};

static const uint32_t STATUSES[] = {0, 0xC000006E, 0xC0000072, 0xC00000BB, 0xC0000225, 0xC0000413};

static struct explain_case fine_case(void) {
    return (struct explain_case){.step = STEP_S4U2PROXY,
                                 .code = KRB5KDC_ERR_BADOPTION,
                                 .principal = "svc-kerbgate@CORP.EXAMPLE",
                                 .keytab = "/etc/kerbgate/connector.keytab",
                                 .user = "alice@corp.example",
                                 .spn = "HTTP/hr.corp.example",
                                 .text = "words of libkrb5"};
}

/* Calls `look` with every error that can be told of the case. */
static void explain_all(struct explain_case c, void (*look)(const struct err *e)) {
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        for (size_t k = 0; k < sizeof CODES / sizeof *CODES; k++) {
            for (size_t s = 0; s < sizeof STATUSES / sizeof *STATUSES; s++) {
                for (c.facts = 0; c.facts <= FACT_ALL; c.facts++) {
                    struct err e;
                    c.step = STEPS[i];
                    c.code = CODES[k];
                    c.kdc.last.nt_status = STATUSES[s];
                    assert_false(explain(&c, &e));
                    assert_int_not_equal(e.code, ERR_NONE);
                    look(&e);
                }
            }
        }
    }
}

/* PowerShell's own braces begin with a quote. */
static void check_filled(const struct err *e) {
    const char *const TEXTS[] = {e->detail, e->hint};
    assert_string_not_equal(e->detail, "");
    for (size_t i = 0; i < 2; i++) {
        for (const char *at = TEXTS[i]; (at = strchr(at, '{')); at++) {
            if (at[1] != '\'')
                fail_msg("%s", TEXTS[i]);
        }
    }
    assert_true(strlen(e->detail) < sizeof e->detail - 1);
    assert_true(strlen(e->hint) < sizeof e->hint - 1);
}

static void every_placeholder_is_filled_and_nothing_is_cut(void **state) {
    (void)state;
    explain_all(fine_case(), check_filled);
}

static void names_stand_in_the_texts(void **state) {
    (void)state;
    struct err e;
    struct explain_case c = fine_case();
    c.kdc.last = (struct err_kdc){13, 0xC00000BB, "S4U2Proxy"};
    assert_false(explain(&c, &e));
    assert_int_equal(e.code, ERR_KRB_NOT_DELEGATED);
    assert_string_equal(
        e.detail,
        "svc-kerbgate may delegate to no service at all, so not to "
        "HTTP/hr.corp.example (S4U2Proxy: KDC error 13 KDC_ERR_BADOPTION, NTSTATUS C00000BB not "
        "supported)");
    assert_non_null(
        strstr(e.hint, "samba-tool delegation add-service svc-kerbgate HTTP/hr.corp.example "));
    assert_non_null(strstr(e.hint, "Set-ADUser 'svc-kerbgate' -Add @{'msDS-AllowedToDelegateTo'="
                                   "'HTTP/hr.corp.example'}"));
    assert_int_equal(e.kdc.code, 13);
}

static void what_the_kdc_says_in_words_is_repeated_and_speaks_to_no_terminal(void **state) {
    (void)state;
    struct err e;
    struct explain_case c = fine_case();
    c.kdc.last = (struct err_kdc){13, 0, "S4U2Proxy"};
    snprintf(c.kdc.words, sizeof c.kdc.words, "NOT_ALLOWED_TO_DELEGATE\x1b[2J");
    explain(&c, &e);
    assert_non_null(strstr(e.detail, "KDC_ERR_BADOPTION, \"NOT_ALLOWED_TO_DELEGATE?[2J\")"));
}

/* "alice@CORP" is a common way to write what has a short name. */
static void a_realm_that_nobody_knows_is_the_persons(void **state) {
    (void)state;
    struct err e;
    struct explain_case c = fine_case();
    c.step = STEP_S4U2SELF;
    c.code = KRB5_REALM_UNKNOWN;
    c.user = "alice@CORP";
    snprintf(c.kdc.realm, sizeof c.kdc.realm, "CORP.EXAMPLE");
    explain(&c, &e);
    assert_non_null(strstr(e.detail, "of CORP is known"));
}

static void a_keytab_with_which_nothing_was_tried_is_not_called_old(void **state) {
    (void)state;
    struct err e;
    struct explain_case c = fine_case();
    c.step = STEP_AS;
    c.code = KRB5_PREAUTH_FAILED;
    c.kdc.last = (struct err_kdc){25, 0, "AS-REQ"};
    explain(&c, &e);
    assert_int_equal(e.code, ERR_KRB_ENCTYPE);
    c.kdc.last.code = 24;
    explain(&c, &e);
    assert_int_equal(e.code, ERR_KRB_CONNECTOR);
}

static void a_computers_account_is_changed_by_its_own_cmdlet(void **state) {
    (void)state;
    struct err e;
    struct explain_case c = fine_case();
    c.principal = "GATE$@CORP.EXAMPLE";
    explain(&c, &e);
    assert_non_null(strstr(e.hint, "Set-ADComputer 'GATE$' -Add"));
    assert_non_null(strstr(e.hint, "add-service GATE$ HTTP/"));
}

/* Who refused may be another realm than ours. */
static void the_realm_is_the_one_whose_domain_controller_answered(void **state) {
    (void)state;
    static const struct {
        krb5_error_code code;
        unsigned facts;
        const char *realm, *words;
    } ROWS[] = {
        {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, "", "on no account of CORP.EXAMPLE"},
        {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, FACT_KDC_FOREIGN, "RES.EXAMPLE",
         "on no account of RES.EXAMPLE"},
        {KRB5_KDC_UNREACH, FACT_KDC_FOREIGN, "RES.EXAMPLE", "of RES.EXAMPLE answers"},
        {KRB5_REALM_UNKNOWN, 0, "CORP.EXAMPLE", "CORP.EXAMPLE leads to another realm"},
        {KRB5KDC_ERR_BADOPTION, FACT_KDC_FOREIGN, "RES.EXAMPLE",
         "in RES.EXAMPLE does not let svc-kerbgate@CORP.EXAMPLE act"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e;
        struct explain_case c = fine_case();
        c.code = ROWS[i].code;
        c.facts = ROWS[i].facts;
        snprintf(c.kdc.realm, sizeof c.kdc.realm, "%s", ROWS[i].realm);
        explain(&c, &e);
        if (!strstr(e.detail, ROWS[i].words))
            fail_msg("row %zu: %s", i, e.detail);
    }
}

/* The letters of the hint are the same for every name, but for the name itself. */
static const char *const HOSTILE[] = {
    "x'; reboot #",
    "x\"; $(reboot) `reboot`",
    "-H ldap://evil.example",
    "\xe2\x80\x99; Stop-Computer #", /* PowerShell's other single quote */
    "\xe2\x80\x9c$(Stop-Computer)",
    "a\nb\r\x1b[2Jc\x7f",
    "%s%n%n {principal} {user}",
    "x\\' ; reboot",
    "$HOME",
};

/* What of a hint lies outside single quotes has no letter that a shell takes for more than a word
 * but those of the templates; inside there is nothing that ends them. */
static void check_harmless(const struct err *e) {
    const char *const TEXTS[] = {e->detail, e->hint};
    for (size_t i = 0; i < 2; i++) {
        for (const char *p = TEXTS[i]; *p; p++)
            assert_false((unsigned char)*p < 0x20 || *p == 0x7f);
    }
    static const char *const NEVER[] = {
        "`", "$(", "\\", "\xe2\x80\x99", "\xe2\x80\x9c", "'; reboot", "$HOME", "'-",
    };
    for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER; i++) {
        if (strstr(e->hint, NEVER[i]))
            fail_msg("%s in %s", NEVER[i], e->hint);
    }
    for (const char *p = e->hint; (p = strstr(p, "reboot")); p++) {
        bool is_quoted = false;
        for (const char *q = e->hint; q < p; q++)
            is_quoted ^= *q == '\'' && memcmp(q, "'s ", 3) != 0; /* the "app's" of the prose */
        assert_true(is_quoted);
    }
}

static void hostile_user_names_are_harmless(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++) {
        struct explain_case c = fine_case();
        c.user = c.text = HOSTILE[i];
        snprintf(c.kdc.realm, sizeof c.kdc.realm, "%s", HOSTILE[i]); /* of the user's name */
        explain_all(c, check_harmless);
    }
}

static void names_are_not_filled_in_again(void **state) {
    (void)state;
    struct err e;
    struct explain_case c = fine_case();
    c.code = KRB5KDC_ERR_POLICY;
    c.step = STEP_S4U2SELF;
    c.user = "{spn} %s%n";
    explain(&c, &e);
    assert_non_null(strstr(e.detail, "refuses {spn} %s%n:"));
    assert_non_null(strstr(e.hint, "show '{spn} %s%n' "));
}

/* An SPN stands in commands without quotes, as setspn has it. */
static void hostile_spns_are_no_commands(void **state) {
    (void)state;
    struct err e;
    struct explain_case c = fine_case();
    c.spn = "HTTP/a;reboot|b&c>d <e>$(f)*!#~g\xc3\xa4h'";
    explain(&c, &e);
    assert_non_null(
        strstr(e.hint, "add-service svc-kerbgate HTTP/a?reboot?b?c?d??e???f?????g\xc3\xa4h? "));
}

static void names_that_are_too_long_do_not_cut_the_command(void **state) {
    (void)state;
    static char name[1024];
    struct explain_case c = fine_case();
    memset(name, 'x', sizeof name - 1);
    c.user = c.spn = name;
    memset(c.kdc.realm, 'x', sizeof c.kdc.realm - 1);
    explain_all(c, check_filled);
}

static void a_name_that_is_not_there_is_empty(void **state) {
    (void)state;
    struct explain_case c = fine_case();
    c.user = c.spn = c.text = NULL;
    struct err e;
    assert_false(explain(&c, &e));
    assert_int_equal(e.code, ERR_KRB_NOT_DELEGATED);
}

static void the_skew_has_a_direction(void **state) {
    (void)state;
    static const struct {
        int64_t skew_s;
        const char *words;
    } ROWS[] = {
        {600, "600 s ahead of that of"}, {-600, "600 s behind that of"}, {0, "not near that of"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e;
        struct explain_case c = fine_case();
        c.code = KRB5KRB_AP_ERR_SKEW;
        c.kdc.skew_s = ROWS[i].skew_s;
        explain(&c, &e);
        assert_non_null(strstr(e.detail, ROWS[i].words));
    }
}

static void a_sign_in_fails_with_codes_of_a_sign_in(void **state) {
    (void)state;
    static const enum cause_step AT[] = {STEP_SIGN_IN, STEP_PROOF};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < sizeof CODES / sizeof *CODES; k++) {
            struct err e;
            struct explain_case c = fine_case();
            c.step = AT[i];
            c.code = CODES[k];
            explain(&c, &e);
            assert_null(strstr(err_info(e.code)->name, "krb-"));
        }
    }
}

static void silence_says_who_is_silent(void **state) {
    (void)state;
    const struct config_kerberos config = {.principal = TEXT("svc@CORP.EXAMPLE"),
                                           .keytab = TEXT("k.keytab")};
    struct err e;
    explain_silence(&config, STEP_AS, true, 30000, &e);
    assert_int_equal(e.code, ERR_KRB_KDC_UNREACHABLE);
    assert_string_equal(e.detail, "no answer from a domain controller of CORP.EXAMPLE within 30 s");
    explain_silence(&config, STEP_SIGN_IN, false, 1500, &e);
    assert_int_equal(e.code, ERR_SIGN_IN_UNAVAILABLE);
    assert_string_equal(e.detail, "all threads of the broker wait for domain controllers of "
                                  "CORP.EXAMPLE, for more than 1.5 s");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_placeholder_is_filled_and_nothing_is_cut),
        cmocka_unit_test(names_stand_in_the_texts),
        cmocka_unit_test(what_the_kdc_says_in_words_is_repeated_and_speaks_to_no_terminal),
        cmocka_unit_test(the_realm_is_the_one_whose_domain_controller_answered),
        cmocka_unit_test(a_realm_that_nobody_knows_is_the_persons),
        cmocka_unit_test(a_keytab_with_which_nothing_was_tried_is_not_called_old),
        cmocka_unit_test(a_computers_account_is_changed_by_its_own_cmdlet),
        cmocka_unit_test(hostile_user_names_are_harmless),
        cmocka_unit_test(names_are_not_filled_in_again),
        cmocka_unit_test(hostile_spns_are_no_commands),
        cmocka_unit_test(names_that_are_too_long_do_not_cut_the_command),
        cmocka_unit_test(a_name_that_is_not_there_is_empty),
        cmocka_unit_test(the_skew_has_a_direction),
        cmocka_unit_test(a_sign_in_fails_with_codes_of_a_sign_in),
        cmocka_unit_test(silence_says_who_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
