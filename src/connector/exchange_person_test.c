/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a connection is, where a ticket's name alone does not say it.
 */
#include "base/jws.h"
#include "connector/testing_key.h"
#include "connector/testing_person.h"

/* A second person of the same login: of another provider, or known otherwise there. */
static void make_another(struct person *w, char *provider, const char *sub) {
    struct identity from = {
        .provider = provider, .subject = w->name, .principal = w->name, .claims = w->claims};
    person_make(w, "alice");
    snprintf(w->claims, sizeof w->claims, "{\"user_principal_name\":\"%s\",\"sub\":\"%s\"}",
             w->name, sub);
    identity_fini(&w->identity);
    assert_true(identity_copy(&w->identity, &from));
}

/* A whole exchange on `fd`, or on a new connection. */
static int run_in_name(struct place *p, struct person *who, bool is_asked, int fd) {
    struct side s;
    ask_as(&s, p, who);
    assert_non_null(s.x);
    if (is_asked)
        give_ticket(p, LONG_S);
    if (fd < 0)
        fd = accept_back(p);
    read_head(p, fd);
    say(fd, ANSWER);
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.ends, 1);
    side_end(&s);
    return fd;
}

static void run_three(struct place *p, bool shares) {
    static char staff[] = "staff", guests[] = "guests";
    struct person alice, elsewhere, namesake;
    make_another(&alice, staff, "1");
    make_another(&elsewhere, guests, "1");
    make_another(&namesake, staff, "2");
    int first = run_in_name(p, &alice, true, -1);
    int second = run_in_name(p, &elsewhere, false, shares ? first : -1);
    int third = run_in_name(p, &namesake, false, shares ? first : -1);
    run_in_name(p, &alice, false, first);
    run_in_name(p, &elsewhere, false, second);
    run_in_name(p, &namesake, false, third);
    identity_fini(&alice.identity);
    identity_fini(&elsewhere.identity);
    identity_fini(&namesake.identity);
    close(first);
    if (!shares) {
        close(second);
        close(third);
    }
}

/* Invariant 1: what the back end has heard beside the ticket may be another's. */
static void a_connection_serves_one_person_where_the_app_has_headers(void **state) {
    struct place *p = *state;
    p->config->apps[HR].headers = p->config->apps[TOLD].headers;
    p->config->apps[HR].header_count = 1;
    run_three(p, false);
}

static void and_where_it_has_assertions(void **state) {
    static char audience[] = "hr", header[] = "kerbgate-assertion";
    struct place *p = *state;
    struct jws_keys *keys = jws_keys_new();
    FILE *file = tmpfile();
    const char *why;
    assert_true(keys && file && fputs(KEY, file) >= 0);
    rewind(file);
    assert_true(jws_keys_add(keys, file, &why));
    p->c->keys = keys;
    p->config->apps[HR].assertion =
        (struct config_assertion){.audience = audience, .header = header, .lifetime_s = 60};
    run_three(p, false);
    fclose(file);
    jws_keys_free(keys);
}

static void it_serves_one_login_where_that_is_all_the_app_is_told(void **state) {
    run_three(*state, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_connection_serves_one_person_where_the_app_has_headers),
        TEST(and_where_it_has_assertions),
        TEST(it_serves_one_login_where_that_is_all_the_app_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
