/* SPDX-License-Identifier: Apache-2.0
 *
 * Which sessions are meant, and what is answered, with a store of its own and no threads; what
 * becomes of requests and connections is in client_tunnel_test.c and tests/e2e/test_sessions.py.
 */
#include "config/testing.h"
#include "session/testing.h"

#include "connector/forget.h"
#include "gateway/errand.h"
#include "gateway/server.h"
#include "session/session_file.h"

#include <poll.h>
#include <sys/socket.h>

#define APPS                                                                                       \
    BASE "- {name: pages, external_url: \"https://*.pages.example.com/\", "                        \
         "internal_url: \"http://pages.corp/\", pre_authentication: staff}\n"                      \
         "- {name: open, external_url: \"https://open.example.com/\", "                            \
         "internal_url: \"http://open.corp/\", pre_authentication: passthrough}\n"

static int recorded;
static char detail[512];

void sink_event(struct sink *s, int event, const struct activity *a, const char *text) {
    (void)s, (void)a;
    recorded = event;
    snprintf(detail, sizeof detail, "%s", text);
}

/* No thread takes part. */
unsigned server_end_sessions(struct server *s,
                             bool (*is_ended)(void *user, const struct session *session),
                             void *user) {
    (void)s, (void)is_ended, (void)user;
    return 0;
}
void connector_forget(struct connector *c, const struct identity *who) { (void)c, (void)who; }
void connector_forget_all(struct connector *c) { (void)c; }

struct desk {
    struct place *p;
    struct config *config;
    struct errands *errands;
    char told[8192]; /* all lines, then the word */
};

static int desk_make(void **state) {
    struct desk *d = calloc(1, sizeof *d);
    void *place;
    assert_non_null(d);
    place_make_store(&place);
    d->p = place;
    d->config = parse_fine(APPS);
    d->errands =
        errands_new(0, &(struct errands_world){.config = d->config, .sessions = d->p->store});
    assert_non_null(d->errands);
    recorded = 0;
    *state = d;
    return 0;
}

static int desk_remove(void **state) {
    struct desk *d = *state;
    void *place = d->p;
    place_remove(&place); /* the store first: it may still work for an errand */
    errands_free(d->errands);
    config_free(d->config);
    free(d);
    return 0;
}

static void sign_in(struct desk *d, const char *name, const char *host,
                    char token[SESSION_TOKEN_SIZE]) {
    struct identity who = alice();
    struct told t = {0};
    who.subject = who.principal = (char *)name;
    assert_non_null(
        session_create(d->p->store, &d->p->loop, &who, str_of(host), token, on_told, &t));
    run_loop(&d->p->loop);
    assert_non_null(t.session);
    session_unref(t.session);
}

/* The kind of the last word. */
static char ask(struct desk *d, const char *asked) {
    int pair[2];
    char said[4096], kind = 0;
    size_t n = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    errands_ask(d->errands, str_of(asked), pair[1]);
    while (kind != ERRAND_SAYS_DONE && kind != ERRAND_SAYS_NO) {
        struct pollfd polls[] = {{.fd = pair[0], .events = POLLIN},
                                 {.fd = errands_fd(d->errands), .events = POLLIN}};
        assert_true(poll(polls, 2, 20000) > 0);
        if (polls[1].revents)
            errands_answer(d->errands);
        ssize_t got = recv(pair[0], said, sizeof said, MSG_DONTWAIT);
        if (got <= 0)
            continue;
        kind = said[0];
        memcpy(d->told + n, said + 1, (size_t)got - 1);
        n += (size_t)got - 1;
    }
    d->told[n] = 0;
    close(pair[0]);
    return kind;
}

