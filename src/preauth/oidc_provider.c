/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a provider: metadata and keys, fetched when somebody needs them.
 */
#include "base/clock.h"
#include "base/encode.h"
#include "preauth/oidc_int.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PEM_MAX = 1 << 20, SECRET_MAX = 4096, FORM_MAX = 64 * 1024, PROOF_S = 60 };

static bool read_file(const char *name, const char *key, size_t max, struct buf *out,
                      struct err *e) {
    struct stat st;
    if (!name)
        return true;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_fine = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    int error = fd < 0 ? errno : 0;
    for (ssize_t n = 1; is_fine && n > 0;) {
        size_t room = max;
        char *at = buf_reserve(out, &room);
        n = at && room ? read(fd, at, room) : 0;
        is_fine = n >= 0;
        if (n > 0)
            buf_commit(out, (size_t)n);
    }
    if (!is_fine)
        err_set(e, ERR_CONFIG, "identity_providers.%s: %s: %s", key, name,
                fd < 0 ? strerror(error) : "this cannot be read as a regular file");
    else if (buf_size(out) == 0 || buf_size(out) == max)
        is_fine =
            err_set(e, ERR_CONFIG, "identity_providers.%s: %s is empty, or too large", key, name);
    if (fd >= 0)
        close(fd);
    return is_fine;
}

/* The first line, as an editor leaves it. */
static bool cut_secret(struct oidc_provider *p, struct err *e) {
    struct str text = buf_str(&p->secret), line = str_head(text, str_index(text, '\n'));
    const char *file = p->config->oidc.client_secret_file;
    line = line.n && line.p[line.n - 1] == '\r' ? str_head(line, line.n - 1) : line;
    if (file && line.n == 0)
        return err_set(e, ERR_CONFIG, "identity_providers.client_secret_file: %s has no first line",
                       file);
    p->secret.end = p->secret.start + line.n;
    return true;
}

static bool read_signing_key(struct oidc_provider *p, struct err *e) {
    const char *why = "cannot be read", *name = p->config->oidc.client_key_file;
    if (p->config->oidc.authentication != CLIENT_PRIVATE_KEY_JWT)
        return true;
    FILE *file = fopen(name, "re");
    p->keys = jws_keys_new();
    bool is_read = file && p->keys && jws_keys_add(p->keys, file, &why);
    if (file)
        fclose(file);
    return is_read || err_set(e, ERR_CONFIG, "identity_providers.client_key_file: %s: the key %s",
                              name, file ? why : strerror(errno));
}

/* Where an issuer has no metadata, what is configured is all that is known of it, for ever. */
static bool take_keys_from_config(struct oidc_provider *p, struct err *e) {
    if (!p->config->oidc.jwks_uri)
        return true;
    p->metadata.jwks_uri = strdup(p->config->oidc.jwks_uri);
    p->metadata_until_us = INT64_MAX;
    return p->metadata.jwks_uri || err_set(e, ERR_NO_MEMORY, "no memory for an identity provider");
}

bool oidc_provider_init(struct oidc_provider *p, struct oidc_desk *d,
                        const struct config_provider *config, struct err *e) {
    const struct config_oidc *c = &config->oidc;
    bool shows_certificate = c->authentication == CLIENT_TLS;
    *p = (struct oidc_provider){.desk = d,
                                .config = config,
                                .sign_ins = {OIDC_REFETCHES, clock_mono_us()},
                                .logouts = {OIDC_REFETCHES, clock_mono_us()}};
    TAILQ_INIT(&p->waiting);
    buf_init(&p->ca, PEM_MAX);
    buf_init(&p->certificate, PEM_MAX);
    buf_init_secret(&p->key, PEM_MAX);
    buf_init_secret(&p->secret, SECRET_MAX);
    if (!read_file(c->ca, "ca", PEM_MAX, &p->ca, e) ||
        !read_file(c->client_secret_file, "client_secret_file", SECRET_MAX, &p->secret, e) ||
        !cut_secret(p, e) || !read_signing_key(p, e) || !take_keys_from_config(p, e))
        return false;
    if (shows_certificate &&
        (!read_file(c->client_certificate, "client_certificate", PEM_MAX, &p->certificate, e) ||
         !read_file(c->client_key_file, "client_key_file", PEM_MAX, &p->key, e)))
        return false;
    p->site = (struct oidc_http_site){.ca = buf_str(&p->ca),
                                      .certificate = buf_str(&p->certificate),
                                      .key = buf_str(&p->key),
                                      .proxy = c->proxy,
                                      .timeout_ms = c->timeout_ms};
    return true;
}

