/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "connector/person_headers.h"

#include <stdio.h>
#include <stdlib.h>

struct row {
    const char *claims, *separator, *expected; /* NULL: claim-missing */
    const char *why;                           /* of claim-unfit */
};

/* The value that an app is sent for the claim "c"; NULL with `e` set when nothing is. */
static char *value_of(const char *claims, const char *separator, struct err *e) {
    char app_name[] = "hr", name[] = "X-User", claim[] = "c", provider[] = "corp", subject[] = "al";
    char *text = strdup(claims), *between = separator ? strdup(separator) : NULL, *value = NULL;
    struct config_header header = {.name = name, .claim = claim, .separator = between};
    struct config_app app = {.name = app_name, .headers = &header, .header_count = 1};
    struct identity from = {.provider = provider, .subject = subject, .claims = text}, who;
    struct headers out;
    struct arena a;
    *e = (struct err){ERR_NONE};
    arena_init(&a, 1 << 20);
    assert_true(identity_copy(&who, &from));
    if (person_headers(&a, &app, &who, &out, e)) {
        assert_int_equal(e->code, ERR_NONE);
        assert_int_equal(out.count, 1);
        assert_true(str_eq(out.at[0].name, STR("X-User")));
        value = strndup(out.at[0].value.p, out.at[0].value.n);
    } else {
        assert_non_null(strstr(e->detail, "app hr"));
        assert_non_null(strstr(e->detail, "\"c\" as X-User"));
        assert_non_null(strstr(e->hint, "sso.headers"));
    }
    identity_fini(&who);
    arena_fini(&a);
    free(text);
    free(between);
    return value;
}

static void check(const struct row *row) {
    struct err e;
    char *value = value_of(row->claims, row->separator, &e);
    enum err_code wanted = row->expected ? ERR_NONE
                           : row->why    ? ERR_CLAIM_UNFIT
                                         : ERR_CLAIM_MISSING;
    bool is_right = row->expected ? value && strcmp(value, row->expected) == 0 : !value;
    if (e.code != wanted || !is_right || (row->why && !strstr(e.detail, row->why)))
        fail_msg("%s: \"%s\", %s", row->claims, value ? value : "nothing", e.detail);
    free(value);
}

static const struct row FINE[] = {
    {"{\"c\":\"alice\",\"d\":\"bob\"}", NULL, "alice", NULL},
    {"{\"c\":\"Alice van Dam\"}", NULL, "Alice van Dam", NULL},
    {"{\"c\":\"Zo\\u00eb\"}", NULL, "Zo\xc3\xab", NULL},
    {"{\"c\":\"a;b,c\"}", NULL, "a;b,c", NULL},
    {"{\"c\":[\"HR\"]}", ";", "HR", NULL},
    {"{\"c\":[\"HR\",\"IT\",\"R&D\"]}", ";", "HR;IT;R&D", NULL},
    {"{\"c\":[\"HR\",\"IT, old\"]}", "; ", "HR; IT, old", NULL},
    {"{\"c\":\"HR\"}", "|", "HR", NULL},
    {"{\"c\":[\"H:R\",\"IT\"]}", "::", "H:R::IT", NULL},
    {"{\"c\":\"\\u00e0 \\u3042\"}", NULL, "\xc3\xa0 \xe3\x81\x82", NULL},
    {"{\"c\":\"\\u00c0\\u2030\"}", NULL, "\xc3\x80\xe2\x80\xb0", NULL},
};

static void a_claim_is_the_value_of_its_header(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof FINE / sizeof *FINE; i++)
        check(&FINE[i]);
}

/* Invariant 3: with others there, too. */
static const struct row MISSING[] = {
    {"{}", NULL, NULL, NULL},
    {"{\"C\":\"alice\",\"cc\":\"bob\"}", NULL, NULL, NULL},
    {"{\"c\":\"\"}", NULL, NULL, NULL},
    {"{\"c\":null}", NULL, NULL, NULL},
    {"{\"c\":7}", NULL, NULL, NULL},
    {"{\"c\":{\"c\":\"alice\"}}", NULL, NULL, NULL},
    {"{\"c\":[]}", ";", NULL, NULL},
    {"{\"c\":[\"a\",7]}", ";", NULL, NULL},
    {"{\"c\":[\"a\",\"\"]}", ";", NULL, NULL},
};

static void a_missing_claim_is_an_error_and_never_another(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++)
        check(&MISSING[i]);
}

static const struct row HOSTILE[] = {
    {"{\"c\":\"alice\\r\\nX-User: admin\"}", NULL, NULL, "a control character"},
    {"{\"c\":\"alice\\nx\"}", NULL, NULL, "a control character"},
    {"{\"c\":\"alice\\tx\"}", NULL, NULL, "a control character"},
    {"{\"c\":\"alice\\u007f\"}", NULL, NULL, "a control character"},
    {"{\"c\":\"alice\\u0085x\"}", NULL, NULL, "a control character"},
    {"{\"c\":[\"HR\",\"x\\ry\"]}", ";", NULL, "a control character"},
    {"{\"c\":\" admin\"}", NULL, NULL, "a blank"},
    {"{\"c\":\"admin \"}", NULL, NULL, "a blank"},
    {"{\"c\":[\"HR\",\" IT\"]}", ";", NULL, "a blank"},
    {"{\"c\":[\"HR\",\"x;Admins\"]}", ";", NULL, "the separator"},
    {"{\"c\":[\"HR\",\"x,Admins\"]}", ", ", NULL, "the separator"},
    {"{\"c\":\"x;Admins\"}", ";", NULL, "the separator"},
    {"{\"c\":[\"HR\",\"Domain Admins\"]}", " ", NULL, "the separator"},
    {"{\"c\":[\"x:\",\"Admins\"]}", "::", NULL, "the separator"},
    {"{\"c\":[\"x\",\":Admins\"]}", " :: ", NULL, "the separator"},
    {"{\"c\":[\"x<\",\"y\"]}", "<->", NULL, "the separator"},
    {"{\"c\":[\"x<-\",\"y\"]}", "<->", NULL, "the separator"},
    {"{\"c\":[\"x\",\"->y\"]}", "<->", NULL, "the separator"},
    {"{\"c\":[\"alice\",\"bob\"]}", NULL, NULL, "a list"},
    {"{\"c\":[\"HR\"]}", NULL, NULL, "a list"},
    {"{\"c\":[\"x,Admins\"]}", NULL, NULL, "a list"},
};

