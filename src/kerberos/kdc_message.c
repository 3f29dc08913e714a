/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/kdc_message.h"

#include "base/buf.h"
#include "kerberos/der.h"
#include "kerberos/krb_words.h"
#include "kerberos/nt_status.h"

#include <stdarg.h>
#include <stdio.h>

enum { LIST_MAX = 64, NAME_LINE_MAX = 2 * KRB_NAME_MAX };

/* What the headline of a request is made from. */
struct request {
    struct krb_padata padata;
    struct krb_name client, service;
    char realm[KRB_NAME_MAX];
    uint32_t options;
    struct krb_ticket additional; /* the first */
};

static void headline(struct kdc_message *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void headline(struct kdc_message *m, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(m->headline, sizeof m->headline, format, arguments);
    va_end(arguments);
    m->headline[str_whole(str_of(m->headline)).n] = 0;
}

static void tell_enctypes(struct reading *r, struct telling *t, struct str list) {
    struct buf line;
    struct str number;
    buf_init(&line, TELLING_TEXT_MAX);
    for (unsigned i = 0; list.n > 0 && i < LIST_MAX; i++) {
        int64_t enctype;
        if (!reading_expect(r, &list, KRB_INTEGER, &number, "an encryption type") ||
            !der_int(number, &enctype))
            break;
        const char *name = krb_enctype_name(enctype);
        char text[64];
        snprintf(text, sizeof text, "%s%s%lld%s", name ? name : "", name ? " (" : "",
                 (long long)enctype, name ? ")" : "");
        buf_printf(&line, "%s%s", i ? ", " : "", text);
        tell_entry(t, "enctypes", str_of(text));
    }
    tell_text(t, NULL, "encryption types", buf_str(&line));
    buf_fini(&line);
}

/* HostAddress ::= SEQUENCE { addr-type [0] Int32, address [1] OCTET STRING } */
static void tell_addresses(struct reading *r, struct telling *t, struct str list) {
    enum { IPV4 = 2, NETBIOS = 20 };
    for (unsigned i = 0; list.n > 0 && i < LIST_MAX; i++) {
        struct str entry, bytes;
        int64_t type;
        char text[64];
        if (!reading_expect(r, &list, KRB_SEQUENCE, &entry, "an address"))
            return;
        reading_number(r, &entry, 0, KRB_INTEGER, &type, "an address' type");
        reading_field(r, &entry, 1, KRB_OCTETS, &bytes, "an address");
        const unsigned char *b = (const unsigned char *)bytes.p;
        if (type == IPV4 && bytes.n == 4)
            snprintf(text, sizeof text, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        else if (type == NETBIOS)
            snprintf(text, sizeof text, "%.*s (NetBIOS)", STR_ARG(str_head(bytes, 32)));
        else
            snprintf(text, sizeof text, "type %lld, %zu bytes", (long long)type, bytes.n);
        tell_entry(t, "addresses", str_of(text));
        tell_text(t, NULL, "valid from address", str_of(text));
    }
}

static void tell_additional(struct reading *r, struct telling *t, struct str list,
                            struct request *q) {
    for (unsigned i = 0; list.n > 0 && i < LIST_MAX; i++) {
        struct krb_ticket ticket;
        if (!krb_read_ticket(r, &list, &ticket))
            return;
        if (i == 0)
            q->additional = ticket;
        tell_item(t, "additional_tickets", "additional ticket", STR_NONE);
        krb_tell_ticket(t, NULL, "for", &ticket);
        tell_end(t);
    }
}

/* KDC-REQ-BODY, RFC 4120 5.4.1 */
static void tell_body(struct reading *r, struct telling *t, struct str in, struct request *q) {
    struct str list;
    int64_t number;
    if (krb_read_flags(r, &in, 0, &q->options, "the options"))
        tell_bits(t, "kdc_options", "options", q->options, KRB_KDC_OPTIONS, KRB_KDC_OPTIONS_COUNT);
    krb_read_name(r, &in, 1, &q->client, "the client");
    krb_read_realm(r, &in, 2, q->realm, "the realm");
    krb_tell_name(t, "client", "client", &q->client, q->client.text[0] ? q->realm : "");
    krb_read_name(r, &in, 3, &q->service, "the service");
    krb_tell_name(t, "service", "service", &q->service, q->realm);
    krb_tell_time(r, t, &in, 4, "from", "from");
    krb_tell_time(r, t, &in, 5, "till", "until");
    krb_tell_time(r, t, &in, 6, "rtime", "renewable until");
    reading_number(r, &in, 7, KRB_INTEGER, &number, "the nonce");
    if (reading_field(r, &in, 8, KRB_SEQUENCE, &list, "the encryption types"))
        tell_enctypes(r, t, list);
    if (reading_field(r, &in, 9, KRB_SEQUENCE, &list, "the addresses"))
        tell_addresses(r, t, list);
    struct krb_sealed sealed;
    if (krb_read_sealed(r, &in, 10, &sealed, "the authorization data"))
        krb_tell_sealed(t, "authorization_data", "authorization data", &sealed);
    if (reading_field(r, &in, 11, KRB_SEQUENCE, &list, "the additional tickets"))
        tell_additional(r, t, list, q);
}

static const char *full_name(char out[NAME_LINE_MAX], const struct krb_name *name,
                             const char *realm) {
    snprintf(out, NAME_LINE_MAX, "%s%s%s", name->text[0] ? name->text : "nobody named",
             realm[0] ? "@" : "", realm);
    return out;
}

static bool is_tgt(const struct krb_name *service) {
    return str_starts(str_of(service->text), STR("krbtgt/"));
}

static void say_as_req(struct kdc_message *m, const struct request *q) {
    char client[NAME_LINE_MAX];
    headline(m, "AS-REQ: %s asks the KDC of %s for a ticket to %s, %s",
             full_name(client, &q->client, ""), q->realm, q->service.text,
             q->padata.has_timestamp ? "with proof of the password or key"
             : q->padata.is_armoured ? "armoured"
                                     : "without proof yet");
}

static void say_tgs_req(struct kdc_message *m, const struct request *q) {
    char person[NAME_LINE_MAX], service[NAME_LINE_MAX];
    full_name(service, &q->service, q->realm);
    if (q->padata.person.text[0] || q->padata.has_certificate) {
        m->step = KDC_STEP_SELF;
        headline(m, "TGS-REQ: S4U2Self: a ticket to itself (%s) in the name of %s", service,
                 q->padata.person.text[0]
                     ? full_name(person, &q->padata.person, q->padata.person_realm)
                     : "whose certificate it is");
    } else if (q->options & KRB_OPTION_S4U_PROXY) {
        m->step = KDC_STEP_PROXY;
        headline(m,
                 "TGS-REQ: S4U2Proxy: a ticket to %s in the name of the client of the ticket to %s",
                 service, q->additional.service.text[0] ? q->additional.service.text : "?");
    } else {
        headline(m, "TGS-REQ: %s %s%s",
                 q->options & KRB_OPTION_RENEW      ? "renew the ticket to"
                 : q->options & KRB_OPTION_VALIDATE ? "validate the ticket to"
                                                    : "a ticket to",
                 service, is_tgt(&q->service) ? " (a ticket-granting ticket)" : "");
    }
}

/* KDC-REQ: pvno [1], msg-type [2], padata [3], req-body [4] */
static bool tell_request(struct telling *t, struct str in, struct kdc_message *m) {
    struct reading *r = &m->reading;
    struct request q = {0};
    struct str fields, list, body;
    int64_t number;
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "the request"))
        return false;
    reading_end(r, in, "the request");
    reading_number(r, &fields, 1, KRB_INTEGER, &number, "the request's version");
    reading_number(r, &fields, 2, KRB_INTEGER, &number, "the request's type");
    bool has_list = reading_field(r, &fields, 3, KRB_SEQUENCE, &list, "pre-authentication data");
    if (has_list)
        krb_tell_padata(r, t, list, &q.padata);
    bool has_body = reading_field(r, &fields, 4, KRB_SEQUENCE, &body, "the request's body");
    if (has_body)
        tell_body(r, t, body, &q);
    else
        reading_fail(r, "the request has no body");
    if (m->kind == KDC_MESSAGE_AS_REQ)
        say_as_req(m, &q);
    else
        say_tgs_req(m, &q);
    return has_list || has_body;
}

