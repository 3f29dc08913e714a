/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/document.h"
#include "config/schema.h"
#include "config/source_root.h"

static void read_file(const char *name, struct buf *out) {
    struct err e;
    if (!config_read(name, out, &e))
        fail_msg("%s", e.detail);
}

static void example_is_up_to_date(void **state) {
    (void)state;
    struct buf there, made;
    read_file(SOURCE_ROOT "/docs/kerbgate.example.yaml", &there);
    buf_init(&made, CONFIG_TEXT_MAX);
    document_example(&made);
    if (!str_eq(buf_str(&there), buf_str(&made)))
        fail_msg("docs/kerbgate.example.yaml differs from the schema; type: "
                 "kerbgate check --print-example > docs/kerbgate.example.yaml");
    buf_fini(&there);
    buf_fini(&made);
}

/* What stands between the lines that begin with these marks. */
static struct str between(struct str text, const char *begin, const char *end) {
    const char *from = memmem(text.p, text.n, begin, strlen(begin));
    assert_non_null(from);
    from += strlen(begin);
    struct str rest = str_n(from, (size_t)(text.p + text.n - from));
    const char *to = memmem(rest.p, rest.n, end, strlen(end));
    assert_non_null(to);
    return str_n(from, (size_t)(to - from));
}

static void manual_is_up_to_date(void **state) {
    (void)state;
    struct buf there, made;
    read_file(SOURCE_ROOT "/docs/man/kerbgate.yaml.5", &there);
    buf_init(&made, CONFIG_TEXT_MAX);
    document_keys(&made);
    struct str keys = between(buf_str(&there), ".\\\" begin keys\n", ".\\\" end keys\n");
    if (!str_eq(keys, buf_str(&made)))
        fail_msg("docs/man/kerbgate.yaml.5 differs from the schema; replace what is between "
                 "'begin keys' and 'end keys' by the output of kerbgate check --print-keys");
    buf_fini(&there);
    buf_fini(&made);
}

static void example_of_the_manual_is_accepted(void **state) {
    (void)state;
    struct buf there, example;
    read_file(SOURCE_ROOT "/docs/man/kerbgate.yaml.5", &there);
    buf_init(&example, CONFIG_TEXT_MAX);
    buf_add(&example, between(buf_str(&there), "\n.Bd -literal\n", ".Ed\n"));
    buf_add_byte(&example, 0);
    config_free(parse_fine(buf_str(&example).p));
    buf_fini(&there);
    buf_fini(&example);
}

static void example_is_accepted(void **state) {
    (void)state;
    struct buf made;
    buf_init(&made, CONFIG_TEXT_MAX);
    document_example(&made);
    buf_add_byte(&made, 0);
    config_free(parse_fine(buf_str(&made).p));
    buf_fini(&made);
}

static void check_mentioned(struct str text, const struct schema_key *keys) {
    for (const struct schema_key *key = keys; key->name; key++) {
        bool is_mentioned = memmem(text.p, text.n, key->name, strlen(key->name));
        assert_int_equal(is_mentioned, true);
        if (key->keys)
            check_mentioned(text, key->keys);
    }
}

static void manual_has_every_key(void **state) {
    (void)state;
    struct buf made;
    buf_init(&made, CONFIG_TEXT_MAX);
    document_keys(&made);
    assert_false(made.failed);
    check_mentioned(buf_str(&made), SCHEMA_ROOT);
    /* mdoc would take a backslash, and a dot or quote at the start of a line, as its own. */
    struct str line, rest = buf_str(&made);
    while (str_split(&rest, '\n', &line)) {
        assert_int_equal(str_index(line, '\\'), line.n);
        assert_false(str_starts(line, STR("'")));
        bool is_macro = str_starts(line, STR("."));
        assert_true(!is_macro || (line.n > 2 && line.p[1] >= 'A' && line.p[1] <= 'Z'));
        assert_true(line.n <= 100);
    }
    buf_fini(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_is_up_to_date),
        cmocka_unit_test(manual_is_up_to_date),
        cmocka_unit_test(example_is_accepted),
        cmocka_unit_test(example_of_the_manual_is_accepted),
        cmocka_unit_test(manual_has_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
