/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_query.h"
enum { LAG_MAX_S = 60 };

static const char LOAD[] = "SELECT host, provider, subject, principal, claims, created, "
                           "last_used, own_ticket, own_ends, renewal, renewed FROM sessions WHERE "
                           "hash = ?1";
/* In portions, so that a crowd whose day is over does not hold up one person who signs in. A use
 * that is not yet written down is allowed for. With OR in place of UNION ALL, SQLite reads the
 * whole table. */
static const char PURGE[] =
    "DELETE FROM sessions WHERE rowid IN (SELECT rowid FROM sessions WHERE created <= ?1 UNION ALL "
    "SELECT rowid FROM sessions WHERE created > ?2 UNION ALL SELECT rowid FROM sessions WHERE "
    "last_used <= ?3 LIMIT 1000)";
#define WHOLE_ROW                                                                                  \
    "SELECT host, provider, subject, principal, claims, created, last_used, own_ticket, "          \
    "own_ends, hash, rowid FROM sessions WHERE provider = ?1 AND "
static const char OF_SID[] = WHOLE_ROW "sid = ?3 AND (?2 IS NULL OR sub = ?2) LIMIT ?4";
static const char OF_SUB[] = WHOLE_ROW "sub = ?2 LIMIT ?4";
static const char EACH[] = "SELECT host, provider, subject, principal, claims, created, last_used, "
                           "NULL, iif(own_ticket IS NULL, 0, own_ends), hash, rowid "
                           "FROM sessions WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
static const char COUNT[] = "SELECT count(*) FROM sessions";
static const char INSERT[] = "INSERT INTO sessions (hash, host, provider, subject, principal, "
                             "claims, created, last_used, own_ticket, own_ends, sub, sid, "
                             "renewal, renewed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, "
                             "?10, ?11, ?12, ?13)";
static const char DELETE[] = "DELETE FROM sessions WHERE hash = ?1";
static const char DELETE_ROW[] = "DELETE FROM sessions WHERE rowid = ?1";
static const char TOUCH[] = "UPDATE sessions SET last_used = max(min(last_used, ?3), ?2) WHERE "
                            "hash = ?1 RETURNING last_used";
/* A lease from further in the future than any is given out was made by a clock gone wrong. */
static const char LEASE[] = "UPDATE sessions SET renewing_until = ?2 WHERE hash = ?1 AND renewed = "
                            "?3 AND renewal IS NOT NULL AND (renewing_until IS NULL OR "
                            "renewing_until <= ?4 OR renewing_until > ?5) RETURNING 1";
static const char UNLEASE[] = "UPDATE sessions SET renewing_until = NULL WHERE hash = ?1 AND "
                              "renewed = ?2";
static const char RENEW[] = "UPDATE sessions SET subject = ?2, claims = ?3, sub = ?4, sid = ?5, "
                            "renewal = ?6, renewed = ?7, renewing_until = NULL WHERE hash = ?1 "
                            "RETURNING 1";
static const char LOOK[] = "SELECT min(last_used, ?3) FROM sessions WHERE hash = ?1";

int64_t session_query_lag_s(const struct session_limits *l) {
    int64_t quarter_s = l->idle_s / 4;
    return quarter_s < 1 ? 1 : quarter_s > LAG_MAX_S ? LAG_MAX_S : quarter_s;
}

static sqlite3_stmt *prepare(struct session_file *f, const char *sql, const unsigned char *hash,
                             struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, sql, e);
    if (s && hash)
        sqlite3_bind_blob(s, 1, hash, SHA256_SIZE, SQLITE_STATIC);
    return s;
}

static char *text(sqlite3_stmt *s, int column) {
    return (char *)sqlite3_column_text(s, column); /* unsigned, and only read */
}

