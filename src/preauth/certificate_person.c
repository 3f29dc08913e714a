/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/certificate_person.h"

#include "base/encode.h"
#include "connector/login.h"

#include <jansson.h>

enum { BASE64_MAX = 64 * 1024 };

static const char *const WORDS[] = {[NAME_FROM_UPN] = "upn",
                                    [NAME_FROM_EMAIL] = "email",
                                    [NAME_FROM_COMMON_NAME] = "common_name",
                                    [NAME_FROM_SUBJECT] = "subject"};

static const struct certificate_texts *texts_of(const struct certificate_names *n,
                                                enum config_name_from from) {
    static const struct certificate_texts NONE;
    switch (from) {
    case NAME_FROM_UPN:
        return &n->upn;
    case NAME_FROM_EMAIL:
        return &n->email;
    case NAME_FROM_COMMON_NAME:
        return &n->cn;
    case NAME_FROM_SUBJECT:
        break;
    }
    return &NONE;
}

static bool refuse(struct err *e, enum config_name_from from, const char *why) {
    err_set(e, ERR_CERTIFICATE_NAME,
            "the certificate is to say who somebody is by %s, of which it has %s", WORDS[from],
            why);
    err_hint(e,
             "Let certificates.names say what the authority's certificates have. Nothing else is "
             "tried in its place.");
    return false;
}

/* One '@' with something on each side. */
static bool is_full(struct str name) {
    size_t at = str_index(name, '@');
    return at > 0 && at + 1 < name.n && str_index(str_from(name, at + 1), '@') == name.n - at - 1;
}

/* The person's name by this rule, which the certificate has a name for. */
static bool apply(struct arena *a, const struct config_name_rule *rule,
                  const struct certificate_texts *texts, const char **out, struct err *e) {
    *out = texts->at[0];
    if (texts->count > 1)
        return refuse(e, rule->from, "several");
    if (rule->domain && !(*out = arena_printf(a, "%s@%s", *out, rule->domain)))
        return err_set(e, ERR_NO_MEMORY, "no memory for a name");
    return is_full(str_of(*out)) || refuse(e, rule->from, "one that is not name@domain");
}

/* `*upn` NULL: by the whole subject, which is nobody's name in the directory. */
static bool name_of(struct arena *a, const struct config_certificates *c,
                    const struct certificate_names *names, const char **upn, struct err *e) {
    static const struct config_name_rule BY_UPN = {.from = NAME_FROM_UPN};
    const struct config_name_rule *rules = c->name_count ? c->names : &BY_UPN;
    size_t count = c->name_count ? c->name_count : 1;
    *upn = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct certificate_texts *texts = texts_of(names, rules[i].from);
        if (rules[i].from == NAME_FROM_SUBJECT)
            return names->subject[0] || refuse(e, rules[i].from, "an empty one");
        if (texts->count > 0)
            return apply(a, &rules[i], texts, upn, e);
    }
    return refuse(e, rules[count - 1].from, count > 1 ? "none, nor any of those before" : "none");
}

static void set_texts(json_t *o, const char *name, const struct certificate_texts *t) {
    json_t *list = json_array();
    for (size_t i = 0; i < t->count; i++)
        json_array_append_new(list, json_string(t->at[i]));
    if (t->count > 0)
        json_object_set(o, name, t->count > 1 ? list : json_array_get(list, 0));
    json_decref(list);
}

static char *claims_of(const struct certificate_names *n, const char *upn, struct str der) {
    struct buf base64;
    json_t *o = json_object();
    buf_init(&base64, BASE64_MAX);
    encode_base64(&base64, der);
    bool ok = !base64.failed &&
              json_object_set_new(o, "certificate",
                                  json_stringn(buf_str(&base64).p, buf_size(&base64))) == 0 &&
              json_object_set_new(o, "subject", json_string(n->subject)) == 0 &&
              json_object_set_new(o, "issuer", json_string(n->issuer)) == 0 &&
              json_object_set_new(o, "serial", json_string(n->serial)) == 0 &&
              json_object_set_new(o, "fingerprint", json_string(n->fingerprint)) == 0 &&
              (!n->sid || json_object_set_new(o, "sid", json_string(n->sid)) == 0) &&
              (!upn || json_object_set_new(o, CLAIM_UPN, json_string(upn)) == 0);
    set_texts(o, "upn", &n->upn);
    set_texts(o, "email", &n->email);
    set_texts(o, "cn", &n->cn);
    set_texts(o, "san", &n->san);
    char *text = ok ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    buf_fini(&base64);
    return text;
}

bool certificate_person_of(struct arena *a, const struct config_certificates *c,
                           const struct certificate_names *names, struct str der,
                           struct certificate_person *out, struct err *e) {
    const char *upn;
    *out = (struct certificate_person){0};
    if (!name_of(a, c, names, &upn, e))
        return false;
    out->subject = upn ? upn : names->subject;
    out->claims = claims_of(names, upn, der);
    return out->claims ||
           err_set(e, ERR_CERTIFICATE_NAME, "what the certificate says cannot be written as texts");
}
