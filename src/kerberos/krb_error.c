/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/der.h"
#include "kerberos/krb_tell.h"
#include "kerberos/krb_words.h"
#include "kerberos/nt_status.h"

#include <stdio.h>

enum {
    KERB_ERR_TYPE_EXTENDED = 3, /* MS-KILE 2.2.1; also the number of PA-PW-SALT */
    EXT_ERROR_SIZE = 12,        /* MS-KILE 2.2.2: status, reserved, flags */
};

static uint32_t little_endian(const char *p) {
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

bool krb_nt_status(struct str octets, uint32_t *status) {
    *status = 0;
    /* A real PA-PW-SALT has the same type; the flags, which must be 1, tell them apart. */
    if (octets.n != EXT_ERROR_SIZE || little_endian(octets.p + 4) != 0 ||
        little_endian(octets.p + 8) != 1)
        return false;
    *status = little_endian(octets.p);
    return true;
}

void krb_tell_nt_status(struct telling *t, uint32_t status) {
    const char *words = nt_status_text(status);
    char text[16];
    snprintf(text, sizeof text, "0x%08X", status);
    tell_text(t, "nt_status", NULL, str_of(text));
    if (words)
        tell_text(t, "nt_status_name", NULL, str_of(words));
    tell_words(t, NULL, "NTSTATUS", "%s%s%s", text, words ? ", " : "", words ? words : "");
}

/* KERB-ERROR-DATA { [1] type, [2] OCTET STRING }, METHOD-DATA (a list of PA-DATA, which look the
 * same), or what only the KDC knows. */
static void tell_data(struct reading *r, struct telling *t, struct str octets,
                      struct krb_error *out) {
    struct str content, value, rest = octets;
    int64_t type;
    if (!der_expect(&rest, KRB_SEQUENCE, &content)) {
        tell_size(t, "e_data_size", "more data", octets.n);
        return;
    }
    if (content.n > 0 && (uint8_t)content.p[0] == KRB_SEQUENCE) {
        struct krb_padata padata;
        krb_tell_padata(r, t, content, &padata);
        out->nt_status = padata.nt_status;
        return;
    }
    if (reading_number(r, &content, 1, KRB_INTEGER, &type, "the error's data") &&
        reading_field(r, &content, 2, KRB_OCTETS, &value, "the error's data") &&
        type == KERB_ERR_TYPE_EXTENDED && krb_nt_status(value, &out->nt_status))
        krb_tell_nt_status(t, out->nt_status);
    else
        tell_size(t, "e_data_size", "more data", octets.n);
}

/* KRB-ERROR, RFC 4120 5.9.1 */
bool krb_tell_error(struct reading *r, struct telling *t, struct str in, struct krb_error *out) {
    struct str fields, text;
    struct krb_name client;
    char realm[KRB_NAME_MAX];
    int64_t number;
    memset(out, 0, sizeof *out);
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "the KRB-ERROR"))
        return false;
    reading_end(r, in, "the KRB-ERROR");
    reading_number(r, &fields, 0, KRB_INTEGER, &number, "the KRB-ERROR's version");
    reading_number(r, &fields, 1, KRB_INTEGER, &number, "the KRB-ERROR's type");
    krb_tell_time(r, t, &fields, 2, "ctime", "time of the request");
    reading_number(r, &fields, 3, KRB_INTEGER, &number, "the KRB-ERROR's cusec");
    krb_tell_time(r, t, &fields, 4, "stime", "clock of who answers");
    reading_number(r, &fields, 5, KRB_INTEGER, &number, "the KRB-ERROR's susec");
    bool has_code = reading_number(r, &fields, 6, KRB_INTEGER, &out->code, "the error's code");
    if (has_code) {
        tell_named(t, "code", "error", out->code, krb_error_name(out->code));
        if (krb_error_words(out->code))
            tell_text(t, "words", "which says", str_of(krb_error_words(out->code)));
    } else {
        reading_fail(r, "the KRB-ERROR has no code");
    }
    krb_read_realm(r, &fields, 7, realm, "the error's client realm");
    krb_read_name(r, &fields, 8, &client, "the error's client");
    krb_tell_name(t, "client", "client", &client, realm);
    krb_read_realm(r, &fields, 9, out->realm, "the error's realm");
    krb_read_name(r, &fields, 10, &out->service, "the error's service");
    krb_tell_name(t, "service", "service", &out->service, out->realm);
    if (reading_field(r, &fields, 11, KRB_STRING, &text, "the error's text")) {
        tell_text(t, "text", "text", text);
        krb_keep_text(out->text, text);
    }
    if (reading_field(r, &fields, 12, KRB_OCTETS, &text, "the error's data"))
        tell_data(r, t, text, out);
    return has_code;
}
