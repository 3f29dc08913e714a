/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/certificate_names.h"

#include "base/encode.h"
#include "net/tls_testing.h"

/* Bytes of DER as text: what is between quotes, or in hexadecimal. */
struct row {
    const char *description;
    const char *names; /* kind:text, separated by ' '; NULL: refused */
    size_t n;
    const char *der;
};

#define DER(bytes) sizeof(bytes) - 1, bytes
#define UPN_OID "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"

static const struct row ROWS[] = {
    {"a UPN", "upn:a@b",
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x0c\x03"
         "a@b")},
    {"a UPN of another type of text", NULL,
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x16\x03"
         "a@b")},
    {"a UPN that is a number", NULL,
     DER("\x30\x13\xa0\x11" UPN_OID "\xa0\x03\x02\x01"
         "\x05")},
    {"a UPN that is empty", NULL, DER("\x30\x12\xa0\x10" UPN_OID "\xa0\x02\x0c\x00")},
    {"a NUL in a UPN", NULL,
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x0c\x03"
         "a\0b")},
    {"a NUL behind a UPN", NULL,
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x0c\x03"
         "a@\0")},
    {"a line end in a UPN", NULL,
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x0c\x03"
         "a\nb")},
    {"a control character of two bytes", NULL,
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x0c\x03"
         "a\xc2\x85")},
    {"no UTF-8 in a UPN", NULL,
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x0c\x03"
         "a@\xc3")},
    {"an umlaut in a UPN", "upn:\xc3\xbc@",
     DER("\x30\x15\xa0\x13" UPN_OID "\xa0\x05\x0c\x03"
         "\xc3\xbc@")},
    {"another kind of name that is left alone", "",
     DER("\x30\x0b\xa0\x09\x06\x02\x2a\x03\xa0\x03\x0c\x01\0")},
    {"a mail address", "email:a@b",
     DER("\x30\x05\x81\x03"
         "a@b")},
    {"a NUL in a mail address", NULL,
     DER("\x30\x05\x81\x03"
         "a\0b")},
    {"a NUL in a host", NULL,
     DER("\x30\x05\x82\x03"
         "a\0b")},
    {"a host and a URI", "dns:a uri:b",
     DER("\x30\x06\x82\x01"
         "a\x86\x01"
         "b")},
    {"an address, which is no text", "", DER("\x30\x06\x87\x04\x7f\0\0\1")},
    {"no names", "", DER("\x30\x00")},
    {"something behind the names", NULL,
     DER("\x30\x05\x81\x03"
         "a@b\0")},
    {"a length beyond the end", NULL,
     DER("\x30\x05\x81\x04"
         "a@b")},
    {"an otherName that ends in its type", NULL, DER("\x30\x04\xa0\x02\x06\x0a")},
    {"nothing", NULL, DER("")},
};

static void names_are_read_or_refused_as_a_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct certificate_names names = {0};
        struct err e = {0};
        struct arena a;
        char found[128];
        struct buf all;
        buf_init(&all, sizeof found - 1);
        arena_init(&a, 1 << 16);
        bool ok = certificate_read_alternative(&a, str_n(ROWS[i].der, ROWS[i].n), &names, &e);
        for (size_t k = 0; k < names.san.count; k++)
            buf_printf(&all, "%s%s", k ? " " : "", names.san.at[k]);
        snprintf(found, sizeof found, "%.*s", STR_ARG(buf_str(&all)));
        buf_fini(&all);
        if (ok != (ROWS[i].names != NULL) || (ok && strcmp(found, ROWS[i].names) != 0))
            fail_msg("%s: %d, %s", ROWS[i].description, ok, found);
        assert_int_equal(e.code, ok ? ERR_NONE : ERR_CERTIFICATE_NAME);
        arena_fini(&a);
    }
}

#define SID_OID "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x01"

static const struct row SIDS[] = {
    {"a SID", "S-1-5-21-1",
     DER("\x30\x1c\xa0\x1a" SID_OID "\xa0\x0c\x04\x0a"
         "S-1-5-21-1")},
    {"a SID as another type", NULL,
     DER("\x30\x1c\xa0\x1a" SID_OID "\xa0\x0c\x0c\x0a"
         "S-1-5-21-1")},
    {"a SID by another name", NULL,
     DER("\x30\x1c\xa0\x1a" UPN_OID "\xa0\x0c\x04\x0a"
         "S-1-5-21-1")},
    {"what is no SID", NULL,
     DER("\x30\x1c\xa0\x1a" SID_OID "\xa0\x0c\x04\x0a"
         "S-1-5-21-\0")},
    {"two SIDs", NULL,
     DER("\x30\x38\xa0\x1a" SID_OID "\xa0\x0c\x04\x0a"
         "S-1-5-21-1"
         "\xa0\x1a" SID_OID "\xa0\x0c\x04\x0a"
         "S-1-5-21-2")},
    {"something behind it", NULL,
     DER("\x30\x1c\xa0\x1a" SID_OID "\xa0\x0c\x04\x0a"
         "S-1-5-21-1x")},
    {"nothing", NULL, DER("")},
};

