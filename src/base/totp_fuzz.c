/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is typed for a code becomes six or eight digits, or nothing; and is no code of a secret
 * unless it is one of the three.
 */
#include "base/totp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct totp T = {SECRET_MAC_SHA1, 8, STR("12345678901234567890")};
    char code[TOTP_DIGITS_MAX + 1];
    int64_t step;
    bool is_code = totp_read(str_n((const char *)data, size), code);
    size_t n = strspn(code, "0123456789");
    if (code[n] || (is_code ? n != 6 && n != 8 : n != 0))
        abort();
    if (totp_judge(&T, str_of(code), 59, -1, &step) == TOTP_RIGHT &&
        strcmp(code, "84755224") != 0 && strcmp(code, "94287082") != 0 &&
        strcmp(code, "37359152") != 0)
        abort();
    return 0;
}
