/* SPDX-License-Identifier: Apache-2.0 */
#include "session/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct identity made_of(char *claims) {
    static char provider[] = "staff", subject[] = "alice@CORP.EXAMPLE";
    return (struct identity){.provider = provider, .subject = subject, .claims = claims};
}

static void a_copy_lives_on_its_own(void **state) {
    (void)state;
    char claims[] = "{\"user_principal_name\":\"alice@corp.example\"}";
    struct identity from = made_of(claims), to;
    assert_true(identity_copy(&to, &from));
    memset(claims, 0, sizeof claims);
    assert_string_equal(to.subject, "alice@CORP.EXAMPLE");
    assert_ptr_not_equal(to.subject, from.subject);
    assert_null(to.principal);
    assert_string_equal(identity_claim(&to, "user_principal_name"), "alice@corp.example");
    identity_fini(&to);
}

static void an_own_ticket_is_copied_with_it(void **state) {
    (void)state;
    unsigned char own[] = "sealed";
    struct identity from = made_of(NULL), to;
    assert_true(identity_copy(&to, &from));
    assert_null(to.own_ticket);
    identity_fini(&to);
    from.own_ticket = own;
    from.own_ticket_size = 6;
    from.own_ends_s = 7;
    assert_true(identity_copy(&to, &from));
    memset(own, 0, sizeof own);
    assert_int_equal(to.own_ticket_size, 6);
    assert_memory_equal(to.own_ticket, "sealed", 6);
    assert_int_equal(to.own_ends_s, 7);
    identity_fini(&to);
}

static void only_a_claim_that_is_a_text_is_one(void **state) {
    (void)state;
    static char claims[] =
        "{\"text\":\"a\",\"empty\":\"\",\"list\":[\"a\"],\"number\":1,\"no\":null}";
    struct identity from = made_of(claims), to;
    assert_true(identity_copy(&to, &from));
    assert_string_equal(identity_claim(&to, "text"), "a");
    assert_string_equal(identity_claim(&to, "empty"), "");
    static const char *const NONE[] = {"list", "number", "no", "missing", "TEXT", ""};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        assert_null(identity_claim(&to, NONE[i]));
    identity_fini(&to);
}

static void a_list_of_texts_is_read_one_by_one(void **state) {
    (void)state;
    static char claims[] = "{\"text\":\"a\",\"list\":[\"b\",\"c\"],\"none\":[],"
                           "\"mixed\":[\"a\",1],\"object\":{\"a\":\"b\"},\"number\":1}";
    struct identity from = made_of(claims), to;
    assert_true(identity_copy(&to, &from));
    assert_int_equal(identity_claim_count(&to, "text"), 1);
    assert_string_equal(identity_claim_at(&to, "text", 0), "a");
    assert_int_equal(identity_claim_count(&to, "list"), 2);
    assert_string_equal(identity_claim_at(&to, "list", 0), "b");
    assert_string_equal(identity_claim_at(&to, "list", 1), "c");
    assert_null(identity_claim_at(&to, "list", 2));
    static const char *const NONE[] = {"none", "mixed", "object", "number", "missing"};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        assert_int_equal(identity_claim_count(&to, NONE[i]), 0);
    identity_fini(&to);
}

static void claims_that_could_be_read_in_two_ways_are_refused(void **state) {
    (void)state;
    char *const REFUSED[] = {
        (char[]){"[]"},      (char[]){"\"text\""},
        (char[]){""},        (char[]){"{\"a\":\"x\",\"a\":\"y\"}"},
        (char[]){"{} {}"},   (char[]){"{\"a\":\"x\\u0000y\"}"},
        (char[]){"{'a':1}"},
    };
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        struct identity from = made_of(REFUSED[i]), to;
        if (identity_copy(&to, &from))
            fail_msg("accepted: %s", REFUSED[i]);
    }
}

static void somebody_without_claims_has_none(void **state) {
    (void)state;
    struct identity from = made_of(NULL), to;
    assert_true(identity_copy(&to, &from));
    assert_null(to.claims);
    assert_null(identity_claim(&to, "user_principal_name"));
    identity_fini(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_lives_on_its_own),
        cmocka_unit_test(an_own_ticket_is_copied_with_it),
        cmocka_unit_test(only_a_claim_that_is_a_text_is_one),
        cmocka_unit_test(a_list_of_texts_is_read_one_by_one),
        cmocka_unit_test(claims_that_could_be_read_in_two_ways_are_refused),
        cmocka_unit_test(somebody_without_claims_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
