/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/negotiate.h"

#include "base/encode.h"
#include "connector/authorize.h"
#include "connector/login.h"
#include "kerberos/spnego_offer.h"
#include "preauth/admission.h"
#include "preauth/choice.h"
#include "preauth/local_wait.h"
#include "preauth/negotiate_page.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_MAX = BROKER_AP_MAX + 1024, ANSWER_MAX = 8192 };

#define SCHEME "Negotiate "

struct arrival {
    struct local_wait wait; /* first: they are the same to the caller */
    struct local_tools *t;
    const struct local_request *r;
    struct local_later later;
    struct negotiate_entry entry;
    struct spnego_offer offer; /* points into the request's arena */
    struct str answer;         /* "Negotiate …", in the arena; empty: there is nothing to say */
    uint64_t asked;            /* of the broker, while waiting for it */
    struct admission *admission;
};

bool negotiate_is_inside(const struct config_provider *p, const struct sockaddr *source) {
    return address_ranges_have(p->negotiate.sources, p->negotiate.source_count, source);
}

const struct config_provider *negotiate_next(const struct config_app *app) {
    for (size_t i = 0; i < app->provider_count; i++)
        if (choice_is_for_browsers(app->providers[i]))
            return app->providers[i];
    return NULL;
}

static void arrival_free(struct arrival *v) {
    if (v->asked)
        broker_cancel(v->t->broker, v->asked);
    admission_cancel(v->admission);
    free(v);
}

static void cancel(struct local_wait *w) { arrival_free((struct arrival *)w); }

static void answer(struct arrival *v, const struct page *page) {
    struct local_later later = v->later;
    arrival_free(v);
    later.done(later.user, page);
}

static void refuse_later(struct arrival *v, const struct err *e) {
    struct page page;
    bool is_made = negotiate_page_refuse(v->r, &v->entry, e, &page);
    answer(v, is_made ? &page : NULL);
}

/* On with our proof. */
static void on_admitted(void *user, const struct page *page, const struct err *e) {
    struct arrival *v = user;
    v->admission = NULL;
    if (e->code != ERR_NONE) {
        refuse_later(v, e);
        return;
    }
    struct page p = page ? *page : (struct page){0};
    bool is_made = page && (v->answer.n == 0 ||
                            page_header(v->r->arena, &p, STR("WWW-Authenticate"), v->answer));
    answer(v, is_made ? &p : NULL);
}

/* What the domain has proven about the person. */
static char *claims_of(const struct broker_reply *reply) {
    size_t at = str_index(str_of(reply->principal), '@');
    json_t *claims = json_pack("{s:s,s:s,s:s%,s:[s]}", CLAIM_UPN, reply->principal,
                               CLAIM_ON_PREMISES_UPN, reply->principal, CLAIM_SAM_ACCOUNT_NAME,
                               reply->principal, at, "amr", "kerberos");
    json_t *groups = reply->groups ? json_loads(reply->groups, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (claims && groups)
        json_object_set_new(claims, CLAIM_GROUPS, groups);
    if (claims && reply->sid[0])
        json_object_set_new(claims, "onprem_sid", json_string(reply->sid));
    char *text = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    json_decref(claims);
    return text;
}

static bool write_answer(struct arrival *v, const struct broker_reply *reply) {
    struct buf token, header;
    buf_init(&token, ANSWER_MAX);
    buf_init(&header, 2 * ANSWER_MAX);
    spnego_offer_answer(&v->offer, str_n((const char *)reply->ap_rep, reply->ap_rep_size), &token);
    if (buf_size(&token) > 0) {
        buf_add(&header, STR(SCHEME));
        encode_base64(&header, buf_str(&token));
        v->answer = header.failed ? STR_NONE : arena_str(v->r->arena, buf_str(&header));
    }
    bool is_made = !token.failed && !header.failed && (buf_size(&token) == 0 || v->answer.p);
    buf_fini(&header);
    buf_fini(&token);
    return is_made;
}

static void begin_session(struct arrival *v, struct broker_reply *reply) {
    struct err e;
    struct identity who = {.provider = v->entry.provider->name,
                           .subject = reply->principal,
                           .principal = reply->principal,
                           .claims = claims_of(reply),
                           .own_ticket = reply->own,
                           .own_ticket_size = reply->own_size,
                           .own_ends_s = reply->own_ends_s};
    const char *how = arena_printf(v->r->arena, "signed in with a Kerberos ticket by %s",
                                   v->entry.provider->name);
    struct admission_way way = {v->t, v->r, v->entry.app, v->entry.to, how};
    if (how && who.claims && write_answer(v, reply))
        v->admission = admit(&way, &who, on_admitted, v);
    free(who.claims);
    if (!v->admission) {
        err_set(&e, ERR_NO_MEMORY, "no memory for a session");
        refuse_later(v, &e);
    }
}

static void on_judged(void *user, struct broker_reply *reply) {
    struct arrival *v = user;
    v->asked = 0;
    if (reply->err.code == ERR_NONE)
        begin_session(v, reply);
    else
        refuse_later(v, &reply->err);
    broker_reply_fini(reply);
}

/* Whether a session on this host may need the ticket as evidence. */
static bool wants_evidence(const struct arrival *v) {
    const struct config *c = v->t->config;
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        bool is_on_host = app == config_app_written(v->entry.app) ||
                          str_eq_ci(app->external.host, v->entry.app->external.host);
        if (is_on_host && app->sso == SSO_KERBEROS && config_app_has(app, v->entry.provider) &&
            config_negotiate_feeds(v->entry.provider, app))
            return true;
    }
    return false;
}

