/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: a store in a folder of its own, and what the log said.
 */
#pragma once
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "events/activity.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct place {
    char folder[64], store[96];
    int log_fd, stderr_fd;
    char log[1 << 20];
};

static inline int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/events_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->store, sizeof p->store, "%s/state.db", p->folder);
    p->log_fd = memfd_create("log", MFD_CLOEXEC);
    /* Two threads write lines: without this, one could write over the other's. */
    assert_int_equal(fcntl(p->log_fd, F_SETFL, O_APPEND), 0);
    p->stderr_fd = dup(STDERR_FILENO);
    dup2(p->log_fd, STDERR_FILENO);
    *state = p;
    return 0;
}

static inline int place_remove(void **state) {
    static const char *const TAILS[] = {"", "-wal", "-shm"};
    struct place *p = *state;
    dup2(p->stderr_fd, STDERR_FILENO);
    close(p->stderr_fd);
    close(p->log_fd);
    for (size_t i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", p->store, TAILS[i]);
        unlink(name);
    }
    rmdir(p->folder);
    free(p);
    return 0;
}

/* All that was logged so far. */
static inline const char *place_log(struct place *p) {
    ssize_t n = pread(p->log_fd, p->log, sizeof p->log - 1, 0);
    assert_true(n >= 0);
    p->log[n] = 0;
    return p->log;
}

static inline sqlite3 *place_connect(const struct place *p) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(p->store, &db), SQLITE_OK);
    return db;
}

static inline void place_run(sqlite3 *db, const char *sql) {
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
}

static inline int64_t place_number(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return n;
}

/* A request that got no ticket. */
static inline struct activity refused_request(void) {
    struct activity a;
    activity_begin(&a);
    activity_text(a.app, sizeof a.app, STR("hr"));
    activity_text(a.user, sizeof a.user, STR("alice@CORP.EXAMPLE"));
    activity_text(a.client, sizeof a.client, STR("203.0.113.7"));
    activity_text(a.method, sizeof a.method, STR("GET"));
    activity_text(a.host, sizeof a.host, STR("hr.example.com"));
    activity_text(a.path, sizeof a.path, STR("/list"));
    activity_text(a.claim, sizeof a.claim, STR("email"));
    activity_text(a.claim_value, sizeof a.claim_value, STR("alice"));
    activity_text(a.principal, sizeof a.principal, STR("alice"));
    activity_text(a.realm, sizeof a.realm, STR("CORP.EXAMPLE"));
    activity_text(a.spn, sizeof a.spn, STR("HTTP/hr.corp.example"));
    activity_text(a.kdc, sizeof a.kdc, STR("10.0.0.10:88"));
    a.kdc_us = 11800;
    a.step_us[ACTIVITY_HEAD] = 300;
    a.step_us[ACTIVITY_SESSION] = 100;
    a.step_us[ACTIVITY_TICKET] = 12400;
    a.total_us = 12900;
    a.status = 502;
    a.bytes_out = 1234;
    err_set(&a.err, ERR_KRB_NOT_DELEGATED, "svc-kerbgate may not delegate to %s", a.spn);
    err_hint(&a.err, "samba-tool delegation add-service svc-kerbgate %s", a.spn);
    a.err.kdc = (struct err_kdc){.code = 13, .nt_status = 0xC00000BB, .step = "S4U2Proxy"};
    return a;
}
