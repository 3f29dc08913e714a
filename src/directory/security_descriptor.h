/* SPDX-License-Identifier: Apache-2.0
 *
 * Security descriptors as the directory stores them (MS-DTYP 2.4.6, self-relative): who may, in an
 * account's msDS-AllowedToActOnBehalfOfOtherIdentity, act for others towards it. Only the list of
 * rights is read (DACL, 2.4.5); auditing does not matter here. Sans-I/O, any thread.
 */
#pragma once
#include "base/sid.h"

enum {
    SECURITY_ACES_MAX = 64, /* nobody lists more connectors than this one by one */
    /* The right that a KDC looks for (MS-ADTS 5.1.3.2: RIGHT_DS_CONTROL_ACCESS). */
    SECURITY_ACT = 0x100,
};

struct security_ace {
    bool is_allow;       /* else it denies */
    bool is_for_part;    /* an object ACE that is about one property only, or for heirs only */
    bool is_conditional; /* holds under a condition that is not read here */
    uint32_t mask;
    struct sid sid;
};

struct security_descriptor {
    bool has_list;  /* without one everybody may everything */
    bool is_cut;    /* there were more entries than SECURITY_ACES_MAX */
    unsigned count; /* in the order in which they count */
    struct security_ace ace[SECURITY_ACES_MAX];
};

/* False, with `out` all zero, unless every offset and size is inside of `bytes`. Entries of kinds
 * that say nothing about rights are left out. */
bool security_descriptor_read(struct str bytes, struct security_descriptor *out);
/* Whether somebody who has these SIDs may act for others: the first entry that is about it decides
 * (MS-DTYP 2.5.3.2). */
bool security_descriptor_lets_act(const struct security_descriptor *d, const struct sid *sids,
                                  size_t count);
/* Whether this entry is about that right, for whoever it names. */
bool security_ace_is_about_acting(const struct security_ace *a);
