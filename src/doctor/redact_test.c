/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_testing.h"

#include "base/str.h"
#include "doctor/redact.h"

/* For free(). */
static char *text_of(const json_t *document) {
    char *text = json_dumps(document, JSON_INDENT(1) | JSON_SORT_KEYS);
    assert_non_null(text);
    return text;
}

static json_t *redacted_sample(void) {
    json_t *document = report_sample(), *made = redact(document);
    assert_non_null(made);
    json_decref(document);
    return made;
}

/* Whether `word` stands in `text`, letters and digits being what words are made of. */
static bool has_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *at = text; (at = strcasestr(at, word)); at++)
        if ((at == text || !str_is_alnum(at[-1])) && !str_is_alnum(at[n]))
            return true;
    return false;
}

static void nothing_is_left_of_any_name(void **state) {
    (void)state;
    static const char *const NAMES[] = {
        "alice",      "smith",     "sales",     "svc-kerbgate", "svc-web",    "web01",
        "gw1",        "dc1",       "dc2",       "corp",         "example",    "partner",
        "login",      "wiki",      "hr",        "widgets",      "issuing",    "10.0.0.5",
        "10.0.0.10",  "10.0.0.11", "10.0.0.20", "fd12",         "789a",       "3623811015",
        "3361044348", "30300820",  "1105",      "1104",         "1111111111", "2222222222",
        "0b1f6c5e",   "start?for", "a.smith",   "cache",        "provider",   "korp",
        "corporation"};
    json_t *made = redacted_sample();
    char *text = text_of(made);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (has_word(text, NAMES[i]))
            fail_msg("%s is left in %s", NAMES[i], text);
    free(text);
    json_decref(made);
}

static void one_name_has_one_pseudonym_everywhere(void **state) {
    (void)state;
    static const struct {
        const char *path, *expected;
    } ROWS[] = {
        {"reports.0.summary", "user-2 may not delegate to HTTP/host-3.realm-1.invalid"},
        {"reports.0.user", "user-1@REALM-1.INVALID"},
        {"reports.0.external_url", "https://host-3.realm-4.invalid/"},
        {"reports.0.checks.4.remedies.0.command",
         "Set-ADUser user-2 -Add @{'msDS-AllowedToDelegateTo'='HTTP/host-3.realm-1.invalid'}"},
        {"reports.0.checks.4.evidence.0",
         "CN=user-2,CN=Users,DC=realm-1,DC=invalid: msDS-AllowedToDelegateTo = HTTP/host-3"},
        {"reports.0.checks.6.evidence.0", "CN=user-1-cn,OU=unit-1,DC=realm-1,DC=invalid: "
                                          "tokenGroups has S-1-5-21-1-1-1-525"},
        {"reports.0.facts.directory.connector.account", "user-2"},
        {"reports.0.facts.directory.person.0.upn", "user-1-upn@realm-1.invalid"},
        {"reports.0.facts.directory.similar.0.account", "HOST-1$"},
        {"reports.0.facts.directory.trusts.0.name", "realm-2.invalid"},
        {"reports.0.facts.directory.trusts.0.flat_name", "REALM-2"},
        {"reports.0.facts.target.dns.chain.1", "host-1.realm-1.invalid"},
        {"reports.0.facts.target.nodes.0.tls.subject", "CN=host-1.realm-1.invalid,O=name-1,C=DE"},
        {"reports.0.facts.directory.person.0.mail", "user-1-mail@sub-1.realm-5.invalid"},
        {"reports.0.checks.7.detail.0",
         "not known: the directory did not say which types REALM-1\\user-3 has"},
        {"reports.1.spn", "HTTP/host-8.realm-1.invalid"},
    };
    json_t *made = redacted_sample();
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_string_equal(facts_text(made, ROWS[i].path), ROWS[i].expected);
    json_decref(made);
}

