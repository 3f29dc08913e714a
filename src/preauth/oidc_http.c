/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_http.h"

#include "base/buf.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { CONNECT_MS_MAX = 5000, HEAD_MAX = 16 * 1024 };

struct transfer {
    struct oidc_http *http;
    CURL *curl;
    struct curl_slist *headers;
    struct buf body;
    size_t head_size;
    bool is_too_large;
    oidc_http_done_fn *done;
    void *user;
    char url[160]; /* for messages, without its query */
    char why[CURL_ERROR_SIZE];
    LIST_ENTRY(transfer) in_all;
};

struct oidc_http {
    CURLM *multi;
    LIST_HEAD(, transfer) transfers;
    unsigned count;
};

void oidc_http_init(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

struct oidc_http *oidc_http_new(void) {
    struct oidc_http *h = calloc(1, sizeof *h);
    if (h && (h->multi = curl_multi_init())) {
        LIST_INIT(&h->transfers);
        curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)OIDC_HTTP_CONNECTIONS_MAX);
        curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                          (long)OIDC_HTTP_CONNECTIONS_MAX);
        return h;
    }
    free(h);
    return NULL;
}

static void transfer_free(struct transfer *t) {
    curl_easy_cleanup(t->curl);
    curl_slist_free_all(t->headers);
    buf_fini(&t->body);
    free(t);
}

static void finish(struct transfer *t, int status, const struct err *e) {
    struct oidc_http *h = t->http;
    curl_multi_remove_handle(h->multi, t->curl);
    LIST_REMOVE(t, in_all);
    h->count--;
    t->done(t->user, status, e->code == ERR_NONE ? buf_str(&t->body) : STR_NONE, e);
    transfer_free(t);
}

void oidc_http_free(struct oidc_http *h) {
    struct transfer *t, *next;
    struct err e;
    if (!h)
        return;
    err_set(&e, ERR_SHUTTING_DOWN, "the gateway is about to end");
    for (t = LIST_FIRST(&h->transfers); t; t = next) {
        next = LIST_NEXT(t, in_all);
        finish(t, 0, &e);
    }
    curl_multi_cleanup(h->multi);
    free(h);
}

static size_t on_body(char *data, size_t one, size_t n, void *user) {
    struct transfer *t = user;
    buf_add(&t->body, str_n(data, one * n));
    t->is_too_large = t->body.failed;
    return t->is_too_large ? 0 : one * n;
}

// NOLINTNEXTLINE(readability-non-const-parameter): because curl_write_callback says so
static size_t on_head(char *data, size_t one, size_t n, void *user) {
    struct transfer *t = user;
    (void)data;
    t->head_size += one * n;
    t->is_too_large = t->head_size > HEAD_MAX;
    return t->is_too_large ? 0 : one * n;
}

static CURLcode set_blob(CURL *c, CURLoption option, struct str pem) {
    struct curl_blob blob = {(char *)pem.p, pem.n, CURL_BLOB_NOCOPY};
    return pem.n ? curl_easy_setopt(c, option, &blob) : CURLE_OK;
}

static CURLcode set_site(CURL *c, const struct oidc_http_site *s) {
    long connect_ms = (long)(s->timeout_ms < CONNECT_MS_MAX ? s->timeout_ms : CONNECT_MS_MAX);
    CURLcode failed = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
    failed |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    failed |= curl_easy_setopt(c, CURLOPT_PROXY, s->proxy ? s->proxy : "");
    failed |= curl_easy_setopt(c, CURLOPT_NOPROXY, "");
    failed |= set_blob(c, CURLOPT_CAINFO_BLOB, s->ca);
    failed |= set_blob(c, CURLOPT_SSLCERT_BLOB, s->certificate);
    failed |= set_blob(c, CURLOPT_SSLKEY_BLOB, s->key);
    /* The system's folder of authorities must not stand beside those of the file. */
    if (s->ca.n)
        failed |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    return failed;
}

/* Whatever could lead elsewhere than to the address that was asked for is off. */
static CURLcode set_rules(CURL *c) {
    CURLcode failed = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    failed |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    failed |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    failed |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    failed |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    failed |= curl_easy_setopt(c, CURLOPT_USERAGENT, "kerbgate/" KERBGATE_VERSION);
    failed |= curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)OIDC_HTTP_BODY_MAX);
    return failed;
}

