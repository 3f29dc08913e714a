/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/token_int.h"

#include <stdio.h>

static const struct str SIGNATURE = STR("NEGOEXTS");

enum {
    HEADER_SIZE = 40, /* MS-NEGOEX 2.2.6.2 */
    GUID_SIZE = 16,
    MESSAGES_MAX = 16,
    SCHEMES_MAX = 16,
};

static const char *const TYPES[] = {
    "initiator-nego",
    "acceptor-nego",
    "initiator-metadata",
    "acceptor-metadata",
    "challenge",
    "ap-request",
    "verify",
    "alert",
};

bool token_is_negoex(struct str in) { return str_starts(in, SIGNATURE); }

static uint32_t u32(struct str in, size_t at) {
    const unsigned char *p = (const unsigned char *)in.p + at;
    return at + 4 > in.n
               ? 0
               : (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* MS-DTYP 2.3.4 */
static void guid_text(struct str in, char out[40]) {
    const unsigned char *p = (const unsigned char *)in.p;
    snprintf(out, 40, "%08x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u32(in, 0), p[5],
             p[4], p[7], p[6], p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15]);
}

static void tell_scheme(struct telling *t, struct str guid) {
    static const struct {
        const char *guid, *name;
    } SCHEMES[] = {
        {"235f69ad-73fb-4dbc-8203-0629e739339b", "PKU2U"},
        {"5c33530d-eaf9-0d4d-b2ec-4ae3786ec308", "Windows' own, for online identities"},
    };
    char text[40];
    const char *name = NULL;
    if (guid.n < GUID_SIZE)
        return;
    guid_text(guid, text);
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++)
        if (strcmp(SCHEMES[i].guid, text) == 0)
            name = SCHEMES[i].name;
    tell_entry(t, "schemes", str_of(text));
    tell_words(t, NULL, "scheme", "%s%s%s%s", text, name ? " (" : "", name ? name : "",
               name ? ")" : "");
}

/* NEGO_MESSAGE (2.2.6.3): Random 40, ProtocolVersion 72, AuthSchemes 80 (offset, count); the others
 * begin with one scheme. */
static void tell_content(struct telling *t, struct str in, uint32_t type) {
    enum { NEGO_LAST = 1, SCHEMES_AT = 80, ERROR_AT = HEADER_SIZE + GUID_SIZE, ALERT = 7 };
    size_t at = u32(in, SCHEMES_AT), count = u32(in, SCHEMES_AT + 4) & 0xffff;
    if (type > NEGO_LAST) {
        tell_scheme(t, str_head(str_from(in, HEADER_SIZE), GUID_SIZE));
        if (type == ALERT)
            tell_words(t, "error", "error", "0x%08X", u32(in, ERROR_AT));
        return;
    }
    for (size_t i = 0; i < count && i < SCHEMES_MAX; i++)
        tell_scheme(t, str_head(str_from(in, at + i * GUID_SIZE), GUID_SIZE));
}

/* Several messages, one behind the other: type 8, sequence 12, size of the head 16 and of all 20.
 */
void token_tell_negoex(struct telling *t, struct str in, struct token *out) {
    out->kind = TOKEN_NEGOEX;
    for (unsigned i = 0; in.n > 0 && i < MESSAGES_MAX; i++) {
        uint32_t type = u32(in, 8), size = u32(in, 20);
        if (!token_is_negoex(in) || in.n < HEADER_SIZE || size < HEADER_SIZE) {
            reading_fail(&out->reading, "%zu bytes that are no message follow those of NegoEx",
                         in.n);
            return;
        }
        if (size > in.n) {
            reading_fail(&out->reading, "the NegoEx message ends after %zu of %u bytes", in.n,
                         size);
            out->reading.is_cut = true;
        }
        const char *name = type < sizeof TYPES / sizeof *TYPES ? TYPES[type] : "unknown";
        tell_item(t, "messages", "NegoEx message", str_of(name));
        tell_named(t, "type", NULL, type, name);
        tell_size(t, "size", "size", size);
        tell_content(t, str_head(in, size), type);
        tell_end(t);
        in = str_from(in, size);
    }
}
