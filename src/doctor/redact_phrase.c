/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact_phrase.h"

/* One part of a distinguished name; texts point into it. */
struct rdn {
    struct str type, value;
    bool has_end; /* a comma stands behind it */
};

/* Takes a part of `*rest`; false when it does not begin with "type=". */
static bool next_rdn(struct str *rest, struct rdn *out) {
    size_t n = 0, end;
    struct str s = str_trim(*rest);
    while (n < s.n && (str_is_alnum(s.p[n]) || s.p[n] == '.'))
        n++;
    out->type = str_head(s, n);
    s = str_trim(str_from(s, n));
    if (n == 0 || s.n == 0 || s.p[0] != '=')
        return false;
    s = str_from(s, 1);
    for (end = 0; end < s.n && s.p[end] != ',' && s.p[end] != '+'; end++)
        end += s.p[end] == '\\' && end + 1 < s.n;
    out->value = str_trim(str_head(s, end));
    out->has_end = end < s.n;
    *rest = str_from(s, end + 1);
    return true;
}

/* Without the escapes of RFC 4514 section 2.4. */
static void unescape(struct buf *out, struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\\' || i + 1 == s.n) {
            buf_add_byte(out, s.p[i]);
        } else if (i + 2 < s.n && str_hex_digit(s.p[i + 1]) >= 0 &&
                   str_hex_digit(s.p[i + 2]) >= 0) {
            buf_add_byte(out, (char)(str_hex_digit(s.p[i + 1]) * 16 + str_hex_digit(s.p[i + 2])));
            i += 2;
        } else {
            buf_add_byte(out, s.p[++i]);
        }
    }
}

static bool is_type(struct str type, const char *name) { return str_eq_ci(type, str_of(name)); }

static void add_value(struct redact_table *t, struct str type, struct str value) {
    struct buf plain;
    bool is_host = redact_is_host(value) && str_index(value, '.') < value.n;
    if (value.n > REDACT_NAME_MAX || redact_is_built_in(value) || is_type(type, "C"))
        return;
    if (is_host) {
        redact_host(t, value);
        return;
    }
    buf_init(&plain, REDACT_NAME_MAX);
    unescape(&plain, value);
    struct str name = buf_str(&plain);
    if (!redact_find(t, KIND_USER, name) && !redact_find(t, KIND_HOST, name)) {
        enum redact_kind kind = is_type(type, "OU") ? KIND_UNIT : KIND_OTHER;
        const char *to = redact_known(t, kind, name);
        redact_quoted_word(t, name, to);
        redact_quoted_word(t, value, to);
    }
    buf_fini(&plain);
}

static size_t host_length(struct str s) {
    size_t n = 0;
    while (n < s.n && (str_is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '_' ||
                       (unsigned char)s.p[n] >= 0x80))
        n++;
    return n;
}

void redact_dn_domain(struct redact_table *t, struct str dn) {
    struct buf name;
    struct rdn part;
    buf_init(&name, REDACT_NAME_MAX);
    while (next_rdn(&dn, &part)) {
        if (!is_type(part.type, "DC"))
            continue;
        if (buf_size(&name))
            buf_add_byte(&name, '.');
        buf_add(&name, str_head(part.value, host_length(part.value)));
    }
    if (!name.failed)
        redact_domain(t, buf_str(&name));
    buf_fini(&name);
}

/* `is_part`: text may follow it, so that a value ends where another follows and not otherwise. */
static void add_dn(struct redact_table *t, struct str dn, bool is_part) {
    struct rdn part;
    redact_dn_domain(t, dn);
    while (next_rdn(&dn, &part))
        if (!is_type(part.type, "DC") && (part.has_end || !is_part))
            add_value(t, part.type, part.value);
}

void redact_dn(struct redact_table *t, struct str dn) { add_dn(t, dn, false); }

/* What DNs begin with. */
static bool is_dn(struct str s) {
    static const struct str TYPES[] = {{"CN", 2}, {"OU", 2}, {"DC", 2}, {"O", 1}, {"C", 1}};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        struct str behind = str_trim(str_from(s, TYPES[i].n));
        if (str_eq_ci(str_head(s, TYPES[i].n), TYPES[i]) && behind.n && behind.p[0] == '=')
            return true;
    }
    return false;
}

