/* SPDX-License-Identifier: Apache-2.0 */
#include "session/factor.h"

#include "session/factor_pending.h"
#include "session/session_queue.h"

#include <stdio.h>
#include <stdlib.h>

enum { CODE_TYPED_MAX = 32 };

struct begin {
    struct session_call call; /* first: they are the same to the queue */
    factor_begun_fn *done;
    const unsigned char *key;
    struct identity who;
    struct factor_pending pending;
    bool is_enrolled;
};

struct judging {
    struct session_call call; /* first: they are the same to the queue */
    factor_tried_fn *done;
    const unsigned char *key;
    unsigned attempts;
    int64_t window_s;
    char provider[256], host[256], code[TOTP_DIGITS_MAX + 1];
    struct factor_pending pending;
    bool has_who;
    struct identity who;
    int64_t retry_after_s;
};

static void begin_work(struct session_call *c) {
    struct begin *b = (struct begin *)c;
    struct session_file *f = c->store->file;
    struct factor_whose w = {b->pending.provider, b->pending.account};
    int64_t now_s = session_store_now_s(c->store);
    if (!session_file_begin(f, SESSION_OUTLASTS_PROCESS, &c->err))
        return;
    bool ok = factor_pending_purge(f, now_s, &c->err);
    enum factor_found found = ok ? factor_row_load(f, NULL, &w, NULL, &c->err) : FACTOR_FAILED;
    b->pending.ends_s = now_s + FACTOR_PENDING_S;
    ok = found == FACTOR_NONE ||
         (found == FACTOR_FOUND && factor_pending_insert(f, b->key, &b->pending, &b->who, &c->err));
    b->is_enrolled = session_file_end(f, ok, &c->err) && found == FACTOR_FOUND;
}

static void begin_tell(struct session_call *c) {
    struct begin *b = (struct begin *)c;
    b->done(c->user, b->is_enrolled, &c->err);
}

static void begin_release(struct session_call *c) { identity_fini(&((struct begin *)c)->who); }

static bool copy_text(char *to, size_t size, struct str from) {
    return from.n < size && snprintf(to, size, "%.*s", STR_ARG(from)) == (int)from.n;
}

struct session_call *factor_begin(struct session_store *s, uv_loop_t *loop,
                                  const unsigned char *key, const struct identity *who,
                                  struct str host, char token[SESSION_TOKEN_SIZE],
                                  factor_begun_fn *done, void *user) {
    struct begin *b = calloc(1, sizeof *b);
    token[0] = 0;
    if (!b)
        return NULL;
    b->call = (struct session_call){.store = s,
                                    .queue_max = SESSION_QUEUE_SIGN_INS,
                                    .work = begin_work,
                                    .tell = begin_tell,
                                    .release = begin_release,
                                    .user = user};
    b->done = done;
    b->key = key;
    b->pending.tries = FACTOR_TRIES;
    session_token_make(token);
    secret_sha256(str_of(token), b->pending.hash);
    if (who->principal && factor_account(str_of(who->principal), b->pending.account) &&
        copy_text(b->pending.provider, sizeof b->pending.provider, str_of(who->provider)) &&
        copy_text(b->pending.host, sizeof b->pending.host, host) && identity_copy(&b->who, who))
        return session_queue_ask(s->queue, loop, &b->call);
    free(b);
    return NULL;
}

/* Whether there is a code to be judged; and until when not, after too many wrong ones. */
static bool may_try(struct judging *j, struct factor *n, int64_t now_s) {
    int64_t since_s = n->failed_since_s < now_s ? n->failed_since_s : now_s;
    if (since_s + j->window_s <= now_s)
        n->failed = 0;
    if (n->failed < j->attempts)
        return true;
    j->retry_after_s = since_s + j->window_s - now_s;
    return err_set(&j->call.err, ERR_FACTOR_THROTTLED, "too many wrong codes of %s",
                   j->pending.account);
}

