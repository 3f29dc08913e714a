/* SPDX-License-Identifier: Apache-2.0
 *
 * Each line of a head is judged once, when its end has arrived: the verdict depends on the bytes
 * alone and not on how the network cut them.
 */
#include "http/h1_int.h"

#include <llhttp.h>

static bool is_tchar(unsigned char c) {
    static const bool TABLE[256] = {
        ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
        ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
        ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
    };
    return TABLE[c];
}

bool h1_is_token(struct str s) {
    bool is_good = s.n > 0;
    size_t i = 0;
    for (; i + 4 <= s.n; i += 4) {
        const unsigned char *four = (const unsigned char *)s.p + i;
        is_good &= is_tchar(four[0]) & is_tchar(four[1]) & is_tchar(four[2]) & is_tchar(four[3]);
    }
    for (; i < s.n; i++)
        is_good &= is_tchar((unsigned char)s.p[i]);
    return is_good;
}

static bool is_text_byte(unsigned char c) { return (c >= ' ' || c == '\t') && c != 0x7f; }

/* Sixteen bytes at once, in what vector registers the processor has. */
typedef uint8_t lot __attribute__((vector_size(16)));

/* All ones where a byte may be no text: below ' ' or DEL. Every field of every head goes through
 * here. */
static lot doubt(const char *p) {
    lot bytes;
    memcpy(&bytes, p, sizeof bytes);
    return (lot)(bytes < ' ') | (lot)(bytes == 0x7f);
}

/* False also when it only may be none, or is short. */
static bool is_plain(struct str s) {
    size_t i = 0;
    if (s.n < sizeof(lot))
        return false;
    lot doubts = doubt(s.p + s.n - sizeof(lot));
    for (; i + sizeof(lot) <= s.n; i += sizeof(lot))
        doubts |= doubt(s.p + i);
    uint64_t halves[2];
    memcpy(halves, &doubts, sizeof halves);
    return !(halves[0] | halves[1]);
}

bool h1_is_text(struct str s) {
    if (is_plain(s))
        return true;
    for (size_t i = 0; i < s.n; i++)
        if (!is_text_byte((unsigned char)s.p[i]))
            return false;
    return true;
}

bool h1_is_visible(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f)
            return false;
    }
    return s.n > 0;
}

bool h1_is_bodiless(int status) { return status / 100 == 1 || status == 204 || status == 304; }

static bool bad(struct err *e, const char *what) {
    return err_set(e, ERR_HTTP_BAD_REQUEST, "%s", what);
}

/* llhttp knows more methods than it lets through, and refuses them late. */
bool h1_is_known_method(struct str method) {
#define X(number, name, text) STR(#text),
    static const struct str KNOWN[] = {HTTP_METHOD_MAP(X)};
#undef X
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (str_eq(method, KNOWN[i]))
            return true;
    return false;
}

static int minor_of(struct str version) {
    if (str_eq(version, STR("HTTP/1.1")))
        return 1;
    return str_eq(version, STR("HTTP/1.0")) ? 0 : -1;
}

static bool request_line(struct h1_scan *s, struct str line, struct err *e) {
    struct str method, target;
    str_split(&line, ' ', &method);
    str_split(&line, ' ', &target);
    int minor = minor_of(line);
    if (!h1_is_token(method))
        return bad(e, "the method is not a token (RFC 9110 9.1)");
    if (!h1_is_visible(target))
        return bad(e, "the request target is not visible ASCII (RFC 9112 3.2)");
    if (minor < 0)
        return bad(e, "the version is neither HTTP/1.1 nor HTTP/1.0 (RFC 9112 2.3)");
    if (str_eq(method, STR("CONNECT")) || !h1_is_known_method(method))
        return err_set(e, ERR_HTTP_NOT_IMPLEMENTED, "the method is unknown here (RFC 9110 9.1)");
    s->minor = minor;
    return true;
}

static bool status_line(struct h1_scan *s, struct str line, struct err *e) {
    struct str version, status;
    uint64_t number;
    str_split(&line, ' ', &version);
    str_split(&line, ' ', &status);
    int minor = minor_of(version);
    if (minor < 0)
        return bad(e, "the version is neither HTTP/1.1 nor HTTP/1.0 (RFC 9112 2.3)");
    if (status.n != 3 || !str_to_u64(status, 999, &number) || number < 100)
        return bad(e, "the status code is not one of 100 to 999 (RFC 9112 4)");
    if (!h1_is_text(line))
        return bad(e, "the reason phrase has a control byte (RFC 9112 4)");
    s->minor = minor;
    return true;
}

static bool content_length(struct h1_scan *s, struct str value, struct err *e) {
    if (s->has_length)
        return bad(e, "there is a second Content-Length (RFC 9112 6.3)");
    if (!str_to_u64(value, INT64_MAX, &s->length))
        return bad(e, "the Content-Length is not a number below 2^63 (RFC 9110 8.6)");
    s->has_length = true;
    return true;
}

