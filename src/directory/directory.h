/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory, asked over LDAP: which account has this name or SID, which group is this. Every
 * connection proves by Kerberos who is at its other end, and everything behind that proof is sealed
 * (RFC 4752); what Kerberos does, somebody else does, as this room knows none. Each wait has an end
 * and each answer a size. A connection is one thread's.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/sid.h"

struct directory;

/* Kerberos, for one connection. False: it cannot go on. */
struct directory_security {
    void *user;
    /* Appends what the server is to be told after it said `in` (nothing at first). `*is_done`: both
     * have proven who they are. `e` is set with false. */
    bool (*step)(void *user, struct str in, struct buf *out, bool *is_done, struct err *e);
    /* Appends `in`, signed and, if so said, sealed; or takes that apart again. */
    bool (*wrap)(void *user, struct str in, bool is_sealed, struct buf *out);
    bool (*unwrap)(void *user, struct str in, struct buf *out, bool *is_sealed);
};

struct directory_open {
    int fd; /* connected, and with time limits of its own; taken, also when it answers NULL */
    const char *host;
    bool is_catalogue;     /* the global catalogue: every domain of the forest is searched */
    bool has_no_catalogue; /* none can be named in the configuration, and no hint says so */
    const struct directory_security *security; /* outlives the connection */
    int64_t until_us;                          /* monotonic */
};

/* Once, before the first thread: libldap is to read no file and no environment. */
void directory_init(void);
/* Proves, agrees on sealing, and asks what the domain is. NULL with `e` set (ERR_DIRECTORY). */
struct directory *directory_open(const struct directory_open *o, struct err *e);
void directory_close(struct directory *d);

enum {
    DIRECTORY_NAME_MAX = 256,
    DIRECTORY_DN_MAX = 512,
    DIRECTORY_ENTRIES_MAX = 2, /* nobody needs to know more than that there are several */
};

struct directory_question {
    bool is_group;         /* else a person: a user that is no computer */
    struct str account;    /* sAMAccountName, */
    struct str domain;     /* in the domain of this NetBIOS name; empty: of the server */
    const struct sid *sid; /* or this, when it is not NULL */
    int64_t until_us;
};

struct directory_entry {
    char dn[DIRECTORY_DN_MAX];
    char account[DIRECTORY_NAME_MAX]; /* sAMAccountName */
    char realm[DIRECTORY_NAME_MAX];   /* Kerberos realm of its domain */
    struct sid sid;
    uint32_t group_type; /* DIRECTORY_GROUP_…; 0: it is no group, or does not say */
};

/* What a group may be (MS-ADTS 2.2.12). */
enum { DIRECTORY_GROUP_LOCAL = 4 }; /* it counts in its own domain only */
#define DIRECTORY_GROUP_SECURITY UINT32_C(0x80000000)

struct directory_answer {
    unsigned count;
    struct directory_entry entry[DIRECTORY_ENTRIES_MAX];
};

/* False with `e` set (ERR_DIRECTORY); no such account is an answer. */
bool directory_find(struct directory *d, const struct directory_question *q,
                    struct directory_answer *out, struct err *e);
