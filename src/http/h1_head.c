/* SPDX-License-Identifier: Apache-2.0
 *
 * llhttp sees a head once, whole and already found clean, in the copy that the message's strs then
 * point into; nothing of it outlives the call.
 */
#include "http/h1_int.h"

#include <llhttp.h>
#include <stdlib.h>

static int on_method(llhttp_t *http, const char *at, size_t n) {
    struct message *m = http->data;
    m->method = str_n(at, n);
    return 0;
}

static int on_url(llhttp_t *http, const char *at, size_t n) {
    struct message *m = http->data;
    m->target = str_n(at, n);
    return 0;
}

static int on_header_field(llhttp_t *http, const char *at, size_t n) {
    struct headers *h = &((struct message *)http->data)->headers;
    if (h->count == h->capacity)
        return HPE_USER;
    h->at[h->count++] = (struct header){str_n(at, n), STR("")};
    return 0;
}

static int on_header_value(llhttp_t *http, const char *at, size_t n) {
    struct headers *h = &((struct message *)http->data)->headers;
    if (h->count == 0)
        return HPE_USER;
    h->at[h->count - 1].value = str_trim(str_n(at, n));
    return 0;
}

/* The body is not llhttp's: see h1_body.c. */
static int on_headers_complete(llhttp_t *http) {
    (void)http;
    return HPE_PAUSED;
}

static const llhttp_settings_t SETTINGS = {
    .on_method = on_method,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
};

/* Behind a value a tab is a blank (RFC 9110 5.5), which llhttp does not know of Content-Length. */
static void blank_tabs(char *p, size_t n) {
    char *end = p + n;
    while ((p = memchr(p, '\t', (size_t)(end - p)))) {
        char *tabs = p;
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        if (p < end && *p == '\r')
            memset(tabs, ' ', (size_t)(p - tabs));
    }
}

static bool take_apart(const struct h1_parser *p, struct str head, struct message *m,
                       struct err *e) {
    llhttp_t http;
    llhttp_init(&http, p->kind == H1_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE, &SETTINGS);
    http.data = m;
    llhttp_errno_t result = llhttp_execute(&http, head.p, head.n);
    if (result != HPE_PAUSED)
        return err_set(e, ERR_HTTP_BAD_REQUEST, "the head is malformed: %s (RFC 9112 2.1)",
                       result == HPE_OK ? "it has no end" : llhttp_get_error_reason(&http));
    size_t rest = (size_t)(head.p + head.n - llhttp_get_error_pos(&http));
    /* Paused before or behind the last LF; anything else is another reading than ours. */
    if (rest > 1 || m->headers.count != p->scan.fields)
        return err_set(e, ERR_HTTP_BAD_REQUEST, "the head can be read in two ways (RFC 9112 2.1)");
    m->status = p->kind == H1_RESPONSE ? llhttp_get_status_code(&http) : 0;
    m->minor = p->scan.minor;
    return true;
}

/* RFC 9112 9.3. */
static bool keeps_alive(const struct message *m) {
    if (headers_has_token(&m->headers, STR("Connection"), STR("close")))
        return false;
    return m->minor == 1 || headers_has_token(&m->headers, STR("Connection"), STR("keep-alive"));
}

static void set_options(enum h1_kind kind, struct message *m) {
    m->keep_alive = keeps_alive(m);
    if (kind == H1_RESPONSE) {
        m->protocol = headers_get(&m->headers, STR("Upgrade"));
        m->upgrade = m->status == 101 || (m->status == 426 && m->protocol.n > 0);
    } else if (m->minor == 1) { /* HTTP/1.0 has neither (RFC 9110 7.8, 10.1.1) */
        m->protocol = headers_get(&m->headers, STR("Upgrade"));
        m->upgrade =
            m->protocol.n > 0 && headers_has_token(&m->headers, STR("Connection"), STR("upgrade"));
        m->expects_continue = headers_has_token(&m->headers, STR("Expect"), STR("100-continue"));
    }
}

