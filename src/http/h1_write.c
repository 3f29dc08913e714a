/* SPDX-License-Identifier: Apache-2.0 */
#include "http/h1_int.h"

/* RFC 9110 15, and 429 and 431 of RFC 6585. */
static const char *const REASONS[] = {
    [100] = "Continue",
    [101] = "Switching Protocols",
    [102] = "Processing",
    [103] = "Early Hints",
    [200] = "OK",
    [201] = "Created",
    [202] = "Accepted",
    [203] = "Non-Authoritative Information",
    [204] = "No Content",
    [205] = "Reset Content",
    [206] = "Partial Content",
    [207] = "Multi-Status",
    [300] = "Multiple Choices",
    [301] = "Moved Permanently",
    [302] = "Found",
    [303] = "See Other",
    [304] = "Not Modified",
    [307] = "Temporary Redirect",
    [308] = "Permanent Redirect",
    [400] = "Bad Request",
    [401] = "Unauthorized",
    [402] = "Payment Required",
    [403] = "Forbidden",
    [404] = "Not Found",
    [405] = "Method Not Allowed",
    [406] = "Not Acceptable",
    [407] = "Proxy Authentication Required",
    [408] = "Request Timeout",
    [409] = "Conflict",
    [410] = "Gone",
    [411] = "Length Required",
    [412] = "Precondition Failed",
    [413] = "Content Too Large",
    [414] = "URI Too Long",
    [415] = "Unsupported Media Type",
    [416] = "Range Not Satisfiable",
    [417] = "Expectation Failed",
    [421] = "Misdirected Request",
    [422] = "Unprocessable Content",
    [423] = "Locked",
    [424] = "Failed Dependency",
    [425] = "Too Early",
    [426] = "Upgrade Required",
    [428] = "Precondition Required",
    [429] = "Too Many Requests",
    [431] = "Request Header Fields Too Large",
    [451] = "Unavailable For Legal Reasons",
    [500] = "Internal Server Error",
    [501] = "Not Implemented",
    [502] = "Bad Gateway",
    [503] = "Service Unavailable",
    [504] = "Gateway Timeout",
    [505] = "HTTP Version Not Supported",
    [507] = "Insufficient Storage",
    [511] = "Network Authentication Required",
};

const char *h1_reason(int status) {
    bool is_known = status >= 0 && (size_t)status < sizeof REASONS / sizeof *REASONS;
    return is_known && REASONS[status] ? REASONS[status] : "";
}

static bool is_framing(struct str name) {
    return str_eq_ci(name, STR("Content-Length")) || str_eq_ci(name, STR("Transfer-Encoding")) ||
           str_eq_ci(name, STR("Connection")) || str_eq_ci(name, STR("Upgrade"));
}

static void write_field(struct buf *out, struct str name, struct str value) {
    if (!h1_is_token(name) || !h1_is_text(value))
        out->failed = true;
    buf_add_all(out, (struct str[]){name, STR(": "), value, STR("\r\n")}, 4);
}

static void write_framing(struct buf *out, enum body_kind body, uint64_t length) {
    if (body == BODY_LENGTH) {
        buf_add(out, STR("Content-Length: "));
        buf_add_number(out, length, 10);
        buf_add(out, STR("\r\n"));
    } else if (body == BODY_CHUNKED)
        buf_add(out, STR("Transfer-Encoding: chunked\r\n"));
}

/* All but the start line and the framing, and the end. */
static void write_rest(struct buf *out, const struct message *m) {
    for (size_t i = 0; i < m->headers.count; i++) {
        const struct header *h = &m->headers.at[i];
        if (!is_framing(h->name))
            write_field(out, h->name, h->value);
    }
    if (m->upgrade) { /* RFC 9110 7.8 */
        bool is_last = m->status == 426 && !m->keep_alive;
        buf_add(out,
                is_last ? STR("Connection: close, Upgrade\r\n") : STR("Connection: Upgrade\r\n"));
        write_field(out, STR("Upgrade"), m->protocol);
    } else if (!m->keep_alive)
        buf_add(out, STR("Connection: close\r\n"));
    else if (m->minor == 0)
        buf_add(out, STR("Connection: keep-alive\r\n"));
    buf_add(out, STR("\r\n"));
}

void h1_write_request(struct buf *out, const struct message *m) {
    if (!h1_is_token(m->method) || !h1_is_visible(m->target) || m->body == BODY_UNTIL_CLOSE)
        out->failed = true;
    buf_add_all(out,
                (struct str[]){m->method, STR(" "), m->target,
                               m->minor == 0 ? STR(" HTTP/1.0\r\n") : STR(" HTTP/1.1\r\n")},
                4);
    write_framing(out, m->body, m->length);
    write_rest(out, m);
}

void h1_write_response(struct buf *out, const struct message *m, bool is_head_response) {
    if (m->status < 100 || m->status > 999)
        out->failed = true;
    buf_add(out, m->minor == 0 ? STR("HTTP/1.0 ") : STR("HTTP/1.1 "));
    buf_add_number(out, (uint64_t)(unsigned)m->status, 10);
    buf_add_all(out, (struct str[]){STR(" "), str_of(h1_reason(m->status)), STR("\r\n")}, 3);
    if (h1_is_bodiless(m->status))
        write_framing(out, BODY_NONE, 0); /* RFC 9110 8.6, RFC 9112 6.1 */
    else if (m->body == BODY_NONE && !is_head_response)
        write_framing(out, BODY_LENGTH, 0); /* or it would end with the connection */
    else
        write_framing(out, m->body, m->length);
    write_rest(out, m);
}

void h1_write_chunk(struct buf *out, struct str piece) {
    if (piece.n == 0)
        return;
    buf_add_number(out, piece.n, 16);
    buf_add_all(out, (struct str[]){STR("\r\n"), piece, STR("\r\n")}, 3);
}

void h1_write_last_chunk(struct buf *out, const struct headers *trailers) {
    buf_add(out, STR("0\r\n"));
    for (size_t i = 0; trailers && i < trailers->count; i++)
        write_field(out, trailers->at[i].name, trailers->at[i].value);
    buf_add(out, STR("\r\n"));
}
