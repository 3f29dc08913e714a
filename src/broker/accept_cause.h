/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a browser's ticket is not accepted, in the words that people read, with the command that
 * mends it. What the browser has sent stands in sentences alone, never in a command. Pure, any
 * thread.
 */
#pragma once
#include "base/err.h"
#include "config/config.h"
#include "kerberos/ap_req.h"

#include <krb5.h>

struct accept_case {
    const struct config_kerberos *kerberos; /* the account that was to open it */
    struct str host;                        /* that was asked, of the configuration */
    const struct ap_req *ap_req;
    const char *versions; /* of our keys, "3, 4" */
    int64_t skew_s;       /* by how much the client's clock is behind ours; 0: not known */
    const char *text;     /* libkrb5's words */
};

/* What libkrb5 said when it was to open the ticket. Fills `e`; false, for the caller to return. */
bool accept_explain(const struct accept_case *c, krb5_error_code code, struct err *e);
/* It is for another service, or of another realm. */
bool accept_explain_spn(const struct accept_case *c, struct err *e);
