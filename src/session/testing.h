/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: a store in a folder of its own, a loop, and calls that run
 * that loop until they are answered.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "session/session_int.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOST STR("hr.example.com")

struct place {
    char folder[64], file[96];
    uv_loop_t loop;
    struct session_store *store; /* closed at the end; NULL is allowed */
};

static const struct session_limits PLACE_LIMITS = {
    .idle_s = 3600, .lifetime_s = 43200, .rows = 1000};

static inline int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/session_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->file, sizeof p->file, "%s/state.db", p->folder);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    *state = p;
    return 0;
}

static inline void place_open(struct place *p, struct session_limits limits) {
    struct err e = {0};
    p->store = session_store_open(p->file, limits, &e);
    if (!p->store)
        fail_msg("%s: %s", e.detail, e.hint);
}

static inline void place_close(struct place *p) {
    session_store_close(p->store);
    p->store = NULL;
}

static inline int place_make_store(void **state) {
    place_make(state);
    place_open(*state, PLACE_LIMITS);
    return 0;
}

static inline int place_remove(void **state) {
    static const char *const TAILS[] = {"", "-wal", "-shm"};
    struct place *p = *state;
    place_close(p);
    assert_int_equal(uv_loop_close(&p->loop), 0);
    for (size_t i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", p->file, TAILS[i]);
        unlink(name);
    }
    rmdir(p->folder);
    free(p);
    return 0;
}

static inline sqlite3 *place_connect(const struct place *p) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(p->file, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

static inline void place_run(const struct place *p, const char *sql) {
    char *message = NULL;
    sqlite3 *db = place_connect(p);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static inline int64_t place_number(const struct place *p, const char *sql) {
    sqlite3_stmt *statement;
    sqlite3 *db = place_connect(p);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return n;
}

/* What a call was told. */
struct told {
    unsigned count;
    struct session *session; /* the test's reference */
    struct err err;
};

static inline void on_told(void *user, struct session *session, const struct err *e) {
    struct told *t = user;
    t->count++;
    t->session = session;
    t->err = *e;
}

/* Until every call of the loop is answered. */
static inline void run_loop(uv_loop_t *loop) { uv_run(loop, UV_RUN_DEFAULT); }

static inline struct identity alice(void) {
    static char provider[] = "staff", name[] = "alice@CORP.EXAMPLE";
    static char claims[] = "{\"upn\":\"alice@CORP.EXAMPLE\"}";
    return (struct identity){
        .provider = provider, .subject = name, .principal = name, .claims = claims};
}

/* A session of alice's on HOST; NULL with what was told in `t`. */
static inline struct session *create(struct session_store *s, uv_loop_t *loop,
                                     char token[SESSION_TOKEN_SIZE], struct told *t) {
    struct identity who = alice();
    *t = (struct told){0};
    assert_non_null(session_create(s, loop, &who, HOST, token, on_told, t));
    run_loop(loop);
    assert_int_equal(t->count, 1);
    return t->session;
}

static inline struct session *find_on(struct session_store *s, uv_loop_t *loop, struct str token,
                                      struct str host, struct told *t) {
    struct session *found;
    struct session_call *call;
    *t = (struct told){0};
    if (session_find(s, loop, token, host, on_told, t, &found, &call) != SESSION_LOADING)
        return found;
    run_loop(loop);
    assert_int_equal(t->count, 1);
    return t->session;
}

/* Whether the token still is a session on HOST. */
static inline bool is_found(struct session_store *s, uv_loop_t *loop, const char *token) {
    struct told t;
    struct session *found = find_on(s, loop, str_of(token), HOST, &t);
    assert_int_equal(t.err.code, ERR_NONE);
    session_unref(found);
    return found != NULL;
}

static inline void make(struct session_store *s, uv_loop_t *loop, char token[SESSION_TOKEN_SIZE]) {
    struct told t;
    struct session *made = create(s, loop, token, &t);
    if (!made)
        fail_msg("%s", t.err.detail);
    session_unref(made);
}

static inline void end(struct session_store *s, uv_loop_t *loop, const char *token) {
    struct told t;
    struct session *found = find_on(s, loop, str_of(token), HOST, &t);
    assert_non_null(found);
    t = (struct told){0};
    assert_non_null(session_end(s, loop, found, on_told, &t));
    session_unref(found);
    run_loop(loop);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.err.code, ERR_NONE);
    assert_null(t.session);
}
