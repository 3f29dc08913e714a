/* SPDX-License-Identifier: Apache-2.0
 *
 * The tokens are judged by the one who matters: gss_accept_sec_context, with a service key made
 * here and tickets encrypted with it, as a KDC does it.
 */
#include "kerberos/testing_acceptor.h"

#include "base/encode.h"
#include "kerberos/mint.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { HEADER_MAX = 64 * 1024, TOKENS = 1000 };

static char folder[] = "/tmp/mint_test.XXXXXX";
static struct mint *mint;

static char *in_folder(const char *name) {
    char *path;
    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static int start(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    char *conf = in_folder("krb5.conf");
    FILE *f = fopen(conf, "w");
    if (!f)
        return -1;
    fputs("[libdefaults]\nallow_weak_crypto = true\nallow_rc4 = true\n", f);
    fclose(f);
    setenv("KRB5_CONFIG", conf, 1);
    free(conf);
    must(krb5_init_context(&context));
    must(krb5_kt_resolve(context, KEYTAB, &keytab));
    struct err e;
    mint = mint_new(&e);
    assert_non_null(mint);
    return 0;
}

static int end(void **state) {
    (void)state;
    static const char *const NAMES[] = {"krb5.conf", "ccache", "keytab"};
    mint_free(mint);
    krb5_kt_close(context, keytab);
    krb5_free_context(context);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char *path = in_folder(NAMES[i]);
        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

static void mint_token(struct mint *m, const struct ticket *t, enum mint_form form,
                       struct buf *token) {
    struct buf header;
    struct mint_proof proof;
    struct err e = {ERR_NONE};
    buf_init_secret(&header, HEADER_MAX);
    struct mint_die *d = mint_die_new(m, t, &e);
    if (!d || !mint_header(m, d, &(struct mint_order){.form = form}, &header, &proof, &e))
        fail_msg("%s", e.detail);
    mint_die_free(d);
    assert_true(str_starts(buf_str(&header), STR("Negotiate ")));
    buf_init_secret(token, HEADER_MAX);
    assert_true(decode_base64(token, str_from(buf_str(&header), 10)));
    buf_fini(&header);
}

/* What the service sees: who it is, and the flags; fails when it does not accept. */
static OM_uint32 accept_token(const struct buf *token, char *who, size_t size) {
    gss_buffer_desc in = {buf_size(token), token->data + token->start}, out = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc name = GSS_C_EMPTY_BUFFER;
    gss_ctx_id_t established = GSS_C_NO_CONTEXT;
    gss_name_t client = GSS_C_NO_NAME;
    gss_cred_id_t cred = acceptor();
    OM_uint32 minor, ignored, flags = 0;
    OM_uint32 major =
        gss_accept_sec_context(&minor, &established, cred, &in, GSS_C_NO_CHANNEL_BINDINGS, &client,
                               NULL, &out, &flags, NULL, NULL);
    if (major != GSS_S_COMPLETE)
        fail_msg("%x: %s", major, krb5_get_error_message(context, (krb5_error_code)minor));
    assert_int_equal(gss_display_name(&ignored, client, &name, NULL), GSS_S_COMPLETE);
    snprintf(who, size, "%.*s", (int)name.length, (char *)name.value);
    gss_release_buffer(&ignored, &name);
    gss_release_buffer(&ignored, &out);
    gss_release_name(&ignored, &client);
    gss_delete_sec_context(&ignored, &established, GSS_C_NO_BUFFER);
    gss_release_cred(&ignored, &cred);
    return flags;
}

/* Integrity is asked for, TRANS is the acceptor's own; nothing else. */
static void check_accepted(const struct ticket *t, enum mint_form form) {
    char who[256];
    struct buf token;
    mint_token(mint, t, form, &token);
    OM_uint32 flags = accept_token(&token, who, sizeof who);
    assert_string_equal(who, t->client);
    assert_int_equal(flags, GSS_C_INTEG_FLAG | GSS_C_TRANS_FLAG);
    buf_fini(&token);
}

static void services_accept_every_form_and_enctype(void **state) {
    (void)state;
    static const krb5_enctype TYPES[] = {ENCTYPE_AES128_CTS_HMAC_SHA1_96,
                                         ENCTYPE_AES256_CTS_HMAC_SHA1_96, ENCTYPE_ARCFOUR_HMAC};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        krb5_keyblock key;
        make_service_key(TYPES[i], &key);
        struct ticket *t = issue(ALICE, &key);
        check_accepted(t, MINT_KRB5);
        check_accepted(t, MINT_SPNEGO);
        ticket_free(t);
        krb5_free_keyblock_contents(context, &key);
        forget_service_key(TYPES[i]);
    }
}

static void a_upn_as_client_name_is_kept_as_it_is(void **state) {
    (void)state;
    krb5_keyblock key;
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &key);
    struct ticket *t = issue("alice\\@corp.example@CORP.EXAMPLE", &key);
    check_accepted(t, MINT_SPNEGO);
    ticket_free(t);
    krb5_free_keyblock_contents(context, &key);
    forget_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96);
}

