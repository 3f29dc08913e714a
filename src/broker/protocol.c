/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers are in network order and of fixed width. A text or a byte string is a 32-bit length and
 * its bytes. The first byte tells the kind, with the high bit set in an answer.
 */
#include "broker/protocol.h"

#include <stdlib.h>

enum { ANSWER = 0x80 };

/* What is left of a datagram; `bad` stays set once something did not fit. */
struct reader {
    struct str rest;
    bool bad;
};

static void put(struct buf *out, uint64_t value, unsigned bytes) {
    while (bytes-- > 0)
        buf_add_byte(out, (char)(value >> (8 * bytes)));
}

static void put_bytes(struct buf *out, struct str s, size_t max) {
    if (s.n > max)
        out->failed = true;
    put(out, s.n, 4);
    buf_add(out, s);
}

/* Names become C strings in libkrb5, where a NUL byte would make another name of them. */
static bool is_text(struct str s, size_t max) { return s.n <= max && str_index(s, '\0') == s.n; }

static void put_text(struct buf *out, struct str s, size_t max) {
    if (!is_text(s, max))
        out->failed = true;
    put_bytes(out, s, max);
}

static uint64_t take(struct reader *r, unsigned bytes) {
    uint64_t value = 0;
    if (r->bad || r->rest.n < bytes) {
        r->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)r->rest.p[i];
    r->rest = str_from(r->rest, bytes);
    return value;
}

static struct str take_bytes(struct reader *r, size_t max) {
    uint64_t n = take(r, 4);
    if (r->bad || n > max || n > r->rest.n) {
        r->bad = true;
        return STR_NONE;
    }
    struct str s = str_head(r->rest, n);
    r->rest = str_from(r->rest, n);
    return s;
}

static struct str take_text(struct reader *r, size_t max) {
    struct str s = take_bytes(r, max);
    if (!is_text(s, max))
        r->bad = true;
    return r->bad ? STR_NONE : s;
}

/* A text of at most size - 1 bytes as a C string in `out`. */
static void take_array(struct reader *r, char *out, size_t size) {
    struct str s = take_text(r, size - 1);
    if (s.n)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
}

static char *take_string(struct reader *r) {
    struct str s = take_text(r, BROKER_NAME_MAX);
    return r->bad ? NULL : strndup(s.n ? s.p : "", s.n);
}

static unsigned char *take_copy(struct reader *r, size_t max, size_t *size) {
    struct str s = take_bytes(r, max);
    unsigned char *copy = r->bad || s.n == 0 ? NULL : malloc(s.n);
    *size = copy ? s.n : 0;
    return copy ? memcpy(copy, s.p, s.n) : NULL;
}

static bool is_done(const struct reader *r) { return !r->bad && r->rest.n == 0; }

static bool is_kind(uint64_t kind) { return kind >= BROKER_TICKET && kind <= BROKER_ACCEPT; }

/* Both name a person and a service. */
static bool is_chain(enum broker_kind kind) {
    return kind == BROKER_TICKET || kind == BROKER_EXAMINE;
}

static bool is_name_type(uint64_t type) {
    return type >= BROKER_NAME_PRINCIPAL && type <= BROKER_NAME_EVIDENCE;
}

static bool has_proof(enum broker_name_type type) {
    return type == BROKER_NAME_OWN || type == BROKER_NAME_CERTIFICATE ||
           type == BROKER_NAME_EVIDENCE;
}

static void put_accept(struct buf *out, const struct broker_request *q) {
    put_text(out, q->provider, BROKER_NAME_MAX);
    put_text(out, q->host, BROKER_NAME_MAX);
    put_bytes(out, q->ap_req, BROKER_AP_MAX);
    put_bytes(out, q->end_point, BROKER_END_POINT_MAX);
    put(out, q->wants_evidence, 1);
}

static void take_accept(struct reader *r, struct broker_request *q) {
    q->provider = take_text(r, BROKER_NAME_MAX);
    q->host = take_text(r, BROKER_NAME_MAX);
    q->ap_req = take_bytes(r, BROKER_AP_MAX);
    q->end_point = take_bytes(r, BROKER_END_POINT_MAX);
    uint64_t wants = take(r, 1);
    q->wants_evidence = wants == 1;
    r->bad |= wants > 1;
}

