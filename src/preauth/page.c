/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/page.h"

#include "base/clock.h"
#include "base/encode.h"
#include "http/language.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_MAX = 192 * 1024 };

static const struct look *look;

void page_init(const struct look *used) { look = used; }

const struct words *page_words(const struct headers *asked) { return look_words(look, asked); }

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
           page_header(a, p, STR("Content-Security-Policy"), look_policy(look)) &&
           page_header(a, p, STR("X-Content-Type-Options"), STR("nosniff")) &&
           page_header(a, p, STR("X-Frame-Options"), STR("DENY")) &&
           page_header(a, p, STR("Referrer-Policy"), STR("same-origin"));
}

/* A cache keeps no page of ours; one that does all the same must not give it to readers of another
 * language (RFC 9110 12.5.5). */
static bool say_language(struct arena *a, struct page *p, const struct words *w) {
    return page_header(a, p, STR("Content-Language"), w->language) &&
           (!look_has_languages(look) || page_header(a, p, STR("Vary"), STR("Accept-Language")));
}

static void add_head(struct buf *text, const struct words *w, struct str title) {
    const struct config_pages *pages = look_pages(look);
    buf_add(text, STR("<!doctype html>\n<html lang=\""));
    encode_html(text, w->language);
    buf_printf(text, "\" dir=\"%s\">\n<head>\n", language_direction(w->language));
    buf_add(text, STR("<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                      "<meta name=\"robots\" content=\"noindex\">\n<title>"));
    encode_html(text, title);
    if (pages->title) {
        buf_add(text, STR(" - "));
        encode_html(text, str_of(pages->title));
    }
    buf_add(text, STR("</title>\n"));
    if (page_has_logo())
        buf_add(text, STR("<link rel=\"icon\" href=\"" LOCAL_PATH PAGE_LOGO "\">\n"));
    buf_add(text, STR("<style>"));
    buf_add(text, look_style(look));
    buf_add(text, STR("</style>\n</head>\n"));
}

/* Whose page it is. */
static void add_brand(struct buf *text) {
    struct str title = str_of(look_pages(look)->title);
    bool has_logo = look_logo(look)->bytes.n > 0;
    if (title.n == 0 && !has_logo)
        return;
    buf_add(text, STR("<header>"));
    if (has_logo)
        buf_add(text, STR("<img src=\"" LOCAL_PATH PAGE_LOGO "\" alt=\""));
    encode_html(text, title);
    buf_add(text, has_logo ? STR("\"></header>\n") : STR("</header>\n"));
}

bool page_html(struct arena *a, struct page *p, const struct words *w, int status, struct str title,
               struct str body) {
    struct str footer = str_of(look_pages(look)->footer);
    struct buf text;
    buf_init(&text, PAGE_MAX);
    add_head(&text, w, title);
    buf_add(&text, STR("<body>\n<main>\n"));
    add_brand(&text);
    buf_add(&text, STR("<h1>"));
    encode_html(&text, title);
    buf_add(&text, STR("</h1>\n"));
    buf_add(&text, body);
    buf_add(&text, STR("</main>\n"));
    if (footer.n > 0) {
        buf_add(&text, STR("<footer>"));
        encode_html(&text, footer);
        buf_add(&text, STR("</footer>\n"));
    }
    buf_add(&text, STR("</body>\n</html>\n"));
    return finish(a, p, status, STR("text/html; charset=utf-8"), &text) && say_language(a, p, w);
}

/* Whoever opens it by itself gets a picture in which nothing runs and which loads nothing, whatever
 * an SVG says. */
bool page_image(struct arena *a, struct page *p, const struct image *image, struct str keep) {
    *p = (struct page){.body = image->bytes};
    p->head =
        (struct message){.status = 200, .minor = 1, .body = BODY_LENGTH, .length = image->bytes.n};
    return page_header(a, p, STR("Content-Type"), str_of(image->type)) &&
           page_header(a, p, STR("Cache-Control"), keep) &&
           page_header(a, p, STR("Content-Security-Policy"),
                       STR("default-src 'none'; style-src 'unsafe-inline'; sandbox")) &&
           page_header(a, p, STR("Cross-Origin-Resource-Policy"), STR("same-origin")) &&
           page_header(a, p, STR("X-Content-Type-Options"), STR("nosniff"));
}

bool page_logo(struct arena *a, struct page *p) {
    const struct image *logo = look_logo(look);
    return page_image(a, p, logo, STR("public, max-age=300"));
}

bool page_has_logo(void) { return look_logo(look)->bytes.n > 0; }

const struct image *page_icon(const struct config_app *app) { return look_icon(look, app); }

struct str page_sign_in_text(void) { return str_of(look_pages(look)->sign_in_text); }

void page_add_text(struct buf *body, const struct words *w, enum word word, struct str value) {
    buf_add(body, STR("<p>"));
    words_add(body, w, word, value);
    buf_add(body, STR("</p>\n"));
}

