/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"

#include "base/jws.h"

#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

/* What lets whoever has it be anybody, is root's or `reader`'s, and nobody else can use it. */
static bool check_guarded(const struct named_file *n, const struct stat *st, uid_t reader) {
    char typed[CHECK_TYPED_MAX];
    if (st->st_uid != 0 && st->st_uid != reader)
        check_error(n, "it belongs to the account with number %u, who can be anybody with it%s",
                    (unsigned)st->st_uid, check_typed(n, "chown root:", typed));
    else if (st->st_mode & (S_IRWXG | S_IRWXO))
        check_error(n, "accounts other than its owner may use it, and with it be anybody%s",
                    check_typed(n, "chmod go=", typed));
    else
        return true;
    return false;
}

/* The account of the process that holds the keytab. */
static uid_t broker_of(const struct config *c) {
    const struct passwd *broker = c->broker_user ? getpwnam(c->broker_user) : NULL;
    return geteuid() != 0 ? geteuid() : broker ? broker->pw_uid : 0;
}

/* From outside only: nobody but the broker opens it (invariant 5), who says what is in it. */
void check_keytab(const struct named_file *n) {
    struct stat st;
    if (stat(*n->value, &st) != 0 || access(*n->value, R_OK) != 0)
        check_error(n, "%s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        check_error(n, "this is not a regular file");
    else if (st.st_size == 0)
        check_error(n, "this is not a keytab: it is empty");
    else
        check_guarded(n, &st, broker_of(n->c));
}

/* A file that proves who we are to a provider; NULL after saying what is wrong. */
static FILE *open_guarded(const struct named_file *n) {
    struct stat st;
    FILE *file = check_open(n);
    if (!file)
        return NULL;
    if (fstat(fileno(file), &st) == 0 && check_guarded(n, &st, geteuid()))
        return file;
    fclose(file);
    return NULL;
}

static void check_secret(const struct named_file *n) {
    FILE *file = open_guarded(n);
    int first = file ? fgetc(file) : 0;
    if (file && (first == EOF || first == '\n' || first == '\r'))
        check_error(n, "its first line is empty, expected the secret there");
    if (file)
        fclose(file);
}

static void check_signing_key(const struct named_file *n) {
    const char *why = "";
    struct jws_keys *keys = jws_keys_new();
    FILE *file = open_guarded(n);
    if (file && keys && !jws_keys_add(keys, file, &why))
        check_error(n, "the key %s", why);
    if (file)
        fclose(file);
    jws_keys_free(keys);
}

void check_providers(const struct config *c, struct findings *f) {
    for (size_t i = 0; i < c->provider_count; i++) {
        const struct config_oidc *o = &c->providers[i].oidc;
        struct named_file key = {c, f, "identity_providers.client_key_file", &o->client_key_file};
        if (c->providers[i].type == PROVIDER_CERTIFICATE)
            check_certificates(c, &c->providers[i], f);
        if (o->ca)
            check_authorities(&(struct named_file){c, f, "identity_providers.ca", &o->ca});
        if (o->client_secret_file)
            check_secret(&(struct named_file){c, f, "identity_providers.client_secret_file",
                                              &o->client_secret_file});
        if (c->providers[i].second_factor.key_file)
            check_secret(&(struct named_file){c, f, "identity_providers.second_factor.key_file",
                                              &c->providers[i].second_factor.key_file});
        if (o->client_certificate)
            check_own_pair(&(struct named_file){c, f, "identity_providers.client_certificate",
                                                &o->client_certificate},
                           &key);
        else if (o->client_key_file)
            check_signing_key(&key);
    }
}

static void check_assertion_key(const struct named_file *n, struct jws_keys *keys) {
    const char *why = "";
    struct stat st;
    FILE *file = check_open(n);
    if (!file)
        return;
    if (fstat(fileno(file), &st) != 0)
        check_error(n, "%s", strerror(errno));
    else if (check_guarded(n, &st, geteuid()) && !jws_keys_add(keys, file, &why))
        check_error(n, "the key %s", why);
    fclose(file);
}

void check_assertion_keys(const struct config *c, struct findings *f) {
    struct jws_keys *keys = jws_keys_new();
    if (!keys)
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
    for (size_t i = 0; keys && i < c->assertion_key_count; i++)
        check_assertion_key(
            &(struct named_file){c, f, "connector.assertion_keys", &c->assertion_keys[i]}, keys);
    jws_keys_free(keys);
}