void broker_request_encode(struct buf *out, const struct broker_request *q) {
    if (!is_kind(q->kind) || (is_chain(q->kind) && !is_name_type(q->name_type)))
        out->failed = true;
    put(out, q->kind, 1);
    put(out, q->id, 8);
    put(out, q->timeout_ms, 4);
    put_text(out, q->user, BROKER_NAME_MAX);
    if (is_chain(q->kind)) {
        put(out, q->name_type, 1);
        put(out, q->account, 1);
        put_text(out, q->spn, BROKER_NAME_MAX);
        if (has_proof(q->name_type))
            put_bytes(out, q->proof, BROKER_OWN_MAX);
    } else if (q->kind == BROKER_ACCEPT) {
        put_accept(out, q);
    } else {
        put_text(out, q->realm, BROKER_NAME_MAX);
        put_text(out, q->password, BROKER_PASSWORD_MAX);
        put(out, q->own_life_s, 4);
    }
}

bool broker_request_decode(struct str in, struct broker_request *q) {
    struct reader r = {.rest = in};
    memset(q, 0, sizeof *q);
    uint64_t kind = take(&r, 1);
    if (!is_kind(kind))
        return false;
    q->kind = (enum broker_kind)kind;
    q->id = take(&r, 8);
    q->timeout_ms = (uint32_t)take(&r, 4);
    q->user = take_text(&r, BROKER_NAME_MAX);
    if (is_chain(q->kind)) {
        uint64_t type = take(&r, 1);
        if (!is_name_type(type))
            return false;
        q->name_type = (enum broker_name_type)type;
        q->account = (uint8_t)take(&r, 1);
        q->spn = take_text(&r, BROKER_NAME_MAX);
        if (has_proof(q->name_type))
            q->proof = take_bytes(&r, BROKER_OWN_MAX);
    } else if (q->kind == BROKER_ACCEPT) {
        take_accept(&r, q);
    } else {
        q->realm = take_text(&r, BROKER_NAME_MAX);
        q->password = take_text(&r, BROKER_PASSWORD_MAX);
        q->own_life_s = (uint32_t)take(&r, 4);
    }
    return is_done(&r);
}

static void put_err(struct buf *out, const struct err *e) {
    put(out, e->code, 2);
    put(out, (uint32_t)e->kdc.code, 4);
    put(out, e->kdc.nt_status, 4);
    put_text(out, str_of(e->kdc.step), sizeof e->kdc.step - 1);
    put_text(out, str_of(e->kdc.address), sizeof e->kdc.address - 1);
    put(out, (uint64_t)e->kdc.took_us, 8);
    put_text(out, str_of(e->detail), sizeof e->detail - 1);
    put_text(out, str_of(e->hint), sizeof e->hint - 1);
}

static void take_err(struct reader *r, struct err *e) {
    uint64_t code = take(r, 2);
    if (code >= ERR_COUNT)
        r->bad = true;
    e->code = r->bad ? ERR_INTERNAL : (enum err_code)code;
    e->kdc.code = (int32_t)take(r, 4);
    e->kdc.nt_status = (uint32_t)take(r, 4);
    take_array(r, e->kdc.step, sizeof e->kdc.step);
    take_array(r, e->kdc.address, sizeof e->kdc.address);
    e->kdc.took_us = (int64_t)take(r, 8);
    take_array(r, e->detail, sizeof e->detail);
    take_array(r, e->hint, sizeof e->hint);
}

static void put_ticket(struct buf *out, const struct ticket *t) {
    if (!t || t->der_size == 0 || t->key_size == 0) {
        out->failed = true;
        return;
    }
    put_text(out, str_of(t->client), BROKER_NAME_MAX);
    put_text(out, str_of(t->server), BROKER_NAME_MAX);
    put_text(out, str_of(t->kdc), BROKER_NAME_MAX);
    put(out, (uint64_t)t->took_us, 8);
    put_bytes(out, str_n((const char *)t->der, t->der_size), BROKER_TICKET_MAX);
    put_bytes(out, str_n((const char *)t->key, t->key_size), BROKER_KEY_MAX);
    put(out, (uint32_t)t->enctype, 4);
    put(out, (uint32_t)t->ticket_enctype, 4);
    put(out, t->kvno, 4);
    put(out, (uint64_t)t->starts_s, 8);
    put(out, (uint64_t)t->ends_s, 8);
    put(out, t->flags, 4);
}

