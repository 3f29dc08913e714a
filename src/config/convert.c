/* SPDX-License-Identifier: Apache-2.0 */
#include "config/convert.h"

#include "config/color.h"
#include "config/transformation.h"
#include "config/value.h"
#include "config/wildcard.h"

enum { ISSUER_MAX = 512 };

static enum converted wrong(const char **why, const char *text) {
    *why = text;
    return CONVERT_WRONG;
}

typedef bool number_parser(struct str s, uint64_t *out, const char **why);

/* The range is in the schema as text, so that it reads the same in the manual. */
static bool is_in_range(const struct schema_key *key, number_parser *parse, uint64_t n,
                        const char **why) {
    uint64_t bound;
    const char *unused;
    *why = "is too small";
    if (key->least && parse(str_of(key->least), &bound, &unused) && n < bound)
        return false;
    *why = "is too large";
    return !(key->most && parse(str_of(key->most), &bound, &unused) && n > bound);
}

static enum converted convert_number(const struct schema_key *key, struct str text, void *field,
                                     const char **why) {
    static number_parser *const PARSERS[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_COUNT] = parse_count,
        [SCHEMA_SIZE] = parse_size,
        [SCHEMA_MS] = parse_duration,
        [SCHEMA_SECONDS] = parse_duration,
    };
    number_parser *parse = PARSERS[key->type];
    uint64_t n;
    if (!parse(text, &n, why) || !is_in_range(key, parse, n, why))
        return CONVERT_WRONG;
    if (key->type == SCHEMA_SECONDS && n % 1000 != 0)
        return wrong(why, "is not in whole seconds");
    if (key->type == SCHEMA_SECONDS)
        n /= 1000;
    if (key->width == sizeof(uint32_t))
        *(uint32_t *)field = (uint32_t)n;
    else
        *(uint64_t *)field = n;
    return CONVERTED;
}

static enum converted convert_choice(const struct schema_key *key, struct str text, void *field,
                                     const char **why) {
    for (const struct schema_choice *choice = key->choices; choice->name; choice++) {
        if (!str_eq(text, str_of(choice->name)))
            continue;
        if (choice->planned)
            return CONVERT_PLANNED;
        if (choice->never)
            return wrong(why, choice->never);
        if (key->flags & SCHEMA_UNSTORED)
            return CONVERTED;
        if (key->width == sizeof(bool))
            *(bool *)field = choice->value;
        else
            *(unsigned *)field = choice->value;
        return CONVERTED;
    }
    return wrong(why, "is unknown");
}

/* Every kind of address is stored as a pointer to text and, behind it, a port. */
#define HAS_LAYOUT(type, text)                                                                     \
    (offsetof(type, port) - offsetof(type, text) == offsetof(struct config_dns, port))
_Static_assert(HAS_LAYOUT(struct config_listen, address), "one layout for all");
_Static_assert(HAS_LAYOUT(struct config_admin, address), "one layout for all");
_Static_assert(HAS_LAYOUT(struct config_backend, host), "one layout for all");

static enum converted store_address(struct config *c, struct str host, uint16_t port, void *field) {
    char *copy = arena_cstr(&c->arena, host);
    *(char **)field = copy;
    *(uint16_t *)((char *)field + offsetof(struct config_dns, port)) = port;
    return copy ? CONVERTED : CONVERT_NO_MEMORY;
}

static enum converted convert_address(struct config *c, const struct schema_key *key,
                                      struct str text, void *field, const char **why) {
    struct value_address address;
    if (!parse_address(text, key->type == SCHEMA_DNS ? 53 : 0, &address, why))
        return CONVERT_WRONG;
    return store_address(c, str_of(address.text), address.port, field);
}

static enum converted convert_backend(struct config *c, struct str text, void *field,
                                      const char **why) {
    struct str host;
    uint16_t port;
    return parse_backend(text, &host, &port, why) ? store_address(c, host, port, field)
                                                  : CONVERT_WRONG;
}

static enum converted convert_range(struct config *c, struct str text, void *field,
                                    const char **why) {
    char network[ADDRESS_RANGE_TEXT_MAX];
    if (address_range_parse(text, field))
        return CONVERTED;
    if (!address_range_network(text, network))
        return wrong(why, "is not a numeric address or network");
    char *text_of_why =
        arena_printf(&c->arena, "has bits of a host behind its prefix, the network is %s", network);
    return text_of_why ? wrong(why, text_of_why) : CONVERT_NO_MEMORY;
}

