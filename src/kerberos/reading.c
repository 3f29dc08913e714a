/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/reading.h"

#include "kerberos/der.h"
#include "kerberos/telling.h"

#include <stdarg.h>
#include <stdio.h>

enum { MULTI_OCTET_TAG = 0x1f, LONG_FORM = 0x80, OCTETS_MAX = 4 };

struct reading reading_of(struct str whole) { return (struct reading){.whole = whole}; }

void reading_fail(struct reading *r, const char *format, ...) {
    va_list arguments;
    if (r->wrong[0])
        return;
    va_start(arguments, format);
    vsnprintf(r->wrong, sizeof r->wrong, format, arguments);
    va_end(arguments);
}

static size_t offset(const struct reading *r, struct str rest) {
    return rest.n ? (size_t)(rest.p - r->whole.p) : r->whole.n;
}

static bool is_last(const struct reading *r, struct str rest) {
    return rest.n == 0 || rest.p + rest.n == r->whole.p + r->whole.n;
}

/* Nothing comes where `what` should. */
static bool end_early(struct reading *r, struct str rest, const char *what) {
    if (rest.n > 0 && is_last(r, rest))
        r->is_cut = true;
    reading_fail(r, "%s ends after %zu byte%s of its head", what, rest.n, rest.n == 1 ? "" : "s");
    return false;
}

/* The bytes of the head of the element at the start of `in`, and how many of content it claims;
 * 0: there is no head. */
static size_t read_head(struct reading *r, struct str in, size_t *length, const char *what) {
    if (in.n < 2) {
        end_early(r, in, what);
        return 0;
    }
    unsigned first = (unsigned char)in.p[1];
    *length = first;
    if (first < LONG_FORM)
        return 2;
    unsigned octets = first - LONG_FORM;
    if (octets == 0 || octets > OCTETS_MAX) {
        reading_fail(r,
                     octets ? "%s at byte %zu has a length of too many octets"
                            : "%s at byte %zu has an indefinite length, which DER forbids",
                     what, offset(r, in));
        return 0;
    }
    if (in.n < 2 + octets) {
        end_early(r, in, what);
        return 0;
    }
    *length = 0;
    for (unsigned i = 0; i < octets; i++)
        *length = *length << 8 | (unsigned char)in.p[2 + i];
    return 2 + octets;
}

static bool run_over(struct reading *r, struct str rest, size_t needs, const char *what) {
    char has[TELLING_SIZE_MAX], all[TELLING_SIZE_MAX];
    telling_size(rest.n, has);
    telling_size(needs, all);
    if (r->is_cut || is_last(r, rest)) {
        r->is_cut = true;
        reading_fail(r, "%s ends after %s of %s bytes", what, has, all);
        return true;
    }
    reading_fail(r, "%s at byte %zu claims %s bytes where %s are left", what, offset(r, rest), all,
                 has);
    return false;
}

bool reading_next(struct reading *r, struct str *rest, uint8_t *tag, struct str *content,
                  const char *what) {
    size_t length;
    *content = STR_NONE;
    *tag = 0;
    if (rest->n == 0) {
        reading_fail(r, "%s is missing", what);
        return false;
    }
    if (((unsigned char)rest->p[0] & MULTI_OCTET_TAG) == MULTI_OCTET_TAG) {
        reading_fail(r, "%s at byte %zu has a tag of several octets (0x%02x)", what,
                     offset(r, *rest), (unsigned char)rest->p[0]);
        return false;
    }
    size_t head = read_head(r, *rest, &length, what);
    if (head == 0 || (length > rest->n - head && !run_over(r, *rest, head + length, what)))
        return false;
    *tag = (uint8_t)rest->p[0];
    *content = str_head(str_from(*rest, head), length);
    *rest = str_from(*rest, head + length);
    return true;
}

bool reading_maybe(struct reading *r, struct str *rest, uint8_t tag, struct str *content,
                   const char *what) {
    uint8_t found;
    *content = STR_NONE;
    return rest->n > 0 && (uint8_t)rest->p[0] == tag &&
           reading_next(r, rest, &found, content, what);
}

bool reading_expect(struct reading *r, struct str *rest, uint8_t tag, struct str *content,
                    const char *what) {
    uint8_t found;
    if (rest->n > 0 && (uint8_t)rest->p[0] != tag) {
        *content = STR_NONE;
        reading_fail(r, "%s at byte %zu begins with 0x%02x, not with 0x%02x", what,
                     offset(r, *rest), (unsigned char)rest->p[0], tag);
        return false;
    }
    return reading_next(r, rest, &found, content, what);
}

bool reading_field(struct reading *r, struct str *rest, unsigned number, uint8_t inner,
                   struct str *content, const char *what) {
    struct str field;
    *content = STR_NONE;
    if (!reading_maybe(r, rest, DER_FIELD(number), &field, what) ||
        !reading_expect(r, &field, inner, content, what))
        return false;
    reading_end(r, field, what);
    return true;
}

bool reading_number(struct reading *r, struct str *rest, unsigned number, uint8_t inner,
                    int64_t *value, const char *what) {
    struct str content;
    *value = 0;
    if (!reading_field(r, rest, number, inner, &content, what))
        return false;
    if (der_int(content, value))
        return true;
    if (!r->is_cut)
        reading_fail(r, "%s is a number of %zu bytes", what, content.n);
    return false;
}

void reading_end(struct reading *r, struct str rest, const char *what) {
    char left[TELLING_SIZE_MAX];
    if (rest.n == 0)
        return;
    telling_size(rest.n, left);
    reading_fail(r, "%s byte%s that do%s not belong to it follow%s %s", left,
                 rest.n == 1 ? "" : "s", rest.n == 1 ? "es" : "", rest.n == 1 ? "s" : "", what);
}
