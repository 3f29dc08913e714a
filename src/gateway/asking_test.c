/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/asking.h"

#include "config/testing.h"

#include <stdio.h>

#define LISTENS "gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}]}\n"
#define AT(name, host, providers)                                                                  \
    "- {name: " name ", external_url: \"https://" host "\", internal_url: \"http://" name          \
    ".corp/\", pre_authentication: " providers ", sso: {mode: none}}\n"

static const char FILE_TEXT[] = LISTENS
    "identity_providers:\n"
    "- {name: staff, type: form, realm: CORP.EXAMPLE}\n"
    "- {name: cards, type: certificate, certificates: {ca: /cards.pem}}\n"
    "- {name: robots, type: certificate, certificates: {ca: /robots.pem}}\n" CONNECTOR
    "apps:\n" AT("a", "a.example.com/", "cards") AT("a2", "a.example.com/robots/", "robots")
        AT("b", "b.example.com/", "staff") AT("c", "c.example.com/", "passthrough")
            AT("both", "both.example.com/", "[staff, cards]") AT("w", "*.w.example.com/", "cards")
                AT("in", "in.w.example.com/x/", "staff") AT("v", "*.v.example.com/", "staff")
                    AT("card", "card.v.example.com/", "cards");

/* The files that are named for a host. */
static void check(const struct asking *a, const char *host, const char *expected) {
    char found[128];
    size_t plain = 0;
    struct buf files;
    buf_init(&files, sizeof found - 1);
    for (size_t i = 0; i < a->count; i++) {
        if (!str_eq(a->asks[i].host, str_of(host)))
            continue;
        plain += a->asks[i].ca == NULL;
        buf_add(&files, str_of(a->asks[i].ca));
    }
    snprintf(found, sizeof found, "%.*s", STR_ARG(buf_str(&files)));
    buf_fini(&files);
    if (strcmp(found, expected) != 0 || plain != 1)
        fail_msg("%s: %s", host, found);
}

static void who_is_asked_where(void **state) {
    (void)state;
    struct asking a;
    struct config *c = parse_fine(FILE_TEXT);
    assert_true(asking_init(&a, c));
    check(&a, "a.example.com", "/cards.pem/robots.pem");
    check(&a, "b.example.com", "");
    check(&a, "c.example.com", "");
    check(&a, "both.example.com", "/cards.pem");
    check(&a, "*.w.example.com", "/cards.pem");
    check(&a, "in.w.example.com", "/cards.pem"); /* what is not below /x/ is the wildcard's */
    check(&a, "*.v.example.com", "");
    check(&a, "card.v.example.com", "/cards.pem");
    asking_fini(&a);
    config_free(c);
}

static void nobody_is_asked_where_nobody_wants_certificates(void **state) {
    (void)state;
    struct asking a;
    struct config *c = parse_fine(BASE);
    assert_true(asking_init(&a, c));
    assert_int_equal(a.count, 0);
    asking_fini(&a);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_asked_where),
        cmocka_unit_test(nobody_is_asked_where_nobody_wants_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
