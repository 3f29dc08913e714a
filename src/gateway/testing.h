/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: a server whose clock, sockets, back end and store are played
 * by the test. Nothing waits: time passes when the test says so.
 */
#pragma once
#include "preauth/testing_store.h"

#include "connector/exchange.h"
#include "connector/forget.h"
#include "gateway/client.h"
#include "gateway/errand.h"
#include "gateway/server.h"
#include "gateway/testing_clock.h"
#include "gateway/testing_stream.h"
#include "preauth/bearer.h"

#define APPS                                                                                       \
    BASE "- {name: under, external_url: \"https://apps.example.com/under/\", "                     \
         "internal_url: \"http://in.corp/\", pre_authentication: staff, "                          \
         "allow: {users: [bob]}}\n"                                                                \
         "- {name: open, external_url: \"https://apps.example.com/open/\", "                       \
         "internal_url: \"http://open.corp/\", pre_authentication: passthrough}\n"                 \
         "- {name: told, external_url: \"https://told.example.com/\", "                            \
         "internal_url: \"http://told.corp/\", pre_authentication: staff, "                        \
         "sso: {mode: headers, headers: [{name: X-User, claim: c}]}}\n"                            \
         "- {name: high, external_url: \"https://apps.example.com:8443/\", "                       \
         "internal_url: \"http://high.corp/\", pre_authentication: passthrough}\n"
#define SESSION "Cookie: __Host-kerbgate=" GIVEN_TOKEN "\r\n"

/* --- the back end --- */

struct exchange {
    struct exchange_request r;
    const struct exchange_calls *calls;
    void *user;
    struct buf body;
    const struct headers *trailers; /* of the request */
    size_t room;
    bool is_begun, is_finished, is_paused, is_open;
};
static struct exchange back, more_backs[4]; /* those of other streams of one client */
static unsigned exchanges;
static enum err_code exchange_refusal;

struct exchange *exchange_start(struct connector *c, const struct exchange_request *r,
                                const struct exchange_calls *calls, void *user, struct err *e) {
    (void)c;
    if (exchange_refusal != ERR_NONE) {
        err_set(e, exchange_refusal, "refused");
        return NULL;
    }
    struct exchange *x = &back;
    for (size_t i = 0; x->is_open && i < sizeof more_backs / sizeof *more_backs; i++)
        x = &more_backs[i];
    assert_false(x->is_open || (x != &back && wire_protocol != TLS_HTTP2));
    buf_fini(&x->body);
    *x = (struct exchange){.r = *r, .calls = calls, .user = user, .is_open = true};
    buf_init(&x->body, 1 << 22);
    exchanges++;
    return x;
}

void exchange_free(struct exchange *x) {
    if (x)
        x->is_open = false;
}

size_t exchange_room(const struct exchange *x) { return x->room; }

void exchange_body_begins(struct exchange *x) { x->is_begun = true; }

void exchange_send(struct exchange *x, struct str piece) {
    assert_true(x->is_open && piece.n <= x->room);
    x->room -= piece.n;
    buf_add(&x->body, piece);
}

void exchange_finish(struct exchange *x, const struct headers *trailers) {
    x->trailers = trailers;
    x->is_finished = true;
}
void exchange_pause(struct exchange *x) { x->is_paused = true; }
void exchange_resume(struct exchange *x) { x->is_paused = false; }

struct connector *connector_new(const struct connector_start *s, struct err *e) {
    (void)s, (void)e;
    return (struct connector *)&back; /* never looked into */
}

void connector_free(struct connector *c) { (void)c; }

static uint64_t client_forgotten;

void connector_forget_client(struct connector *c, uint64_t client, const char *address) {
    (void)c;
    assert_string_not_equal(address, "");
    client_forgotten = client;
}

struct broker_client *broker_client_new(uv_loop_t *loop, int fd, struct err *e) {
    (void)loop, (void)fd, (void)e;
    return NULL;
}

void broker_client_free(struct broker_client *c) { (void)c; }

static inline void back_has_room(size_t n) {
    back.room = n;
    back.calls->drain(back.user);
}

static inline void back_begins(int status, enum body_kind body, uint64_t length) {
    struct message m = {.status = status, .minor = 1, .body = body, .length = length};
    back.calls->head(back.user, &m);
}

static inline void back_says_first(int status) {
    struct message m = {.status = status, .minor = 1};
    back.calls->interim(back.user, &m);
}

/* Agrees on another protocol; takes `room` bytes of it. */
static inline void back_switches(size_t room) {
    struct message m = {.status = 101, .minor = 1, .upgrade = true, .protocol = STR("websocket")};
    back.room = room;
    back.calls->head(back.user, &m);
    back.calls->flush(back.user);
}

static inline void back_says(const char *text) {
    back.calls->body(back.user, str_of(text));
    back.calls->flush(back.user);
}

static inline void back_ends(void) {
    back.calls->end(back.user, NULL);
    pass(0);
}

static inline void back_fails(enum err_code code) {
    struct err e;
    err_set(&e, code, "the back end failed");
    (back.calls->fail)(back.user, &e); /* not the macro of cmocka */
    pass(0);
}

/* A whole answer. */
static inline void back_answers(const char *text) {
    back_begins(200, BODY_LENGTH, strlen(text));
    back_says(text);
    back_ends();
}

/* --- the store and the sink --- */

static struct find {
    enum session_found result;
    struct session session;
    unsigned count;
    session_done_fn *done;
    void *user;
} find;

