/* SPDX-License-Identifier: Apache-2.0
 *
 * A session store, a throttle, a broker and a sink that write down what they are asked and answer
 * when the test says so.
 */
#pragma once
#include "preauth/testing.h"

#include "session/factor.h"
#include "session/session_renew.h"
#include "session/throttle.h"

#define GIVEN_TOKEN "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS"

struct session {
    struct identity identity;
    bool is_over;
    /* Of a renewal: */
    const char *id;
    int64_t renewed_s;
    bool is_renewable, has_failed;
};

struct session_call {
    session_done_fn *session_done;
    throttle_done_fn *throttle_done;
    session_ended_fn *ended_done;
    session_renewal_fn *renewal_done;
    void *user;
    factor_begun_fn *factor_begun;
    factor_tried_fn *factor_tried;
};

static struct asked {
    struct session_call call; /* the one under way */
    bool is_under_way;
    char whose[256];
    char account[64], realm[64], password[64], created_for[64], created_on[64];
    unsigned reserved, asked, created, ended, untried, good, canceled_questions;
    bool is_broker_full, is_store_full;
    unsigned leases, given_up;
    char renewed_as[64], next_token[64];
    unsigned outdated;
    struct str password_at; /* where it lay */
    enum broker_kind kind;
    char provider[64], host[64];
    bool wants_evidence;
    broker_answer_fn *answer;
    void *answer_user;
    unsigned begun, tried;
    char code[32], code_token[64], code_provider[32], code_host[64];
    char claims[512]; /* of the session */
    int event;
    char event_text[512];
} asked;

static struct session_call *begin_call(session_done_fn *s, throttle_done_fn *t, void *user) {
    assert_false(asked.is_under_way);
    if (asked.is_store_full)
        return NULL;
    asked.is_under_way = true;
    asked.call = (struct session_call){s, t, NULL, NULL, user};
    return &asked.call;
}

const struct identity *session_identity(const struct session *s) { return &s->identity; }

bool session_is_over(const struct session *s) { return s->is_over; }

bool session_has_ended(const struct session_store *s, const struct session *session) {
    (void)s;
    return session->is_over;
}

void session_unref(struct session *s) { (void)s; }

struct session *session_ref(struct session *s) { return s; }

struct session *session_passing(const struct identity *who, struct str host, int64_t ends_s) {
    (void)who, (void)host, (void)ends_s;
    return NULL;
}

void session_cancel(struct session_call *c) {
    if (c)
        asked.is_under_way = false;
}

struct session_call *session_create(struct session_store *s, uv_loop_t *loop,
                                    const struct identity *identity, struct str host,
                                    char token[SESSION_TOKEN_SIZE], session_done_fn *done,
                                    void *user) {
    (void)s, (void)loop;
    asked.created++;
    memcpy(token, GIVEN_TOKEN, SESSION_TOKEN_SIZE);
    snprintf(asked.created_for, sizeof asked.created_for, "%s %s", identity->provider,
             identity->subject);
    snprintf(asked.claims, sizeof asked.claims, "%s", identity->claims);
    snprintf(asked.created_on, sizeof asked.created_on, "%.*s", STR_ARG(host));
    return begin_call(done, NULL, user);
}

struct session_call *session_end(struct session_store *s, uv_loop_t *loop, struct session *session,
                                 session_done_fn *done, void *user) {
    (void)s, (void)loop, (void)session;
    asked.ended++;
    return begin_call(done, NULL, user);
}

const unsigned char *session_store_key(const struct session_store *s) {
    static const unsigned char KEY[SESSION_KEY_SIZE];
    (void)s;
    return KEY;
}

struct session_call *session_end_of(struct session_store *s, uv_loop_t *loop,
                                    const struct session_whose *whose, session_ended_fn *done,
                                    void *user) {
    struct session_call *c = begin_call(NULL, NULL, user);
    (void)s, (void)loop;
    for (size_t i = 0, n = 0; i < whose->provider_count; i++)
        n += (size_t)snprintf(asked.whose + n, sizeof asked.whose - n, "%s of %s, ",
                              whose->sub ? whose->sub : "anybody", whose->providers[i]);
    if (c)
        c->ended_done = done;
    return c;
}

