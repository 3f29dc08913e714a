/* SPDX-License-Identifier: Apache-2.0 */
#include "http/form.h"

#include "http/percent.h"

/* The next byte as the form's author meant it; -1 for a bad percent encoding. */
static int take(struct str *rest) {
    bool is_encoded;
    int c = percent_take(rest, &is_encoded);
    return c == '+' && !is_encoded ? ' ' : c;
}

/* Names are compared decoded: "%70assword" is a second "password". */
static bool is_name(struct str encoded, struct str name) {
    for (size_t i = 0; i < name.n; i++) {
        if (encoded.n == 0 || take(&encoded) != (unsigned char)name.p[i])
            return false;
    }
    return encoded.n == 0;
}

/* Straight into the arena: the value may be a password, and leaves no other copy. */
static bool decode(struct arena *a, struct str encoded, struct str *value) {
    size_t n = 0;
    char *out = arena_alloc(a, encoded.n + 1);
    if (!out)
        return false;
    while (encoded.n > 0) {
        int c = take(&encoded);
        if (c <= 0) /* a reader in C would see less than was sent (RFC 3986 7.3) */
            return false;
        out[n++] = (char)c;
    }
    *value = str_n(out, n);
    return true;
}

bool form_get(struct arena *a, struct str body, struct str name, struct str *value) {
    struct str pair, found = STR_NONE;
    size_t count = 0;
    *value = STR_NONE;
    while (str_split(&body, '&', &pair)) {
        size_t equals = str_index(pair, '=');
        if (!is_name(str_head(pair, equals), name))
            continue;
        found = str_from(pair, equals + 1);
        count++;
    }
    return count == 1 && decode(a, found, value);
}
