/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/answer.h"

#include "base/encode.h"
#include "connector/outward_address.h"
#include "connector/set_cookie.h"

static const struct str SCHEMES[] = {STR("Negotiate"), STR("NTLM"), STR("Kerberos")};

/* What follows the scheme in one element of a challenge list (RFC 9110 11.6.1), as "oQcw…" in
 * "Negotiate oQcw…"; p == NULL when it is another's. */
static struct str behind_scheme(struct str element, struct str scheme) {
    struct str s = str_trim(element);
    if (!str_eq_ci(str_head(s, scheme.n), scheme) ||
        (s.n > scheme.n && s.p[scheme.n] != ' ' && s.p[scheme.n] != '\t'))
        return STR_NONE;
    return str_trim(str_from(s, scheme.n));
}

static struct str windows_scheme(struct str element) {
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++)
        if (behind_scheme(element, SCHEMES[i]).p)
            return SCHEMES[i];
    return STR_NONE;
}

static struct str find_scheme(struct str challenges) {
    struct str part, scheme = STR_NONE;
    while (!scheme.p && str_split(&challenges, ',', &part))
        scheme = windows_scheme(part);
    return scheme;
}

struct str answer_ticket_scheme(const struct message *m) {
    struct str scheme = STR_NONE;
    for (size_t i = 0; m->status == 401 && !scheme.p && i < m->headers.count; i++) {
        if (str_eq_ci(m->headers.at[i].name, STR("WWW-Authenticate")))
            scheme = find_scheme(m->headers.at[i].value);
    }
    return scheme;
}

/* What follows this scheme in the first challenge that has it. */
static struct str challenge(const struct message *m, struct str scheme) {
    struct str found = STR_NONE;
    for (size_t i = 0; !found.p && i < m->headers.count; i++) {
        struct str element, rest = m->headers.at[i].value;
        while (str_eq_ci(m->headers.at[i].name, STR("WWW-Authenticate")) && !found.p &&
               str_split(&rest, ',', &element))
            found = behind_scheme(element, scheme);
    }
    return found;
}

bool answer_offers(const struct message *m, struct str scheme) { return challenge(m, scheme).p; }

static struct str token_of(const struct message *m) {
    struct str token = challenge(m, STR("Negotiate"));
    return token.n ? token : challenge(m, STR("Kerberos"));
}

bool answer_has_token(const struct message *m) { return token_of(m).n > 0; }

bool answer_read_token(const struct message *m, struct buf *memory, struct spnego_answer *a) {
    struct str token = token_of(m);
    buf_clear(memory);
    return token.n > 0 && token.n <= ANSWER_TOKEN_MAX && decode_base64(memory, token) &&
           !memory->failed && spnego_answer_read(buf_str(memory), a);
}

/* Whether a Set-Cookie sets one of ours. Browsers forget an empty name: "=__Host-x=y" comes back
 * as "__Host-x=y" (RFC 6265 5.2, mended in later drafts). */
static bool is_our_cookie(struct str value) {
    while (value.n > 0 && strchr(" \t=", value.p[0]))
        value = str_from(value, 1);
    return str_eq_ci(str_head(value, sizeof COOKIE_PREFIX - 1), STR(COOKIE_PREFIX));
}

static bool is_kept_inside(const struct header *h, bool had_ticket) {
    if (str_eq_ci(h->name, STR("WWW-Authenticate")))
        return had_ticket && find_scheme(h->value).p;
    return str_eq_ci(h->name, STR("Set-Cookie")) && is_our_cookie(h->value);
}

/* Where a back end says addresses of its own. */
static const struct {
    struct str name;
    struct str (*rewrite)(struct arena *a, const struct config_app *app, struct str value);
} REWRITES[] = {
    {STR("Location"), outward_address},      {STR("Content-Location"), outward_address},
    {STR("Refresh"), outward_refresh},       {STR("Link"), outward_link},
    {STR("Set-Cookie"), set_cookie_outward},
};

/* A 426 says which protocols are wanted (RFC 9110 15.5.22); several lines are one list (5.3). */
static struct str protocol_of(struct arena *a, const struct message *m) {
    struct str all = STR("");
    if (m->status != 426)
        return m->protocol;
    for (size_t i = 0; all.p && i < m->headers.count; i++) {
        const struct header *h = &m->headers.at[i];
        if (str_eq_ci(h->name, STR("Upgrade")) && h->value.n > 0)
            all = arena_join(a, (struct str[]){all, all.n ? STR(", ") : STR(""), h->value}, 3);
    }
    return all;
}

bool answer_outward(struct arena *a, const struct config_app *app, bool had_ticket,
                    const struct message *in, struct message *out) {
    *out = (struct message){.status = in->status,
                            .minor = 1,
                            .body = in->body,
                            .length = in->length,
                            .upgrade = in->upgrade,
                            .protocol = protocol_of(a, in)};
    const struct headers *naming = headers_naming(&in->headers);
    if (out->upgrade && !out->protocol.p)
        return false;
    for (size_t i = 0; i < in->headers.count; i++) {
        const struct header *h = &in->headers.at[i];
        struct str value = h->value;
        if (header_is_hop_by_hop(naming, h->name) || is_kept_inside(h, had_ticket))
            continue;
        for (size_t k = 0; app->translates_headers && k < sizeof REWRITES / sizeof *REWRITES; k++)
            if (str_eq_ci(h->name, REWRITES[k].name))
                value = REWRITES[k].rewrite(a, app, value);
        if (!value.p || !headers_add(a, &out->headers, h->name, value))
            return false;
    }
    return true;
}
