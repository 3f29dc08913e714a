/* SPDX-License-Identifier: Apache-2.0
 *
 * The wrappings of a Kerberos AP-REQ on its way to a web server: the bare Kerberos GSS token
 * (RFC 1964 1.1, RFC 4121 4.1) and SPNEGO's NegTokenInit around it (RFC 4178 4.2.1).
 * Sans-I/O, any thread.
 */
#pragma once
#include "kerberos/der.h"

/* Around all that is written, the DER of an AP-REQ: the GSS token of the krb5 mechanism. */
void spnego_wrap_krb5(struct der_writer *w);
/* Around all that is written, a krb5 token: NegTokenInit that offers krb5 alone. */
void spnego_wrap_init(struct der_writer *w);
