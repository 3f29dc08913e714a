/* SPDX-License-Identifier: Apache-2.0
 *
 * Authenticators count once (RFC 4120 3.2.3, 10): each that was good is remembered, by the hash of
 * what was sent, until the clocks alone refuse it. What a broker before this one has seen is not
 * known here, so that one from before our start is refused. Any thread.
 */
#pragma once
#include "base/str.h"

#include <stdint.h>

enum {
    REPLAY_SKEW_S = 300, /* by how much the client's clock may differ from ours */
    REPLAY_MAX = 65536,  /* authenticators; in twice REPLAY_SKEW_S more are refused */
};

enum replay_verdict {
    REPLAY_NEW,
    REPLAY_SEEN,    /* it came before */
    REPLAY_EARLIER, /* it was made before we began */
    REPLAY_SKEWED,  /* it is older, or newer, than it may be */
    REPLAY_FULL,    /* nothing more can be remembered now */
};

struct replay;
/* NULL: memory. */
struct replay *replay_new(int64_t now_ms);
/* NULL is allowed. */
void replay_free(struct replay *r);
/* An authenticator as it was sent, encrypted, and what its client's clock said when it was made, in
 * milliseconds, as a moment counts in which we began. */
enum replay_verdict replay_judge(struct replay *r, struct str authenticator, int64_t made_ms,
                                 int64_t now_ms);
