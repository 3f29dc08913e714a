/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "doctor/probe_answer.h"
#include "doctor/probe_head.h"
#include "doctor/probe_int.h"

#include <stdio.h>

enum {
    CONNECT_MS = 5000,
    ANSWER_MS = 8000,
    HEAD_MAX = 256 * 1024, /* of a request, token included */
    ANSWER_ARENA = 1024 * 1024,
};

int64_t probe_until(const struct probe_node *n, int64_t ms) {
    int64_t ends_us = clock_mono_us() + ms * 1000;
    return ends_us < n->probe->ends_us ? ends_us : n->probe->ends_us;
}

bool probe_is_over(const struct probe_node *n) { return clock_mono_us() >= n->probe->ends_us; }

struct probe_order probe_configured(const struct probe_node *n) {
    const struct config_app *app = n->probe->app;
    return (struct probe_order){.is_tls = str_eq(app->internal.scheme, STR("https")),
                                .has_token = n->die != NULL,
                                .is_challenged = app->waits_for_challenge,
                                .is_bound = app->binds_channel,
                                .form = app->token == TOKEN_KRB5 ? MINT_KRB5 : MINT_SPNEGO,
                                .host = app->host_header};
}

struct probe_wire probe_wire_new(const struct probe_node *n) {
    const struct config_limits *l = &n->probe->config->limits;
    return (struct probe_wire){.fd = -1, .limits = {l->response_head, l->headers}};
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

const char *probe_tls_name(const struct config_app *app, char out[PROBE_NAME_SIZE]) {
    if (app->backend_name)
        return app->backend_name;
    snprintf(out, PROBE_NAME_SIZE, "%.*s", STR_ARG(app->internal.host));
    return out;
}

/* Whether there is a connection to ask over, as the order wants it. */
static bool connect_wire(const struct probe_node *n, struct probe_wire *w,
                         const struct probe_order *o, struct probe_fault *f) {
    const struct config_app *app = n->probe->app;
    char name[PROBE_NAME_SIZE];
    int64_t ends_us = probe_until(n, least(CONNECT_MS, app->connect_timeout_ms));
    if (w->fd >= 0)
        return true;
    if (!probe_wire_open(w, &n->address, ends_us, f))
        return false;
    if (!o->is_tls)
        return true;
    if (!n->trust) {
        *f = (struct probe_fault){"failed", "the CAs of backend_tls cannot be read"};
        return false;
    }
    return probe_wire_secure(w, n->trust, probe_tls_name(app, name), ends_us, f);
}

static uint16_t flags_of(const struct config_app *app) {
    unsigned flags = 0;
    for (size_t i = 0; i < app->gss_flag_count; i++)
        flags |= app->gss_flags[i];
    return (uint16_t)flags;
}

/* A fresh token: no replay cache has seen it. */
static bool mint_token(const struct probe_node *n, const struct probe_wire *w,
                       const struct probe_order *o, struct buf *token, struct mint_proof *proof,
                       struct probe_fault *f) {
    unsigned char end_point[TLS_END_POINT_MAX], bindings[MINT_BINDINGS_SIZE];
    size_t size = o->is_bound && w->tls ? tls_end_point(w->tls, end_point) : 0;
    bool is_bound =
        size > 0 && mint_bindings(n->mint, str_n((const char *)end_point, size), bindings);
    struct mint_order order = {.form = o->form,
                               .is_mutual = n->probe->app->is_mutual_required,
                               .flags = flags_of(n->probe->app),
                               .bindings = is_bound ? bindings : NULL};
    struct err e;
    if (mint_header(n->mint, n->die, &order, token, proof, &e))
        return true;
    f->code = "mint";
    snprintf(f->detail, sizeof f->detail, "%s", e.detail);
    return false;
}

/* The request, into `out`. */
static bool write_request(const struct probe_node *n, struct probe_wire *w,
                          const struct probe_order *o, struct buf *out, struct mint_proof *proof,
                          struct probe_fault *f) {
    const struct probe *p = n->probe;
    struct buf token;
    struct probe_head head = {.app = p->app,
                              .target = o->target   ? str_of(o->target)
                                        : p->target ? str_of(p->target)
                                                    : p->app->internal.path,
                              .host = o->host,
                              .peer = w->own_address,
                              .filler = o->filler};
    buf_init_secret(&token, HEAD_MAX / 2);
    bool is_written = !o->has_token || mint_token(n, w, o, &token, proof, f);
    if (is_written) {
        head.authorization = buf_str(&token);
        probe_head_write(out, &head);
        is_written = !out->failed;
        if (!is_written)
            *f = (struct probe_fault){"failed", "the request does not fit the doctor's memory"};
    }
    buf_fini(&token);
    return is_written;
}

struct asked {
    size_t head_size;
    int64_t sent_us, first_us;
    struct mint_proof proof;
};

/* What came, while the message and its memory are there. */
static json_t *read_answer(const struct probe_node *n, const struct probe_order *o,
                           const struct message *m, const struct asked *asked) {
    struct buf memory;
    struct spnego_answer token;
    enum probe_proof proof = PROOF_NONE;
    buf_init(&memory, PROBE_TOKEN_MAX);
    bool has_token = probe_answer_token(m, &memory, &token);
    if (has_token && o->has_token && token.content == SPNEGO_AP_REP)
        proof = mint_is_proven(n->mint, n->die, &asked->proof, token.message) ? PROOF_TRUE
                                                                              : PROOF_FALSE;
    json_t *answer =
        probe_answer_json(&(struct probe_received){.message = m,
                                                   .token = has_token ? &token : NULL,
                                                   .proof = proof,
                                                   .now_s = clock_wall_s(),
                                                   .us = asked->first_us - asked->sent_us,
                                                   .head_size = asked->head_size});
    buf_fini(&memory);
    return answer;
}

static json_t *exchange(const struct probe_node *n, struct probe_wire *w,
                        const struct probe_order *o, struct arena *a, struct buf *out) {
    struct probe_fault f = {"failed", ""};
    struct message m;
    struct asked asked = {0};
    json_t *answer = NULL;
    int64_t ends_us = probe_until(n, least(ANSWER_MS, n->probe->app->timeout_ms));
    if (connect_wire(n, w, o, &f) && write_request(n, w, o, out, &asked.proof, &f)) {
        asked.head_size = buf_size(out);
        asked.sent_us = clock_mono_us();
        /* A server that refuses a head may answer before it has read all of it. */
        bool is_sent = probe_wire_send(w, buf_str(out), ends_us, &f);
        struct probe_fault unread;
        if (probe_wire_head(w, a, &m, ends_us, &asked.first_us, is_sent ? &f : &unread)) {
            answer = read_answer(n, o, &m, &asked);
            probe_wire_skip_body(w, &m, ends_us);
        }
    }
    if (!answer) {
        answer = probe_answer_failed(f.code, f.detail, asked.head_size);
        json_object_set_new(answer, "us",
                            json_integer(asked.sent_us ? clock_mono_us() - asked.sent_us : 0));
    }
    return answer;
}

/* As exchange(), without a first round. */
static json_t *ask_once(const struct probe_node *n, struct probe_wire *w,
                        const struct probe_order *o) {
    struct arena a;
    struct buf out;
    if (probe_is_over(n))
        return NULL;
    arena_init(&a, ANSWER_ARENA);
    buf_init_secret(&out, HEAD_MAX);
    json_t *answer = exchange(n, w, o, &a, &out);
    if (!w->is_reusable)
        probe_wire_close(w);
    buf_fini(&out);
    arena_fini(&a);
    return answer;
}

json_t *probe_ask(const struct probe_node *n, struct probe_wire *w, const struct probe_order *o) {
    if (o->has_token && o->is_challenged) {
        struct probe_order first = *o;
        first.has_token = false;
        json_decref(ask_once(n, w, &first));
    }
    return ask_once(n, w, o);
}

json_t *probe_ask_alone(const struct probe_node *n, const struct probe_order *o) {
    struct probe_wire w = probe_wire_new(n);
    json_t *answer = probe_ask(n, &w, o);
    probe_wire_close(&w);
    return answer;
}
