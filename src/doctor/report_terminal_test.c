/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_testing.h"

#include "doctor/report_terminal.h"

static const struct report_look NARROW = {.width = 72}, WIDE = {.width = 0},
                                FULL = {.width = 80,
                                        .is_utf8 = true,
                                        .is_coloured = true,
                                        .is_verbose = true};

/* As long-lived as the buffer of the test. */
static const char *page_of(struct buf *out, const json_t *document, struct report_look look) {
    buf_clear(out);
    report_terminal(out, document, &look);
    assert_false(out->failed);
    buf_add_byte(out, 0);
    return buf_str(out).p;
}

static const char *sample_page(struct buf *out, struct report_look look) {
    json_t *document = report_sample();
    const char *page = page_of(out, document, look);
    json_decref(document);
    return page;
}

static void the_page_begins_with_what_is_broken_and_where(void **state) {
    static const char START[] =
        "BROKEN  hr for alice@CORP.EXAMPLE, HTTP/hr.corp.example\n"
        "svc-kerbgate may not delegate to HTTP/hr.corp.example\n"
        "https://hr.example.com/ -> http://hr.corp.example/\n"
        "\n"
        "  | ok   host       0.8 ms  Files and configuration of this host\n"
        "  | ok   person     4.1 ms  The name of the person\n"
        "  | warn kdc         2.0 s  A domain controller that answers\n"
        "                 1 of 2 answers\n"
        "  | ok   tgt        6.3 ms  The connector's own ticket\n"
        "  | ok   self       4.7 ms  The person's ticket to the connector\n"
        "  X FAIL proxy      3.9 ms  The person's ticket to the application\n"
        "                 10.0.0.10:88 answered 13 (KDC_ERR_BADOPTION), NTSTATUS\n"
        "                 0xC0000272 (STATUS_NO_MATCH)\n"
        "  | ok   connect    0.9 ms  A connection to the application\n"
        "  : -    answer             What the application answers\n"
        "                 there is no ticket to send\n"
        "\n"
        "First cause\n"
        "\n"
        "  FAIL D3 spn-in-list: The connector may delegate to the SPN\n"
        "    HTTP/hr.corp.example is not in the list of svc-kerbgate\n"
        "    The list has HTTP/hr, which is the same host by another name, and\n"
        "    that does not count\n"
        "\n"
        "  Seen\n"
        "    - CN=svc-kerbgate,CN=Users,DC=corp,DC=example:\n"
        "      msDS-AllowedToDelegateTo = HTTP/hr\n"
        "    - 10.0.0.10:88 answered 13 (KDC_ERR_BADOPTION), NTSTATUS 0xC0000272\n"
        "      (STATUS_NO_MATCH)\n"
        "\n"
        "  Run as a domain administrator\n"
        "    PowerShell:\n"
        "      Set-ADUser svc-kerbgate -Add "
        "@{'msDS-AllowedToDelegateTo'='HTTP/hr.corp.example'}\n"
        "    or samba-tool:\n"
        "      samba-tool delegation add-service svc-kerbgate HTTP/hr.corp.example\n"
        "\n"
        "  Run as root on this host\n"
        "    Shell:\n"
        "      kerbgate tickets purge --user alice@CORP.EXAMPLE\n"
        "\n"
        "Also wrong\n";
    char start[sizeof START];
    const char *page = sample_page(*state, NARROW);
    memcpy(start, page, sizeof START - 1);
    start[sizeof START - 1] = 0;
    assert_string_equal(start, START);
}

static void the_rest_comes_in_the_order_of_its_weight(void **state) {
    static const char *const ORDER[] = {
        "\nFirst cause\n",
        "\nAlso wrong\n",
        "D8 person-may-be-delegated",
        "\nFollows from it\n  FAIL A2 kerberos-used: The application takes the ticket\n",
        "\nWarnings\n",
        "To be done by the administrator of network and DNS\n    - Open port 88",
        "\nCannot be seen from here\n  ? A5 kernel-mode: ",
        "\n  Run as the administrator of the application's server\n    PowerShell:\n      Get-Web",
        "\nNot known\n  ? D12 enctypes: ",
        "\n4 checks passed; --verbose lists them\n",
        "FINE  wiki for alice@CORP.EXAMPLE, HTTP/wiki.corp.example\n",
        "\n1 check passed; --verbose lists them\n",
        "  broken     hr\n  fine       wiki\n",
        "2026-11-29T19:00:00Z on gw1, kerbgate 0.1.0, 1.2 s\n",
    };
    const char *at = sample_page(*state, WIDE);
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        const char *found = strstr(at, ORDER[i]);
        if (!found)
            fail_msg("not in its place: %s", ORDER[i]);
        at = found;
    }
}

static void what_passed_is_listed_when_asked_for(void **state) {
    struct report_look look = NARROW;
    look.is_verbose = true;
    const char *page = sample_page(*state, look);
    assert_non_null(
        strstr(page, "\nPassed\n  ok N4 clock: The clocks agree\n  ok P3 one-account: "));
    assert_null(strstr(page, "--verbose"));
    assert_non_null(strstr(page, "                 forwardable\n"));
}

