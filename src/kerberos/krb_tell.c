/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/krb_tell.h"

#include "base/buf.h"
#include "kerberos/der.h"
#include "kerberos/krb_words.h"

#include <stdio.h>

enum {
    PARTS_MAX = 16, /* components of a name */
    NAME_LINE_MAX = 2 * KRB_NAME_MAX + 64,
};

/* On one line: control characters are escaped. */
static void add_visible(struct buf *out, char c) {
    if ((unsigned char)c < ' ' || c == 0x7f)
        buf_printf(out, "\\x%02x", (unsigned char)c);
    else
        buf_add_byte(out, c);
}

static void keep(char out[KRB_NAME_MAX], struct str text) {
    struct str cut = text.n < KRB_NAME_MAX ? text : str_whole(str_head(text, KRB_NAME_MAX - 1));
    if (cut.n > 0)
        memcpy(out, cut.p, cut.n);
    out[cut.n] = 0;
}

void krb_keep_text(char out[KRB_NAME_MAX], struct str text) {
    struct buf visible;
    buf_init(&visible, KRB_NAME_MAX - 1);
    for (size_t i = 0; i < text.n && i < KRB_NAME_MAX; i++)
        add_visible(&visible, text.p[i]);
    keep(out, buf_str(&visible));
    buf_fini(&visible);
}

/* As libkrb5 writes names, but for an '@' in a user principal name. */
static void add_part(struct buf *out, struct str part, bool is_enterprise) {
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];
        if (c == '/' || c == '\\' || (c == '@' && !is_enterprise))
            buf_add_byte(out, '\\');
        add_visible(out, c);
    }
}

/* PrincipalName ::= SEQUENCE { name-type [0] Int32, name-string [1] SEQUENCE OF KerberosString } */
bool krb_read_name(struct reading *r, struct str *rest, unsigned number, struct krb_name *out,
                   const char *what) {
    struct str name, list, part;
    struct buf text;
    enum { NT_ENTERPRISE = 10 };
    memset(out, 0, sizeof *out);
    if (!reading_field(r, rest, number, KRB_SEQUENCE, &name, what))
        return false;
    reading_number(r, &name, 0, KRB_INTEGER, &out->type, what);
    if (!reading_field(r, &name, 1, KRB_SEQUENCE, &list, what))
        return false;
    buf_init(&text, KRB_NAME_MAX - 1);
    for (unsigned i = 0; list.n > 0 && i < PARTS_MAX; i++) {
        if (!reading_expect(r, &list, KRB_STRING, &part, what))
            break;
        if (i > 0)
            buf_add_byte(&text, '/');
        add_part(&text, part, out->type == NT_ENTERPRISE);
    }
    keep(out->text, buf_str(&text));
    buf_fini(&text);
    return true;
}

bool krb_read_realm(struct reading *r, struct str *rest, unsigned number, char out[KRB_NAME_MAX],
                    const char *what) {
    struct str realm;
    out[0] = 0;
    if (!reading_field(r, rest, number, KRB_STRING, &realm, what))
        return false;
    krb_keep_text(out, realm);
    return true;
}

/* KerberosFlags: a BIT STRING of at least 32 bits, the first of which is the highest. */
bool krb_read_flags(struct reading *r, struct str *rest, unsigned number, uint32_t *out,
                    const char *what) {
    struct str bits;
    *out = 0;
    if (!reading_field(r, rest, number, KRB_BIT_STRING, &bits, what))
        return false;
    for (size_t i = 1; i <= 4; i++)
        *out = *out << 8 | (i < bits.n ? (unsigned char)bits.p[i] : 0);
    return true;
}

/* EncryptedData ::= SEQUENCE { etype [0], kvno [1] OPTIONAL, cipher [2] OCTET STRING } */
bool krb_read_sealed(struct reading *r, struct str *rest, unsigned number, struct krb_sealed *out,
                     const char *what) {
    struct str data, cipher;
    memset(out, 0, sizeof *out);
    if (!reading_field(r, rest, number, KRB_SEQUENCE, &data, what))
        return false;
    reading_number(r, &data, 0, KRB_INTEGER, &out->enctype, what);
    out->has_kvno = reading_number(r, &data, 1, KRB_INTEGER, &out->kvno, what);
    reading_field(r, &data, 2, KRB_OCTETS, &cipher, what);
    out->size = cipher.n;
    return true;
}

bool krb_read_ticket(struct reading *r, struct str *in, struct krb_ticket *out) {
    struct str content, fields;
    int64_t version;
    size_t before = in->n;
    memset(out, 0, sizeof *out);
    if (!reading_expect(r, in, KRB_TICKET, &content, "the ticket") ||
        !reading_expect(r, &content, KRB_SEQUENCE, &fields, "the ticket"))
        return false;
    out->size = before - in->n;
    reading_number(r, &fields, 0, KRB_INTEGER, &version, "the ticket's version");
    krb_read_realm(r, &fields, 1, out->realm, "the ticket's realm");
    krb_read_name(r, &fields, 2, &out->service, "the ticket's service");
    krb_read_sealed(r, &fields, 3, &out->sealed, "the ticket's encrypted part");
    return true;
}

