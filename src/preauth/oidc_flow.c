/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_flow.h"

#include "base/encode.h"
#include "base/secret.h"
#include "base/secret_box.h"
#include "http/cookie.h"

#include <jansson.h>
#include <stdlib.h>

enum {
    RANDOM_BYTES = 32,
    RANDOM_SIZE = 43, /* as base64url */
    SUFFIX_SIZE = 16, /* of the state, in the cookie's name */
    NOTE_MAX = 8 * 1024,
    AHEAD_S = 60, /* that another gateway's clock may be ahead of ours */
};

static const struct str PURPOSE = STR("a sign-in on its way");

static struct str random_text(struct arena *a) {
    unsigned char bytes[RANDOM_BYTES];
    struct buf text;
    buf_init_secret(&text, RANDOM_SIZE + 1);
    secret_random(bytes, sizeof bytes);
    encode_base64url(&text, str_n((const char *)bytes, sizeof bytes));
    struct str copy = arena_str(a, buf_str(&text));
    buf_fini(&text);
    return copy;
}

bool oidc_flow_begin(struct arena *a, struct oidc_flow *f) {
    f->state = random_text(a);
    f->nonce = random_text(a);
    f->verifier = random_text(a);
    return f->state.p && f->nonce.p && f->verifier.p;
}

struct str oidc_flow_challenge(struct arena *a, const struct oidc_flow *f) {
    unsigned char hash[SHA256_SIZE];
    struct buf text;
    buf_init(&text, 64);
    secret_sha256(f->verifier, hash);
    encode_base64url(&text, str_n((const char *)hash, sizeof hash));
    struct str copy = arena_str(a, buf_str(&text));
    buf_fini(&text);
    return copy;
}

static bool is_base64url(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
            return false;
    return true;
}

bool oidc_flow_is_state(struct str s) { return s.n == RANDOM_SIZE && is_base64url(s); }

struct str oidc_flow_cookie(struct arena *a, struct str state) {
    return arena_join(a, (struct str[]){STR(OIDC_FLOW_COOKIE), str_head(state, SUFFIX_SIZE)}, 2);
}

static json_t *text_of(struct str s) { return json_stringn(s.n ? s.p : "", s.n); }

bool oidc_flow_seal(struct arena *a, const unsigned char key[SESSION_KEY_SIZE],
                    const struct oidc_flow *f, struct str *value) {
    struct buf closed, text;
    json_t *note = json_pack("[o?,o?,o?,o?,o?,o?,I]", text_of(f->provider), text_of(f->origin),
                             text_of(f->to), text_of(f->state), text_of(f->nonce),
                             text_of(f->verifier), (json_int_t)f->begun_s);
    char *plain = note ? json_dumps(note, JSON_COMPACT) : NULL;
    buf_init(&closed, NOTE_MAX);
    buf_init(&text, OIDC_FLOW_VALUE_MAX);
    *value = STR_NONE;
    if (plain && secret_box_close(key, PURPOSE, str_of(plain), &closed)) {
        encode_base64url(&text, buf_str(&closed));
        if (!text.failed)
            *value = arena_str(a, buf_str(&text));
    }
    if (plain)
        secret_wipe(plain, strlen(plain));
    free(plain);
    json_decref(note);
    buf_fini(&text);
    buf_fini(&closed);
    return value->p != NULL;
}

static bool read_note(struct arena *a, struct str note, struct oidc_flow *f) {
    struct str *const fields[] = {&f->provider, &f->origin, &f->to,
                                  &f->state,    &f->nonce,  &f->verifier};
    enum { FIELDS = sizeof fields / sizeof *fields };
    json_t *root = json_loadb(note.p, note.n, 0, NULL);
    bool is_read = json_array_size(root) == FIELDS + 1;
    for (size_t i = 0; is_read && i < FIELDS; i++) {
        const json_t *text = json_array_get(root, i);
        is_read = json_is_string(text);
        if (is_read)
            *fields[i] = arena_str(a, str_n(json_string_value(text), json_string_length(text)));
        is_read = is_read && fields[i]->p;
    }
    f->begun_s = json_integer_value(json_array_get(root, FIELDS));
    json_decref(root);
    return is_read;
}

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