static void what_a_back_end_could_read_as_something_else_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++)
        check(&HOSTILE[i]);
}

/* Unicode's White_Space, and what is as invisible. */
static void no_blank_of_any_alphabet_is_at_an_end(void **state) {
    static const char *const BLANKS[] = {
        "\\u00a0", "\\u1680", "\\u2000", "\\u2001", "\\u2002", "\\u2003", "\\u2004",
        "\\u2005", "\\u2006", "\\u2007", "\\u2008", "\\u2009", "\\u200a", "\\u200b",
        "\\u2028", "\\u2029", "\\u202f", "\\u205f", "\\u3000", "\\ufeff",
    };
    static const char *const FORMS[] = {"{\"c\":\"%sadmin\"}", "{\"c\":\"admin%s\"}",
                                        "{\"c\":\"%s\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof BLANKS / sizeof *BLANKS; i++)
        for (size_t k = 0; k < sizeof FORMS / sizeof *FORMS; k++) {
            char claims[64];
            size_t at = strcspn(FORMS[k], "%");
            snprintf(claims, sizeof claims, "%.*s%s%s", (int)at, FORMS[k], BLANKS[i],
                     FORMS[k] + at + 2);
            check(&(struct row){claims, NULL, NULL, "a blank"});
        }
}

static void each_value_is_transformed_before_it_is_looked_at(void **state) {
    struct config_transform upper = {.kind = TRANSFORM_TO_UPPERCASE};
    struct config_transform after = {.kind = TRANSFORM_EXTRACT_AFTER};
    char app_name[] = "hr", name[] = "X-User", claim[] = "c", between[] = ";", at[] = "@";
    char claims[] = "{\"c\":[\"a@x\",\"b@y\"]}", blank[] = "{\"c\":\"a@ x\"}";
    struct config_header header = {.name = name,
                                   .claim = claim,
                                   .separator = between,
                                   .transforms = &upper,
                                   .transform_count = 1};
    struct config_app app = {.name = app_name, .headers = &header, .header_count = 1};
    struct identity from = {.claims = claims}, who;
    struct headers out;
    struct arena a;
    struct err e;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_true(identity_copy(&who, &from));
    assert_true(person_headers(&a, &app, &who, &out, &e));
    assert_true(str_eq(out.at[0].value, STR("A@X;B@Y")));
    identity_fini(&who);
    after.arguments[0].text = at;
    header.transforms = &after;
    from.claims = blank;
    assert_true(identity_copy(&who, &from));
    assert_false(person_headers(&a, &app, &who, &out, &e));
    assert_int_equal(e.code, ERR_CLAIM_UNFIT);
    assert_non_null(strstr(e.detail, "a blank"));
    identity_fini(&who);
    arena_fini(&a);
}

static void a_value_that_is_too_long_is_refused_and_not_cut(void **state) {
    static char claims[PERSON_HEADER_MAX + 64];
    (void)state;
    for (size_t n = PERSON_HEADER_MAX - 2; n < PERSON_HEADER_MAX + 3; n++) {
        struct err e;
        snprintf(claims, sizeof claims, "{\"c\":[\"b\",\"%0*d\"]}", (int)n - 2, 0);
        char *value = value_of(claims, ";", &e);
        assert_int_equal(value != NULL, n <= PERSON_HEADER_MAX);
        assert_true(!value || strlen(value) == n);
        assert_true(value || (e.code == ERR_CLAIM_UNFIT && strstr(e.detail, "too long")));
        free(value);
    }
}

static void nobody_has_no_headers(void **state) {
    char app_name[] = "hr", name[] = "X-User", claim[] = "c";
    struct config_header header = {.name = name, .claim = claim};
    struct config_app app = {.name = app_name, .headers = &header, .header_count = 1};
    struct headers out;
    struct arena a;
    struct err e;
    (void)state;
    arena_init(&a, 1024);
    assert_false(person_headers(&a, &app, NULL, &out, &e));
    assert_int_equal(e.code, ERR_CLAIM_MISSING);
    app.header_count = 0;
    assert_true(person_headers(&a, &app, NULL, &out, &e));
    assert_int_equal(out.count, 0);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_is_the_value_of_its_header),
        cmocka_unit_test(a_missing_claim_is_an_error_and_never_another),
        cmocka_unit_test(what_a_back_end_could_read_as_something_else_is_refused),
        cmocka_unit_test(no_blank_of_any_alphabet_is_at_an_end),
        cmocka_unit_test(each_value_is_transformed_before_it_is_looked_at),
        cmocka_unit_test(a_value_that_is_too_long_is_refused_and_not_cut),
        cmocka_unit_test(nobody_has_no_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
