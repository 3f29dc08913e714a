/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/jws_token.h"
#include "preauth/bearer.h"

#include <jansson.h>
#include <stdlib.h>

/* --- the desk, which answers when the test says so --- */

static struct {
    struct oidc_question question;
    oidc_done_fn *done;
    void *user;
    unsigned asked, canceled;
    bool is_full;
} desk;

struct oidc_call *oidc_ask(struct oidc_desk *d, uv_loop_t *loop, const struct oidc_question *q,
                           oidc_done_fn *done, void *user) {
    (void)d, (void)loop;
    desk.asked++;
    desk.question = *q;
    desk.done = done;
    desk.user = user;
    return desk.is_full ? NULL : (struct oidc_call *)&desk;
}

void oidc_cancel(struct oidc_call *c) { desk.canceled += c != NULL; }

static char *one_name[] = {(char *)"api"}, *other_name[] = {(char *)"other"};
static struct config_provider first = {.name = (char *)"first", .type = PROVIDER_BEARER},
                              second = {.name = (char *)"second", .type = PROVIDER_BEARER},
                              corp = {.name = (char *)"corp", .type = PROVIDER_OIDC};
static const struct config_provider *providers[] = {&corp, &first, &second};
static struct config_app app, other_app;

struct place {
    struct arena arena;
    struct bearer_cache *cache;
    struct session *told; /* by done */
    struct err err;
    unsigned told_count;
};

static void set_up_provider(struct config_provider *p, const char *issuer, char **names) {
    p->oidc = (struct config_oidc){
        .issuer = (char *)issuer, .audiences = names, .audience_count = 1, .keep_s = 60};
}

static int make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    memset(&desk, 0, sizeof desk);
    set_up_provider(&first, "https://idp.example/", other_name);
    set_up_provider(&second, "https://idp.example/", one_name);
    set_up_provider(&corp, "https://corp.example/", one_name);
    app = (struct config_app){.name = (char *)"hr", .providers = providers, .provider_count = 3};
    app.external.host = STR("hr.example.com");
    other_app = app;
    other_app.name = (char *)"pay";
    arena_init(&p->arena, 1 << 20);
    p->cache = bearer_cache_new(16);
    *state = p;
    return 0;
}

static int remove_all(void **state) {
    struct place *p = *state;
    session_unref(p->told);
    bearer_cache_free(p->cache);
    arena_fini(&p->arena);
    free(p);
    return 0;
}

static void add_part(struct buf *out, json_t *o) {
    char *text = json_dumps(o, 0);
    encode_base64url(out, str_of(text));
    buf_add_byte(out, '.');
    free(text);
    json_decref(o);
}

/* "Bearer" and a token; what its signature is worth the desk says. */
static struct str token_of(struct place *p, const char *issuer, const char *type, int64_t exp_s) {
    struct buf out;
    buf_init(&out, 4096);
    buf_add(&out, STR("Bearer "));
    add_part(&out, json_pack("{s:s,s:s}", "alg", "RS256", "typ", type));
    add_part(&out, json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "iss", issuer, "aud", "api", "sub",
                             "alice", "client_id", "phone", "jti", "1", "iat",
                             (json_int_t)clock_wall_s(), "exp", (json_int_t)exp_s));
    buf_add(&out, STR("c2ln"));
    struct str text = arena_str(&p->arena, buf_str(&out));
    buf_fini(&out);
    return text;
}

static struct str good(struct place *p) {
    return token_of(p, "https://idp.example/", "at+jwt", clock_wall_s() + 300);
}

static void on_done(void *user, struct session *session, const struct err *e) {
    struct place *p = user;
    session_unref(p->told);
    p->told = session;
    p->err = *e;
    p->told_count++;
}

static enum bearer_found find_at(struct place *p, const struct config_app *where,
                                 struct str authorization, struct bearer_call **call) {
    struct headers h = {0};
    struct session *session = NULL;
    if (authorization.n)
        assert_true(headers_add(&p->arena, &h, STR("authorization"), authorization));
    struct bearer_request r = {.app = where, .headers = &h, .cache = p->cache};
    enum bearer_found found = bearer_find(&r, on_done, p, &session, call, &p->err);
    if (found == BEARER_FOUND) {
        session_unref(p->told);
        p->told = session;
    }
    return found;
}

static enum bearer_found find(struct place *p, struct str authorization) {
    struct bearer_call *call;
    return find_at(p, &app, authorization, &call);
}

