/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact_testing.h"

#include "doctor/redact_phrase.h"

static void the_parts_of_a_dn_are_names(void **state) {
    static const struct {
        const char *dn, *expected;
    } ROWS[] = {
        {"CN=Alice Smith,OU=Sales,DC=corp,DC=example", "CN=name-1,OU=unit-1,DC=example-1,DC=test"},
        {"CN=svc-web,CN=Users,DC=corp,DC=example", "CN=name-2,CN=Users,DC=example-1,DC=test"},
        {"CN=Smith\\, John,OU=Sales,DC=corp,DC=example",
         "CN=name-3,OU=unit-1,DC=example-1,DC=test"},
        {"Smith, John", "name-3"},
        {"CN=M\\C3\\BCller,DC=corp,DC=example", "CN=name-4,DC=example-1,DC=test"},
        {"m\xc3\xbcller is M\xc3\xbcller", "m\xc3\xbcller is M\xc3\xbcller"},
        {"CN=web.corp.example,O=Corp Widgets Ltd,C=DE", "CN=host-1.example-1.test,O=name-5,C=DE"},
        {"CN = Issuing CA, O = Corp Widgets Ltd", "CN = name-6, O = name-5"},
    };
    struct redact_table *t = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (strchr(ROWS[i].dn, '='))
            redact_dn(t, str_of(ROWS[i].dn));
        if (i == 5)
            continue;
        assert_string_equal(redacted(t, ROWS[i].dn), ROWS[i].expected);
    }
    assert_string_equal(redacted(t, "M\xc3\xbcller"), "name-4");
}

static void a_text_is_judged_by_its_form(void **state) {
    static const struct {
        const char *text, *expected;
    } ROWS[] = {
        {"https://hr.example.com/", "https://host-1.example-1.test/"},
        {"bob@example.com", "user-1@example-1.test"},
        {"HTTP/web.example.com", "HTTP/host-2.example-1.test"},
        {"Microsoft-IIS/10.0", "Microsoft-IIS/10.0"},
        {"Apache/2.4.57", "Apache/2.4.57"},
        {"OpenSSL/1.1.1k", "OpenSSL/1.1.1k"},
        {"/etc/krb5.conf", "/etc/krb5.conf"},
        {"HTTP/1.1", "HTTP/1.1"},
        {"a sentence with carol@other.invalid", "a sentence with carol@other.invalid"},
    };
    struct redact_table *t = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        redact_any(t, str_of(ROWS[i].text));
        assert_string_equal(redacted(t, ROWS[i].text), ROWS[i].expected);
    }
}

static void sentences_name_hosts_of_known_domains(void **state) {
    static const struct {
        const char *text, *expected;
    } ROWS[] = {
        {"dc9.corp.example does not answer", "host-1.example-1.test does not answer"},
        {"(dc9)", "(host-1)"},
        {"for dave@corp.example: no", "for user-1@example-1.test: no"},
        {"see https://www.other.example/x, please", "see https://host-2.example-2.test/x, please"},
        {"CN=svc-x,OU=Old,DC=corp,DC=example: servicePrincipalName = HTTP/x",
         "CN=name-1,OU=unit-1,DC=example-1,DC=test: servicePrincipalName = HTTP/x"},
        {"file krb5.conf, app.host, kerbgate.yaml", "file krb5.conf, app.host, kerbgate.yaml"},
        {"Set-ADUser x -Add @{'a'='b'}", "Set-ADUser x -Add @{'a'='b'}"},
    };
    struct redact_table *t = *state;
    redact_domain(t, STR("corp.example"));
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        redact_sentence(t, str_of(ROWS[i].text));
        assert_string_equal(redacted(t, ROWS[i].text), ROWS[i].expected);
    }
}

static void what_kerbgate_s_own_lists_have_is_a_name(void **state) {
    static const struct {
        const char *text, *expected;
    } ROWS[] = {
        {"x: deny_groups has \"Payroll Admins\", of which",
         "x: deny_groups has \"name-1\", of which"},
        {"the denied group \"CORP\\Payroll Admins\"", "the denied group \"EXAMPLE-1\\name-1\""},
        {"deny_users has \"bob*\"", "deny_users has \"name-2\""},
        {"deny_groups has \"Domain Admins\"", "deny_groups has \"Domain Admins\""},
        {"deny_groups has \"", "deny_groups has \""},
        {"deny_groups has \"CN=Ops,OU=x1,DC=corp,DC=example\"",
         "deny_groups has \"CN=name-3,OU=unit-1,DC=example-2,DC=test\""},
    };
    struct redact_table *t = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        redact_sentence(t, str_of(ROWS[i].text));
        assert_string_equal(redacted(t, ROWS[i].text), ROWS[i].expected);
    }
}

static void hosts_are_found_among_other_words(void **state) {
    struct redact_table *t = *state;
    redact_hosts(t, STR("1.1 proxy.example.com:3128 (squid/5.7), 1.1 varnish, 1.0 x.y.invalid, "));
    assert_string_equal(
        redacted(t, "1.1 proxy.example.com:3128 (squid/5.7), 1.1 varnish, x.y.invalid"),
        "1.1 host-1.example-1.test:3128 (squid/5.7), 1.1 varnish, host-2.example-2.test");
}

static void garbage_is_no_phrase(void **state) {
    static const char *const ROWS[] = {
        "CN=", "CN=\\",       "CN=,,,,", "=",         "CN=a\\2", "DC=,DC=",  "://",         "a@",
        "\\@", "CN==,OU=+,x", "CN=x",    "\xff=\xff", "@.@.@",   "CN=\\zz,", "CN=\\ff,DC=x"};
    struct redact_table *t = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        redact_dn(t, str_of(ROWS[i]));
        redact_any(t, str_of(ROWS[i]));
        redact_sentence(t, str_of(ROWS[i]));
    }
    assert_false(t->failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_TABLE(the_parts_of_a_dn_are_names),
        WITH_TABLE(a_text_is_judged_by_its_form),
        WITH_TABLE(sentences_name_hosts_of_known_domains),
        WITH_TABLE(what_kerbgate_s_own_lists_have_is_a_name),
        WITH_TABLE(hosts_are_found_among_other_words),
        WITH_TABLE(garbage_is_no_phrase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
