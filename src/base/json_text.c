/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#include "base/buf.h"

json_t *json_text(struct str s) {
    struct buf clean;
    struct str rest = str_whole(str_head(s, JSON_TEXT_MAX));
    buf_init(&clean, JSON_TEXT_MAX + 1);
    while (rest.n > 0) {
        size_t n = rest.p[0] ? str_utf8(rest) : 0;
        buf_add(&clean, n ? str_head(rest, n) : STR("?"));
        rest = str_from(rest, n ? n : 1);
    }
    struct str text = buf_str(&clean);
    json_t *value = clean.failed ? NULL : json_stringn(text.n ? text.p : "", text.n);
    buf_fini(&clean);
    return value;
}

bool json_set_text(json_t *object, const char *key, struct str s) {
    return s.n == 0 || json_object_set_new(object, key, json_text(s)) == 0;
}

const char *json_get_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
