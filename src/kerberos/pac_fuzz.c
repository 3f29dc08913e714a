/* SPDX-License-Identifier: Apache-2.0
 *
 * Names are ended and are UTF-8 without a NUL from UTF-16; groups are SIDs; a refused PAC says
 * nothing of anybody; and what lies behind a PAC changes nothing in it.
 */
#include "kerberos/pac.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

/* As many bytes follow each lead byte as it announces; surrogates (ed a0 to ed bf) do not occur. */
static void check_name(const char name[PAC_NAME_MAX]) {
    size_t length = strnlen(name, PAC_NAME_MAX);
    must(length < PAC_NAME_MAX);
    for (size_t i = 0; i < length;) {
        unsigned char lead = (unsigned char)name[i];
        size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        must(lead < 0x80 || (lead >= 0xc2 && lead <= 0xf4 && i + n <= length));
        for (size_t k = 1; k < n; k++)
            must(((unsigned char)name[i + k] & 0xc0) == 0x80);
        must(lead != 0xed || (unsigned char)name[i + 1] < 0xa0);
        i += n;
    }
}

/* Adds up what the groups are. */
static bool add_group(void *user, const struct sid *group) {
    uint64_t *sum = user;
    must(group->count > 0 && group->count <= SID_PARTS_MAX);
    *sum = *sum * 31 + group->authority + group->count + group->parts[group->count - 1];
    return false;
}

static uint64_t groups_of(const struct pac *pac) {
    uint64_t sum = 0;
    must(!pac_find_group(pac, add_group, &sum));
    return sum;
}

static void must_be_same(const struct pac *a, const struct pac *b) {
    must(strcmp(a->account, b->account) == 0 && strcmp(a->upn, b->upn) == 0);
    must(strcmp(a->netbios, b->netbios) == 0);
    must(a->is_sensitive == b->is_sensitive && a->is_protected == b->is_protected);
    must(sid_eq(&a->sid, &b->sid) || a->sid.count + b->sid.count == 0);
    must(a->has_groups == b->has_groups && groups_of(a) == groups_of(b));
}

static bool is_nothing(const struct pac *p) {
    return !p->account[0] && !p->upn[0] && !p->netbios[0] && !p->is_sensitive && !p->is_protected &&
           !p->has_groups && p->groups.n == 0 && p->extra_count == 0 && p->extra.n == 0 &&
           p->local.n == 0 && p->domain.count == 0 && p->sid.count == 0 && p->resources.count == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pac pac, again;
    bool done = pac_decode(str_n((const char *)data, size), &pac);
    must(done || is_nothing(&pac));
    check_name(pac.account);
    check_name(pac.upn);
    check_name(pac.netbios);
    char *longer = calloc(1, size + 16);
    if (done && longer) {
        memcpy(longer, data, size);
        must(pac_decode(str_n(longer, size + 16), &again));
        must_be_same(&pac, &again);
    }
    free(longer);
    return 0;
}
