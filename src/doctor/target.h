/* SPDX-License-Identifier: Apache-2.0
 *
 * What the checks of an application share: its addresses, and what an answer amounts to. Pure, any
 * thread.
 */
#pragma once
#include "doctor/checking.h"

/* target.nodes: an entry for each address of each back end; NULL: none was looked at. */
const json_t *target_nodes(const struct checking *c);
/* "10.0.0.1:80 (web.corp.example:80)"; as long-lived as the check. */
const char *target_place(struct checking *c, const json_t *node);
/* How many nodes could be connected to, TLS included. */
size_t target_reached(const struct checking *c);

/* Whether it was a request that the application let in: not refused, not broken, and not a fault of
 * the server's. 403 and 404 are answers to somebody who was let in. */
bool answer_is_taken(const json_t *answer);
bool answer_is_refused(const json_t *answer); /* 401 */
/* "401 (Negotiate, NTLM)", or why there is none. As long-lived as the check. */
const char *answer_text(struct checking *c, const json_t *answer);
/* A status of a server that has not enough room for the head, or may have. */
bool answer_is_too_large(const json_t *answer);

/* The ticket was refused (401), and this way to send it was not. `variant`: "krb5", "bound", … */
bool target_helps(const json_t *node, const char *variant);
/* Whether any other way helps, or the clock or the size explains it: then the key is right. */
bool target_is_explained(const struct checking *c, const json_t *node);
/* How many requests with the ticket, sent as it is configured, were let in, and how many refused
 * with 401. */
struct target_count {
    size_t taken, refused;
};
struct target_count target_tries(const json_t *node);
/* Both: behind the address are several servers that are not alike. */
bool target_is_mixed(const json_t *node);
/* How far the clock of what answers is ahead of ours, seconds; 0: it agrees, or is not known. */
int64_t target_skew_s(const struct checking *c, const json_t *node);
/* Whether it takes HTTP/2 only. */
bool target_is_http2(const json_t *node);
/* Whether it sends everybody on to the same host under https. */
bool target_leads_to_https(const struct checking *c, const json_t *node);
/* Whether the server calls itself so: "Microsoft-IIS", "Apache". */
bool target_is(const json_t *node, const char *server);
