/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char YAML[] =
    "gateway:\n"
    "  listen: [{address: '[::1]:443', certificate: chain.pem, key: key.pem},\n"
    "    {address: '[::1]:444', certificates: [{certificate: any.pem, key: more.key},\n"
    "      {certificate: more.pem, key: more.key}]}]\n"
    "  access_log: {file: log/access.log}\n"
    "  run_as: {user: nobody, broker_user: daemon}\n" PROVIDERS "connector:\n"
    "  kerberos: {keytab: k.keytab, principal: s@C, krb5_conf: krb5.conf}\n"
    "  assertion_keys: [sign.key, next.key]\n"
    "apps:\n"
    "- name: hr\n"
    "  external_url: https://hr.example.com/\n"
    "  internal_url: https://hr.corp/\n"
    "  pre_authentication: staff\n"
    "  backend_tls: {ca: ca.pem}\n"
    "- name: any\n"
    "  external_url: https://*.apps.example.com/\n"
    "  internal_url: http://any.corp/\n"
    "  pre_authentication: staff\n"
    "store: sqlite:state/kerbgate.db\n";

enum { DAY = 86400 };

static char folder[] = "/tmp/check_files_test.XXXXXX";
static EVP_PKEY *key, *other_key;

static const char *in_folder(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_bytes(const char *name, const char *bytes, size_t n) {
    FILE *f = fopen(in_folder(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void write_text(const char *name, const char *text) {
    write_bytes(name, text, strlen(text));
}

/* A self-signed certificate of `key`, for "hr.example.com" or what `san` says. */
static void write_certificate(const char *name, const char *san, int from_days, int to_days,
                              const char *mode) {
    X509 *x = X509_new();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), (long)from_days * DAY);
    X509_gmtime_adj(X509_getm_notAfter(x), (long)to_days * DAY);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"hr.example.com", -1, -1, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
    X509_add_ext(x, e, -1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(in_folder(name), mode);
    assert_non_null(f);
    assert_true(PEM_write_X509(f, x));
    fclose(f);
    X509_EXTENSION_free(e);
    X509_free(x);
}

static void write_key(const char *name, EVP_PKEY *k, const EVP_CIPHER *cipher) {
    unsigned char passphrase[] = "secret";
    FILE *f = fopen(in_folder(name), "w");
    assert_non_null(f);
    assert_true(
        PEM_write_PrivateKey(f, k, cipher, cipher ? passphrase : NULL, cipher ? 6 : 0, NULL, NULL));
    fclose(f);
}

static void make_fine(void) {
    write_certificate("chain.pem", "DNS:hr.example.com", -1, 100, "w");
    write_certificate("ca.pem", "DNS:ca", -1, 100, "w");
    write_key("key.pem", key, NULL);
    chmod(in_folder("key.pem"), 0640);
    write_certificate("any.pem", "DNS:*.apps.example.com", -1, 100, "w");
    write_certificate("more.pem", "DNS:more", -1, 100, "w");
    write_key("more.key", key, NULL);
    chmod(in_folder("more.key"), 0640);
    write_key("sign.key", key, NULL);
    chmod(in_folder("sign.key"), 0600);
    write_key("next.key", other_key, NULL);
    chmod(in_folder("next.key"), 0600);
    mkdir(in_folder("log"), 0700);
    write_bytes("k.keytab", "\5\2rest", 6);
    chmod(in_folder("k.keytab"), 0600);
    write_text("krb5.conf", "[libdefaults]\n");
    mkdir(in_folder("state"), 0700);
}

static void remove_all(void) {
    static const char *const NAMES[] = {"chain.pem", "any.pem",  "more.pem", "ca.pem",
                                        "key.pem",   "more.key", "k.keytab", "krb5.conf",
                                        "log",       "sign.key", "next.key"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (remove(in_folder(NAMES[i])) != 0)
            unlink(in_folder(NAMES[i]));
    remove(in_folder("state/kerbgate.db"));
    remove(in_folder("log/access.log"));
    remove(in_folder("state"));
}

static void leave(void) {}
static void no_store_yet(void) { remove(in_folder("state")); }
static void expire(void) { write_certificate("chain.pem", "DNS:hr.example.com", -9, -2, "w"); }
static void expire_soon(void) { write_certificate("chain.pem", "DNS:*.example.com", -9, 13, "w"); }
static void expire_behind(void) { write_certificate("chain.pem", "DNS:ca", -9, -2, "a"); }
static void begin_later(void) { write_certificate("chain.pem", "DNS:hr.example.com", 2, 100, "w"); }
static void name_other(void) { write_certificate("chain.pem", "DNS:other", -1, 100, "w"); }
static void name_in_part(void) {
    write_certificate("chain.pem", "DNS:h*.example.com", -1, 100, "w");
}
static void name_nobody(void) {
    write_certificate("chain.pem", "email:hr.example.com@example.com", -1, 100, "w");
}
static void change_key(void) { write_key("key.pem", other_key, NULL); }
static void change_more_key(void) {
    write_key("more.key", other_key, NULL);
    chmod(in_folder("more.key"), 0640);
}
static void expire_any(void) {
    write_certificate("any.pem", "DNS:*.apps.example.com", -9, -2, "w");
}
static void name_one(void) { write_certificate("any.pem", "DNS:a.apps.example.com", -1, 100, "w"); }
static void name_twice(void) {
    write_certificate("any.pem", "DNS:b.example.com,DNS:*.apps.example.com", -1, 100, "w");
    write_certificate("more.pem", "DNS:*.apps.example.com,DNS:b.example.com", -1, 100, "w");
}
static void no_log_folder(void) { remove(in_folder("log")); }
static void log_is_folder(void) { mkdir(in_folder("log/access.log"), 0700); }
static void encrypt_key(void) { write_key("key.pem", key, EVP_aes_128_cbc()); }
static void swap_files(void) {
    write_text("key.pem", "no key\n");
    write_text("chain.pem", "no certificate\n");
}
static void break_ca(void) {
    FILE *f = fopen(in_folder("ca.pem"), "a");
    fputs("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", f);
    fclose(f);
}
static void open_key(void) { chmod(in_folder("key.pem"), 0644); }
static void open_next_key(void) { chmod(in_folder("next.key"), 0640); }
static void same_key(void) { write_key("next.key", key, NULL); }
static void lock_next_key(void) { write_key("next.key", key, EVP_aes_128_cbc()); }
static void open_keytab(void) { chmod(in_folder("k.keytab"), 0640); }
static void empty_keytab(void) { write_text("k.keytab", ""); }
static void pipe_keytab(void) {
    remove(in_folder("k.keytab"));
    mkfifo(in_folder("k.keytab"), 0600);
}
static void store_in_file(void) {
    remove(in_folder("state"));
    write_text("state", "");
}
static void store_is_folder(void) { mkdir(in_folder("state/kerbgate.db"), 0700); }

static const struct {
    const char *description;
    void (*change)(void);
    unsigned errors, warnings;
    const char *expected;
} ROWS[] = {
    {"all is fine", leave, 0, 0, ""},
    {"the store's folder is made later", no_store_yet, 0, 0, ""},
    {"nothing is there", remove_all, 12, 0,
     "FOLDER/k.yaml:2:48: gateway.listen.certificate: FOLDER/chain.pem: No such file or directory\n"
     "FOLDER/k.yaml:2:64: gateway.listen.key: FOLDER/key.pem: No such file or directory\n"
     "FOLDER/k.yaml:3:57: gateway.listen.certificates.certificate: FOLDER/any.pem: No such file or "
     "directory\n"
     "FOLDER/k.yaml:3:71: gateway.listen.certificates.key: FOLDER/more.key: No such file or "
     "directory\n"
     "FOLDER/k.yaml:4:21: gateway.listen.certificates.certificate: FOLDER/more.pem: No such file "
     "or "
     "directory\n"
     "FOLDER/k.yaml:4:36: gateway.listen.certificates.key: FOLDER/more.key: No such file or "
     "directory\n"
     "FOLDER/k.yaml:5:22: gateway.access_log.file: FOLDER/log/access.log: its folder cannot be "
     "used: FOLDER/log: No such file or directory\n"
     "FOLDER/k.yaml:9:22: connector.kerberos.keytab: FOLDER/k.keytab: No such file or directory\n"
     "FOLDER/k.yaml:9:59: connector.kerberos.krb5_conf: FOLDER/krb5.conf: No such file or "
     "directory\n"
     "FOLDER/k.yaml:10:20: connector.assertion_keys: FOLDER/sign.key: No such file or directory\n"
     "FOLDER/k.yaml:10:30: connector.assertion_keys: FOLDER/next.key: No such file or directory\n"
     "FOLDER/k.yaml:16:21: apps.backend_tls.ca: FOLDER/ca.pem: No such file or directory\n"},
    {"a key of assertions for the group", open_next_key, 1, 0,
     "FOLDER/k.yaml:10:30: connector.assertion_keys: FOLDER/next.key: accounts other than its "
     "owner may use it, and with it be anybody; type: chmod go= FOLDER/next.key\n"},
    {"one key of assertions twice", same_key, 1, 0,
     "FOLDER/k.yaml:10:30: connector.assertion_keys: FOLDER/next.key: the key is in the list a "
     "second time\n"},
    {"a key of assertions with a passphrase", lock_next_key, 1, 0,
     "FOLDER/k.yaml:10:30: connector.assertion_keys: FOLDER/next.key: the key has a passphrase, "
     "and nobody is there to type it\n"},
    {"an old certificate", expire, 1, 0,
     "FOLDER/k.yaml:2:48: gateway.listen.certificate: FOLDER/chain.pem: certificate 1 of the file "
     "expired on DATE\n"},
    {"an old certificate in the chain", expire_behind, 1, 0,
     "FOLDER/k.yaml:2:48: gateway.listen.certificate: FOLDER/chain.pem: certificate 2 of the file "
     "expired on DATE\n"},
    {"a certificate that ends soon", expire_soon, 0, 1,
     "FOLDER/k.yaml:2:48: warning: gateway.listen.certificate: FOLDER/chain.pem: certificate 1 of "
     "the file expires on DATE\n"},
    {"a certificate of tomorrow", begin_later, 1, 0,
     "FOLDER/k.yaml:2:48: gateway.listen.certificate: FOLDER/chain.pem: certificate 1 of the file "
     "is not valid yet\n"},
    {"a certificate for another host", name_other, 0, 1,
     "FOLDER/k.yaml:13:17: warning: apps.external_url: no certificate in gateway.listen names the "
     "host hr.example.com\n"},
    {"part of a label", name_in_part, 0, 1,
     "FOLDER/k.yaml:13:17: warning: apps.external_url: no certificate in gateway.listen names the "
     "host hr.example.com\n"},
    {"the common name alone", name_nobody, 0, 1,
     "FOLDER/k.yaml:13:17: warning: apps.external_url: no certificate in gateway.listen names the "
     "host hr.example.com\n"},
    {"the key of another certificate", change_key, 1, 0,
     "FOLDER/k.yaml:2:64: gateway.listen.key: FOLDER/key.pem: the key does not belong to the first "
     "certificate of FOLDER/chain.pem\n"},
    {"a key with a passphrase", encrypt_key, 1, 0,
     "FOLDER/k.yaml:2:64: gateway.listen.key: FOLDER/key.pem: the key has a passphrase, and nobody "
     "is there to type it\n"},
    {"a key for everybody", open_key, 0, 1,
     "FOLDER/k.yaml:2:64: warning: gateway.listen.key: FOLDER/key.pem: everybody on this machine "
     "may use the key; type: chmod o= FOLDER/key.pem\n"},
    {"the key of another certificate in the list", change_more_key, 2, 0,
     "FOLDER/k.yaml:3:71: gateway.listen.certificates.key: FOLDER/more.key: the key does not "
     "belong "
     "to the first certificate of FOLDER/any.pem\n"
     "FOLDER/k.yaml:4:36: gateway.listen.certificates.key: FOLDER/more.key: the key does not "
     "belong "
     "to the first certificate of FOLDER/more.pem\n"},
    {"an old certificate in the list", expire_any, 1, 0,
     "FOLDER/k.yaml:3:57: gateway.listen.certificates.certificate: FOLDER/any.pem: certificate 1 "
     "of "
     "the file expired on DATE\n"},
    {"a certificate for one host of a wildcard", name_one, 0, 1,
     "FOLDER/k.yaml:18:17: warning: apps.external_url: no certificate in gateway.listen names the "
     "host *.apps.example.com\n"},
    {"a certificate that would never be used", name_twice, 1, 0,
     "FOLDER/k.yaml:4:21: gateway.listen.certificates.certificate: FOLDER/more.pem: it is for the "
     "same names as FOLDER/any.pem and has the same kind of key: take one of them out, which would "
     "never be used\n"},
    {"an access log without a folder", no_log_folder, 1, 0,
     "FOLDER/k.yaml:5:22: gateway.access_log.file: FOLDER/log/access.log: its folder cannot be "
     "used: FOLDER/log: No such file or directory\n"},
    {"an access log that is a folder", log_is_folder, 1, 0,
     "FOLDER/k.yaml:5:22: gateway.access_log.file: FOLDER/log/access.log: this is a folder, "
     "expected the name of a file in it\n"},
    {"other files", swap_files, 2, 0,
     "FOLDER/k.yaml:2:48: gateway.listen.certificate: FOLDER/chain.pem: there is no certificate "
     "(PEM) in it\n"
     "FOLDER/k.yaml:2:64: gateway.listen.key: FOLDER/key.pem: there is no private key (PEM) in "
     "it\n"},
    {"half an authority", break_ca, 1, 0,
     "FOLDER/k.yaml:16:21: apps.backend_tls.ca: FOLDER/ca.pem: there is something broken behind "
     "the first certificate\n"},
    {"a keytab for the group", open_keytab, 1, 0,
     "FOLDER/k.yaml:9:22: connector.kerberos.keytab: FOLDER/k.keytab: accounts other than its "
     "owner may use it, and with it be anybody; type: chmod go= FOLDER/k.keytab\n"},
    {"an empty keytab", empty_keytab, 1, 0,
     "FOLDER/k.yaml:9:22: connector.kerberos.keytab: FOLDER/k.keytab: this is not a keytab: "
     "it is empty\n"},
    {"a keytab that is a pipe", pipe_keytab, 1, 0,
     "FOLDER/k.yaml:9:22: connector.kerberos.keytab: FOLDER/k.keytab: this is not a regular "
     "file\n"},
    {"a file where the store's folder should be", store_in_file, 1, 0,
     "FOLDER/k.yaml:21:8: store: FOLDER/state/kerbgate.db: its folder cannot be used: "
     "FOLDER/state: Not a directory\n"},
    {"a folder where the store should be", store_is_folder, 1, 0,
     "FOLDER/k.yaml:21:8: store: FOLDER/state/kerbgate.db: this is not a regular file\n"},
};

/* The report with the temporary folder and the dates taken out. */
static void normalise(struct str text, struct buf *out) {
    while (text.n) {
        if (str_starts(text, str_of(folder))) {
            buf_add(out, STR("FOLDER"));
            text = str_from(text, strlen(folder));
        } else if (str_starts(text, STR(" on 20"))) {
            buf_add(out, STR(" on DATE"));
            text = str_from(text, strlen(" on 2026-11-24"));
        } else {
            buf_add_byte(out, text.p[0]);
            text = str_from(text, 1);
        }
    }
    buf_add_byte(out, 0);
}

static void reports_each_fault(void **state) {
    (void)state;
    struct config_report r;
    struct buf text;
    config_report_init(&r);
    struct config *c = config_parse(in_folder("k.yaml"), str_of(YAML), &r);
    assert_non_null(c);
    config_report_fini(&r);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        make_fine();
        ROWS[i].change();
        config_report_init(&r);
        buf_init(&text, 1 << 16);
        bool ok = config_check_files(c, &r);
        normalise(buf_str(&r.text), &text);
        const char *reported = buf_str(&text).p;
        if (strcmp(reported, ROWS[i].expected) != 0)
            fail_msg("%s\n--- expected\n%s--- reported\n%s", ROWS[i].description, ROWS[i].expected,
                     reported);
        assert_int_equal(r.errors, ROWS[i].errors);
        assert_int_equal(r.warnings, ROWS[i].warnings);
        assert_int_equal(ok, r.errors == 0);
        buf_fini(&text);
        config_report_fini(&r);
        remove_all();
    }
    config_free(c);
}

static int set_up(void **state) {
    (void)state;
    key = EVP_EC_gen("P-256");
    other_key = EVP_EC_gen("P-256");
    return key && other_key && mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    EVP_PKEY_free(key);
    EVP_PKEY_free(other_key);
    remove_all();
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(reports_each_fault)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
