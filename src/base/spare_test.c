/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiled together with what it tests, which tells it what has come from malloc and gone back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t taken, freed;

static void *counted_malloc(size_t size) {
    taken++;
    return malloc(size);
}

static void counted_free(void *p) {
    freed += p != NULL;
    free(p);
}

#undef __SANITIZE_ADDRESS__
#define malloc(size) counted_malloc(size)
#define free(p) counted_free(p)
#include "base/spare.c" // NOLINT(bugprone-suspicious-include): see above
#undef malloc
#undef free

static void use(size_t size) {
    char *block = spare_take(size);
    assert_non_null(block);
    memset(block, 0xff, size);
    spare_give(block, size);
}

static int begin(void **state) {
    (void)state;
    taken = freed = 0;
    spare_begin();
    return 0;
}

static int end(void **state) {
    (void)state;
    spare_end();
    assert_int_equal(taken, freed);
    return 0;
}

static void a_block_is_used_again_by_what_fits_it(void **state) {
    (void)state;
    static const struct {
        size_t size, again;
        bool is_kept;
    } ROWS[] = {
        {SPARE_LEAST - 1, SPARE_LEAST - 1, false}, {SPARE_LEAST, SPARE_LEAST, true},
        {SPARE_LEAST + 1, 2 * SPARE_LEAST, true},  {2 * SPARE_LEAST, SPARE_LEAST + 1, true},
        {3 * SPARE_LEAST, 5 * SPARE_LEAST, false}, {SPARE_MOST, SPARE_MOST / 2 + 1, true},
        {SPARE_MOST + 1, SPARE_MOST + 1, false},   {0, 0, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        spare_end();
        spare_begin();
        taken = freed = 0;
        use(ROWS[i].size);
        use(ROWS[i].again);
        assert_int_equal(taken, ROWS[i].is_kept ? 1 : 2);
    }
}

static void what_is_kept_is_bounded(void **state) {
    (void)state;
    enum { MANY = 2 * SPARE_BYTES_MAX / SPARE_MOST };
    void *all[MANY];
    for (size_t i = 0; i < MANY; i++)
        assert_non_null(all[i] = spare_take(SPARE_MOST));
    for (size_t i = 0; i < MANY; i++)
        spare_give(all[i], SPARE_MOST);
    assert_int_equal(freed, MANY / 2);
    use(SPARE_LEAST); /* and makes room again when it is used */
    assert_int_equal(freed, MANY / 2 + 1);
    void *block = spare_take(SPARE_MOST);
    use(SPARE_LEAST);
    assert_int_equal(freed, MANY / 2 + 1);
    spare_give(block, SPARE_MOST);
}

static void a_thread_keeps_nothing_before_it_says_so(void **state) {
    (void)state;
    spare_end();
    use(SPARE_LEAST);
    use(SPARE_LEAST);
    assert_int_equal(taken, 2);
    assert_int_equal(freed, 2);
    spare_give(NULL, SPARE_LEAST);
    spare_begin();
    spare_give(NULL, SPARE_LEAST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_block_is_used_again_by_what_fits_it, begin, end),
        cmocka_unit_test_setup_teardown(what_is_kept_is_bounded, begin, end),
        cmocka_unit_test_setup_teardown(a_thread_keeps_nothing_before_it_says_so, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
