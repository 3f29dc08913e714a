/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_parts.h"

#include <stdio.h>

static bool is_word(const json_t *object, const char *key, const char *word) {
    return strcmp(facts_text(object, key), word) == 0;
}

enum report_section report_section_of(const json_t *check) {
    static const struct {
        const char *outcome;
        enum report_section section;
    } ROWS[] = {{"pass", SECTION_PASS}, {"warn", SECTION_WARN}, {"unknowable", SECTION_UNKNOWABLE}};
    if (is_word(check, "outcome", "fail"))
        return is_word(check, "role", "cause")         ? SECTION_CAUSE
               : is_word(check, "role", "consequence") ? SECTION_CONSEQUENCE
                                                       : SECTION_ALSO;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (is_word(check, "outcome", ROWS[i].outcome))
            return ROWS[i].section;
    return SECTION_UNKNOWN;
}

const json_t *report_next(const json_t *report, enum report_section section, size_t *i) {
    const json_t *checks = facts_at(report, "checks");
    while (*i < json_array_size(checks)) {
        const json_t *check = json_array_get(checks, (*i)++);
        if (report_section_of(check) == section)
            return check;
    }
    return NULL;
}

size_t report_count(const json_t *report, enum report_section section) {
    size_t n = 0;
    for (size_t i = 0; report_next(report, section, &i);)
        n++;
    return n;
}

/* By their names in the document, in the order in which they are shown. */
static const struct {
    const char *name, *title;
    enum remedy_shell shell;
} SHELLS[] = {
    {"powershell", "PowerShell", REMEDY_POWERSHELL},
    {"samba-tool", "samba-tool", REMEDY_SAMBA},
    {"shell", "Shell", REMEDY_SHELL},
    {"kerbgate.yaml", "kerbgate.yaml", REMEDY_CONFIG},
    {"text", "To do", REMEDY_TEXT},
};
enum { SHELL_COUNT = sizeof SHELLS / sizeof *SHELLS };

static enum remedy_shell shell_of(const json_t *remedy) {
    for (size_t i = 0; i < SHELL_COUNT; i++)
        if (is_word(remedy, "shell", SHELLS[i].name))
            return SHELLS[i].shell;
    return REMEDY_TEXT;
}

const char *report_shell_title(enum remedy_shell shell) {
    for (size_t i = 0; i < SHELL_COUNT; i++)
        if (SHELLS[i].shell == shell)
            return SHELLS[i].title;
    return "";
}

static const char *who_of(const json_t *remedies, size_t i) {
    return facts_text(json_array_get(remedies, i), "who");
}

static bool was_before(const json_t *remedies, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(who_of(remedies, k), who_of(remedies, i)) == 0)
            return true;
    return false;
}

/* Those of whoever has number `first`, which is the first of theirs. */
static size_t add_person(const json_t *remedies, size_t first, struct report_remedy *out,
                         size_t max) {
    size_t n = 0;
    for (size_t s = 0; s < SHELL_COUNT; s++) {
        size_t before = n;
        for (size_t i = first; i < json_array_size(remedies) && n < max; i++) {
            const json_t *remedy = json_array_get(remedies, i);
            if (shell_of(remedy) != SHELLS[s].shell ||
                strcmp(who_of(remedies, i), who_of(remedies, first)) != 0)
                continue;
            out[n] = (struct report_remedy){.who = who_of(remedies, i),
                                            .command = facts_text(remedy, "command"),
                                            .shell = SHELLS[s].shell,
                                            .begins_who = n == 0,
                                            .begins_shell = n == before};
            out[n].is_other_way = out[n].begins_shell && n > 0 && out[n].shell == REMEDY_SAMBA &&
                                  out[n - 1].shell == REMEDY_POWERSHELL;
            n++;
        }
    }
    return n;
}

size_t report_remedies(const json_t *check, struct report_remedy *out, size_t max) {
    const json_t *remedies = facts_at(check, "remedies");
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(remedies); i++)
        if (!was_before(remedies, i))
            n += add_person(remedies, i, out + n, max - n);
    return n;
}

void report_took(const json_t *link, char out[REPORT_TOOK_SIZE]) {
    int64_t us = facts_int(link, "took_us", -1);
    if (us < 0)
        out[0] = 0;
    else if (us < 1000000)
        snprintf(out, REPORT_TOOK_SIZE, "%.1f ms", (double)us / 1e3);
    else
        snprintf(out, REPORT_TOOK_SIZE, "%.1f s", (double)us / 1e6);
}
