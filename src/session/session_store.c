/* SPDX-License-Identifier: Apache-2.0
 *
 * What the event loops ask of the store: from the cache where it is sure, else by a call to the
 * store's thread.
 */
#include "session/session.h"

#include "base/buf.h"
#include "base/encode.h"
#include "session/session_cache.h"
#include "session/session_file.h"
#include "session/session_int.h"
#include "session/session_query.h"
#include "session/session_queue.h"
#include "session/session_renew.h"

#include <stdlib.h>

enum { CLOSE_WAIT_US = 2000000 };

/* A session that is looked up, made, refreshed or ended. */
struct session_ask {
    struct session_call call; /* first: they are the same to the queue */
    session_done_fn *done;
    struct session *session; /* given to be made or refreshed; found by a lookup */
    unsigned char hash[SHA256_SIZE];
    char *host;     /* a lookup's */
    bool is_ending; /* the cache waits for session_cache_ended */
};

static struct session_ask *ask_of(struct session_call *c) { return (struct session_ask *)c; }

static void release(struct session_call *c) {
    struct session_ask *a = ask_of(c);
    if (a->is_ending) /* it was not even tried */
        session_cache_ended(c->store->cache, a->hash);
    session_unref(a->session);
    free(a->host);
}

static struct session_ask *ask_new(struct session_store *s, unsigned queue_max,
                                   void (*work)(struct session_call *c),
                                   void (*tell)(struct session_call *c)) {
    struct session_ask *a = calloc(1, sizeof *a);
    if (a)
        a->call = (struct session_call){
            .store = s, .queue_max = queue_max, .work = work, .tell = tell, .release = release};
    return a;
}

/* The answer's reference becomes the asker's. */
static void tell(struct session_call *c) {
    struct session_ask *a = ask_of(c);
    struct session *answer = c->err.code == ERR_NONE ? a->session : NULL;
    if (answer)
        a->session = NULL;
    a->done(c->user, answer, &c->err);
}

/* 43 characters of base64url, of which the last leaves the bits zero that are too many (RFC 4648
 * 3.5): only one text names a session. */
static bool is_token(struct str t) {
    if (t.n != SESSION_TOKEN_SIZE - 1)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        int value = encode_base64url_value(t.p[i]);
        if (value < 0 || (i + 1 == t.n && value % 4 != 0))
            return false;
    }
    return true;
}

static void refresh_work(struct session_call *c) {
    struct session_store *store = c->store;
    struct session *s = ask_of(c)->session;
    int64_t used_s = s->used_s;
    int64_t now_ms = session_store_mono_ms(store); /* before the look: what counts is what it saw */
    if (used_s < s->written_s + session_query_lag_s(&store->limits))
        used_s = 0;
    bool is_read =
        session_query_refresh(store->file, s->hash, session_store_now_s(store), &used_s, &c->err);
    if (is_read && used_s == 0) {
        session_cache_remove(store->cache, s->hash);
    } else if (is_read) {
        session_raise(&s->written_s, used_s);
        session_raise(&s->used_s, used_s);
        session_raise(&s->checked_ms, now_ms);
    } /* else the next that must ask is told why */
    s->is_refreshing = false;
}

/* Behind a request: nobody waits, and when the queue is full it is left to a later one. */
static void refresh(struct session_store *store, struct session *s) {
    bool is_due = session_store_mono_ms(store) >= s->checked_ms + SESSION_FRESH_MS ||
                  s->used_s >= s->written_s + session_query_lag_s(&store->limits);
    if (!is_due || atomic_exchange(&s->is_refreshing, true))
        return;
    struct session_ask *a = ask_new(store, SESSION_QUEUE_LOOKUPS, refresh_work, NULL);
    if (a)
        a->session = session_ref(s);
    if (!a || !session_queue_send(store->queue, &a->call))
        s->is_refreshing = false;
}

static void use(struct session_store *store, struct session *s) {
    session_raise(&s->used_s, session_store_now_s(store));
    refresh(store, s);
}

static bool is_fresh(struct session_store *store, const struct session *s) {
    return session_store_mono_ms(store) < s->checked_ms + SESSION_STALE_MS;
}

