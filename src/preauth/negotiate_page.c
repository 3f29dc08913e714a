/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/negotiate_page.h"

#include "base/encode.h"

enum { URL_MAX = 4 * LOCAL_TO_MAX, BODY_MAX = 32 * 1024 };

/* What the person can do about it, beside signing in another way. */
static const struct {
    enum err_code code;
    const char *advice;
} ADVICE[] = {
    {ERR_NEGOTIATE_NTLM,
     "Your browser could not get a Kerberos ticket for this address and offered NTLM, an older way "
     "to sign in that is not accepted here. That happens on computers that are not in your "
     "organisation's domain, and for accounts of the computer itself."},
    {ERR_NEGOTIATE_CLOCK,
     "The clock of this computer may be wrong. Correct it, or lock the computer and unlock it "
     "again, then reload this page."},
    {ERR_NEGOTIATE_KEY,
     "Lock the computer and unlock it again, then reload this page: your browser may hold an old "
     "ticket."},
    {ERR_NEGOTIATE_REPLAY, "Reload this page to try again."},
};

/* The sign-in of the next provider; nothing when the app has none. */
static struct str next_url(const struct local_request *r, const struct negotiate_entry *entry) {
    const struct config_provider *next = negotiate_next(entry->app);
    struct buf url;
    if (!next)
        return STR_NONE;
    buf_init(&url, URL_MAX);
    buf_add(&url, STR(LOCAL_PATH "sign-in?by="));
    encode_query(&url, str_of(next->name));
    buf_add(&url, STR("&to="));
    encode_query(&url, entry->to);
    struct str result = url.failed ? STR_NONE : arena_str(r->arena, buf_str(&url));
    buf_fini(&url);
    return result;
}

static void add_way_on(struct buf *body, struct str url) {
    if (url.n == 0) {
        buf_add(body, STR("<p>There is no other way to sign in here.</p>\n"));
        return;
    }
    buf_add(body, STR("<p><a class=\"button\" href=\""));
    encode_html(body, url);
    buf_add(body, STR("\">Sign in another way</a></p>\n"));
}

bool negotiate_page_ask(const struct local_request *r, const struct negotiate_entry *entry,
                        struct page *p) {
    struct str url = next_url(r, entry);
    struct buf body;
    buf_init(&body, BODY_MAX);
    buf_add(&body, STR("<p>Your browser has no Kerberos ticket that it sends here. On a computer "
                       "of your organisation, the browser has to be set up to sign in to this "
                       "address by itself.</p>\n"));
    add_way_on(&body, url);
    bool is_made = !body.failed && page_html(r->arena, p, 401, "Sign in", buf_str(&body)) &&
                   page_header(r->arena, p, STR("WWW-Authenticate"), STR("Negotiate"));
    buf_fini(&body);
    char *refresh = arena_printf(r->arena, "0; url=%.*s", STR_ARG(url));
    return is_made && refresh &&
           (url.n == 0 || page_header(r->arena, p, STR("Refresh"), str_of(refresh)));
}

bool negotiate_page_refuse(const struct local_request *r, const struct negotiate_entry *entry,
                           const struct err *e, struct page *p) {
    struct buf more;
    buf_init(&more, BODY_MAX);
    for (size_t i = 0; i < sizeof ADVICE / sizeof ADVICE[0]; i++) {
        if (ADVICE[i].code == e->code)
            buf_printf(&more, "<p>%s</p>\n", ADVICE[i].advice);
    }
    add_way_on(&more, next_url(r, entry));
    r->activity->err = *e;
    bool is_made = !more.failed && page_error_with(r->arena, p, e, r->activity, buf_str(&more));
    buf_fini(&more);
    return is_made;
}
