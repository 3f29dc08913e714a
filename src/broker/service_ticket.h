/* SPDX-License-Identifier: Apache-2.0
 *
 * From libkrb5's credentials to the plain ticket that leaves the broker. Any thread.
 */
#pragma once
#include "kerberos/ticket.h"

#include <krb5.h>

/* A copy of what a worker needs of `creds`, which `kdc` gave; NULL when memory is short. */
struct ticket *service_ticket_of(krb5_context context, const krb5_creds *creds, const char *kdc);
