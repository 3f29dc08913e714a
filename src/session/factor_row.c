/* SPDX-License-Identifier: Apache-2.0 */
#include "session/factor_row.h"

#include "base/secret.h"

/* Sealed: digest, digits, secret. */
enum { HEAD = 2, PURPOSE_MAX = 2048 };

static const char LOAD[] = "SELECT secret, made, used, last_step, failed, failed_since "
                           "FROM factors WHERE provider = ?1 AND account = ?2";
static const char NOTE[] = "UPDATE factors SET used = ?3, last_step = ?4, failed = ?5, "
                           "failed_since = ?6 WHERE provider = ?1 AND account = ?2";
static const char INSERT[] = "INSERT INTO factors (provider, account, secret, made) "
                             "VALUES (?1, ?2, ?3, ?4)";
static const char DELETE[] = "DELETE FROM factors WHERE provider = ?1 AND account = ?2 RETURNING 1";
static const char DELETE_PENDING[] = "DELETE FROM pending WHERE provider = ?1 AND account = ?2";
static const char EACH[] = "SELECT provider, account, made, used FROM factors "
                           "ORDER BY provider, account LIMIT ?1";

bool factor_account(struct str principal, char out[FACTOR_ACCOUNT_SIZE]) {
    size_t at = principal.n;
    out[0] = 0;
    while (at > 0 && principal.p[at - 1] != '@')
        at--;
    if (principal.n >= FACTOR_ACCOUNT_SIZE || at < 2)
        return false;
    for (size_t i = 0; i < principal.n; i++)
        out[i] = i < at ? str_lower(principal.p[i]) : principal.p[i];
    out[principal.n] = 0;
    return true;
}

static sqlite3_stmt *prepare(struct session_file *f, const char *sql, const struct factor_whose *w,
                             struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, sql, e);
    if (s) {
        sqlite3_bind_text(s, 1, w->provider, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, w->account, -1, SQLITE_STATIC);
    }
    return s;
}

/* Neither name has a NUL in it. */
static void add_purpose(struct buf *out, const struct factor_whose *w) {
    buf_init(out, PURPOSE_MAX);
    buf_printf(out, "kerbgate second factor 1 %s%c%s", w->provider, 0, w->account);
}

static bool is_whole(struct str plain, struct factor *out) {
    if (plain.n < HEAD || (unsigned char)plain.p[0] > SECRET_MAC_SHA256 ||
        (plain.p[1] != 6 && plain.p[1] != 8))
        return false;
    out->digest = (enum secret_mac)plain.p[0];
    out->digits = (unsigned)plain.p[1];
    if (plain.n != HEAD + totp_secret_size(out->digest))
        return false;
    memcpy(out->secret, plain.p + HEAD, plain.n - HEAD);
    return true;
}

static bool unseal(const unsigned char *key, const struct factor_whose *w, struct str sealed,
                   struct factor *out, struct err *e) {
    struct buf purpose, plain;
    add_purpose(&purpose, w);
    buf_init_secret(&plain, sealed.n + 1);
    bool is_read = !purpose.failed && secret_box_open(key, buf_str(&purpose), sealed, &plain) &&
                   is_whole(buf_str(&plain), out);
    buf_fini(&plain);
    buf_fini(&purpose);
    if (is_read)
        return true;
    err_set(e, ERR_FACTOR_UNREADABLE,
            "the second factor of %s at %s was sealed with another key, or was changed", w->account,
            w->provider);
    err_hint(e, "Put the key file back that it was made with (second_factor.key_file), or make a "
                "new one: kerbgate totp remove, then enroll");
    return false;
}

