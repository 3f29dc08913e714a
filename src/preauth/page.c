/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/page.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"
#include "preauth/style.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_MAX = 32 * 1024 };

static char policy[256];

void page_init(void) {
    unsigned char digest[SHA256_SIZE];
    struct buf hash;
    buf_init(&hash, 64);
    secret_sha256(STR(PAGE_STYLE), digest);
    encode_base64(&hash, str_n((const char *)digest, sizeof digest));
    snprintf(policy, sizeof policy,
             "default-src 'none'; style-src 'sha256-%.*s'; form-action 'self'; base-uri 'none'; "
             "frame-ancestors 'none'",
             STR_ARG(buf_str(&hash)));
    buf_fini(&hash);
}

bool page_header(struct arena *a, struct page *p, struct str name, struct str value) {
    return headers_add(a, &p->head.headers, name, value);
}

/* A page of `text`, with what every page of ours says: never cached, never framed, never guessed
 * at. */
static bool finish(struct arena *a, struct page *p, int status, struct str type, struct buf *text) {
    struct str body = text->failed ? STR_NONE : arena_str(a, buf_str(text));
    buf_fini(text);
    *p = (struct page){.body = body};
    p->head = (struct message){.status = status, .minor = 1, .body = BODY_LENGTH, .length = body.n};
    return body.p && page_header(a, p, STR("Content-Type"), type) &&
           page_header(a, p, STR("Cache-Control"), STR("no-store")) &&
           page_header(a, p, STR("Content-Security-Policy"), str_of(policy)) &&
           page_header(a, p, STR("X-Content-Type-Options"), STR("nosniff")) &&
           page_header(a, p, STR("X-Frame-Options"), STR("DENY")) &&
           page_header(a, p, STR("Referrer-Policy"), STR("same-origin"));
}

bool page_html(struct arena *a, struct page *p, int status, const char *title, struct str body) {
    struct buf text;
    buf_init(&text, PAGE_MAX);
    buf_add(&text, STR("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                       "<meta name=\"robots\" content=\"noindex\">\n<title>"));
    encode_html(&text, str_of(title));
    buf_add(&text, STR("</title>\n<style>" PAGE_STYLE "</style>\n</head>\n<body>\n<main>\n<h1>"));
    encode_html(&text, str_of(title));
    buf_add(&text, STR("</h1>\n"));
    buf_add(&text, body);
    buf_add(&text, STR("</main>\n</body>\n</html>\n"));
    return finish(a, p, status, STR("text/html; charset=utf-8"), &text);
}

bool page_redirect(struct arena *a, struct page *p, int status, struct str location) {
    struct buf text;
    buf_init(&text, PAGE_MAX);
    buf_add(&text, STR("<p>Continue at <a href=\""));
    encode_html(&text, location);
    buf_add(&text, STR("\">this address</a>.</p>\n"));
    bool is_made = !text.failed && page_html(a, p, status, "Continue", buf_str(&text));
    buf_fini(&text);
    return is_made && page_header(a, p, STR("Location"), location);
}

static bool error_json(struct arena *a, struct page *p, const struct err *e,
                       const struct activity *act, const char *time) {
    const struct err_info *info = err_info(e->code);
    json_t *root = json_pack("{s:i,s:s,s:s,s:s,s:s}", "status", info->status, "error", info->name,
                             "title", info->title, "activity", act->id, "time", time);
    char *dumped = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    struct buf text;
    buf_init(&text, PAGE_MAX);
    buf_add(&text, str_of(dumped));
    buf_add_byte(&text, '\n');
    text.failed |= !dumped;
    free(dumped);
    json_decref(root);
    return finish(a, p, info->status, STR("application/json"), &text);
}

