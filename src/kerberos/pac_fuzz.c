/* SPDX-License-Identifier: Apache-2.0
 *
 * Names are ended and are UTF-8 without a NUL from UTF-16; a refused PAC says nothing of anybody;
 * and what lies behind a PAC changes nothing in it.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct pac NOTHING;
    struct pac pac, again;
    bool done = pac_decode(str_n((const char *)data, size), &pac);
    must(done || memcmp(&pac, &NOTHING, sizeof pac) == 0);
    check_name(pac.account);
    check_name(pac.upn);
    char *longer = calloc(1, size + 16);
    if (done && longer) {
        memcpy(longer, data, size);
        must(pac_decode(str_n(longer, size + 16), &again));
        must(memcmp(&pac, &again, sizeof pac) == 0);
    }
    free(longer);
    return 0;
}