static void name_text(char out[NAME_LINE_MAX], const struct krb_name *name, const char *realm) {
    const char *type = krb_name_type(name->type);
    snprintf(out, NAME_LINE_MAX, "%s%s%s (%s%s%lld)", name->text, realm[0] ? "@" : "", realm,
             type ? type : "name type", type ? ", " : " ", (long long)name->type);
}

void krb_tell_name(struct telling *t, const char *key, const char *label,
                   const struct krb_name *name, const char *realm) {
    char text[NAME_LINE_MAX];
    if (!name->text[0] && !realm[0])
        return;
    name_text(text, name, realm);
    tell_text(t, NULL, label, str_of(text));
    tell_begin(t, key, NULL);
    tell_text(t, "name", NULL, str_of(name->text));
    if (realm[0])
        tell_text(t, "realm", NULL, str_of(realm));
    tell_named(t, "type", NULL, name->type, krb_name_type(name->type));
    tell_end(t);
}

void krb_tell_sealed(struct telling *t, const char *key, const char *label,
                     const struct krb_sealed *s) {
    const char *name = krb_enctype_name(s->enctype);
    char kvno[48] = "", size[TELLING_SIZE_MAX];
    telling_size(s->size, size);
    if (s->has_kvno)
        snprintf(kvno, sizeof kvno, ", key version %lld", (long long)s->kvno);
    tell_words(t, NULL, label, "%s (%lld)%s, %s bytes", name ? name : "encryption type",
               (long long)s->enctype, kvno, size);
    tell_begin(t, key, NULL);
    tell_named(t, "enctype", NULL, s->enctype, name);
    if (s->has_kvno)
        tell_int(t, "kvno", NULL, s->kvno);
    tell_size(t, "size", NULL, s->size);
    tell_end(t);
}

void krb_tell_ticket(struct telling *t, const char *key, const char *label,
                     const struct krb_ticket *ticket) {
    char text[NAME_LINE_MAX];
    name_text(text, &ticket->service, ticket->realm);
    tell_text(t, NULL, label, str_of(text));
    tell_begin(t, key, NULL);
    krb_tell_name(t, "service", NULL, &ticket->service, ticket->realm);
    krb_tell_sealed(t, "encrypted", "encrypted with the service's key", &ticket->sealed);
    tell_size(t, "size", "size", ticket->size);
    tell_end(t);
}

static void add_time(struct str digits, char out[32]) {
    const char *p = digits.p;
    out[0] = 0;
    if (digits.n != 15 || p[14] != 'Z')
        return;
    for (size_t i = 0; i < 14; i++)
        if (p[i] < '0' || p[i] > '9')
            return;
    snprintf(out, 32, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", p, p + 4, p + 6, p + 8, p + 10, p + 12);
}

void krb_tell_time(struct reading *r, struct telling *t, struct str *rest, unsigned number,
                   const char *key, const char *label) {
    struct str digits;
    char text[32];
    if (!reading_field(r, rest, number, KRB_TIME, &digits, label))
        return;
    add_time(digits, text);
    tell_text(t, key, label, text[0] ? str_of(text) : digits);
}

bool krb_tell_ap_req(struct reading *r, struct telling *t, struct str in, struct krb_ticket *out,
                     uint32_t *options) {
    struct str fields, ticket;
    struct krb_sealed authenticator;
    int64_t number;
    memset(out, 0, sizeof *out);
    *options = 0;
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "the AP-REQ"))
        return false;
    reading_end(r, in, "the AP-REQ");
    reading_number(r, &fields, 0, KRB_INTEGER, &number, "the AP-REQ's version");
    reading_number(r, &fields, 1, KRB_INTEGER, &number, "the AP-REQ's type");
    if (krb_read_flags(r, &fields, 2, options, "the AP-REQ's options"))
        tell_bits(t, "ap_options", "options", *options, KRB_AP_OPTIONS, KRB_AP_OPTIONS_COUNT);
    bool has_ticket = reading_maybe(r, &fields, DER_FIELD(3), &ticket, "the ticket") &&
                      krb_read_ticket(r, &ticket, out);
    if (has_ticket)
        krb_tell_ticket(t, "ticket", "ticket for", out);
    else
        reading_fail(r, "the AP-REQ has no ticket");
    if (krb_read_sealed(r, &fields, 4, &authenticator, "the authenticator"))
        krb_tell_sealed(t, "authenticator", "authenticator, encrypted with the session key",
                        &authenticator);
    else
        reading_fail(r, "the AP-REQ has no authenticator");
    return has_ticket;
}

void krb_tell_ap_rep(struct reading *r, struct telling *t, struct str in) {
    struct str fields;
    struct krb_sealed sealed;
    int64_t number;
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "the AP-REP"))
        return;
    reading_end(r, in, "the AP-REP");
    reading_number(r, &fields, 0, KRB_INTEGER, &number, "the AP-REP's version");
    reading_number(r, &fields, 1, KRB_INTEGER, &number, "the AP-REP's type");
    if (krb_read_sealed(r, &fields, 2, &sealed, "the AP-REP's encrypted part"))
        krb_tell_sealed(t, "encrypted", "encrypted with the session key", &sealed);
}