static struct session *read_session(struct session_file *f, sqlite3_stmt *row,
                                    const unsigned char *hash, struct err *e) {
    const struct identity who = {.provider = text(row, 1),
                                 .subject = text(row, 2),
                                 .principal = text(row, 3),
                                 .claims = text(row, 4),
                                 .own_ticket = (unsigned char *)sqlite3_column_blob(row, 7),
                                 .own_ticket_size = (size_t)sqlite3_column_bytes(row, 7),
                                 .own_ends_s = sqlite3_column_int64(row, 8)};
    struct session *s = session_new(hash, &who, str_of(text(row, 0)), sqlite3_column_int64(row, 5));
    if (!s) {
        err_set(e, ERR_STORE, "a session in the store %s is damaged, or memory is short",
                session_file_name(f));
        err_hint(e,
                 "If it stays so: stop kerbgate and move it away; a new one is made, everybody "
                 "signs in again, and enrols again who has a second factor: %s",
                 session_file_name(f));
        return NULL;
    }
    s->used_s = s->written_s = sqlite3_column_int64(row, 6);
    return s;
}

bool session_query_load(struct session_file *f, const unsigned char hash[SHA256_SIZE],
                        struct session **out, struct err *e) {
    *out = NULL;
    sqlite3_stmt *s = prepare(f, LOAD, hash, e);
    int found = s ? session_file_step(f, s, "read", e) : SQLITE_ERROR;
    if (found != SQLITE_ROW)
        return found == SQLITE_DONE;
    *out = read_session(f, s, hash, e);
    struct str renewal = str_n(sqlite3_column_blob(s, 9), (size_t)sqlite3_column_bytes(s, 9));
    if (*out && renewal.n && !session_set_renewal(*out, renewal, sqlite3_column_int64(s, 10))) {
        session_unref(*out);
        *out = NULL;
        err_set(e, ERR_NO_MEMORY, "no memory for a session");
    }
    session_file_reset(s);
    return *out != NULL;
}

static bool purge(struct session_file *f, const struct session_limits *l, int64_t now_s,
                  struct err *e) {
    sqlite3_stmt *s = prepare(f, PURGE, NULL, e);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 1, now_s - l->lifetime_s);
    sqlite3_bind_int64(s, 2, now_s + SESSION_SKEW_S);
    sqlite3_bind_int64(s, 3, now_s - l->idle_s - session_query_lag_s(l));
    return session_file_step(f, s, "written", e) == SQLITE_DONE;
}

static bool has_room(struct session_file *f, const struct session_limits *l, struct err *e) {
    sqlite3_stmt *s = prepare(f, COUNT, NULL, e);
    if (!s || session_file_step(f, s, "read", e) != SQLITE_ROW)
        return false;
    int64_t count = sqlite3_column_int64(s, 0);
    session_file_reset(s);
    if (count < l->rows)
        return true;
    err_set(e, ERR_BUSY, "the store %s holds %lld sessions, and gateway.limits.sessions allows %u",
            session_file_name(f), (long long)count, l->rows);
    err_hint(e, "Raise gateway.limits.sessions, or lower gateway.session.idle_timeout or "
                "gateway.session.lifetime, then type: kerbgate reload");
    return false;
}

static bool insert(struct session_file *f, const struct session *session, struct err *e) {
    const struct identity *who = &session->identity;
    sqlite3_stmt *s = prepare(f, INSERT, session->hash, e);
    if (!s)
        return false;
    sqlite3_bind_text(s, 2, session->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, who->provider, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 4, who->subject, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 5, who->principal, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 6, who->claims ? who->claims : "{}", -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 7, session->created_s);
    if (who->own_ticket) {
        sqlite3_bind_blob(s, 8, who->own_ticket, (int)who->own_ticket_size, SQLITE_STATIC);
        sqlite3_bind_int64(s, 9, who->own_ends_s);
    }
    sqlite3_bind_text(s, 10, identity_claim(who, "sub"), -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 11, identity_claim(who, "sid"), -1, SQLITE_STATIC);
    if (session->renewal)
        sqlite3_bind_blob(s, 12, session->renewal, (int)session->renewal_size, SQLITE_STATIC);
    sqlite3_bind_int64(s, 13, session->renewed_s);
    return session_file_step(f, s, "written", e) == SQLITE_DONE;
}

