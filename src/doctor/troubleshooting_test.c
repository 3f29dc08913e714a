/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include "base/buf.h"
#include "doctor/troubleshooting.h"
#include "events/source_root.h"

#include <stdio.h>
#include <strings.h>

/* The page as it is made now; for buf_fini. */
static const char *page_of(struct buf *out) {
    buf_init(out, DOCUMENT_MAX);
    document_troubleshooting(out);
    assert_false(out->failed);
    buf_add_byte(out, 0);
    return buf_str(out).p;
}

static void the_page_in_docs_is_up_to_date(void **state) {
    (void)state;
    static char there[DOCUMENT_MAX];
    struct buf made;
    const char *page = page_of(&made);
    FILE *file = fopen(SOURCE_ROOT "/docs/troubleshooting.md", "re");
    size_t n = file ? fread(there, 1, sizeof there - 1, file) : 0;
    if (file)
        fclose(file);
    there[n] = 0;
    if (strcmp(there, page) != 0)
        fail_msg("docs/troubleshooting.md differs from the checks; type: "
                 "kerbgate doctor --print-troubleshooting > docs/troubleshooting.md");
    buf_fini(&made);
}

static size_t count(const char *page, const char *text) {
    size_t n = 0;
    for (const char *at = page; (at = strstr(at, text)); at++)
        n++;
    return n;
}

static void every_check_has_a_page_of_its_own(void **state) {
    (void)state;
    struct buf made;
    const char *page = page_of(&made);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        char heading[256];
        snprintf(heading, sizeof heading, "\n### %s %s: ", CHECKS[i].id, CHECKS[i].name);
        if (count(page, heading) != 1)
            fail_msg("%s has no page, or several", CHECKS[i].id);
    }
    buf_fini(&made);
}

static bool is_plain(const char *s, bool is_lower) {
    for (; *s; s++) {
        bool is_letter = (*s >= 'a' && *s <= 'z') || (!is_lower && *s >= 'A' && *s <= 'Z');
        if (!is_letter && !(*s >= '0' && *s <= '9') && !(is_lower && *s == '-'))
            return false;
    }
    return true;
}

static bool is_sentence(const char *s) {
    size_t n = strlen(s);
    return n > 10 && (s[n - 1] == '.' || s[n - 1] == '?' || s[n - 1] == '"');
}

static void every_check_says_all_of_it_and_is_called_differently(void **state) {
    (void)state;
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        const struct check *c = &CHECKS[i];
        const char *const texts[] = {c->symptom, c->cause, c->detected, c->remedy};
        if (!c->id[0] || !is_plain(c->id, false) || !c->name[0] || !is_plain(c->name, true))
            fail_msg("%s %s: an id is letters and digits, a name small letters and hyphens", c->id,
                     c->name);
        if (!c->title[0] || c->title[strlen(c->title) - 1] == '.')
            fail_msg("%s: give it a title, without a full stop", c->id);
        for (size_t k = 0; k < 4; k++)
            if (!is_sentence(texts[k]))
                fail_msg("%s: write a whole sentence, not \"%s\"", c->id, texts[k]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(CHECKS[k].name, c->name) == 0 || strcasecmp(CHECKS[k].id, c->id) == 0)
                fail_msg("%s %s is called as %s %s is", c->id, c->name, CHECKS[k].id,
                         CHECKS[k].name);
    }
}

/* Each "](#x)" leads to an anchor of the page. */
static void every_reference_leads_somewhere(void **state) {
    (void)state;
    struct buf made;
    const char *page = page_of(&made);
    size_t n = 0;
    for (const char *at = page; (at = strstr(at, "](#")); at++, n++) {
        char wanted[128];
        const char *end = strchr(at, ')');
        assert_non_null(end);
        snprintf(wanted, sizeof wanted, "<a id=\"%.*s\"></a>", (int)(end - at - 3), at + 3);
        if (!strstr(page, wanted))
            fail_msg("nothing is called %s", wanted);
    }
    assert_true(n > CHECK_COUNT);
    buf_fini(&made);
}

static void errors_lead_to_the_checks_that_name_them(void **state) {
    (void)state;
    struct buf made;
    const char *page = page_of(&made);
    assert_non_null(strstr(page, "| 502 The domain controller does not answer | "
                                 "`krb-kdc-unreachable` | [13019](#event-13019) | "
                                 "[N1a](#n1a), [N1](#n1), link [kdc](#link-kdc) |\n"));
    assert_non_null(strstr(page, "`forbidden` | [21007](#event-21007) | [P1](#p1), link "));
    assert_non_null(strstr(page, "| A process died and was started again | "
                                 "[20003](#event-20003) | [event 20003](#event-20003) |\n"));
    buf_fini(&made);
}

static void every_event_of_trouble_has_a_page(void **state) {
    (void)state;
    struct buf made;
    const char *page = page_of(&made);
    assert_int_equal(count(page, "\n### Event 13022: The application answered 401 to a ticket\n"
                                 "\n**What is seen.** The error `backend-refused-ticket` with the "
                                 "page \"The application did not accept your ticket\".\n"
                                 "\n**Why.** Delegation worked"),
                     1);
    assert_int_equal(count(page,
                           "\n### Event 12008: The application keeps refusing Kerberos tickets"
                           "\n\n**What is seen.** Nothing, in this version.\n"),
                     1);
    assert_int_equal(count(page, "\n### Event 20003: "), 1);
    assert_int_equal(count(page, "\n### Event 20000: "), 0);
    buf_fini(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_in_docs_is_up_to_date),
        cmocka_unit_test(every_check_has_a_page_of_its_own),
        cmocka_unit_test(every_check_says_all_of_it_and_is_called_differently),
        cmocka_unit_test(every_reference_leads_somewhere),
        cmocka_unit_test(every_event_of_trouble_has_a_page),
        cmocka_unit_test(errors_lead_to_the_checks_that_name_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