static void a_sid_is_the_one_of_its_extension(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof SIDS / sizeof *SIDS; i++) {
        struct certificate_names names = {0};
        struct err e = {0};
        struct arena a;
        arena_init(&a, 1 << 16);
        bool ok = certificate_read_sid(&a, str_n(SIDS[i].der, SIDS[i].n), &names, &e);
        if (ok != (SIDS[i].names != NULL) || (ok && strcmp(names.sid, SIDS[i].names) != 0))
            fail_msg("%s: %s", SIDS[i].description, ok ? names.sid : e.detail);
        arena_fini(&a);
    }
}

static X509 *with_subject(int type, const char *bytes, int n) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    assert_true(x && key);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 60);
    X509_set_pubkey(x, key);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 0x1abc);
    assert_true(X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, type,
                                           (const unsigned char *)bytes, n, -1, 0));
    assert_true(X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_UTF8,
                                           (const unsigned char *)"L\xc3\xa4"
                                                                  "b, CA",
                                           -1, -1, 0));
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    EVP_PKEY_free(key);
    return x;
}

static void a_common_name_is_read_whatever_type_it_is_of(void **state) {
    static const struct {
        int type;
        const char *bytes;
        int n;
        const char *cn; /* NULL: refused */
    } rows[] = {
        {V_ASN1_UTF8STRING, "alice", 5, "alice"},
        {V_ASN1_PRINTABLESTRING, "alice", 5, "alice"},
        {V_ASN1_BMPSTRING, "\0a\0\xfc", 4, "a\xc3\xbc"},
        {V_ASN1_T61STRING, "a\xfc", 2, "a\xc3\xbc"},
        {V_ASN1_UTF8STRING, "al\0ice", 6, NULL},
        {V_ASN1_BMPSTRING, "\0a\0\0\0b", 6, NULL},
        {V_ASN1_UTF8STRING, "al\x1b[31m", 7, NULL},
        {V_ASN1_UTF8STRING, "", 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate_names names;
        struct err e = {0};
        struct arena a;
        arena_init(&a, 1 << 16);
        X509 *x = with_subject(rows[i].type, rows[i].bytes, rows[i].n);
        assert_int_equal(certificate_read_names(&a, x, &names, &e), rows[i].cn != NULL);
        if (rows[i].cn) {
            assert_int_equal(names.cn.count, 1);
            assert_string_equal(names.cn.at[0], rows[i].cn);
            assert_string_equal(names.issuer, "CN=L\xc3\xa4"
                                              "b\\, CA");
            assert_string_equal(names.serial, "1abc");
            assert_int_equal(strlen(names.fingerprint), 64);
        }
        X509_free(x);
        arena_fini(&a);
    }
}

static void two_subject_alternative_names_are_none(void **state) {
    struct certificate_names names;
    struct err e = {0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    X509 *x = with_subject(V_ASN1_UTF8STRING, "alice", 5);
    certificate_extend(x, x, NID_subject_alt_name, "email:a@b");
    assert_true(certificate_read_names(&a, x, &names, &e));
    assert_string_equal(names.email.at[0], "a@b");
    certificate_extend(x, x, NID_subject_alt_name, "email:c@d");
    assert_false(certificate_read_names(&a, x, &names, &e));
    assert_int_equal(e.code, ERR_CERTIFICATE_NAME);
    X509_free(x);
    arena_fini(&a);
}

static void there_is_a_limit_to_the_names(void **state) {
    struct certificate_names names = {0};
    struct err e = {0};
    struct arena a;
    char der[4 + 3 * (CERTIFICATE_NAMES_MAX + 1)] = "\x30\x81";
    (void)state;
    arena_init(&a, 1 << 16);
    for (int count = CERTIFICATE_NAMES_MAX; count <= CERTIFICATE_NAMES_MAX + 1; count++) {
        names = (struct certificate_names){0};
        der[2] = (char)(3 * count);
        for (int i = 0; i < count; i++)
            memcpy(der + 3 + 3 * i, "\x82\x01x", 3);
        assert_int_equal(
            certificate_read_alternative(&a, str_n(der, 3 + 3 * (size_t)count), &names, &e),
            count == CERTIFICATE_NAMES_MAX);
    }
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sid_is_the_one_of_its_extension),
        cmocka_unit_test(names_are_read_or_refused_as_a_whole),
        cmocka_unit_test(a_common_name_is_read_whatever_type_it_is_of),
        cmocka_unit_test(two_subject_alternative_names_are_none),
        cmocka_unit_test(there_is_a_limit_to_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
