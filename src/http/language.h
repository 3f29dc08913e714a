/* SPDX-License-Identifier: Apache-2.0
 *
 * Which language somebody reads: the Accept-Language header (RFC 9110 12.5.4). Sans-I/O, any
 * thread.
 */
#pragma once
#include "base/str.h"

enum {
    LANGUAGE_RANGES_MAX = 32, /* of one header; those behind them are not read */
    LANGUAGE_TAG_MAX = 35,    /* bytes of a tag (RFC 5646 4.4.1) */
};

/* Whether `s` is made as a language tag is (RFC 5646 2.1): subtags of up to eight letters and
 * digits, the first of letters alone. */
bool language_is_tag(struct str s);

/* The index of the language among the `count` of `offered` that `accept` likes best: a range is for
 * its own tag and for what is below it ("pt" for "pt-BR"), and "de-AT" takes "de" where nothing is
 * nearer (RFC 4647 3.4). Of equals the one that is named first; 0 when none is wanted. A part of
 * the header that is not well-formed is as if it were not there. */
size_t language_choose(struct str accept, const struct str *offered, size_t count);

/* "rtl" when the script of the language is written from right to left by custom, else "ltr". */
const char *language_direction(struct str tag);
