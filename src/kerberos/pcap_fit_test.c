/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing_message.h"

#include "kerberos/pcap.h"

static struct arena arena;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, TESTING_MAX);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

#define A (&arena)

static void data_of_the_other_form_is_left_out_and_nothing_else(void **state) {
    struct str list = SEQUENCE(A, padata_of(A, 136, STR("armoured"))),
               one = status_data(A, 0xC0000272);
    const struct {
        int64_t code;
        struct str data;
        bool is_kept;
    } ROWS[] = {
        {13, one, true},     {13, list, false}, {12, list, false},     {18, STR("junk"), false},
        {25, list, true},    {25, one, false},  {24, STR("x"), false}, {6, list, true},
        {6, STR("x"), true}, {60, one, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct str in = an_error(A, ROWS[i].code, ROWS[i].data);
        char *memory = arena_alloc(A, in.n);
        assert_non_null(memory);
        struct str out = pcap_fit(in, memory),
                   expected = ROWS[i].is_kept ? in : an_error(A, ROWS[i].code, STR(""));
        if (!str_eq(out, expected))
            fail_msg("row %zu: %zu bytes of %zu", i, out.n, in.n);
    }
}

static void what_is_no_error_stays_as_it_is(void **state) {
    struct str ticket = an_ap_req(A, 0, STR("web")), error = an_error(A, 13, STR("junk"));
    char memory[1024];
    (void)state;
    assert_true(str_eq(pcap_fit(ticket, memory), ticket));
    for (size_t n = 0; n < error.n; n++)
        assert_true(pcap_fit(str_head(error, n), memory).n == n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_of_the_other_form_is_left_out_and_nothing_else, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_is_no_error_stays_as_it_is, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
