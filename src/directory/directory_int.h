/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection to the directory from the inside: directory.c makes it and searches, find.c knows
 * what to search for. The connection's thread.
 */
#pragma once
#include "directory/directory.h"

#include <ldap.h>

struct directory {
    LDAP *ld;
    char host[DIRECTORY_NAME_MAX];
    bool is_catalogue, has_no_catalogue;
    const struct directory_security *security;
    char domain[DIRECTORY_DN_MAX];        /* defaultNamingContext */
    char configuration[DIRECTORY_DN_MAX]; /* configurationNamingContext */
};

struct directory_search {
    const char *base;
    int scope;
    const char *filter;
    char **attributes;    /* end with NULL */
    unsigned entries_max; /* 0: DIRECTORY_ENTRIES_MAX */
    int64_t until_us;
    void (*take)(struct directory *d, LDAPMessage *entry, void *user);
    void *user;
};
/* Shows `take` at most `entries_max` entries. False with `e` set; a base that is not there has
 * none.
 */
bool directory_search(struct directory *d, const struct directory_search *s, struct err *e);

/* Takes `fd` for a connection that nobody has proven anything on. False with `e` set. */
bool directory_connect(struct directory *d, int fd, struct err *e);

/* The Kerberos realm that an entry of this name is in; empty when that cannot be told. */
void directory_realm(const char *dn, char *out, size_t size);

/* The values of an attribute, at least one, for ldap_value_free_len; NULL when there is none. */
struct berval **directory_values(struct directory *d, LDAPMessage *entry, const char *name);
/* The first value, whole; false, and empty, when there is none, it is too long or no text. */
bool directory_text(struct directory *d, LDAPMessage *entry, const char *name, char *out,
                    size_t size);