static void set_framing(struct h1_parser *p, struct message *m) {
    bool is_coded = p->scan.coding == CODING_CHUNKED;
    bool is_bodiless = p->kind == H1_RESPONSE && h1_is_bodiless(m->status);
    if (is_bodiless)
        m->body = BODY_NONE;
    else if (is_coded)
        m->body = BODY_CHUNKED;
    else if (p->scan.has_length)
        m->body = BODY_LENGTH;
    else
        m->body = p->kind == H1_REQUEST || p->is_to_head ? BODY_NONE : BODY_UNTIL_CLOSE;
    m->length = m->body == BODY_LENGTH ? p->scan.length : 0;
    p->left = m->length;
    if (p->is_to_head || m->body == BODY_NONE || (m->body == BODY_LENGTH && m->length == 0))
        p->state = H1_OVER;
    else if (m->body == BODY_LENGTH)
        p->state = H1_COUNTED;
    else
        p->state = m->body == BODY_CHUNKED ? H1_CHUNK_SIZE : H1_ENDLESS;
    /* Who announces a body where none can be may send it, too. */
    bool has_length = p->scan.has_length && p->scan.length > 0 && m->status != 304;
    if (m->body == BODY_UNTIL_CLOSE || (is_bodiless && (is_coded || has_length)))
        m->keep_alive = false;
}

static bool is_good_interim(const struct h1_parser *p, struct err *e) {
    if (p->scan.coding != CODING_NONE || p->scan.length > 0)
        return err_set(e, ERR_HTTP_BAD_REQUEST,
                       "an interim answer announces a body (RFC 9112 6.1, RFC 9110 8.6)");
    if (p->scan.minor == 0)
        return err_set(e, ERR_HTTP_BAD_REQUEST, "HTTP/1.0 has no interim answers (RFC 9110 15.2)");
    return true;
}

static bool fill(struct h1_parser *p, struct str head, struct arena *a, struct message *m,
                 struct err *e) {
    char *copy = arena_cstr(a, head);
    size_t fields = p->scan.fields;
    m->headers.at = fields ? arena_array(a, fields, sizeof(struct header)) : NULL;
    if (!copy || (fields && !m->headers.at))
        return err_set(e, ERR_NO_MEMORY, "a head of %zu bytes does not fit its arena", head.n);
    m->headers.capacity = fields;
    blank_tabs(copy, head.n);
    if (!take_apart(p, str_n(copy, head.n), m, e))
        return false;
    set_options(p->kind, m);
    set_framing(p, m);
    m->expects_continue &= message_has_content(m);
    return m->status / 100 != 1 || is_good_interim(p, e);
}

enum h1_result h1_head(struct h1_parser *p, struct str in, struct arena *a, struct message *m,
                       size_t *used, struct err *e) {
    *m = (struct message){0};
    *used = 0;
    if (p->is_refused) {
        err_set(e, ERR_HTTP_BAD_REQUEST, "an earlier part of it was refused (RFC 9112 9.3)");
        return H1_ERROR;
    }
    enum h1_result result = h1_scan(p, in, e);
    struct str head = str_from(str_head(in, p->scan.line), p->scan.start);
    if (result == H1_READY && !fill(p, head, a, m, e))
        result = H1_ERROR;
    if (result == H1_READY)
        *used = p->scan.line;
    else
        *m = (struct message){0};
    p->is_refused = result == H1_ERROR;
    return result;
}

struct h1_parser *h1_new(enum h1_kind kind, struct h1_limits limits) {
    struct h1_parser *p = malloc(sizeof *p);
    if (!p)
        return NULL;
    *p = (struct h1_parser){.kind = kind, .limits = limits};
    h1_reset(p);
    return p;
}

void h1_free(struct h1_parser *p) {
    if (p)
        buf_fini(&p->trailers);
    free(p);
}

void h1_reset(struct h1_parser *p) {
    buf_fini(&p->trailers);
    *p = (struct h1_parser){.kind = p->kind, .limits = p->limits, .scan.minor = -1};
    buf_init(&p->trailers, p->limits.head);
}

void h1_response_to_head(struct h1_parser *p, bool is_head) { p->is_to_head = is_head; }
