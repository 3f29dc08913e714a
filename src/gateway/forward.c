/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/forward.h"

#include "connector/answer.h"
#include "http/cookie.h"

#include <inttypes.h>

/* Below the external URL's path becomes below the internal one's. */
static struct str target_inside(struct arena *a, const struct forward *f) {
    struct str rest = str_from(f->target->path, f->app->external.path.n);
    return arena_join(a, (struct str[]){f->app->internal.path, rest, f->target->query}, 3);
}

/* Beside those of header_is_dropped_inbound: what we say or have answered ourselves, and what back
 * ends of many kinds take for the path, the person or their own way out (CVE-2016-5385). */
static const struct str DROPPED[] = {
    STR("Expect"), /* said anew */
    STR("Host"),           STR("Proxy"),         STR("Remote-User"),   STR("X-Original-Host"),
    STR("X-Original-URL"), STR("X-Remote-User"), STR("X-Rewrite-URL"),
};

/* What tells an app who somebody is, this one or another: both may have one back end. */
static bool is_about_person(const struct config *c, struct str name) {
    for (size_t i = 0; i < c->person_header_count; i++)
        if (header_name_folds_to(name, c->person_headers[i]))
            return true;
    return false;
}

static bool is_dropped(const struct forward *f, struct str name) {
    bool is_passed_through = f->app->provider_count == 0;
    for (size_t i = 0; i < sizeof DROPPED / sizeof *DROPPED; i++) {
        if (header_name_folds_to(name, DROPPED[i]))
            return true;
    }
    if (f->message->is_connect && header_name_folds_to(name, STR("Sec-WebSocket-Key")))
        return true; /* means nothing by HTTP/2: there is one of ours (RFC 8441 5) */
    return is_about_person(f->config, name) ||
           header_is_dropped_inbound(&f->message->headers, name, is_passed_through);
}

enum forward_steps forward_steps(const struct message *m, uint64_t *steps) {
    struct str name = STR("Max-Forwards");
    if (!str_eq(m->method, STR("OPTIONS")) || !headers_get(&m->headers, name).p)
        return FORWARD_ANY;
    bool is_clear = headers_count(&m->headers, name) == 1 &&
                    str_to_u64(headers_get(&m->headers, name), INT64_MAX, steps);
    return is_clear ? FORWARD_COUNTED : FORWARD_UNCLEAR;
}

/* Where `value` counts the steps, which this is one of. */
static bool take_step(struct arena *a, const struct message *m, struct str *value) {
    uint64_t steps;
    if (forward_steps(m, &steps) != FORWARD_COUNTED)
        return true;
    *value = str_of(arena_printf(a, "%" PRIu64, steps - 1));
    return value->p;
}

static bool add_header(struct arena *a, const struct forward *f, const struct header *h,
                       struct message *out) {
    struct str value = h->value;
    if (is_dropped(f, h->name))
        return true;
    if (header_name_folds_to(h->name, STR("cookie"))) {
        value = cookie_strip(a, value, STR(COOKIE_PREFIX));
        if (!value.p)
            return false;
        if (value.n == 0)
            return true;
    }
    if (str_eq_ci(h->name, STR("Max-Forwards")) && !take_step(a, f->message, &value))
        return false;
    return headers_add(a, &out->headers, h->name, value);
}

/* One alone (RFC 6455 11.3.1). */
static bool has_key(const struct message *m) {
    return m->is_connect || headers_count(&m->headers, STR("Sec-WebSocket-Key")) == 1;
}

/* Another protocol, when it is one that can be passed on: others (h2c, TLS) would let a client
 * speak past everything that is checked here. Without a key it is no WebSocket (RFC 6455 4.2.1). */
static bool wants_websocket(const struct message *m) {
    return m->upgrade && !message_has_content(m) && str_eq(m->method, STR("GET")) &&
           str_eq_ci(str_trim(m->protocol), STR("websocket")) && has_key(m);
}

/* HTTP/2 has no key: it proves nothing there (RFC 8441 5). */
static bool add_key(struct arena *a, const struct forward *f, struct message *out) {
    if (!out->upgrade || !f->message->is_connect)
        return true;
    return headers_add(a, &out->headers, STR("Sec-WebSocket-Key"), f->websocket_key);
}

bool forward_message(struct arena *a, const struct forward *f, struct message *out) {
    const struct message *in = f->message;
    struct str target = target_inside(a, f);
    *out = (struct message){.method = in->method,
                            .target = target,
                            .minor = 1,
                            .body = in->body,
                            .length = in->length,
                            .keep_alive = true,
                            .expects_continue = in->expects_continue,
                            .upgrade = wants_websocket(in),
                            .is_connect = in->is_connect,
                            .protocol = STR("websocket")};
    struct str host = f->app->host_header == HOST_EXTERNAL ? f->app->external.authority
                                                           : f->app->internal.authority;
    if (out->upgrade) /* also where a length of 0 was said */
        out->body = BODY_NONE;
    if (!target.p || !headers_add(a, &out->headers, STR("Host"), host))
        return false;
    for (size_t i = 0; i < in->headers.count; i++) {
        if (!add_header(a, f, &in->headers.at[i], out))
            return false;
    }
    if (out->expects_continue && !headers_add(a, &out->headers, STR("Expect"), STR("100-continue")))
        return false;
    return add_key(a, f, out) &&
           headers_add(a, &out->headers, STR("X-Forwarded-For"), str_of(f->peer)) &&
           headers_add(a, &out->headers, STR("X-Forwarded-Proto"), STR("https")) &&
           headers_add(a, &out->headers, STR("X-Forwarded-Host"), f->app->external.authority);
}

bool forward_trailers(struct arena *a, const struct config *c, const struct headers *in,
                      struct headers *out) {
    *out = (struct headers){0};
    for (size_t i = 0; in && i < in->count; i++)
        if (!is_about_person(c, in->at[i].name) &&
            !headers_add(a, out, in->at[i].name, in->at[i].value))
            return false;
    return true;
}
