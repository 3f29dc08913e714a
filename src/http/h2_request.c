/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be said of a request when all of its head is there.
 */
#include "http/h2_int.h"

static bool bad(struct h2_head *head, const char *what) {
    return h2_head_refuse(head, ERR_HTTP_BAD_REQUEST, what);
}

/* "u=2, i" (RFC 9218 4). What is not understood counts as not said. A stream whose client says
 * nothing shares with the others: the default of one after the other is for who knows of it. */
static void set_priority(struct h2 *h, const struct h2_head *head) {
    nghttp2_extpri p = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = !head->priority.p};
    struct str part, rest = head->priority;
    while (str_split(&rest, ',', &part)) {
        part = str_trim(part);
        if (part.n == 3 && str_starts(part, STR("u=")) && part.p[2] >= '0' && part.p[2] <= '7')
            p.urgency = (uint32_t)(part.p[2] - '0');
        else if (str_eq(part, STR("i")) || str_eq(part, STR("i=?1")))
            p.inc = 1;
    }
    nghttp2_session_change_extpri_stream_priority(h->session, head->stream->id, &p, 0);
}

/* RFC 8441 4: a tunnel, which is an upgrade to whoever speaks HTTP/1.1. */
static bool extended_connect(struct h2_head *head, struct message *m) {
    if (!str_eq(m->method, STR("CONNECT")))
        return bad(head, "there is a :protocol without CONNECT (RFC 8441 4)");
    if (head->has_length)
        return bad(head, "a CONNECT has a Content-Length (RFC 9110 9.3.6)");
    if (!str_eq_ci(m->protocol, STR("websocket")))
        return h2_head_refuse(head, ERR_HTTP_NOT_IMPLEMENTED,
                              "the :protocol is another than websocket (RFC 8441 5)");
    m->method = STR("GET");
    m->upgrade = m->is_connect = head->stream->is_tunnel = true;
    return true;
}

/* RFC 9113 8.3.1. */
static bool target(struct h2_head *head, const struct message *m) {
    bool is_asterisk = str_eq(m->target, STR("*")) && str_eq(m->method, STR("OPTIONS"));
    if (!(head->pseudo & H2_SCHEME))
        return bad(head, "there is no :scheme (RFC 9113 8.3.1)");
    if (!(head->pseudo & H2_PATH))
        return bad(head, "there is no :path (RFC 9113 8.3.1)");
    if (m->target.p[0] != '/' && !is_asterisk)
        return bad(head, "the :path does not begin with / (RFC 9113 8.3.1)");
    if (!(head->pseudo & H2_AUTHORITY) && !head->has_host)
        return bad(head, "there is neither an :authority nor a Host (RFC 9113 8.3.1)");
    return true;
}

static bool request_line(struct h2_head *head, struct message *m) {
    if (!(head->pseudo & H2_METHOD))
        return bad(head, "there is no :method (RFC 9113 8.3.1)");
    if (head->pseudo & H2_PROTOCOL && !extended_connect(head, m))
        return false;
    if (str_eq(m->method, STR("CONNECT")) || !h1_is_known_method(m->method))
        return h2_head_refuse(head, ERR_HTTP_NOT_IMPLEMENTED,
                              "the method is unknown here (RFC 9110 9.1)");
    return target(head, m);
}

/* RFC 9113 8.2.3. */
static bool join_cookies(struct h2_head *head, struct arena *a) {
    const struct headers *parts = &head->cookies;
    if (parts->count == 0)
        return true;
    struct str all = parts->at[0].value;
    if (parts->count > 1) {
        char *p = arena_alloc(a, head->cookies_size);
        all = str_n(p, 0);
        for (size_t i = 0; p && i < parts->count; i++) {
            struct str value = parts->at[i].value;
            if (i > 0) {
                p[all.n++] = ';';
                p[all.n++] = ' ';
            }
            if (value.n > 0)
                memcpy(p + all.n, value.p, value.n);
            all.n += value.n;
        }
    }
    return (parts->count == 1 || all.p) && headers_add(a, head->fields, parts->at[0].name, all);
}

/* RFC 9113 8.1.1. */
static bool framing(struct h2_head *head, struct message *m, bool is_end) {
    if (is_end && head->length > 0)
        return bad(head, "the Content-Length promises a body that does not come (RFC 9113 8.1.1)");
    if (head->has_length)
        m->body = BODY_LENGTH;
    else
        m->body = is_end || head->stream->is_tunnel ? BODY_NONE : BODY_CHUNKED;
    m->length = head->length;
    return true;
}

void h2_head_end(struct h2 *h, bool is_end) {
    struct h2_head *head = &h->head;
    struct message *m = head->stream->message;
    m->minor = 1;
    m->keep_alive = true;
    if (!head->is_refused && request_line(head, m) && framing(head, m, is_end) &&
        !join_cookies(head, head->stream->arena))
        h2_head_refuse(head, ERR_NO_MEMORY, "a head does not fit its arena");
    if (head->is_refused)
        return;
    m->expects_continue = head->has_expect && message_has_content(m) &&
                          headers_has_token(&m->headers, STR("Expect"), STR("100-continue"));
    set_priority(h, head);
}
