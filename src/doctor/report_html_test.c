/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_testing.h"

#include "doctor/report_html.h"

static const char *page_of(struct buf *out, const json_t *document) {
    buf_clear(out);
    report_html(out, document);
    assert_false(out->failed);
    buf_add_byte(out, 0);
    return buf_str(out).p;
}

static const char *sample_page(struct buf *out) {
    json_t *document = report_sample();
    const char *page = page_of(out, document);
    json_decref(document);
    return page;
}

static void the_page_has_everything_in_the_order_of_its_weight(void **state) {
    static const char *const ORDER[] = {
        "<!doctype html>",
        "<title>Delegation by kerbgate on gw1</title>",
        "<h1>Delegation by kerbgate on gw1</h1>",
        "<td><a href=\"#report-1\">hr</a></td><td class=\"bad\">Broken</td>",
        "<section class=\"report\" id=\"report-1\">",
        "<h2>hr for alice@CORP.EXAMPLE</h2>",
        "<p class=\"summary\">svc-kerbgate may not delegate to HTTP/hr.corp.example</p>",
        "<li class=\"good\"><span class=\"sign\" aria-hidden=\"true\">✓</span>",
        "<span class=\"name\">Files and configuration of this host</span>: holds, 0.8 ms</li>",
        "<li class=\"bad\">",
        "The person&#39;s ticket to the application</span>: broken here, 3.9 ms",
        "<li class=\"off\">",
        "not reached",
        "<h3>First cause</h3>",
        "<h4>Does not hold: The connector may delegate to the SPN <span class=\"id\">D3 ",
        "<li><code>CN=svc-kerbgate,CN=Users,DC=corp,DC=example: msDS-AllowedToDelegateTo = HTTP/hr",
        "<h5>To be run as a domain administrator</h5>\n<p>PowerShell</p>\n",
        "<pre class=\"command\">Set-ADUser svc-kerbgate -Add @{&#39;msDS-AllowedToDelegateTo",
        "HTTP/hr.corp.example&#39;}</pre>\n<p>or samba-tool</p>\n<pre class=\"command\">",
        "<h3>Also wrong</h3>",
        "<h3>Follows from it</h3>",
        "<h3>Warnings</h3>",
        "<h5>To be done by the administrator of network and DNS</h5>\n<p>Open port 88",
        "<h3>Cannot be seen from the gateway</h3>",
        "<pre class=\"command\">Get-WebConfigurationProperty ",
        "<h3>Not known</h3>",
        "<h3>Passed</h3>\n<details><summary>4 checks</summary>",
        "<h3>Facts</h3>",
        "&quot;svc-kerbgate@CORP.EXAMPLE&quot;",
        "<section class=\"report\" id=\"report-2\">",
        "</html>\n",
    };
    const char *at = sample_page(*state);
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        const char *found = strstr(at, ORDER[i]);
        if (!found)
            fail_msg("not in its place: %s", ORDER[i]);
        at = found;
    }
}

static void nothing_is_fetched_and_nothing_runs(void **state) {
    static const char *const NOT_IN_IT[] = {
        "<script", "<link", "<img", " src=", "url(", "href=\"http", "@import", " onclick"};
    const char *page = sample_page(*state);
    for (size_t i = 0; i < sizeof NOT_IN_IT / sizeof *NOT_IN_IT; i++)
        assert_null(strstr(page, NOT_IN_IT[i]));
    assert_non_null(strstr(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
}

/* The names of elements that are open, "html body main". */
struct open {
    char names[64][16];
    size_t n;
};

static void tag(struct open *open, struct str inside) {
    static const char *const ALONE[] = {"meta", "br", "!doctype"};
    bool is_end = str_starts(inside, STR("/"));
    struct str name = str_from(inside, is_end);
    name = str_head(name, str_index(name, ' '));
    for (size_t i = 0; i < sizeof ALONE / sizeof *ALONE; i++)
        if (str_eq(name, str_of(ALONE[i])))
            return;
    assert_in_range(name.n, 1, 15);
    if (!is_end) {
        assert_true(open->n < 64);
        memcpy(open->names[open->n], name.p, name.n);
        open->names[open->n++][name.n] = 0;
        return;
    }
    assert_true(open->n > 0);
    if (!str_eq(name, str_of(open->names[--open->n])))
        fail_msg("</%.*s> ends <%s>", STR_ARG(name), open->names[open->n]);
}

/* Each element that begins ends, and no '<' or '>' is any other's. */
static void assert_well_formed(const char *page) {
    struct open open = {.n = 0};
    struct str rest = str_of(page);
    while (rest.n > 0) {
        size_t begin = str_index(rest, '<');
        bool is_style = open.n > 0 && strcmp(open.names[open.n - 1], "style") == 0;
        if (!is_style)
            assert_true(str_index(str_head(rest, begin), '>') == begin);
        rest = str_from(rest, begin + 1);
        if (rest.n == 0)
            break;
        size_t end = str_index(rest, '>');
        assert_true(end < rest.n);
        tag(&open, str_head(rest, end));
        rest = str_from(rest, end + 1);
    }
    assert_int_equal(open.n, 0);
}

static void every_element_is_closed(void **state) { assert_well_formed(sample_page(*state)); }

static void text_of_strangers_is_text(void **state) {
    static const char HOSTILE[] =
        "</pre></style><script>alert(1)</script>\"' onclick=x &\x1b[2J\xe2\x80\xae\xc2\x9b\n<b>";
    json_t *document = report_sample();
    report_poison(document, HOSTILE);
    const char *page = page_of(*state, document);
    assert_well_formed(page);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<b>"));
    assert_null(strpbrk(page, "\x1b\x07\r"));
    assert_null(strstr(page, "\x80\xae"));
    assert_null(strstr(page, "\xc2\x9b"));
    assert_null(strstr(page, "alert(1)</script>"));
    json_decref(document);
}

static void a_document_with_nothing_in_it_makes_a_page(void **state) {
    static const char *const ROWS[] = {
        "{}", "{\"reports\":[null,7,{}]}",
        "{\"reports\":[{\"outcome\":\"broken\",\"chain\":[1],\"checks\":[{\"outcome\":\"fail\","
        "\"remedies\":[{}],\"detail\":[3],\"evidence\":{}}]}]}"};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *document = json_loads(ROWS[i], 0, NULL);
        assert_non_null(document);
        assert_well_formed(page_of(*state, document));
        json_decref(document);
    }
}

static void a_page_that_does_not_fit_says_so(void **state) {
    struct buf small;
    json_t *document = report_sample();
    static char large[300 * 1024];
    memset(large, 'x', sizeof large - 1);
    buf_init(&small, 1000);
    report_html(&small, document);
    assert_true(small.failed);
    buf_fini(&small);
    json_object_set_new(document, "host", json_string(large));
    buf_clear(*state);
    report_html(*state, document);
    assert_true(((struct buf *)*state)->failed);
    json_decref(document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BUFFER(the_page_has_everything_in_the_order_of_its_weight),
        WITH_BUFFER(nothing_is_fetched_and_nothing_runs),
        WITH_BUFFER(every_element_is_closed),
        WITH_BUFFER(text_of_strangers_is_text),
        WITH_BUFFER(a_document_with_nothing_in_it_makes_a_page),
        WITH_BUFFER(a_page_that_does_not_fit_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