/* What the person at the browser can do about it, by the class of the status. */
static const char *advice_for(int status) {
    switch (status) {
    case 400:
    case 405:
    case 414:
    case 431:
    case 501:
        return "The request was not one that can be answered. If you followed a link, tell whoever "
               "gave it to you.";
    case 401:
        return "Nobody is signed in here, or no longer, and what you sent was not kept. Sign in, "
               "then send it again.";
    case 408:
        return "The connection was too slow. Please try again.";
    case 413:
        return "Send less at once, or ask your administrator.";
    case 404:
        return "Check the address for typing mistakes.";
    case 403:
        return "If you think you should have access, give your administrator the lines below.";
    case 429:
        return "Please wait before you try again.";
    case 503:
    case 504:
        return "Please try again in a moment. If it stays, give your administrator "
               "the lines below.";
    default:
        return "This is not your mistake. Please give your administrator the lines below.";
    }
}

bool page_error(struct arena *a, struct page *p, const struct err *e, const struct activity *act,
                bool wants_json) {
    char time[CLOCK_ISO_SIZE];
    clock_iso(clock_wall_ms(), time);
    return wants_json ? error_json(a, p, e, act, time) : page_error_with(a, p, e, act, STR_NONE);
}

bool page_error_with(struct arena *a, struct page *p, const struct err *e,
                     const struct activity *act, struct str more) {
    const struct err_info *info = err_info(e->code);
    char time[CLOCK_ISO_SIZE];
    clock_iso(clock_wall_ms(), time);
    struct buf text;
    buf_init(&text, PAGE_MAX);
    buf_printf(&text, "<p>%s</p>\n", advice_for(info->status));
    buf_add(&text, more);
    bool is_of_provider = info->event == 13014 || (info->event >= 22001 && info->event <= 22007);
    if (info->status == 401 || is_of_provider)
        buf_add(&text,
                STR("<p><a class=\"button\" href=\"" LOCAL_PATH "sign-in\">Sign in</a></p>\n"));
    buf_printf(&text, "<dl>\n<dt>Status</dt><dd>%d (%s)</dd>\n", info->status, info->name);
    buf_printf(&text, "<dt>Activity</dt><dd>%s</dd>\n<dt>Time</dt><dd>%s</dd>\n", act->id, time);
    if (act->app[0]) {
        buf_add(&text, STR("<dt>Application</dt><dd>"));
        encode_html(&text, str_of(act->app));
        buf_add(&text, STR("</dd>\n<dt>Connector</dt><dd>"));
        encode_html(&text, str_of(act->connector));
        buf_add(&text, STR("</dd>\n"));
    }
    buf_add(&text, STR("</dl>\n"));
    bool is_made = !text.failed && page_html(a, p, info->status, info->title, buf_str(&text));
    buf_fini(&text);
    return is_made;
}

/* One of the types of an Accept header. */
static bool accepts(const struct headers *h, struct str type) {
    struct str accept = headers_get(h, STR("Accept")), part;
    while (str_split(&accept, ',', &part))
        if (str_eq_ci(str_trim(str_head(part, str_index(part, ';'))), type))
            return true;
    return false;
}

bool page_wants_json(const struct headers *h) {
    struct str mode = headers_get(h, STR("Sec-Fetch-Mode"));
    if (str_eq_ci(headers_get(h, STR("X-Requested-With")), STR("XMLHttpRequest")) ||
        str_eq_ci(headers_get(h, STR("Sec-Fetch-Dest")), STR("empty")))
        return true;
    if (mode.n > 0 && !str_eq_ci(mode, STR("navigate")))
        return true;
    return accepts(h, STR("application/json")) && !accepts(h, STR("text/html"));
}

bool page_is_visit(const struct message *m) {
    const struct headers *h = &m->headers;
    bool is_read = str_eq(m->method, STR("GET")) || str_eq(m->method, STR("HEAD"));
    bool names_pages = headers_get(h, STR("Accept")).n == 0 || accepts(h, STR("text/html")) ||
                       str_eq_ci(headers_get(h, STR("Sec-Fetch-Mode")), STR("navigate"));
    return is_read && !m->upgrade && names_pages && !page_wants_json(h);
}
