/* SPDX-License-Identifier: Apache-2.0
 *
 * Each field is judged when it is decoded, and the first fault decides; after it, fields are
 * decoded for the sake of the next head (RFC 7541 4) and kept no more. What only the whole head can
 * tell comes last, in h2_request.c.
 */
#include "http/h2_int.h"
#include "http/url.h"

enum { FIELD_OVERHEAD = 32 }; /* RFC 9113 6.5.2 */

bool h2_head_refuse(struct h2_head *head, enum err_code code, const char *what) {
    head->is_refused = true;
    return err_set(&head->err, code, "%s", what);
}

static bool bad(struct h2_head *head, const char *what) {
    return h2_head_refuse(head, ERR_HTTP_BAD_REQUEST, what);
}

static bool no_memory(struct h2_head *head) {
    return h2_head_refuse(head, ERR_NO_MEMORY, "a head does not fit its arena");
}

void h2_head_begin(struct h2 *h, struct h2_stream *s, bool is_trailers) {
    struct h2_head *head = &h->head;
    /* Not all of it: `err` is large, and written before it is read. */
    memset(head, 0, offsetof(struct h2_head, err));
    head->stream = s;
    head->is_trailers = is_trailers;
    if (s)
        head->fields = is_trailers ? &s->trailers : &s->message->headers;
}

bool h2_is_name(struct str name) {
    static const bool TABLE[256] = {
        ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
        ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
        ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['a' ... 'z'] = 1,
    };
    for (size_t i = 0; i < name.n; i++)
        if (!TABLE[(unsigned char)name.p[i]])
            return false;
    return name.n > 0;
}

static bool too_large(struct h2 *h, struct str name) {
    struct h2_head *head = &h->head;
    head->is_refused = true;
    if (str_eq(name, STR(":path")))
        err_set(&head->err, ERR_HTTP_TARGET_TOO_LONG,
                "the request target is too long for a head of %zu bytes (RFC 9110 15.5.15)",
                h->limits.head);
    else
        err_set(&head->err, ERR_HTTP_HEAD_TOO_LARGE,
                "the head is longer than %zu bytes (RFC 6585 5)", h->limits.head);
    err_hint(&head->err,
             "raise gateway.limits.request_head if an application needs such long ones");
    return false;
}

static bool too_many(struct h2 *h) {
    struct h2_head *head = &h->head;
    head->is_refused = true;
    err_set(&head->err, ERR_HTTP_HEAD_TOO_LARGE,
            "there are more than %zu header fields (RFC 6585 5)", h->limits.headers);
    err_hint(&head->err, "raise gateway.limits.headers if an application needs that many");
    return false;
}

static bool add(struct h2_head *head, struct headers *to, struct str name, struct str value) {
    return headers_add(head->stream->arena, to, name, value) || no_memory(head);
}

