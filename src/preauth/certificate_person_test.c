/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preauth/certificate_person.h"

#include "connector/login.h"

#include <jansson.h>
#include <stdlib.h>

static const char *const ALICE[] = {"alice@corp.example", "alice@example.com"};
static const char *const BARE[] = {"alice"};
static const char *const ODD[] = {"a@b@c"};

#define TEXTS(list, n) {.at = (const char **)(list), .count = (n)}

static char domain[] = "corp.example";

static const struct {
    const char *description;
    struct config_name_rule rules[3];
    size_t rule_count;
    struct certificate_names names;
    const char *subject; /* NULL: refused */
} ROWS[] = {
    {"its UPN, when nothing is said", {{0}}, 0, {.upn = TEXTS(ALICE, 1)}, "alice@corp.example"},
    {"no UPN", {{0}}, 0, {.email = TEXTS(ALICE, 1)}, NULL},
    {"two UPNs", {{0}}, 0, {.upn = TEXTS(ALICE, 2)}, NULL},
    {"a UPN without a domain", {{0}}, 0, {.upn = TEXTS(BARE, 1)}, NULL},
    {"a UPN with two", {{0}}, 0, {.upn = TEXTS(ODD, 1)}, NULL},
    {"a mail address",
     {{.from = NAME_FROM_EMAIL}},
     1,
     {.email = TEXTS(ALICE, 1)},
     "alice@corp.example"},
    {"a common name with its domain",
     {{.from = NAME_FROM_COMMON_NAME, .domain = domain}},
     1,
     {.cn = TEXTS(BARE, 1)},
     "alice@corp.example"},
    {"a common name that has another",
     {{.from = NAME_FROM_COMMON_NAME, .domain = domain}},
     1,
     {.cn = TEXTS(ODD, 1)},
     NULL},
    {"a common name without", {{.from = NAME_FROM_COMMON_NAME}}, 1, {.cn = TEXTS(BARE, 1)}, NULL},
    {"the first that is there",
     {{.from = NAME_FROM_UPN}, {.from = NAME_FROM_EMAIL}},
     2,
     {.email = TEXTS(ALICE, 1)},
     "alice@corp.example"},
    {"and not another in the place of one that is not fit",
     {{.from = NAME_FROM_UPN}, {.from = NAME_FROM_EMAIL}},
     2,
     {.upn = TEXTS(BARE, 1), .email = TEXTS(ALICE, 1)},
     NULL},
    {"nor in the place of two",
     {{.from = NAME_FROM_UPN}, {.from = NAME_FROM_EMAIL}},
     2,
     {.upn = TEXTS(ALICE, 2), .email = TEXTS(ALICE, 1)},
     NULL},
    {"its subject", {{.from = NAME_FROM_SUBJECT}}, 1, {.subject = "CN=alice"}, "CN=alice"},
    {"an empty subject", {{.from = NAME_FROM_SUBJECT}}, 1, {.subject = ""}, NULL},
};

static void who_somebody_is_goes_by_the_rules_and_nothing_else(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config_certificates c = {.names = (struct config_name_rule *)ROWS[i].rules,
                                        .name_count = ROWS[i].rule_count};
        struct certificate_names names = ROWS[i].names;
        struct certificate_person who;
        struct err e = {0};
        struct arena a;
        arena_init(&a, 1 << 16);
        names.subject = names.subject ? names.subject : "CN=x";
        names.issuer = names.serial = names.fingerprint = "i";
        bool ok = certificate_person_of(&a, &c, &names, STR("der"), &who, &e);
        if (ok != (ROWS[i].subject != NULL) || (ok && strcmp(who.subject, ROWS[i].subject) != 0))
            fail_msg("%s: %s", ROWS[i].description, ok ? who.subject : e.detail);
        assert_int_equal(e.code, ok ? ERR_NONE : ERR_CERTIFICATE_NAME);
        json_t *claims = ok ? json_loads(who.claims, 0, NULL) : NULL;
        const char *upn = json_string_value(json_object_get(claims, CLAIM_UPN));
        bool is_by_subject = ROWS[i].rule_count && ROWS[i].rules[0].from == NAME_FROM_SUBJECT;
        if (ok && !is_by_subject)
            assert_string_equal(upn, who.subject);
        else
            assert_null(upn);
        json_decref(claims);
        free(who.claims);
        arena_fini(&a);
    }
}

static void all_that_it_says_is_a_claim(void **state) {
    struct config_certificates c = {0};
    const char *san[] = {"upn:alice@corp.example", "dns:pc"};
    struct certificate_names names = {.upn = TEXTS(ALICE, 1),
                                      .email = TEXTS(ALICE, 2),
                                      .san = TEXTS(san, 2),
                                      .subject = "CN=\"",
                                      .issuer = "CN=CA",
                                      .serial = "10",
                                      .fingerprint = "ff"};
    struct certificate_person who;
    struct err e = {0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_true(certificate_person_of(&a, &c, &names, STR("0\x01\xff"), &who, &e));
    json_t *found = json_loads(who.claims, 0, NULL);
    json_t *expected =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:[ss],s:[ss]}", "certificate", "MAH/", "subject",
                  "CN=\"", "issuer", "CN=CA", "serial", "10", "fingerprint", "ff", CLAIM_UPN,
                  ALICE[0], "upn", ALICE[0], "email", ALICE[0], ALICE[1], "san", san[0], san[1]);
    assert_true(json_equal(found, expected));
    json_decref(found);
    json_decref(expected);
    free(who.claims);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_somebody_is_goes_by_the_rules_and_nothing_else),
        cmocka_unit_test(all_that_it_says_is_a_claim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
