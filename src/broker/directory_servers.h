/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory's servers: those of the configuration, or else those that krb5.conf names as KDCs
 * of our realm. One after the other is tried, the last good one first; when they cost time and gave
 * nothing, the next questions are told so at once for a while, so that a directory that hangs does
 * not hold every thread. Any thread, each with its own `struct krb`.
 */
#pragma once
#include "broker/krb.h"
#include "directory/directory.h"

struct directory_servers;

/* `config` must outlive it. NULL with `e` set. */
struct directory_servers *directory_servers_new(const struct config *config, struct err *e);
void directory_servers_free(struct directory_servers *s);

/* Asks on a connection of its own; the TGT must be in the cache of `k`. Waits until q->until_us at
 * most. False with `e` set (ERR_DIRECTORY, ERR_NO_MEMORY). */
bool directory_servers_ask(struct directory_servers *s, struct krb *k,
                           const struct directory_question *q, struct directory_answer *out,
                           struct err *e);

/* For the doctor, who asks each of them, and others than those. */
struct directory_server {
    char host[DIRECTORY_NAME_MAX]; /* as it is called in tickets */
    char dial[DIRECTORY_NAME_MAX]; /* name or address that leads to it */
    uint16_t port;
};
enum { DIRECTORY_SERVERS_MAX = 16 };
/* Those that are known by configuration or krb5.conf; how many. */
size_t directory_servers_list(const struct directory_servers *s,
                              struct directory_server out[DIRECTORY_SERVERS_MAX]);
/* Connected, with time limits until `until_us`; -1 with `e` set (ERR_DIRECTORY). */
int directory_servers_dial(const struct directory_servers *s, const struct directory_server *at,
                           int64_t until_us, struct err *e);
/* Has `use` ask on a connection to it, which is proven and sealed. False with `e` set: by `use`, or
 * ERR_DIRECTORY. The TGT must be in the cache of `k`. */
bool directory_servers_visit(const struct directory_servers *s, struct krb *k,
                             const struct directory_server *at, int64_t until_us,
                             bool (*use)(void *user, struct directory *d, struct err *e),
                             void *user, struct err *e);

/* The host of a `kdc` line of krb5.conf ("dc1.corp.example:88"), cut to `size`; false when it has
 * no name, but an address. Pure. */
bool directory_servers_host(const char *kdc, char *out, size_t size);
