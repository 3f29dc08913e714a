/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/der.h"
#include "kerberos/krb_tell.h"
#include "kerberos/krb_words.h"

#include <stdio.h>

enum {
    PA_TGS_REQ = 1,
    PA_ENC_TIMESTAMP = 2,
    PA_PW_SALT = 3,
    PA_ETYPE_INFO = 11,
    PA_ETYPE_INFO2 = 19,
    PA_PAC_REQUEST = 128,
    PA_FOR_USER = 129,
    PA_S4U_X509_USER = 130,
    PA_FX_FAST = 136,
    PA_ENCRYPTED_CHALLENGE = 138,
    PA_SUPPORTED_ENCTYPES = 165,
    PA_EXTENDED_ERROR = 166,
    PA_PAC_OPTIONS = 167,
    LIST_MAX = 64,
};

/* MS-KILE 2.2.7 */
static const struct bit_word ENCTYPES[] = {
    {0x01, "des-cbc-crc"}, {0x02, "des-cbc-md5"},
    {0x04, "rc4-hmac"},    {0x08, "aes128-cts"},
    {0x10, "aes256-cts"},  {0x20, "aes256-cts-sk"},
    {0x10000, "FAST"},     {0x20000, "compound identity"},
    {0x40000, "claims"},   {0x80000, "no resource SID compression"},
};

static void tell_header(struct reading *r, struct telling *t, struct str value,
                        struct krb_padata *out) {
    struct str content;
    uint32_t options;
    if (reading_expect(r, &value, KRB_AP_REQ, &content, "the ticket-granting request"))
        out->has_header = krb_tell_ap_req(r, t, content, &out->header, &options);
}

static void tell_info(struct reading *r, struct telling *t, struct str value) {
    struct str list, entry, text;
    if (!reading_expect(r, &value, KRB_SEQUENCE, &list, "the encryption types"))
        return;
    for (unsigned i = 0; list.n > 0 && i < LIST_MAX; i++) {
        int64_t enctype;
        if (!reading_expect(r, &list, KRB_SEQUENCE, &entry, "an encryption type"))
            return;
        reading_number(r, &entry, 0, KRB_INTEGER, &enctype, "an encryption type");
        const char *name = krb_enctype_name(enctype);
        bool has_salt =
            entry.n > 2 && (reading_field(r, &entry, 1, (uint8_t)entry.p[2], &text, "a salt"));
        if (!has_salt)
            text = STR_NONE;
        tell_words(t, NULL, "encryption type", "%s (%lld)%s%.*s", name ? name : "unknown",
                   (long long)enctype, has_salt ? ", salt " : "", STR_ARG(text));
        tell_item(t, "enctypes", NULL, STR_NONE);
        tell_named(t, "enctype", NULL, enctype, name);
        if (has_salt)
            tell_text(t, "salt", NULL, text);
        tell_end(t);
    }
}

/* MS-SFU 2.2.1: userName [0], userRealm [1], cksum [2], auth-package [3] */
static void tell_for_user(struct reading *r, struct telling *t, struct str value,
                          struct krb_padata *out) {
    struct str fields, checksum, package;
    if (!reading_expect(r, &value, KRB_SEQUENCE, &fields, "PA-FOR-USER"))
        return;
    krb_read_name(r, &fields, 0, &out->person, "PA-FOR-USER's name");
    krb_read_realm(r, &fields, 1, out->person_realm, "PA-FOR-USER's realm");
    krb_tell_name(t, "user", "user", &out->person, out->person_realm);
    reading_field(r, &fields, 2, KRB_SEQUENCE, &checksum, "PA-FOR-USER's checksum");
    if (reading_field(r, &fields, 3, KRB_STRING, &package, "PA-FOR-USER's package"))
        tell_text(t, "auth_package", "package", package);
}

/* MS-SFU 2.2.2: { [0] { nonce [0], cname [1], crealm [2], certificate [3], options [4] }, [1] } */
static void tell_x509_user(struct reading *r, struct telling *t, struct str value,
                           struct krb_padata *out) {
    struct str fields, user, certificate;
    int64_t nonce;
    uint32_t options;
    if (!reading_expect(r, &value, KRB_SEQUENCE, &fields, "PA-S4U-X509-USER") ||
        !reading_field(r, &fields, 0, KRB_SEQUENCE, &user, "PA-S4U-X509-USER"))
        return;
    reading_number(r, &user, 0, KRB_INTEGER, &nonce, "PA-S4U-X509-USER's nonce");
    krb_read_name(r, &user, 1, &out->person, "PA-S4U-X509-USER's name");
    krb_read_realm(r, &user, 2, out->person_realm, "PA-S4U-X509-USER's realm");
    krb_tell_name(t, "user", "user", &out->person, out->person_realm);
    if (reading_field(r, &user, 3, KRB_OCTETS, &certificate, "PA-S4U-X509-USER's certificate")) {
        out->has_certificate = certificate.n > 0;
        tell_size(t, "certificate_size", "certificate", certificate.n);
    }
    if (krb_read_flags(r, &user, 4, &options, "PA-S4U-X509-USER's options"))
        tell_bits(t, "options", "options", options, KRB_S4U_OPTIONS, KRB_S4U_OPTIONS_COUNT);
}

