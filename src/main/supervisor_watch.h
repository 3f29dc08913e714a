/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the certificates, their keys, the keytab, krb5.conf, what identity providers know us by
 * and what people's certificates are verified with are still the files that were read: whoever
 * renews them, as ACME clients do every two months, and as those do who change the password of the
 * connector's account, need not tell kerbgate. A change counts when two looks in a row have seen
 * the same, so that files are not read while they are being written; the second look at a pair
 * comes WATCH_S after the first. Nothing is opened here. Supervisor only.
 */
#pragma once
#include "config/config.h"

enum { WATCH_S = 10 }; /* from look to look */

struct watch {
    struct watch_file *files;
    size_t count;
    int64_t due_us; /* the next look */
};

/* Takes down what the files of `c` are now: before they are read, so that no change is missed.
 * Empty before; points into `c`. False: memory, and `w` is empty. */
bool watch_start(struct watch *w, const struct config *c, int64_t now_us);
void watch_fini(struct watch *w);

/* Looks, and is due WATCH_S later. True when the files are others than those that were tried last,
 * and have been the same since the look before. */
bool watch_look(struct watch *w, int64_t now_us);
/* What the last look saw has been tried: right or wrong, it is news no more. */
void watch_tried(struct watch *w);