static bool counts(struct session_store *store, const struct session *s, struct str host) {
    int64_t now_s = session_store_now_s(store);
    return !session_is_past_lifetime(s, &store->limits, now_s) &&
           !session_is_idle(s, &store->limits, now_s) && str_eq_ci(str_of(s->host), host);
}

/* A use in the future was noted by a clock gone wrong: it counts as now, and is soon written so. */
static void set_right(struct session *s, int64_t now_s) {
    if (s->used_s <= now_s)
        return;
    s->used_s = now_s;
    s->written_s = 0;
}

/* From the disk, unless somebody else's lookup has just brought it. NULL also when it is over. */
static bool load(struct session_store *store, struct session_ask *a, struct session **out) {
    struct session *cached;
    int64_t now_ms = session_store_mono_ms(store);
    enum session_cached found = session_cache_find(store->cache, a->hash, &cached);
    *out = NULL;
    if (found == SESSION_CACHED_ENDING)
        return true;
    if (found == SESSION_CACHED && is_fresh(store, cached)) {
        *out = cached;
        return true;
    }
    bool is_read = session_query_load(store->file, a->hash, out, &a->call.err);
    if (*out) {
        (*out)->checked_ms = now_ms;
        if (cached) { /* what is not yet written down */
            session_raise(&(*out)->used_s, cached->used_s);
            session_join(*out, cached);
        }
        set_right(*out, session_store_now_s(store));
    } else if (is_read) {
        session_cache_remove(store->cache, a->hash);
    }
    session_unref(cached);
    return is_read;
}

static void find_work(struct session_call *c) {
    struct session_ask *a = ask_of(c);
    struct session *s;
    if (!load(c->store, a, &s) || !s)
        return;
    if (counts(c->store, s, str_of(a->host)) && session_cache_add(c->store->cache, s))
        a->session = s;
    else
        session_unref(s);
}

static void find_tell(struct session_call *c) {
    struct session *s = ask_of(c)->session;
    if (s)
        use(c->store, s);
    tell(c);
}

static void end_work(struct session_call *c) {
    struct session_ask *a = ask_of(c);
    session_query_delete(c->store->file, a->hash, &c->err);
    session_cache_ended(c->store->cache, a->hash);
    a->is_ending = false;
}

static void create_work(struct session_call *c) {
    struct session_store *store = c->store;
    struct session *s = ask_of(c)->session;
    int64_t now_s = session_store_now_s(store);
    s->checked_ms = session_store_mono_ms(store);
    if (session_query_insert(store->file, s, &store->limits, now_s, &c->err))
        session_cache_add(store->cache, s);
}

void session_token_make(char token[SESSION_TOKEN_SIZE]) {
    char bytes[SESSION_TOKEN_BYTES];
    struct buf text;
    buf_init_secret(&text, SESSION_TOKEN_SIZE);
    secret_random(bytes, sizeof bytes);
    encode_base64url(&text, str_n(bytes, sizeof bytes));
    memcpy(token, buf_str(&text).p, buf_size(&text));
    token[buf_size(&text)] = 0;
    buf_fini(&text);
    secret_wipe(bytes, sizeof bytes);
}

struct session_store *session_store_open(const char *file, struct session_limits limits,
                                         struct err *e) {
    struct session_store *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, ERR_NO_MEMORY, "no memory for the session store");
        return NULL;
    }
    s->limits = limits;
    s->cache = session_cache_new();
    if (!s->cache)
        err_set(e, ERR_NO_MEMORY, "no memory for the sessions' cache");
    else if ((s->file = session_file_open(file, e)) && session_file_key(s->file, s->key, e) &&
             (s->queue = session_queue_new(e)))
        return s;
    session_store_close(s);
    return NULL;
}

const unsigned char *session_store_key(const struct session_store *s) { return s->key; }

void session_store_close(struct session_store *s) {
    if (!s)
        return;
    if (s->file)
        session_file_give_up_at(s->file, clock_mono_us() + CLOSE_WAIT_US);
    session_queue_free(s->queue);
    session_file_close(s->file);
    session_cache_free(s->cache);
    secret_wipe(s->key, sizeof s->key);
    free(s);
}

