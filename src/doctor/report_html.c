/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_html.h"

#include "base/encode.h"
#include "doctor/report_parts.h"
#include "doctor/report_style.h"
#include "events/terminal.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX = 256 * 1024 };

static void raw(struct buf *out, const char *html) { buf_add(out, str_of(html)); }

static void line(struct buf *out, struct str s) {
    struct buf shown;
    buf_init(&shown, LINE_MAX);
    terminal_text(&shown, s);
    encode_html(out, buf_str(&shown));
    out->failed |= shown.failed;
    buf_fini(&shown);
}

/* Text of others; its line breaks stay, for `pre`. */
static void text(struct buf *out, const char *s) {
    struct str rest = str_of(s), part;
    for (bool is_first = true; str_split(&rest, '\n', &part); is_first = false) {
        if (!is_first)
            buf_add_byte(out, '\n');
        line(out, part);
    }
}

static void field(struct buf *out, const json_t *object, const char *key) {
    text(out, facts_text(object, key));
}

/* Text between `before` and `after`, which are HTML; nothing when it is empty. */
static void between(struct buf *out, const char *before, const char *s, const char *after) {
    if (!s[0])
        return;
    raw(out, before);
    text(out, s);
    raw(out, after);
}

static void each(struct buf *out, const char *before, const json_t *texts, const char *after) {
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *s = json_string_value(json_array_get(texts, i));
        between(out, before, s ? s : "", after);
    }
}

/* How an outcome looks and is said; the last row is for words that are new. */
struct look {
    const char *word, *css, *sign, *said;
};

static const struct look LINK_LOOKS[] = {
    {"pass", "good", "✓", "holds"},      {"warn", "doubt", "!", "holds, with a warning"},
    {"fail", "bad", "✗", "broken here"}, {"not-reached", "off", "·", "not reached"},
    {"", "off", "?", "not known"},
};

static const struct look REPORT_LOOKS[] = {
    {"fine", "good", "", "Fine"},
    {"warning", "doubt", "", "Warning"},
    {"broken", "bad", "", "Broken"},
    {"", "doubt", "", "Unfinished"},
};

static const struct look *look_of(const struct look *looks, const char *word) {
    while (looks->word[0] && strcmp(looks->word, word) != 0)
        looks++;
    return looks;
}

static void chain(struct buf *out, const json_t *links) {
    if (json_array_size(links) == 0)
        return;
    raw(out, "<h3>The chain</h3>\n<ol class=\"chain\">\n");
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i);
        const struct look *look = look_of(LINK_LOOKS, facts_text(link, "outcome"));
        char took[REPORT_TOOK_SIZE];
        report_took(link, took);
        buf_printf(out,
                   "<li class=\"%s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>"
                   "<span class=\"name\">",
                   look->css, look->sign);
        field(out, link, "title");
        buf_printf(out, "</span>: %s%s%s", look->said, took[0] ? ", " : "", took);
        between(out, "<br><span class=\"faint\">", facts_text(link, "detail"), "</span>");
        raw(out, "</li>\n");
    }
    raw(out, "</ol>\n");
}

static void remedies(struct buf *out, const json_t *check) {
    struct report_remedy list[REPORT_REMEDIES_MAX];
    size_t n = report_remedies(check, list, REPORT_REMEDIES_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct report_remedy *r = &list[i];
        bool is_text = r->shell == REMEDY_TEXT;
        if (r->begins_who)
            between(out, is_text ? "<h5>To be done by " : "<h5>To be run as ", r->who, "</h5>\n");
        if (r->begins_shell && !is_text)
            buf_printf(out, "<p>%s%s</p>\n", r->is_other_way ? "or " : "",
                       report_shell_title(r->shell));
        between(out, is_text ? "<p>" : "<pre class=\"command\">", r->command,
                is_text ? "</p>\n" : "</pre>\n");
    }
}

static const struct {
    const char *title, *not_so, *css; /* css NULL: a list of short ones */
    bool is_folded;
} SECTIONS[REPORT_SECTIONS] = {
    [SECTION_CAUSE] = {"First cause", "Does not hold: ", "bad cause", false},
    [SECTION_ALSO] = {"Also wrong", "Does not hold: ", "bad", false},
    [SECTION_CONSEQUENCE] = {"Follows from it", "Does not hold: ", NULL, false},
    [SECTION_WARN] = {"Warnings", "Not quite: ", "doubt", false},
    [SECTION_UNKNOWABLE] = {"Cannot be seen from the gateway", "Whether it holds: ", NULL, false},
    [SECTION_UNKNOWN] = {"Not known", "Whether it holds: ", NULL, false},
    [SECTION_PASS] = {"Passed", "", NULL, true},
};

/* Titles say what is right; `not_so` says that it is not. */
static void check_head(struct buf *out, const json_t *check, const char *not_so) {
    raw(out, not_so);
    field(out, check, "title");
    raw(out, " <span class=\"id\">");
    field(out, check, "id");
    raw(out, " ");
    field(out, check, "name");
    raw(out, "</span>");
}

