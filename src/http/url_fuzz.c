/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is accepted is in its normal form: parsing it again gives the same, and decoding its
 * path once more shows no dot segment to anybody. Its loose form is never longer, and is below
 * itself.
 */
#include "http/loose.h"
#include "http/percent.h"
#include "http/url.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static void check_segment(struct str s) {
    s = str_trim(str_head(s, str_index(s, ';')));
    must(!str_eq(s, STR(".")) && !str_eq(s, STR("..")));
}

static void check_path(struct arena *a, struct str path) {
    char *decoded = arena_alloc(a, path.n + 1);
    struct str part, rest = path;
    size_t n = 0;
    must(path.n > 0 && path.p[0] == '/');
    while (decoded && rest.n > 0) {
        bool is_encoded;
        int c = percent_take(&rest, &is_encoded);
        must(c >= ' ' && c != 0x7f && (is_encoded || !strchr(" \\#?\"<>[]^`{|}", c)));
        decoded[n++] = (char)(c == '\\' ? '/' : c);
    }
    for (rest = str_n(decoded, n); str_split(&rest, '/', &part);)
        check_segment(part);
}

static void check_loose(struct arena *a, struct str path) {
    struct str loose;
    size_t unsure;
    must(loose_path(a, path, &loose) && loose.n <= path.n);
    struct str base = str_head(loose, loose.n - str_ends(loose, STR("/")));
    must(loose_is_below(loose, base, &unsure) && unsure <= base.n);
}

static void check_target(struct arena *a, struct str in) {
    struct target t, again;
    struct err e = {0};
    if (!target_parse(a, in, &t, &e)) {
        must(e.code == ERR_HTTP_BAD_REQUEST && e.detail[0] && !t.path.p);
        return;
    }
    check_path(a, t.path);
    check_loose(a, t.path);
    char *text = arena_printf(a, "%.*s%.*s", STR_ARG(t.path), STR_ARG(t.query));
    must(text && target_parse(a, str_of(text), &again, &e));
    must(str_eq(t.path, again.path) && str_eq(t.query, again.query) && !again.authority.p);
}

static void check_url(struct arena *a, struct str in) {
    struct url u, again;
    struct str host;
    const char *why;
    uint16_t port;
    if (!url_parse(a, in, &u, &why)) {
        must(why != NULL);
        return;
    }
    check_path(a, u.path);
    must(authority_parse(a, u.authority, &host, &port) && str_eq(host, u.host));
    char *text = arena_printf(a, "%.*s%.*s", STR_ARG(u.origin), STR_ARG(u.path));
    /* Bytes that became encoded may make it longer than a URL may be. */
    if (strlen(text) <= 2048)
        must(url_parse(a, str_of(text), &again, &why) && str_eq(u.path, again.path) &&
             str_eq(u.origin, again.origin) && u.port == again.port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str host, in = str_n((const char *)data, size);
    struct arena a;
    uint16_t port;
    if (size > 65536)
        return 0;
    arena_init(&a, 1 << 21);
    check_target(&a, in);
    check_url(&a, in);
    if (authority_parse(&a, in, &host, &port))
        must(host.n > 0 && str_index(host, '@') == host.n);
    arena_fini(&a);
    return 0;
}