static bool transfer_encoding(struct h1_scan *s, struct str value, struct err *e) {
    struct str coding;
    if (value.n == 0)
        return bad(e, "the Transfer-Encoding is empty (RFC 9112 6.1)");
    while (str_split(&value, ',', &coding)) {
        bool is_first = s->coding == CODING_NONE;
        bool is_chunked = str_eq_ci(str_trim(coding), STR("chunked"));
        if (!h1_is_token(str_trim(str_head(coding, str_index(coding, ';')))))
            return bad(e, "the Transfer-Encoding is no list of codings (RFC 9112 6.1)");
        if (s->coding == CODING_CHUNKED || s->coding == CODING_STACKED)
            return bad(e, "chunked is not the last transfer coding (RFC 9112 6.1)");
        s->coding = !is_chunked ? CODING_ENDLESS : is_first ? CODING_CHUNKED : CODING_STACKED;
    }
    return true;
}

static bool too_many(const struct h1_parser *p, struct err *e) {
    err_set(e, ERR_HTTP_HEAD_TOO_LARGE, "there are more than %zu header fields (RFC 6585 5)",
            p->limits.headers);
    err_hint(e, "raise gateway.limits.headers if an application needs that many");
    return false;
}

static bool field_line(struct h1_parser *p, struct str line, struct err *e) {
    struct h1_scan *s = &p->scan;
    size_t colon = str_index(line, ':');
    struct str name = str_head(line, colon), value = str_trim(str_from(line, colon + 1));
    if (line.p[0] == ' ' || line.p[0] == '\t')
        return bad(e, "a header line is folded or starts with a blank (RFC 9112 5.2)");
    if (colon == line.n)
        return bad(e, "a header line has no colon (RFC 9112 5)");
    if (!h1_is_token(name))
        return bad(e, "a header name is empty, has a blank or is not a token (RFC 9112 5.1)");
    if (!h1_is_text(value))
        return bad(e, "a header value has a control byte (RFC 9110 5.5)");
    if (s->fields++ == p->limits.headers)
        return too_many(p, e);
    if (str_eq_ci(name, STR("Content-Length")))
        return content_length(s, value, e);
    if (str_eq_ci(name, STR("Transfer-Encoding")))
        return transfer_encoding(s, value, e);
    s->hosts += str_eq_ci(name, STR("Host"));
    return true;
}

/* What can be said only when all lines are there. */
static bool whole(const struct h1_parser *p, struct err *e) {
    const struct h1_scan *s = &p->scan;
    if (p->kind == H1_REQUEST && s->hosts != 1 && (s->hosts > 1 || s->minor == 1))
        return bad(e, s->hosts ? "there is a second Host (RFC 9112 3.2)"
                               : "there is no Host (RFC 9112 3.2)");
    if (s->coding == CODING_NONE)
        return true;
    if (s->has_length)
        return bad(e, "Content-Length stands beside Transfer-Encoding (RFC 9112 6.3)");
    if (s->minor == 0)
        return bad(e, "HTTP/1.0 has no Transfer-Encoding (RFC 9112 6.1)");
    if (s->coding == CODING_ENDLESS)
        return bad(e, "chunked is not the last transfer coding (RFC 9112 6.3)");
    if (s->coding == CODING_STACKED)
        return err_set(e, ERR_HTTP_NOT_IMPLEMENTED,
                       "a transfer coding other than chunked is unknown here (RFC 9112 6.1)");
    return true;
}

static void too_large(const struct h1_parser *p, struct err *e) {
    bool is_request = p->kind == H1_REQUEST;
    if (is_request && p->scan.minor < 0)
        err_set(e, ERR_HTTP_TARGET_TOO_LONG,
                "the request line is longer than %zu bytes (RFC 9112 3)", p->limits.head);
    else
        err_set(e, ERR_HTTP_HEAD_TOO_LARGE, "the head is longer than %zu bytes (RFC 6585 5)",
                p->limits.head);
    err_hint(e, "raise gateway.limits.%s if an application needs such long ones",
             is_request ? "request_head" : "response_head");
}

/* Takes the next line without its CRLF; H1_MORE when its end is not there. */
static enum h1_result next_line(struct h1_scan *s, struct str in, struct str *line, struct err *e) {
    struct str rest = str_from(in, s->seen);
    size_t feed = str_index(rest, '\n');
    if (feed == rest.n) {
        s->seen += rest.n;
        return H1_MORE;
    }
    *line = str_from(str_head(in, s->seen + feed), s->line);
    s->line = s->seen += feed + 1;
    if (line->n == 0 || line->p[line->n - 1] != '\r') {
        bad(e, "a line ends without CR (RFC 9112 2.2)");
        return H1_ERROR;
    }
    line->n--;
    return H1_READY;
}

enum h1_result h1_scan(struct h1_parser *p, struct str in, struct err *e) {
    struct h1_scan *s = &p->scan;
    struct str line = STR_NONE, head = str_head(in, p->limits.head);
    enum h1_result result;
    while ((result = next_line(s, head, &line, e)) == H1_READY) {
        bool is_first = s->minor < 0, is_good;
        if (line.n == 0 && !is_first)
            return whole(p, e) ? H1_READY : H1_ERROR;
        if (line.n == 0 && p->kind == H1_REQUEST) {
            s->start = s->line; /* RFC 9112 2.2 */
            continue;
        }
        if (!is_first)
            is_good = field_line(p, line, e);
        else
            is_good = p->kind == H1_REQUEST ? request_line(s, line, e) : status_line(s, line, e);
        if (!is_good)
            return H1_ERROR;
    }
    if (result == H1_MORE && in.n >= p->limits.head) {
        too_large(p, e);
        return H1_ERROR;
    }
    return result;
}