bool session_query_insert(struct session_file *f, const struct session *s,
                          const struct session_limits *l, int64_t now_s, struct err *e) {
    e->code = ERR_NONE;
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, e))
        return false;
    bool is_in = purge(f, l, now_s, e) && has_room(f, l, e) && insert(f, s, e);
    /* Also at the limit what was purged stays so, or the next one would not get further. */
    return session_file_end(f, is_in || e->code == ERR_BUSY, e) && is_in;
}

bool session_query_delete(struct session_file *f, const unsigned char hash[SHA256_SIZE],
                          struct err *e) {
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, e))
        return false;
    sqlite3_stmt *s = prepare(f, DELETE, hash, e);
    bool ok = s && session_file_step(f, s, "written", e) == SQLITE_DONE;
    return session_file_end(f, ok, e);
}

bool session_query_each(struct session_file *f, int64_t *behind, int most,
                        void (*each)(void *user, struct session *s), void *user, struct err *e) {
    sqlite3_stmt *row = prepare(f, EACH, NULL, e);
    int found = SQLITE_ERROR;
    if (!row)
        return false;
    sqlite3_bind_int64(row, 1, *behind);
    sqlite3_bind_int(row, 2, most);
    while ((found = session_file_step(f, row, "read", e)) == SQLITE_ROW) {
        struct err damaged;
        const unsigned char *hash = sqlite3_column_blob(row, 9);
        bool has_hash = sqlite3_column_bytes(row, 9) == SHA256_SIZE;
        struct session *s = has_hash ? read_session(f, row, hash, &damaged) : NULL;
        *behind = sqlite3_column_int64(row, 10);
        if (s) {
            s->identity.own_ends_s = sqlite3_column_int64(row, 8); /* the ticket itself stays out */
            each(user, s);
        }
        session_unref(s);
    }
    return found == SQLITE_DONE;
}

bool session_query_delete_all(struct session_file *f, struct session *const *sessions, size_t count,
                              struct err *e) {
    bool ok = true;
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, e))
        return false;
    for (size_t i = 0; ok && i < count; i++) {
        sqlite3_stmt *s = prepare(f, DELETE, sessions[i]->hash, e);
        ok = s && session_file_step(f, s, "written", e) == SQLITE_DONE;
    }
    return session_file_end(f, ok, e);
}

/* One row or none. */
static bool read_used(struct session_file *f, sqlite3_stmt *s, int64_t *used_s, struct err *e) {
    int found = session_file_step(f, s, "written", e);
    *used_s = 0;
    if (found != SQLITE_ROW)
        return found == SQLITE_DONE;
    *used_s = sqlite3_column_int64(s, 0);
    return session_file_step(f, s, "written", e) == SQLITE_DONE;
}

bool session_query_refresh(struct session_file *f, const unsigned char hash[SHA256_SIZE],
                           int64_t now_s, int64_t *used_s, struct err *e) {
    bool is_touch = *used_s != 0;
    if (is_touch && !session_file_begin(f, SESSION_OUTLASTS_PROCESS, e))
        return false;
    sqlite3_stmt *s = prepare(f, is_touch ? TOUCH : LOOK, hash, e);
    if (s) {
        sqlite3_bind_int64(s, 2, *used_s);
        sqlite3_bind_int64(s, 3, now_s);
    }
    bool ok = s && read_used(f, s, used_s, e);
    return is_touch ? session_file_end(f, ok, e) : ok;
}

/* Whether a row was changed, as RETURNING says. */
static bool has_changed(struct session_file *f, sqlite3_stmt *s, bool *changed, struct err *e) {
    int found = session_file_step(f, s, "written", e);
    *changed = found == SQLITE_ROW;
    return *changed ? session_file_step(f, s, "written", e) == SQLITE_DONE : found == SQLITE_DONE;
}