static void check_whole(struct buf *out, const json_t *check, enum report_section section) {
    const json_t *evidence = facts_at(check, "evidence");
    buf_printf(out, "<article class=\"check %s\">\n<h4>", SECTIONS[section].css);
    check_head(out, check, SECTIONS[section].not_so);
    raw(out, "</h4>\n");
    each(out, "<p>", facts_at(check, "detail"), "</p>\n");
    if (json_array_size(evidence)) {
        raw(out, "<details open><summary>What was seen</summary>\n<ul>\n");
        each(out, "<li><code>", evidence, "</code></li>\n");
        raw(out, "</ul></details>\n");
    }
    remedies(out, check);
    raw(out, "</article>\n");
}

static void check_short(struct buf *out, const json_t *check, enum report_section section) {
    raw(out, "<li>");
    check_head(out, check, SECTIONS[section].not_so);
    each(out, "<br>", facts_at(check, "detail"), "");
    /* How to find it out elsewhere. */
    if (section == SECTION_UNKNOWABLE || section == SECTION_UNKNOWN)
        remedies(out, check);
    raw(out, "</li>\n");
}

static void section(struct buf *out, const json_t *report, enum report_section section) {
    const char *css = SECTIONS[section].css;
    size_t n = report_count(report, section);
    const json_t *check;
    if (n == 0)
        return;
    buf_printf(out, "<h3>%s</h3>\n", SECTIONS[section].title);
    if (SECTIONS[section].is_folded)
        buf_printf(out, "<details><summary>%zu check%s</summary>\n", n, n == 1 ? "" : "s");
    raw(out, css ? "" : "<ul>\n");
    for (size_t i = 0; (check = report_next(report, section, &i));) {
        if (css)
            check_whole(out, check, section);
        else
            check_short(out, check, section);
    }
    raw(out, css ? "" : "</ul>\n");
    raw(out, SECTIONS[section].is_folded ? "</details>\n" : "");
}

static void facts(struct buf *out, const json_t *facts) {
    char *dumped = facts ? json_dumps(facts, JSON_INDENT(2)) : NULL;
    if (!dumped)
        return;
    raw(out, "<div class=\"facts-part\"><h3>Facts</h3>\n<details><summary>All that was found out"
             "</summary>\n<pre class=\"facts\">");
    text(out, dumped);
    raw(out, "</pre></details></div>\n");
    free(dumped);
}

static void one_report(struct buf *out, const json_t *report, size_t number) {
    const struct look *look = look_of(REPORT_LOOKS, facts_text(report, "outcome"));
    buf_printf(out, "<section class=\"report\" id=\"report-%zu\">\n<div class=\"head\">", number);
    buf_printf(out, "<span class=\"mark %s\">%s</span><h2>", look->css, look->said);
    field(out, report, "app");
    between(out, " for ", facts_text(report, "user"), "");
    raw(out, "</h2></div>\n");
    between(out, "<p class=\"summary\">", facts_text(report, "summary"), "</p>\n");
    raw(out, "<p class=\"faint\">");
    between(out, "", facts_text(report, "spn"), "<br>");
    field(out, report, "external_url");
    between(out, " → ", facts_text(report, "internal_url"), "");
    raw(out, "</p>\n");
    chain(out, facts_at(report, "chain"));
    if (strcmp(look->word, "broken") == 0 && report_count(report, SECTION_CAUSE) == 0)
        raw(out, "<p>No check explains this. What the broken link says is all there is.</p>\n");
    for (enum report_section s = SECTION_CAUSE; s < REPORT_SECTIONS; s++)
        section(out, report, s);
    facts(out, facts_at(report, "facts"));
    raw(out, "</section>\n");
}

static void overview(struct buf *out, const json_t *reports) {
    raw(out, "<table>\n<thead><tr><th scope=\"col\">App</th><th scope=\"col\">Outcome</th>"
             "<th scope=\"col\">In short</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < json_array_size(reports); i++) {
        const json_t *report = json_array_get(reports, i);
        const struct look *look = look_of(REPORT_LOOKS, facts_text(report, "outcome"));
        buf_printf(out, "<tr><td><a href=\"#report-%zu\">", i + 1);
        field(out, report, "app");
        buf_printf(out, "</a></td><td class=\"%s\">%s</td><td>", look->css, look->said);
        field(out, report, "summary");
        raw(out, "</td></tr>\n");
    }
    raw(out, "</tbody></table>\n");
}

void report_html(struct buf *out, const json_t *document) {
    const json_t *reports = facts_at(document, "reports");
    raw(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" "
             "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
             "<title>Delegation by kerbgate on ");
    field(out, document, "host");
    raw(out, "</title>\n<style>" REPORT_STYLE "</style>\n</head>\n<body>\n<main>\n"
             "<h1>Delegation by kerbgate on ");
    field(out, document, "host");
    raw(out, "</h1>\n<p class=\"faint\">");
    field(out, document, "time");
    buf_printf(out, ", found out in %.1f s by kerbgate ",
               (double)facts_int(document, "took_ms", 0) / 1e3);
    field(out, document, "kerbgate");
    raw(out, "</p>\n");
    if (json_array_size(reports) > 1)
        overview(out, reports);
    for (size_t i = 0; i < json_array_size(reports); i++)
        one_report(out, json_array_get(reports, i), i + 1);
    raw(out, "</main>\n</body>\n</html>\n");
}
