/* SPDX-License-Identifier: Apache-2.0 */
#include "session/factor_pending.h"

#include "base/encode.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATE_MAX = 512 * 1024, PURPOSE_MAX = 128 };

/* A clock that was set back must not let anybody wait for longer. */
static const char PURGE[] = "DELETE FROM pending WHERE ends <= ?1 OR ends > ?2";
static const char COUNT[] = "SELECT count(*) FROM pending";
static const char TRIM[] =
    "DELETE FROM pending WHERE rowid IN (SELECT rowid FROM pending WHERE provider = ?1 AND account "
    "= ?2 ORDER BY ends DESC LIMIT -1 OFFSET ?3)";
static const char INSERT[] = "INSERT INTO pending (hash, provider, account, host, ends, tries, "
                             "state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char LOAD[] = "SELECT provider, account, host, ends, tries FROM pending "
                           "WHERE hash = ?1 AND ends > ?2 AND ends <= ?3";
static const char OPEN[] = "SELECT state FROM pending WHERE hash = ?1";
static const char USE[] = "UPDATE pending SET tries = tries - 1 WHERE hash = ?1";
static const char SPENT[] = "DELETE FROM pending WHERE hash = ?1 AND tries <= 0";
static const char DELETE[] = "DELETE FROM pending WHERE hash = ?1";

static sqlite3_stmt *of_hash(struct session_file *f, const char *sql,
                             const struct factor_pending *p, struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, sql, e);
    if (s)
        sqlite3_bind_blob(s, 1, p->hash, sizeof p->hash, SQLITE_STATIC);
    return s;
}

static bool run(struct session_file *f, sqlite3_stmt *s, struct err *e) {
    return s && session_file_step(f, s, "written", e) == SQLITE_DONE;
}

bool factor_pending_purge(struct session_file *f, int64_t now_s, struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, PURGE, e);
    if (s) {
        sqlite3_bind_int64(s, 1, now_s);
        sqlite3_bind_int64(s, 2, now_s + FACTOR_PENDING_S);
    }
    return run(f, s, e);
}

/* For this name in the browser, host and person alone. */
static void add_purpose(struct buf *out, const struct factor_pending *p) {
    buf_init(out, sizeof *p + PURPOSE_MAX);
    buf_printf(out, "kerbgate pending 1 %s%c%s%c%s%c", p->provider, 0, p->account, 0, p->host, 0);
    buf_add(out, str_n((const char *)p->hash, sizeof p->hash));
}

static char *write_state(const struct identity *who) {
    struct buf own;
    buf_init(&own, STATE_MAX);
    encode_base64(&own, str_n((const char *)who->own_ticket, who->own_ticket_size));
    json_t *state = json_pack("{s:s,s:s,s:s,s:s%,s:I}", "subject", who->subject, "principal",
                              who->principal, "claims", who->claims, "own", buf_str(&own).p,
                              buf_size(&own), "own_ends", (json_int_t)who->own_ends_s);
    char *text = state && !own.failed ? json_dumps(state, JSON_COMPACT) : NULL;
    json_decref(state);
    buf_fini(&own);
    return text;
}

static bool seal(const unsigned char *key, const struct factor_pending *p,
                 const struct identity *who, struct buf *out) {
    struct buf purpose;
    add_purpose(&purpose, p);
    char *text = write_state(who);
    bool is_sealed =
        text && !purpose.failed && secret_box_close(key, buf_str(&purpose), str_of(text), out);
    free(text);
    buf_fini(&purpose);
    return is_sealed;
}

static bool has_room(struct session_file *f, struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, COUNT, e);
    if (!s || session_file_step(f, s, "read", e) != SQLITE_ROW)
        return false;
    int64_t rows = sqlite3_column_int64(s, 0);
    session_file_reset(s);
    return rows < FACTOR_PENDING_MAX ||
           err_set(e, ERR_BUSY,
                   "%d people have shown a password and not yet a code, and more may "
                   "not",
                   FACTOR_PENDING_MAX);
}

static bool trim(struct session_file *f, const struct factor_pending *p, struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, TRIM, e);
    if (s) {
        sqlite3_bind_text(s, 1, p->provider, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, p->account, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 3, FACTOR_PENDING_PER_PERSON - 1);
    }
    return run(f, s, e);
}

