/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/token_int.h"

#include <stdio.h>

static const struct str SIGNATURE = STR("NTLMSSP\0");

enum {
    FLAG_UNICODE = 0x00000001,
    FLAG_DOMAIN = 0x00001000,      /* OEM_DOMAIN_SUPPLIED */
    FLAG_WORKSTATION = 0x00002000, /* OEM_WORKSTATION_SUPPLIED */
    FLAG_ANONYMOUS = 0x00000800,
    FLAG_VERSION = 0x02000000,
    FIELD_SIZE = 8, /* Len, MaxLen, BufferOffset */
    VERSION_SIZE = 8,
    PAIRS_MAX = 32,
};

/* MS-NLMP 2.2.2.5 */
static const struct bit_word FLAGS[] = {
    {0x00000001, "unicode"},
    {0x00000002, "oem"},
    {0x00000004, "request-target"},
    {0x00000010, "sign"},
    {0x00000020, "seal"},
    {0x00000040, "datagram"},
    {0x00000080, "lm-key"},
    {0x00000200, "ntlm"},
    {0x00000800, "anonymous"},
    {0x00001000, "domain-supplied"},
    {0x00002000, "workstation-supplied"},
    {0x00008000, "always-sign"},
    {0x00010000, "target-is-domain"},
    {0x00020000, "target-is-server"},
    {0x00080000, "extended-session-security"},
    {0x00100000, "identify"},
    {0x00400000, "request-non-nt-session-key"},
    {0x00800000, "target-info"},
    {0x02000000, "version"},
    {0x20000000, "128-bit"},
    {0x40000000, "key-exchange"},
    {0x80000000, "56-bit"},
};

bool token_is_ntlm(struct str in) {
    return str_starts(in, SIGNATURE) || (in.n >= 4 && str_starts(SIGNATURE, in));
}