static bool add_header(struct transfer *t, const char *name, const char *value) {
    char *line;
    if (asprintf(&line, "%s: %s", name, value) < 0)
        return false;
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    free(line);
    if (longer)
        t->headers = longer;
    return longer != NULL;
}

static CURLcode set_request(struct transfer *t, const struct oidc_http_request *r) {
    CURL *c = t->curl;
    CURLcode failed = curl_easy_setopt(c, CURLOPT_URL, r->url);
    if (!add_header(t, "Accept", r->accept ? r->accept : "application/json") ||
        (r->content_type && !add_header(t, "Content-Type", r->content_type)) ||
        (r->authorization && !add_header(t, "Authorization", r->authorization)))
        return CURLE_OUT_OF_MEMORY;
    if (r->may_be_clear)
        failed |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    if (r->form) {
        failed |= curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)r->form->n);
        failed |= curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, r->form->p);
    }
    failed |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->headers);
    failed |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    failed |= curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    failed |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_head);
    failed |= curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    failed |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why);
    failed |= curl_easy_setopt(c, CURLOPT_PRIVATE, t);
    return failed;
}

bool oidc_http_ask(struct oidc_http *h, const struct oidc_http_request *r, oidc_http_done_fn *done,
                   void *user, struct err *e) {
    if (h->count >= OIDC_HTTP_REQUESTS_MAX) {
        err_set(e, ERR_BUSY, "%d requests to identity providers are under way, and more may not",
                OIDC_HTTP_REQUESTS_MAX);
        err_hint(e, "Either the provider is slow, or somebody floods the gateway with sign-ins");
        return false;
    }
    struct transfer *t = calloc(1, sizeof *t);
    if (!t)
        return err_set(e, ERR_NO_MEMORY, "no memory for a request to an identity provider");
    t->http = h;
    t->done = done;
    t->user = user;
    buf_init_secret(&t->body, OIDC_HTTP_BODY_MAX);
    size_t shown = str_index(str_of(r->url), '?');
    if (shown >= sizeof t->url)
        shown = sizeof t->url - 1;
    memcpy(t->url, r->url, shown);
    t->curl = curl_easy_init();
    if (t->curl && set_rules(t->curl) == CURLE_OK && set_site(t->curl, r->site) == CURLE_OK &&
        set_request(t, r) == CURLE_OK && curl_multi_add_handle(h->multi, t->curl) == CURLM_OK) {
        LIST_INSERT_HEAD(&h->transfers, t, in_all);
        h->count++;
        return true;
    }
    transfer_free(t);
    return err_set(e, ERR_NO_MEMORY, "no memory for a request to an identity provider");
}

/* libcurl's words may repeat what the other side said: only printable ones go on. */
static void explain(struct transfer *t, CURLcode code, struct err *e) {
    const char *why = t->why[0] ? t->why : curl_easy_strerror(code);
    char text[160];
    size_t n = 0;
    for (; why[n] && n + 1 < sizeof text; n++)
        text[n] = why[n] < ' ' || why[n] > '~' ? '?' : why[n];
    text[n] = 0;
    if (t->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
        err_set(e, ERR_IDP_ANSWER, "%s answers with more than %d bytes", t->url,
                OIDC_HTTP_BODY_MAX);
    else
        err_set(e, ERR_IDP_DOWN, "%s: %s", t->url, text);
}

static void complete(struct transfer *t, CURLcode code) {
    struct err e = {.code = ERR_NONE};
    long status = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK)
        explain(t, code, &e);
    else if (status >= 300 && status < 400)
        err_set(&e, ERR_IDP_ANSWER, "%s answers with a redirect, which is not followed", t->url);
    else if (status >= 500)
        err_set(&e, ERR_IDP_DOWN, "%s answers with status %ld", t->url, status);
    finish(t, (int)status, &e);
}

void oidc_http_run(struct oidc_http *h, int wait_ms) {
    int unused;
    CURLMsg *m;
    curl_multi_perform(h->multi, &unused);
    while ((m = curl_multi_info_read(h->multi, &unused))) {
        struct transfer *t = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        if (m->msg == CURLMSG_DONE && t)
            complete(t, code);
        wait_ms = 0; /* what came of it may be more to do */
    }
    curl_multi_poll(h->multi, NULL, 0, wait_ms, NULL);
}

void oidc_http_wake(struct oidc_http *h) { curl_multi_wakeup(h->multi); }