/* KDC-REP: pvno [0], msg-type [1], padata [2], crealm [3], cname [4], ticket [5], enc-part [6] */
static bool tell_reply(struct telling *t, struct str in, struct kdc_message *m) {
    struct reading *r = &m->reading;
    struct krb_ticket ticket = {0};
    struct krb_padata padata;
    struct krb_name client;
    struct krb_sealed sealed;
    struct str fields, field;
    char realm[KRB_NAME_MAX], who[NAME_LINE_MAX], service[NAME_LINE_MAX];
    int64_t number;
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "the reply"))
        return false;
    reading_end(r, in, "the reply");
    reading_number(r, &fields, 0, KRB_INTEGER, &number, "the reply's version");
    reading_number(r, &fields, 1, KRB_INTEGER, &number, "the reply's type");
    if (reading_field(r, &fields, 2, KRB_SEQUENCE, &field, "pre-authentication data"))
        krb_tell_padata(r, t, field, &padata);
    krb_read_realm(r, &fields, 3, realm, "the client's realm");
    krb_read_name(r, &fields, 4, &client, "the client");
    krb_tell_name(t, "client", "client", &client, realm);
    bool has_ticket = reading_maybe(r, &fields, DER_FIELD(5), &field, "the ticket") &&
                      krb_read_ticket(r, &field, &ticket);
    if (has_ticket)
        krb_tell_ticket(t, "ticket", "ticket for", &ticket);
    else
        reading_fail(r, "the reply has no ticket");
    if (krb_read_sealed(r, &fields, 6, &sealed, "the encrypted part"))
        krb_tell_sealed(t, "encrypted", "the rest, encrypted for who asked", &sealed);
    else
        reading_fail(r, "the reply has no encrypted part");
    headline(m, "%s: a ticket for %s to %s%s", m->kind == KDC_MESSAGE_AS_REP ? "AS-REP" : "TGS-REP",
             full_name(who, &client, realm), full_name(service, &ticket.service, ticket.realm),
             is_tgt(&ticket.service) ? " (a ticket-granting ticket)" : "");
    return client.text[0] || has_ticket;
}

