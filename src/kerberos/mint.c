/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/mint.h"

#include "base/encode.h"
#include "base/secret.h"
#include "kerberos/mint_die.h"
#include "kerberos/spnego.h"

#include <profile.h>
#include <stdlib.h>
#include <time.h>

enum {
    SEQUENCE_BITS = 30,      /* libkrb5's: acceptors of old take no more for positive */
    SUBKEY_MAX = 64,         /* bytes */
    AROUND_MAX = 512,        /* all that stands around ticket and authenticator */
    AUTHENTICATOR_MAX = 256, /* beside what the die has of it */
};

static bool fail(krb5_context context, krb5_error_code code, struct err *e) {
    const char *text = krb5_get_error_message(context, code);
    err_set(e, ERR_INTERNAL, "no token can be made: %s", text);
    krb5_free_error_message(context, text);
    return false;
}

struct mint *mint_new(struct err *e) {
    struct mint *m = calloc(1, sizeof *m);
    profile_t profile = NULL;
    if (!m) {
        err_set(e, ERR_NO_MEMORY, "no memory for libkrb5");
        return NULL;
    }
    /* An empty profile and SECURE: neither a file nor a variable of the system has a say. */
    krb5_error_code code = (krb5_error_code)profile_init(NULL, &profile);
    if (code == 0)
        code = krb5_init_context_profile(profile, KRB5_INIT_CONTEXT_SECURE, &m->context);
    if (profile)
        profile_release(profile);
    if (code == 0)
        return m;
    fail(NULL, code, e);
    mint_free(m);
    return NULL;
}

void mint_free(struct mint *m) {
    if (!m)
        return;
    if (m->context)
        krb5_free_context(m->context);
    secret_wipe(m->random, sizeof m->random);
    free(m);
}

struct mint_die *mint_die_new(struct mint *m, const struct ticket *t, struct err *e) {
    struct mint_die *d = calloc(1, sizeof *d);
    if (!d) {
        err_set(e, ERR_NO_MEMORY, "no memory for a token");
        return NULL;
    }
    krb5_error_code code = mint_die_cut(d, m, t);
    if (code == 0)
        return d;
    fail(m->context, code, e);
    mint_die_free(d);
    return NULL;
}

/* Each byte is given once, and wiped. A system call for each token would cost as much as its
 * encryption. */
static void take_random(struct mint *m, void *out, size_t n) {
    if (m->random_left < n) {
        secret_random(m->random, sizeof m->random);
        m->random_left = sizeof m->random;
    }
    m->random_left -= n;
    memcpy(out, m->random + m->random_left, n);
    secret_wipe(m->random + m->random_left, n);
}

/* KerberosTime (RFC 4120 5.2.3), "20261124130500Z". */
static void put_time(struct der_writer *w, krb5_timestamp when) {
    char text[16];
    time_t seconds = (time_t)(uint32_t)when; /* as libkrb5 counts, beyond 2038 */
    struct tm tm;
    gmtime_r(&seconds, &tm);
    const int parts[] = {(tm.tm_year + 1900) / 100,
                         tm.tm_year % 100,
                         tm.tm_mon + 1,
                         tm.tm_mday,
                         tm.tm_hour,
                         tm.tm_min,
                         tm.tm_sec};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        text[2 * i] = (char)('0' + parts[i] / 10 % 10);
        text[2 * i + 1] = (char)('0' + parts[i] % 10);
    }
    text[14] = 'Z';
    size_t rest = der_written(w).n;
    der_put(w, str_n(text, 15));
    der_wrap(w, DER_TIME, rest);
}

/* EncryptionKey (RFC 4120 5.2.9), new and of nobody else's. */
static krb5_error_code put_subkey(struct der_writer *w, struct mint *m, const struct mint_die *d) {
    unsigned char seed[SUBKEY_MAX], bytes[SUBKEY_MAX];
    krb5_data random = {.length = (unsigned)d->seed_size, .data = (char *)seed};
    krb5_keyblock key = {.enctype = d->enctype, .length = (unsigned)d->key_size, .contents = bytes};
    if (d->seed_size > sizeof seed || d->key_size > sizeof bytes)
        return KRB5_BAD_ENCTYPE;
    take_random(m, seed, d->seed_size);
    krb5_error_code code = krb5_c_random_to_key(m->context, d->enctype, &random, &key);
    size_t rest = der_written(w).n;
    der_put(w, str_n((char *)bytes, key.length));
    der_wrap(w, DER_OCTETS, rest);
    der_wrap(w, DER_FIELD(1), rest);
    size_t value = der_written(w).n;
    der_put_int(w, d->enctype);
    der_wrap(w, DER_FIELD(0), value);
    der_wrap(w, DER_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(6), rest);
    secret_wipe(seed, sizeof seed);
    secret_wipe(bytes, sizeof bytes);
    return code;
}