static void what_means_the_same_everywhere_stays(void **state) {
    (void)state;
    static const struct {
        const char *path, *expected;
    } ROWS[] = {
        {"time", "2026-11-29T19:00:00Z"},
        {"kerbgate", "0.1.0"},
        {"reports.0.chain.0.link", "host"},
        {"reports.0.checks.4.name", "spn-in-list"},
        {"reports.0.facts.directory.krbtgt.dn", "CN=krbtgt,CN=Users,DC=realm-1,DC=invalid"},
        {"reports.0.facts.directory.person.0.groups.2", "S-1-5-32-545"},
        {"reports.0.facts.target.nodes.0.anonymous.server", "Microsoft-IIS/10.0"},
        {"reports.0.facts.kerberos.keytab.file", "/etc/kerbgate/connector.keytab"},
        {"reports.0.facts.target.nodes.0.anonymous.www_authenticate.1", "NTLM"},
    };
    json_t *made = redacted_sample();
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_string_equal(facts_text(made, ROWS[i].path), ROWS[i].expected);
    assert_int_equal(facts_int(made, "reports.0.facts.target.port", 0), 80);
    assert_true(facts_true(made, "reports.0.facts.directory.in_waag"));
    json_decref(made);
}

/* The same keys in the same places, and lists of the same length. */
static void assert_same_shape(const json_t *a, const json_t *b) {
    const char *key;
    json_t *part;
    size_t i;
    assert_int_equal(json_typeof(a), json_typeof(b));
    assert_int_equal(json_object_size(a), json_object_size(b));
    assert_int_equal(json_array_size(a), json_array_size(b));
    json_object_foreach((json_t *)a, key, part) {
        assert_non_null(json_object_get(b, key));
        assert_same_shape(part, json_object_get(b, key));
    }
    json_array_foreach(a, i, part) { assert_same_shape(part, json_array_get(b, i)); }
}

static void the_document_keeps_its_form(void **state) {
    (void)state;
    json_t *document = report_sample(), *made = redact(document);
    assert_same_shape(document, made);
    json_decref(document);
    json_decref(made);
}

/* A host may be called as a word of the format is. */
static void words_of_the_format_stay_whatever_hosts_are_called(void **state) {
    (void)state;
    json_t *document = report_sample();
    json_array_append_new(facts_at(document, "reports.0.facts.target.dns.chain"),
                          json_string("proxy.corp.example"));
    json_array_append_new(facts_at(document, "reports.0.facts.target.dns.chain"),
                          json_string("status.corp.example"));
    json_t *made = redact(document);
    assert_string_equal(facts_text(made, "reports.0.chain.5.link"), "proxy");
    assert_int_equal(facts_int(made, "reports.0.facts.target.nodes.0.anonymous.status", 0), 401);
    json_decref(document);
    json_decref(made);
}

static void keys_that_are_names_are_replaced(void **state) {
    (void)state;
    json_t *document = report_sample();
    json_object_set_new(facts_at(document, "reports.0.facts"), "dc1.corp.example", json_true());
    json_t *made = redact(document);
    assert_true(
        json_is_true(json_object_get(facts_at(made, "reports.0.facts"), "host-4.realm-1.invalid")));
    json_decref(document);
    json_decref(made);
}

static void a_document_too_deep_or_too_full_is_not_shown(void **state) {
    (void)state;
    json_t *document = json_array();
    for (int i = 0; i < 100; i++)
        document = json_pack("[o]", document);
    assert_null(redact(document));
    json_decref(document);
    document = json_pack("{s:[]}", "names");
    for (int i = 0; i < 20000; i++)
        json_array_append_new(facts_at(document, "names"), json_sprintf("h%d.corp.example", i));
    assert_null(redact(document));
    json_decref(document);
}

static void texts_of_strangers_do_no_harm(void **state) {
    (void)state;
    static const char *const HOSTILE[] = {"\\@@@\\\\", "CN=\\", "://", "\x1b[2J", "\xff", "@@.@."};
    for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++) {
        json_t *document = report_sample();
        report_poison(document, HOSTILE[i]);
        json_t *made = redact(document);
        assert_non_null(made);
        json_decref(document);
        json_decref(made);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left_of_any_name),
        cmocka_unit_test(one_name_has_one_pseudonym_everywhere),
        cmocka_unit_test(what_means_the_same_everywhere_stays),
        cmocka_unit_test(the_document_keeps_its_form),
        cmocka_unit_test(words_of_the_format_stay_whatever_hosts_are_called),
        cmocka_unit_test(keys_that_are_names_are_replaced),
        cmocka_unit_test(a_document_too_deep_or_too_full_is_not_shown),
        cmocka_unit_test(texts_of_strangers_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
