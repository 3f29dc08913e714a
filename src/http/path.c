/* SPDX-License-Identifier: Apache-2.0 */
#include "http/path.h"

#include "http/percent.h"

/* What was written so far; the memory is enough for all of it. */
struct writer {
    char *p;
    size_t n;
};

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

/* RFC 3986 2.3. */
static bool is_unreserved(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c > 0 && strchr("-._~", c));
}

/* What stands in a segment as it is (RFC 3986 3.3). */
static bool is_segment_byte(int c) {
    return is_unreserved(c) || (c > 0 && strchr("!$&'()*+,;=:@", c));
}

static bool is_allowed_raw(int c, const char **why) {
    if (c == '\\') /* no URI has it (RFC 3986 2); browsers and Windows read it as '/' */
        return no(why, "has a backslash");
    if (c == '#') /* never sent (RFC 9112 3.2.1) */
        return no(why, "has a fragment");
    if (c <= ' ' || c >= 0x7f) /* RFC 3986 2.1 */
        return no(why, "has a byte that must be percent-encoded");
    return true;
}

static void add_encoded(struct writer *w, int c) {
    static const char HEX[] = "0123456789ABCDEF";
    w->p[w->n++] = '%';
    w->p[w->n++] = HEX[c / 16];
    w->p[w->n++] = HEX[c % 16];
}

/* RFC 3986 6.2.2. Decoding happens once: a '%' that was encoded stays so. */
static bool add_segment(struct writer *w, struct str segment, const char **why) {
    while (segment.n > 0) {
        bool is_encoded;
        int c = percent_take(&segment, &is_encoded);
        if (c < 0) /* RFC 3986 2.1 */
            return no(why, "has a bad percent encoding");
        if (is_encoded && (c < ' ' || c == 0x7f)) /* ends a text or a line inside: RFC 3986 7.3 */
            return no(why, "has an encoded control byte");
        if (!is_encoded && !is_allowed_raw(c, why))
            return false;
        if (is_encoded ? is_unreserved(c) : is_segment_byte(c))
            w->p[w->n++] = (char)c;
        else
            add_encoded(w, c);
    }
    return true;
}

/* Whether a reader who goes on decoding would find a dot segment in `s`: one who takes an encoded
 * slash or a backslash for a separator (IIS), ';' for the end of the name (Tomcat's path
 * parameters), or overlooks blanks (Windows). RFC 3986 7.3. */
static bool hides_dots(struct str s) {
    size_t dots = 0, blanks = 0;
    bool is_named = false, is_parameter = false;
    for (bool is_last = false; !is_last;) {
        bool is_encoded;
        is_last = s.n == 0;
        int c = is_last ? '/' : percent_take(&s, &is_encoded);
        if (c == '/' || c == '\\') {
            if (!is_named && dots > 0 && (dots <= 2 || blanks > 0))
                return true;
            dots = blanks = 0;
            is_named = is_parameter = false;
        } else if (c == ';') {
            is_parameter = true;
        } else if (!is_parameter) {
            dots += c == '.';
            blanks += c == ' ';
            is_named = is_named || (c != '.' && c != ' ');
        }
    }
    return false;
}

/* Looks at the segment behind the '/' at `start` and takes it back when it is a dot segment
 * (RFC 3986 5.2.4); the last one leaves its '/'. */
static bool settle(struct writer *w, size_t start, bool is_last, const char **why) {
    struct str segment = str_n(w->p + start + 1, w->n - start - 1);
    if (str_eq(segment, STR("."))) {
        w->n = start + is_last;
        return true;
    }
    if (!str_eq(segment, STR("..")))
        return !hides_dots(segment) || no(why, "hides a dot segment");
    if (start == 0) /* RFC 3986 5.4.2 lets readers differ */
        return no(why, "goes above the root");
    do
        start--;
    while (w->p[start] != '/');
    w->n = start + is_last;
    return true;
}

/* The most that `text` can become: what is neither allowed in a segment nor refused is encoded. */
static size_t size_of(struct str text) {
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += is_segment_byte(text.p[i]) || strchr("/%", text.p[i]) ? 1 : 3;
    return n;
}

bool path_normalise(struct arena *a, struct str text, struct str *out, const char **why) {
    struct str segment, rest = str_from(text, 1);
    struct writer w = {arena_alloc(a, size_of(text) + 1), 0};
    *out = STR_NONE;
    *why = NULL;
    if (!w.p)
        return false;
    while (str_split(&rest, '/', &segment)) {
        size_t start = w.n;
        w.p[w.n++] = '/';
        if (!add_segment(&w, segment, why) || !settle(&w, start, !rest.p, why))
            return false;
    }
    *out = str_n(w.p, w.n);
    return true;
}
