/* SPDX-License-Identifier: Apache-2.0
 *
 * The Date of an answer (RFC 9110 6.6.1).
 */
#pragma once
#include "base/str.h"

#include <stdint.h>

/* IMF-fixdate (RFC 9110 5.6.7) of a time in seconds since 1970, independent of the locale. Made
 * anew once a second for each thread, and valid until the thread asks again. */
struct str http_date(int64_t now_s);
/* Seconds since 1970 of an IMF-fixdate; the day of the week is not looked at. False, with `*out_s`
 * 0, for anything else, the two obsolete forms included, which no server of today writes. */
bool http_date_parse(struct str text, int64_t *out_s);
