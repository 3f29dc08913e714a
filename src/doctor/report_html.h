/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as one HTML file to send to whoever runs the directory: no script, no font, picture or
 * address outside of it, for screens light and dark, for paper, and for those who have it read to
 * them. What others wrote stands in it as text: escaped for HTML, and with what a terminal would
 * hide shown, because commands are copied from it. Pure, any thread.
 */
#pragma once
#include "base/buf.h"

#include <jansson.h>

/* `document`: as `kerbgate doctor --json` prints it (docs/doctor.md). */
void report_html(struct buf *out, const json_t *document);
