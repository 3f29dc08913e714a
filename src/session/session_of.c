/* SPDX-License-Identifier: Apache-2.0
 *
 * All sessions of somebody, ended because their identity provider says so.
 */
#include "session/session_cache.h"
#include "session/session_file.h"
#include "session/session_int.h"
#include "session/session_query.h"
#include "session/session_queue.h"

#include <stdlib.h>

struct whose {
    struct session_call call; /* first: they are the same to the queue */
    session_ended_fn *done;
    char *provider, *sub, *sid;
    struct session *ended[SESSION_ENDED_MAX];
    size_t count;
};

static void release(struct session_call *c) {
    struct whose *w = (struct whose *)c;
    for (size_t i = 0; i < w->count; i++)
        session_unref(w->ended[i]);
    free(w->provider);
    free(w->sub);
    free(w->sid);
}

static void tell(struct session_call *c) {
    struct whose *w = (struct whose *)c;
    w->done(c->user, w->ended, w->count, &c->err);
}

/* From here on it is over for every thread, whether or not the disk says so yet. */
static bool end(struct session_call *c, struct session *s) {
    struct session_store *store = c->store;
    if (!session_cache_end(store->cache, s->hash))
        return err_set(&c->err, ERR_NO_MEMORY, "no memory to end a session");
    bool is_ended = session_query_delete(store->file, s->hash, &c->err);
    session_cache_ended(store->cache, s->hash);
    return is_ended;
}

static void work(struct session_call *c) {
    struct whose *w = (struct whose *)c;
    const struct session_whose whose = {w->provider, w->sub, w->sid};
    bool goes_on = true;
    while (goes_on) {
        struct session *s;
        goes_on = session_query_of(c->store->file, &whose, &s, &c->err) && s && end(c, s);
        if (goes_on && w->count < SESSION_ENDED_MAX)
            w->ended[w->count++] = s;
        else
            session_unref(s);
    }
}

static bool copy(char **to, const char *from) {
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

struct session_call *session_end_of(struct session_store *s, uv_loop_t *loop,
                                    const struct session_whose *whose, session_ended_fn *done,
                                    void *user) {
    struct whose *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->done = done;
    w->call = (struct session_call){.store = s,
                                    .queue_max = SESSION_QUEUE_ALL,
                                    .needs_doing = true,
                                    .work = work,
                                    .tell = tell,
                                    .release = release,
                                    .user = user};
    if (copy(&w->provider, whose->provider) && copy(&w->sub, whose->sub) &&
        copy(&w->sid, whose->sid) && (whose->sub || whose->sid))
        return session_queue_ask(s->queue, loop, &w->call);
    release(&w->call);
    free(w);
    return NULL;
}
