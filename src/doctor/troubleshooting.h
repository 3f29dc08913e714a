/* SPDX-License-Identifier: Apache-2.0
 *
 * docs/troubleshooting.md, made from the checks (checks.def), the errors (base/err.def) and the
 * events (events/catalogue.def), so that a check cannot be without its page.
 */
#pragma once
#include "base/buf.h"

/* The page is shorter than this. */
enum { DOCUMENT_MAX = 1 << 20 };

/* The whole page, Markdown. */
void document_troubleshooting(struct buf *out);
