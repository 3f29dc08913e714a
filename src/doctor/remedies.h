/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands that change an account, in PowerShell and for domain controllers of Samba's, which
 * several checks have. `name` is that of the account. Pure, any thread.
 */
#pragma once
#include "doctor/checking.h"

/* What no samba-tool does, for a domain controller of Samba's: `attribute` gets `value`; NULL takes
 * it out. Says nothing where the account's name cannot be written so. */
void remedy_attribute(struct checking *c, const json_t *account, const char *attribute,
                      const char *value);
/* The same of an account of which only the name is known. */
void remedy_attribute_of(struct checking *c, const char *name, const char *attribute,
                         const char *value);
/* Takes a bit out of userAccountControl; says nothing where its value is not known. */
void remedy_uac(struct checking *c, const json_t *account, unsigned bit);
void remedy_enable(struct checking *c, const char *name);
void remedy_unlock(struct checking *c, const char *name);
/* The account shall not expire. `account` NULL: only the name is known. */
void remedy_expiry(struct checking *c, const json_t *account, const char *name);
/* Takes "logonHours" or "userWorkstations" out of the account. `account` as above. */
void remedy_limit(struct checking *c, const json_t *account, const char *name,
                  const char *attribute);
/* The connector's; never empty. */
const char *keytab_file(const struct checking *c);
/* The account's keys as the domain has them, into that file: with Samba, and with either. */
void remedy_export(struct checking *c, const char *name);
void remedy_keytab(struct checking *c, const char *name, const char *principal);

/* The mark "sensitive, cannot be delegated", and the group of those who cannot be: out of both. */
void remedy_sensitive(struct checking *c, const char *name);
void remedy_protected(struct checking *c, const char *name);
/* An SPN, to the account and from it. */
void remedy_spn_add(struct checking *c, const char *spn, const char *name);
void remedy_spn_delete(struct checking *c, const char *spn, const char *name);
