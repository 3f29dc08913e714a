/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/tree.h"

static void nodes_know_where_they_stand(void **state) {
    (void)state;
    struct arena a;
    struct findings f;
    struct config_report r;
    arena_init(&a, 1 << 20);
    findings_init(&f, "k.yaml");
    config_report_init(&r);
    const struct node *root = tree_parse(&a,
                                         STR("# a comment\n"
                                             "store: \"sqlite:/x\"\n"
                                             "apps:\n"
                                             "  - {name: hr, sso: ~}\n"
                                             "  - 'null'\n"),
                                         &f);
    assert_non_null(root);
    assert_int_equal(root->count, 2);
    const struct node *store = tree_get(root, "store"), *apps = tree_get(root, "apps");
    assert_true(str_eq(store->text, STR("sqlite:/x")));
    assert_int_equal(store->mark.line, 2);
    assert_int_equal(store->mark.column, 8);
    assert_int_equal(store->key_mark.column, 1);
    assert_int_equal(apps->kind, NODE_LIST);
    assert_int_equal(apps->count, 2);
    assert_int_equal(apps->first->kind, NODE_MAPPING);
    assert_int_equal(apps->first->mark.line, 4);
    assert_int_equal(apps->first->mark.column, 5);
    assert_true(tree_get(apps->first, "sso")->empty);
    assert_false(apps->last->empty);
    assert_null(tree_get(root, "nothing"));
    assert_null(tree_get(NULL, "nothing"));
    findings_finish(&f, &r);
    config_report_fini(&r);
    arena_fini(&a);
}

static void refuses_what_is_not_read_as_it_is_seen(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"nothing", "", "k.yaml: the file is empty\n"},
        {"only a comment", "# nothing\n", "k.yaml: the file is empty\n"},
        {"a list", "- a\n", "k.yaml:1:1: the file has no keys, expected gateway: and so on\n"},
        {"a word", "kerbgate\n", "k.yaml:1:1: the file has no keys, expected gateway: and so on\n"},
        {"broken syntax", "gateway: {listen: [\n",
         "k.yaml:2:1: this is not YAML: did not find expected node content (while parsing a flow "
         "node)\n"},
        {"a tab as indentation", "gateway:\n\tlisten: []\n",
         "k.yaml:2:1: there is a tab here, expected blanks\n"},
        {"a tab behind letters of two bytes", "# \xc3\xbc\xc3\xbc\ngateway:\n\tlisten: []\n",
         "k.yaml:3:1: there is a tab here, expected blanks\n"},
        {"another character than a tab", "store: @\n",
         "k.yaml:1:8: this is not YAML: found character that cannot start any token (while "
         "scanning for the next token)\n"},
        {"a quote that never ends", "gateway: {}\nstore: \"x\napps: []\n",
         "k.yaml:4:1: this is not YAML: found unexpected end of stream (while scanning a quoted "
         "scalar that begins in 2:8)\n"},
        {"bytes that are not UTF-8", "store: x\napps: \xff\n",
         "k.yaml:2:7: this is not YAML: invalid leading UTF-8 octet\n"},
        {"a control byte", "store: \x01\n",
         "k.yaml:1:8: this is not YAML: control characters are not allowed\n"},
        {"an escaped control byte", "store: \"sqlite:\\0x\"\n",
         "k.yaml:1:8: there is a line break or control character inside, expected one line\n"},
        {"an escaped C1 control", "store: \"sqlite:\\x9b\"\n",
         "k.yaml:1:8: there is a line break or control character inside, expected one line\n"},
        {"a block of lines", "store: |\n  a\n  b\n",
         "k.yaml:1:8: there is a line break or control character inside, expected one line\n"},
        {"anchor", "gateway: &a {}\n",
         "k.yaml:1:10: anchors are not used here, write the value itself in each place\n"},
        {"anchor of a value", "store: &a x\n",
         "k.yaml:1:8: anchors are not used here, write the value itself in each place\n"},
        {"alias", "gateway: {}\napps: *a\n",
         "k.yaml:2:7: aliases are not used here, write the value itself\n"},
        {"tag", "store: !!str x\napps: !list []\n",
         "k.yaml:1:8: tags are not used here, write the value alone\n"
         "k.yaml:2:7: tags are not used here, write the value alone\n"},
        {"the same key twice", "store: a\ngateway: {}\nstore: b\n",
         "k.yaml:3:1: the key \"store\" stands here again, first in 1:1\n"},
        {"a mapping as a key", "{a: b}: c\n", "k.yaml:1:1: a list or mapping cannot be a key\n"},
        {"two documents", "store: a\n---\nstore: b\n",
         "k.yaml:2:1: a second document begins here, expected one\n"},
        {"sixteen levels and one", "a: [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]\n",
         "k.yaml:1:19: this is nested more than 16 deep, no configuration needs that\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void has_limits(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, 2 << 20);
    buf_add(&text, STR("apps: ["));
    for (unsigned i = 0; i < TREE_NODES_MAX; i++)
        buf_add(&text, STR("a,"));
    buf_add(&text, STR("]\n"));
    buf_add_byte(&text, 0);
    check_report(&(struct report_row){
        "too many nodes", buf_str(&text).p,
        "k.yaml:1:40002: the file has more than 20000 values, no configuration needs that\n"});
    buf_clear(&text);
    buf_add(&text, STR(BASE));
    while (buf_size(&text) < CONFIG_TEXT_MAX)
        buf_add_byte(&text, '#');
    buf_add_byte(&text, 0);
    check_report(&(struct report_row){"as much as is allowed", buf_str(&text).p, ""});
    buf_clear(&text);
    while (buf_size(&text) <= CONFIG_TEXT_MAX)
        buf_add(&text, STR("# a comment\n"));
    buf_add_byte(&text, 0);
    check_report(&(struct report_row){"too many bytes", buf_str(&text).p,
                                      "k.yaml: the file is larger than 1 MiB\n"});
    buf_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_where_they_stand),
        cmocka_unit_test(refuses_what_is_not_read_as_it_is_seen),
        cmocka_unit_test(has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
