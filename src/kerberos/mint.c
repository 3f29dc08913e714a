/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/mint.h"

#include "base/encode.h"
#include "base/secret.h"
#include "base/spare.h"
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
    AP_REQ_TYPE = 14,
    MUTUAL_REQUIRED = 0x20, /* in the first octet of APOptions (RFC 4120 5.5.1) */
    CHECKSUM_GSS = 0x8003,  /* RFC 4121 4.1.1 */
    FLAGS_AT = 4 + MINT_BINDINGS_SIZE,
    CHECKSUM_SIZE = FLAGS_AT + 4,
    FLAG_MUTUAL = 0x02, /* RFC 4121 4.1.1.1 */
};

/* A token while it is made. */
struct token {
    struct mint *m;
    struct mint_die *d;
    const struct mint_order *o;
    struct mint_proof *proof;
    size_t behind; /* bytes from the ticket's field on */
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
    if (!mint_cipher_init(&m->cipher))
        mint_cipher_fini(&m->cipher);
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
    mint_cipher_fini(&m->cipher);
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
static void time_text(krb5_timestamp when, char text[16]) {
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
    text[15] = 0;
}

/* The checksum field is no checksum but what GSS has to say (RFC 4121 4.1.1): length and hash of
 * the channel bindings, all zero for none, and the flags, little-endian. Integrity is the one flag
 * every SPNEGO initiator sets (RFC 4178 5), so the one every acceptor is used to; others are the
 * order's. Delegation is never asked for. */
static void put_checksum(struct der_writer *w, const struct mint_order *o) {
    unsigned flags = o->flags | MINT_INTEG | (o->is_mutual ? FLAG_MUTUAL : 0);
    char content[CHECKSUM_SIZE] = {
        [0] = MINT_BINDINGS_SIZE, [FLAGS_AT] = (char)flags, [FLAGS_AT + 1] = (char)(flags >> 8)};
    size_t rest = der_written(w).n;
    if (o->bindings)
        memcpy(content + 4, o->bindings, MINT_BINDINGS_SIZE);
    der_put(w, str_n(content, sizeof content));
    der_wrap(w, DER_OCTETS, rest);
    der_wrap(w, DER_FIELD(1), rest);
    der_put_int_field(w, 0, CHECKSUM_GSS);
    der_wrap(w, DER_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(3), rest);
}

/* EncryptionKey (RFC 4120 5.2.9), new and of nobody else's. */
static krb5_error_code put_subkey(struct der_writer *w, const struct token *t) {
    const struct mint_die *d = t->d;
    unsigned char seed[SUBKEY_MAX], bytes[SUBKEY_MAX];
    krb5_data random = {.length = (unsigned)d->seed_size, .data = (char *)seed};
    krb5_keyblock key = {.enctype = d->enctype, .length = (unsigned)d->key_size, .contents = bytes};
    if (d->seed_size > sizeof seed || d->key_size > sizeof bytes)
        return KRB5_BAD_ENCTYPE;
    take_random(t->m, seed, d->seed_size);
    krb5_error_code code = krb5_c_random_to_key(t->m->context, d->enctype, &random, &key);
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
static krb5_error_code put_authenticator(struct der_writer *w, const struct token *t) {
    krb5_timestamp seconds;
    uint32_t sequence;
    krb5_error_code code = krb5_us_timeofday(t->m->context, &seconds, &t->proof->cusec);
    take_random(t->m, &sequence, sizeof sequence);
    der_put_int_field(w, 7, sequence >> (32 - SEQUENCE_BITS));
    if (code == 0)
        code = put_subkey(w, t);
    time_text(seconds, t->proof->ctime);
    size_t rest = der_written(w).n;
    der_put(w, str_of(t->proof->ctime));
    der_wrap(w, DER_TIME, rest);
    der_wrap(w, DER_FIELD(5), rest);
    der_put_int_field(w, 4, t->proof->cusec);
    put_checksum(w, t->o);
    der_put(w, str_n(t->d->who, t->d->who_size));
    der_wrap(w, DER_SEQUENCE, 0);
    der_wrap(w, DER_AUTHENTICATOR, 0);
    return code;
}

static krb5_error_code seal_by_libkrb5(struct der_writer *w, const struct token *t,
                                       struct str plain) {
    size_t size = 0;
    krb5_context context = t->m->context;
    krb5_data in = {.length = (unsigned)plain.n, .data = (char *)plain.p};
    krb5_error_code code = krb5_c_encrypt_length(context, t->d->enctype, plain.n, &size);
    if (code != 0 || size > w->at)
        return code ? code : KRB5_CRYPTO_INTERNAL; /* cannot be: there is room for the longest */
    w->at -= size;
    krb5_enc_data out = {.ciphertext = {.length = (unsigned)size, .data = w->memory + w->at}};
    return krb5_k_encrypt(context, t->d->key, KRB5_KEYUSAGE_AP_REQ_AUTH, NULL, &in, &out);
}

/* Behind a confounder. */
static krb5_error_code seal(struct der_writer *w, const struct token *t, struct der_writer *clear) {
    char confounder[MINT_CONFOUNDER_SIZE];
    take_random(t->m, confounder, sizeof confounder);
    der_put(clear, str_n(confounder, sizeof confounder));
    struct str plain = der_written(clear);
    size_t size = plain.n + MINT_HMAC_SIZE;
    if (clear->failed || size > w->at)
        return KRB5_CRYPTO_INTERNAL; /* cannot be: both have room for the longest */
    w->at -= size;
    bool is_sealed = mint_cipher_seal(&t->d->keys, plain, w->memory + w->at);
    return is_sealed ? 0 : KRB5_CRYPTO_INTERNAL;
}

/* Puts the authenticator, encrypted, where `w` stands. */
static krb5_error_code put_sealed(struct der_writer *w, const struct token *t) {
    char memory[MINT_WHO_MAX + AUTHENTICATOR_MAX];
    struct der_writer clear = der_writer(memory, sizeof memory);
    krb5_error_code code = put_authenticator(&clear, t);
    if (code == 0 && clear.failed)
        code = KRB5_CRYPTO_INTERNAL;
    if (code == 0 && t->d->keys.encryption)
        code = seal(w, t, &clear);
    else if (code == 0)
        code = seal_by_libkrb5(w, t, der_written(&clear));
    struct str plain = der_written(&clear);
    secret_wipe((char *)plain.p, plain.n);
    return code;
}

/* AP-REQ (RFC 4120 5.5.1). */
static krb5_error_code put_ap_req(struct der_writer *w, struct token *t) {
    const char options[] = {0, t->o->is_mutual ? MUTUAL_REQUIRED : 0, 0, 0, 0};
    krb5_error_code code = put_sealed(w, t);
    if (code != 0)
        return code;
    der_wrap(w, DER_OCTETS, 0);
    der_wrap(w, DER_FIELD(2), 0);
    der_put_int_field(w, 0, t->d->enctype);
    der_wrap(w, DER_SEQUENCE, 0);
    der_wrap(w, DER_FIELD(4), 0);
    der_put(w, str_n(t->d->ticket, t->d->ticket_size));
    t->behind = der_written(w).n;
    size_t rest = der_written(w).n;
    der_put(w, str_n(options, sizeof options)); /* all 32 bits are used */
    der_wrap(w, DER_BIT_STRING, rest);
    der_wrap(w, DER_FIELD(2), rest);
    der_put_int_field(w, 1, AP_REQ_TYPE);
    der_put_int_field(w, 0, KERBEROS_VERSION);
    der_wrap(w, DER_SEQUENCE, 0);
    der_wrap(w, DER_AP_REQ, 0);
    return 0;
}

/* Only what is around the ticket: most of a token is that, and the same each time. */
static void encode(struct buf *out, const struct token *t, struct str whole) {
    size_t ticket_at = whole.n - t->behind, skip = (3 - ticket_at % 3) % 3;
    struct str text = mint_die_text(t->d, skip);
    encode_base64(out, str_head(whole, ticket_at + skip));
    buf_add(out, text);
    encode_base64(out, str_from(whole, ticket_at + skip + text.n / 4 * 3));
}

bool mint_header(struct mint *m, struct mint_die *d, const struct mint_order *o, struct buf *out,
                 struct mint_proof *proof, struct err *e) {
    size_t size = d->ticket_size + MINT_WHO_MAX + AUTHENTICATOR_MAX + AROUND_MAX;
    char *memory = spare_take(size);
    if (!memory)
        return err_set(e, ERR_NO_MEMORY, "no memory for a token");
    struct der_writer w = der_writer(memory, size);
    struct token t = {m, d, o, proof, 0};
    krb5_error_code code = put_ap_req(&w, &t);
    spnego_wrap_krb5(&w);
    if (o->form == MINT_SPNEGO)
        spnego_wrap_init(&w);
    out->failed |= w.failed;
    buf_add(out, STR("Negotiate "));
    if (code == 0 && !w.failed)
        encode(out, &t, der_written(&w));
    secret_wipe(memory + w.at, size - w.at);
    spare_give(memory, size);
    if (code != 0)
        return fail(m->context, code, e);
    return !out->failed || err_set(e, ERR_NO_MEMORY, "the token does not fit");
}