static bool tell_error(struct telling *t, struct str in, struct kdc_message *m) {
    struct krb_error error;
    bool is_told = krb_tell_error(&m->reading, t, in, &error);
    const char *name = krb_error_name(error.code), *words = krb_error_words(error.code),
               *status = nt_status_text(error.nt_status);
    char number[16] = "";
    if (error.nt_status)
        snprintf(number, sizeof number, "0x%08X", error.nt_status);
    m->code = error.code;
    m->nt_status = error.nt_status;
    headline(m, "KRB-ERROR: %s (%lld)%s%s%s%s%s%s", name ? name : "error", (long long)error.code,
             words ? ": " : "", words ? words : "", number[0] ? ", NTSTATUS " : "", number,
             status ? ", " : "", status ? status : "");
    return is_told;
}

static enum kdc_message_kind kind_of(uint8_t tag) {
    switch (tag) {
    case KRB_AS_REQ:
        return KDC_MESSAGE_AS_REQ;
    case KRB_AS_REP:
        return KDC_MESSAGE_AS_REP;
    case KRB_TGS_REQ:
        return KDC_MESSAGE_TGS_REQ;
    case KRB_TGS_REP:
        return KDC_MESSAGE_TGS_REP;
    case KRB_ERROR:
        return KDC_MESSAGE_ERROR;
    default:
        return KDC_MESSAGE_OTHER;
    }
}

bool kdc_message_decode(struct str in, struct telling *t, struct kdc_message *out) {
    static const char *const NAMES[] = {"", "AS-REQ", "AS-REP", "TGS-REQ", "TGS-REP", "KRB-ERROR"};
    struct str content, rest = in;
    uint8_t tag;
    memset(out, 0, sizeof *out);
    out->reading = reading_of(in);
    if (!reading_next(&out->reading, &rest, &tag, &content, "the message"))
        return false;
    reading_end(&out->reading, rest, "the message");
    out->kind = kind_of(tag);
    if (out->kind == KDC_MESSAGE_OTHER) {
        reading_fail(&out->reading, "it begins with 0x%02x, as no message of a KDC does", tag);
        headline(out, "not a message of a KDC's");
        return false;
    }
    tell_text(t, "message", NULL, str_of(NAMES[out->kind]));
    tell_size(t, "size", "size", in.n);
    bool is_told = out->kind == KDC_MESSAGE_ERROR ? tell_error(t, content, out)
                   : out->kind == KDC_MESSAGE_AS_REQ || out->kind == KDC_MESSAGE_TGS_REQ
                       ? tell_request(t, content, out)
                       : tell_reply(t, content, out);
    tell_text(t, "headline", NULL, str_of(out->headline));
    return is_told;
}
