/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_terminal.h"

#include "doctor/report_parts.h"
#include "events/terminal.h"

#include <stdlib.h>

enum { INDENT = 2, LINE_MAX = 64 * 1024 };

/* What is being written, and how. */
struct page {
    struct buf *out;
    const struct report_look *look;
};

enum tone { PLAIN, GOOD, DOUBTFUL, BAD, STRONG, FAINT };

static void tone(const struct page *p, enum tone tone) {
    static const char *const CODES[] = {[PLAIN] = "0",  [GOOD] = "32",  [DOUBTFUL] = "33",
                                        [BAD] = "1;31", [STRONG] = "1", [FAINT] = "2"};
    if (p->look->is_coloured)
        buf_printf(p->out, "\x1b[%sm", CODES[tone]);
}

static void toned(const struct page *p, enum tone how, const char *text) {
    tone(p, how);
    terminal_text(p->out, str_of(text));
    tone(p, PLAIN);
}

static void blanks(const struct page *p, unsigned n) { buf_printf(p->out, "%*s", (int)n, ""); }

/* A word, and blanks until the next column. */
static void padded(const struct page *p, const char *text, unsigned columns) {
    size_t before = buf_size(p->out);
    terminal_text(p->out, str_of(text));
    size_t n = buf_size(p->out) - before;
    blanks(p, n < columns ? columns - (unsigned)n : 0);
}

static const char *drawn(const struct page *p, const char *utf8, const char *ascii) {
    return p->look->is_utf8 ? utf8 : ascii;
}

/* A text whose first line is begun, at column `indent`, where its further lines begin. */
static void wrapped(const struct page *p, unsigned indent, const char *text) {
    struct buf lines;
    buf_init(&lines, LINE_MAX);
    terminal_lines(&lines, str_of(text), (struct terminal_wrap){indent, p->look->width});
    struct str made = buf_str(&lines);
    for (unsigned i = 0; i < indent && made.n && made.p[0] == ' '; i++)
        made = str_from(made, 1);
    buf_add(p->out, made.n ? made : STR("\n"));
    p->out->failed |= lines.failed;
    buf_fini(&lines);
}

/* `mark` is what stands before it, one column. */
static void sentence(const struct page *p, unsigned indent, const char *mark, const char *text) {
    blanks(p, indent);
    if (mark[0])
        buf_printf(p->out, "%s ", mark);
    wrapped(p, indent + (mark[0] ? 2 : 0), text);
}

static void sentences(const struct page *p, unsigned indent, const char *mark,
                      const json_t *texts) {
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        if (text)
            sentence(p, indent, mark, text);
    }
}

/* Line for line as it is: whoever copies it copies what the check made. */
static void command(const struct page *p, const char *text) {
    struct str rest = str_of(text), line;
    while (str_split(&rest, '\n', &line)) {
        blanks(p, 3 * INDENT);
        terminal_text(p->out, line);
        buf_add_byte(p->out, '\n');
    }
}

static void remedy(const struct page *p, const struct report_remedy *r) {
    if (r->begins_who) {
        buf_printf(p->out, "\n%*s", INDENT, "");
        tone(p, STRONG);
        buf_printf(p->out, "%s ", r->shell == REMEDY_TEXT ? "To be done by" : "Run as");
        terminal_text(p->out, str_of(r->who[0] ? r->who : "whoever may"));
        tone(p, PLAIN);
        buf_add_byte(p->out, '\n');
    }
    if (r->shell == REMEDY_TEXT) {
        sentence(p, 2 * INDENT, "-", r->command);
        return;
    }
    if (r->begins_shell)
        buf_printf(p->out, "%*s%s%s%s:\n", 2 * INDENT, "", r->is_other_way ? "or " : "",
                   r->shell == REMEDY_CONFIG ? "in " : "", report_shell_title(r->shell));
    command(p, r->command);
}

static void remedies(const struct page *p, const json_t *check) {
    struct report_remedy list[REPORT_REMEDIES_MAX];
    size_t n = report_remedies(check, list, REPORT_REMEDIES_MAX);
    for (size_t i = 0; i < n; i++)
        remedy(p, &list[i]);
}

/* How each section is titled and its checks marked. Titles of checks say what is right, so that the
 * mark has to say that it is not. */