void oidc_provider_fini(struct oidc_provider *p) {
    buf_fini(&p->ca);
    buf_fini(&p->certificate);
    buf_fini(&p->key);
    buf_fini(&p->secret);
    jws_keys_free(p->keys);
    oidc_metadata_fini(&p->metadata);
    jws_public_free(p->public);
}

/* Everybody who waits goes on, or hears why not. */
static void fetched(struct oidc_provider *p, const struct err *e) {
    struct oidc_call *c;
    TAILQ_HEAD(, oidc_call) now = TAILQ_HEAD_INITIALIZER(now);
    p->is_fetching = false;
    p->failed = *e;
    p->retry_us = e->code == ERR_NONE ? 0 : clock_mono_us() + OIDC_RETRY_MS * 1000LL;
    TAILQ_CONCAT(&now, &p->waiting, in_waiting);
    while ((c = TAILQ_FIRST(&now))) {
        TAILQ_REMOVE(&now, c, in_waiting);
        if (e->code == ERR_NONE)
            oidc_step(c);
        else
            oidc_finish(c, e);
    }
}

static bool is_answer(const struct oidc_provider *p, int status, const char *what, struct err *e) {
    if (e->code == ERR_NONE && status != 200)
        err_set(e, ERR_IDP_ANSWER, "%s answers with status %d when asked for its %s",
                p->config->oidc.issuer, status, what);
    return e->code == ERR_NONE;
}

static int64_t keep_until(const struct oidc_provider *p) {
    return clock_mono_us() + p->config->oidc.keep_s * 1000000LL;
}

static void on_metadata(void *user, int status, struct str body, const struct err *failed) {
    struct oidc_provider *p = user;
    struct err e = *failed;
    struct oidc_metadata read;
    bool is_issuer = p->config->type == PROVIDER_BEARER;
    if (is_answer(p, status, "metadata", &e) &&
        (is_issuer ? oidc_metadata_read_issuer : oidc_metadata_read)(body, &p->config->oidc, &read,
                                                                     &e)) {
        bool has_moved = p->metadata.jwks_uri && strcmp(read.jwks_uri, p->metadata.jwks_uri) != 0;
        oidc_metadata_fini(&p->metadata);
        p->metadata = read;
        p->metadata_until_us = keep_until(p);
        if (has_moved)
            p->public_until_us = 0;
    }
    fetched(p, &e);
}

static void on_keys(void *user, int status, struct str body, const struct err *failed) {
    struct oidc_provider *p = user;
    struct err e = *failed;
    const char *why = "is no JSON";
    if (is_answer(p, status, "keys", &e)) {
        json_t *root = json_loadb(body.n ? body.p : "", body.n, JSON_REJECT_DUPLICATES, NULL);
        struct jws_public *read = root ? jws_public_read(root, &why) : NULL;
        json_decref(root);
        if (read) {
            jws_public_free(p->public);
            p->public = read;
            p->public_number++;
            p->public_until_us = keep_until(p);
        } else {
            err_set(&e, ERR_IDP_ANSWER, "the set of keys of %s %s", p->config->oidc.issuer, why);
        }
    }
    fetched(p, &e);
}

/* Starts a fetch unless one is under way, and the call waits for it; or the call is finished. */
static void wait_for(struct oidc_provider *p, struct oidc_call *c, const char *url,
                     oidc_http_done_fn *done) {
    struct err e = p->failed;
    struct oidc_http_request r = {.site = &p->site, .url = url};
    bool is_early = clock_mono_us() < p->retry_us;
    if (!p->is_fetching && (is_early || !oidc_http_ask(p->desk->http, &r, done, p, &e))) {
        oidc_finish(c, &e);
        return;
    }
    p->is_fetching = true;
    TAILQ_INSERT_TAIL(&p->waiting, c, in_waiting);
}

