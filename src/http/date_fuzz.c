/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read as a date is a time that writes and reads back as the same.
 */
#include "http/date.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t LAST_S = 253402300799; /* of the year 9999 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t read_s, again_s;
    bool is_read = http_date_parse(str_n((const char *)data, size), &read_s);
    if (!is_read && read_s != 0)
        abort();
    if (is_read && read_s <= LAST_S &&
        (!http_date_parse(http_date(read_s), &again_s) || again_s != read_s))
        abort();
    return 0;
}
