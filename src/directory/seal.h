/* SPDX-License-Identifier: Apache-2.0
 *
 * Seals what libldap sends, and opens what it receives: a layer of its connection. The connection's
 * thread.
 */
#pragma once
#include "directory/directory.h"

#include <ldap.h>

/* From now on. `security` outlives the connection. False when there is no memory. */
bool seal_begin(LDAP *ld, const struct directory_security *security, size_t peer_max);
