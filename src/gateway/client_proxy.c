/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/client_proxy.h"

#include "base/log.h"
#include "gateway/peer.h"
#include "net/address_range.h"
#include "net/proxy_protocol.h"

enum {
    FIRST = 12,     /* bytes that tell the versions apart; the shortest of version 1 has 15 */
    V2_FIXED = 16,  /* version 2: the last two of these are the length of the rest */
    V2_LENGTH = 14, /* where they are */
};

bool client_proxy_is_due(const struct client *c) {
    const struct config_listen *l = c->listen;
    return l && address_ranges_have(l->proxy_from, l->proxy_from_count, &c->peer.any);
}

/* How many bytes more are the header's for sure. */
static size_t sure(struct str in) {
    if (in.n < FIRST)
        return FIRST - in.n;
    if (in.p[0] == 'P')
        return 1;
    if (in.n < V2_FIXED)
        return V2_FIXED - in.n;
    size_t rest = (size_t)(unsigned char)in.p[V2_LENGTH] << 8 | (unsigned char)in.p[V2_LENGTH + 1];
    return in.n < V2_FIXED + rest ? V2_FIXED + rest - in.n : 1;
}

static enum client_proxy failed(const struct client *c, const char *why) {
    char text[INET6_ADDRSTRLEN];
    peer_text(&c->peer, text);
    log_printf(LOG_WARN, "the load balancer %s is listed in proxy_protocol_from, but: %s", text,
               why);
    return CLIENT_PROXY_FAILED;
}

static enum client_proxy look(struct client *c) {
    struct proxy_header header;
    struct err e;
    switch (proxy_header_read(buf_str(&c->in), &header, &e)) {
    case PROXY_MORE:
        return CLIENT_PROXY_MORE;
    case PROXY_REFUSED:
        return failed(c, e.detail);
    case PROXY_READY:
        break;
    }
    buf_clear(&c->in);
    if (!header.is_local)
        c->peer = header.source;
    return CLIENT_PROXY_DONE;
}

enum client_proxy client_proxy_read(struct client *c) {
    for (;;) {
        size_t n = sure(buf_str(&c->in));
        char *to = n <= PROXY_HEADER_MAX ? buf_reserve(&c->in, &n) : NULL;
        if (!to)
            return failed(c, "its header is too long");
        ssize_t got = stream_read(c->stream, to, n);
        if (got == STREAM_AGAIN)
            return CLIENT_PROXY_MORE;
        if (got <= 0)
            return CLIENT_PROXY_FAILED;
        buf_commit(&c->in, (size_t)got);
        enum client_proxy result = look(c);
        if (result != CLIENT_PROXY_MORE)
            return result;
    }
}
