/* SPDX-License-Identifier: Apache-2.0
 *
 * The pieces of which Kerberos messages are made (RFC 4120 5.2 to 5.9), read and told at once; what
 * token.c and kdc_message.c have in common. Each takes the content of its element, says what is
 * wrong to the reading, and tells what it found. Sans-I/O, any thread.
 */
#pragma once
#include "kerberos/reading.h"
#include "kerberos/telling.h"

enum { /* identifier octets (X.690 8.1.2), universal and of the messages */
       KRB_BOOLEAN = 0x01,
       KRB_INTEGER = 0x02,
       KRB_BIT_STRING = 0x03,
       KRB_OCTETS = 0x04,
       KRB_OID = 0x06,
       KRB_ENUM = 0x0a,
       KRB_UTF8 = 0x0c,
       KRB_TIME = 0x18,
       KRB_STRING = 0x1b,
       KRB_SEQUENCE = 0x30,
       KRB_TICKET = 0x61,
       KRB_AS_REQ = 0x6a,
       KRB_AS_REP = 0x6b,
       KRB_TGS_REQ = 0x6c,
       KRB_TGS_REP = 0x6d,
       KRB_AP_REQ = 0x6e,
       KRB_AP_REP = 0x6f,
       KRB_TGT_REQ = 0x70,
       KRB_TGT_REP = 0x71,
       KRB_ERROR = 0x7e,
};

enum { KRB_NAME_MAX = 512 };

/* A name as people write it, "HTTP/web.corp.example", on one line; without its realm. Empty: there
 * is none. */
struct krb_name {
    char text[KRB_NAME_MAX];
    int64_t type;
};

/* What is encrypted, and with which key; nothing of it can be read here. */
struct krb_sealed {
    int64_t enctype, kvno;
    bool has_kvno;
    size_t size;
};

struct krb_ticket {
    char realm[KRB_NAME_MAX];
    struct krb_name service;
    struct krb_sealed sealed;
    size_t size; /* of the whole ticket */
};

struct krb_error {
    int64_t code;
    uint32_t nt_status; /* 0: none */
    char realm[KRB_NAME_MAX], text[KRB_NAME_MAX];
    struct krb_name service;
};

/* `text` as a C string of one line: control characters are escaped (as \x0a), and it is cut. */
void krb_keep_text(char out[KRB_NAME_MAX], struct str text);
/* [number] with a PrincipalName in it. False: it is not there. */
bool krb_read_name(struct reading *r, struct str *rest, unsigned number, struct krb_name *out,
                   const char *what);
/* [number] with a Realm in it. */
bool krb_read_realm(struct reading *r, struct str *rest, unsigned number, char out[KRB_NAME_MAX],
                    const char *what);
/* [number] with flags in it, 32 of them. */
bool krb_read_flags(struct reading *r, struct str *rest, unsigned number, uint32_t *out,
                    const char *what);
bool krb_read_sealed(struct reading *r, struct str *rest, unsigned number, struct krb_sealed *out,
                     const char *what);
/* `in` begins with a Ticket, its identifier included. */
bool krb_read_ticket(struct reading *r, struct str *in, struct krb_ticket *out);

void krb_tell_name(struct telling *t, const char *key, const char *label,
                   const struct krb_name *name, const char *realm);
void krb_tell_sealed(struct telling *t, const char *key, const char *label,
                     const struct krb_sealed *s);
void krb_tell_ticket(struct telling *t, const char *key, const char *label,
                     const struct krb_ticket *ticket);
/* [number] with a KerberosTime in it, if it is there. */
void krb_tell_time(struct reading *r, struct telling *t, struct str *rest, unsigned number,
                   const char *key, const char *label);

/* Messages; `in` is their content behind the application tag. */
bool krb_tell_ap_req(struct reading *r, struct telling *t, struct str in, struct krb_ticket *out,
                     uint32_t *options);
void krb_tell_ap_rep(struct reading *r, struct telling *t, struct str in);
bool krb_tell_error(struct reading *r, struct telling *t, struct str in, struct krb_error *out);

/* A list of PA-DATA (METHOD-DATA). What in it asks for a ticket in a person's name is kept. */
struct krb_padata {
    struct krb_ticket header; /* PA-TGS-REQ */
    struct krb_name person;   /* PA-FOR-USER or PA-S4U-X509-USER */
    char person_realm[KRB_NAME_MAX];
    uint32_t nt_status; /* 0: none */
    bool has_header, has_timestamp, is_armoured, has_certificate;
};
void krb_tell_padata(struct reading *r, struct telling *t, struct str list, struct krb_padata *out);
/* Whether `octets` are a KERB-ERROR-DATA or PA-DATA value with an NTSTATUS in it (MS-KILE 2.2.2).
 */
bool krb_nt_status(struct str octets, uint32_t *status);
void krb_tell_nt_status(struct telling *t, uint32_t status);
