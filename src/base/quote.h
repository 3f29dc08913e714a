/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of strangers in what other programs read: as one word of a shell, as text in YAML, as a
 * value in a filter of the directory, and never as more than that. Pure, any thread.
 */
#pragma once
#include "base/buf.h"

enum quote_style {
    QUOTE_SHELL,      /* POSIX: in single quotes only a single quote means anything */
    QUOTE_POWERSHELL, /* the same, and the typographic ones are single quotes, too */
    QUOTE_YAML,       /* YAML 1.2, 7.3.2 */
    QUOTE_FILTER,     /* a value in a filter, RFC 4515 section 3; it has no quotes around it */
    QUOTE_STYLES
};

/* Whether `text` can be shown as it is and typed: UTF-8 without controls, line breaks, and marks
 * that change the direction of writing. */
bool quote_is_typable(struct str text);

/* `text` as it stands inside the quotes of a style, without them. */
void quote_inside(struct buf *out, enum quote_style style, struct str text);

/* `text` as a whole: in quotes, which the shells' are without where it needs none. False, and
 * nothing added, when it is not typable. */
bool quote_word(struct buf *out, enum quote_style style, struct str text);
