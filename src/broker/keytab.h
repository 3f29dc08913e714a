/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of our own account: read from the file once, while the process may still read it, and
 * from then on only in memory (invariant 5). Main thread; the memory lives until keytab_unload.
 */
#pragma once
#include "config/config.h"

enum { KEYTAB_NAME_SIZE = 1024 + 32 };
/* The keytab in memory of an account, for krb5_kt_resolve in any context of this process. Any
 * thread. */
void keytab_name(const struct config_kerberos *config, char out[KEYTAB_NAME_SIZE]);

struct keytab;

/* Copies the entries of our realm out of the configured file. NULL with `e` set
 * (ERR_KRB_CONNECTOR): it cannot be read, or holds no key for our principal. */
struct keytab *keytab_load(const struct config_kerberos *config, struct err *e);
void keytab_unload(struct keytab *k);
