/* SPDX-License-Identifier: Apache-2.0 */
#include "events/activity.h"

#include "base/clock.h"
#include "base/secret.h"

static const char *const STEP_NAMES[ACTIVITY_STEPS] = {
    [ACTIVITY_HEAD] = "head",     [ACTIVITY_SESSION] = "session",
    [ACTIVITY_TICKET] = "ticket", [ACTIVITY_CONNECT] = "connect",
    [ACTIVITY_MINT] = "mint",     [ACTIVITY_RESPONSE] = "response",
    [ACTIVITY_BODY] = "body",
};

enum { ID_BYTES = 16, IDS_AT_ONCE = 64 };

/* Random bytes for one id. Asked for in a lot, because each question is a system call; an id is no
 * secret, so that the lot may lie in memory. */
static const unsigned char *random_bytes(void) {
    static _Thread_local unsigned char lot[IDS_AT_ONCE][ID_BYTES];
    static _Thread_local size_t left;
    if (left == 0) {
        secret_random(lot, sizeof lot);
        left = IDS_AT_ONCE;
    }
    return lot[--left];
}

static void make_id(char id[ACTIVITY_ID_SIZE]) {
    unsigned char b[ID_BYTES];
    memcpy(b, random_bytes(), sizeof b);
    b[6] = (b[6] & 0x0f) | 0x40; /* version 4 (RFC 9562 section 5.4) */
    b[8] = (b[8] & 0x3f) | 0x80; /* variant (section 4.1) */
    static const size_t GROUPS[] = {4, 2, 2, 2, 6};
    const unsigned char *from = b;
    for (size_t i = 0; i < sizeof GROUPS / sizeof *GROUPS; i++) {
        for (const unsigned char *end = from + GROUPS[i]; from < end; from++) {
            *id++ = "0123456789abcdef"[*from >> 4];
            *id++ = "0123456789abcdef"[*from & 0x0f];
        }
        *id++ = '-';
    }
    id[-1] = 0;
}

void activity_begin(struct activity *a) {
    memset(a, 0, sizeof *a);
    make_id(a->id);
    a->started_ms = clock_wall_ms();
    a->started_us = clock_mono_us();
    a->kdc_us = -1;
    for (size_t i = 0; i < ACTIVITY_STEPS; i++)
        a->step_us[i] = -1;
}

void activity_step(struct activity *a, enum activity_step step, int64_t *since_us) {
    int64_t now = clock_mono_us();
    int64_t before = a->step_us[step] < 0 ? 0 : a->step_us[step];
    a->step_us[step] = before + (now - *since_us);
    *since_us = now;
}

void activity_text(char *field, size_t size, struct str text) {
    size_t n = text.n;
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
            n--; /* text.p[n], the first byte left out, must begin a character */
    }
    if (n > 0)
        memcpy(field, text.p, n);
    for (char *nul; (nul = memchr(field, 0, n));)
        *nul = '?';
    field[n] = 0;
}

const char *activity_step_name(enum activity_step step) { return STEP_NAMES[step]; }

static enum activity_step last_step(const struct activity *a) {
    enum activity_step last = ACTIVITY_HEAD;
    for (enum activity_step i = ACTIVITY_HEAD; i < ACTIVITY_STEPS; i++)
        if (a->step_us[i] >= 0)
            last = i;
    return last;
}

/* A step that failed may have its time or not; the error knows better where it belongs. */
enum activity_step activity_failed_step(const struct activity *a) {
    switch (a->err.code) {
    case ERR_NONE:
        return ACTIVITY_STEPS;
    case ERR_SIGN_IN_REQUIRED:
    case ERR_SIGN_IN_REFUSED:
    case ERR_SIGN_IN_MUST_CHANGE:
    case ERR_SIGN_IN_REVOKED:
    case ERR_SIGN_IN_THROTTLED:
    case ERR_SIGN_IN_KDC_FALSE:
    case ERR_SIGN_IN_UNAVAILABLE:
    case ERR_SIGN_IN_SILENT:
    case ERR_SIGN_IN_FORGED:
    case ERR_STORE:
    case ERR_FORBIDDEN:
        return ACTIVITY_SESSION;
    case ERR_CLAIM_MISSING:
    case ERR_BROKER_DOWN:
    case ERR_KRB_CONNECTOR:
    case ERR_KRB_KDC_UNREACHABLE:
    case ERR_KRB_CLOCK_SKEW:
    case ERR_KRB_USER_UNKNOWN:
    case ERR_KRB_USER_AMBIGUOUS:
    case ERR_KRB_USER_REVOKED:
    case ERR_KRB_USER_DENIED:
    case ERR_KRB_GROUPS_UNKNOWN:
    case ERR_DIRECTORY:
    case ERR_KRB_NOT_FORWARDABLE:
    case ERR_KRB_NOT_DELEGATED:
    case ERR_KRB_WRONG_CLIENT:
    case ERR_KRB_ENCTYPE:
    case ERR_KRB_POLICY:
    case ERR_KRB_OTHER:
    case ERR_KRB_SPN_NOT_ALLOWED:
    case ERR_KRB_SPN_UNKNOWN:
        return ACTIVITY_TICKET;
    case ERR_BACKEND_HEAD_TOO_LARGE:
    case ERR_BACKEND_REFUSED_TICKET:
        return ACTIVITY_RESPONSE;
    case ERR_BACKEND_UNREACHABLE:
    case ERR_BACKEND_TLS:
        return ACTIVITY_CONNECT;
    case ERR_BACKEND_PROTOCOL:
    case ERR_BACKEND_CLOSED:
    case ERR_BACKEND_TIMEOUT:
        return a->step_us[ACTIVITY_CONNECT] < 0    ? ACTIVITY_CONNECT
               : a->step_us[ACTIVITY_RESPONSE] < 0 ? ACTIVITY_RESPONSE
                                                   : ACTIVITY_BODY;
    default:
        return last_step(a);
    }
}

const char *activity_ticket(const struct activity *a) {
    if (a->step_us[ACTIVITY_TICKET] < 0 || activity_failed_step(a) == ACTIVITY_TICKET)
        return "-";
    return a->is_ticket_cached ? "cached" : "new";
}

bool activity_id_read(char id[ACTIVITY_ID_SIZE], struct str text) {
    id[0] = 0;
    if (text.n != ACTIVITY_ID_SIZE - 1)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = str_lower(text.p[i]);
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? c != '-' : str_hex_digit(c) < 0) {
            id[0] = 0;
            return false;
        }
        id[i] = c;
    }
    id[text.n] = 0;
    return true;
}