static bool ask_broker(struct arrival *v, struct err *e) {
    struct broker_request q = {.kind = BROKER_ACCEPT,
                               .provider = str_of(v->entry.provider->name),
                               .host = v->entry.app->external.host,
                               .ap_req = v->offer.ap_req.message,
                               .end_point = v->r->end_point,
                               .wants_evidence = wants_evidence(v),
                               .timeout_ms = (uint32_t)v->t->config->kerberos.timeout_ms};
    if (!v->t->broker)
        return err_set(e, ERR_BROKER_DOWN, "there is no broker to open tickets");
    v->asked = broker_ask(v->t->broker, &q, on_judged, v, e);
    return v->asked != 0;
}

static bool refuse_offer(const struct arrival *v, struct err *e) {
    const struct spnego_offer *o = &v->offer;
    struct str host = v->entry.app->external.host;
    if (o->kind == OFFER_NTLM) {
        err_set(e, ERR_NEGOTIATE_NTLM,
                "the browser offers NTLM%s, and no ticket for HTTP/%.*s: it could not get one",
                o->has_krb5 ? " before Kerberos" : "", STR_ARG(host));
        err_hint(
            e,
            "setspn -Q HTTP/%.*s (Windows) must show the account that identity_providers.account "
            "names, and no other; setspn -S adds it. Else the computer is not in the domain or "
            "reaches no domain controller (klist get HTTP/%.*s there says why), or its person "
            "signed in to it with an account of the computer's own.",
            STR_ARG(host), STR_ARG(host));
        return false;
    }
    err_set(e, ERR_NEGOTIATE_TOKEN, "the browser sent %s%s, and no ticket for HTTP/%.*s", o->words,
            o->has_krb5 && o->kind == OFFER_OTHER ? ", though it knows Kerberos" : "",
            STR_ARG(host));
    err_hint(e, "kerbgate decode explains what the browser sends: paste the Authorization header "
                "of the request to /.kerbgate/sign-in.");
    return false;
}

/* RFC 4559 4.2: the scheme, a blank, base64. */
static bool read_offer(struct arrival *v, struct str credentials, struct err *e) {
    struct str text = str_trim(str_from(credentials, sizeof SCHEME - 1)), raw = STR_NONE;
    struct buf token;
    buf_init_secret(&token, TOKEN_MAX);
    bool is_read = decode_base64(&token, text);
    bool is_large = token.failed && text.n > TOKEN_MAX;
    if (is_read)
        raw = arena_str(v->r->arena, buf_str(&token));
    buf_fini(&token);
    if (is_large)
        return err_set(e, ERR_HTTP_HEAD_TOO_LARGE, "a ticket is at most %d bytes", TOKEN_MAX);
    if (is_read && !raw.p)
        return err_set(e, ERR_NO_MEMORY, "no memory for a ticket");
    spnego_offer_read(raw, &v->offer);
    return v->offer.kind == OFFER_TICKET || refuse_offer(v, e);
}

/* The one header of this scheme; empty: there is none. */
static struct str credentials_of(const struct local_request *r) {
    const struct headers *h = &r->message->headers;
    struct str value = headers_get(h, STR("Authorization"));
    struct str scheme = STR(SCHEME);
    bool is_ours = str_eq_ci(str_head(value, scheme.n), scheme);
    return is_ours && headers_count(h, STR("Authorization")) == 1 &&
                   str_eq(r->message->method, STR("GET"))
               ? value
               : STR_NONE;
}

enum local_result negotiate_start(struct local_tools *t, const struct local_request *r,
                                  const struct negotiate_entry *entry,
                                  const struct local_later *later, struct page *page,
                                  struct local_wait **wait) {
    struct err e;
    struct str credentials = credentials_of(r);
    if (credentials.n == 0)
        return negotiate_page_ask(r, entry, page) ? LOCAL_NOW : LOCAL_FULL;
    struct arrival *v = calloc(1, sizeof *v);
    if (!v)
        return LOCAL_FULL;
    *v = (struct arrival){.wait = {cancel}, .t = t, .r = r, .later = *later, .entry = *entry};
    if (read_offer(v, credentials, &e) && ask_broker(v, &e)) {
        *wait = &v->wait;
        return LOCAL_LATER;
    }
    bool is_made = negotiate_page_refuse(r, entry, &e, page);
    arrival_free(v);
    return is_made ? LOCAL_NOW : LOCAL_FULL;
}
