/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_renew.h"

#include "base/secret_box.h"
#include "session/session_cache.h"
#include "session/session_file.h"
#include "session/session_int.h"
#include "session/session_query.h"
#include "session/session_queue.h"

#include <stdlib.h>

static const struct str PURPOSE = STR("a refresh token");

struct renewal {
    struct session_call call; /* first: they are the same to the queue */
    session_renewal_fn *done;
    session_done_fn *renewed;
    struct session *session, *next; /* `next`: in its place */
    int64_t lease_s;
    enum session_renewal what;
};

void session_outdate(struct session *old, const struct session *by) {
    session_raise(&old->life->over_before_s, by->renewed_s);
}

int64_t session_renewed_s(const struct session *s) { return s->renewed_s; }

bool session_is_renewable(const struct session *s) { return s->renewal != NULL; }

bool session_renewal_has_failed(const struct session_store *store, const struct session *s) {
    return session_store_mono_ms(store) < s->retry_ms;
}

/* The cookie's value has 256 random bits; the store knows another hash of it. */
static bool derive(struct str cookie, unsigned char key[SHA256_SIZE]) {
    struct buf text;
    buf_init_secret(&text, 2 * SESSION_TOKEN_SIZE);
    buf_add_all(&text, (struct str[]){PURPOSE, str_n("", 1), cookie}, 3);
    secret_sha256(buf_str(&text), key);
    bool is_derived = !text.failed;
    buf_fini(&text);
    return is_derived;
}

bool session_seal(struct session *s, struct str cookie, const char *refresh_token) {
    unsigned char key[SHA256_SIZE];
    struct buf closed;
    if (!refresh_token)
        return true;
    buf_init(&closed, SESSION_REFRESH_TOKEN_MAX + SECRET_BOX_MORE);
    bool is_sealed = derive(cookie, key) &&
                     secret_box_close(key, PURPOSE, str_of(refresh_token), &closed) &&
                     session_set_renewal(s, buf_str(&closed), s->renewed_s);
    buf_fini(&closed);
    secret_wipe(key, sizeof key);
    return is_sealed;
}

bool session_unseal(const struct session *s, struct str cookie, struct buf *out) {
    unsigned char key[SHA256_SIZE];
    struct str closed = str_n((const char *)s->renewal, s->renewal_size);
    bool is_open = derive(cookie, key) && secret_box_open(key, PURPOSE, closed, out);
    secret_wipe(key, sizeof key);
    return is_open;
}

static void release(struct session_call *c) {
    struct renewal *r = (struct renewal *)c;
    session_unref(r->session);
    session_unref(r->next);
}

static struct renewal *renewal_new(struct session_store *store, struct session *s,
                                   void (*work)(struct session_call *c),
                                   void (*tell)(struct session_call *c)) {
    struct renewal *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->call = (struct session_call){.store = store,
                                    .queue_max = SESSION_QUEUE_ALL,
                                    .work = work,
                                    .tell = tell,
                                    .release = release};
    r->session = session_ref(s);
    return r;
}

static struct session *take_next(struct renewal *r) {
    struct session *next = r->call.err.code == ERR_NONE ? r->next : NULL;
    if (next)
        r->next = NULL;
    return next;
}

/* What somebody else made of it, for everybody. */
static void look(struct renewal *r) {
    struct session_store *store = r->call.store;
    if (!session_query_load(store->file, r->session->hash, &r->next, &r->call.err))
        return;
    r->what = r->next ? SESSION_RENEWAL_BUSY : SESSION_RENEWAL_OVER;
    if (!r->next || r->next->renewed_s == r->session->renewed_s)
        return;
    r->what = SESSION_RENEWAL_DONE;
    r->next->checked_ms = session_store_mono_ms(store);
    session_raise(&r->next->used_s, r->session->used_s);
    session_join(r->next, r->session);
    if (!session_cache_add(store->cache, r->next))
        r->what = SESSION_RENEWAL_OVER;
}

static void begin_work(struct session_call *c) {
    struct renewal *r = (struct renewal *)c;
    bool is_ours;
    int64_t now_s = session_store_now_s(c->store);
    struct session_lease lease = {now_s, now_s + r->lease_s};
    r->what = SESSION_RENEWAL_OURS;
    if (session_query_lease(c->store->file, r->session, &lease, &is_ours, &c->err) && !is_ours)
        look(r);
}