void page_add_button(struct buf *body, const struct words *w, enum word word, struct str where) {
    buf_add(body, STR("<p><a class=\"button\" href=\""));
    encode_html(body, where);
    buf_add(body, STR("\">"));
    words_add(body, w, word, STR_NONE);
    buf_add(body, STR("</a></p>\n"));
}

/* English for all: browsers follow it unread. */
bool page_redirect(struct arena *a, struct page *p, int status, struct str location) {
    struct buf text;
    buf_init(&text, PAGE_MAX);
    buf_add(&text, STR("<p>Continue at <a href=\""));
    encode_html(&text, location);
    buf_add(&text, STR("\">this address</a>.</p>\n"));
    bool is_made =
        !text.failed && page_html(a, p, words_english(), status, STR("Continue"), buf_str(&text));
    buf_fini(&text);
    return is_made && page_header(a, p, STR("Location"), location);
}

static bool error_json(struct arena *a, struct page *p, const struct err *e,
                       const struct activity *act) {
    const struct err_info *info = err_info(e->code);
    char time[CLOCK_ISO_SIZE];
    clock_iso(clock_wall_ms(), time);
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
static enum word advice_for(int status) {
    switch (status) {
    case 400:
    case 405:
    case 414:
    case 431:
    case 501:
        return WORD_ADVICE_REQUEST;
    case 401:
        return WORD_ADVICE_SIGN_IN;
    case 408:
        return WORD_ADVICE_SLOW;
    case 413:
        return WORD_ADVICE_LARGE;
    case 404:
        return WORD_ADVICE_ADDRESS;
    case 403:
        return WORD_ADVICE_ACCESS;
    case 429:
        return WORD_ADVICE_WAIT;
    case 503:
    case 504:
        return WORD_ADVICE_LATER;
    default:
        return WORD_ADVICE_OURS;
    }
}

/* What the person can do about a certificate, which they chose, or the browser for them;
 * `otherwise`: the error is another one, or theirs to wait for. */
static enum word certificate_advice(enum err_code code, enum word otherwise) {
    switch (code) {
    case ERR_CERTIFICATE_MISSING:
        return WORD_CERTIFICATE_MISSING;
    case ERR_CERTIFICATE_TIME:
        return WORD_CERTIFICATE_TIME;
    case ERR_CERTIFICATE_UNTRUSTED:
    case ERR_CERTIFICATE_REVOKED:
    case ERR_CERTIFICATE_NAME:
        return WORD_CERTIFICATE_ANOTHER;
    case ERR_CERTIFICATE_SITE:
        return WORD_CERTIFICATE_SITE;
    default:
        return otherwise;
    }
}

static void add_line(struct buf *text, const struct words *w, enum word label, struct str value) {
    buf_add(text, STR("<dt>"));
    words_add(text, w, label, STR_NONE);
    buf_add(text, STR("</dt><dd>"));
    encode_html(text, value);
    buf_add(text, STR("</dd>\n"));
}

/* What an administrator needs to find it again. */
static void add_lines(struct buf *text, const struct words *w, const struct err_info *info,
                      const struct activity *act) {
    char time[CLOCK_ISO_SIZE], status[64];
    clock_iso(clock_wall_ms(), time);
    snprintf(status, sizeof status, "%d (%s)", info->status, info->name);
    buf_add(text, STR("<dl>\n"));
    add_line(text, w, WORD_LABEL_STATUS, str_of(status));
    add_line(text, w, WORD_LABEL_ACTIVITY, str_of(act->id));
    add_line(text, w, WORD_LABEL_TIME, str_of(time));
    if (act->app[0]) {
        add_line(text, w, WORD_LABEL_APP, str_of(act->app));
        add_line(text, w, WORD_LABEL_CONNECTOR, str_of(act->connector));
    }
    buf_add(text, STR("</dl>\n"));
}

bool page_error(struct arena *a, struct page *p, const struct err *e, const struct activity *act,
                const struct headers *asked) {
    if (!asked || page_wants_json(asked))
        return error_json(a, p, e, act);
    return page_error_with(a, p, e, act, page_words(asked), STR_NONE);
}

bool page_error_with(struct arena *a, struct page *p, const struct err *e,
                     const struct activity *act, const struct words *w, struct str more) {
    const struct err_info *info = err_info(e->code);
    struct buf text;
    buf_init(&text, PAGE_MAX);
    page_add_text(&text, w, certificate_advice(e->code, advice_for(info->status)), STR_NONE);
    buf_add(&text, more);
    bool is_of_provider = act->has_other_way || info->event == 13014 ||
                          (info->event >= 22001 && info->event <= 22007);
    if (info->status == 401 || is_of_provider)
        page_add_button(&text, w, WORD_SIGN_IN_BUTTON, STR(LOCAL_PATH "sign-in"));
    add_lines(&text, w, info, act);
    struct str title = words_text(w, words_title(e->code));
    bool is_made = !text.failed && page_html(a, p, w, info->status, title, buf_str(&text));
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
