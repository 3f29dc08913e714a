/* SPDX-License-Identifier: Apache-2.0 */
#include "session/throttle.h"

#include "base/buf.h"
#include "base/log.h"
#include "session/session_file.h"
#include "session/session_int.h"
#include "session/session_queue.h"

#include <netinet/in.h>
#include <stdlib.h>

/* What is counted together: a user's or a source's attempts. */
struct key {
    unsigned char bytes[THROTTLE_USER_MAX];
    int n;
};

struct reservation {
    struct session_call call; /* first: they are the same to the queue */
    throttle_done_fn *done;
    uv_loop_t *loop;
    struct throttle_limits limits;
    struct key user, source;
    int64_t id, retry_after_s;
};

struct settlement {
    struct session_call call; /* first: they are the same to the queue */
    int64_t id;
    enum throttle_outcome outcome;
};

/* A clock that was set back must neither lock anybody out for longer nor forget anything. */
static const char CATCH_UP[] =
    "UPDATE attempts SET at = ?1, until = ?1 + (until - at) WHERE at > ?1";
static const char PURGE[] = "DELETE FROM attempts WHERE until <= ?1";
static const char COUNT[] = "SELECT count(*) FROM attempts";
/* The attempt that must fall out of the window before there is room for one more. */
static const char USER[] =
    "SELECT at FROM attempts WHERE user = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3";
static const char SOURCE[] =
    "SELECT at FROM attempts WHERE source = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3";
static const char INSERT[] =
    "INSERT INTO attempts (at, until, user, source) VALUES (?1, ?2, ?3, ?4)";
static const char FORGET_USER[] = "UPDATE attempts SET user = NULL WHERE user = (SELECT user FROM "
                                  "attempts WHERE id = ?1)";
static const char TAKE_BACK[] = "DELETE FROM attempts WHERE id = ?1";

/* No provider's name is empty or has a NUL, so a digest is no pair's text. */
static bool make_user(struct key *k, struct str provider, struct str name) {
    struct buf text;
    buf_init(&text, provider.n + 1 + name.n);
    buf_add(&text, provider);
    buf_add_byte(&text, 0);
    buf_add(&text, name);
    bool is_made = !text.failed;
    if (buf_size(&text) <= sizeof k->bytes) {
        k->n = (int)buf_size(&text);
        memcpy(k->bytes, buf_str(&text).p, buf_size(&text));
    } else {
        k->n = 1 + SHA256_SIZE;
        k->bytes[0] = 0;
        secret_sha256(buf_str(&text), k->bytes + 1);
    }
    buf_fini(&text);
    return is_made;
}

static void set(struct key *k, unsigned char family, const void *bytes, size_t n) {
    k->bytes[0] = family;
    memcpy(k->bytes + 1, bytes, n);
    k->n = (int)n + 1;
}

/* A customer of an IPv6 provider has a /64 at least (RFC 6177), and every address of it. */
static void make_source(struct key *k, const struct sockaddr *source) {
    const struct sockaddr_in *v4 = (const void *)source;
    const struct sockaddr_in6 *v6 = (const void *)source;
    if (source->sa_family == AF_INET)
        set(k, 4, &v4->sin_addr, 4);
    else if (source->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        set(k, 4, v6->sin6_addr.s6_addr + 12, 4);
    else if (source->sa_family == AF_INET6)
        set(k, 6, &v6->sin6_addr, 8);
    else
        set(k, 0, "", 0);
}

static bool run_with(struct session_file *f, const char *sql, int64_t number, struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, sql, e);
    if (s)
        sqlite3_bind_int64(s, 1, number);
    return s && session_file_step(f, s, "written", e) == SQLITE_DONE;
}

/* Raises `*wait_s` to the seconds until one more attempt of `key` is within the limit. */
static bool count(struct reservation *r, const char *sql, const struct key *key, int64_t now_s,
                  int64_t *wait_s) {
    struct session_file *f = r->call.store->file;
    bool is_user = sql == USER;
    int64_t window_s = is_user ? r->limits.user_window_s : r->limits.source_window_s;
    unsigned allowed = is_user ? r->limits.user_attempts : r->limits.source_attempts;
    sqlite3_stmt *s = session_file_statement(f, sql, &r->call.err);
    if (!s)
        return false;
    sqlite3_bind_blob(s, 1, key->bytes, key->n, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, now_s - window_s);
    sqlite3_bind_int64(s, 3, (int64_t)allowed - 1);
    int found = session_file_step(f, s, "read", &r->call.err);
    if (found != SQLITE_ROW)
        return found == SQLITE_DONE;
    int64_t left_s = sqlite3_column_int64(s, 0) + window_s - now_s;
    session_file_reset(s);
    if (left_s > *wait_s)
        *wait_s = left_s;
    return true;
}

