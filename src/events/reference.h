/* SPDX-License-Identifier: Apache-2.0
 *
 * docs/events.md, made from the catalogue and the table of columns, so that it cannot lag behind.
 */
#pragma once
#include "base/buf.h"

/* The whole page, Markdown. */
void reference_write(struct buf *out);