/* Authenticator (RFC 4120 5.5.1) with a time no other of this process has: krb5_us_timeofday sees
 * to that. */
static krb5_error_code put_authenticator(struct der_writer *w, struct mint *m,
                                         const struct mint_die *d) {
    krb5_timestamp seconds;
    krb5_int32 microseconds;
    uint32_t sequence;
    krb5_error_code code = krb5_us_timeofday(m->context, &seconds, &microseconds);
    take_random(m, &sequence, sizeof sequence);
    der_put_int_field(w, 7, sequence >> (32 - SEQUENCE_BITS));
    if (code == 0)
        code = put_subkey(w, m, d);
    size_t rest = der_written(w).n;
    put_time(w, seconds);
    der_wrap(w, DER_FIELD(5), rest);
    der_put_int_field(w, 4, microseconds);
    der_put(w, str_n(d->who, d->who_size));
    der_wrap(w, DER_SEQUENCE, 0);
    der_wrap(w, DER_AUTHENTICATOR, 0);
    return code;
}

/* Puts the authenticator, encrypted, where `w` stands. */
static krb5_error_code put_sealed(struct der_writer *w, struct mint *m, const struct mint_die *d) {
    char memory[MINT_WHO_MAX + AUTHENTICATOR_MAX];
    size_t size = 0;
    struct der_writer clear = der_writer(memory, sizeof memory);
    krb5_error_code code = put_authenticator(&clear, m, d);
    struct str plain = der_written(&clear);
    krb5_data in = {.length = (unsigned)plain.n, .data = (char *)plain.p};
    if (code == 0)
        code = krb5_c_encrypt_length(m->context, d->enctype, plain.n, &size);
    if (code == 0 && (clear.failed || size > w->at))
        code = KRB5_CRYPTO_INTERNAL; /* cannot be: both have room for the longest */
    if (code == 0) {
        w->at -= size;
        krb5_enc_data out = {.ciphertext = {.length = (unsigned)size, .data = w->memory + w->at}};
        code = krb5_k_encrypt(m->context, d->key, KRB5_KEYUSAGE_AP_REQ_AUTH, NULL, &in, &out);
    }
    secret_wipe((char *)plain.p, plain.n);
    return code;
}

/* AP-REQ (RFC 4120 5.5.1): all up to the ticket is the die's. */
static krb5_error_code put_ap_req(struct der_writer *w, struct mint *m, const struct mint_die *d) {
    krb5_error_code code = put_sealed(w, m, d);
    if (code != 0)
        return code;
    der_wrap(w, DER_OCTETS, 0);
    der_wrap(w, DER_FIELD(2), 0);
    der_put_int_field(w, 0, d->enctype);
    der_wrap(w, DER_SEQUENCE, 0);
    der_wrap(w, DER_FIELD(4), 0);
    der_put(w, str_n(d->head, d->head_size));
    der_wrap(w, DER_SEQUENCE, 0);
    der_wrap(w, DER_AP_REQ, 0);
    return 0;
}

bool mint_header(struct mint *m, const struct mint_die *d, enum mint_form form, struct buf *out,
                 struct err *e) {
    size_t size = d->head_size + MINT_WHO_MAX + AUTHENTICATOR_MAX + AROUND_MAX;
    char *memory = malloc(size);
    if (!memory)
        return err_set(e, ERR_NO_MEMORY, "no memory for a token");
    struct der_writer w = der_writer(memory, size);
    krb5_error_code code = put_ap_req(&w, m, d);
    spnego_wrap_krb5(&w);
    if (form == MINT_SPNEGO)
        spnego_wrap_init(&w);
    out->failed |= w.failed;
    buf_add(out, STR("Negotiate "));
    encode_base64(out, der_written(&w));
    secret_wipe(memory + w.at, size - w.at);
    free(memory);
    if (code != 0)
        return fail(m->context, code, e);
    return !out->failed || err_set(e, ERR_NO_MEMORY, "the token does not fit");
}