/* `*out` is what the cache is sure of; false: the store must be asked. */
static bool find_cached(struct session_store *s, const unsigned char *hash, struct str host,
                        struct session **out) {
    struct session *cached;
    enum session_cached found = session_cache_find(s->cache, hash, &cached);
    *out = NULL;
    if (found != SESSION_CACHED)
        return found == SESSION_CACHED_ENDING;
    int64_t now_s = session_store_now_s(s);
    bool is_never = session_is_past_lifetime(cached, &s->limits, now_s) ||
                    !str_eq_ci(str_of(cached->host), host);
    /* It may be in use in another process, which the store knows. */
    bool is_sure = is_never || (is_fresh(s, cached) && !session_is_idle(cached, &s->limits, now_s));
    if (is_sure && !is_never) {
        use(s, cached);
        *out = cached;
    } else {
        session_unref(cached);
    }
    return is_sure;
}

enum session_found session_find(struct session_store *s, uv_loop_t *loop, struct str token,
                                struct str host, session_done_fn *done, void *user,
                                struct session **out, struct session_call **call) {
    unsigned char hash[SHA256_SIZE];
    *out = NULL;
    *call = NULL;
    if (!is_token(token))
        return SESSION_NONE;
    secret_sha256(token, hash);
    if (find_cached(s, hash, host, out))
        return *out ? SESSION_FOUND : SESSION_NONE;
    struct session_ask *a = ask_new(s, SESSION_QUEUE_LOOKUPS, find_work, find_tell);
    if (!a)
        return SESSION_NONE;
    memcpy(a->hash, hash, sizeof hash);
    a->done = done;
    a->call.user = user;
    a->host = strndup(host.n ? host.p : "", host.n);
    if (a->host)
        *call = session_queue_ask(s->queue, loop, &a->call);
    else
        free(a);
    return *call ? SESSION_LOADING : SESSION_NONE;
}

struct session_call *session_create(struct session_store *s, uv_loop_t *loop,
                                    const struct identity *identity, struct str host,
                                    char token[SESSION_TOKEN_SIZE], session_done_fn *done,
                                    void *user) {
    struct session_ask *a = ask_new(s, SESSION_QUEUE_SIGN_INS, create_work, tell);
    token[0] = 0;
    if (!a)
        return NULL;
    a->done = done;
    a->call.user = user;
    session_token_make(token);
    secret_sha256(str_of(token), a->hash);
    a->session = session_new(a->hash, identity, host, session_store_now_s(s));
    if (!a->session || !session_seal(a->session, str_of(token), identity->refresh_token)) {
        session_unref(a->session);
        free(a);
        return NULL;
    }
    size_t size = session_text_size(a->session);
    if (size <= SESSION_TEXT_MAX)
        return session_queue_ask(s->queue, loop, &a->call);
    err_set(&a->call.err, ERR_BUSY, "what %s says about a person is %zu bytes, %d are allowed",
            a->session->identity.provider, size, SESSION_TEXT_MAX);
    err_hint(&a->call.err, "Let the identity provider send fewer claims (groups, most often)");
    return session_queue_refuse(loop, &a->call);
}

bool session_has_ended(const struct session_store *s, const struct session *session) {
    if (session->passes_s)
        return session_is_over(session) || session_store_now_s(s) >= session->passes_s;
    return session_is_over(session) ||
           session_is_past_lifetime(session, &s->limits, session_store_now_s(s));
}

struct session_call *session_end(struct session_store *s, uv_loop_t *loop, struct session *session,
                                 session_done_fn *done, void *user) {
    struct session_ask *a = ask_new(s, SESSION_QUEUE_ALL, end_work, tell);
    if (!a)
        return NULL;
    a->done = done;
    a->call.user = user;
    a->call.needs_doing = true;
    memcpy(a->hash, session->hash, sizeof a->hash);
    a->is_ending = session_cache_end(s->cache, a->hash);
    if (a->is_ending)
        return session_queue_ask(s->queue, loop, &a->call);
    free(a);
    return NULL;
}
