/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a ticket's privilege attribute certificate (MS-PAC) is about. Samba leaves a user principal
 * name as client in the ticket, as it was asked for; the account behind it, and whether it may be
 * delegated at all, stand only here. Reads a PAC out of a ticket that was decrypted with our own
 * key, which is what vouches for it; its signatures are not looked at. Sans-I/O, any thread.
 */
#pragma once
#include "base/str.h"

enum { PAC_NAME_MAX = 256 };

struct pac {
    char account[PAC_NAME_MAX]; /* sAMAccountName, UTF-8; empty: not in this PAC */
    char upn[PAC_NAME_MAX];     /* user principal name, UTF-8; empty: not in this PAC */
    bool is_sensitive;          /* "account is sensitive and cannot be delegated" */
    bool is_protected;          /* member of Protected Users */
};

/* False, with `out` all zero, when it is malformed or a name is longer than names are. What a PAC
 * does not say is left empty: a KDC that is no domain controller makes PACs without an account. */
bool pac_decode(struct str in, struct pac *out);