/* A credential cache and a keytab of somebody else, with a ticket to the same service. */
static void plant_defaults(const krb5_keyblock *service_key) {
    char *ccache_path = in_folder("ccache"), *keytab_path = in_folder("keytab"), *name;
    krb5_ccache ccache;
    krb5_keytab file;
    krb5_keytab_entry entry = {.vno = 1, .key = *service_key};
    struct ticket *t = issue("mallory@CORP.EXAMPLE", service_key);
    krb5_creds creds = {
        .client = parsed(t->client),
        .server = parsed(SERVICE),
        .keyblock = {.enctype = t->enctype, .length = (unsigned)t->key_size, .contents = t->key},
        .times = {.endtime = (krb5_timestamp)t->ends_s},
        .ticket = {.length = (unsigned)t->der_size, .data = (char *)t->der},
    };
    must(krb5_cc_resolve(context, ccache_path, &ccache));
    must(krb5_cc_initialize(context, ccache, creds.client));
    must(krb5_cc_store_cred(context, ccache, &creds));
    must(krb5_cc_close(context, ccache));
    assert_true(asprintf(&name, "WRFILE:%s", keytab_path) > 0);
    entry.principal = creds.client;
    must(krb5_kt_resolve(context, name, &file));
    must(krb5_kt_add_entry(context, file, &entry));
    must(krb5_kt_close(context, file));
    setenv("KRB5CCNAME", ccache_path, 1);
    setenv("KRB5_KTNAME", keytab_path, 1);
    setenv("KRB5_CLIENT_KTNAME", keytab_path, 1);
    krb5_free_principal(context, creds.client);
    krb5_free_principal(context, creds.server);
    ticket_free(t);
    free(name);
    free(keytab_path);
    free(ccache_path);
}

/* Invariant 2: the ticket alone says who the service sees. */
static void defaults_of_the_environment_have_no_say(void **state) {
    (void)state;
    struct err e;
    krb5_keyblock key;
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &key);
    plant_defaults(&key);
    struct ticket *t = issue(ALICE, &key);
    struct mint *before = mint;
    mint = mint_new(&e);
    assert_non_null(mint);
    check_accepted(t, MINT_KRB5);
    check_accepted(t, MINT_SPNEGO);
    mint_free(mint);
    mint = before;
    unsetenv("KRB5CCNAME");
    unsetenv("KRB5_KTNAME");
    unsetenv("KRB5_CLIENT_KTNAME");
    ticket_free(t);
    krb5_free_keyblock_contents(context, &key);
    forget_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96);
}

static struct str content_of(struct str *rest, uint8_t tag) {
    struct str content;
    assert_true(der_expect(rest, tag, &content));
    return content;
}

/* The encrypted Authenticator of a bare krb5 token (RFC 4120 5.5.1). */
static struct str sealed_authenticator(struct str token) {
    struct str content = content_of(&token, 0x60);
    struct str ap_req = str_from(content, 13);
    struct str message = content_of(&ap_req, 0x6e), fields = content_of(&message, 0x30), field;
    uint8_t tag;
    do
        assert_true(der_read(&fields, &tag, &field));
    while (tag != 0xa4);
    fields = content_of(&field, 0x30);
    do
        assert_true(der_read(&fields, &tag, &field));
    while (tag != 0xa2);
    return content_of(&field, 0x04);
}

/* What the authenticator of a token says of its time, and its subkey. */
struct said {
    char time[16]; /* KerberosTime, with a NUL */
    int64_t usec;
    unsigned char subkey[32];
};

static void read_authenticator(struct str plain, struct said *out) {
    struct str message = content_of(&plain, 0x62), fields = content_of(&message, 0x30), field;
    uint8_t tag;
    memset(out, 0, sizeof *out);
    while (der_read(&fields, &tag, &field)) {
        if (tag == 0xa4) {
            assert_true(der_int(content_of(&field, 0x02), &out->usec));
        } else if (tag == 0xa5) {
            struct str time = content_of(&field, 0x18);
            assert_int_equal(time.n, 15);
            memcpy(out->time, time.p, 15);
        } else if (tag == 0xa6) { /* EncryptionKey */
            struct str key = content_of(&field, 0x30);
            content_of(&key, 0xa0);
            struct str value = content_of(&key, 0xa1), octets = content_of(&value, 0x04);
            assert_int_equal(octets.n, sizeof out->subkey);
            memcpy(out->subkey, octets.p, octets.n);
        }
    }
}

static void open_token(const struct ticket *t, struct str token, struct said *out) {
    struct str sealed = sealed_authenticator(token);
    char plain[4096], copy[4096];
    krb5_keyblock key = {
        .enctype = t->enctype, .length = (unsigned)t->key_size, .contents = t->key};
    krb5_data ciphertext = {.length = (unsigned)sealed.n, .data = copy};
    krb5_enc_data in = {.enctype = t->enctype, .ciphertext = ciphertext};
    krb5_data clear = {.length = sizeof plain, .data = plain};
    assert_true(sealed.n <= sizeof copy);
    memcpy(copy, sealed.p, sealed.n);
    must(krb5_c_decrypt(context, &key, KRB5_KEYUSAGE_AP_REQ_AUTH, NULL, &in, &clear));
    read_authenticator(str_n(clear.data, clear.length), out);
}