bool session_query_lease(struct session_file *f, const struct session *session,
                         const struct session_lease *l, bool *is_ours, struct err *e) {
    *is_ours = false;
    if (!session_file_begin(f, SESSION_OUTLASTS_PROCESS, e))
        return false;
    sqlite3_stmt *s = prepare(f, LEASE, session->hash, e);
    if (s) {
        sqlite3_bind_int64(s, 2, l->until_s);
        sqlite3_bind_int64(s, 3, session->renewed_s);
        sqlite3_bind_int64(s, 4, l->now_s);
        sqlite3_bind_int64(s, 5, l->now_s + SESSION_LEASE_MAX_S);
    }
    bool ok = s && has_changed(f, s, is_ours, e);
    return session_file_end(f, ok, e);
}

bool session_query_unlease(struct session_file *f, const struct session *session, struct err *e) {
    if (!session_file_begin(f, SESSION_OUTLASTS_PROCESS, e))
        return false;
    sqlite3_stmt *s = prepare(f, UNLEASE, session->hash, e);
    if (s)
        sqlite3_bind_int64(s, 2, session->renewed_s);
    return session_file_end(f, s && session_file_step(f, s, "written", e) == SQLITE_DONE, e);
}

bool session_query_renew(struct session_file *f, const struct session *session, bool *is_there,
                         struct err *e) {
    const struct identity *who = &session->identity;
    *is_there = false;
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, e))
        return false;
    sqlite3_stmt *s = prepare(f, RENEW, session->hash, e);
    if (s) {
        sqlite3_bind_text(s, 2, who->subject, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, who->claims, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 4, identity_claim(who, "sub"), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 5, identity_claim(who, "sid"), -1, SQLITE_STATIC);
        sqlite3_bind_blob(s, 6, session->renewal, (int)session->renewal_size, SQLITE_STATIC);
        sqlite3_bind_int64(s, 7, session->renewed_s);
    }
    bool ok = s && has_changed(f, s, is_there, e);
    return session_file_end(f, ok, e);
}

static void read_row(struct session_file *f, sqlite3_stmt *s, struct session_row *row) {
    struct err damaged;
    const unsigned char *hash = sqlite3_column_blob(s, 9);
    *row = (struct session_row){.number = sqlite3_column_int64(s, 10)};
    row->has_hash = sqlite3_column_bytes(s, 9) == sizeof row->hash;
    if (!row->has_hash)
        return;
    memcpy(row->hash, hash, sizeof row->hash);
    row->session = read_session(f, s, hash, &damaged);
}

bool session_query_of(struct session_file *f, const struct session_of *of, struct session_rows *out,
                      struct err *e) {
    int found;
    out->count = 0;
    sqlite3_stmt *s = session_file_statement(f, of->sid ? OF_SID : OF_SUB, e);
    if (!s)
        return false;
    sqlite3_bind_text(s, 1, of->provider, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, of->sub, -1, SQLITE_STATIC);
    if (of->sid)
        sqlite3_bind_text(s, 3, of->sid, -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 4, SESSION_ROWS_MAX);
    while ((found = session_file_step(f, s, "read", e)) == SQLITE_ROW)
        read_row(f, s, &out->at[out->count++]);
    return found == SQLITE_DONE;
}

bool session_query_delete_rows(struct session_file *f, const struct session_rows *rows,
                               struct err *e) {
    bool ok = true;
    if (!session_file_begin(f, SESSION_OUTLASTS_POWER, e))
        return false;
    for (size_t i = 0; ok && i < rows->count; i++) {
        sqlite3_stmt *s = prepare(f, DELETE_ROW, NULL, e);
        if (s)
            sqlite3_bind_int64(s, 1, rows->at[i].number);
        ok = s && session_file_step(f, s, "written", e) == SQLITE_DONE;
    }
    return session_file_end(f, ok, e);
}

void session_rows_fini(struct session_rows *rows) {
    for (size_t i = 0; i < rows->count; i++)
        session_unref(rows->at[i].session);
    rows->count = 0;
}