static void only_with_colours_there_are_escapes_and_only_with_utf8_more_than_ascii(void **state) {
    const char *plain = sample_page(*state, NARROW);
    for (const char *c = plain; *c; c++)
        assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
    const char *full = sample_page(*state, FULL);
    assert_non_null(strstr(full, "\x1b[1;31m╳ ✘ proxy"));
    assert_non_null(strstr(full, "https://hr.example.com/ → http://hr.corp.example/"));
}

static void a_command_is_printed_line_for_line_however_long_it_is(void **state) {
    static const char COMMAND[] =
        "$a = Get-ADUser -Identity svc-kerbgate -Properties 'a b c d e f'\n"
        "Set-ADUser $a -Add @{'one'='two three four five six seven eight'}";
    json_t *document = report_with_command("powershell", COMMAND);
    const char *page = page_of(*state, document, (struct report_look){.width = 40});
    assert_non_null(strstr(page, "\n      $a = Get-ADUser -Identity svc-kerbgate -Properties "
                                 "'a b c d e f'\n      Set-ADUser $a -Add @{'one'='two three four "
                                 "five six seven eight'}\n"));
    json_decref(document);
}

static void no_sentence_is_wider_than_the_terminal(void **state) {
    const char *page = sample_page(*state, NARROW);
    static const char *const WHOLE[] = {"Get-Web", "Set-ADUser", "samba-tool", "Remove-ADGroup"};
    struct str rest = str_of(page), line;
    while (str_split(&rest, '\n', &line)) {
        bool is_whole = false;
        size_t at;
        for (size_t i = 0; i < sizeof WHOLE / sizeof *WHOLE; i++)
            is_whole |= str_find(line, str_of(WHOLE[i]), &at);
        /* A word that is longer stays whole, too. */
        is_whole |= str_find(line, STR("S-1-5-21"), &at);
        if (line.n > NARROW.width && !is_whole)
            fail_msg("%.*s", STR_ARG(line));
    }
}

static void no_text_of_strangers_reaches_the_terminal_raw(void **state) {
    static const char HOSTILE[] = "\x1b]0;x\x07\xc2\x9b\xe2\x80\xae\nnext";
    json_t *document = report_sample();
    report_poison(document, HOSTILE);
    const char *page = page_of(*state, document, NARROW);
    assert_null(strpbrk(page, "\x1b\x07\r"));
    assert_null(strstr(page, "\xc2\x9b"));
    assert_null(strstr(page, "\x80\xae"));
    json_decref(document);
}

static void a_document_with_nothing_in_it_makes_a_page(void **state) {
    static const char *const ROWS[] = {
        "{}", "{\"reports\":3}", "{\"reports\":[null,7,{}]}",
        "{\"reports\":[{\"outcome\":\"broken\",\"chain\":[1],\"checks\":[{\"outcome\":\"fail\","
        "\"remedies\":[{}],\"detail\":[3],\"evidence\":{}}]}]}"};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *document = json_loads(ROWS[i], 0, NULL);
        assert_non_null(document);
        page_of(*state, document, FULL);
        json_decref(document);
    }
}

static void a_broken_chain_that_no_check_explains_says_so(void **state) {
    json_t *document = json_pack("{s:[{s:s}]}", "reports", "outcome", "broken");
    assert_non_null(strstr(page_of(*state, document, NARROW), "No check explains this"));
    json_decref(document);
}

static void without_a_person_none_is_named(void **state) {
    json_t *document = json_pack("{s:[{s:s,s:s,s:s}]}", "reports", "app", "hr", "spn", "HTTP/hr",
                                 "outcome", "fine");
    const char *page = page_of(*state, document, NARROW);
    assert_ptr_equal(strstr(page, "FINE  hr, HTTP/hr\n"), page);
    json_decref(document);
}

static void the_locale_says_what_may_be_drawn(void **state) {
    (void)state;
    static const struct {
        const char *all, *ctype, *lang;
        bool is_utf8;
    } ROWS[] = {
        {"", "", "", false},
        {"", "", "de_DE.UTF-8", true},
        {"", "", "C.utf8", true},
        {"", "", "de_DE.UTF-8@euro", true},
        {"", "", "de_DE", false},
        {"", "C", "de_DE.UTF-8", false},
        {"C", "de_DE.UTF-8", "de_DE.UTF-8", false},
        {"C.UTF-8", "C", "C", true},
        {"", "", "de_DE.ISO-8859-1", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        setenv("LC_ALL", ROWS[i].all, 1);
        setenv("LC_CTYPE", ROWS[i].ctype, 1);
        setenv("LANG", ROWS[i].lang, 1);
        assert_int_equal(report_is_utf8(), ROWS[i].is_utf8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BUFFER(the_page_begins_with_what_is_broken_and_where),
        WITH_BUFFER(the_rest_comes_in_the_order_of_its_weight),
        WITH_BUFFER(what_passed_is_listed_when_asked_for),
        WITH_BUFFER(only_with_colours_there_are_escapes_and_only_with_utf8_more_than_ascii),
        WITH_BUFFER(a_command_is_printed_line_for_line_however_long_it_is),
        WITH_BUFFER(no_sentence_is_wider_than_the_terminal),
        WITH_BUFFER(no_text_of_strangers_reaches_the_terminal_raw),
        WITH_BUFFER(a_document_with_nothing_in_it_makes_a_page),
        WITH_BUFFER(a_broken_chain_that_no_check_explains_says_so),
        WITH_BUFFER(without_a_person_none_is_named),
        cmocka_unit_test(the_locale_says_what_may_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