static enum converted convert_url(struct config *c, struct str text, void *field,
                                  const char **why) {
    struct url *url = field;
    if (!wildcard_url_parse(&c->arena, text, url, why))
        return CONVERT_WRONG;
    return str_ends(url->path, STR("/")) ? CONVERTED : wrong(why, "has no '/' at its end");
}

static enum converted convert_origin(struct config *c, struct str text, char **field,
                                     const char **why) {
    struct url url;
    bool is_any = str_eq(text, STR("*"));
    if (!is_any && str_eq_ci(str_head(text, strlen("http://")), STR("http://")))
        return wrong(why, "is not https: whoever is on the way could speak for it");
    if (!is_any && str_index(text, '*') < text.n)
        return wrong(why, "has a '*' inside: origins are named one by one");
    if (!is_any && !url_parse(&c->arena, text, &url, why))
        return CONVERT_WRONG;
    if (!is_any && str_index(str_from(text, strlen("https://")), '/') + strlen("https://") < text.n)
        return wrong(why, "has a path, which no origin has");
    *field = arena_cstr(&c->arena, is_any ? text : url.origin);
    return *field ? CONVERTED : CONVERT_NO_MEMORY;
}

/* A query that a browser takes as it is (RFC 3986 3.4). */
static bool is_query(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#' || c == '"' || c == '<' || c == '>')
            return false;
    }
    return true;
}

/* Kept as it is written: an issuer is compared to the letter (OpenID Connect Discovery 4.3). */
static enum converted convert_https(struct config *c, const struct schema_key *key, struct str text,
                                    char **field, const char **why) {
    struct url url;
    size_t query = key->type == SCHEMA_LINK ? str_index(text, '?') : text.n;
    if (text.n > ISSUER_MAX)
        return wrong(why, "is longer than 512 bytes");
    if (!str_starts(text, STR("https://")))
        return wrong(why, "is not https: whoever is on the way could be anybody");
    if (!url_parse(&c->arena, str_head(text, query), &url, why))
        return CONVERT_WRONG;
    if (!is_query(str_from(text, query)))
        return wrong(why, "has a query with blanks or other bytes that have to be escaped (%20)");
    *field = arena_cstr(&c->arena, text);
    return *field ? CONVERTED : CONVERT_NO_MEMORY;
}

static enum converted convert_proxy(struct config *c, struct str text, char **field,
                                    const char **why) {
    struct str host, rest = str_from(text, strlen("http://"));
    uint16_t port;
    if (!str_starts(text, STR("http://")))
        return wrong(why, "does not begin with http://");
    if (!parse_backend(rest, &host, &port, why))
        return CONVERT_WRONG;
    *field = arena_cstr(&c->arena, text);
    return *field ? CONVERTED : CONVERT_NO_MEMORY;
}

/* As the paths of requests are compared; the query of a target stays as it is. */
static enum converted convert_path(struct config *c, const struct schema_key *key, struct str text,
                                   char **field, const char **why) {
    struct target target;
    struct err unused;
    if (text.n == 0 || text.p[0] != '/')
        return wrong(why, "does not begin with '/'");
    if (key->type == SCHEMA_PATH && str_index(text, '?') < text.n)
        return wrong(why, "has a query");
    if (str_index(text, '#') < text.n)
        return wrong(why, "has a fragment");
    if (!target_parse(&c->arena, text, &target, &unused))
        return wrong(why, "is not a path");
    *field = arena_printf(&c->arena, "%.*s%.*s", STR_ARG(target.path), STR_ARG(target.query));
    return *field ? CONVERTED : CONVERT_NO_MEMORY;
}

static enum converted convert_provider(const struct config *c, struct str text, void *field,
                                       const char **why) {
    for (size_t i = 0; i < c->provider_count; i++) {
        const struct config_provider *provider = &c->providers[i];
        if (provider->name && str_eq(text, str_of(provider->name))) {
            *(const struct config_provider **)field = provider;
            return CONVERTED;
        }
    }
    if (str_eq(text, STR("passthrough")))
        return wrong(why, "does not stand beside others: everybody would be let in, unasked");
    return wrong(why, "is not defined");
}

