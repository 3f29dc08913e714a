/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session costs when there are many: how long a request looks for its own, and what all of
 * them take of memory and disk.
 *
 *     ninja -C build tests/sessions_bench
 *     build/tests/sessions_bench FOLDER COUNT...
 *
 * For each COUNT it makes a store of its own in FOLDER, and removes it again.
 */
#include "base/clock.h"
#include "base/secret.h"
#include "session/session.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOOKUPS = 200000, COLD_LOOKUPS = 20000, IN_USE = 1000, TOKEN_SIZE = SESSION_TOKEN_SIZE };

#define HOST "hr.example.com"

static const struct session_limits LIMITS = {.idle_s = 3600, .lifetime_s = 43200, .rows = 10000000};

static void check(bool is_fine, const char *what) {
    if (is_fine)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t resident_bytes(void) {
    unsigned long all, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    check(f && fscanf(f, "%lu %lu", &all, &resident) == 2, "/proc/self/statm");
    fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* 43 characters of base64url that name the n-th session. */
static void token_of(unsigned n, char out[TOKEN_SIZE]) {
    snprintf(out, TOKEN_SIZE, "%010uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", n);
}

/* All of them with one write: how they came is not what is measured. */
static void fill(const char *file, unsigned count) {
    struct err e;
    sqlite3 *db;
    sqlite3_stmt *s;
    struct session_store *store = session_store_open(file, LIMITS, &e);
    check(store, e.detail);
    session_store_close(store);
    check(sqlite3_open(file, &db) == SQLITE_OK, "the store cannot be opened");
    sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    sqlite3_prepare_v2(db,
                       "INSERT INTO sessions (hash, host, provider, subject, principal, claims, "
                       "created, last_used) VALUES (?1, '" HOST "', 'staff', ?2, ?2, ?3, ?4, ?4)",
                       -1, &s, NULL);
    for (unsigned i = 0; i < count; i++) {
        char token[TOKEN_SIZE], name[64], claims[512];
        unsigned char hash[SHA256_SIZE];
        token_of(i, token);
        secret_sha256(str_of(token), hash);
        snprintf(name, sizeof name, "user%06u@CORP.EXAMPLE", i);
        snprintf(claims, sizeof claims,
                 "{\"user_principal_name\":\"%s\",\"on_premises_user_principal_name\":\"%s\","
                 "\"on_premises_sam_account_name\":\"user%06u\",\"groups\":[\"HR\"]}",
                 name, name, i);
        sqlite3_bind_blob(s, 1, hash, sizeof hash, SQLITE_TRANSIENT);
        sqlite3_bind_text(s, 2, name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(s, 3, claims, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(s, 4, clock_wall_s());
        check(sqlite3_step(s) == SQLITE_DONE, sqlite3_errmsg(db));
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(db));
    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_close(db);
}

static void on_found(void *user, struct session *session, const struct err *e) {
    check(session && e->code == ERR_NONE, "a session was not found");
    ++*(unsigned *)user;
    session_unref(session);
}

static void look_up(struct session_store *s, uv_loop_t *loop, unsigned n) {
    char token[TOKEN_SIZE];
    unsigned found = 0;
    struct session *session;
    struct session_call *call;
    token_of(n, token);
    enum session_found result =
        session_find(s, loop, str_of(token), STR(HOST), on_found, &found, &session, &call);
    if (result == SESSION_FOUND) {
        session_unref(session);
        return;
    }
    check(result == SESSION_LOADING, "a session is not there");
    uv_run(loop, UV_RUN_DEFAULT);
}

/* Processor microseconds of this thread, and microseconds on the clock. */
static void measure(struct session_store *s, uv_loop_t *loop, unsigned lookups, unsigned among,
                    double out[2]) {
    double processor = seconds_of(CLOCK_THREAD_CPUTIME_ID), wall = seconds_of(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < lookups; i++)
        look_up(s, loop, (unsigned)((i * UINT64_C(2654435761)) % among));
    out[0] = (seconds_of(CLOCK_THREAD_CPUTIME_ID) - processor) * 1e6 / lookups;
    out[1] = (seconds_of(CLOCK_MONOTONIC) - wall) * 1e6 / lookups;
}

static void run(const char *folder, unsigned count) {
    char file[4096], tail[4110];
    struct err e;
    struct stat st;
    uv_loop_t loop;
    double cached[2], cold[2];
    snprintf(file, sizeof file, "%s/sessions-%u.db", folder, count);
    fill(file, count);
    check(stat(file, &st) == 0 && uv_loop_init(&loop) == 0, file);
    size_t before = resident_bytes();
    struct session_store *s = session_store_open(file, LIMITS, &e);
    check(s, e.detail);
    measure(s, &loop, IN_USE, count < IN_USE ? count : IN_USE, cached);
    measure(s, &loop, LOOKUPS, count < IN_USE ? count : IN_USE, cached);
    measure(s, &loop, COLD_LOOKUPS, count, cold);
    for (unsigned i = 0; i < count; i++)
        look_up(s, &loop, i);
    printf("%u sessions: cached %.2f us (processor %.2f), any %.1f us (processor %.1f), "
           "memory %.1f MiB, file %.1f MiB\n",
           count, cached[1], cached[0], cold[1], cold[0],
           (double)(resident_bytes() - before) / (1 << 20), (double)st.st_size / (1 << 20));
    session_store_close(s);
    uv_loop_close(&loop);
    unlink(file);
    for (int i = 0; i < 2; i++) {
        snprintf(tail, sizeof tail, "%s%s", file, i ? "-wal" : "-shm");
        unlink(tail);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: sessions_bench FOLDER COUNT...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++)
        run(argv[1], (unsigned)strtoul(argv[i], NULL, 10));
    return 0;
}
