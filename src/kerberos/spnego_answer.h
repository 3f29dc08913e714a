/* SPDX-License-Identifier: Apache-2.0
 *
 * What a web server says in a WWW-Authenticate header beside the scheme: a token of SPNEGO
 * (RFC 4178 4.2.2), of Kerberos alone (RFC 4121 4.1), or of NTLM (MS-NLMP 2.2.1). Sans-I/O, any
 * thread.
 */
#pragma once
#include "base/str.h"

enum spnego_state { /* negState; what is not said is SPNEGO_UNSAID */
                    SPNEGO_ACCEPTED,
                    SPNEGO_INCOMPLETE,
                    SPNEGO_REJECTED,
                    SPNEGO_REQUEST_MIC,
                    SPNEGO_UNSAID,
};

enum spnego_content {
    SPNEGO_NOTHING,   /* no token of a mechanism in it */
    SPNEGO_AP_REP,    /* the back end's proof (RFC 4120 5.5.2) */
    SPNEGO_KRB_ERROR, /* why it did not take the ticket (RFC 4120 5.9.1) */
    SPNEGO_NTLM,
    SPNEGO_OTHER,
};

enum spnego_mech { SPNEGO_NO_MECH, SPNEGO_KRB5, SPNEGO_NTLMSSP, SPNEGO_UNKNOWN };

struct spnego_answer {
    enum spnego_state state;
    enum spnego_mech mech; /* that the server chose */
    enum spnego_content content;
    struct str message; /* DER of the AP-REP or KRB-ERROR; points into the input */
};

/* False, with `out` saying nothing, for what is none of these. */
bool spnego_answer_read(struct str in, struct spnego_answer *out);
