/* SPDX-License-Identifier: Apache-2.0
 *
 * One session: what it holds, for how long it counts, and who still needs it.
 */
#include "session/session.h"

#include "base/buf.h"
#include "base/encode.h"
#include "session/session_int.h"

#include <stdlib.h>

static void leave(struct session_life *life) {
    if (life && --life->refs == 0)
        free(life);
}

static void session_free(struct session *s) {
    leave(s->life);
    identity_fini(&s->identity);
    free(s->renewal);
    free(s->host);
    free(s);
}

static void name_it(struct session *s) {
    struct buf hex;
    enum { SHOWN = (SESSION_PUBLIC_ID_SIZE - 1) / 2 };
    buf_init(&hex, SESSION_PUBLIC_ID_SIZE);
    encode_hex(&hex, str_n((const char *)s->hash, SHOWN));
    memcpy(s->public_id, buf_str(&hex).p, buf_size(&hex));
    buf_fini(&hex);
}

struct session *session_new(const unsigned char hash[SHA256_SIZE], const struct identity *identity,
                            struct str host, int64_t created_s) {
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->refs = 1;
    memcpy(s->hash, hash, sizeof s->hash);
    name_it(s);
    s->host = strndup(host.n ? host.p : "", host.n);
    s->created_s = created_s;
    s->used_s = created_s;
    s->written_s = created_s;
    s->renewed_s = created_s;
    s->life = calloc(1, sizeof *s->life);
    if (s->life)
        s->life->refs = 1;
    if (s->life && s->host && identity_copy(&s->identity, identity))
        return s;
    session_free(s);
    return NULL;
}

struct session *session_passing(const struct identity *who, struct str host, int64_t ends_s) {
    unsigned char hash[SHA256_SIZE];
    struct buf name;
    buf_init(&name, SESSION_TEXT_MAX);
    const struct str texts[] = {str_of(who->provider), str_of(who->subject), host};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        buf_add_all(&name, (struct str[]){texts[i], str_n("", 1)}, 2);
    secret_sha256(buf_str(&name), hash);
    struct session *s = name.failed ? NULL : session_new(hash, who, host, clock_wall_s());
    buf_fini(&name);
    if (s)
        s->passes_s = ends_s;
    return s;
}

void session_join(struct session *s, const struct session *of) {
    of->life->refs++;
    leave(s->life);
    s->life = of->life;
}

bool session_set_renewal(struct session *s, struct str sealed, int64_t renewed_s) {
    s->renewed_s = renewed_s;
    if (sealed.n == 0)
        return true;
    s->renewal = malloc(sealed.n);
    if (!s->renewal)
        return false;
    memcpy(s->renewal, sealed.p, sealed.n);
    s->renewal_size = sealed.n;
    return true;
}

size_t session_size(const struct session *s) {
    const struct identity *i = &s->identity;
    return str_of(s->host).n + str_of(i->provider).n + str_of(i->subject).n +
           str_of(i->principal).n + str_of(i->claims).n + i->own_ticket_size + s->renewal_size;
}

size_t session_text_size(const struct session *s) {
    return session_size(s) - s->identity.own_ticket_size - s->renewal_size;
}

bool session_is_past_lifetime(const struct session *s, const struct session_limits *l,
                              int64_t now_s) {
    return now_s >= s->created_s + l->lifetime_s || now_s < s->created_s - SESSION_SKEW_S;
}

bool session_is_idle(const struct session *s, const struct session_limits *l, int64_t now_s) {
    return now_s >= s->used_s + l->idle_s;
}

void session_raise(_Atomic int64_t *time, int64_t to) {
    int64_t seen = *time;
    while (seen < to && !atomic_compare_exchange_weak(time, &seen, to))
        ;
}

const struct identity *session_identity(const struct session *s) { return &s->identity; }

const char *session_public_id(const struct session *s) { return s->public_id; }

const char *session_host(const struct session *s) { return s->host; }

int64_t session_created_s(const struct session *s) { return s->created_s; }

int64_t session_used_s(const struct session *s) { return s->used_s; }

bool session_is_over(const struct session *s) {
    return s->life->is_over || s->renewed_s < s->life->over_before_s;
}

struct session *session_ref(struct session *s) {
    s->refs++;
    return s;
}

void session_unref(struct session *s) {
    if (s && --s->refs == 0)
        session_free(s);
}
