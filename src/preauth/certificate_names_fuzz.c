/* SPDX-License-Identifier: Apache-2.0
 *
 * Subject alternative names of strangers: whatever is read is printable UTF-8 in its limits, and
 * who has one UPN has it among all names.
 */
#include "preauth/certificate_names.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct certificate_texts *texts, size_t longest) {
    if (texts->count > CERTIFICATE_NAMES_MAX)
        abort();
    for (size_t i = 0; i < texts->count; i++) {
        struct str s = str_of(texts->at[i]);
        if (s.n == 0 || s.n > longest)
            abort();
        for (size_t at = 0, n; at < s.n; at += n)
            if ((n = str_utf8(str_from(s, at))) == 0 || (unsigned char)s.p[at] < 0x20)
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct certificate_names names = {0};
    struct err e;
    struct arena a;
    arena_init(&a, 1 << 20);
    if (certificate_read_alternative(&a, str_n((const char *)data, size), &names, &e)) {
        check(&names.upn, CERTIFICATE_NAME_MAX);
        check(&names.email, CERTIFICATE_NAME_MAX);
        check(&names.san, CERTIFICATE_NAME_MAX + sizeof "email:");
        if (names.upn.count + names.email.count > names.san.count)
            abort();
    } else if (e.code != ERR_CERTIFICATE_NAME && e.code != ERR_NO_MEMORY) {
        abort();
    }
    names = (struct certificate_names){0};
    if (certificate_read_sid(&a, str_n((const char *)data, size), &names, &e) &&
        !str_starts(str_of(names.sid), STR("S-1-")))
        abort();
    arena_fini(&a);
    return 0;
}
