/* SPDX-License-Identifier: Apache-2.0
 *
 * The wrappings of a Kerberos AP-REQ on its way to a web server: the bare Kerberos GSS token
 * (RFC 1964 1.1, RFC 4121 4.1) and SPNEGO's NegTokenInit around it (RFC 4178 4.2.1).
 * Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"

/* GSS token of the krb5 mechanism around `ap_req` (DER of an AP-REQ). */
void spnego_wrap_krb5(struct buf *out, struct str ap_req);
/* NegTokenInit that offers krb5 alone and carries `krb5_token`. */
void spnego_wrap_init(struct buf *out, struct str krb5_token);
