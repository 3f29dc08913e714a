/* SPDX-License-Identifier: Apache-2.0
 *
 * What all forms of the report have in common: in which order checks are shown, and how remedies
 * are grouped. A report is an entry of "reports" in the document that docs/doctor.md describes. All
 * of it is text of strangers; what has another type than it should have counts as absent. Pure
 * functions, any thread.
 */
#pragma once
#include "doctor/checking.h"

/* In the order in which they are shown. */
enum report_section {
    SECTION_CAUSE,       /* the first cause */
    SECTION_ALSO,        /* broken as well, for reasons of its own */
    SECTION_CONSEQUENCE, /* broken because of the cause */
    SECTION_WARN,
    SECTION_UNKNOWABLE,
    SECTION_UNKNOWN,
    SECTION_PASS,
    REPORT_SECTIONS
};

enum { REPORT_REMEDIES_MAX = 64, REPORT_TOOK_SIZE = 32 };

struct report_remedy {
    const char *who, *command; /* as long-lived as the check */
    enum remedy_shell shell;
    bool begins_who;   /* the first of those that this person runs */
    bool begins_shell; /* the first of those for this shell */
    bool is_other_way; /* another way to do what the ones before do: PowerShell, or samba-tool */
};

enum report_section report_section_of(const json_t *check);
/* The next check of `section` from number `*i` on, which is moved behind it; NULL: no more. */
const json_t *report_next(const json_t *report, enum report_section section, size_t *i);
size_t report_count(const json_t *report, enum report_section section);

/* The remedies of a check, those of one person together, and of these those for one shell; at most
 * `max` of them, and how many. */
size_t report_remedies(const json_t *check, struct report_remedy *out, size_t max);
/* "PowerShell", "samba-tool", "Shell", "kerbgate.yaml", "To do". */
const char *report_shell_title(enum remedy_shell shell);

/* "0.8 ms", "2.0 s"; empty when it is not said. */
void report_took(const json_t *link, char out[REPORT_TOOK_SIZE]);