static const struct {
    const char *title, *utf8, *ascii;
    enum tone tone;
    bool is_whole;
} SECTIONS[REPORT_SECTIONS] = {
    [SECTION_CAUSE] = {"First cause", "✘", "FAIL", BAD, true},
    [SECTION_ALSO] = {"Also wrong", "✘", "FAIL", BAD, true},
    [SECTION_CONSEQUENCE] = {"Follows from it", "✘", "FAIL", PLAIN, false},
    [SECTION_WARN] = {"Warnings", "!", "warn", DOUBTFUL, true},
    [SECTION_UNKNOWABLE] = {"Cannot be seen from here", "?", "?", PLAIN, false},
    [SECTION_UNKNOWN] = {"Not known", "?", "?", PLAIN, false},
    [SECTION_PASS] = {"Passed", "✔", "ok", GOOD, false},
};

/* "FAIL D3 spn-in-list: The connector may delegate to the SPN" */
static void check_head(const struct page *p, const json_t *check, enum report_section section) {
    blanks(p, INDENT);
    tone(p, SECTIONS[section].tone);
    buf_printf(p->out, "%s ", drawn(p, SECTIONS[section].utf8, SECTIONS[section].ascii));
    terminal_text(p->out, str_of(facts_text(check, "id")));
    buf_add_byte(p->out, ' ');
    terminal_text(p->out, str_of(facts_text(check, "name")));
    tone(p, PLAIN);
    buf_add(p->out, STR(": "));
    terminal_text(p->out, str_of(facts_text(check, "title")));
    buf_add_byte(p->out, '\n');
}

static void check_whole(const struct page *p, const json_t *check, enum report_section section) {
    const json_t *evidence = facts_at(check, "evidence");
    buf_add_byte(p->out, '\n');
    check_head(p, check, section);
    sentences(p, 2 * INDENT, "", facts_at(check, "detail"));
    if (json_array_size(evidence)) {
        buf_printf(p->out, "\n%*sSeen\n", INDENT, "");
        sentences(p, 2 * INDENT, "-", evidence);
    }
    remedies(p, check);
}

static void section(const struct page *p, const json_t *report, enum report_section section) {
    size_t n = report_count(report, section), i = 0;
    const json_t *check;
    if (n == 0)
        return;
    buf_add_byte(p->out, '\n');
    if (section == SECTION_PASS && !p->look->is_verbose) {
        buf_printf(p->out, "%zu check%s passed; --verbose lists them\n", n, n == 1 ? "" : "s");
        return;
    }
    toned(p, STRONG, SECTIONS[section].title);
    buf_add_byte(p->out, '\n');
    while ((check = report_next(report, section, &i))) {
        if (SECTIONS[section].is_whole) {
            check_whole(p, check, section);
            continue;
        }
        check_head(p, check, section);
        if (section != SECTION_PASS)
            sentences(p, 2 * INDENT, "", facts_at(check, "detail"));
        /* How to find it out elsewhere. */
        if (section == SECTION_UNKNOWABLE || section == SECTION_UNKNOWN)
            remedies(p, check);
    }
}

static const struct {
    const char *outcome, *utf8, *ascii, *rail_utf8, *rail_ascii;
    enum tone tone;
} MARKS[] = {
    {"pass", "✔", "ok  ", "│", "|", GOOD},        {"warn", "!", "warn", "│", "|", DOUBTFUL},
    {"fail", "✘", "FAIL", "╳", "X", BAD},         {"not-reached", "·", "-   ", "┆", ":", FAINT},
    {"unknown", "?", "?   ", "┆", ":", DOUBTFUL},
};
enum { MARK_COUNT = sizeof MARKS / sizeof *MARKS };

static void chain_link(const struct page *p, const json_t *link) {
    const char *outcome = facts_text(link, "outcome"), *detail = facts_text(link, "detail");
    unsigned indent = p->look->is_utf8 ? 14 : 17;
    char took[REPORT_TOOK_SIZE];
    size_t row = 0;
    while (row < MARK_COUNT - 1 && strcmp(MARKS[row].outcome, outcome) != 0)
        row++;
    report_took(link, took);
    blanks(p, INDENT);
    tone(p, MARKS[row].tone);
    buf_printf(p->out, "%s %s ", drawn(p, MARKS[row].rail_utf8, MARKS[row].rail_ascii),
               drawn(p, MARKS[row].utf8, MARKS[row].ascii));
    padded(p, facts_text(link, "link"), 8);
    tone(p, PLAIN);
    buf_printf(p->out, "%9s  ", took);
    wrapped(p, indent + 11, facts_text(link, "title"));
    if (detail[0] && (p->look->is_verbose || MARKS[row].tone != GOOD))
        sentence(p, indent, "", detail);
}

