/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a ticket's privilege attribute certificate (MS-PAC) is about, and which groups the domain
 * counts them among, nested ones included. Samba leaves a user principal
 * name as client in the ticket, as it was asked for; the account behind it, and whether it may be
 * delegated at all, stand only here. Reads a PAC out of a ticket that was decrypted with our own
 * key, which is what vouches for it; its signatures are not looked at. Sans-I/O, any thread.
 */
#pragma once
#include "base/sid.h"

enum { PAC_NAME_MAX = 256 };

struct pac {
    char account[PAC_NAME_MAX]; /* sAMAccountName, UTF-8; empty: not in this PAC */
    char upn[PAC_NAME_MAX];     /* user principal name, UTF-8; empty: not in this PAC */
    char netbios[PAC_NAME_MAX]; /* NetBIOS name of its domain, UTF-8; empty: not in this PAC */
    struct sid sid;             /* of the account; count 0: not in this PAC */
    bool is_sensitive;          /* "account is sensitive and cannot be delegated" */
    bool is_protected;          /* member of Protected Users */
    bool has_groups;            /* it says which groups the account is a member of: */
    struct sid domain;          /* where the account is, and below the numbers of groups there */
    uint32_t primary_group;
    struct str groups;    /* 8 bytes each */
    uint32_t extra_count; /* of any domain, from sIDHistory too */
    struct str extra;     /* each a RPC_SID (MS-DTYP 2.4.2.3) */
    struct sid resources; /* the domain of our own account, */
    struct str local;     /* and numbers of groups there, 8 bytes each */
};

/* False, with `out` all zero, when it is malformed or a name is longer than names are. What a PAC
 * does not say is left empty: a KDC that is no domain controller makes PACs without an account. */
bool pac_decode(struct str in, struct pac *out);

typedef bool pac_group_fn(void *user, const struct sid *group);
/* Shows `is_it` one group after the other, until it says yes; false when it never does. The memory
 * that the PAC was decoded from must still be there. */
bool pac_find_group(const struct pac *p, pac_group_fn *is_it, void *user);
