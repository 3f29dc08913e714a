/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/transformation.h"

#include <stdio.h>

/* As it was understood: the name, then a constant in quotes, a claim or a number each. */
static const char *understood(struct str text, const char **why) {
    static char said[512];
    struct config_transform t;
    struct arena a;
    *why = NULL;
    arena_init(&a, 4096);
    said[0] = 0;
    if (transformation_parse(&a, text, &t, why)) {
        size_t n = (size_t)snprintf(said, sizeof said, "%s", transformation_name(t.kind));
        for (size_t i = 0; i < CONFIG_ARGUMENTS_MAX && t.arguments[i].text; i++) {
            const struct config_argument *g = &t.arguments[i];
            const char *quote = g->is_claim || g->number > 0 ? "" : "\"";
            n += (size_t)snprintf(said + n, sizeof said - n, " %s%s%s", quote, g->text, quote);
        }
    }
    arena_fini(&a);
    return said;
}

static const struct {
    const char *text, *expected;
} FINE[] = {
    {"to_lowercase", "to_lowercase"},
    {"to_uppercase()", "to_uppercase"},
    {" extract_mail_prefix ( ) ", "extract_mail_prefix"},
    {"extract_alpha_prefix", "extract_alpha_prefix"},
    {"extract_alpha_suffix", "extract_alpha_suffix"},
    {"extract_numeric_prefix", "extract_numeric_prefix"},
    {"extract_numeric_suffix", "extract_numeric_suffix"},
    {"extract_after(\"\\\")", "extract_after \"\\\""},
    {"extract_before('\"')", "extract_before \"\"\""},
    {"extract_between(\"(\", \")\")", "extract_between \"(\" \")\""},
    {"join('', family_name)", "join \"\" family_name"},
    {"join(\", \",family_name)", "join \", \" family_name"},
    {"contains(\"@corp\", mail, \"guest\")", "contains \"@corp\" mail \"guest\""},
    {"start_with('a,b','yes')", "start_with \"a,b\" \"yes\""},
    {"end_with(\"x\", http://schemas.example/claims/name)",
     "end_with \"x\" http://schemas.example/claims/name"},
    {"if_not_empty(\"member\")", "if_not_empty \"member\""},
    {"substring(2)", "substring 2"},
    {"substring( 1 , 8000 )", "substring 1 8000"},
};

static void each_transformation_is_understood(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof FINE / sizeof *FINE; i++) {
        const char *why, *said = understood(str_of(FINE[i].text), &why);
        if (strcmp(said, FINE[i].expected) != 0)
            fail_msg("%s: \"%s\" %s", FINE[i].text, said, why ? why : "");
    }
}

static const struct {
    const char *text, *why;
} REFUSED[] = {
    {"", "is unknown"},
    {"to_lower", "is unknown"},
    {"ToLowercase()", "is unknown"},
    {"()", "is unknown"},
    {"regex_replace(\"a\", \"b\")", "the time that a regular expression takes has no bound"},
    {"if_empty(\"guest\")", "could name somebody else"},
    {"to_lowercase(", "has no ')'"},
    {"to_lowercase)", "is unknown"},
    {"to_lowercase()x", "has no ')'"},
    {"to_lowercase(\"x\")", "too many"},
    {"extract_after", "too few"},
    {"extract_after()", "too few"},
    {"extract_after(\"\")", "needs a text in quotes"},
    {"extract_after(x)", "needs a text in quotes"},
    {"extract_after(\"x)", "does not end"},
    {"extract_after(')", "does not end"},
    {"extract_after(\"a\",)", "argument that is empty"},
    {"extract_after(,\"a\")", "argument that is empty"},
    {"extract_after(\"a\" \"b\")", "something else than ','"},
    {"extract_between(\"a\")", "too few"},
    {"join(\".\", \"constant\")", "needs the name of a claim"},
    {"join(family_name)", "needs a text in quotes"},
    {"contains(\"a\")", "too few"},
    {"contains(\"a\", \"b\", \"c\", \"d\")", "too many"},
    {"contains(\"a\", \" b\")", "does not begin or end with a blank"},
    {"contains(\"a\", \"\")", "does not begin or end with a blank"},
    {"contains(\"a\", 7)", "needs the name of a claim"},
    {"substring(-1)", "needs a number"},
    {"substring(8001)", "needs a number"},
    {"substring(99999999999999999999)", "needs a number"},
    {"substring(\"1\")", "needs a number"},
    {"substring(0, 0)", "from 1"},
    {"substring((1))", "argument that is empty"},
};

static void what_is_not_one_is_refused_with_a_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        const char *why, *said = understood(str_of(REFUSED[i].text), &why);
        if (said[0] || !why || !strstr(why, REFUSED[i].why))
            fail_msg("%s: \"%s\" %s", REFUSED[i].text, said, why ? why : "");
    }
}

static void no_beginning_of_one_is_read_past_its_end(void **state) {
    static const char TEXT[] = "contains(\"@corp\", mail, 'guest')";
    (void)state;
    for (size_t n = 0; n < sizeof TEXT - 1; n++) {
        char *exact = test_malloc(n + 1);
        const char *why;
        memcpy(exact, TEXT, n);
        assert_string_equal(understood(str_n(exact, n), &why), "");
        test_free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_transformation_is_understood),
        cmocka_unit_test(what_is_not_one_is_refused_with_a_reason),
        cmocka_unit_test(no_beginning_of_one_is_read_past_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
