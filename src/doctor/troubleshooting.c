/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/troubleshooting.h"

#include "base/err.h"
#include "doctor/checking.h"
#include "doctor/reason.h"
#include "events/catalogue.h"

#include <stdio.h>

static const char HEAD[] =
    "# Troubleshooting\n"
    "\n"
    "<!-- Made by: kerbgate doctor --print-troubleshooting > docs/troubleshooting.md -->\n"
    "\n"
    "What can be wrong between a person who has signed in and an application that lets them in:\n"
    "how it shows, why it is so, how kerbgate finds out, and what mends it. The quickest way\n"
    "through this page is to have it read for you, as root on the gateway:\n"
    "\n"
    "```sh\n"
    "kerbgate doctor hr --user alice     # the app, and somebody who cannot use it\n"
    "```\n"
    "\n"
    "It makes every check of this page that can be made from the gateway's host, names the first\n"
    "cause, shows what it saw, and prints the command with the names of your domain filled in.\n"
    "[doctor.md](doctor.md) says how to read it. What happened to one request, by the number on\n"
    "the page that the person sees: `kerbgate events --activity ID`.\n";

/* What a link is, and where the checks of it begin. */
static const char *const LINK_TEXTS[LINKS] = {
    [LINK_HOST] = "the files and the configuration of the gateway's host",
    [LINK_PERSON] = "from who signed in to the name that a ticket is asked for",
    [LINK_KDC] = "a domain controller that answers",
    [LINK_TGT] = "the connector's own ticket (AS exchange)",
    [LINK_SELF] = "the person's ticket to the connector (S4U2Self)",
    [LINK_PROXY] = "the person's ticket to the application (S4U2Proxy)",
    [LINK_CONNECT] = "name, connection and TLS of the application",
    [LINK_ANSWER] = "what the application answers to the ticket",
};

static const struct {
    const char *title, *text;
} STAGE_TEXTS[STAGES] = {
    [STAGE_HOST] = {"Host, network, time and DNS",
                    "Whatever is wrong here is wrong for every app and every person."},
    [STAGE_SIGN_IN] = {"Sign-in", "Who signed in, and what the domain calls them."},
    [STAGE_DELEGATION] = {"Delegation",
                          "Tickets in somebody's name: what the connector's account, the "
                          "person's and the application's have to be like in the directory."},
    [STAGE_TARGET] = {"The application", "What becomes of a ticket that was got."},
};

/* The link that an error is about, by the beginning of its name; the first that fits. */
static const struct {
    const char *error;
    enum doctor_link link;
} ERROR_LINKS[] = {
    {"krb-connector", LINK_TGT},       {"krb-clock-skew", LINK_TGT},
    {"krb-kdc-unreachable", LINK_KDC}, {"krb-user-", LINK_SELF},
    {"krb-groups-", LINK_PERSON},      {"krb-", LINK_PROXY},
    {"directory", LINK_PERSON},        {"claim-", LINK_PERSON},
    {"forbidden", LINK_PERSON},        {"backend-unreachable", LINK_CONNECT},
    {"backend-tls", LINK_CONNECT},     {"backend-", LINK_ANSWER},
};

/* Text of ours, with what Markdown would take for more. */
static void text(struct buf *out, const char *s) {
    for (char before = ' '; *s; before = *s++) {
        bool is_inside = str_is_alnum(before);
        if (*s == '<') {
            buf_add(out, STR("&lt;"));
            continue;
        }
        if (*s == '|' || *s == '*' || *s == '`' || (*s == '_' && !is_inside))
            buf_add_byte(out, '\\');
        buf_add_byte(out, *s);
    }
}

static bool is_name_byte(char c) { return str_is_alnum(c) || c == '-'; }

/* Whether `word` stands in `s` by itself. */
static bool mentions(const char *s, const char *word) {
    size_t n = strlen(word);
    for (const char *at = s; (at = strstr(at, word)); at++)
        if ((at == s || !is_name_byte(at[-1])) && !is_name_byte(at[n]))
            return true;
    return false;
}

