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
    char **providers;
    size_t provider_count, at; /* `at`: whose sessions are ended now */
    char *sub, *sid;
    struct session_ended ended;
};

static void release(struct session_call *c) {
    struct whose *w = (struct whose *)c;
    for (size_t i = 0; i < w->ended.count; i++)
        session_unref(w->ended.at[i]);
    for (size_t i = 0; i < w->provider_count; i++)
        free(w->providers[i]);
    free((void *)w->providers);
    free(w->sub);
    free(w->sid);
}

static void tell(struct session_call *c) {
    struct whose *w = (struct whose *)c;
    w->done(c->user, &w->ended, &c->err);
}

static void note(struct session_ended *ended, struct session_row *row) {
    ended->total++;
    if (!row->session || ended->count == SESSION_ENDED_MAX)
        return;
    ended->at[ended->count++] = row->session;
    row->session = NULL;
}

/* From here on they are over for every thread, whether or not the disk says so yet. */
static bool end_all(struct whose *w, struct session_rows *rows) {
    struct session_store *store = w->call.store;
    size_t known = 0;
    bool is_ended = true;
    for (; is_ended && known < rows->count; known += is_ended)
        is_ended = !rows->at[known].has_hash ||
                   session_cache_end(store->cache, rows->at[known].hash) ||
                   err_set(&w->call.err, ERR_NO_MEMORY, "no memory to end a session");
    is_ended = is_ended && session_query_delete_rows(store->file, rows, &w->call.err);
    for (size_t i = 0; i < known; i++)
        if (rows->at[i].has_hash)
            session_cache_ended(store->cache, rows->at[i].hash);
    for (size_t i = 0; is_ended && i < rows->count; i++)
        note(&w->ended, &rows->at[i]);
    return is_ended;
}

/* One portion. */
static void work(struct session_call *c) {
    struct whose *w = (struct whose *)c;
    struct session_rows rows;
    const struct session_of of = {w->providers[w->at], w->sub, w->sid};
    bool is_done = session_query_of(c->store->file, &of, &rows, &c->err) &&
                   (rows.count == 0 || end_all(w, &rows));
    w->at += rows.count < SESSION_ROWS_MAX;
    c->goes_on = is_done && w->at < w->provider_count;
    session_rows_fini(&rows);
}

static bool copy(char **to, const char *from) {
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

static bool copy_whose(struct whose *w, const struct session_whose *from) {
    w->providers = calloc(from->provider_count + 1, sizeof *w->providers);
    if (!w->providers)
        return false;
    for (; w->provider_count < from->provider_count; w->provider_count++)
        if (!copy(&w->providers[w->provider_count], from->providers[w->provider_count]))
            return false;
    return copy(&w->sub, from->sub) && copy(&w->sid, from->sid);
}

struct session_call *session_end_of(struct session_store *s, uv_loop_t *loop,
                                    const struct session_whose *whose, session_ended_fn *done,
                                    void *user) {
    struct whose *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->done = done;
    w->call = (struct session_call){.store = s,
                                    .queue_max = whose->is_anybodys ? SESSION_QUEUE_LOOKUPS
                                                                    : SESSION_QUEUE_ALL,
                                    .needs_doing = true,
                                    .work = work,
                                    .tell = tell,
                                    .release = release,
                                    .user = user};
    if (copy_whose(w, whose) && whose->provider_count && (whose->sub || whose->sid))
        return session_queue_ask(s->queue, loop, &w->call);
    release(&w->call);
    free(w);
    return NULL;
}
