/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/probe_answer.h"

#include "base/encode.h"
#include "base/json_text.h"
#include "http/date.h"
#include "kerberos/kdc_reply.h"

enum {
    SCHEMES_MAX = 8,
    SCHEME_SIZE = 32, /* longest name of a scheme that is shown */
    VALUE_MAX = 512,  /* longest value of a header that is shown */
};

/* By enum spnego_state, _mech and _content. */
static const char *const STATES[] = {"accepted", "incomplete", "rejected", "request-mic", NULL};
static const char *const MECHS[] = {NULL, "krb5", "ntlm", "other"};
static const char *const CONTENTS[] = {"nothing", "ap-rep", "krb-error", "ntlm", "other"};

static bool is_token_char(char c) {
    return str_is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

/* The scheme at the start of one element of a challenge list (RFC 9110 11.6.1), and in `*rest` what
 * is behind it; empty for a parameter of the scheme before, `realm="x"`. */
static struct str scheme_of(struct str element, struct str *rest) {
    struct str s = str_trim(element);
    size_t n = 0;
    while (n < s.n && is_token_char(s.p[n]))
        n++;
    *rest = str_trim(str_from(s, n));
    bool is_alone = n == s.n, has_blank = n < s.n && (s.p[n] == ' ' || s.p[n] == '\t');
    bool is_parameter = has_blank && rest->n > 0 && rest->p[0] == '=';
    return n > 0 && n <= SCHEME_SIZE && (is_alone || has_blank) && !is_parameter ? str_head(s, n)
                                                                                 : STR_NONE;
}

static bool is_challenge(const struct header *h) {
    return str_eq_ci(h->name, STR("WWW-Authenticate"));
}

static bool has_text(const json_t *list, struct str text) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq_ci(str_of(json_string_value(json_array_get(list, i))), text))
            return true;
    return false;
}

static json_t *schemes_of(const struct message *m) {
    json_t *list = json_array();
    for (size_t i = 0; i < m->headers.count; i++) {
        struct str element, behind, rest = m->headers.at[i].value;
        while (is_challenge(&m->headers.at[i]) && str_split(&rest, ',', &element)) {
            struct str scheme = scheme_of(element, &behind);
            if (scheme.n > 0 && json_array_size(list) < SCHEMES_MAX && !has_text(list, scheme))
                json_array_append_new(list, json_text(scheme));
        }
    }
    return list;
}

static struct str token_of(const struct message *m) {
    for (size_t i = 0; i < m->headers.count; i++) {
        struct str element, behind, rest = m->headers.at[i].value;
        while (is_challenge(&m->headers.at[i]) && str_split(&rest, ',', &element)) {
            struct str scheme = scheme_of(element, &behind);
            if (behind.n > 0 &&
                (str_eq_ci(scheme, STR("Negotiate")) || str_eq_ci(scheme, STR("Kerberos"))))
                return behind;
        }
    }
    return STR_NONE;
}

bool probe_answer_token(const struct message *m, struct buf *memory, struct spnego_answer *a) {
    struct str token = token_of(m);
    buf_clear(memory);
    return token.n > 0 && token.n <= PROBE_TOKEN_MAX && decode_base64(memory, token) &&
           !memory->failed && spnego_answer_read(buf_str(memory), a);
}

static void set_word(json_t *to, const char *key, const char *word) {
    if (word)
        json_object_set_new(to, key, json_string(word));
}

static json_t *token_json(const struct spnego_answer *a, enum probe_proof proof) {
    json_t *o = json_object();
    struct kdc_reply error;
    set_word(o, "state", STATES[a->state]);
    set_word(o, "mech", MECHS[a->mech]);
    set_word(o, "content", CONTENTS[a->content]);
    if (proof != PROOF_NONE)
        json_object_set_new(o, "proven", json_boolean(proof == PROOF_TRUE));
    if (a->content != SPNEGO_KRB_ERROR || !kdc_reply_decode(a->message, &error))
        return o;
    json_object_set_new(o, "krb_code", json_integer(error.code));
    if (error.nt_status)
        json_object_set_new(o, "nt_status", json_integer(error.nt_status));
    if (error.stime_s)
        json_object_set_new(o, "stime", json_integer(error.stime_s));
    json_set_text(o, "text", str_head(error.text, VALUE_MAX));
    return o;
}

static void set_header(json_t *to, const char *key, const struct message *m, struct str name) {
    json_set_text(to, key, str_whole(str_head(headers_get(&m->headers, name), VALUE_MAX)));
}

/* Our pages below /.kerbgate/, our cookies, and the policy that all our pages have. */
static bool is_ours(const struct message *m) {
    size_t at;
    for (size_t i = 0; i < m->headers.count; i++) {
        struct str name = m->headers.at[i].name, value = m->headers.at[i].value;
        if (str_eq_ci(name, STR("Set-Cookie")) && str_starts(value, STR("__Host-kerbgate")))
            return true;
        if (str_eq_ci(name, STR("Location")) && str_find(value, STR("/.kerbgate/"), &at))
            return true;
        if (str_eq_ci(name, STR("Content-Security-Policy")) &&
            str_starts(value, STR("default-src 'none'; style-src 'sha256-")) &&
            str_ends(value, STR("form-action 'self'; base-uri 'none'; frame-ancestors 'none'")))
            return true;
    }
    return false;
}

json_t *probe_answer_json(const struct probe_received *r) {
    const struct message *m = r->message;
    int64_t date_s;
    json_t *o =
        json_pack("{s:b,s:i,s:o,s:I,s:I,s:s,s:b}", "ok", 1, "status", m->status, "www_authenticate",
                  schemes_of(m), "us", (json_int_t)r->us, "head_size", (json_int_t)r->head_size,
                  "protocol", m->minor == 0 ? "HTTP/1.0" : "HTTP/1.1", "via_kerbgate", is_ours(m));
    if (!o)
        return NULL;
    set_header(o, "server", m, STR("Server"));
    struct str location = headers_get(&m->headers, STR("Location"));
    /* What is behind '?' or '#' may be a code that signs in. */
    location = str_head(location, str_index(location, '?'));
    location = str_head(location, str_index(location, '#'));
    json_set_text(o, "location", str_whole(str_head(location, VALUE_MAX)));
    set_header(o, "via", m, STR("Via"));
    json_object_set_new(o, "keep_alive", json_boolean(m->keep_alive));
    if (http_date_parse(headers_get(&m->headers, STR("Date")), &date_s))
        json_object_set_new(o, "date_skew_s", json_integer(date_s - r->now_s));
    if (headers_get(&m->headers, STR("Persistent-Auth")).p)
        json_object_set_new(
            o, "persistent_auth",
            json_boolean(str_eq_ci(str_trim(headers_get(&m->headers, STR("Persistent-Auth"))),
                                   STR("true"))));
    if (r->token)
        json_object_set_new(o, "token", token_json(r->token, r->proof));
    return o;
}

json_t *probe_answer_failed(const char *code, const char *detail, size_t head_size) {
    json_t *error = json_pack("{s:s}", "code", code);
    json_set_text(error, "detail", str_of(detail));
    return json_pack("{s:b,s:o,s:I}", "ok", 0, "error", error, "head_size", (json_int_t)head_size);
}
