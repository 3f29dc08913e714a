/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact_testing.h"

static void a_thing_has_one_pseudonym(void **state) {
    struct redact_table *t = *state;
    assert_string_equal(redact_known(t, KIND_HOST, STR("web")), "host-1");
    assert_string_equal(redact_known(t, KIND_HOST, STR("dc1")), "host-2");
    assert_string_equal(redact_known(t, KIND_HOST, STR("WEB")), "host-1");
    assert_string_equal(redact_known(t, KIND_USER, STR("web")), "user-1");
    assert_null(redact_find(t, KIND_HOST, STR("dc2")));
    redact_call(t, KIND_HOST, STR("www"), "host-1-www");
    redact_call(t, KIND_HOST, STR("www"), "another");
    assert_string_equal(redact_known(t, KIND_HOST, STR("www")), "host-1-www");
}

static void names_are_replaced_as_whole_words_and_the_longest_first(void **state) {
    static const struct {
        const char *text, *expected;
    } ROWS[] = {
        {"web", "host-1"},
        {"webs web01 aweb web", "webs web01 aweb host-1"},
        {"web.corp.example", "full-1"},
        {"x.corp.example.", "x.realm-1.test."},
        {"svc-web (web)", "user-1 (host-1)"},
        {"svc-web-old", "user-1-old"},
        {"WEB, Web", "HOST-1, host-1"},
        {"HTTP/WEB.CORP.EXAMPLE:80", "HTTP/FULL-1:80"},
        {"web\xc3\xbc \xc3\xbcweb", "web\xc3\xbc \xc3\xbcweb"},
        {"Alice Smith's", "name-1's"},
        {"", ""},
        {"'web'", "'host-1'"},
        {"10.0.0.1 10.0.0.2:88 10.0.0.1", "192.0.2.1 192.0.2.2:88 192.0.2.1"},
        {"TCP:10.0.0.1", "TCP:192.0.2.1"},
        {"1.2.840.10.0.0.1", "1.2.840.10.0.0.1"},
        {"[fd12::5]:80", "[2001:db8::3]:80"},
        {"S-1-5-21-1-2-3-512 S-1-5-21-1-2-3-1105", "S-1-5-21-1-1-1-512 S-1-5-21-1-1-1-1002"},
        {"S-1-5-21-1-2-3, s-1-5-21-1-2-3-1105", "S-1-5-21-1-1-1, S-1-5-21-1-1-1-1002"},
        {"S-1-5-32-560 127.0.0.1", "S-1-5-32-560 127.0.0.1"},
        {"0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c", "00000000-0000-0000-0000-000000000001"},
        {"19:00:00Z, 0xC0000272, 0.1.0", "19:00:00Z, 0xC0000272, 0.1.0"},
    };
    struct redact_table *t = *state;
    redact_replace_word(t, STR("web"), "host-1");
    redact_replace_word(t, STR("svc-web"), "user-1");
    redact_replace_always(t, STR("corp.example"), "realm-1.test");
    redact_replace_always(t, STR("web.corp.example"), "full-1");
    redact_replace_word(t, STR("Alice Smith"), "name-1");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_string_equal(redacted(t, ROWS[i].text), ROWS[i].expected);
}

static void words_of_the_report_are_not_taken_for_names(void **state) {
    static const char *const ROWS[] = {"a", "it", "HTTP", "host", "Domain", "7", ""};
    struct redact_table *t = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_false(redact_replace_word(t, str_of(ROWS[i]), "x"));
        assert_string_equal(redacted(t, ROWS[i]), ROWS[i]);
    }
}

static void a_number_that_somebody_is_called_is_no_other_number(void **state) {
    static const struct {
        const char *text, *expected;
    } ROWS[] = {
        {"4711", "user-1"},
        {"Set-ADUser '4711'", "Set-ADUser 'user-1'"},
        {"CN=4711,DC=corp: no", "CN=user-1,DC=corp: no"},
        {"4711@CORP, CORP\\4711.", "user-1@CORP, CORP\\user-1."},
        {"88 users, port 88", "user-2 users, port user-2"},
        {"10.0.0.1:88", "192.0.2.1:88"},
        {"19:88:01 2026-11-88 2.88", "19:88:01 2026-11-88 2.88"},
        {"471188 0x88 88th", "471188 0x88 88th"},
        {"123456, 1-123456", "user-3, 1-user-3"},
    };
    struct redact_table *t = *state;
    assert_true(redact_replace_word(t, STR("4711"), "user-1"));
    assert_true(redact_replace_word(t, STR("88"), "user-2"));
    assert_true(redact_replace_word(t, STR("123456"), "user-3"));
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_string_equal(redacted(t, ROWS[i].text), ROWS[i].expected);
}

static void a_pseudonym_has_no_word_that_a_name_has(void **state) {
    struct redact_table *t = *state;
    redact_known(t, KIND_DOMAIN, STR("corp.example"));
    redact_replace_always(t, STR("corp.EXAMPLE"), "example-1");
    redact_replace_always(t, STR("user-x"), "user-1");
    redact_restart(t);
    assert_null(redact_find(t, KIND_DOMAIN, STR("corp.example")));
    assert_string_equal(redact_known(t, KIND_DOMAIN, STR("corp.example")), "realm-1");
    assert_string_equal(redact_known(t, KIND_USER, STR("user-x")), "account-1");
    assert_string_equal(redact_known(t, KIND_HOST, STR("web")), "host-1");
    assert_string_equal(redacted(t, "user-x"), "user-x");
}

static void addresses_do_not_run_out(void **state) {
    struct redact_table *t = *state;
    char text[64], first[64];
    for (unsigned i = 0; i < 600; i++) {
        snprintf(text, sizeof text, "10.0.%u.%u", i / 250, i % 250 + 1);
        if (i == 300)
            snprintf(first, sizeof first, "%.63s", redacted(t, text));
        else
            assert_string_not_equal(redacted(t, text), text);
    }
    assert_string_equal(first, "198.18.1.46");
    assert_string_equal(redacted(t, "10.0.1.51"), first);
}

static void more_names_than_there_is_room_for_are_a_failure(void **state) {
    struct redact_table *t = *state;
    char name[32];
    for (unsigned i = 0; i < REDACT_NAMES_MAX; i++) {
        snprintf(name, sizeof name, "host%u", i);
        redact_replace_word(t, str_of(name), "x");
    }
    assert_false(t->failed);
    redact_replace_word(t, STR("one-more"), "x");
    assert_true(t->failed);
}

static void a_name_that_is_too_long_is_a_failure(void **state) {
    struct redact_table *t = *state;
    char name[REDACT_TEXT_MAX + 1];
    memset(name, 'x', sizeof name);
    redact_replace_word(t, str_n(name, REDACT_TEXT_MAX), "x");
    assert_false(t->failed);
    redact_replace_word(t, str_n(name, sizeof name), "x");
    assert_true(t->failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_TABLE(a_thing_has_one_pseudonym),
        WITH_TABLE(names_are_replaced_as_whole_words_and_the_longest_first),
        WITH_TABLE(words_of_the_report_are_not_taken_for_names),
        WITH_TABLE(a_number_that_somebody_is_called_is_no_other_number),
        WITH_TABLE(a_pseudonym_has_no_word_that_a_name_has),
        WITH_TABLE(addresses_do_not_run_out),
        WITH_TABLE(more_names_than_there_is_room_for_are_a_failure),
        WITH_TABLE(a_name_that_is_too_long_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
