/* SPDX-License-Identifier: Apache-2.0
 *
 * When a provider is asked again who somebody is, for whom, and what becomes of its answer. Store
 * and desk answer when the test says so.
 */
#include "preauth/testing_store.h"

#include "base/clock.h"
#include "preauth/local_wait.h"
#include "preauth/oidc_desk.h"
#include "preauth/renewal.h"

enum { REFRESH_S = 60, LIMIT_S = 600, PEOPLE = 3 };

#define CLAIMS "{\"sub\":\"7\",\"groups\":[\"HR\"],\"uti\":\"1\"}"

static struct asked_desk {
    unsigned count;
    oidc_done_fn *done;
    void *user;
    char token[64];
} desk;
static unsigned told_others;

struct oidc_call *oidc_ask(struct oidc_desk *d, uv_loop_t *loop, const struct oidc_question *q,
                           oidc_done_fn *done, void *user) {
    (void)d, (void)loop;
    assert_int_equal(q->kind, OIDC_REFRESH);
    desk = (struct asked_desk){desk.count + 1, done, user, ""};
    snprintf(desk.token, sizeof desk.token, "%.*s", STR_ARG(q->token));
    return (struct oidc_call *)&desk;
}

void oidc_cancel(struct oidc_call *c) { (void)c; }
void oidc_logout_is_done(struct oidc_desk *d, const unsigned char logout[SHA256_SIZE]) {
    (void)d, (void)logout;
}

static void desk_answers(const char *claims, const char *token, enum err_code code) {
    struct oidc_answer a = {
        .err = {.code = code}, .subject = "7", .claims = claims, .refresh_token = token};
    desk.done(desk.user, &a);
}

static void on_signed_out(void *user, const struct session_ended *ended) {
    (void)user;
    assert_int_equal(ended->count, 1);
    told_others++;
}

struct person {
    unsigned count;
    struct session *session;
    enum err_code code;
    struct local_wait *wait;
};

static void on_done(void *user, struct session *session, const struct err *e) {
    struct person *who = user;
    *who = (struct person){who->count + 1, session, e->code, NULL};
}

static struct session session, next;
static struct err why;

/* What the store will say that the session has become. */
static void become(const char *claims) {
    struct identity who = session.identity;
    who.claims = (char *)claims;
    identity_fini(&next.identity);
    assert_true(identity_copy(&next.identity, &who));
}

static int reset(void **state) {
    static char corp[] = "corp", subject[] = "7", claims[] = CLAIMS, nothing;
    struct identity who = {.provider = corp, .subject = subject, .claims = claims};
    memset(&asked, 0, sizeof asked);
    memset(&desk, 0, sizeof desk);
    told_others = 0;
    place_make(state);
    struct place *p = *state;
    config_free(p->config);
    p->config = parse_fine(
        GATEWAY "identity_providers:\n- {name: corp, type: oidc, issuer: \"https://idp/\", "
                "client_id: c, client_secret_file: s, refresh: 60s, refresh_limit: 10m}\n" CONNECTOR
                "apps:\n- {name: hr, external_url: \"https://hr.example.com/\", internal_url: "
                "\"http://hr.corp/\", pre_authentication: corp, allow: {groups: [HR]}}\n");
    p->tools.config = p->config;
    p->tools.desk = (struct oidc_desk *)&nothing;
    p->tools.signed_out = on_signed_out;
    session = next = (struct session){.id = "0123", .is_renewable = true};
    assert_true(identity_copy(&session.identity, &who));
    become(CLAIMS);
    return 0;
}

static int check_leftovers(void **state) {
    struct place *p = *state;
    renewal_fini(&p->tools);
    assert_int_equal(p->tools.renewal_count, 0);
    identity_fini(&session.identity);
    identity_fini(&next.identity);
    return place_remove(state);
}

/* A request in the session when what it says is that old. */
static enum renewal_result ask_at(struct place *p, int64_t age_s, struct person *who) {
    struct renewal_request r = {.session = &session,
                                .cookie = STR(GIVEN_TOKEN),
                                .activity = &p->activity,
                                .done = on_done,
                                .user = who};
    session.renewed_s = clock_wall_s() - age_s;
    return renewal_check(&p->tools, &r, &who->wait, &why);
}

