/* SPDX-License-Identifier: Apache-2.0
 *
 * What an AP-REQ says to whoever has no key (RFC 4120 5.5.1): for which service its ticket is, and
 * which key opens it. Nothing of it is proven before the ticket was opened, and the service's name
 * not even then: an account's key opens the tickets to all of its names. Sans-I/O, any thread.
 */
#pragma once
#include "base/str.h"

#include <stdint.h>

enum { AP_REQ_SERVICE_MAX = 256 };

struct ap_req {
    struct str message;               /* the whole of it, DER; like all strs it points into `in` */
    struct str ticket;                /* the Ticket, DER */
    struct str realm;                 /* of the service */
    char service[AP_REQ_SERVICE_MAX]; /* "HTTP/hr.example.com" */
    int64_t enctype, kvno;            /* of the service's key; kvno 0: not said */
    struct str authenticator;         /* as it is encrypted: no two are the same */
    bool is_user_to_user;             /* not for a key of ours */
};

/* False, with `out` all zero, for anything else, and for a service that has no plain name. */
bool ap_req_read(struct str in, struct ap_req *out);
