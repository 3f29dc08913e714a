/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/claim.h"

#include <jansson.h>
#include <string.h>

const char *claim_text(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    return text && json_string_length(value) == strlen(text) ? text : NULL;
}

bool claim_time(const json_t *object, const char *name, int64_t *out) {
    const json_t *value = json_object_get(object, name);
    double seconds = json_number_value(value);
    *out = 0;
    if (!json_is_number(value) || !(seconds >= 0 && seconds < 1e12))
        return false;
    *out = (int64_t)seconds;
    return true;
}

bool claim_is_plain(const char *text, size_t max) {
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return n > 0 && n <= max;
}
