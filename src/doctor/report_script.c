/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_script.h"

#include "doctor/report_parts.h"
#include "events/terminal.h"

struct script {
    struct buf *out;
    enum script_kind kind;
    json_t *written; /* commands that are in it already; NULL: no memory, then some are twice */
    size_t blocks;   /* that do something */
};

enum script_kind report_script_kind(const char *file) {
    struct str name = str_of(file);
    if (str_ends_ci(name, STR(".ps1")))
        return SCRIPT_POWERSHELL;
    return str_ends_ci(name, STR(".sh")) ? SCRIPT_SHELL : SCRIPT_BOTH;
}

/* A comment on lines of its own. Both shells end one at a line break, and terminal_text leaves
 * none. */
static void comment(const struct script *s, const char *label, const char *text) {
    struct str rest = str_of(text), line;
    bool is_first = true;
    while (str_split(&rest, '\n', &line)) {
        buf_add(s->out, STR("# "));
        buf_add(s->out, is_first ? str_of(label) : STR("  "));
        terminal_text(s->out, line);
        buf_add_byte(s->out, '\n');
        is_first = false;
    }
}

static void comments(const struct script *s, const char *label, const json_t *texts) {
    for (size_t i = 0; i < json_array_size(texts); i++)
        comment(s, label, json_string_value(json_array_get(texts, i)));
}

/* Of a name only what means nothing inside single quotes, to either shell. */
static void add_plain(struct buf *out, const char *text) {
    for (; *text; text++) {
        char c = str_lower(*text);
        if (str_is_alnum(c) || c == ' ' || c == '-' || c == '.')
            buf_add_byte(out, *text);
    }
}

static bool is_run(enum script_kind kind, enum remedy_shell shell) {
    if (kind == SCRIPT_POWERSHELL)
        return shell == REMEDY_POWERSHELL;
    return shell == REMEDY_SAMBA || shell == REMEDY_SHELL;
}

/* Whether `command` is what it looks like: nothing in it that an editor would not show. */
static bool is_plain(const char *command) {
    for (; *command; command++)
        if ((unsigned char)*command < 0x20 && *command != '\n' && *command != '\t')
            return false;
    return true;
}

/* False when it is in the script already. */
static bool is_new(const struct script *s, const struct report_remedy *r) {
    if (json_object_get(s->written, r->command))
        return false;
    json_object_set_new(s->written, r->command, json_true());
    return true;
}

static void block(struct script *s, const json_t *check, const struct report_remedy *r) {
    bool is_powershell = s->kind == SCRIPT_POWERSHELL;
    struct str command = str_of(r->command);
    buf_add(s->out, is_powershell ? STR("if (Confirm-Block '") : STR("if confirm '"));
    add_plain(s->out, facts_text(check, "id"));
    buf_add_byte(s->out, ' ');
    add_plain(s->out, facts_text(check, "name"));
    buf_add(s->out, STR(" as "));
    add_plain(s->out, r->who);
    /* The colon: a block of comments alone is none to the shell. */
    buf_add(s->out, is_powershell ? STR("') {\n") : STR("'; then :\n"));
    buf_add(s->out, command);
    if (!str_ends(command, STR("\n")))
        buf_add_byte(s->out, '\n');
    buf_add(s->out, is_powershell ? STR("}\n") : STR("fi\n"));
    s->blocks++;
}

/* Whether samba-tool and PowerShell do the same thing for whoever has number `i`. */
static bool has_other_way(const struct report_remedy *list, size_t n, size_t i,
                          enum remedy_shell shell) {
    for (size_t k = 0; k < n; k++)
        if (list[k].shell == shell && strcmp(list[k].who, list[i].who) == 0)
            return true;
    return false;
}

/* What the other shell would do is left out where this one does the same. */
static bool is_left_out(const struct script *s, const struct report_remedy *list, size_t n,
                        size_t i) {
    if (s->kind == SCRIPT_POWERSHELL)
        return list[i].shell == REMEDY_SAMBA && has_other_way(list, n, i, REMEDY_POWERSHELL);
    return s->kind == SCRIPT_SHELL && list[i].shell == REMEDY_POWERSHELL &&
           has_other_way(list, n, i, REMEDY_SAMBA);
}

