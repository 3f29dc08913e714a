/* SPDX-License-Identifier: Apache-2.0
 *
 * The one error object. Whoever knows the cause fills it once; the log line, the event, the error
 * page and the doctor print this same object. `detail` says what happened and names the thing;
 * `hint` says what to type next and is empty where nobody can know. Neither ever holds a secret.
 * Plain data, copied by value, safe to send between our own processes.
 */
#pragma once
#include "base/str.h"

enum err_code {
    ERR_NONE = 0,
#define X(symbol, name, event, status, title) ERR_##symbol,
#include "base/err.def"
#undef X
    ERR_COUNT
};

/* What the KDC said, kept from the answer that decided; all zero when no KDC was involved. */
struct err_kdc {
    int32_t code;       /* error-code of the KRB-ERROR (RFC 4120 7.5.9), 0: none */
    uint32_t nt_status; /* NTSTATUS in its e-data (MS-KILE 2.2.2), 0: none */
    char step[24];      /* "AS-REQ", "S4U2Self", …, or empty */
    char address[64];   /* which KDC, "10.0.0.10:88"; the last one tried when none answered; empty:
                           not known */
    int64_t took_us;    /* from the request to the answer, or until it was given up; 0: not known */
};

struct err {
    enum err_code code;
    struct err_kdc kdc;
    char detail[512];
    char hint[768];
};

struct err_info {
    const char *name; /* stable, "krb-not-delegated" */
    int event;        /* number of the event, 0: none */
    int status;       /* HTTP status of the page */
    const char *title;
};

/* The row of err.def; `code` out of range answers the row of ERR_INTERNAL. */
const struct err_info *err_info(enum err_code code);

/* Fills `e` (NULL is allowed) and returns false, so that callers can `return err_set(…)`. Text
 * that does not fit is cut, between two characters. `e` is emptied first: none of the arguments may
 * point into it. */
bool err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Says what to type next. */
void err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
