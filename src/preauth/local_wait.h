/* SPDX-License-Identifier: Apache-2.0
 *
 * What an answer waits for, so that it can be given up: for the files of this room alone. What has
 * begun to end sessions is not given up when its client goes away, but goes on behind.
 */
#pragma once
#include "preauth/local.h"

struct local_wait {
    void (*cancel)(struct local_wait *w); /* gives up what is under way and frees it, or lets it go
                                             on behind; of the request nothing is there after */
    void (*drop)(struct local_wait *w);   /* frees it when it has gone on behind and must not any
                                             longer; NULL: it never does */
    LIST_ENTRY(local_wait) in_behind;
};

/* Nobody waits for it any more: it is dropped by local_fini, unless it is done before that. */
static inline void local_goes_on(struct local_tools *t, struct local_wait *w) {
    LIST_INSERT_HEAD(&t->behind, w, in_behind);
}
/* It is done; its owner frees it. */
static inline void local_has_gone_on(struct local_wait *w) { LIST_REMOVE(w, in_behind); }
