/* SPDX-License-Identifier: Apache-2.0 */
#include "events/testing.h"

#include "events/reference.h"
#include "events/source_root.h"

static void the_page_in_docs_is_up_to_date(void **state) {
    (void)state;
    struct buf made;
    char there[1 << 16];
    buf_init(&made, sizeof there);
    reference_write(&made);
    assert_false(made.failed);
    FILE *file = fopen(SOURCE_ROOT "/docs/events.md", "re");
    assert_non_null(file);
    size_t n = fread(there, 1, sizeof there, file);
    fclose(file);
    if (!str_eq(str_n(there, n), buf_str(&made)))
        fail_msg("docs/events.md differs from the catalogue; type: "
                 "kerbgate events --print-catalogue > docs/events.md");
    buf_fini(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_in_docs_is_up_to_date)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