static void begin_tell(struct session_call *c) {
    struct renewal *r = (struct renewal *)c;
    r->done(c->user, r->what, r->what == SESSION_RENEWAL_DONE ? take_next(r) : NULL, &c->err);
}

static void begin_drop(struct session_call *c) {
    struct renewal *r = (struct renewal *)c;
    if (c->err.code == ERR_NONE && r->what == SESSION_RENEWAL_OURS)
        session_renewal_give_up(c->store, r->session);
}

struct session_call *session_renewal_begin(struct session_store *store, uv_loop_t *loop,
                                           struct session *s, int64_t lease_s,
                                           session_renewal_fn *done, void *user) {
    struct renewal *r = renewal_new(store, s, begin_work, begin_tell);
    if (!r)
        return NULL;
    r->call.drop = begin_drop;
    r->call.user = user;
    r->what = SESSION_RENEWAL_BUSY; /* until it had its turn */
    r->done = done;
    r->lease_s = lease_s;
    return session_queue_ask(store->queue, loop, &r->call);
}

static void give_up_work(struct session_call *c) {
    session_query_unlease(c->store->file, ((struct renewal *)c)->session, &c->err);
}

void session_renewal_give_up(struct session_store *store, struct session *s) {
    struct renewal *r = renewal_new(store, s, give_up_work, NULL);
    session_raise(&s->retry_ms, session_store_mono_ms(store) + SESSION_RENEWAL_RETRY_S * 1000);
    if (r) /* or it ends by itself */
        session_queue_send(store->queue, &r->call);
}

static void renew_work(struct session_call *c) {
    struct renewal *r = (struct renewal *)c;
    struct session_store *store = c->store;
    struct session *cached = NULL;
    bool is_there;
    r->next->checked_ms = session_store_mono_ms(store);
    if (!session_query_renew(store->file, r->next, &is_there, &c->err))
        return;
    session_cache_find(store->cache, r->session->hash, &cached);
    if (cached)
        session_raise(&r->next->used_s, cached->used_s);
    if (!is_there || !session_cache_add(store->cache, r->next)) {
        session_unref(r->next);
        r->next = NULL;
    }
    if (!r->next)
        r->session->life->is_over = true;
    session_unref(cached);
}

static void renew_tell(struct session_call *c) {
    struct renewal *r = (struct renewal *)c;
    r->renewed(c->user, take_next(r), &c->err);
}

/* As the one before in all that the provider has no say in. */
static struct session *next_of(const struct session_store *store, const struct session_renewed *r) {
    const struct session *old = r->session;
    int64_t now_s = session_store_now_s(store);
    struct str before = str_n((const char *)old->renewal, old->renewal_size);
    struct session *next = session_new(old->hash, r->as, str_of(old->host), old->created_s);
    if (!next)
        return NULL;
    session_join(next, old);
    next->used_s = old->used_s;
    next->written_s = old->written_s;
    next->renewed_s = now_s > old->renewed_s ? now_s : old->renewed_s + 1;
    if (r->as->refresh_token ? session_seal(next, r->cookie, r->as->refresh_token)
                             : session_set_renewal(next, before, next->renewed_s))
        return next;
    session_unref(next);
    return NULL;
}

struct session_call *session_renew(struct session_store *store, uv_loop_t *loop,
                                   const struct session_renewed *renewed, session_done_fn *done,
                                   void *user) {
    struct renewal *r = renewal_new(store, renewed->session, renew_work, renew_tell);
    if (!r)
        return NULL;
    r->call.needs_doing = true;
    r->call.user = user;
    r->renewed = done;
    r->next = next_of(store, renewed);
    if (!r->next) {
        release(&r->call);
        free(r);
        return NULL;
    }
    size_t size = session_text_size(r->next);
    if (size <= SESSION_TEXT_MAX)
        return session_queue_ask(store->queue, loop, &r->call);
    err_set(&r->call.err, ERR_BUSY, "what %s says about a person is %zu bytes, %d are allowed",
            renewed->as->provider, size, SESSION_TEXT_MAX);
    return session_queue_refuse(loop, &r->call);
}
