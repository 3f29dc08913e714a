/* SPDX-License-Identifier: Apache-2.0
 *
 * The sessions in the store's file, as SQL. On the store's thread.
 */
#pragma once
#include "session/session_file.h"
#include "session/session_int.h"

/* How long the use of a session may be known here and not yet on the disk: a minute, or a quarter
 * of the idle timeout where that is shorter, but a second at least. */
int64_t session_query_lag_s(const struct session_limits *l);

/* `*out` is the session, with one reference, or NULL when there is none on this hash. False with
 * `e` set: the store failed. Whether it is over is for the caller to see. */
bool session_query_load(struct session_file *f, const unsigned char hash[SHA256_SIZE],
                        struct session **out, struct err *e);
/* Written to the disk when it returns true. Sessions that are over make room; ERR_BUSY when none
 * is. */
bool session_query_insert(struct session_file *f, const struct session *s,
                          const struct session_limits *l, int64_t now_s, struct err *e);
/* The same for its end; also true when there was none. */
bool session_query_delete(struct session_file *f, const unsigned char hash[SHA256_SIZE],
                          struct err *e);
/* Calls `each` with the next sessions behind the row `*behind`, at most `most` of them, and moves
 * `*behind` to the last one's; what is damaged is passed over. False, with `e` set, when the store
 * failed. `each` may take a reference. */
bool session_query_each(struct session_file *f, int64_t *behind, int most,
                        void (*each)(void *user, struct session *s), void *user, struct err *e);
/* Deletes all of these with one write. */
bool session_query_delete_all(struct session_file *f, struct session *const *sessions, size_t count,
                              struct err *e);
/* Writes `*used_s` down unless it is 0, and sets it to the last use that the store knows, by the
 * clock not later than now; to 0 when the session is no longer there. */
bool session_query_refresh(struct session_file *f, const unsigned char hash[SHA256_SIZE],
                           int64_t now_s, int64_t *used_s, struct err *e);

enum { SESSION_LEASE_MAX_S = 600 };
struct session_lease {
    int64_t now_s, until_s;
};
/* Whether nobody else renews the session until then: nobody has a lease, and it is still the one
 * that was renewed last. */
bool session_query_lease(struct session_file *f, const struct session *session,
                         const struct session_lease *l, bool *is_ours, struct err *e);
/* Gives it back. */
bool session_query_unlease(struct session_file *f, const struct session *session, struct err *e);
/* Writes what the session says now in the place of what it said, and gives the lease back. */
bool session_query_renew(struct session_file *f, const struct session *session, bool *is_there,
                         struct err *e);

enum { SESSION_ROWS_MAX = 100 };

/* Rows as they are, also damaged ones. */
struct session_rows {
    struct session_row {
        int64_t number;
        bool has_hash;
        unsigned char hash[SHA256_SIZE];
        struct session *session; /* one reference; NULL: it is damaged, or memory is short */
    } at[SESSION_ROWS_MAX];
    size_t count;
};
/* Whom one provider means: `sub` or `sid`, or both. */
struct session_of {
    const char *provider, *sub, *sid;
};
/* The first SESSION_ROWS_MAX of whom the provider means; session_rows_fini is due, also when it is
 * false. */
bool session_query_of(struct session_file *f, const struct session_of *of, struct session_rows *out,
                      struct err *e);
/* Deletes all of these with one write. */
bool session_query_delete_rows(struct session_file *f, const struct session_rows *rows,
                               struct err *e);
void session_rows_fini(struct session_rows *rows);
