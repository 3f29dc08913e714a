/* SPDX-License-Identifier: Apache-2.0 */
#include "base/totp.h"

#include "base/encode.h"
#include "base/secret.h"

#include <stdio.h>

size_t totp_secret_size(enum secret_mac digest) { return digest == SECRET_MAC_SHA1 ? 20 : 32; }

/* RFC 4226 5.3 */
void totp_code(const struct totp *t, int64_t step, char out[TOTP_DIGITS_MAX + 1]) {
    static const uint32_t POWERS[] = {1000000, 10000000, 100000000};
    unsigned char mac[SECRET_MAC_MAX], counter[8];
    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    size_t n = secret_mac(t->digest, t->secret, str_n((const char *)counter, sizeof counter), mac);
    const unsigned char *at = mac + (mac[n - 1] & 15);
    uint32_t number = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
                      (uint32_t)at[2] << 8 | (uint32_t)at[3];
    snprintf(out, TOTP_DIGITS_MAX + 1, "%0*u", (int)t->digits, number % POWERS[t->digits - 6]);
    secret_wipe(mac, sizeof mac);
}

enum totp_verdict totp_judge(const struct totp *t, struct str code, int64_t now_s, int64_t last,
                             int64_t *step) {
    enum totp_verdict verdict = TOTP_WRONG;
    *step = 0;
    for (int64_t s = now_s / TOTP_STEP_S - TOTP_SKEW; s <= now_s / TOTP_STEP_S + TOTP_SKEW; s++) {
        char expected[TOTP_DIGITS_MAX + 1];
        totp_code(t, s, expected);
        bool fits = secret_equal(code, str_of(expected));
        secret_wipe(expected, sizeof expected);
        /* Two steps may have one code: the later one is not used yet. */
        if (fits && verdict != TOTP_RIGHT) {
            verdict = s > last ? TOTP_RIGHT : TOTP_USED;
            *step = s;
        }
    }
    return verdict;
}

bool totp_read(struct str typed, char out[TOTP_DIGITS_MAX + 1]) {
    size_t n = 0;
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];
        if (c == ' ')
            continue;
        if (c < '0' || c > '9' || n == TOTP_DIGITS_MAX) {
            n = 0;
            break;
        }
        out[n++] = c;
    }
    bool is_code = n == 6 || n == 8;
    out[is_code ? n : 0] = 0;
    return is_code;
}

void totp_uri(struct buf *out, const struct totp *t, struct str issuer, struct str account) {
    buf_add(out, STR("otpauth://totp/"));
    encode_query(out, issuer);
    buf_add(out, STR(":"));
    encode_query(out, account);
    buf_add(out, STR("?secret="));
    encode_base32(out, t->secret);
    buf_add(out, STR("&issuer="));
    encode_query(out, issuer);
    buf_printf(out, "&algorithm=%s&digits=%u&period=%d",
               t->digest == SECRET_MAC_SHA1 ? "SHA1" : "SHA256", t->digits, TOTP_STEP_S);
}
