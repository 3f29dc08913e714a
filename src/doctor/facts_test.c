/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "doctor/facts.h"

static void what_is_put_is_found_again(void **state) {
    (void)state;
    json_t *facts = facts_new();
    assert_true(facts_put(facts, "kerberos.tgt.ok", json_true()));
    assert_true(facts_put(facts, "kerberos.tgt.code", json_integer(13)));
    assert_true(facts_put(facts, "target.nodes.+", json_pack("{s:s}", "address", "10.0.0.1")));
    assert_true(facts_put(facts, "target.nodes.+", json_pack("{s:s}", "address", "10.0.0.2")));
    assert_true(facts_put(facts, "target.nodes.1.tcp.ok", json_false()));
    assert_true(facts_true(facts, "kerberos.tgt.ok"));
    assert_int_equal(facts_int(facts, "kerberos.tgt.code", 0), 13);
    assert_string_equal(facts_text(facts, "target.nodes.1.address"), "10.0.0.2");
    assert_true(facts_false(facts, "target.nodes.1.tcp.ok"));
    assert_false(facts_true(facts, "target.nodes.1.tcp.ok"));
    json_decref(facts);
}

static void what_is_not_there_is_not_known(void **state) {
    (void)state;
    json_t *facts = json_pack("{s:n,s:[s]}", "person", "list", "A");
    assert_null(facts_at(facts, "person"));
    assert_null(facts_at(facts, "person.name"));
    assert_null(facts_at(facts, "list.1"));
    assert_null(facts_at(facts, "list.x"));
    assert_null(facts_at(facts, "list.99999999999999999999"));
    assert_null(facts_at(NULL, "list"));
    assert_string_equal(facts_text(facts, "list"), "");
    assert_false(facts_is(facts, "person.name", "alice"));
    assert_int_equal(facts_int(facts, "list.0", -1), -1);
    assert_false(facts_false(facts, "person.name"));
    json_decref(facts);
}

static void a_name_that_is_no_container_is_replaced(void **state) {
    (void)state;
    json_t *facts = json_pack("{s:s}", "person", "alice");
    assert_true(facts_put(facts, "person.name", json_string("alice")));
    assert_string_equal(facts_text(facts, "person.name"), "alice");
    assert_true(facts_is(facts, "person.name", "alice"));
    assert_false(facts_put(facts, "person.name", NULL));
    assert_true(facts_put(facts, "list.+", json_integer(1)));
    assert_false(facts_put(facts, "list.7", json_integer(1)));
    assert_false(facts_put(facts, "list.x.y", json_integer(1)));
    json_decref(facts);
}

static void lists_are_searched_without_case(void **state) {
    (void)state;
    json_t *facts = json_pack("{s:[s,s,i]}", "spns", "HTTP/web", "HOST/web", 3);
    assert_true(facts_has(facts, "spns", "http/WEB"));
    assert_false(facts_has(facts, "spns", "http/web2"));
    assert_false(facts_has(facts, "none", "http/web"));
    json_decref(facts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_again),
        cmocka_unit_test(what_is_not_there_is_not_known),
        cmocka_unit_test(a_name_that_is_no_container_is_replaced),
        cmocka_unit_test(lists_are_searched_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