static unsigned u16(struct str in, size_t at) {
    const unsigned char *p = (const unsigned char *)in.p + at;
    return at + 2 > in.n ? 0 : (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(struct str in, size_t at) {
    return u16(in, at) | (uint32_t)u16(in, at + 2) << 16;
}

/* What the field at `at` points to; what lies outside is said to be wrong. */
static struct str payload(struct reading *r, struct str in, size_t at, const char *what) {
    size_t length = u16(in, at), offset = u32(in, at + 4);
    if (at + FIELD_SIZE > in.n || length == 0)
        return STR_NONE;
    if (offset <= in.n && length <= in.n - offset)
        return str_head(str_from(in, offset), length);
    reading_fail(r, "NTLM's %s lies at bytes %zu to %zu of a message that ends after %zu", what,
                 offset, offset + length, in.n);
    r->is_cut = true;
    return STR_NONE;
}

static size_t put_utf8(char *out, unsigned long c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* UTF-16LE, or bytes of an unknown code page, as UTF-8 with a NUL behind it, on one line. */
static void text_of(struct str in, bool is_unicode, char out[KRB_NAME_MAX]) {
    size_t n = 0, step = is_unicode ? 2 : 1;
    for (size_t i = 0; i + step <= in.n && n + 5 < KRB_NAME_MAX; i += step) {
        unsigned long c = is_unicode ? u16(in, i) : (unsigned char)in.p[i];
        unsigned low = is_unicode ? u16(in, i + 2) : 0;
        if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
            i += 2;
        } else if (c >= 0xd800 && c < 0xe000) {
            c = 0xfffd;
        }
        n += c < ' ' ? (size_t)snprintf(out + n, 5, "\\x%02lx", c) : put_utf8(out + n, c);
    }
    out[n] = 0;
}

static void tell_flags(struct telling *t, uint32_t flags) {
    tell_bits(t, "flags", "flags", flags, FLAGS, sizeof FLAGS / sizeof *FLAGS);
}

/* MS-NLMP 2.2.2.10 */
static void tell_version(struct telling *t, struct str in, size_t at, uint32_t flags) {
    if (!(flags & FLAG_VERSION) || at + VERSION_SIZE > in.n)
        return;
    unsigned major = (unsigned char)in.p[at], minor = (unsigned char)in.p[at + 1];
    tell_words(t, "version", "version", "Windows %u.%u, build %u", major, minor, u16(in, at + 2));
}

/* `label` NULL: only kept. */
static void tell_field(struct telling *t, const char *key, const char *label, struct str bytes,
                       bool is_unicode, char out[KRB_NAME_MAX]) {
    text_of(bytes, is_unicode, out);
    if (out[0])
        tell_text(t, key, label, str_of(out));
}

/* AV_PAIR, MS-NLMP 2.2.2.1. What names somebody is told; times and hashes are not. */
static void tell_pairs(struct telling *t, struct str in) {
    enum { END = 0, FLAGS_PAIR = 6, BINDINGS = 10, NAMES = 9 };
    static const char *const KEYS[NAMES + 1] = {
        NULL,         "computer", "domain", "dns_computer", "dns_domain",
        "dns_forest", NULL,       NULL,     NULL,           "spn"};
    static const char *const LABELS[NAMES + 1] = {
        NULL, "computer", "domain", "computer in DNS",          "domain in DNS", "forest in DNS",
        NULL, NULL,       NULL,     "SPN that the client means"};
    static const char NO_BINDINGS[16];
    for (unsigned i = 0; in.n >= 4 && i < PAIRS_MAX; i++) {
        unsigned id = u16(in, 0), length = u16(in, 2);
        struct str value = str_head(str_from(in, 4), length);
        char text[KRB_NAME_MAX];
        if (id == END || value.n < length)
            return;
        if (id <= NAMES && KEYS[id]) {
            tell_field(t, KEYS[id], LABELS[id], value, true, text);
        } else if (id == BINDINGS) {
            bool is_bound = !str_eq(value, str_n(NO_BINDINGS, sizeof NO_BINDINGS));
            tell_bool(t, "channel_bindings", "bound to the TLS connection", is_bound);
        } else if (id == FLAGS_PAIR) {
            tell_bool(t, "has_mic", "signed (MIC)", u32(value, 0) & 2);
        }
        in = str_from(in, 4 + length);
    }
}

/* MS-NLMP 2.2.1.1: flags 12, domain 16, workstation 24, version 32. Names are of the OEM's. */
static void tell_negotiate(struct telling *t, struct str in, struct token *out) {
    struct reading *r = &out->reading;
    uint32_t flags = u32(in, 12);
    out->kind = TOKEN_NTLM_NEGOTIATE;
    tell_flags(t, flags);
    if (flags & FLAG_DOMAIN)
        tell_field(t, "domain", "domain", payload(r, in, 16, "domain"), false, out->domain);
    if (flags & FLAG_WORKSTATION)
        tell_field(t, "workstation", "workstation", payload(r, in, 24, "workstation"), false,
                   out->workstation);
    tell_version(t, in, 32, flags);
    if (in.n < 16)
        reading_fail(r, "the NTLM message ends after %zu of at least 16 bytes", in.n);
}

/* MS-NLMP 2.2.1.2: target 12, flags 20, challenge 24, target info 40, version 48 */
static void tell_challenge(struct telling *t, struct str in, struct token *out) {
    struct reading *r = &out->reading;
    uint32_t flags = u32(in, 20);
    out->kind = TOKEN_NTLM_CHALLENGE;
    tell_flags(t, flags);
    tell_field(t, "target", "target", payload(r, in, 12, "target"), flags & FLAG_UNICODE,
               out->target);
    tell_pairs(t, payload(r, in, 40, "target's description"));
    tell_version(t, in, 48, flags);
    if (in.n < 32)
        reading_fail(r, "the NTLM message ends after %zu of at least 32 bytes", in.n);
}

/* MS-NLMP 2.2.1.3: LM response 12, NT response 20, domain 28, user 36, workstation 44, key 52,
 * flags 60, version 64 */
static void tell_authenticate(struct telling *t, struct str in, struct token *out) {
    enum { NT_RESPONSE_V1 = 24, PAIRS_AT = 16 + 28 }; /* 2.2.2.7: behind proof and client's part */
    struct reading *r = &out->reading;
    uint32_t flags = u32(in, 60);
    bool is_unicode = flags & FLAG_UNICODE;
    struct str lm = payload(r, in, 12, "LM response"), nt = payload(r, in, 20, "NT response");
    out->kind = TOKEN_NTLM_AUTHENTICATE;
    tell_field(t, "domain", "domain", payload(r, in, 28, "domain"), is_unicode, out->domain);
    tell_field(t, "user", "user", payload(r, in, 36, "user"), is_unicode, out->user);
    tell_field(t, "workstation", "workstation", payload(r, in, 44, "workstation"), is_unicode,
               out->workstation);
    out->is_anonymous = nt.n == 0 && !out->user[0];
    if (out->is_anonymous)
        tell_bool(t, "anonymous", "anonymous", true);
    tell_size(t, "lm_response_size", "LM response", lm.n);
    tell_size(t, "nt_response_size", "NT response", nt.n);
    if (nt.n > 0)
        tell_text(t, "ntlm_version", "kind of response",
                  nt.n > NT_RESPONSE_V1 ? STR("NTLMv2") : STR("NTLMv1"));
    if (nt.n > PAIRS_AT)
        tell_pairs(t, str_from(nt, PAIRS_AT));
    tell_flags(t, flags);
    tell_version(t, in, 64, flags);
    if (in.n < 64)
        reading_fail(r, "the NTLM message ends after %zu of at least 64 bytes", in.n);
}

void token_tell_ntlm(struct telling *t, struct str in, struct token *out) {
    enum { TYPE_AT = 8 };
    if (in.n < TYPE_AT + 4) {
        out->kind = TOKEN_OTHER;
        tell_text(t, "ntlm", "NTLM", STR("cut off before its type"));
        reading_fail(&out->reading, "the NTLM message ends after %zu of at least 16 bytes", in.n);
        return;
    }
    uint32_t type = u32(in, TYPE_AT);
    tell_int(t, "ntlm_type", "NTLM, type", type);
    if (type == 1) {
        tell_negotiate(t, in, out);
    } else if (type == 2) {
        tell_challenge(t, in, out);
    } else if (type == 3) {
        tell_authenticate(t, in, out);
    } else {
        out->kind = TOKEN_OTHER;
        reading_fail(&out->reading, "an NTLM message of type %u, and there are 1, 2 and 3", type);
    }
}
