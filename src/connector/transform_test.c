/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/transformation.h"
#include "connector/transform.h"

#include <stdio.h>
#include <stdlib.h>

static char CLAIMS[] = "{\"surname\":\"Simon\",\"mail\":\"b.simon@corp.example\","
                       "\"list\":[\"a\"],\"empty\":\"\"}";

struct row {
    const char *transformations; /* as in the file, with '|' between two of them */
    const char *in, *expected;
    const char *fault; /* what is said when nothing is expected, or "missing: " and a claim */
};

static void parse(struct arena *a, const char *text, struct config_header *h) {
    struct str rest = str_of(text), part;
    h->transforms = arena_array(a, CONFIG_TRANSFORMS_MAX, sizeof *h->transforms);
    while (str_split(&rest, '|', &part)) {
        const char *why = NULL;
        if (!transformation_parse(a, part, &h->transforms[h->transform_count++], &why))
            fail_msg("%s: %s", text, why);
    }
}

static void check(const struct row *row) {
    struct config_header h = {0};
    struct identity from = {.claims = CLAIMS}, who;
    struct arena a;
    struct str out;
    char said[256] = "";
    const char *why = NULL;
    arena_init(&a, 1 << 16);
    assert_true(identity_copy(&who, &from));
    parse(&a, row->transformations, &h);
    /* To the byte, so that a sanitizer sees what is read behind it. */
    char *in = test_malloc(strlen(row->in) + 1);
    size_t n = strlen(row->in);
    memcpy(in, row->in, n);
    enum transform_result result = transform_value(&a, &h, &who, str_n(in, n), &out, &why);
    if (result == TRANSFORMED)
        snprintf(said, sizeof said, "%.*s", STR_ARG(out));
    else
        snprintf(said, sizeof said, "%s%s", result == TRANSFORM_MISSING ? "missing: " : "", why);
    bool is_right = row->expected ? result == TRANSFORMED && strcmp(said, row->expected) == 0
                                  : result != TRANSFORMED && strstr(said, row->fault);
    if (!is_right)
        fail_msg("%s of \"%s\": %s", row->transformations, row->in, said);
    test_free(in);
    identity_fini(&who);
    arena_fini(&a);
}

static const struct row ROWS[] = {
    {"extract_mail_prefix", "b.simon@corp.example", "b.simon", NULL},
    {"join(\".\", surname)", "B", "B.Simon", NULL},
    {"join(\"\", surname)", "B", "BSimon", NULL},
    {"to_lowercase", "BSimon_\xc3\x89[", "bsimon_\xc3\x89[", NULL},
    {"to_uppercase", "bSimon_\xc3\xa9{", "BSIMON_\xc3\xa9{", NULL},
    {"contains(\"@corp\", \"yes\")", "a@corp.example", "yes", NULL},
    {"contains(\"@corp\", \"yes\", \"no\")", "a@other", "no", NULL},
    {"contains(\"@corp\", mail, surname)", "a@corp.example", "b.simon@corp.example", NULL},
    {"contains(\"@corp\", mail, surname)", "a@CORP", "Simon", NULL},
    {"start_with(\"a@\", \"yes\", \"no\")", "a@corp", "yes", NULL},
    {"start_with(\"a@\", \"yes\", \"no\")", "ba@corp", "no", NULL},
    {"end_with(\"corp\", \"yes\", \"no\")", "a@corp", "yes", NULL},
    {"end_with(\"corp\", \"yes\", \"no\")", "a@corp.", "no", NULL},
    {"extract_after(\"Finance_\")", "Finance_BSimon", "BSimon", NULL},
    {"extract_after(\"_\")", "a_b_c", "b_c", NULL},
    {"extract_before(\"_US\")", "BSimon_US", "BSimon", NULL},
    {"extract_before(\"_\")", "a_b_c", "a", NULL},
    {"extract_between(\"Finance_\", \"_US\")", "Finance_BSimon_US", "BSimon", NULL},
    {"extract_between(\"'\", \"'\")", "x'y'z", "y", NULL},
    {"extract_alpha_prefix", "BSimon_123", "BSimon", NULL},
    {"extract_alpha_prefix", "BSimon", "BSimon", NULL},
    {"extract_alpha_suffix", "123_Simon", "Simon", NULL},
    {"extract_numeric_prefix", "123_BSimon", "123", NULL},
    {"extract_numeric_suffix", "BSimon_123", "123", NULL},
    {"extract_numeric_suffix", "123", "123", NULL},
    {"if_not_empty(\"member\")", "x", "member", NULL},
    {"if_not_empty(surname)", "x", "Simon", NULL},
    {"substring(0, 2)", "BSimon", "BS", NULL},
    {"substring(1)", "BSimon", "Simon", NULL},
    {"substring(1, 2)", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", "\xe2\x82\xac\xf0\x9f\x98\x80",
     NULL},
    {"substring(4, 8000)", "BSimon", "on", NULL},
    {"extract_mail_prefix|to_uppercase|substring(0, 3)", "b.simon@corp", "B.S", NULL},
};

