/* SPDX-License-Identifier: Apache-2.0
 *
 * The document of a report without the names of an organisation, to be shown to others: hosts,
 * domains, people, accounts, folders of the directory, certificates' owners, addresses, SIDs and
 * GUIDs become pseudonyms, each name the same everywhere, so that the report still explains itself.
 * Names that mean the same everywhere stay ("HTTP", "krbtgt", "Domain Admins", S-1-5-32-560,
 * 127.0.0.1), and so do ports, codes, times and versions. What an administrator calls an app stays,
 * unless a host or an account is called the same. One thread.
 */
#pragma once
#include <jansson.h>

/* A new document, for json_decref. NULL: no memory, or more names than can be kept apart; then
 * nothing may be shown. */
json_t *redact(const json_t *document);