const char *session_public_id(const struct session *s) { return s->id ? s->id : ""; }

int64_t session_renewed_s(const struct session *s) { return s->renewed_s; }

bool session_is_renewable(const struct session *s) { return s->is_renewable; }

bool session_renewal_has_failed(const struct session_store *store, const struct session *s) {
    (void)store;
    return s->has_failed;
}

bool session_unseal(const struct session *s, struct str cookie, struct buf *out) {
    (void)s, (void)cookie;
    buf_add(out, STR("refresh token"));
    return true;
}

struct session_call *session_renewal_begin(struct session_store *store, uv_loop_t *loop,
                                           struct session *s, int64_t lease_s,
                                           session_renewal_fn *done, void *user) {
    struct session_call *c = begin_call(NULL, NULL, user);
    (void)store, (void)loop, (void)s, (void)lease_s;
    asked.leases += c != NULL;
    if (c)
        c->renewal_done = done;
    return c;
}

void session_renewal_give_up(struct session_store *store, struct session *s) {
    (void)store;
    s->has_failed = true;
    asked.given_up++;
}

void session_outdate(struct session *old, const struct session *by) {
    (void)old, (void)by;
    asked.outdated++;
}

struct session_call *session_renew(struct session_store *store, uv_loop_t *loop,
                                   const struct session_renewed *r, session_done_fn *done,
                                   void *user) {
    (void)store, (void)loop;
    snprintf(asked.renewed_as, sizeof asked.renewed_as, "%s", r->as->claims);
    snprintf(asked.next_token, sizeof asked.next_token, "%s",
             r->as->refresh_token ? r->as->refresh_token : "");
    return begin_call(done, NULL, user);
}

struct session_call *throttle_reserve(struct session_store *s, uv_loop_t *loop,
                                      const struct throttle_limits *limits, struct str provider,
                                      struct str name, const struct sockaddr *source,
                                      throttle_done_fn *done, void *user) {
    (void)s, (void)loop, (void)limits, (void)provider, (void)name, (void)source;
    asked.reserved++;
    return begin_call(NULL, done, user);
}

struct session_call *factor_begin(struct session_store *s, uv_loop_t *loop,
                                  const unsigned char *key, const struct identity *who,
                                  struct str host, char token[SESSION_TOKEN_SIZE],
                                  factor_begun_fn *done, void *user) {
    (void)s, (void)loop, (void)host;
    assert_non_null(key);
    assert_string_equal(who->principal, "alice@CORP.EXAMPLE");
    asked.begun++;
    memcpy(token, GIVEN_TOKEN, SESSION_TOKEN_SIZE);
    struct session_call *c = begin_call(NULL, NULL, user);
    c->factor_begun = done;
    return c;
}

struct session_call *factor_try(struct session_store *s, uv_loop_t *loop,
                                const struct factor_try *t, factor_tried_fn *done, void *user) {
    (void)s, (void)loop;
    asked.tried++;
    assert_non_null(t->key);
    snprintf(asked.code, sizeof asked.code, "%.*s", STR_ARG(t->code));
    snprintf(asked.code_token, sizeof asked.code_token, "%.*s", STR_ARG(t->token));
    snprintf(asked.code_provider, sizeof asked.code_provider, "%s", t->provider);
    snprintf(asked.code_host, sizeof asked.code_host, "%.*s", STR_ARG(t->host));
    struct session_call *c = begin_call(NULL, NULL, user);
    c->factor_tried = done;
    return c;
}

void throttle_settle(struct session_store *s, uv_loop_t *loop, int64_t id,
                     enum throttle_outcome outcome) {
    (void)s, (void)loop;
    assert_int_equal(id, 7);
    *(outcome == THROTTLE_GOOD ? &asked.good : &asked.untried) += 1;
}