bool oidc_provider_has_metadata(struct oidc_provider *p, struct oidc_call *c) {
    if (clock_mono_us() < p->metadata_until_us)
        return true;
    char *url = oidc_metadata_url(p->config->oidc.issuer);
    struct err e;
    if (url) {
        wait_for(p, c, url, on_metadata);
    } else {
        err_set(&e, ERR_NO_MEMORY, "no memory for the metadata of a provider");
        oidc_finish(c, &e);
    }
    free(url);
    return false;
}

bool oidc_provider_has_keys(struct oidc_provider *p, struct oidc_call *c) {
    if (p->public && clock_mono_us() < p->public_until_us)
        return true;
    wait_for(p, c, p->metadata.jwks_uri, on_keys);
    return false;
}

bool oidc_provider_refetch(struct oidc_provider *p, struct oidc_call *c,
                           struct oidc_budget *budget) {
    int64_t now_us = clock_mono_us();
    budget->left += (double)(now_us - budget->at_us) * OIDC_REFETCHES / (OIDC_REFETCH_S * 1e6);
    budget->at_us = now_us;
    if (budget->left > OIDC_REFETCHES)
        budget->left = OIDC_REFETCHES;
    if (budget->left < 1 && !p->is_fetching)
        return false;
    if (!p->is_fetching)
        budget->left -= 1;
    wait_for(p, c, p->metadata.jwks_uri, on_keys);
    return true;
}

static void add_field(struct buf *form, const char *name, struct str value) {
    buf_printf(form, "&%s=", name);
    encode_query(form, value);
}

/* RFC 7523 2.2 and 3, OpenID Connect Core 9: for the token endpoint alone, and once. */
static void add_assertion(struct oidc_provider *p, struct buf *form) {
    unsigned char id[16];
    struct buf token, name;
    json_int_t now_s = clock_wall_s();
    const char *client = p->config->oidc.client_id;
    buf_init(&name, 64);
    buf_init_secret(&token, FORM_MAX);
    secret_random(id, sizeof id);
    encode_base64url(&name, str_n((const char *)id, sizeof id));
    buf_add_byte(&name, 0);
    json_t *claims = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "iss", client, "sub", client, "aud",
                               p->metadata.token_endpoint, "jti", buf_str(&name).p, "iat", now_s,
                               "exp", now_s + PROOF_S);
    char *text = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    form->failed |= !text || !jws_sign(p->keys, str_of(text), &token);
    add_field(form, "client_id", str_of(client));
    add_field(form, "client_assertion_type",
              STR("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    add_field(form, "client_assertion", buf_str(&token));
    free(text);
    json_decref(claims);
    buf_fini(&token);
    buf_fini(&name);
}

/* Both parts encoded first (RFC 6749 2.3.1). */
static void add_basic(struct oidc_provider *p, struct buf *authorization) {
    struct buf pair;
    buf_init_secret(&pair, FORM_MAX);
    encode_query(&pair, str_of(p->config->oidc.client_id));
    buf_add_byte(&pair, ':');
    encode_query(&pair, buf_str(&p->secret));
    buf_add(authorization, STR("Basic "));
    encode_base64(authorization, buf_str(&pair));
    authorization->failed |= pair.failed;
    buf_fini(&pair);
}

bool oidc_provider_prove(struct oidc_provider *p, struct buf *form, struct buf *authorization) {
    switch (p->config->oidc.authentication) {
    case CLIENT_SECRET_BASIC:
        add_basic(p, authorization);
        break;
    case CLIENT_SECRET_POST:
        add_field(form, "client_id", str_of(p->config->oidc.client_id));
        add_field(form, "client_secret", buf_str(&p->secret));
        break;
    case CLIENT_PRIVATE_KEY_JWT:
        add_assertion(p, form);
        break;
    case CLIENT_TLS:
        add_field(form, "client_id", str_of(p->config->oidc.client_id));
        break;
    }
    return !form->failed && !authorization->failed;
}
