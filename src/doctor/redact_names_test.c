/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact_testing.h"

#include "doctor/redact_names.h"

struct row {
    const char *text, *expected;
};

static void assert_rows(struct redact_table *t, const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++)
        assert_string_equal(redacted(t, rows[i].text), rows[i].expected);
}
#define ASSERT_ROWS(t, rows) assert_rows(t, rows, sizeof(rows) / sizeof *(rows))

static void a_domain_is_recognised_in_each_of_its_forms(void **state) {
    static const struct row ROWS[] = {
        {"CORP.EXAMPLE", "EXAMPLE-1.TEST"},
        {"corp.example", "example-1.test"},
        {"CORP\\alice", "EXAMPLE-1\\alice"},
        {"OU=x,DC=corp,DC=example: y", "OU=x,DC=example-1,DC=test: y"},
        {"eu.corp.example", "sub-1.example-1.test"},
        {"DC=eu,DC=corp,DC=example", "DC=sub-1,DC=example-1,DC=test"},
        {"LOCAL", "EXAMPLE-2"},
        {"PARTNERS\\bob in other.test", "EXAMPLE-3\\bob in example-3.test"},
        {"eucorp.example", "eucorp.example"},
    };
    struct redact_table *t = *state;
    redact_domain(t, STR("EU.CORP.EXAMPLE"));
    redact_domain(t, STR("corp.example."));
    redact_domain(t, STR("LOCAL"));
    redact_flat_name(t, STR("PARTNERS"), STR("other.test"));
    ASSERT_ROWS(t, ROWS);
}

static void short_and_full_names_of_a_host_are_seen_to_be_one(void **state) {
    static const struct row ROWS[] = {
        {"HTTP/web", "HTTP/host-1"},
        {"HTTP/web.corp.example:8080", "HTTP/host-1.example-1.test:8080"},
        {"web.other.example", "host-1.example-2.test"},
        {"WEB$", "HOST-1$"},
        {"*.app.corp.example", "*.host-2.example-1.test"},
        {"nas.local", "host-3.test"},
        {"it.corp.example, if it is", "host-4.example-1.test, if it is"},
        {"corp.example", "example-1.test"},
        {"10.0.0.1:88", "192.0.2.1:88"},
    };
    struct redact_table *t = *state;
    redact_host(t, STR("web.corp.example:8080"));
    redact_host(t, STR("web.other.example"));
    redact_host(t, STR("*.app.corp.example"));
    redact_host(t, STR("corp.example"));
    redact_host(t, STR("nas.local."));
    redact_host(t, STR("it.corp.example"));
    redact_host(t, STR("10.0.0.1:88"));
    ASSERT_ROWS(t, ROWS);
}

static void an_account_is_the_same_in_each_of_its_names(void **state) {
    static const struct row ROWS[] = {
        {"alice@CORP.EXAMPLE", "user-1@EXAMPLE-1.TEST"},
        {"alice.smith@mail.example", "user-1-upn@example-2.test"},
        {"CN=Alice Smith,OU=x", "CN=user-1-cn,OU=x"},
        {"bob\\@corp.example@CORP.EXAMPLE", "user-2\\@example-1.test@EXAMPLE-1.TEST"},
        {"CORP\\carol", "EXAMPLE-1\\user-3"},
        {"WEB01$ web01.corp.example", "HOST-1$ host-1.example-1.test"},
        {"HTTP/app.corp.example@CORP.EXAMPLE", "HTTP/host-2.example-1.test@EXAMPLE-1.TEST"},
        {"krbtgt/CORP.EXAMPLE@CORP.EXAMPLE", "krbtgt/EXAMPLE-1.TEST@EXAMPLE-1.TEST"},
        {"Administrator, Domain Admins", "Administrator, Domain Admins"},
        {"4712 4712@CORP.EXAMPLE", "user-4 user-4@EXAMPLE-1.TEST"},
    };
    struct redact_table *t = *state;
    redact_user(t, STR("alice"));
    redact_also_called(t, STR("alice"), STR("alice.smith"), "upn");
    redact_also_called(t, STR("alice"), STR("Alice Smith"), "cn");
    redact_also_called(t, STR("nobody"), STR("who"), "cn");
    redact_user(t, STR("alice@CORP.EXAMPLE"));
    redact_user(t, STR("alice.smith@mail.example"));
    redact_user(t, STR("bob\\@corp.example@CORP.EXAMPLE"));
    redact_user(t, STR("CORP\\carol"));
    redact_user(t, STR("WEB01$"));
    redact_host(t, STR("web01.corp.example"));
    redact_user(t, STR("HTTP/app.corp.example@CORP.EXAMPLE"));
    redact_user(t, STR("krbtgt/CORP.EXAMPLE@CORP.EXAMPLE"));
    redact_user(t, STR("Administrator"));
    redact_user(t, STR("Domain Admins"));
    redact_user(t, STR("4712@CORP.EXAMPLE"));
    ASSERT_ROWS(t, ROWS);
}

