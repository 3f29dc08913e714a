/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/form_page.h"

#include "base/encode.h"
#include "base/secret.h"
#include "http/cookie.h"
#include "http/form.h"
#include "preauth/choice.h"

enum {
    TOKEN_BYTES = 32,
    TOKEN_SIZE = 43, /* as base64url */
    FORM_MAX = 24 * 1024,
};

static bool is_token(struct str s) {
    if (s.n != TOKEN_SIZE)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!str_is_alnum(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

static struct str sent_token(const struct local_request *r) {
    size_t count;
    struct str token = cookie_get(&r->message->headers, STR(FORM_COOKIE), &count);
    return count == 1 && is_token(token) ? token : STR_NONE;
}

/* The token of this browser: the one it has, so that two open forms both work, or a new one. */
static struct str token_for(const struct local_request *r) {
    struct str token = sent_token(r);
    if (token.n > 0)
        return token;
    unsigned char random[TOKEN_BYTES];
    struct buf text;
    buf_init(&text, 64);
    secret_random(random, sizeof random);
    encode_base64url(&text, str_n((const char *)random, sizeof random));
    token = arena_str(r->arena, buf_str(&text));
    buf_fini(&text);
    return token;
}

/* Browsers say where a form came from (Origin: RFC 6454 7.3; Sec-Fetch-Site: Fetch Metadata). Those
 * that say neither are left to the token alone. */
static bool is_same_origin(const struct local_request *r) {
    const struct headers *h = &r->message->headers;
    struct str origin = headers_get(h, STR("Origin")), site = headers_get(h, STR("Sec-Fetch-Site"));
    if (origin.p && !str_eq_ci(origin, r->app->external.origin))
        return false;
    return !site.p || str_eq_ci(site, STR("same-origin"));
}

bool form_is_ours(const struct local_request *r) {
    struct str field, token = sent_token(r);
    return is_same_origin(r) && token.n > 0 && form_get(r->arena, r->body, STR("csrf"), &field) &&
           secret_equal(field, token);
}

static void add_hidden(struct buf *out, const char *name, struct str value) {
    buf_printf(out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    encode_html(out, value);
    buf_add(out, STR("\">\n"));
}

static void add_label(struct buf *out, const struct words *w, enum word word, const char *field) {
    buf_printf(out, "<label for=\"%s\">", field);
    words_add(out, w, word, STR_NONE);
    buf_add(out, STR("</label>\n"));
}

/* The form's button, and its end. */
static void add_submit(struct buf *out, const struct words *w, enum word word) {
    buf_add(out, STR("<button type=\"submit\">"));
    words_add(out, w, word, STR_NONE);
    buf_add(out, STR("</button>\n</form>\n"));
}

/* What the organisation says there. */
static void add_welcome(struct buf *out) {
    struct str text = page_sign_in_text();
    if (text.n == 0)
        return;
    buf_add(out, STR("<p>"));
    encode_html(out, text);
    buf_add(out, STR("</p>\n"));
}

/* Whose form it is, where that was chosen. */
static void add_choice(struct buf *out, const struct words *w, const struct form_page *f) {
    const struct config_provider *p = config_app_provider(f->app, f->by);
    if (p)
        page_add_text(out, w, WORD_CHOICE_MADE, choice_label(p));
}

static struct str other_way(const struct local_request *r, const struct form_page *f) {
    return f->app ? choice_url(r->arena, f->app, f->to) : STR_NONE;
}

/* The way to the other providers. */
static void add_other(struct buf *out, const struct words *w, struct str url) {
    buf_add(out, STR("<p class=\"other\"><a href=\""));
    encode_html(out, url);
    buf_add(out, STR("\">"));
    words_add(out, w, WORD_CHOICE_OTHER, STR_NONE);
    buf_add(out, STR("</a></p>\n"));
}

/* Puts the form into the shell, with the cookie that belongs to it. */
static bool finish(const struct local_request *r, struct buf *form, int status, enum word title,
                   struct str token, struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct str cookie = cookie_format(r->arena, STR(FORM_COOKIE), token, -1, 0);
    bool is_made = !form->failed && cookie.p && token.p &&
                   page_html(r->arena, p, w, status, words_text(w, title), buf_str(form)) &&
                   page_header(r->arena, p, STR("Set-Cookie"), cookie);
    buf_fini(form);
    return is_made;
}

static void add_notice(struct buf *out, const struct words *w, const struct form_page *f) {
    if (f->notice.n == 0)
        return;
    buf_add(out, STR("<p class=\"bad\" role=\"alert\">"));
    encode_html(out, f->notice);
    if (f->link) {
        buf_add(out, STR(" <a href=\""));
        encode_html(out, str_of(f->link));
        buf_add(out, STR("\">"));
        words_add(out, w, WORD_CHANGE_PASSWORD, STR_NONE);
        buf_add(out, STR("</a>"));
    }
    buf_add(out, STR("</p>\n"));
}

bool form_page_sign_in(const struct local_request *r, const struct form_page *f, struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct str token = token_for(r), other = other_way(r, f);
    struct buf form;
    buf_init(&form, FORM_MAX);
    add_welcome(&form);
    if (other.n > 0)
        add_choice(&form, w, f);
    add_notice(&form, w, f);
    buf_add(&form, STR("<form method=\"post\" action=\"" LOCAL_PATH "sign-in\">\n"));
    add_hidden(&form, "csrf", token);
    add_hidden(&form, "to", f->to);
    add_hidden(&form, "by", f->by);
    add_label(&form, w, WORD_USER_NAME, "username");
    buf_printf(&form,
               "<input id=\"username\" name=\"username\" autocomplete=\"username\" "
               "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"256\" required%s value=\"",
               f->user.n ? "" : " autofocus");
    encode_html(&form, f->user);
    buf_add(&form, STR("\">\n"));
    add_label(&form, w, WORD_PASSWORD, "password");
    buf_printf(&form,
               "<input id=\"password\" name=\"password\" type=\"password\" "
               "autocomplete=\"current-password\" maxlength=\"1024\" required%s>\n",
               f->user.n ? " autofocus" : "");
    add_submit(&form, w, WORD_SIGN_IN_BUTTON);
    if (other.n > 0)
        add_other(&form, w, other);
    return finish(r, &form, f->status, WORD_SIGN_IN, token, p);
}

bool form_page_code(const struct local_request *r, const struct form_page *f, struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct str token = token_for(r);
    struct buf form;
    buf_init(&form, FORM_MAX);
    add_notice(&form, w, f);
    buf_add(&form, STR("<form method=\"post\" action=\"" LOCAL_PATH "code\">\n"));
    add_hidden(&form, "csrf", token);
    add_hidden(&form, "to", f->to);
    add_hidden(&form, "by", f->by);
    add_label(&form, w, WORD_CODE_FIELD, "code");
    buf_add(&form,
            STR("<input id=\"code\" name=\"code\" inputmode=\"numeric\" "
                "autocomplete=\"one-time-code\" autocapitalize=\"none\" spellcheck=\"false\" "
                "pattern=\"[0-9 ]*\" maxlength=\"16\" required autofocus>\n"));
    add_submit(&form, w, WORD_SIGN_IN_BUTTON);
    buf_add(&form, STR("<p><a href=\"" LOCAL_PATH "sign-in?to="));
    encode_query(&form, f->to);
    buf_add(&form, STR("&amp;by="));
    encode_query(&form, f->by);
    buf_add(&form, STR("\">"));
    words_add(&form, w, WORD_CODE_BACK, STR_NONE);
    buf_add(&form, STR("</a></p>\n"));
    return finish(r, &form, f->status, WORD_CODE, token, p);
}

bool form_page_sign_out(const struct local_request *r, struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct str token = token_for(r);
    struct buf form;
    buf_init(&form, FORM_MAX);
    if (r->session)
        page_add_text(&form, w, WORD_SIGNED_IN_AS, str_of(session_identity(r->session)->subject));
    buf_add(&form, STR("<form method=\"post\" action=\"" LOCAL_PATH "sign-out\">\n"));
    add_hidden(&form, "csrf", token);
    add_submit(&form, w, WORD_SIGN_OUT_BUTTON);
    return finish(r, &form, 200, WORD_SIGN_OUT, token, p);
}
