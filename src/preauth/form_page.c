/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/form_page.h"

#include "base/encode.h"
#include "base/secret.h"
#include "http/cookie.h"
#include "http/form.h"

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

/* Puts the form into the shell, with the cookie that belongs to it. */
static bool finish(const struct local_request *r, struct buf *form, int status, const char *title,
                   struct str token, struct page *p) {
    struct str cookie = cookie_format(r->arena, STR(FORM_COOKIE), token, -1, 0);
    bool is_made = !form->failed && cookie.p && token.p &&
                   page_html(r->arena, p, status, title, buf_str(form)) &&
                   page_header(r->arena, p, STR("Set-Cookie"), cookie);
    buf_fini(form);
    return is_made;
}

static void add_notice(struct buf *out, const struct form_page *f) {
    if (!f->notice)
        return;
    buf_add(out, STR("<p class=\"bad\" role=\"alert\">"));
    encode_html(out, str_of(f->notice));
    if (f->link) {
        buf_add(out, STR(" <a href=\""));
        encode_html(out, str_of(f->link));
        buf_add(out, STR("\">Change the password</a>"));
    }
    buf_add(out, STR("</p>\n"));
}

bool form_page_sign_in(const struct local_request *r, const struct form_page *f, struct page *p) {
    struct str token = token_for(r);
    struct buf form;
    buf_init(&form, FORM_MAX);
    add_notice(&form, f);
    buf_add(&form, STR("<form method=\"post\" action=\"" LOCAL_PATH "sign-in\">\n"));
    add_hidden(&form, "csrf", token);
    add_hidden(&form, "to", f->to);
    add_hidden(&form, "by", f->by);
    buf_printf(&form,
               "<label for=\"username\">User name</label>\n"
               "<input id=\"username\" name=\"username\" autocomplete=\"username\" "
               "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"256\" required%s value=\"",
               f->user.n ? "" : " autofocus");
    encode_html(&form, f->user);
    buf_printf(&form,
               "\">\n<label for=\"password\">Password</label>\n"
               "<input id=\"password\" name=\"password\" type=\"password\" "
               "autocomplete=\"current-password\" maxlength=\"1024\" required%s>\n"
               "<button type=\"submit\">Sign in</button>\n</form>\n",
               f->user.n ? " autofocus" : "");
    return finish(r, &form, f->status, f->title ? f->title : "Sign in", token, p);
}

bool form_page_code(const struct local_request *r, const struct form_page *f, struct page *p) {
    struct str token = token_for(r);
    struct buf form;
    buf_init(&form, FORM_MAX);
    add_notice(&form, f);
    buf_add(&form, STR("<form method=\"post\" action=\"" LOCAL_PATH "code\">\n"));
    add_hidden(&form, "csrf", token);
    add_hidden(&form, "to", f->to);
    add_hidden(&form, "by", f->by);
    buf_add(&form,
            STR("<label for=\"code\">Code from your authenticator app</label>\n"
                "<input id=\"code\" name=\"code\" inputmode=\"numeric\" "
                "autocomplete=\"one-time-code\" autocapitalize=\"none\" spellcheck=\"false\" "
                "pattern=\"[0-9 ]*\" maxlength=\"16\" required autofocus>\n"
                "<button type=\"submit\">Sign in</button>\n</form>\n"
                "<p><a href=\"" LOCAL_PATH "sign-in?to="));
    encode_query(&form, f->to);
    buf_add(&form, STR("&amp;by="));
    encode_query(&form, f->by);
    buf_add(&form, STR("\">Back to user name and password</a></p>\n"));
    return finish(r, &form, f->status, f->title ? f->title : "Code", token, p);
}

bool form_page_sign_out(const struct local_request *r, struct page *p) {
    struct str token = token_for(r);
    struct buf form;
    buf_init(&form, FORM_MAX);
    if (r->session) {
        buf_add(&form, STR("<p>You are signed in as <strong>"));
        encode_html(&form, str_of(session_identity(r->session)->subject));
        buf_add(&form, STR("</strong>.</p>\n"));
    }
    buf_add(&form, STR("<form method=\"post\" action=\"" LOCAL_PATH "sign-out\">\n"));
    add_hidden(&form, "csrf", token);
    buf_add(&form, STR("<button type=\"submit\">Sign out</button>\n</form>\n"));
    return finish(r, &form, 200, "Sign out", token, p);
}
