/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages between a worker and the broker, one per SOCK_SEQPACKET datagram: four questions
 * and their answers. One encoder and one decoder for both sides; every length is checked; the
 * decoder is fuzzed. Sans-I/O, any thread.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/sid.h"
#include "kerberos/ticket.h"

enum {
    BROKER_NAME_MAX = 1024, /* user names, principals, SPNs; none of them holds a NUL byte */
    BROKER_PASSWORD_MAX = 1024,
    BROKER_TICKET_MAX = 128 * 1024, /* DER of a ticket: its PAC has at most 64 KB */
    BROKER_KEY_MAX = 256,           /* a session key */
    BROKER_OWN_MAX = 96 * 1024,     /* a person's own ticket-granting ticket, or evidence, sealed */
    BROKER_AP_MAX = 64 * 1024,      /* an AP-REQ: with its PAC, what a browser can send at most */
    BROKER_AP_REP_MAX = 2048,       /* an AP-REP */
    BROKER_END_POINT_MAX = 64,      /* TLS_END_POINT_MAX */
    BROKER_GROUPS_MAX = 8 * 1024,   /* those of a person that apps let in, JSON */
    BROKER_FACTS_MAX = 128 * 1024,  /* what was found out, JSON */
    BROKER_MESSAGE_MAX = 160 * 1024, /* a ticket and room to spare */
};

enum broker_kind {
    BROKER_TICKET = 1,  /* a ticket for `user` to `spn` */
    BROKER_SIGN_IN = 2, /* is `password` the password of `user` in `realm`? */
    BROKER_EXAMINE = 3, /* why does `user` get no ticket to `spn`? As BROKER_TICKET; gives none */
    BROKER_ACCEPT = 4,  /* whose ticket to us is this, `ap_req`? */
};

/* How the user's name is to be read by the KDC (RFC 4120 6.2). */
enum broker_name_type {
    BROKER_NAME_PRINCIPAL = 1,   /* user[@REALM], NT-PRINCIPAL */
    BROKER_NAME_ENTERPRISE = 2,  /* a user principal name of the directory, NT-ENTERPRISE */
    BROKER_NAME_OWN = 3,         /* the principal whose own ticket-granting ticket comes with it */
    BROKER_NAME_ACCOUNT = 4,     /* [DOMAIN\]sAMAccountName, for the directory */
    BROKER_NAME_SID = 5,         /* S-1-5-21-…, for the directory */
    BROKER_NAME_CERTIFICATE = 6, /* what we call the X.509 certificate that comes with it */
    BROKER_NAME_EVIDENCE = 7,    /* the principal whose ticket to us comes with it */
};

struct broker_request {
    uint64_t id;
    enum broker_kind kind;
    uint8_t account;     /* of BROKER_TICKET and BROKER_EXAMINE: config_account_of, who asks */
    uint32_t timeout_ms; /* the asker stops waiting after this; the broker need not answer later */
    struct str user;
    enum broker_name_type name_type; /* of BROKER_TICKET and BROKER_EXAMINE, */
    struct str spn;                  /* as this */
    struct str proof;                /* BROKER_NAME_OWN and BROKER_NAME_EVIDENCE: what the broker
                                        sealed at the sign-in;
                                        BROKER_NAME_CERTIFICATE: the certificate, DER */
    struct str realm;                /* BROKER_SIGN_IN */
    struct str password;             /* BROKER_SIGN_IN; into the decoded datagram, wipe that */
    uint32_t own_life_s; /* BROKER_SIGN_IN: for how long an own ticket is wanted; 0: none is */
    /* BROKER_ACCEPT: */
    struct str provider, host; /* the provider's name, and the external host that was asked */
    struct str ap_req;         /* DER */
    struct str end_point;      /* of our certificate (RFC 5929 4.1); empty: not known */
    bool wants_evidence;
};

struct broker_reply {
    uint64_t id;
    enum broker_kind kind;
    struct err err;                      /* ERR_NONE: it went well, and what follows is set */
    struct ticket *ticket;               /* BROKER_TICKET; the receiver owns it */
    char principal[BROKER_NAME_MAX + 1]; /* BROKER_SIGN_IN, BROKER_ACCEPT: the canonical name, */
    unsigned char *own; /* and the own ticket or the evidence, sealed; NULL: none was wanted, or the
                           ticket may not be evidence */
    size_t own_size;
    int64_t own_ends_s;
    char *groups;           /* both: those that apps let in, a JSON list of texts; NULL: none */
    char sid[SID_TEXT_MAX]; /* BROKER_ACCEPT: of the account; empty: not known */
    unsigned char *ap_rep;  /* the proof that the client asked for; NULL: it did not */
    size_t ap_rep_size;
    char *facts; /* BROKER_EXAMINE: what examine_chain tells, one JSON object */
};

/* Frees what an answer has beside itself. */
void broker_reply_fini(struct broker_reply *r);

/* Append one datagram to `out` (secret, at least BROKER_MESSAGE_MAX); out->failed when a field is
 * too long or not one that may be sent. */
void broker_request_encode(struct buf *out, const struct broker_request *q);
void broker_reply_encode(struct buf *out, const struct broker_reply *r);
/* False for anything that an encoder above does not write, trailing bytes included. The strs of a
 * request point into `in`. What a reply has is newly allocated, for broker_reply_fini. */
bool broker_request_decode(struct str in, struct broker_request *q);
bool broker_reply_decode(struct str in, struct broker_reply *r);