static bool has_blank(struct str s) {
    return str_index(s, ' ') < s.n || str_index(s, '\n') < s.n || str_index(s, '\t') < s.n;
}

/* A name with a dot whose last part begins with a letter: not "1.1.1k". */
static bool is_full_name(struct str s) {
    size_t dot = s.n;
    while (dot > 0 && s.p[dot - 1] != '.')
        dot--;
    return redact_is_host(s) && dot > 0 && dot < s.n && str_lower(s.p[dot]) >= 'a' &&
           str_lower(s.p[dot]) <= 'z';
}

static bool has_full_host(struct str spn) {
    struct str host = str_from(spn, str_index(spn, '/') + 1);
    host = str_head(host, str_index(host, '/'));
    return is_full_name(str_head(host, str_index(host, ':')));
}

void redact_any(struct redact_table *t, struct str text) {
    size_t at;
    if (str_find(text, STR("://"), &at))
        redact_url(t, text);
    else if (is_dn(text))
        redact_dn(t, text);
    else if (has_blank(text))
        return;
    else if (str_index(text, '@') < text.n && str_index(text, ':') == text.n)
        redact_user(t, text);
    else if (str_index(text, '/') < text.n && has_full_host(text))
        redact_spn(t, text);
}

void redact_hosts(struct redact_table *t, struct str list) {
    struct str word;
    while (str_split(&list, ' ', &word)) {
        if (str_ends(word, STR(",")))
            word.n--;
        if (is_full_name(str_head(word, str_index(word, ':'))))
            redact_host(t, word);
    }
}

/* Whether a domain that is known ends `name`, and something stands before it. */
static bool is_of_known_domain(const struct redact_table *t, struct str name) {
    for (size_t dot = str_index(name, '.'); dot < name.n; dot = str_index(name, '.')) {
        name = str_from(name, dot + 1);
        if (redact_find(t, KIND_DOMAIN, name))
            return true;
    }
    return false;
}

static bool is_word_byte(char c) {
    return str_is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '@' || c == '\\' ||
           (unsigned char)c >= 0x80;
}

static void add_word(struct redact_table *t, struct str word) {
    while (word.n && (word.p[word.n - 1] == '.' || word.p[word.n - 1] == '-'))
        word.n--;
    size_t at = str_index(word, '@');
    if (at > 0 && at < word.n && is_full_name(str_from(word, at + 1)))
        redact_user(t, word);
    else if (at == word.n && is_of_known_domain(t, word))
        redact_host(t, word);
}

/* A group, or what else kerbgate's own lists may have: "Payroll", "CORP\\Payroll", a DN. */
static void add_listed(struct redact_table *t, struct str name) {
    size_t slash = str_index(name, '\\');
    if (is_dn(name)) {
        redact_dn(t, name);
        return;
    }
    if (slash < name.n) {
        redact_domain(t, str_head(name, slash));
        name = str_from(name, slash + 1);
    }
    name = str_head(name, str_index(name, '@'));
    if (name.n == 0 || name.n > REDACT_NAME_MAX || redact_is_built_in(name) ||
        redact_find(t, KIND_USER, name) || redact_find(t, KIND_HOST, name))
        return;
    redact_quoted_word(t, name, redact_known(t, KIND_OTHER, name));
}

/* What kerbgate says of its own lists, which are no facts otherwise (broker/policy.h). */
static void add_lists(struct redact_table *t, struct str text) {
    static const struct str BEFORE[] = {
        {"deny_groups has \"", 17}, {"deny_users has \"", 16}, {"denied group \"", 14}};
    for (size_t i = 0; i < sizeof BEFORE / sizeof *BEFORE; i++) {
        size_t at;
        if (!str_find(text, BEFORE[i], &at))
            continue;
        struct str name = str_from(text, at + BEFORE[i].n);
        add_listed(t, str_head(name, str_index(name, '"')));
    }
}

void redact_sentence(struct redact_table *t, struct str text) {
    add_lists(t, text);
    for (size_t i = 0; i < text.n;) {
        size_t n = 0;
        struct str rest = str_from(text, i);
        while (n < rest.n && is_word_byte(rest.p[n]))
            n++;
        add_word(t, str_head(rest, n));
        if (is_dn(rest))
            add_dn(t, str_head(rest, REDACT_NAME_MAX), true);
        if (str_starts(rest, STR("://")))
            redact_url(t, rest);
        i += n ? n : 1;
    }
}