static void remedy(struct script *s, const json_t *check, const struct report_remedy *r) {
    bool is_text = r->shell == REMEDY_TEXT;
    buf_add_byte(s->out, '\n');
    comment(s, is_text ? "To be done by " : "For ", r->who);
    if (!is_text)
        comment(s, "  in ", report_shell_title(r->shell));
    if (!is_run(s->kind, r->shell))
        comment(s, "  ", r->command);
    else if (!is_plain(r->command))
        comment(s, "  Not run, because it has characters that do not show: ", r->command);
    else if (!is_new(s, r))
        comment(s, "  As above: ", r->command);
    else
        block(s, check, r);
}

static void mend(struct script *s, const json_t *report, const json_t *check) {
    struct report_remedy list[REPORT_REMEDIES_MAX];
    size_t n = report_remedies(check, list, REPORT_REMEDIES_MAX);
    buf_add(s->out, STR("\n# App "));
    terminal_text(s->out, str_of(facts_text(report, "app")));
    buf_add(s->out, STR(", check "));
    terminal_text(s->out, str_of(facts_text(check, "id")));
    buf_add_byte(s->out, ' ');
    terminal_text(s->out, str_of(facts_text(check, "name")));
    buf_add_byte(s->out, '\n');
    comment(s, "What is to hold: ", facts_text(check, "title"));
    comments(s, "What is wrong: ", facts_at(check, "detail"));
    for (size_t i = 0; i < n; i++)
        if (!is_left_out(s, list, n, i))
            remedy(s, check, &list[i]);
}

static const char HEAD_POWERSHELL[] =
    "#\n"
    "# Run it on a member of the domain, in PowerShell with the ActiveDirectory module (RSAT), as\n"
    "# whom each block names.\n"
    "function Confirm-Block($what) {\n"
    "    if (-not [Environment]::UserInteractive -or [Console]::IsInputRedirected) { return $true "
    "}\n"
    "    return (Read-Host \"Run ${what}? [y/N]\") -eq 'y'\n"
    "}\n";

static const char HEAD_SHELL[] = "#\n"
                                 "# samba-tool is run on a domain controller of Samba's; the other "
                                 "blocks on the machine of whom\n"
                                 "# they name.\n"
                                 "confirm() {\n"
                                 "    [ -t 0 ] || return 0\n"
                                 "    printf 'Run %s? [y/N] ' \"$1\" >&2\n"
                                 "    read -r answer && [ \"$answer\" = y ]\n"
                                 "}\n";

static void head(const struct script *s, const json_t *document) {
    /* Without the mark Windows PowerShell reads a file in the machine's old code page. */
    buf_add(s->out, s->kind == SCRIPT_POWERSHELL ? STR("\xef\xbb\xbf") : STR("#!/bin/sh\n"));
    buf_add(s->out, STR("# What kerbgate doctor proposes, found on "));
    terminal_text(s->out, str_of(facts_text(document, "host")));
    buf_add(s->out, STR(" at "));
    terminal_text(s->out, str_of(facts_text(document, "time")));
    buf_add(s->out, STR(".\n# Nothing of it has been run. Read it before you run it, and keep only "
                        "the blocks that are\n# yours: they are for different people and machines. "
                        "At a terminal each asks first.\n"));
    buf_add(s->out, s->kind == SCRIPT_POWERSHELL ? STR(HEAD_POWERSHELL) : STR(HEAD_SHELL));
}

void report_script(struct buf *out, const json_t *document, enum script_kind kind) {
    static const enum report_section SECTIONS[] = {SECTION_CAUSE, SECTION_ALSO};
    struct script s = {out, kind, json_object(), 0};
    const json_t *reports = facts_at(document, "reports"), *check;
    head(&s, document);
    for (size_t i = 0; i < json_array_size(reports); i++) {
        const json_t *report = json_array_get(reports, i);
        for (size_t k = 0; k < sizeof SECTIONS / sizeof *SECTIONS; k++)
            for (size_t at = 0; (check = report_next(report, SECTIONS[k], &at));)
                mend(&s, report, check);
    }
    if (s.blocks == 0)
        buf_add(out, STR("\n# There is no command to run here.\n"));
    json_decref(s.written);
}