static void tell_pac_request(struct reading *r, struct telling *t, struct str value) {
    struct str fields, yes;
    if (reading_expect(r, &value, KRB_SEQUENCE, &fields, "PA-PAC-REQUEST") &&
        reading_field(r, &fields, 0, KRB_BOOLEAN, &yes, "PA-PAC-REQUEST"))
        tell_bool(t, "include_pac", "include a PAC", yes.n == 1 && yes.p[0] != 0);
}

static void tell_pac_options(struct reading *r, struct telling *t, struct str value) {
    struct str fields;
    uint32_t options;
    if (reading_expect(r, &value, KRB_SEQUENCE, &fields, "PA-PAC-OPTIONS") &&
        krb_read_flags(r, &fields, 0, &options, "PA-PAC-OPTIONS"))
        tell_bits(t, "options", "options", options, KRB_PAC_OPTIONS, KRB_PAC_OPTIONS_COUNT);
}

static void tell_supported(struct telling *t, struct str value) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 4 && i < value.n; i++)
        bits |= (uint32_t)(unsigned char)value.p[i] << (8 * i);
    tell_bits(t, "supported", "of the service", bits, ENCTYPES, sizeof ENCTYPES / sizeof *ENCTYPES);
}

/* EncryptedData without a field around it. */
static void tell_encrypted(struct reading *r, struct telling *t, struct str value) {
    struct str data;
    int64_t enctype;
    if (value.n == 0 || !reading_expect(r, &value, KRB_SEQUENCE, &data, "the encrypted time"))
        return;
    if (reading_number(r, &data, 0, KRB_INTEGER, &enctype, "the encrypted time"))
        tell_named(t, "enctype", "encrypted with", enctype, krb_enctype_name(enctype));
}

static void tell_value(struct reading *r, struct telling *t, int64_t type, struct str value,
                       struct krb_padata *out) {
    uint32_t status;
    if (type == PA_TGS_REQ) {
        tell_header(r, t, value, out);
    } else if (type == PA_ENC_TIMESTAMP || type == PA_ENCRYPTED_CHALLENGE) {
        out->has_timestamp = value.n > 0;
        tell_encrypted(r, t, value);
    } else if (type == PA_ETYPE_INFO || type == PA_ETYPE_INFO2) {
        tell_info(r, t, value);
    } else if (type == PA_FOR_USER) {
        tell_for_user(r, t, value, out);
    } else if (type == PA_S4U_X509_USER) {
        tell_x509_user(r, t, value, out);
    } else if (type == PA_PAC_REQUEST) {
        tell_pac_request(r, t, value);
    } else if (type == PA_PAC_OPTIONS && value.n > 0) {
        tell_pac_options(r, t, value);
    } else if (type == PA_SUPPORTED_ENCTYPES) {
        tell_supported(t, value);
    } else if (type == PA_PW_SALT && krb_nt_status(value, &status)) {
        out->nt_status = status;
        krb_tell_nt_status(t, status);
    } else if (type == PA_PW_SALT) {
        tell_text(t, "salt", "salt", value);
    } else if (type == PA_FX_FAST && value.n > 0) {
        out->is_armoured = true;
        tell_text(t, NULL, "armoured", STR("what is asked or answered inside is encrypted"));
    }
}

void krb_tell_padata(struct reading *r, struct telling *t, struct str list,
                     struct krb_padata *out) {
    struct str entry, value;
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; list.n > 0 && i < LIST_MAX; i++) {
        char label[80], size[TELLING_SIZE_MAX + 8];
        int64_t type;
        if (!reading_expect(r, &list, KRB_SEQUENCE, &entry, "pre-authentication data"))
            return;
        if (!reading_number(r, &entry, 1, KRB_INTEGER, &type, "pre-authentication data's type")) {
            reading_fail(r, "pre-authentication data has no type");
            continue;
        }
        reading_field(r, &entry, 2, KRB_OCTETS, &value, "pre-authentication data");
        const char *name = krb_padata_name(type);
        snprintf(label, sizeof label, "%s (%lld)", name ? name : "data", (long long)type);
        telling_bytes(value.n, size);
        tell_item(t, "padata", label, value.n ? str_of(size) : STR("asked for or supported"));
        tell_named(t, "type", NULL, type, name);
        tell_size(t, "size", NULL, value.n);
        tell_value(r, t, type, value, out);
        tell_end(t);
    }
}