static enum converted convert_account(const struct config *c, struct str text, void *field,
                                      const char **why) {
    const struct config_kerberos *k = &c->kerberos;
    for (size_t i = 0; i < k->account_count; i++) {
        if (k->accounts[i].name && str_eq(text, str_of(k->accounts[i].name))) {
            *(const struct config_account **)field = &k->accounts[i];
            return CONVERTED;
        }
    }
    return wrong(why, "is not one of connector.kerberos.accounts");
}

typedef bool text_parser(struct str s, struct str *out, const char **why);

static enum converted convert_text(struct config *c, const struct schema_key *key, struct str text,
                                   void *field, const char **why) {
    static text_parser *const PARSERS[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_NAME] = parse_name,     [SCHEMA_HOST] = parse_host,
        [SCHEMA_REALM] = parse_realm,   [SCHEMA_PRINCIPAL] = parse_principal,
        [SCHEMA_SPN] = parse_spn,       [SCHEMA_SPN_PATTERN] = parse_spn_pattern,
        [SCHEMA_USER] = parse_user,     [SCHEMA_FILE] = parse_path,
        [SCHEMA_LOG] = parse_path,      [SCHEMA_STORE] = parse_store,
        [SCHEMA_METHOD] = parse_method, [SCHEMA_HEADER] = parse_header,
        [SCHEMA_CLAIM] = parse_claim,   [SCHEMA_TEXT] = parse_text,
        [SCHEMA_GROUP] = parse_group,   [SCHEMA_MEMBERSHIP] = parse_text,
    };
    bool is_standard_output = key->type == SCHEMA_LOG && str_eq(text, STR("-"));
    bool is_path = key->type == SCHEMA_FILE || key->type == SCHEMA_STORE ||
                   (key->type == SCHEMA_LOG && !is_standard_output);
    struct str s;
    if (!PARSERS[key->type](text, &s, why))
        return CONVERT_WRONG;
    char *copy = is_path && s.p[0] != '/'
                     ? arena_printf(&c->arena, "%s/%.*s", c->directory, STR_ARG(s))
                     : arena_cstr(&c->arena, s);
    *(char **)field = copy;
    return copy ? CONVERTED : CONVERT_NO_MEMORY;
}

enum converted convert_value(struct config *c, const struct schema_key *key, struct str text,
                             void *field, const char **why) {
    switch (key->type) {
    case SCHEMA_CHOICE:
        return convert_choice(key, text, field, why);
    case SCHEMA_COUNT:
    case SCHEMA_SIZE:
    case SCHEMA_MS:
    case SCHEMA_SECONDS:
        return convert_number(key, text, field, why);
    case SCHEMA_LISTEN:
    case SCHEMA_DNS:
        return convert_address(c, key, text, field, why);
    case SCHEMA_URL:
        return convert_url(c, text, field, why);
    case SCHEMA_COLOR:
        return parse_color(text, field, why) ? CONVERTED : CONVERT_WRONG;
    case SCHEMA_PROVIDER:
        return convert_provider(c, text, field, why);
    case SCHEMA_ACCOUNT:
        return convert_account(c, text, field, why);
    case SCHEMA_BACKEND:
        return convert_backend(c, text, field, why);
    case SCHEMA_RANGE:
        return convert_range(c, text, field, why);
    case SCHEMA_TRANSFORM:
        return transformation_parse(&c->arena, text, field, why) ? CONVERTED : CONVERT_WRONG;
    case SCHEMA_ISSUER:
    case SCHEMA_LINK:
        return convert_https(c, key, text, field, why);
    case SCHEMA_PROXY:
        return convert_proxy(c, text, field, why);
    case SCHEMA_HOURS:
        return config_hours_parse(&c->arena, text, field, why) ? CONVERTED : CONVERT_WRONG;
    case SCHEMA_ORIGIN:
        return convert_origin(c, text, field, why);
    case SCHEMA_PATH:
    case SCHEMA_TARGET:
        return convert_path(c, key, text, field, why);
    default:
        return convert_text(c, key, text, field, why);
    }
}