static unsigned pseudo_of(struct str name) {
    static const struct {
        struct str name;
        enum h2_pseudo bit;
    } KNOWN[] = {
        {STR(":method"), H2_METHOD},     {STR(":path"), H2_PATH},
        {STR(":scheme"), H2_SCHEME},     {STR(":authority"), H2_AUTHORITY},
        {STR(":protocol"), H2_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (name.n == KNOWN[i].name.n && memcmp(name.p, KNOWN[i].name.p, name.n) == 0)
            return KNOWN[i].bit;
    return 0;
}

static bool scheme(struct h2_head *head, struct str value) {
    return str_eq_ci(value, STR("https")) || str_eq_ci(value, STR("http")) ||
           bad(head, "the :scheme is neither https nor http (RFC 9113 8.3.1)");
}

/* RFC 9113 8.3. */
static bool pseudo(struct h2_head *head, struct str name, struct str value) {
    struct message *m = head->stream->message;
    unsigned bit = pseudo_of(name);
    if (head->is_trailers)
        return bad(head, "the trailers have a pseudo-header field (RFC 9113 8.1)");
    if (bit == 0)
        return bad(head, "a pseudo-header field is unknown here (RFC 9113 8.3)");
    if (head->is_regular)
        return bad(head, "a pseudo-header field comes after a header field (RFC 9113 8.3)");
    if (head->pseudo & bit)
        return bad(head, "a pseudo-header field is there twice (RFC 9113 8.3)");
    head->pseudo |= bit;
    switch (bit) {
    case H2_METHOD:
        m->method = value;
        return h1_is_token(value) || bad(head, "the method is not a token (RFC 9110 9.1)");
    case H2_PATH:
        m->target = value;
        return h1_is_visible(value) ||
               bad(head, "the request target is not visible ASCII (RFC 9113 8.3.1)");
    case H2_PROTOCOL:
        m->protocol = value;
        return h1_is_token(value) || bad(head, "the :protocol is not a token (RFC 8441 4)");
    case H2_AUTHORITY:
        if (!h1_is_visible(value))
            return bad(head, "the :authority is empty or not visible ASCII (RFC 9113 8.3.1)");
        return add(head, head->fields, STR("Host"), value);
    default:
        return scheme(head, value);
    }
}

/* The same host and port, however they are written. None is that of https, as everywhere. */
static bool is_same_host(struct arena *a, struct str one, struct str other) {
    struct str host, other_host;
    uint16_t port, other_port;
    return str_eq_ci(one, other) ||
           (authority_parse(a, one, &host, &port) &&
            authority_parse(a, other, &other_host, &other_port) && str_eq(host, other_host) &&
            (port ? port : 443) == (other_port ? other_port : 443));
}

static bool host(struct h2_head *head, struct str name, struct str value) {
    if (head->has_host)
        return bad(head, "there is a second Host (RFC 9112 3.2)");
    head->has_host = true;
    if (!(head->pseudo & H2_AUTHORITY))
        return add(head, head->fields, name, value);
    return is_same_host(head->stream->arena, value, head->fields->at[0].value) ||
           bad(head, "the Host is another than the :authority (RFC 9113 8.3.1)");
}

static bool content_length(struct h2_head *head, struct str name, struct str value) {
    if (head->has_length)
        return bad(head, "there is a second Content-Length (RFC 9110 8.6)");
    if (!str_to_u64(value, INT64_MAX, &head->length))
        return bad(head, "the Content-Length is not a number below 2^63 (RFC 9110 8.6)");
    head->has_length = true;
    return add(head, head->fields, name, value);
}

/* Kept apart until it is known how many there are (RFC 9113 8.2.3). */
static bool cookie(struct h2_head *head, struct str name, struct str value) {
    head->cookies_size += value.n + 2;
    return add(head, &head->cookies, name, value);
}

enum kind { OTHER, TE, HOST, COOKIE, EXPECT, PRIORITY, LENGTH, OF_CONNECTION };

static enum kind kind_of(struct str name) {
    static const struct {
        struct str name;
        enum kind kind;
    } KNOWN[] = {
        {STR("te"), TE},
        {STR("host"), HOST},
        {STR("cookie"), COOKIE},
        {STR("expect"), EXPECT},
        {STR("priority"), PRIORITY},
        {STR("content-length"), LENGTH},
        {STR("connection"), OF_CONNECTION},
        {STR("keep-alive"), OF_CONNECTION},
        {STR("proxy-connection"), OF_CONNECTION},
        {STR("transfer-encoding"), OF_CONNECTION},
        {STR("upgrade"), OF_CONNECTION},
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (name.n == KNOWN[i].name.n && memcmp(name.p, KNOWN[i].name.p, name.n) == 0)
            return KNOWN[i].kind;
    return OTHER;
}

static bool regular(struct h2_head *head, struct str name, struct str value) {
    enum kind kind = kind_of(name);
    head->is_regular = true;
    if (kind == OF_CONNECTION)
        return bad(head, "a header field is about the connection (RFC 9113 8.2.2)");
    if (kind == TE && !str_eq_ci(value, STR("trailers")))
        return bad(head, "TE says other than trailers (RFC 9113 8.2.2)");
    if (head->is_trailers) /* what is barred is left out, as of chunks */
        return header_is_barred_from_trailers(name) || add(head, head->fields, name, value);
    switch (kind) {
    case COOKIE:
        return cookie(head, name, value);
    case HOST:
        return host(head, name, value);
    case LENGTH:
        return content_length(head, name, value);
    case EXPECT:
        head->has_expect = true;
        break;
    case PRIORITY:
        head->priority = value;
        break;
    default:
        break;
    }
    return add(head, head->fields, name, value);
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* RFC 9113 8.2.1. */
static bool is_clean(struct h2_head *head, struct str name, bool name_lasts, struct str value) {
    if (!name_lasts && !h2_is_name(name.n > 0 && name.p[0] == ':' ? str_from(name, 1) : name))
        return bad(head,
                   "a header name is empty, has a capital or is not a token (RFC 9113 8.2.1)");
    if (!h1_is_text(value))
        return bad(head, "a header value has a control byte (RFC 9110 5.5)");
    if (value.n > 0 && (is_blank(value.p[0]) || is_blank(value.p[value.n - 1])))
        return bad(head, "a header value begins or ends with a blank (RFC 9113 8.2.1)");
    return true;
}

/* Copies what does not last, both at once. */
static bool keep(struct h2_head *head, struct str *name, bool name_lasts, struct str *value,
                 bool value_lasts) {
    size_t name_size = name_lasts ? 0 : name->n, value_size = value_lasts ? 0 : value->n;
    if (name_size + value_size == 0)
        return true;
    char *copy = arena_alloc(head->stream->arena, name_size + value_size);
    if (!copy)
        return no_memory(head);
    if (name_size > 0)
        name->p = memcpy(copy, name->p, name_size);
    if (value_size > 0)
        value->p = memcpy(copy + name_size, value->p, value_size);
    return true;
}

void h2_head_field(struct h2 *h, struct header field, bool name_lasts, bool value_lasts) {
    struct h2_head *head = &h->head;
    struct str name = field.name, value = field.value;
    if (!head->stream || head->is_refused)
        return;
    bool is_pseudo = name.n > 0 && name.p[0] == ':';
    bool is_next_cookie = head->cookies.count > 0 && str_eq(name, STR("cookie"));
    head->size += name.n + value.n + FIELD_OVERHEAD;
    head->count += !is_pseudo && !is_next_cookie;
    if (head->size > h->limits.head)
        too_large(h, name);
    else if (head->count > h->limits.headers)
        too_many(h);
    else if (is_clean(head, name, name_lasts, value) &&
             keep(head, &name, name_lasts, &value, value_lasts))
        (void)(is_pseudo ? pseudo(head, name, value) : regular(head, name, value));
}