static void desk_says_good(void) {
    struct oidc_answer a = {.provider = &second,
                            .subject = "alice@CORP",
                            .claims = "{}",
                            .ends_s = clock_wall_s() + 300};
    desk.done(desk.user, &a);
}

static void a_token_is_verified_once_and_remembered(void **state) {
    struct place *p = *state;
    struct str token = good(p);
    assert_int_equal(find(p, token), BEARER_ASKED);
    assert_ptr_equal(desk.question.provider, &second); /* the first is for others */
    assert_true(str_eq(desk.question.token, str_from(token, strlen("Bearer "))));
    desk_says_good();
    assert_int_equal(p->told_count, 1);
    assert_string_equal(session_identity(p->told)->provider, "second");
    assert_string_equal(session_identity(p->told)->subject, "alice@CORP");
    for (int i = 0; i < 3; i++)
        assert_int_equal(find(p, token), BEARER_FOUND);
    assert_int_equal(desk.asked, 1);
}

static void what_is_good_at_one_app_is_looked_at_again_at_another(void **state) {
    struct place *p = *state;
    struct bearer_call *call;
    struct str token = good(p);
    assert_int_equal(find(p, token), BEARER_ASKED);
    desk_says_good();
    assert_int_equal(find_at(p, &other_app, token, &call), BEARER_ASKED);
    bearer_cancel(call);
    assert_int_equal(desk.asked, 2);
}

static void a_token_that_is_refused_is_not_remembered(void **state) {
    struct place *p = *state;
    struct oidc_answer a = {.provider = &second};
    struct str token = good(p);
    err_set(&a.err, ERR_BEARER_SIGNATURE, "no");
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(find(p, token), BEARER_ASKED);
        desk.done(desk.user, &a);
        assert_null(p->told);
        assert_int_equal(p->err.code, ERR_BEARER_SIGNATURE);
        assert_int_equal(desk.asked, i);
    }
}

static void what_is_not_for_here_never_reaches_the_desk(void **state) {
    struct place *p = *state;
    int64_t later_s = clock_wall_s() + 300;
    char *long_one = calloc(1, 2 * JWS_TOKEN_MAX);
    memset(long_one, 'a', 2 * JWS_TOKEN_MAX - 1);
    memcpy(long_one, "Bearer ", strlen("Bearer "));
    const struct {
        struct str authorization;
        enum err_code code;
    } rows[] = {
        {STR("Bearer abc"), ERR_BEARER_UNREADABLE},
        {STR("Bearer a.b.c"), ERR_BEARER_UNREADABLE},
        {str_of(long_one), ERR_BEARER_UNREADABLE},
        {STR("Bearer a b"), ERR_BEARER_REQUEST},
        {token_of(p, "https://evil.example/", "at+jwt", later_s), ERR_BEARER_TOKEN},
        {token_of(p, "https://corp.example/", "at+jwt", later_s), ERR_BEARER_TOKEN},
        {token_of(p, "https://idp.example/", "JWT", later_s), ERR_BEARER_TOKEN},
        {token_of(p, "https://idp.example/", "at+jwt", 5), ERR_BEARER_ENDED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(find(p, rows[i].authorization), BEARER_REFUSED);
        assert_int_equal(p->err.code, rows[i].code);
    }
    assert_int_equal(find(p, STR("Basic YTpi")), BEARER_NONE);
    assert_int_equal(find(p, STR_NONE), BEARER_NONE);
    assert_int_equal(desk.asked, 0);
    free(long_one);
}

static void who_goes_away_is_told_nothing(void **state) {
    struct place *p = *state;
    struct bearer_call *call;
    assert_int_equal(find_at(p, &app, good(p), &call), BEARER_ASKED);
    bearer_cancel(call);
    bearer_cancel(NULL);
    assert_int_equal(desk.canceled, 1);
    assert_int_equal(p->told_count, 0);
    desk.is_full = true;
    assert_int_equal(find(p, good(p)), BEARER_REFUSED);
    assert_int_equal(p->err.code, ERR_NO_MEMORY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, remove_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_token_is_verified_once_and_remembered),
        TEST(what_is_good_at_one_app_is_looked_at_again_at_another),
        TEST(a_token_that_is_refused_is_not_remembered),
        TEST(what_is_not_for_here_never_reaches_the_desk),
        TEST(who_goes_away_is_told_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
