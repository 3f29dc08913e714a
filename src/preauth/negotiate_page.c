/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/negotiate_page.h"

#include "base/encode.h"
#include "preauth/choice.h"

enum { URL_MAX = 4 * LOCAL_TO_MAX, BODY_MAX = 32 * 1024 };

/* What the person can do about it, beside signing in another way. */
static const struct {
    enum err_code code;
    enum word advice;
} ADVICE[] = {{ERR_NEGOTIATE_NTLM, WORD_NEGOTIATE_NTLM},
              {ERR_NEGOTIATE_CLOCK, WORD_NEGOTIATE_CLOCK},
              {ERR_NEGOTIATE_KEY, WORD_NEGOTIATE_KEY},
              {ERR_NEGOTIATE_REPLAY, WORD_NEGOTIATE_REPLAY}};

/* The sign-in of the next provider, or the choice where there are several; nothing when the app has
 * none. */
static struct str next_url(const struct local_request *r, const struct negotiate_entry *entry) {
    const struct config_provider *next = negotiate_next(entry->app);
    struct buf url;
    if (!next)
        return STR_NONE;
    if (choice_is_there(entry->app))
        return choice_url(r->arena, entry->app, entry->to);
    buf_init(&url, URL_MAX);
    buf_add(&url, STR(LOCAL_PATH "sign-in?by="));
    encode_query(&url, str_of(next->name));
    buf_add(&url, STR("&to="));
    encode_query(&url, entry->to);
    struct str result = url.failed ? STR_NONE : arena_str(r->arena, buf_str(&url));
    buf_fini(&url);
    return result;
}

static void add_way_on(struct buf *body, const struct words *w, struct str url) {
    if (url.n == 0)
        page_add_text(body, w, WORD_NEGOTIATE_NO_OTHER_WAY, STR_NONE);
    else
        page_add_button(body, w, WORD_NEGOTIATE_ANOTHER_WAY, url);
}

bool negotiate_page_ask(const struct local_request *r, const struct negotiate_entry *entry,
                        struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct str url = next_url(r, entry), title = words_text(w, WORD_SIGN_IN);
    struct buf body;
    buf_init(&body, BODY_MAX);
    page_add_text(&body, w, WORD_NEGOTIATE_NO_TICKET, STR_NONE);
    add_way_on(&body, w, url);
    bool is_made = !body.failed && page_html(r->arena, p, w, 401, title, buf_str(&body)) &&
                   page_header(r->arena, p, STR("WWW-Authenticate"), STR("Negotiate"));
    buf_fini(&body);
    char *refresh = arena_printf(r->arena, "0; url=%.*s", STR_ARG(url));
    return is_made && refresh &&
           (url.n == 0 || page_header(r->arena, p, STR("Refresh"), str_of(refresh)));
}

bool negotiate_page_refuse(const struct local_request *r, const struct negotiate_entry *entry,
                           const struct err *e, struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct buf more;
    buf_init(&more, BODY_MAX);
    for (size_t i = 0; i < sizeof ADVICE / sizeof ADVICE[0]; i++) {
        if (ADVICE[i].code == e->code)
            page_add_text(&more, w, ADVICE[i].advice, STR_NONE);
    }
    add_way_on(&more, w, next_url(r, entry));
    r->activity->err = *e;
    bool is_made = !more.failed && page_error_with(r->arena, p, e, r->activity, w, buf_str(&more));
    buf_fini(&more);
    return is_made;
}
