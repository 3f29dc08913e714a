/* SPDX-License-Identifier: Apache-2.0
 *
 * What is changed leads to the app and nowhere else, and what was changed is not changed again. The
 * first byte says where the value stands, and for which app.
 */
#include "connector/outward_address.h"

#include <stdlib.h>

typedef struct str outward_fn(struct arena *a, const struct config_app *app, struct str value);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static bool has_dots(struct str path) {
    struct str segment;
    while (str_split(&path, '/', &segment))
        if (str_eq(segment, STR("..")) || str_eq_ci(segment, STR("%2e%2e")) ||
            str_eq_ci(segment, STR(".%2e")) || str_eq_ci(segment, STR("%2e.")))
            return true;
    return false;
}

/* A path, and nothing that browsers take for a host. */
static bool is_path(struct str address) {
    return str_starts(address, STR("/")) && !str_starts(address, STR("//"));
}

/* Below the app's external URL, also for who takes its dot segments away. */
static bool is_below(struct str address, const struct url *external) {
    if (!str_starts(address, external->origin))
        return false;
    struct str path = str_from(address, external->origin.n);
    size_t end = 0;
    while (end < path.n && path.p[end] != '?' && path.p[end] != '#')
        end++;
    return str_starts(path, external->path) && !has_dots(str_head(path, end));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct config_app APPS[] = {
        {.external = {.origin = STR("https://ext.example"), .path = STR("/")},
         .internal = {.scheme = STR("http"), .host = STR("int"), .port = 80, .path = STR("/a/")}},
        {.external = {.origin = STR("https://ext.example"), .path = STR("/hr/")},
         .internal = {.scheme = STR("https"), .host = STR("int"), .port = 8443, .path = STR("/")}},
    };
    static outward_fn *const KINDS[] = {outward_address, outward_refresh, outward_link};
    if (size == 0)
        return 0;
    const struct config_app *app = &APPS[data[0] % 2];
    outward_fn *outward = KINDS[data[0] / 2 % 3];
    struct str in = str_n((const char *)data + 1, size - 1);
    struct arena a;
    arena_init(&a, 1 << 20);
    struct str out = outward(&a, app, in);
    must(out.p || size > 1000);
    if (outward == outward_address && out.p && !str_eq(out, in))
        must(is_below(out, &app->external) || is_path(out));
    struct str again = out.p ? outward(&a, app, out) : out;
    must(!again.p || str_eq(again, out));
    arena_fini(&a);
    return 0;
}