static unsigned count(const char *text, const char *part) {
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void sessions_are_meant_by_user_app_and_id(void **state) {
    static const struct {
        const char *wish;
        unsigned meant;
    } ROWS[] = {
        {"\n\n", 4},
        {"", 4},
        {"alice\n\n", 3},
        {"ALICE@corp.example\n\n", 3},
        {"alice@OTHER.EXAMPLE\n\n", 0},
        {"ali\n\n", 0},
        {"bob\n\n", 1},
        {"\nhr\n", 2},
        {"\npages\n", 2},
        {"\nopen\n", 0},
        {"bob\npages\n", 0},
        {"alice\nhr\n", 1},
        {"\n\n0000000000000000", 0},
    };
    struct desk *d = *state;
    char token[SESSION_TOKEN_SIZE], asked[128];
    sign_in(d, "alice@CORP.EXAMPLE", "hr.example.com", token);
    sign_in(d, "alice@CORP.EXAMPLE", "a.pages.example.com", token);
    sign_in(d, "alice@CORP.EXAMPLE", "b.pages.example.com", token);
    sign_in(d, "bob@CORP.EXAMPLE", "hr.example.com", token);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        snprintf(asked, sizeof asked, "S%s", ROWS[i].wish);
        assert_int_equal(ask(d, asked), ERRAND_SAYS_DONE);
        if (count(d->told, "\"id\":") != ROWS[i].meant)
            fail_msg("%s: %s", ROWS[i].wish, d->told);
        assert_null(strstr(d->told, token));
        assert_null(strstr(d->told, "upn")); /* claims */
    }
    assert_int_equal(recorded, 0);
}

static void those_that_are_meant_end_and_it_is_recorded(void **state) {
    struct desk *d = *state;
    char gone[SESSION_TOKEN_SIZE], stays[SESSION_TOKEN_SIZE], asked[64];
    struct told t;
    sign_in(d, "alice@CORP.EXAMPLE", "hr.example.com", gone);
    sign_in(d, "alice@CORP.EXAMPLE", "hr.example.com", stays);
    struct session *held = find_on(d->p->store, &d->p->loop, str_of(gone), HOST, &t);
    snprintf(asked, sizeof asked, "Ralice\nhr\n%s", session_public_id(held));
    assert_int_equal(ask(d, asked), ERRAND_SAYS_DONE);
    assert_string_equal(d->told, "1 session revoked\n");
    assert_int_equal(recorded, 21009);
    assert_non_null(strstr(detail, "of user alice, of app hr, with id "));
    assert_true(session_is_over(held));
    session_unref(held);
    assert_false(is_found(d->p->store, &d->p->loop, gone));
    assert_true(is_found(d->p->store, &d->p->loop, stays));
    recorded = 0;
    assert_int_equal(ask(d, asked), ERRAND_SAYS_DONE);
    assert_string_equal(d->told, "0 sessions revoked\n");
    assert_int_equal(recorded, 0);
}

static void more_people_than_are_forgotten_one_by_one_end_too(void **state) {
    struct desk *d = *state;
    char token[SESSION_TOKEN_SIZE];
    for (int i = 0; i < ERRAND_PEOPLE_MAX + 2; i++)
        sign_in(d, "alice@CORP.EXAMPLE", "hr.example.com", token);
    assert_int_equal(ask(d, "R\n\n"), ERRAND_SAYS_DONE);
    assert_string_equal(d->told, "258 sessions revoked\n");
    assert_false(is_found(d->p->store, &d->p->loop, token));
}

static void what_cannot_be_meant_is_refused(void **state) {
    struct desk *d = *state;
    char name[BROKER_NAME_MAX + 3] = "R";
    assert_int_equal(ask(d, "R\nnix\n"), ERRAND_SAYS_NO);
    assert_non_null(strstr(d->told, "no app of this name"));
    assert_int_equal(ask(d, "S\n\n00000000000000000"), ERRAND_SAYS_NO);
    memset(name + 1, 'a', sizeof name - 2);
    assert_int_equal(ask(d, name), ERRAND_SAYS_NO);
    assert_non_null(strstr(d->told, "too long"));
}

static void a_store_that_fails_says_so(void **state) {
    struct desk *d = *state;
    char token[SESSION_TOKEN_SIZE];
    sign_in(d, "alice@CORP.EXAMPLE", "hr.example.com", token);
    sqlite3 *db = place_connect(d->p);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    session_file_give_up_at(d->p->store->file, 0);
    assert_int_equal(ask(d, "R\n\n"), ERRAND_SAYS_NO);
    assert_non_null(strstr(d->told, "state.db"));
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_true(is_found(d->p->store, &d->p->loop, token));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_make, desk_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sessions_are_meant_by_user_app_and_id),
        TEST(those_that_are_meant_end_and_it_is_recorded),
        TEST(more_people_than_are_forgotten_one_by_one_end_too),
        TEST(what_cannot_be_meant_is_refused),
        TEST(a_store_that_fails_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
