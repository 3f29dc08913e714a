/* SPDX-License-Identifier: Apache-2.0 */
#include "config/value.h"

#include "base/sid.h"

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

static bool has(struct str s, char c) { return str_index(s, c) < s.n; }

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

static bool has_only(struct str s, bool (*is_fine)(char c)) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_fine(s.p[i]))
            return false;
    return true;
}

static bool is_name_char(char c) { return str_is_alnum(c) || c == '.' || c == '_' || c == '-'; }

bool parse_name(struct str s, struct str *out, const char **why) {
    if (s.n > 64)
        return no(why, "is longer than 64 letters");
    if (s.n == 0 || !has_only(s, is_name_char) || !(str_is_alnum(s.p[0]) || s.p[0] == '_'))
        return no(why, "is not a name");
    *out = s;
    return true;
}

static bool is_host_char(char c) { return is_name_char(c) || c == ':'; }

/* RFC 1123 section 2.1, and the underscore that Windows networks have. */
static bool is_host(struct str s) {
    struct str label, rest = s;
    if (s.n == 0 || s.n > 253 || !has_only(s, is_name_char))
        return false;
    while (str_split(&rest, '.', &label))
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
    return s.p[s.n - 1] != '.';
}

bool parse_host(struct str s, struct str *out, const char **why) {
    if (!is_host(s) && !is_numeric_address(s))
        return no(why, "is not a host name");
    *out = s;
    return true;
}

static bool is_realm_char(char c) {
    return is_upper(c) || str_is_digit(c) || c == '.' || c == '_' || c == '-';
}

bool parse_realm(struct str s, struct str *out, const char **why) {
    if (s.n == 0 || s.n > 253 || !has_only(s, is_name_char) || !str_is_alnum(s.p[0]))
        return no(why, "is not a realm");
    if (!has_only(s, is_realm_char))
        return no(why, "is not in capital letters");
    *out = s;
    return true;
}

static bool is_principal_char(char c) {
    return is_name_char(c) || c == '$' || c == '/' || c == '+' || c == ':';
}

bool parse_principal(struct str s, struct str *out, const char **why) {
    size_t at = str_index(s, '@');
    struct str realm, name = str_head(s, at);
    if (at == s.n)
        return no(why, "has no realm");
    if (s.n > 320 || name.n == 0 || !has_only(name, is_principal_char) || name.p[0] == '/' ||
        name.p[name.n - 1] == '/')
        return no(why, "is not a principal");
    if (!parse_realm(str_from(s, at + 1), &realm, why))
        return no(why, "has a realm that is not one in capital letters");
    *out = s;
    return true;
}

static bool is_class_char(char c) { return str_is_alnum(c) || c == '-' || c == '_'; }

static bool is_instance_char(char c) { return is_host_char(c) || c == '/'; }

static bool is_pattern_char(char c) { return is_instance_char(c) || c == '*'; }

static bool is_spn(struct str s, bool (*is_fine)(char c), const char **why) {
    size_t slash = str_index(s, '/');
    struct str class = str_head(s, slash), instance = str_from(s, slash + 1);
    if (has(s, '@'))
        return no(why, "names a realm, which an SPN here does not");
    if (slash == s.n)
        return no(why, "is not a service class, a slash and a host");
    if (has(class, '*'))
        return no(why, "leaves the service class open, which would allow every service");
    if (s.n > 256 || class.n == 0 || !has_only(class, is_class_char) || instance.n == 0 ||
        !has_only(instance, is_fine) || instance.p[0] == '/' || instance.p[instance.n - 1] == '/' ||
        instance.p[instance.n - 1] == ':')
        return no(why, "is not a service class, a slash and a host");
    return true;
}

bool parse_spn(struct str s, struct str *out, const char **why) {
    struct str host = str_from(s, str_index(s, '/') + 1);
    bool is_wildcard = str_starts(host, STR("*."));
    if (!is_spn(s, is_wildcard ? is_pattern_char : is_instance_char, why))
        return false;
    if (is_wildcard && (host.n == 2 || has(str_from(host, 1), '*')))
        return no(why, "has a '*' that is not the whole first label of the host");
    *out = s;
    return true;
}

bool parse_spn_pattern(struct str s, struct str *out, const char **why) {
    if (!is_spn(s, is_pattern_char, why))
        return false;
    if (has(str_from(s, str_index(s, '*') + 1), '*'))
        return no(why, "has more than one '*'");
    *out = s;
    return true;
}

bool parse_group(struct str s, struct str *out, const char **why) {
    struct sid sid;
    uint32_t rid;
    if (sid_parse(s, &sid) && !sid_is_of_domain(&sid, &rid))
        return no(why, "is no group of a domain, and tickets name no others");
    return parse_claim(s, out, why);
}

bool parse_user(struct str s, struct str *out, const char **why) {
    if (s.n == 0 || s.n > 256)
        return no(why, "is not a user name");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return no(why, "is not a user name");
    if (str_trim(s).n != s.n)
        return no(why, "begins or ends with a blank");
    *out = s;
    return true;
}

/* RFC 9110 5.6.2 */
static bool is_token_char(char c) { return str_is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c)); }

static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool parse_method(struct str s, struct str *out, const char **why) {
    if (s.n == 0 || s.n > 32 || !has_only(s, is_token_char) || has(s, '*'))
        return no(why, "is not a method");
    for (size_t i = 0; i < s.n; i++)
        if (is_lower(s.p[i]))
            return no(why, "is not in capital letters");
    *out = s;
    return true;
}

bool parse_header(struct str s, struct str *out, const char **why) {
    if (s.n == 0 || s.n > 256 || !has_only(s, is_token_char) || has(s, '*'))
        return no(why, "is not the name of a header");
    *out = s;
    return true;
}

bool parse_text(struct str s, struct str *out, const char **why) {
    if (s.n == 0)
        return no(why, "is empty");
    if (s.n > 256)
        return no(why, "is longer than 256 bytes");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return no(why, "has a control character");
    *out = s;
    return true;
}

bool parse_claim(struct str s, struct str *out, const char **why) {
    if (str_trim(s).n != s.n)
        return no(why, "begins or ends with a blank");
    return parse_text(s, out, why);
}
