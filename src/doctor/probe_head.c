/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/probe_head.h"

#include "http/h1.h"

#include <stdlib.h>

enum { ARENA_MAX = 512 * 1024 };

static bool add_filler(struct arena *a, struct headers *to, size_t n) {
    if (n == 0)
        return true;
    char *text = arena_alloc(a, n);
    if (!text)
        return false;
    memset(text, 'a', n);
    return headers_add(a, to, STR("X-Kerbgate-Doctor"), str_n(text, n));
}

static bool fill(struct arena *a, const struct probe_head *h, struct message *m) {
    struct headers *to = &m->headers;
    struct str host =
        h->host == HOST_EXTERNAL ? h->app->external.authority : h->app->internal.authority;
    bool is_filled =
        headers_add(a, to, STR("Host"), host) &&
        headers_add(a, to, STR("User-Agent"), STR("kerbgate-doctor/" KERBGATE_VERSION)) &&
        headers_add(a, to, STR("Accept"), STR("text/html, */*;q=0.8")) &&
        headers_add(a, to, STR("X-Forwarded-For"), str_of(h->peer)) &&
        headers_add(a, to, STR("X-Forwarded-Proto"), STR("https")) &&
        headers_add(a, to, STR("X-Forwarded-Host"), h->app->external.authority) &&
        add_filler(a, to, h->filler);
    return is_filled &&
           (h->authorization.n == 0 || headers_add(a, to, STR("Authorization"), h->authorization));
}

void probe_head_write(struct buf *out, const struct probe_head *h) {
    struct message m = {.method = STR("GET"), .target = h->target, .minor = 1, .keep_alive = true};
    struct arena a;
    arena_init(&a, ARENA_MAX);
    if (fill(&a, h, &m))
        h1_write_request(out, &m);
    else
        out->failed = true;
    arena_fini(&a);
}
