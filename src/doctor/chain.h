/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a chain came, by the facts alone: the state of each link. Pure, any thread.
 */
#pragma once
#include "doctor/checking.h"

enum link_state {
    LINK_ABSENT,      /* this app does not need it */
    LINK_NOT_REACHED, /* an earlier one did not hold */
    LINK_UNKNOWN,     /* it was not found out: no person was named, or there was no time */
    LINK_HOLDS,
    LINK_FAILS,
};

struct chain {
    enum link_state state[LINKS];
    const char *detail[LINKS]; /* as long-lived as the facts; "" where there is nothing to say */
    int64_t took_us[LINKS];    /* 0: not known */
};

void chain_of(const json_t *f, struct chain *c);
/* The first link that fails; LINKS: none does. */
enum doctor_link chain_broken(const struct chain *c);
