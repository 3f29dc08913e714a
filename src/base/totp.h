/* SPDX-License-Identifier: Apache-2.0
 *
 * Time-based one-time passwords (RFC 6238): the codes that an authenticator shows, which it and we
 * compute from one secret and the time. Nothing here keeps or prints anything. Any thread.
 */
#pragma once
#include "base/buf.h"
#include "base/secret_mac.h"

enum {
    TOTP_STEP_S = 30, /* a code is of one step since 1970 */
    TOTP_SKEW = 1,    /* steps that the two clocks may be apart (RFC 6238 5.2) */
    TOTP_SECRET_MAX = 32,
    TOTP_DIGITS_MAX = 8,
};

struct totp {
    enum secret_mac digest;
    unsigned digits; /* 6 or 8 */
    struct str secret;
};

/* How long a new secret is: as long as the digest (RFC 4226 4, R6; RFC 6238 5.1). */
size_t totp_secret_size(enum secret_mac digest);
/* The code of a step, with a NUL. */
void totp_code(const struct totp *t, int64_t step, char out[TOTP_DIGITS_MAX + 1]);

enum totp_verdict { TOTP_WRONG, TOTP_RIGHT, TOTP_USED };
/* Is `code` that of now, or of a step beside it? Not when it is of the step `last` or an earlier
 * one: TOTP_USED. `*step` is the one that it is of. In time that does not depend on what fits. */
enum totp_verdict totp_judge(const struct totp *t, struct str code, int64_t now_s, int64_t last,
                             int64_t *step);
/* What was typed, as digits: blanks, which authenticators show, go. False, with `out` empty, when
 * it is not a code of 6 or 8 digits. */
bool totp_read(struct str typed, char out[TOTP_DIGITS_MAX + 1]);
/* "otpauth://totp/ISSUER:ACCOUNT?secret=…", which authenticators take in (Key Uri Format). */
void totp_uri(struct buf *out, const struct totp *t, struct str issuer, struct str account);
