/* SPDX-License-Identifier: Apache-2.0
 *
 * Authorization headers of strangers, and what is in them: a token that is read is one word, what
 * is made of its claims is an identity, and a challenge about it is one line.
 */
#include "preauth/bearer_header.h"
#include "preauth/bearer_token.h"
#include "session/identity.h"

#include <stdlib.h>

static void look_at(struct str token) {
    char *names[] = {(char *)"api"}, *subject, *claims;
    const struct config_oidc c = {
        .issuer = (char *)"https://idp.example/", .audiences = names, .audience_count = 1};
    struct jws_token t;
    struct err e;
    int64_t ends_s;
    const char *why;
    if (!jws_token_parse(&t, token, &why))
        return;
    if (bearer_check(&t, &c, 1700000000, &ends_s, &e) && ends_s <= 1700000000)
        abort();
    bearer_check_power(&t, &c, 1700000000, &e);
    if (bearer_make_identity(&t, &c, &subject, &claims)) {
        struct identity who = {.provider = names[0], .subject = subject, .claims = claims}, copy;
        if (!identity_copy(&copy, &who))
            abort();
        identity_fini(&copy);
        free(subject);
        free(claims);
    }
    jws_token_fini(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = str_n((const char *)data, size), line, token;
    struct config_app app = {.name = (char *)"hr"};
    struct headers h = {0};
    struct arena a;
    struct err e = {.code = ERR_NONE};
    arena_init(&a, 1 << 20);
    while (h.count < 4 && str_split(&text, '\n', &line))
        if (!headers_add(&a, &h, STR("Authorization"), line))
            abort();
    enum bearer_sent sent = bearer_read(&h, text, &token, &e);
    if (sent == BEARER_SENT) {
        if (token.n == 0 || str_index(token, ' ') < token.n || str_index(token, ',') < token.n)
            abort();
        look_at(token);
    }
    if (sent == BEARER_WRONG) {
        char *challenge = bearer_challenge(&a, &app, &e, NULL);
        if (!challenge || strpbrk(challenge, "\r\n"))
            abort();
    }
    arena_fini(&a);
    return 0;
}