static bool has_room(struct session_file *f, struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, COUNT, e);
    if (!s || session_file_step(f, s, "read", e) != SQLITE_ROW)
        return false;
    int64_t rows = sqlite3_column_int64(s, 0);
    session_file_reset(s);
    if (rows < THROTTLE_ROWS_MAX)
        return true;
    err_set(e, ERR_BUSY,
            "the store %s holds %lld failed sign-ins that still count, and may not "
            "hold more",
            session_file_name(f), (long long)rows);
    err_hint(e, "Somebody tries passwords from many addresses: find them in the access log and "
                "block them; kerbgate events shows the names tried");
    return false;
}

static bool insert(struct reservation *r, int64_t now_s) {
    struct session_file *f = r->call.store->file;
    const struct throttle_limits *l = &r->limits;
    sqlite3_stmt *s = session_file_statement(f, INSERT, &r->call.err);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 1, now_s);
    sqlite3_bind_int64(
        s, 2,
        now_s + (l->user_window_s > l->source_window_s ? l->user_window_s : l->source_window_s));
    sqlite3_bind_blob(s, 3, r->user.bytes, r->user.n, SQLITE_STATIC);
    sqlite3_bind_blob(s, 4, r->source.bytes, r->source.n, SQLITE_STATIC);
    return session_file_step(f, s, "written", &r->call.err) == SQLITE_DONE;
}

/* An attempt that is refused is not written: it costs a place in no window. */
static void reserve_work(struct session_call *c) {
    struct reservation *r = (struct reservation *)c;
    struct session_file *f = c->store->file;
    int64_t now_s = session_store_now_s(c->store), wait_s = 0, id = 0;
    if (!session_file_begin(f, SESSION_OUTLASTS_PROCESS, &c->err))
        return;
    bool ok = run_with(f, CATCH_UP, now_s, &c->err) && run_with(f, PURGE, now_s, &c->err) &&
              count(r, USER, &r->user, now_s, &wait_s) &&
              count(r, SOURCE, &r->source, now_s, &wait_s);
    if (ok && wait_s == 0) {
        ok = has_room(f, &c->err) && insert(r, now_s);
        id = ok ? session_file_last_id(f) : 0;
    }
    if (!session_file_end(f, ok, &c->err))
        return;
    r->id = id;
    r->retry_after_s = wait_s;
}

static void reserve_tell(struct session_call *c) {
    struct reservation *r = (struct reservation *)c;
    r->done(c->user, r->id, r->retry_after_s, &c->err);
}

/* Nobody will make the attempt. */
static void reserve_drop(struct session_call *c) {
    struct reservation *r = (struct reservation *)c;
    if (r->id)
        throttle_settle(c->store, r->loop, r->id, THROTTLE_UNTRIED);
}

static void settle_work(struct session_call *c) {
    struct settlement *s = (struct settlement *)c;
    struct session_file *f = c->store->file;
    bool ok = session_file_begin(f, SESSION_OUTLASTS_PROCESS, &c->err);
    if (ok) {
        ok = (s->outcome != THROTTLE_GOOD || run_with(f, FORGET_USER, s->id, &c->err)) &&
             run_with(f, TAKE_BACK, s->id, &c->err);
        ok = session_file_end(f, ok, &c->err);
    }
    if (!ok)
        log_err(LOG_WARN, "a sign-in that did not fail is counted as failed", &c->err);
}

struct session_call *throttle_reserve(struct session_store *s, uv_loop_t *loop,
                                      const struct throttle_limits *limits, struct str provider,
                                      struct str name, const struct sockaddr *source,
                                      throttle_done_fn *done, void *user) {
    struct reservation *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->call = (struct session_call){.store = s,
                                    .queue_max = SESSION_QUEUE_SIGN_INS,
                                    .work = reserve_work,
                                    .tell = reserve_tell,
                                    .drop = reserve_drop,
                                    .user = user};
    r->done = done;
    r->loop = loop;
    r->limits = *limits;
    make_source(&r->source, source);
    if (make_user(&r->user, provider, name))
        return session_queue_ask(s->queue, loop, &r->call);
    free(r);
    return NULL;
}

void throttle_settle(struct session_store *s, uv_loop_t *loop, int64_t id,
                     enum throttle_outcome outcome) {
    struct settlement *settle = calloc(1, sizeof *settle);
    (void)loop; /* nobody waits there */
    if (settle) {
        settle->call = (struct session_call){
            .store = s, .queue_max = SESSION_QUEUE_ALL, .needs_doing = true, .work = settle_work};
        settle->id = id;
        settle->outcome = outcome;
    }
    if (!settle || !session_queue_send(s->queue, &settle->call))
        log_printf(LOG_WARN, "a sign-in that did not fail is counted as failed: the queue to the "
                             "store is full");
}
