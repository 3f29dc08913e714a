/* SPDX-License-Identifier: Apache-2.0
 *
 * The remedies of what is broken, as a file to look at and then run. kerbgate never runs it. Each
 * block says before its commands what they mend and who runs them, and asks first when somebody
 * sits at the keyboard. Commands stand in it as the checks made them; everything else is a comment,
 * which no text of strangers can leave. Pure, any thread.
 */
#pragma once
#include "base/buf.h"

#include <jansson.h>

enum script_kind {
    SCRIPT_POWERSHELL, /* PowerShell runs, the rest is commented */
    SCRIPT_SHELL,      /* samba-tool and the shell run, the rest is commented */
    SCRIPT_BOTH,       /* the same, with PowerShell's commands as comments */
};

/* By the end of the file's name: ".ps1", ".sh", any other. */
enum script_kind report_script_kind(const char *file);

/* The script for all reports of `document`; with nothing broken it says so and does nothing. */
void report_script(struct buf *out, const json_t *document, enum script_kind kind);