enum factor_found factor_row_load(struct session_file *f, const unsigned char *key,
                                  const struct factor_whose *w, struct factor *out, struct err *e) {
    sqlite3_stmt *s = prepare(f, LOAD, w, e);
    int found = s ? session_file_step(f, s, "read", e) : SQLITE_ERROR;
    if (found != SQLITE_ROW)
        return found == SQLITE_DONE ? FACTOR_NONE : FACTOR_FAILED;
    bool is_read = true;
    if (key) {
        struct str sealed = str_n(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        out->made_s = sqlite3_column_int64(s, 1);
        out->used_s = sqlite3_column_int64(s, 2);
        out->last_step = sqlite3_column_int64(s, 3);
        out->failed = (unsigned)sqlite3_column_int64(s, 4);
        out->failed_since_s = sqlite3_column_int64(s, 5);
        is_read = unseal(key, w, sealed, out, e);
    }
    session_file_reset(s);
    return is_read ? FACTOR_FOUND : FACTOR_FAILED;
}

bool factor_row_note(struct session_file *f, const struct factor_whose *w, const struct factor *n,
                     struct err *e) {
    sqlite3_stmt *s = prepare(f, NOTE, w, e);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 3, n->used_s);
    sqlite3_bind_int64(s, 4, n->last_step);
    sqlite3_bind_int64(s, 5, n->failed);
    sqlite3_bind_int64(s, 6, n->failed_since_s);
    return session_file_step(f, s, "written", e) == SQLITE_DONE;
}

static bool insert(struct session_file *f, const struct factor_whose *w, struct str sealed,
                   int64_t made_s, struct err *e) {
    sqlite3_stmt *s = prepare(f, INSERT, w, e);
    if (!s)
        return false;
    sqlite3_bind_blob(s, 3, sealed.p, (int)sealed.n, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, made_s);
    return session_file_step(f, s, "written", e) == SQLITE_DONE;
}

enum factor_found factor_row_insert(struct session_file *f, const unsigned char *key,
                                    const struct factor_whose *w, const struct factor *n,
                                    struct err *e) {
    char head[HEAD] = {(char)n->digest, (char)n->digits};
    struct buf purpose, plain, sealed;
    enum factor_found found = factor_row_load(f, NULL, w, NULL, e);
    if (found != FACTOR_NONE)
        return found;
    add_purpose(&purpose, w);
    buf_init_secret(&plain, HEAD + TOTP_SECRET_MAX);
    buf_init(&sealed, HEAD + TOTP_SECRET_MAX + SECRET_BOX_MORE);
    buf_add(&plain, str_n(head, sizeof head));
    buf_add(&plain, str_n((const char *)n->secret, totp_secret_size(n->digest)));
    bool is_in = !purpose.failed && !plain.failed &&
                 secret_box_close(key, buf_str(&purpose), buf_str(&plain), &sealed);
    if (!is_in)
        err_set(e, ERR_NO_MEMORY, "no memory for a second factor");
    is_in = is_in && insert(f, w, buf_str(&sealed), n->made_s, e);
    buf_fini(&sealed);
    buf_fini(&plain);
    buf_fini(&purpose);
    return is_in ? FACTOR_NONE : FACTOR_FAILED;
}

enum factor_found factor_row_delete(struct session_file *f, const struct factor_whose *w,
                                    struct err *e) {
    sqlite3_stmt *s = prepare(f, DELETE, w, e);
    int found = s ? session_file_step(f, s, "written", e) : SQLITE_ERROR;
    if (found != SQLITE_ROW)
        return found == SQLITE_DONE ? FACTOR_NONE : FACTOR_FAILED;
    session_file_reset(s);
    s = prepare(f, DELETE_PENDING, w, e);
    return s && session_file_step(f, s, "written", e) == SQLITE_DONE ? FACTOR_FOUND : FACTOR_FAILED;
}

bool factor_row_each(struct session_file *f,
                     void (*each)(void *user, const struct factor_whose *w, const struct factor *n),
                     void *user, struct err *e) {
    sqlite3_stmt *s = session_file_statement(f, EACH, e);
    int found = SQLITE_ERROR;
    if (s)
        sqlite3_bind_int64(s, 1, FACTOR_LISTED_MAX);
    while (s && (found = session_file_step(f, s, "read", e)) == SQLITE_ROW) {
        struct factor n = {.made_s = sqlite3_column_int64(s, 2),
                           .used_s = sqlite3_column_int64(s, 3)};
        struct factor_whose w = {(const char *)sqlite3_column_text(s, 0),
                                 (const char *)sqlite3_column_text(s, 1)};
        each(user, &w, &n);
    }
    return found == SQLITE_DONE;
}
