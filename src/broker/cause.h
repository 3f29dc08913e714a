/* SPDX-License-Identifier: Apache-2.0
 *
 * What lies behind a failed exchange: the table of (step, error code, NTSTATUS, facts) to error
 * code and texts, after MS-SFU 3.2.5, MS-KILE 3.3.5 and what Windows and Samba were seen to answer.
 * Pure data, any thread.
 */
#pragma once
#include "base/err.h"

#include <krb5.h>

enum cause_step {
    STEP_AS = 1,        /* our own TGT */
    STEP_S4U2SELF = 2,  /* a ticket of the user to ourselves, the evidence */
    STEP_S4U2PROXY = 4, /* the user's ticket to the application */
    STEP_SIGN_IN = 8,   /* the user's TGT, with the password */
    STEP_PROOF = 16,    /* the user's ticket to ourselves, which proves the KDC */
    STEP_TGS = 32,      /* the user's ticket to the application, with their own TGT */
    STEP_TGS_SELF = 64, /* the user's ticket to ourselves, with their own TGT */
    STEP_ANY = 127,
};

/* What is known beside the code. */
enum cause_fact {
    FACT_NOT_FORWARDABLE = 1,     /* the evidence is not */
    FACT_TGT_NOT_FORWARDABLE = 2, /* our own TGT is not */
    FACT_USER_SENSITIVE = 4,      /* the PAC says: cannot be delegated */
    FACT_USER_PROTECTED = 8,      /* the PAC says: in Protected Users */
    FACT_USER_FOREIGN = 16,       /* asked for by another realm than ours */
    FACT_PASSWORD_PROVEN = 32,    /* the KDC answered to a request with proof of the password */
    FACT_USER_FREE = 64,          /* the PAC says: neither sensitive nor in Protected Users */
    FACT_KDC_FOREIGN = 128,       /* the KDC that answered is of another realm than ours */
    FACT_UNPROVEN = 256,          /* the KDC asked for a proof of the key, and got none */
    FACT_ALL = 511,
};

/* In the texts, {name} stands for what the case says: principal, account (without realm), set (the
 * cmdlet that changes the account), realm (whose KDC answered), keytab, user, person (the user's
 * account name), spn, skew, text (libkrb5's words). */
struct cause {
    unsigned steps;
    krb5_error_code code; /* 0: any */
    uint32_t nt_status;   /* 0: any */
    unsigned facts;       /* all of these */
    enum err_code err;
    const char *detail, *hint;
};

/* Never NULL. */
const struct cause *cause_find(enum cause_step step, krb5_error_code code, uint32_t nt_status,
                               unsigned facts);
