/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/ticket.h"

#include "base/secret.h"

#include <stdlib.h>

struct ticket *ticket_hold(struct ticket *t) {
    atomic_fetch_add(&t->more_holders, 1);
    return t;
}

void ticket_free(struct ticket *t) {
    if (!t || atomic_fetch_sub(&t->more_holders, 1) > 0)
        return;
    free(t->client);
    free(t->server);
    free(t->kdc);
    free(t->der);
    secret_wipe(t->key, t->key_size);
    free(t->key);
    free(t);
}

size_t ticket_size(const struct ticket *t) { return sizeof *t + t->der_size + t->key_size; }

const char *ticket_enctype_name(int32_t enctype) {
    switch (enctype) {
    case 17:
        return "aes128-cts";
    case 18:
        return "aes256-cts";
    case 19:
        return "aes128-sha2";
    case 20:
        return "aes256-sha2";
    case 23:
        return "rc4-hmac";
    case 25:
        return "camellia128-cts";
    case 26:
        return "camellia256-cts";
    default:
        return "unknown";
    }
}

void ticket_flags_text(uint32_t flags, char out[TICKET_FLAGS_SIZE]) {
    static const struct {
        uint32_t bit;
        char letter;
    } LETTERS[] = {
        {0x40000000, 'F'}, {0x20000000, 'f'}, {0x10000000, 'P'}, {0x08000000, 'p'},
        {0x04000000, 'D'}, {0x02000000, 'd'}, {0x01000000, 'i'}, {0x00800000, 'R'},
        {0x00400000, 'I'}, {0x00200000, 'A'}, {0x00100000, 'H'}, {0x00080000, 'T'},
        {0x00040000, 'O'}, {0x00008000, 'a'},
    };
    for (size_t i = 0; i < sizeof LETTERS / sizeof *LETTERS; i++)
        if (flags & LETTERS[i].bit)
            *out++ = LETTERS[i].letter;
    *out = 0;
}
