/* SPDX-License-Identifier: Apache-2.0 */
#include "config/convert.h"

#include "config/value.h"

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
        if (!(key->flags & SCHEMA_UNSTORED))
            *(unsigned *)field = choice->value;
        return CONVERTED;
    }
    return wrong(why, "is unknown");
}

/* Both kinds of address are stored as a pointer to text and, behind it, a port. */
static enum converted convert_address(struct config *c, const struct schema_key *key,
                                      struct str text, void *field, const char **why) {
    _Static_assert(offsetof(struct config_listen, port) - offsetof(struct config_listen, address) ==
                       offsetof(struct config_dns, port),
                   "one layout for both");
    struct value_address address;
    if (!parse_address(text, key->type == SCHEMA_DNS ? 53 : 0, &address, why))
        return CONVERT_WRONG;
    char *copy = arena_cstr(&c->arena, str_of(address.text));
    *(char **)field = copy;
    *(uint16_t *)((char *)field + offsetof(struct config_dns, port)) = address.port;
    return copy ? CONVERTED : CONVERT_NO_MEMORY;
}

static enum converted convert_url(struct config *c, struct str text, void *field,
                                  const char **why) {
    struct url *url = field;
    if (!url_parse(&c->arena, text, url, why))
        return CONVERT_WRONG;
    return str_ends(url->path, STR("/")) ? CONVERTED : wrong(why, "has no '/' at its end");
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
    return str_eq(text, STR("passthrough")) ? CONVERTED : wrong(why, "is not defined");
}

typedef bool text_parser(struct str s, struct str *out, const char **why);

static enum converted convert_text(struct config *c, const struct schema_key *key, struct str text,
                                   void *field, const char **why) {
    static text_parser *const PARSERS[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_NAME] = parse_name,   [SCHEMA_HOST] = parse_host,
        [SCHEMA_REALM] = parse_realm, [SCHEMA_PRINCIPAL] = parse_principal,
        [SCHEMA_SPN] = parse_spn,     [SCHEMA_SPN_PATTERN] = parse_spn_pattern,
        [SCHEMA_USER] = parse_user,   [SCHEMA_FILE] = parse_path,
        [SCHEMA_STORE] = parse_store,
    };
    bool is_path = key->type == SCHEMA_FILE || key->type == SCHEMA_STORE;
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
    case SCHEMA_PROVIDER:
        return convert_provider(c, text, field, why);
    default:
        return convert_text(c, key, text, field, why);
    }
}