static struct ticket *take_ticket(struct reader *r) {
    struct ticket *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->client = take_string(r);
    t->server = take_string(r);
    t->kdc = take_string(r);
    t->took_us = (int64_t)take(r, 8);
    t->der = take_copy(r, BROKER_TICKET_MAX, &t->der_size);
    t->key = take_copy(r, BROKER_KEY_MAX, &t->key_size);
    t->enctype = (int32_t)take(r, 4);
    t->ticket_enctype = (int32_t)take(r, 4);
    t->kvno = (uint32_t)take(r, 4);
    t->starts_s = (int64_t)take(r, 8);
    t->ends_s = (int64_t)take(r, 8);
    t->flags = (uint32_t)take(r, 4);
    if (is_done(r) && t->client && t->server && t->kdc && t->der && t->key)
        return t;
    ticket_free(t);
    return NULL;
}

static void put_sign_in(struct buf *out, const struct broker_reply *r) {
    put_text(out, str_of(r->principal), BROKER_NAME_MAX);
    put_bytes(out, str_n((const char *)r->own, r->own_size), BROKER_OWN_MAX);
    put(out, (uint64_t)r->own_ends_s, 8);
    put_text(out, str_of(r->groups), BROKER_GROUPS_MAX);
    if (r->kind != BROKER_ACCEPT)
        return;
    put_text(out, str_of(r->sid), sizeof r->sid - 1);
    put_bytes(out, str_n((const char *)r->ap_rep, r->ap_rep_size), BROKER_AP_REP_MAX);
}

static bool take_sign_in(struct reader *r, struct broker_reply *out) {
    take_array(r, out->principal, sizeof out->principal);
    out->own = take_copy(r, BROKER_OWN_MAX, &out->own_size);
    out->own_ends_s = (int64_t)take(r, 8);
    struct str groups = take_text(r, BROKER_GROUPS_MAX);
    out->groups = groups.n ? strndup(groups.p, groups.n) : NULL;
    if (out->kind == BROKER_ACCEPT) {
        take_array(r, out->sid, sizeof out->sid);
        out->ap_rep = take_copy(r, BROKER_AP_REP_MAX, &out->ap_rep_size);
    }
    if (is_done(r))
        return true;
    broker_reply_fini(out);
    return false;
}

static bool take_facts(struct reader *r, struct broker_reply *out) {
    struct str s = take_text(r, BROKER_FACTS_MAX);
    out->facts = is_done(r) ? strndup(s.n ? s.p : "", s.n) : NULL;
    return out->facts;
}

void broker_reply_fini(struct broker_reply *r) {
    ticket_free(r->ticket);
    free(r->own);
    free(r->facts);
    free(r->groups);
    free(r->ap_rep);
    r->ap_rep = NULL;
    r->ap_rep_size = 0;
    r->groups = NULL;
    r->facts = NULL;
    r->ticket = NULL;
    r->own = NULL;
    r->own_size = 0;
}

void broker_reply_encode(struct buf *out, const struct broker_reply *r) {
    put(out, r->kind | ANSWER, 1);
    put(out, r->id, 8);
    put_err(out, &r->err);
    if (r->err.code != ERR_NONE)
        return;
    if (r->kind == BROKER_TICKET)
        put_ticket(out, r->ticket);
    else if (r->kind == BROKER_EXAMINE)
        put_text(out, str_of(r->facts), BROKER_FACTS_MAX);
    else
        put_sign_in(out, r);
}

bool broker_reply_decode(struct str in, struct broker_reply *out) {
    struct reader r = {.rest = in};
    memset(out, 0, sizeof *out);
    uint64_t kind = take(&r, 1) ^ ANSWER;
    if (!is_kind(kind))
        return false;
    out->kind = (enum broker_kind)kind;
    out->id = take(&r, 8);
    take_err(&r, &out->err);
    if (r.bad || out->err.code != ERR_NONE)
        return is_done(&r);
    if (out->kind == BROKER_TICKET) {
        out->ticket = take_ticket(&r);
        return out->ticket != NULL;
    }
    return out->kind == BROKER_EXAMINE ? take_facts(&r, out) : take_sign_in(&r, out);
}
