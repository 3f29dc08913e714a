/* SPDX-License-Identifier: Apache-2.0 */
#include "http/message.h"

enum { FIRST_CAPACITY = 16 };

static bool grow(struct arena *a, struct headers *h) {
    size_t capacity = h->capacity ? h->capacity * 2 : FIRST_CAPACITY;
    struct header *at = arena_array(a, capacity, sizeof *at);
    if (!at)
        return false;
    if (h->count > 0)
        memcpy(at, h->at, h->count * sizeof *at);
    h->at = at;
    h->capacity = capacity;
    return true;
}

bool headers_add(struct arena *a, struct headers *h, struct str name, struct str value) {
    if (h->count == h->capacity && !grow(a, h))
        return false;
    h->at[h->count++] = (struct header){name, value};
    return true;
}

struct str headers_get(const struct headers *h, struct str name) {
    for (size_t i = 0; i < h->count; i++) {
        struct str value = h->at[i].value;
        if (str_eq_ci(h->at[i].name, name))
            return value.p ? value : STR("");
    }
    return STR_NONE;
}

size_t headers_count(const struct headers *h, struct str name) {
    size_t count = 0;
    for (size_t i = 0; i < h->count; i++)
        count += str_eq_ci(h->at[i].name, name);
    return count;
}

bool headers_has_token(const struct headers *h, struct str name, struct str token) {
    for (size_t i = 0; i < h->count; i++) {
        struct str part, rest = h->at[i].value;
        if (!str_eq_ci(h->at[i].name, name))
            continue;
        while (str_split(&rest, ',', &part)) {
            if (str_eq_ci(str_trim(part), token))
                return true;
        }
    }
    return false;
}

static char folded(char c) { return (char)(str_is_alnum(c) ? str_lower(c) : '-'); }

bool header_name_folds(struct str name, struct str plain) {
    for (size_t i = 0; i < name.n; i++)
        if (folded(name.p[i]) != folded(plain.p[i]))
            return false;
    return true;
}

/* RFC 9110 7.6.1; Trailer because it only announces what comes (6.6.2), the Proxy-* ones because
 * they are for the next hop only (11.7). */
static const struct str HOP_BY_HOP[] = {
    STR("Connection"), STR("Keep-Alive"), STR("Proxy-Authenticate"), STR("Proxy-Connection"),
    STR("TE"),         STR("Trailer"),    STR("Transfer-Encoding"),  STR("Upgrade"),
};

/* Content-Length is here for its other spellings: the length is written anew in any case. */
static const struct str OURS_TO_SAY[] = {
    STR("Content-Length"), STR("Forwarded"), STR("Proxy-Authorization"),
    STR("X-Forwarded"),    STR("X-Real-IP"),
};

static const struct str OUR_PREFIXES[] = {
    STR("X-Forwarded-"),
    STR("kerbgate-"),
};

static bool is_among(struct str name, const struct str *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (header_name_folds_to(name, names[i]))
            return true;
    return false;
}

const struct headers *headers_naming(const struct headers *all) {
    static const struct headers NONE = {0};
    for (size_t i = 0; i < all->count; i++) {
        struct str value = all->at[i].value;
        if (str_eq_ci(all->at[i].name, STR("Connection")) && !str_eq_ci(value, STR("keep-alive")) &&
            !str_eq_ci(value, STR("close")))
            return all;
    }
    return &NONE;
}

bool header_is_hop_by_hop(const struct headers *all, struct str name) {
    return is_among(name, HOP_BY_HOP, sizeof HOP_BY_HOP / sizeof *HOP_BY_HOP) ||
           headers_has_token(all, STR("Connection"), name);
}

bool header_is_dropped_inbound(const struct headers *all, struct str name, bool passthrough) {
    for (size_t i = 0; i < sizeof OUR_PREFIXES / sizeof *OUR_PREFIXES; i++)
        if (header_name_folds_to(str_head(name, OUR_PREFIXES[i].n), OUR_PREFIXES[i]))
            return true;
    return (!passthrough && header_name_folds_to(name, STR("Authorization"))) ||
           is_among(name, OURS_TO_SAY, sizeof OURS_TO_SAY / sizeof *OURS_TO_SAY) ||
           header_is_hop_by_hop(all, name);
}

/* RFC 9110 6.5.1 and what has to do with a person or an address here. */
static const struct str NOT_IN_TRAILERS[] = {
    STR("Accept-Encoding"),
    STR("Age"),
    STR("Allow"),
    STR("Authorization"),
    STR("Cache-Control"),
    STR("Content-Encoding"),
    STR("Content-Location"),
    STR("Content-Range"),
    STR("Content-Type"),
    STR("Cookie"),
    STR("Cookie2"),
    STR("Date"),
    STR("Expect"),
    STR("Expires"),
    STR("Host"),
    STR("Location"),
    STR("Max-Forwards"),
    STR("Origin"),
    STR("Pragma"),
    STR("Proxy"),
    STR("Range"),
    STR("Referer"),
    STR("Refresh"),
    STR("Remote-User"),
    STR("Retry-After"),
    STR("Set-Cookie"),
    STR("Set-Cookie2"),
    STR("Strict-Transport-Security"),
    STR("Vary"),
    STR("WWW-Authenticate"),
    STR("Warning"),
    STR("X-Original-Host"),
    STR("X-Original-URL"),
    STR("X-Remote-User"),
    STR("X-Rewrite-URL"),
};

bool header_is_barred_from_trailers(struct str name) {
    static const struct headers NONE = {0};
    bool is_condition = name.n > 3 && header_name_folds_to(str_head(name, 3), STR("If-"));
    return is_condition || header_is_dropped_inbound(&NONE, name, false) ||
           is_among(name, NOT_IN_TRAILERS, sizeof NOT_IN_TRAILERS / sizeof *NOT_IN_TRAILERS);
}