static void anchor(struct buf *out, const char *id) {
    for (; *id; id++)
        buf_add_byte(out, str_lower(*id));
}

static void check_reference(struct buf *out, const struct check *check) {
    buf_printf(out, "[%s](#", check->id);
    anchor(out, check->id);
    buf_add(out, STR(")"));
}

/* The checks whose symptom names `word`; how many there are. */
static size_t checks_that_mention(struct buf *out, const char *word) {
    size_t n = 0;
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (!mentions(CHECKS[i].symptom, word))
            continue;
        buf_add(out, n++ ? STR(", ") : STR_NONE);
        check_reference(out, &CHECKS[i]);
    }
    return n;
}

static enum doctor_link link_of(const char *error) {
    for (size_t i = 0; i < sizeof ERROR_LINKS / sizeof *ERROR_LINKS; i++)
        if (str_starts(str_of(error), str_of(ERROR_LINKS[i].error)))
            return ERROR_LINKS[i].link;
    return LINKS;
}

static size_t errors_of(int event) {
    size_t n = 0;
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++)
        n += err_info((enum err_code)code)->event == event;
    return n;
}

/* Those that name the error, or else its event where that says enough. */
static size_t checks_of(struct buf *out, const struct err_info *error) {
    enum { FEW = 3 };
    char number[16];
    snprintf(number, sizeof number, "%d", error->event);
    size_t n = checks_that_mention(out, error->name);
    return n || errors_of(error->event) > FEW ? n : checks_that_mention(out, number);
}

static void error_row(struct buf *out, const struct err_info *error) {
    enum doctor_link link = link_of(error->name);
    buf_printf(out, "| %d ", error->status);
    text(out, error->title);
    buf_printf(out, " | `%s` | [%d](#event-%d) | ", error->name, error->event, error->event);
    size_t n = checks_of(out, error);
    if (link < LINKS)
        buf_printf(out, "%slink [%s](#link-%s)", n ? ", " : "", link_name(link), link_name(link));
    else if (n == 0)
        buf_printf(out, "[event %d](#event-%d)", error->event, error->event);
    buf_add(out, STR(" |\n"));
}

static bool is_trouble(const struct catalogue_row *row) { return row->level >= LOG_WARN; }

/* Its number is kept, and nothing records it. */
static bool is_reserved(const struct catalogue_row *row) {
    return strstr(row->meaning, "Reserved:") != NULL;
}

/* One that no person sees a page of. */
static bool is_silent(const struct catalogue_row *row) {
    return is_trouble(row) && !is_reserved(row) && errors_of(row->event) == 0;
}

static void event_row(struct buf *out, const struct catalogue_row *row) {
    char number[16];
    snprintf(number, sizeof number, "%d", row->event);
    buf_add(out, STR("| "));
    text(out, row->title);
    buf_printf(out, " | [%d](#event-%d) | ", row->event, row->event);
    if (checks_that_mention(out, number) == 0)
        buf_printf(out, "[event %d](#event-%d)", row->event, row->event);
    buf_add(out, STR(" |\n"));
}

static void where_to_look(struct buf *out) {
    size_t n;
    const struct catalogue_row *rows = catalogue_rows(&n);
    buf_add(out,
            STR("\n## What is seen, and where to look\n"
                "\n"
                "The page that the person sees has the status and the title; the event and the "
                "access log have\nthe name.\n"
                "\n"
                "| page | error | event | look at |\n"
                "|---|---|---|---|\n"));
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++)
        if (err_info((enum err_code)code)->event)
            error_row(out, err_info((enum err_code)code));
    buf_add(out, STR("\nEvents without a page:\n"
                     "\n"
                     "| what happened | event | look at |\n"
                     "|---|---|---|\n"));
    for (size_t i = 0; i < n; i++)
        if (is_silent(&rows[i]))
            event_row(out, &rows[i]);
}