static void it_is_asked_when_it_is_old_and_waited_for_when_it_is_too_old(void **state) {
    static const struct {
        int64_t age_s;
        unsigned leases;
        enum renewal_result result;
    } ROWS[] = {
        {0, 0, RENEWAL_GO_ON},         {REFRESH_S - 5, 0, RENEWAL_GO_ON},
        {REFRESH_S, 1, RENEWAL_GO_ON}, {LIMIT_S - 5, 1, RENEWAL_GO_ON},
        {LIMIT_S, 1, RENEWAL_LATER},   {-3600, 1, RENEWAL_GO_ON}, /* by a clock gone wrong */
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct person who = {0};
        memset(&asked, 0, sizeof asked);
        assert_int_equal(ask_at(p, ROWS[i].age_s, &who), ROWS[i].result);
        assert_int_equal(asked.leases, ROWS[i].leases);
        assert_int_equal(who.wait != NULL, ROWS[i].result == RENEWAL_LATER);
        local_cancel(who.wait);
        renewal_fini(&p->tools);
    }
}

static void all_who_wait_share_one_answer_and_who_has_gone_is_not_told(void **state) {
    struct place *p = *state;
    struct person people[PEOPLE] = {{0}};
    for (size_t i = 0; i < PEOPLE; i++)
        assert_int_equal(ask_at(p, LIMIT_S, &people[i]), RENEWAL_LATER);
    local_cancel(people[1].wait);
    assert_int_equal(asked.leases, 1);
    store_leases(SESSION_RENEWAL_OURS, NULL);
    assert_int_equal(desk.count, 1);
    assert_string_equal(desk.token, "refresh token");
    desk_answers(CLAIMS, "second", ERR_NONE);
    assert_int_equal(people[0].count, 0); /* not before it is on disk */
    assert_string_equal(asked.next_token, "second");
    store_answers(&next, ERR_NONE);
    for (size_t i = 0; i < PEOPLE; i++) {
        assert_int_equal(people[i].count, i != 1);
        assert_ptr_equal(people[i].session, i != 1 ? &next : NULL);
    }
    assert_int_equal(asked.event, 0);
}

static void who_goes_on_in_it_is_cut_only_when_it_lets_in_elsewhere(void **state) {
    static const struct {
        const char *claims;
        bool ends_old;
    } ROWS[] = {
        {"{\"sub\":\"7\",\"groups\":[\"HR\"],\"uti\":\"2\"}", false},
        {"{\"sub\":\"7\",\"groups\":[],\"uti\":\"1\"}", true},
        {"{\"sub\":\"7\"}", true},
        {"{\"sub\":\"7\",\"groups\":[\"HR\"],\"user_principal_name\":\"other\"}", true},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct person who = {0};
        ask_at(p, REFRESH_S, &who);
        store_leases(SESSION_RENEWAL_OURS, NULL);
        desk_answers(ROWS[i].claims, NULL, ERR_NONE);
        assert_string_equal(asked.renewed_as, ROWS[i].claims);
        become(ROWS[i].claims);
        store_answers(&next, ERR_NONE);
        assert_int_equal(asked.outdated, ROWS[i].ends_old);
        /* and the same when another process has asked */
        ask_at(p, REFRESH_S, &who);
        store_leases(SESSION_RENEWAL_DONE, &next);
        assert_int_equal(asked.outdated, 2 * ROWS[i].ends_old);
        asked.outdated = 0;
    }
}

static void a_provider_that_gives_no_more_word_ends_the_session(void **state) {
    struct place *p = *state;
    struct person who = {0};
    assert_int_equal(ask_at(p, LIMIT_S, &who), RENEWAL_LATER);
    store_leases(SESSION_RENEWAL_OURS, NULL);
    desk_answers(NULL, NULL, ERR_IDP_GRANT);
    assert_int_equal(asked.ended, 1);
    assert_int_equal(who.count, 0);
    store_answers(NULL, ERR_NONE);
    assert_int_equal(asked.event, 22010);
    assert_int_equal(told_others, 1);
    assert_int_equal(who.count, 1);
    assert_null(who.session);
    assert_int_equal(who.code, ERR_NONE);
}

