/* SPDX-License-Identifier: Apache-2.0
 *
 * What the callers of session.h are told at a limit and by a store that fails, and what must not be
 * in its files.
 */
#include "session/testing.h"

#include "base/encode.h"
#include "session/session_file.h"
#include "session/session_queue.h"

#include <fcntl.h>

static void the_limit_of_sessions_is_told_to_who_signs_in(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t;
    place_close(p);
    place_open(p, (struct session_limits){.idle_s = 600, .lifetime_s = 6000, .rows = 2});
    make(p->store, &p->loop, token);
    make(p->store, &p->loop, token);
    assert_null(create(p->store, &p->loop, token, &t));
    assert_int_equal(t.err.code, ERR_BUSY);
    assert_non_null(strstr(t.err.detail, "gateway.limits.sessions"));
    assert_false(is_found(p->store, &p->loop, token));
    session_store_shift_clock(p->store, 700);
    make(p->store, &p->loop, token);
}

static void an_identity_that_is_too_large_makes_no_session(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t = {0};
    struct identity who = alice();
    who.subject = calloc(1, SESSION_TEXT_MAX + 1);
    memset(who.subject, 'a', SESSION_TEXT_MAX);
    assert_non_null(session_create(p->store, &p->loop, &who, HOST, token, on_told, &t));
    assert_int_equal(t.count, 0);
    run_loop(&p->loop);
    assert_null(t.session);
    assert_int_equal(t.err.code, ERR_BUSY);
    free(who.subject);
}

static void a_flood_of_unknown_tokens_is_told_busy(void **state) {
    enum { MORE = 8 };
    struct place *p = *state;
    struct told made = {0}, *told = calloc(SESSION_QUEUE_LOOKUPS + MORE, sizeof *told);
    char token[SESSION_TOKEN_SIZE];
    struct identity who = alice();
    unsigned busy = 0;
    sqlite3 *db = place_connect(p); /* holds up the store's thread at the first write */
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_non_null(session_create(p->store, &p->loop, &who, HOST, token, on_told, &made));
    for (unsigned i = 0; i < SESSION_QUEUE_LOOKUPS + MORE; i++) {
        char unknown[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        struct session *found;
        struct session_call *call;
        unknown[0] = (char)('A' + i % 26);
        unknown[1] = (char)('A' + i / 26 % 26);
        unknown[2] = (char)('A' + i / 676);
        assert_int_equal(session_find(p->store, &p->loop, str_of(unknown), HOST, on_told, &told[i],
                                      &found, &call),
                         SESSION_LOADING);
    }
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    run_loop(&p->loop);
    for (unsigned i = 0; i < SESSION_QUEUE_LOOKUPS + MORE; i++) {
        assert_int_equal(told[i].count, 1);
        assert_null(told[i].session);
        busy += told[i].err.code == ERR_BUSY;
    }
    assert_in_range(busy, MORE, MORE + 1); /* who signs in may be out of the queue, or not yet */
    assert_non_null(made.session);
    session_unref(made.session);
    free(told);
}

static void a_store_that_is_damaged_while_open_answers_an_error(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE], junk[64 * 4096];
    struct told t;
    make(p->store, &p->loop, token);
    place_close(p); /* so that nothing is in the -wal */
    place_open(p, PLACE_LIMITS);
    memset(junk, 0x5a, sizeof junk);
    int fd = open(p->file, O_WRONLY);
    assert_int_equal(pwrite(fd, junk, sizeof junk, 4096), sizeof junk);
    close(fd);
    assert_null(find_on(p->store, &p->loop, str_of(token), HOST, &t));
    assert_int_equal(t.err.code, ERR_STORE);
    assert_non_null(strstr(t.err.detail, p->file));
    assert_non_null(strstr(t.err.hint, "move it away"));
    assert_null(create(p->store, &p->loop, token, &t));
    assert_int_equal(t.err.code, ERR_STORE);
}

static void an_end_that_failed_leaves_the_session(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t, ended = {0};
    struct session *made = create(p->store, &p->loop, token, &t);
    sqlite3 *db = place_connect(p);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_non_null(session_end(p->store, &p->loop, made, on_told, &ended));
    session_file_give_up_at(p->store->file, 0);
    run_loop(&p->loop);
    assert_int_equal(ended.err.code, ERR_STORE);
    assert_non_null(strstr(ended.err.hint, "fuser"));
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    session_unref(made);
    assert_true(is_found(p->store, &p->loop, token));
}

static bool contains(const char *file, struct str what) {
    static char text[1 << 20];
    int fd = open(file, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);
    close(fd);
    assert_true(n < (ssize_t)sizeof text);
    return n > 0 && memmem(text, (size_t)n, what.p, what.n);
}

static void no_token_is_in_the_files(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE], wal[128], bytes[48];
    struct buf raw;
    make(p->store, &p->loop, token);
    assert_true(is_found(p->store, &p->loop, token));
    snprintf(wal, sizeof wal, "%s-wal", p->file);
    snprintf(bytes, sizeof bytes, "%s=", token);
    for (char *c = bytes; *c; c++)
        *c = (char)(*c == '-' ? '+' : *c == '_' ? '/' : *c);
    buf_init_secret(&raw, sizeof bytes);
    assert_true(decode_base64(&raw, str_of(bytes)));
    for (int i = 0; i < 2; i++) { /* while it is open, and after */
        assert_false(contains(p->file, str_of(token)) || contains(wal, str_of(token)));
        assert_false(contains(p->file, buf_str(&raw)) || contains(wal, buf_str(&raw)));
        assert_false(contains(p->file, str_of(bytes)) || contains(wal, str_of(bytes)));
        assert_true(contains(i ? p->file : wal, STR("alice@CORP.EXAMPLE")));
        place_close(p);
    }
    buf_fini(&raw);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make_store, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_limit_of_sessions_is_told_to_who_signs_in),
        TEST(an_identity_that_is_too_large_makes_no_session),
        TEST(a_flood_of_unknown_tokens_is_told_busy),
        TEST(a_store_that_is_damaged_while_open_answers_an_error),
        TEST(an_end_that_failed_leaves_the_session),
        TEST(no_token_is_in_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
