/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/client.h"

#include "base/clock.h"
#include "gateway/walk.h"

#include <stdio.h>
#include <time.h>

enum { DATE_SIZE = 30 };

/* IMF-fixdate (RFC 9110 5.6.7), independent of the locale. */
static void date_text(char out[DATE_SIZE]) {
    static const char DAYS[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char MONTHS[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)clock_wall_s();
    struct tm t;
    gmtime_r(&now, &t);
    snprintf(out, DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT", DAYS[t.tm_wday], t.tm_mday % 32,
             MONTHS[t.tm_mon], (t.tm_year + 1900) % 10000, t.tm_hour, t.tm_min, t.tm_sec);
}

/* How the end of the body is told to this client: as it came, or chunked when it came by the end of
 * a connection; HTTP/1.0 knows no chunks (RFC 9112 6.1). */
static enum body_kind body_for(const struct message *m, int minor) {
    if (m->body != BODY_CHUNKED && m->body != BODY_UNTIL_CLOSE)
        return m->body;
    return minor >= 1 ? BODY_CHUNKED : BODY_UNTIL_CLOSE;
}

void client_answer_head(struct client *c, const struct message *m) {
    struct message out = *m;
    struct arena *a = walk_arena(c->walk);
    char date[DATE_SIZE];
    out.minor = 1;
    out.body = body_for(m, walk_message(c->walk)->minor);
    /* A body that nobody reads to its end leaves the connection in between (RFC 9112 9.3). */
    if (out.body == BODY_UNTIL_CLOSE || !c->is_body_done || c->server->is_draining)
        c->keeps_alive = false;
    out.keep_alive = c->keeps_alive;
    c->is_answer_begun = true;
    c->answer_body = out.body;
    date_text(date);
    if (!headers_get(&m->headers, STR("Date")).p &&
        !headers_add(a, &out.headers, STR("Date"), str_of(date)))
        c->out.failed = true;
    h1_write_response(&c->out, &out, c->is_head_request);
    if (c->out.failed)
        client_cut(c);
}

void client_answer_body(struct client *c, struct str piece) {
    if (c->is_head_request || piece.n == 0)
        return;
    if (c->answer_body == BODY_CHUNKED)
        h1_write_chunk(&c->out, piece);
    else
        buf_add(&c->out, piece);
    if (c->out.failed)
        client_cut(c);
}

void client_answer_end(struct client *c) {
    if (c->answer_body == BODY_CHUNKED && !c->is_head_request)
        h1_write_last_chunk(&c->out);
    c->is_answered = true;
    if (!c->is_body_done)
        c->keeps_alive = false;
    client_flush(c);
}

void client_cut(struct client *c) {
    c->is_gone = true;
    server_turn(c->server, c);
}