uint64_t broker_ask(struct broker_client *c, const struct broker_request *q,
                    broker_answer_fn *answer, void *user, struct err *e) {
    (void)c;
    snprintf(asked.account, sizeof asked.account, "%.*s", STR_ARG(q->user));
    snprintf(asked.realm, sizeof asked.realm, "%.*s", STR_ARG(q->realm));
    snprintf(asked.password, sizeof asked.password, "%.*s", STR_ARG(q->password));
    asked.password_at = q->password;
    asked.kind = q->kind;
    snprintf(asked.provider, sizeof asked.provider, "%.*s", STR_ARG(q->provider));
    snprintf(asked.host, sizeof asked.host, "%.*s", STR_ARG(q->host));
    asked.wants_evidence = q->wants_evidence;
    asked.answer = answer;
    asked.answer_user = user;
    if (asked.is_broker_full)
        err_set(e, ERR_BUSY, "the broker is busy");
    return asked.is_broker_full ? 0 : ++asked.asked;
}

void broker_cancel(struct broker_client *c, uint64_t id) {
    (void)c, (void)id;
    asked.canceled_questions++;
}

void sink_event(struct sink *s, int event, const struct activity *a, const char *text) {
    (void)s, (void)a;
    asked.event = event;
    snprintf(asked.event_text, sizeof asked.event_text, "%s", text);
}

/* The throttle's answer. */
static inline void reserve_answers(int64_t retry_after_s, enum err_code code) {
    struct session_call c = asked.call;
    struct err e = {.code = code};
    assert_true(asked.is_under_way && c.throttle_done);
    asked.is_under_way = false;
    c.throttle_done(c.user, 7, retry_after_s, &e);
}

/* The store's answer to the creation or end of a session. */
static inline void store_answers(struct session *session, enum err_code code) {
    struct session_call c = asked.call;
    struct err e = {.code = code};
    assert_true(asked.is_under_way && c.session_done);
    asked.is_under_way = false;
    c.session_done(c.user, session, &e);
}

/* To who wants to renew a session. */
static inline void store_leases(enum session_renewal what, struct session *session) {
    struct session_call c = asked.call;
    struct err e = {.code = ERR_NONE};
    assert_true(asked.is_under_way && c.renewal_done);
    asked.is_under_way = false;
    c.renewal_done(c.user, what, session, &e);
}

/* To the end of somebody's sessions. */
static inline void store_ended(const struct session_ended *ended, enum err_code code) {
    struct session_call c = asked.call;
    struct err e = {.code = code};
    assert_true(asked.is_under_way && c.ended_done);
    asked.is_under_way = false;
    c.ended_done(c.user, ended, &e);
}

static inline void broker_answers(enum err_code code) {
    struct broker_reply reply = {.kind = BROKER_SIGN_IN, .principal = "alice@CORP.EXAMPLE"};
    if (code != ERR_NONE)
        err_set(&reply.err, code, "the directory said no");
    asked.answer(asked.answer_user, &reply);
}

/* The store's answer whether a code is wanted. */
static inline void factor_answers(bool is_enrolled, enum err_code code) {
    struct session_call c = asked.call;
    struct err e = {.code = code};
    assert_true(asked.is_under_way && c.factor_begun);
    asked.is_under_way = false;
    c.factor_begun(c.user, is_enrolled, &e);
}

/* The store's answer to a code. */
static inline void code_answers(enum err_code code, int64_t retry_after_s) {
    static char provider[] = "staff", name[] = "alice@CORP.EXAMPLE";
    static char claims[] = "{\"upn\":\"alice@CORP.EXAMPLE\",\"amr\":[\"pwd\"],\"acr\":\"pwd\"}";
    static const struct identity ALICE = {
        .provider = provider, .subject = name, .principal = name, .claims = claims};
    struct session_call c = asked.call;
    struct err e = {.code = code};
    struct factor_answer a = {.err = &e,
                              .account = code == ERR_FACTOR_STATE ? NULL : name,
                              .who = code == ERR_NONE ? &ALICE : NULL,
                              .retry_after_s = retry_after_s};
    assert_true(asked.is_under_way && c.factor_tried);
    asked.is_under_way = false;
    c.factor_tried(c.user, &a);
}