static void one_that_is_down_ends_nothing_and_is_left_alone_for_a_while(void **state) {
    static const enum err_code CODES[] = {ERR_IDP_DOWN, ERR_IDP_ANSWER, ERR_IDP_TOKEN, ERR_BUSY};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        struct person early = {0}, late = {0};
        session.has_failed = false;
        assert_int_equal(ask_at(p, REFRESH_S, &early), RENEWAL_GO_ON);
        assert_int_equal(ask_at(p, LIMIT_S, &late), RENEWAL_LATER);
        store_leases(SESSION_RENEWAL_OURS, NULL);
        desk_answers(NULL, NULL, CODES[i]);
        assert_int_equal(late.code, CODES[i]);
        assert_int_equal(asked.ended, 0);
        assert_int_equal(asked.given_up, i + 1);
        assert_int_equal(ask_at(p, LIMIT_S - 5, &early), RENEWAL_GO_ON);
        assert_int_equal(ask_at(p, LIMIT_S, &late), RENEWAL_FAILED);
        assert_int_equal(why.code, ERR_IDP_DOWN);
        assert_false(asked.is_under_way);
        assert_int_equal(asked.event, i == 0 ? 22001 : 0); /* once a minute */
        asked.event = 0;
    }
}

static void what_another_process_has_made_of_it_counts(void **state) {
    struct place *p = *state;
    struct person who = {0};
    assert_int_equal(ask_at(p, LIMIT_S, &who), RENEWAL_LATER);
    store_leases(SESSION_RENEWAL_DONE, &next);
    assert_ptr_equal(who.session, &next);
    assert_int_equal(ask_at(p, LIMIT_S, &who), RENEWAL_LATER);
    store_leases(SESSION_RENEWAL_OVER, NULL);
    assert_null(who.session);
    assert_int_equal(ask_at(p, REFRESH_S, &who), RENEWAL_GO_ON);
    store_leases(SESSION_RENEWAL_BUSY, NULL); /* and nobody waits */
    assert_false(renewal_is_under_way(&p->tools));
    assert_int_equal(desk.count, 0);
}

static void one_whose_store_fails_may_be_tried_again(void **state) {
    struct place *p = *state;
    struct person who = {0};
    assert_int_equal(ask_at(p, LIMIT_S, &who), RENEWAL_LATER);
    store_leases(SESSION_RENEWAL_OURS, NULL);
    desk_answers(CLAIMS, "second", ERR_NONE);
    store_answers(NULL, ERR_STORE);
    assert_int_equal(who.code, ERR_STORE);
    assert_int_equal(asked.given_up, 1);
}

static void who_has_no_token_goes_on_until_it_is_too_old(void **state) {
    struct place *p = *state;
    struct person who = {0};
    session.is_renewable = false;
    assert_int_equal(ask_at(p, LIMIT_S - 5, &who), RENEWAL_GO_ON);
    assert_int_equal(ask_at(p, LIMIT_S, &who), RENEWAL_OVER);
    assert_int_equal(asked.leases, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, check_leftovers)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(it_is_asked_when_it_is_old_and_waited_for_when_it_is_too_old),
        TEST(all_who_wait_share_one_answer_and_who_has_gone_is_not_told),
        TEST(who_goes_on_in_it_is_cut_only_when_it_lets_in_elsewhere),
        TEST(a_provider_that_gives_no_more_word_ends_the_session),
        TEST(one_that_is_down_ends_nothing_and_is_left_alone_for_a_while),
        TEST(what_another_process_has_made_of_it_counts),
        TEST(one_whose_store_fails_may_be_tried_again),
        TEST(who_has_no_token_goes_on_until_it_is_too_old),
    };
    return cmocka_run_group_tests_name("preauth/renewal", tests, NULL, NULL);
}