static void a_name_is_recognised_as_it_is_quoted(void **state) {
    static const struct row ROWS[] = {
        {"O'Neil", "user-1"},
        {"Set-ADUser 'O''Neil'", "Set-ADUser 'user-1'"},
        {"samba-tool user show 'O'\\''Neil'", "samba-tool user show 'user-1'"},
        {"Set-ADUser 'd\xe2\x80\x99\xe2\x80\x99x'", "Set-ADUser 'user-2'"},
        {"samba-tool user show 'd\xe2\x80\x99x'", "samba-tool user show 'user-2'"},
        {"'(sAMAccountName=o''x \\28y\\29)'", "'(sAMAccountName=user-3)'"},
        {"'(sAMAccountName=o'\\''x \\28y\\29)'", "'(sAMAccountName=user-3)'"},
        {"'o''x (y)'", "'user-3'"},
    };
    struct redact_table *t = *state;
    redact_user(t, STR("O'Neil"));
    redact_user(t, STR("d\xe2\x80\x99x"));
    redact_user(t, STR("o'x (y)"));
    ASSERT_ROWS(t, ROWS);
}

/* A name of quotes alone is the longest when it is quoted. */
static void a_name_of_any_length_is_recognised_as_it_is_quoted(void **state) {
    static char name[REDACT_NAME_MAX + 1], quoted[4 * REDACT_NAME_MAX + 1];
    struct redact_table *t = *state;
    for (size_t i = 0; i < REDACT_NAME_MAX; i++) {
        name[i] = '\'';
        memcpy(quoted + 4 * i, "'\\''", 4);
    }
    redact_user(t, str_of(name));
    assert_string_equal(redacted(t, quoted), "user-1");
}

static void urls_and_spns_have_hosts(void **state) {
    static const struct row ROWS[] = {
        {"https://hr.example.com:8443/x?y", "https://host-1.example-1.test:8443/x?y"},
        {"HTTP/intranet", "HTTP/host-2"},
        {"MSSQLSvc/db.example.com:1433", "MSSQLSvc/host-3.example-1.test:1433"},
    };
    struct redact_table *t = *state;
    redact_url(t, STR("https://hr.example.com:8443/x?y"));
    redact_url(t, STR("no url"));
    redact_spn(t, STR("HTTP/intranet"));
    redact_spn(t, STR("MSSQLSvc/db.example.com:1433"));
    redact_spn(t, STR("no spn"));
    ASSERT_ROWS(t, ROWS);
}

static void garbage_is_no_name(void **state) {
    static const char *const ROWS[] = {"",      ".",    "..",  "a..b", "@",    "@@@@",   "\\",
                                       "/",     "//x",  "$",   "://",  "*.",   ":",      "x@",
                                       "a b c", "\xff", "DC=", "'",    "''''", "\\@\\@", "-"};
    struct redact_table *t = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        redact_domain(t, str_of(ROWS[i]));
        redact_host(t, str_of(ROWS[i]));
        redact_url(t, str_of(ROWS[i]));
        redact_user(t, str_of(ROWS[i]));
        redact_spn(t, str_of(ROWS[i]));
        redact_also_called(t, str_of(ROWS[i]), str_of(ROWS[i]), "upn");
        redact_flat_name(t, str_of(ROWS[i]), str_of(ROWS[i]));
    }
    assert_false(t->failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_TABLE(a_domain_is_recognised_in_each_of_its_forms),
        WITH_TABLE(short_and_full_names_of_a_host_are_seen_to_be_one),
        WITH_TABLE(an_account_is_the_same_in_each_of_its_names),
        WITH_TABLE(a_name_is_recognised_as_it_is_quoted),
        WITH_TABLE(a_name_of_any_length_is_recognised_as_it_is_quoted),
        WITH_TABLE(urls_and_spns_have_hosts),
        WITH_TABLE(garbage_is_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
