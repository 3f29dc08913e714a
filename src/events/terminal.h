/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that others wrote, made safe to show. What a request held may be meant for the reader's
 * terminal (escape sequences, ECMA-48; characters that reverse the direction of writing) or be no
 * UTF-8 at all. Pure functions, any thread.
 */
#pragma once
#include "base/buf.h"

/* `in` with each byte that is no part of a UTF-8 character replaced by U+FFFD. */
void utf8_clean(struct buf *out, struct str in);

/* `in` with control characters (C0, DEL, C1), line breaks included, and characters that change the
 * direction of writing shown as \x1b or \u202e, and stray bytes as \xff. */
void terminal_text(struct buf *out, struct str in);

struct terminal_wrap {
    unsigned indent; /* blanks before each line */
    unsigned width;  /* columns in all; 0: lines are not broken */
};

/* As terminal_text, as whole lines: broken at blanks where they would be longer than the width, and
 * where `in` has a line break. A word that is too long stays whole, so that it can be copied. */
void terminal_lines(struct buf *out, struct str in, struct terminal_wrap wrap);