static bool judge(struct judging *j, struct factor *n, int64_t now_s) {
    struct totp t = {n->digest, n->digits,
                     str_n((const char *)n->secret, totp_secret_size(n->digest))};
    int64_t step;
    enum totp_verdict v = totp_judge(&t, str_of(j->code), now_s, n->last_step, &step);
    if (v == TOTP_RIGHT) {
        n->used_s = now_s;
        n->last_step = step;
        n->failed = 0;
        return true;
    }
    if (v == TOTP_USED) /* no guess, and most often the person's own, for another app */
        return err_set(&j->call.err, ERR_FACTOR_USED,
                       "a code of %s came again, or one from before it", j->pending.account);
    if (n->failed++ == 0)
        n->failed_since_s = now_s;
    return err_set(&j->call.err, ERR_FACTOR_WRONG, "a wrong code of %s", j->pending.account);
}

/* What is written stays also when the code is refused; only a store that fails undoes it. */
static bool settle(struct judging *j, int64_t now_s) {
    struct session_file *f = j->call.store->file;
    struct factor_whose w = {j->pending.provider, j->pending.account};
    struct factor n = {0};
    struct err e = {0};
    bool ok = true;
    enum factor_found found = factor_row_load(f, j->key, &w, &n, &j->call.err);
    if (found == FACTOR_NONE)
        err_set(&j->call.err, ERR_FACTOR_STATE, "%s has no second factor any more", w.account);
    if (found == FACTOR_FOUND && may_try(j, &n, now_s)) {
        bool is_right = judge(j, &n, now_s);
        if (is_right)
            j->has_who = factor_pending_open(f, j->key, &j->pending, &j->who, &j->call.err);
        ok = factor_row_note(f, &w, &n, &e) && (is_right ? factor_pending_delete(f, &j->pending, &e)
                                                         : factor_pending_use(f, &j->pending, &e));
    }
    secret_wipe(&n, sizeof n);
    if (!ok)
        j->call.err = e;
    return ok;
}

static bool is_for(const struct judging *j) {
    return strcmp(j->pending.provider, j->provider) == 0 &&
           str_eq_ci(str_of(j->pending.host), str_of(j->host));
}

static void judge_work(struct session_call *c) {
    struct judging *j = (struct judging *)c;
    struct session_file *f = c->store->file;
    int64_t now_s = session_store_now_s(c->store);
    struct err e = {0};
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, &c->err))
        return;
    enum factor_found found = factor_pending_load(f, &j->pending, now_s, &c->err);
    bool ok = found != FACTOR_FAILED;
    if (found == FACTOR_NONE || (found == FACTOR_FOUND && !is_for(j)))
        err_set(&c->err, ERR_FACTOR_STATE,
                "no password was shown by this browser, or too long ago, or its tries are over");
    else if (found == FACTOR_FOUND)
        ok = settle(j, now_s);
    bool is_written = session_file_end(f, ok, &e);
    if (ok && !is_written)
        c->err = e;
    if (c->err.code != ERR_NONE && j->has_who) {
        identity_fini(&j->who);
        j->has_who = false;
    }
}

static void judge_tell(struct session_call *c) {
    struct judging *j = (struct judging *)c;
    struct factor_answer a = {.err = &c->err,
                              .account = j->pending.account[0] ? j->pending.account : NULL,
                              .who = j->has_who ? &j->who : NULL,
                              .retry_after_s = j->retry_after_s};
    j->done(c->user, &a);
}

static void judge_release(struct session_call *c) {
    struct judging *j = (struct judging *)c;
    if (j->has_who)
        identity_fini(&j->who);
    secret_wipe(j->code, sizeof j->code);
}

struct session_call *factor_try(struct session_store *s, uv_loop_t *loop,
                                const struct factor_try *t, factor_tried_fn *done, void *user) {
    struct judging *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->call = (struct session_call){.store = s,
                                    .queue_max = SESSION_QUEUE_SIGN_INS,
                                    .work = judge_work,
                                    .tell = judge_tell,
                                    .release = judge_release,
                                    .user = user};
    j->done = done;
    j->key = t->key;
    j->attempts = t->attempts;
    j->window_s = t->window_s;
    secret_sha256(t->token, j->pending.hash);
    totp_read(str_head(t->code, CODE_TYPED_MAX), j->code); /* what is none is a wrong one */
    if (copy_text(j->provider, sizeof j->provider, str_of(t->provider)) &&
        copy_text(j->host, sizeof j->host, t->host))
        return session_queue_ask(s->queue, loop, &j->call);
    free(j);
    return NULL;
}