static void each_transformation_makes_of_a_value_what_it_says(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check(&ROWS[i]);
}

static void without_any_a_value_stays_as_it_is(void **state) {
    struct config_header h = {0};
    struct str out;
    const char *why;
    (void)state;
    assert_int_equal(transform_value(NULL, &h, NULL, STR("a b"), &out, &why), TRANSFORMED);
    assert_true(str_eq(out, STR("a b")));
}

/* Invariant 3: never the value as it was, and never half of it. */
static const struct row FAULTS[] = {
    {"extract_mail_prefix", "alice", NULL, "not of the form"},
    {"extract_mail_prefix", "@corp", NULL, "not of the form"},
    {"extract_mail_prefix", "alice@", NULL, "not of the form"},
    {"extract_mail_prefix", "admin@x@corp", NULL, "not of the form"},
    {"join(\".\", given)", "B", NULL, "missing: given"},
    {"join(\".\", list)", "B", NULL, "missing: list"},
    {"join(\".\", empty)", "B", NULL, "missing: empty"},
    {"contains(\"x\", \"yes\")", "abc", NULL, "does not match"},
    {"start_with(\"b\", \"yes\")", "abc", NULL, "does not match"},
    {"end_with(\"b\", \"yes\")", "abc", NULL, "does not match"},
    {"contains(\"b\", nobody)", "abc", NULL, "missing: nobody"},
    {"contains(\"x\", \"yes\", nobody)", "abc", NULL, "missing: nobody"},
    {"extract_after(\"x\")", "abc", NULL, "looked for"},
    {"extract_after(\"c\")", "abc", NULL, "leaves nothing"},
    {"extract_before(\"x\")", "abc", NULL, "looked for"},
    {"extract_before(\"a\")", "abc", NULL, "leaves nothing"},
    {"extract_between(\"a\", \"x\")", "abc", NULL, "looked for"},
    {"extract_between(\"b\", \"a\")", "abc", NULL, "looked for"},
    {"extract_between(\"a\", \"b\")", "abc", NULL, "leaves nothing"},
    {"extract_alpha_prefix", "1abc", NULL, "leaves nothing"},
    {"extract_alpha_prefix", "Zo\xc3\xab_1", NULL, "a letter beside"},
    {"extract_alpha_suffix", "1_\xc3\xabZo", NULL, "a letter beside"},
    {"extract_numeric_prefix", "abc", NULL, "leaves nothing"},
    {"extract_numeric_suffix", "1a", NULL, "leaves nothing"},
    {"if_not_empty(nobody)", "x", NULL, "missing: nobody"},
    {"substring(3)", "abc", NULL, "leaves nothing"},
    {"substring(9, 1)", "abc", NULL, "leaves nothing"},
    {"extract_after(\"x\")|if_not_empty(\"member\")", "abc", NULL, "looked for"},
};

static void what_is_not_found_is_an_error(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++)
        check(&FAULTS[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_transformation_makes_of_a_value_what_it_says),
        cmocka_unit_test(without_any_a_value_stays_as_it_is),
        cmocka_unit_test(what_is_not_found_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
