/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jws_token.h"

#include "base/encode.h"

#include <jansson.h>

enum { PARTS = 3 };

static const char *const NAMES[JWS_ALGORITHMS] = {
    [JWS_RS256] = "RS256", [JWS_RS384] = "RS384", [JWS_RS512] = "RS512", [JWS_PS256] = "PS256",
    [JWS_PS384] = "PS384", [JWS_PS512] = "PS512", [JWS_ES256] = "ES256", [JWS_ES384] = "ES384",
    [JWS_ES512] = "ES512", [JWS_EDDSA] = "EdDSA",
};

const char *jws_algorithm_name(enum jws_algorithm a) { return NAMES[a]; }

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

/* A member that is there twice could be read in two ways (RFC 7515 4, RFC 7519 4). */
static json_t *read_object(struct str part) {
    struct buf text;
    json_t *object = NULL;
    buf_init(&text, JWS_TOKEN_MAX);
    if (decode_base64url(&text, part))
        object = json_loadb(buf_str(&text).p, buf_size(&text), JSON_REJECT_DUPLICATES, NULL);
    buf_fini(&text);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

/* A text of the header; false when it is there and something else. */
static bool read_text(const json_t *header, const char *name, const char **out) {
    const json_t *value = json_object_get(header, name);
    *out = json_string_value(value);
    return !value || (*out && json_string_length(value) == strlen(*out) &&
                      json_string_length(value) <= JWS_KID_MAX);
}

static bool read_algorithm(struct jws_token *t, const char **why) {
    const char *name;
    if (!read_text(t->header, "alg", &name) || !name)
        return no(why, "does not say how it is signed (alg)");
    if (str_eq_ci(str_of(name), STR("none")))
        return no(why, "is not signed (alg is none)");
    if (str_eq_ci(str_head(str_of(name), 2), STR("HS")))
        return no(why, "is signed with a shared secret (alg is one of HS256 to HS512)");
    for (size_t i = 0; i < JWS_ALGORITHMS; i++)
        if (strcmp(name, NAMES[i]) == 0) {
            t->algorithm = (enum jws_algorithm)i;
            return true;
        }
    return no(why, "is signed in a way that is not known here (alg)");
}

static bool read_header(struct jws_token *t, struct str part, const char **why) {
    t->header = read_object(part);
    if (!t->header)
        return no(why, "has a header that is no JSON object");
    /* Nothing that has to be understood is (RFC 7515 4.1.11). */
    if (json_object_get(t->header, "crit"))
        return no(why, "demands extensions (crit)");
    if (json_object_get(t->header, "b64") || json_object_get(t->header, "zip"))
        return no(why, "is packed in a way that is not known here");
    if (!read_text(t->header, "kid", &t->kid))
        return no(why, "names its key by something that is no short text (kid)");
    if (!read_text(t->header, "typ", &t->type))
        return no(why, "has a type that is no short text (typ)");
    return read_algorithm(t, why);
}

static bool split(struct str text, struct str parts[PARTS]) {
    size_t count = 0;
    for (struct str rest = text; count < PARTS; count++) {
        size_t dot = str_index(rest, '.');
        parts[count] = str_head(rest, dot);
        if (dot == rest.n)
            return ++count == PARTS;
        rest = str_from(rest, dot + 1);
    }
    return false;
}

static bool parse(struct jws_token *t, struct str text, const char **why) {
    struct str parts[PARTS];
    if (text.n > JWS_TOKEN_MAX)
        return no(why, "is too long");
    buf_add(&t->text, text);
    if (t->text.failed)
        return no(why, "does not fit the memory");
    if (!split(buf_str(&t->text), parts))
        return no(why, "is not three parts with dots between them");
    t->signed_part = str_head(buf_str(&t->text), parts[0].n + 1 + parts[1].n);
    if (!read_header(t, parts[0], why))
        return false;
    if (parts[2].n == 0)
        return no(why, "has no signature");
    if (!decode_base64url(&t->signature, parts[2]))
        return no(why, "has a signature that is not in base64url");
    t->payload = read_object(parts[1]);
    return t->payload || no(why, "has no JSON object in it");
}

bool jws_token_parse(struct jws_token *t, struct str text, const char **why) {
    *t = (struct jws_token){.header = NULL};
    buf_init_secret(&t->text, JWS_TOKEN_MAX);
    buf_init(&t->signature, JWS_TOKEN_MAX);
    if (parse(t, text, why))
        return true;
    jws_token_fini(t);
    return false;
}

void jws_token_fini(struct jws_token *t) {
    json_decref(t->header);
    json_decref(t->payload);
    buf_fini(&t->text);
    buf_fini(&t->signature);
    *t = (struct jws_token){.header = NULL};
}
