/* SPDX-License-Identifier: Apache-2.0
 *
 * What the name of a host or a person consists of, and which of its parts
 * are to be replaced by what, so that a short name, a full one, an SPN and an account are
 * recognised as the same afterwards. What is no such name is passed over. One thread.
 */
#pragma once
#include "doctor/redact_table.h"

/* "corp.example", "CORP.EXAMPLE", "CORP": the name, its first part, and "DC=corp,DC=example". */
void redact_domain(struct redact_table *t, struct str name);
/* "CORP" for "corp.example", also where it is called quite differently. */
void redact_flat_name(struct redact_table *t, struct str flat, struct str name);
/* "web.corp.example", "web", "web:8080", "*.web.corp.example". */
void redact_host(struct redact_table *t, struct str name);
/* "https://hr.example.com:8443/x" */
void redact_url(struct redact_table *t, struct str url);
/* "alice", "alice@CORP.EXAMPLE", "CORP\alice", "WEB01$", "HTTP/web.corp.example@CORP.EXAMPLE". */
void redact_user(struct redact_table *t, struct str name);
/* Another name of an account's, of which redact_user has heard: "user-1-upn", with what it is. */
void redact_also_called(struct redact_table *t, struct str account, struct str name,
                        const char *what);
/* "HTTP/web.corp.example:8080" */
void redact_spn(struct redact_table *t, struct str spn);
/* As redact_replace_word, and also as it stands in commands where it has to be quoted there. */
void redact_quoted_word(struct redact_table *t, struct str name, const char *pseudonym);

/* A name of DNS whose last part is no number: what "10.0.0.1" and "2.4.57" are not. */
bool redact_is_host(struct str name);
/* A group or folder that every domain has, "Domain Admins": it keeps its name. */
bool redact_is_built_in(struct str name);