bool factor_pending_insert(struct session_file *f, const unsigned char *key,
                           const struct factor_pending *p, const struct identity *who,
                           struct err *e) {
    struct buf sealed;
    if (!trim(f, p, e) || !has_room(f, e))
        return false;
    buf_init(&sealed, STATE_MAX);
    bool is_in = seal(key, p, who, &sealed);
    if (!is_in)
        err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
    sqlite3_stmt *s = is_in ? of_hash(f, INSERT, p, e) : NULL;
    if (s) {
        sqlite3_bind_text(s, 2, p->provider, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, p->account, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 4, p->host, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 5, p->ends_s);
        sqlite3_bind_int64(s, 6, p->tries);
        sqlite3_bind_blob(s, 7, buf_str(&sealed).p, (int)buf_size(&sealed), SQLITE_STATIC);
    }
    is_in = run(f, s, e);
    buf_fini(&sealed);
    return is_in;
}

static bool read_text(sqlite3_stmt *s, int column, char *out, size_t size) {
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text && (size_t)snprintf(out, size, "%s", text) < size;
}

enum factor_found factor_pending_load(struct session_file *f, struct factor_pending *p,
                                      int64_t now_s, struct err *e) {
    sqlite3_stmt *s = of_hash(f, LOAD, p, e);
    if (s) {
        sqlite3_bind_int64(s, 2, now_s);
        sqlite3_bind_int64(s, 3, now_s + FACTOR_PENDING_S);
    }
    int found = s ? session_file_step(f, s, "read", e) : SQLITE_ERROR;
    if (found != SQLITE_ROW)
        return found == SQLITE_DONE ? FACTOR_NONE : FACTOR_FAILED;
    bool is_whole = read_text(s, 0, p->provider, sizeof p->provider) &&
                    read_text(s, 1, p->account, sizeof p->account) &&
                    read_text(s, 2, p->host, sizeof p->host);
    p->ends_s = sqlite3_column_int64(s, 3);
    p->tries = (unsigned)sqlite3_column_int64(s, 4);
    session_file_reset(s);
    return is_whole ? FACTOR_FOUND : FACTOR_NONE;
}

static bool read_state(struct str text, const char *provider, struct identity *who) {
    const char *own = "";
    size_t own_n = 0;
    json_int_t own_ends = 0;
    struct identity w = {.provider = (char *)provider};
    struct buf ticket;
    json_t *state = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    buf_init_secret(&ticket, STATE_MAX);
    bool is_read = state &&
                   json_unpack(state, "{s:s,s:s,s:s,s:s%,s:I}", "subject", &w.subject, "principal",
                               &w.principal, "claims", &w.claims, "own", &own, &own_n, "own_ends",
                               &own_ends) == 0 &&
                   decode_base64(&ticket, str_n(own, own_n));
    if (is_read && own_n > 0) {
        w.own_ticket = (unsigned char *)buf_str(&ticket).p;
        w.own_ticket_size = buf_size(&ticket);
        w.own_ends_s = own_ends;
    }
    is_read = is_read && identity_copy(who, &w);
    buf_fini(&ticket);
    json_decref(state);
    return is_read;
}

bool factor_pending_open(struct session_file *f, const unsigned char *key,
                         const struct factor_pending *p, struct identity *who, struct err *e) {
    struct buf purpose, plain;
    sqlite3_stmt *s = of_hash(f, OPEN, p, e);
    int found = s ? session_file_step(f, s, "read", e) : SQLITE_ERROR;
    if (found != SQLITE_ROW && found != SQLITE_DONE)
        return false;
    struct str sealed = str_n(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
    add_purpose(&purpose, p);
    buf_init_secret(&plain, STATE_MAX);
    bool is_open = !purpose.failed && secret_box_open(key, buf_str(&purpose), sealed, &plain) &&
                   read_state(buf_str(&plain), p->provider, who);
    buf_fini(&plain);
    buf_fini(&purpose);
    session_file_reset(s);
    return is_open || err_set(e, ERR_FACTOR_STATE,
                              "what waited for a code of %s was sealed with another key, or was "
                              "changed",
                              p->account);
}

bool factor_pending_use(struct session_file *f, const struct factor_pending *p, struct err *e) {
    return run(f, of_hash(f, USE, p, e), e) && run(f, of_hash(f, SPENT, p, e), e);
}

bool factor_pending_delete(struct session_file *f, const struct factor_pending *p, struct err *e) {
    return run(f, of_hash(f, DELETE, p, e), e);
}