enum session_found session_find(struct session_store *s, uv_loop_t *loop, struct str token,
                                struct str host, session_done_fn *done, void *user,
                                struct session **out, struct session_call **call) {
    (void)s, (void)loop, (void)host;
    find.count++;
    assert_true(str_eq(token, STR(GIVEN_TOKEN)));
    find.done = done;
    find.user = user;
    if (find.result == SESSION_FOUND)
        *out = &find.session;
    if (find.result == SESSION_LOADING)
        *call = begin_call(done, NULL, user);
    return find.result;
}

/* --- access tokens --- */

static struct bearing {
    enum bearer_found result;
    struct err err; /* with BEARER_REFUSED */
    bearer_done_fn *done;
    void *user;
    unsigned canceled;
} bearing;

enum bearer_found bearer_find(const struct bearer_request *r, bearer_done_fn *done, void *user,
                              struct session **out, struct bearer_call **call, struct err *e) {
    struct str token;
    if (bearer_read(r->headers, r->query, &token, e) == BEARER_NOT_SENT)
        return BEARER_NONE;
    bearing.done = done;
    bearing.user = user;
    *e = bearing.err;
    if (bearing.result == BEARER_FOUND)
        *out = &find.session;
    if (bearing.result == BEARER_ASKED)
        *call = (struct bearer_call *)&bearing;
    return bearing.result;
}

void bearer_cancel(struct bearer_call *c) { bearing.canceled += c != NULL; }

static struct activity recorded;
static unsigned records;

void sink_activity(struct sink *s, const struct activity *a) {
    (void)s;
    recorded = *a;
    records++;
}

void errands_sign_out(struct errands *e, const struct session_ended *s) { (void)e, (void)s; }

/* --- the server --- */

static struct config *config;
static struct look *look;
static struct server server;
static struct server_shared shared;

static int server_make(void **state) {
    static char provider[] = "staff", subject[] = "alice@CORP.EXAMPLE", claims[] = "{}";
    struct err e;
    (void)state;
    memset(&asked, 0, sizeof asked);
    memset(&recorded, 0, sizeof recorded);
    records = exchanges = 0;
    exchange_refusal = ERR_NONE;
    wire_count = 0;
    wire_protocol = TLS_HTTP1;
    find = (struct find){.result = SESSION_FOUND};
    bearing = (struct bearing){.result = BEARER_FOUND};
    find.session.identity =
        (struct identity){.provider = provider, .subject = subject, .claims = claims};
    config = parse_fine(APPS);
    look = look_new(config, &e);
    assert_non_null(look);
    page_init(look);
    config->listen_count = 0;
    config->limits = (struct config_limits){.request_head = 2048,
                                            .headers = 20,
                                            .streams = 10,
                                            .connections = 3,
                                            .requests_per_client = 3,
                                            .head_timeout_ms = 1000,
                                            .keepalive_timeout_ms = 5000,
                                            .body_timeout_ms = 2000,
                                            .drain_timeout_ms = 9000};
    shared = (struct server_shared){.config = config};
    assert_true(
        server_init(&server, &(struct server_start){.shared = &shared, .broker_fd = -1}, &e));
    server.tools.broker = (struct broker_client *)&asked;
    return 0;
}

static int server_remove_all(void **state) {
    (void)state;
    server.broker = NULL;
    server_fini(&server);
    assert_true(LIST_EMPTY(&timers));
    assert_false(back.is_open);
    for (size_t i = 0; i < wire_count; i++) {
        assert_false(wires[i].is_open);
        buf_fini(&wires[i].sent);
        buf_fini(&wires[i].got);
    }
    for (size_t i = 0; i < sizeof more_backs / sizeof *more_backs; i++) {
        assert_false(more_backs[i].is_open);
        buf_fini(&more_backs[i].body);
    }
    buf_fini(&back.body);
    back = (struct exchange){0};
    look_free(look);
    config_free(config);
    return 0;
}

static inline struct stream *connect_client(void) {
    struct client_source from = {.peer = {.v4 = {.sin_family = AF_INET}}};
    from.peer.v4.sin_addr.s_addr = 0x077100cb; /* 203.0.113.7 */
    client_accept(&server, -1, &from);
    return &wires[wire_count - 1];
}

/* Lets the client's bytes be read as far as anybody wants to. */
static inline void deliver(struct stream *s) {
    while (s->is_open && (s->wanted & STREAM_READABLE) && (buf_size(&s->sent) || s->has_ended)) {
        s->ready(s->user, STREAM_READABLE);
        pass(0);
    }
}

static inline void send_bytes(struct stream *s, struct str bytes) {
    buf_add(&s->sent, bytes);
    deliver(s);
    pass(0);
}

static inline void send_text(struct stream *s, const char *text) { send_bytes(s, str_of(text)); }

/* The client takes `n` more bytes. */
static inline void take(struct stream *s, size_t n) {
    s->room = n;
    if (s->wanted & STREAM_WRITABLE)
        s->ready(s->user, STREAM_WRITABLE);
    pass(0);
    deliver(s);
}

static inline void hang_up(struct stream *s) {
    s->has_ended = true;
    deliver(s);
    pass(0);
}

/* All the client got since the last look. */
static inline const char *received(struct stream *s) {
    static char text[1 << 16];
    struct str got = str_head(buf_str(&s->got), sizeof text - 1);
    memcpy(text, got.p, got.n);
    text[got.n] = 0;
    buf_clear(&s->got);
    return text;
}

static inline bool starts(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* Answered so, and then the connection was closed in order. */
static inline void check_refused(struct stream *s, const char *status_line) {
    const char *text = received(s);
    if (!starts(text, status_line))
        fail_msg("expected %s\n%.200s", status_line, text);
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(s->is_shut);
    send_text(s, "GET /open/ HTTP/1.1\r\nHost: apps.example.com\r\n\r\n");
    assert_string_equal(received(s), "");
    pass(2000);
    assert_false(s->is_open);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, server_make, server_remove_all)
