/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as a page for a terminal: the chain with the link that broke, the first cause with
 * what was seen and what mends it, then everything else in fewer words. What others wrote reaches
 * the terminal only escaped (events/terminal.h). Sentences are broken at the width, commands never,
 * so that they can be copied. Pure, any thread.
 */
#pragma once
#include "base/buf.h"

#include <jansson.h>

struct report_look {
    unsigned width;   /* columns; 0: lines are not broken */
    bool is_utf8;     /* the chain may be drawn with more than ASCII */
    bool is_coloured; /* escape sequences for colours may be written (ECMA-48 SGR) */
    bool is_verbose;  /* checks that passed are listed and not counted */
};

/* `document`: as `kerbgate doctor --json` prints it (docs/doctor.md). */
void report_terminal(struct buf *out, const json_t *document, const struct report_look *look);

/* Whether the locale of the environment (LC_ALL, LC_CTYPE, LANG) writes UTF-8. */
bool report_is_utf8(void);