static bool unseal(struct arena *a, const unsigned char *key, struct str value,
                   struct oidc_flow *out) {
    struct buf closed, note;
    buf_init(&closed, NOTE_MAX);
    buf_init_secret(&note, NOTE_MAX);
    bool is_open = decode_base64url(&closed, value) &&
                   secret_box_open(key, PURPOSE, buf_str(&closed), &note) &&
                   read_note(a, buf_str(&note), out);
    buf_fini(&note);
    buf_fini(&closed);
    return is_open;
}

bool oidc_flow_open(struct arena *a, const unsigned char key[SESSION_KEY_SIZE],
                    const struct headers *h, struct str state, struct str origin, int64_t now_s,
                    struct oidc_flow *out, const char **why) {
    size_t count;
    *out = (struct oidc_flow){.begun_s = 0};
    if (!oidc_flow_is_state(state))
        return no(why, "has no state, or one that is none of ours");
    struct str name = oidc_flow_cookie(a, state);
    struct str value = cookie_get(h, name, &count);
    if (!name.p || count == 0)
        return no(why, "belongs to no sign-in that this browser has begun, or that one is over");
    if (count != 1 || value.n > OIDC_FLOW_VALUE_MAX || !unseal(a, key, value, out))
        return no(why, "came with a cookie that is not ours");
    if (!secret_equal(state, out->state))
        return no(why, "belongs to another sign-in of this browser");
    if (!str_eq(origin, out->origin))
        return no(why, "belongs to a sign-in that began on another host");
    if (now_s >= out->begun_s + OIDC_FLOW_S || now_s < out->begun_s - AHEAD_S)
        return no(why, "came too late");
    return true;
}

static bool is_flow_name(struct str name) {
    struct str prefix = STR(OIDC_FLOW_COOKIE), suffix = str_from(name, prefix.n);
    return str_starts(name, prefix) && suffix.n == SUFFIX_SIZE && is_base64url(suffix);
}

/* One of the browser's cookies. */
struct found {
    struct str name;
    int64_t begun_s; /* 0: it is none of ours, or damaged */
};

static int64_t begun_s(struct arena *a, const unsigned char *key, struct str value) {
    struct oidc_flow f;
    return value.n <= OIDC_FLOW_VALUE_MAX && unseal(a, key, value, &f) ? f.begun_s : 0;
}

/* The one that was begun last comes first; of the same second, the one that the browser sends last
 * (RFC 6265 5.4). */
static void insert(struct found *all, size_t count, struct found one) {
    size_t at = count;
    for (; at > 0 && all[at - 1].begun_s <= one.begun_s; at--)
        all[at] = all[at - 1];
    all[at] = one;
}

static size_t find_all(struct arena *a, const unsigned char *key, const struct headers *h,
                       struct found *all) {
    size_t count = 0;
    for (size_t i = 0; i < h->count; i++) {
        struct str cookie, rest = h->at[i].value;
        if (!str_eq_ci(h->at[i].name, STR("Cookie")))
            continue;
        while (count < OIDC_FLOWS_SEEN && str_split(&rest, ';', &cookie)) {
            struct str pair = str_trim(cookie);
            struct str name = str_head(pair, str_index(pair, '='));
            if (is_flow_name(name))
                insert(all, count++,
                       (struct found){name, begun_s(a, key, str_from(pair, name.n + 1))});
        }
    }
    return count;
}

size_t oidc_flow_surplus(struct arena *a, const unsigned char key[SESSION_KEY_SIZE],
                         const struct headers *h, struct str names[OIDC_FLOWS_SEEN]) {
    struct found all[OIDC_FLOWS_SEEN];
    size_t surplus = 0, count = find_all(a, key, h, all);
    for (size_t i = OIDC_FLOWS_MAX - 1; i < count; i++)
        names[surplus++] = all[i].name;
    return surplus;
}