static void chain(const struct page *p, const json_t *links) {
    if (json_array_size(links))
        buf_add_byte(p->out, '\n');
    for (size_t i = 0; i < json_array_size(links); i++)
        chain_link(p, json_array_get(links, i));
}

static const struct {
    const char *outcome, *word;
    enum tone tone;
} OUTCOMES[] = {
    {"fine", "FINE", GOOD},
    {"warning", "WARNING", DOUBTFUL},
    {"broken", "BROKEN", BAD},
    {"unfinished", "UNFINISHED", DOUBTFUL},
};
enum { OUTCOME_COUNT = sizeof OUTCOMES / sizeof *OUTCOMES };

/* Who wants what: "hr for alice@CORP.EXAMPLE, HTTP/hr.corp.example". */
static void headline(const struct page *p, const json_t *report) {
    size_t row = 0;
    while (row < OUTCOME_COUNT - 1 &&
           strcmp(OUTCOMES[row].outcome, facts_text(report, "outcome")) != 0)
        row++;
    toned(p, OUTCOMES[row].tone, OUTCOMES[row].word);
    buf_add(p->out, STR("  "));
    toned(p, STRONG, facts_text(report, "app"));
    if (facts_text(report, "user")[0])
        buf_add(p->out, STR(" for "));
    terminal_text(p->out, str_of(facts_text(report, "user")));
    if (facts_text(report, "spn")[0])
        buf_add(p->out, STR(", "));
    terminal_text(p->out, str_of(facts_text(report, "spn")));
    buf_add_byte(p->out, '\n');
    sentence(p, 0, "", facts_text(report, "summary"));
}

static void urls(const struct page *p, const json_t *report) {
    if (!facts_text(report, "external_url")[0] && !facts_text(report, "internal_url")[0])
        return;
    tone(p, FAINT);
    terminal_text(p->out, str_of(facts_text(report, "external_url")));
    buf_add(p->out, str_of(drawn(p, " → ", " -> ")));
    terminal_text(p->out, str_of(facts_text(report, "internal_url")));
    tone(p, PLAIN);
    buf_add_byte(p->out, '\n');
}

static void one_report(const struct page *p, const json_t *report) {
    bool is_broken = strcmp(facts_text(report, "outcome"), "broken") == 0;
    headline(p, report);
    urls(p, report);
    chain(p, facts_at(report, "chain"));
    if (is_broken && report_count(report, SECTION_CAUSE) == 0) {
        buf_add_byte(p->out, '\n');
        sentence(p, 0, "", "No check explains this. What the broken link says is all there is.");
    }
    for (enum report_section s = SECTION_CAUSE; s < REPORT_SECTIONS; s++)
        section(p, report, s);
}

static void foot(const struct page *p, const json_t *document) {
    tone(p, FAINT);
    terminal_text(p->out, str_of(facts_text(document, "time")));
    buf_add(p->out, STR(" on "));
    terminal_text(p->out, str_of(facts_text(document, "host")));
    buf_add(p->out, STR(", kerbgate "));
    terminal_text(p->out, str_of(facts_text(document, "kerbgate")));
    buf_printf(p->out, ", %.1f s", (double)facts_int(document, "took_ms", 0) / 1e3);
    tone(p, PLAIN);
    buf_add_byte(p->out, '\n');
}

/* With several apps, which to look at. */
static void overview(const struct page *p, const json_t *reports) {
    for (size_t i = 0; i < json_array_size(reports); i++) {
        const json_t *report = json_array_get(reports, i);
        blanks(p, INDENT);
        padded(p, facts_text(report, "outcome"), 11);
        terminal_text(p->out, str_of(facts_text(report, "app")));
        buf_add_byte(p->out, '\n');
    }
    buf_add_byte(p->out, '\n');
}

void report_terminal(struct buf *out, const json_t *document, const struct report_look *look) {
    struct page p = {out, look};
    const json_t *reports = facts_at(document, "reports");
    for (size_t i = 0; i < json_array_size(reports); i++) {
        one_report(&p, json_array_get(reports, i));
        buf_add_byte(out, '\n');
    }
    if (json_array_size(reports) > 1)
        overview(&p, reports);
    foot(&p, document);
}

bool report_is_utf8(void) {
    static const char *const NAMES[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *value = getenv(NAMES[i]);
        if (value && value[0]) {
            struct str s = str_of(value);
            size_t dot = str_index(s, '.');
            struct str charset = str_from(s, dot);
            return str_glob_ci(STR(".UTF-8*"), charset) || str_glob_ci(STR(".utf8*"), charset);
        }
    }
    return false;
}