/* One thread that mints, and looks at nothing: a failed assertion belongs to the main thread. */
struct minter {
    const struct ticket *ticket;
    struct buf headers[TOKENS];
};

static void *mint_many(void *user) {
    struct minter *m = user;
    struct err e;
    struct mint *own = mint_new(&e);
    struct mint_die *d = own ? mint_die_new(own, m->ticket, &e) : NULL;
    const struct mint_order order = {.form = MINT_KRB5};
    struct mint_proof proof;
    for (size_t i = 0; i < TOKENS; i++) {
        buf_init_secret(&m->headers[i], HEADER_MAX);
        if (d)
            mint_header(own, d, &order, &m->headers[i], &proof, &e);
    }
    mint_die_free(d);
    mint_free(own);
    return NULL;
}

static void open_many(struct minter *m, struct said *out) {
    for (size_t i = 0; i < TOKENS; i++) {
        struct buf token;
        buf_init_secret(&token, HEADER_MAX);
        assert_true(decode_base64(&token, str_from(buf_str(&m->headers[i]), 10)));
        open_token(m->ticket, buf_str(&token), &out[i]);
        buf_fini(&token);
        buf_fini(&m->headers[i]);
    }
}

static int by_time(const void *a, const void *b) {
    const struct said *left = a, *right = b;
    int order = strcmp(left->time, right->time);
    return order ? order : (left->usec > right->usec) - (left->usec < right->usec);
}

static int by_subkey(const void *a, const void *b) {
    return memcmp(((const struct said *)a)->subkey, ((const struct said *)b)->subkey, 32);
}

static void check_unlike(struct said *said, size_t n, int (*order)(const void *, const void *)) {
    qsort(said, n, sizeof *said, order);
    for (size_t i = 1; i < n; i++)
        assert_int_not_equal(order(&said[i - 1], &said[i]), 0);
}

static void no_two_tokens_of_two_threads_have_one_time_or_one_subkey(void **state) {
    (void)state;
    static struct minter minters[2];
    static struct said said[2 * TOKENS];
    krb5_keyblock key;
    pthread_t thread;
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &key);
    struct ticket *t = issue(ALICE, &key);
    minters[0].ticket = minters[1].ticket = t;
    assert_int_equal(pthread_create(&thread, NULL, mint_many, &minters[1]), 0);
    mint_many(&minters[0]);
    pthread_join(thread, NULL);
    open_many(&minters[0], said);
    open_many(&minters[1], said + TOKENS);
    check_unlike(said, (size_t)2 * TOKENS, by_time);
    check_unlike(said, (size_t)2 * TOKENS, by_subkey);
    ticket_free(t);
    krb5_free_keyblock_contents(context, &key);
    forget_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96);
}

static void check_refused(const struct ticket *t) {
    struct err e = {ERR_NONE};
    assert_null(mint_die_new(mint, t, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_string_not_equal(e.detail, "");
}

static void a_header_that_does_not_fit_is_told(void **state) {
    (void)state;
    struct err e = {ERR_NONE};
    struct mint_proof proof;
    struct buf out;
    krb5_keyblock key;
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &key);
    struct ticket *t = issue(ALICE, &key);
    struct mint_die *d = mint_die_new(mint, t, &e);
    assert_non_null(d);
    buf_init_secret(&out, 100);
    assert_false(mint_header(mint, d, &(struct mint_order){0}, &out, &proof, &e));
    assert_int_equal(e.code, ERR_NO_MEMORY);
    buf_fini(&out);
    mint_die_free(d);
    ticket_free(t);
    krb5_free_keyblock_contents(context, &key);
    forget_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96);
}

static void tickets_that_cannot_be_are_refused(void **state) {
    (void)state;
    krb5_keyblock key;
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &key);
    char no_realm[] = "alice";
    struct ticket *fine = issue(ALICE, &key), t = *fine;
    t.key_size = 16;
    check_refused(&t);
    t = *fine;
    t.enctype = 4711;
    check_refused(&t);
    t = *fine;
    t.der_size -= 1;
    check_refused(&t);
    t = *fine;
    t.client = no_realm;
    check_refused(&t);
    ticket_free(fine);
    krb5_free_keyblock_contents(context, &key);
    forget_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_accept_every_form_and_enctype),
        cmocka_unit_test(a_upn_as_client_name_is_kept_as_it_is),
        cmocka_unit_test(defaults_of_the_environment_have_no_say),
        cmocka_unit_test(no_two_tokens_of_two_threads_have_one_time_or_one_subkey),
        cmocka_unit_test(tickets_that_cannot_be_are_refused),
        cmocka_unit_test(a_header_that_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, start, end);
}