static void links(struct buf *out) {
    buf_add(out, STR("\n## Which link is broken\n"
                     "\n"
                     "The chain that a request needs, in its order. When one link does not hold, "
                     "look at its checks in\nthis order, and at those of the links before it.\n"
                     "\n"
                     "| link | what it is | checks |\n"
                     "|---|---|---|\n"));
    for (int link = 0; link < LINKS; link++) {
        const char *name = link_name((enum doctor_link)link);
        size_t n = 0;
        buf_printf(out, "| <a id=\"link-%s\"></a>%s | %s | ", name, name, LINK_TEXTS[link]);
        for (size_t i = 0; i < CHECK_COUNT; i++) {
            if ((int)CHECKS[i].link != link)
                continue;
            buf_add(out, n++ ? STR(", ") : STR_NONE);
            check_reference(out, &CHECKS[i]);
        }
        buf_add(out, STR(" |\n"));
    }
}

static void paragraph(struct buf *out, const char *label, const char *s) {
    buf_printf(out, "\n**%s** ", label);
    text(out, s);
    buf_add_byte(out, '\n');
}

static void check_page(struct buf *out, const struct check *check) {
    buf_add(out, STR("\n<a id=\""));
    anchor(out, check->id);
    buf_printf(out, "\"></a>\n\n### %s %s: ", check->id, check->name);
    text(out, check->title);
    buf_add_byte(out, '\n');
    paragraph(out, "What is seen.", check->symptom);
    paragraph(out, "Why.", check->cause);
    paragraph(out, "How it is found out.", check->detected);
    paragraph(out, "What mends it.", check->remedy);
}

/* The pages that a person sees with an event. */
static void pages_of(struct buf *out, const struct catalogue_row *row) {
    size_t n = 0;
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        const struct err_info *error = err_info((enum err_code)code);
        if (error->event != row->event)
            continue;
        buf_printf(out, "%s`%s` with the page \"", n++ ? ", " : "\n**What is seen.** The error ",
                   error->name);
        text(out, error->title);
        buf_add_byte(out, '"');
    }
    if (n)
        buf_add(out, STR(".\n"));
    else
        paragraph(out, "What is seen.",
                  is_reserved(row) ? "Nothing, in this version." : "A line of the log, no page.");
}

static void event_page(struct buf *out, const struct catalogue_row *row) {
    char number[16];
    struct buf checks;
    snprintf(number, sizeof number, "%d", row->event);
    buf_printf(out, "\n<a id=\"event-%s\"></a>\n\n### Event %s: ", number, number);
    text(out, row->title);
    buf_add_byte(out, '\n');
    pages_of(out, row);
    paragraph(out, "Why.", row->meaning);
    buf_init(&checks, DOCUMENT_MAX);
    if (checks_that_mention(&checks, number))
        buf_printf(out, "\n**How it is found out.** By the checks %.*s.\n",
                   STR_ARG(buf_str(&checks)));
    out->failed |= checks.failed;
    buf_fini(&checks);
    if (row->action[0])
        paragraph(out, "What mends it.", row->action);
}

static void events(struct buf *out) {
    size_t n;
    const struct catalogue_row *rows = catalogue_rows(&n);
    buf_add(out, STR("\n## Events\n\nWhat is recorded when something went wrong; "
                     "[events.md](events.md) has the others, too.\n"));
    for (size_t i = 0; i < n; i++)
        if (is_trouble(&rows[i]))
            event_page(out, &rows[i]);
}

void document_troubleshooting(struct buf *out) {
    buf_add(out, STR(HEAD));
    where_to_look(out);
    links(out);
    for (int stage = 0; stage < STAGES; stage++) {
        buf_printf(out, "\n## %s\n\n%s\n", STAGE_TEXTS[stage].title, STAGE_TEXTS[stage].text);
        for (size_t i = 0; i < CHECK_COUNT; i++)
            if ((int)CHECKS[i].stage == stage)
                check_page(out, &CHECKS[i]);
    }
    events(out);
}
