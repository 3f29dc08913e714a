/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact_names.h"

#include "base/quote.h"

#include <stdio.h>

enum { DOMAIN_MAX = 253, MADE_MAX = REDACT_NAME_MAX + 64 };

/* Groups and folders that every domain has. */
static const char *const BUILT_IN[] = {
    "krbtgt",
    "Administrator",
    "Administrators",
    "Guest",
    "Users",
    "Computers",
    "Builtin",
    "System",
    "Domain Admins",
    "Domain Users",
    "Domain Computers",
    "Domain Controllers",
    "Enterprise Admins",
    "Protected Users",
    "Managed Service Accounts",
    "ForeignSecurityPrincipals",
    "Windows Authorization Access Group",
    "Configuration",
    "Schema",
};

bool redact_is_built_in(struct str name) {
    for (size_t i = 0; i < sizeof BUILT_IN / sizeof *BUILT_IN; i++)
        if (str_eq_ci(name, str_of(BUILT_IN[i])))
            return true;
    return false;
}

static bool is_letter(char c) { return str_lower(c) >= 'a' && str_lower(c) <= 'z'; }

static bool is_host_byte(char c) {
    return is_letter(c) || str_is_digit(c) || c == '-' || c == '_' || c == '.' ||
           (unsigned char)c >= 0x80;
}

/* A name of DNS whose last part is no number: what "10.0.0.1" and "2.4.57" are not. */
bool redact_is_host(struct str name) {
    bool has_letter = false;
    if (name.n == 0 || name.n > DOMAIN_MAX || name.p[0] == '.')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (!is_host_byte(name.p[i]) || (name.p[i] == '.' && i > 0 && name.p[i - 1] == '.'))
            return false;
        has_letter = name.p[i] == '.' ? false : has_letter || !str_is_digit(name.p[i]);
    }
    return has_letter;
}

static struct str parent_of(struct str name) { return str_from(name, str_index(name, '.') + 1); }

static struct str first_of(struct str name) { return str_head(name, str_index(name, '.')); }

/* "DC=corp,DC=example" of "corp.example". */
static struct str dn_of(struct str name, char out[MADE_MAX]) {
    size_t n = 0;
    struct str label;
    while (str_split(&name, '.', &label) && n < MADE_MAX)
        n += (size_t)snprintf(out + n, MADE_MAX - n, "%sDC=%.*s", n ? "," : "", STR_ARG(label));
    return str_n(out, n < MADE_MAX ? n : MADE_MAX - 1);
}

static void call_domain(struct redact_table *t, struct str name) {
    struct str parent = parent_of(name);
    char made[MADE_MAX];
    if (str_index(parent, '.') < parent.n)
        redact_domain(t, parent);
    const char *above = redact_find(t, KIND_DOMAIN, parent);
    if (above)
        snprintf(made, sizeof made, "%s-%u.%s", redact_word(t, KIND_CHILD), ++t->counts[KIND_CHILD],
                 above);
    else
        snprintf(made, sizeof made, "%s-%u%s%s", redact_word(t, KIND_DOMAIN),
                 ++t->counts[KIND_DOMAIN], parent.n ? "." : "",
                 parent.n ? redact_word(t, KIND_TOP) : "");
    redact_call(t, KIND_DOMAIN, name, made);
}

void redact_domain(struct redact_table *t, struct str name) {
    char from[MADE_MAX], to[MADE_MAX];
    if (str_ends(name, STR(".")))
        name.n--;
    if (!redact_is_host(name) || redact_find(t, KIND_DOMAIN, name))
        return;
    call_domain(t, name);
    struct str made = str_of(redact_find(t, KIND_DOMAIN, name));
    if (made.n == 0)
        return;
    dn_of(made, to);
    redact_replace_always(t, dn_of(name, from), to);
    if (str_index(name, '.') < name.n)
        redact_replace_always(t, name, made.p);
    snprintf(to, sizeof to, "%.*s", STR_ARG(first_of(made)));
    redact_replace_word(t, first_of(name), to);
}

void redact_flat_name(struct redact_table *t, struct str flat, struct str name) {
    char made[MADE_MAX];
    if (flat.n == 0)
        return;
    redact_domain(t, name);
    const char *domain = redact_find(t, KIND_DOMAIN, name);
    if (!domain)
        return;
    snprintf(made, sizeof made, "%.*s", STR_ARG(first_of(str_of(domain))));
    redact_call(t, KIND_DOMAIN, flat, made);
    redact_replace_word(t, flat, made);
}

/* The pseudonym of a label: what its host is called in every domain, or the domain of that name. */
static const char *label_of(struct redact_table *t, struct str label) {
    const char *found = redact_find(t, KIND_USER, label);
    if (!found)
        found = redact_find(t, KIND_HOST, label);
    if (!found)
        found = redact_known(t, KIND_HOST, label);
    redact_replace_word(t, label, found);
    return found;
}

/* `name` without a port. */
static struct str without_port(struct str name) {
    size_t colon = str_index(name, ':');
    uint64_t port;
    return colon < name.n && str_to_u64(str_from(name, colon + 1), 65535, &port)
               ? str_head(name, colon)
               : name;
}

void redact_host(struct redact_table *t, struct str name) {
    char made[MADE_MAX];
    name = without_port(name);
    if (str_starts(name, STR("*.")))
        name = str_from(name, 2);
    if (str_ends(name, STR(".")))
        name.n--;
    if (!redact_is_host(name) || redact_find(t, KIND_DOMAIN, name))
        return;
    struct str parent = parent_of(name);
    if (parent.n == 0) {
        label_of(t, name);
        return;
    }
    /* The end of a name alone, as in "web.local", is no domain of anybody's. */
    bool has_domain = str_index(parent, '.') < parent.n || redact_find(t, KIND_DOMAIN, parent);
    if (has_domain)
        redact_domain(t, parent);
    const char *domain = has_domain ? redact_find(t, KIND_DOMAIN, parent) : NULL;
    snprintf(made, sizeof made, "%s.%s", label_of(t, first_of(name)),
             domain ? domain : redact_word(t, KIND_TOP));
    redact_replace_always(t, name, made);
}

void redact_url(struct redact_table *t, struct str url) {
    size_t at, n = 0;
    if (!str_find(url, STR("://"), &at))
        return;
    struct str host = str_from(url, at + 3);
    while (n < host.n && (is_host_byte(host.p[n]) || host.p[n] == ':'))
        n++;
    redact_host(t, str_head(host, n));
}

/* Where a style makes another text of `name`: as it stands in the commands (doctor/checking.h). */
static void replace_as(struct redact_table *t, enum quote_style style, struct str name,
                       const char *to) {
    struct buf quoted;
    buf_init(&quoted, REDACT_TEXT_MAX);
    quote_inside(&quoted, style, name);
    t->failed |= quoted.failed;
    if (!str_eq(buf_str(&quoted), name))
        redact_replace_always(t, buf_str(&quoted), to);
    buf_fini(&quoted);
}

static void replace_quoted(struct redact_table *t, struct str name, const char *to) {
    static const enum quote_style WORDS[] = {QUOTE_SHELL, QUOTE_POWERSHELL, QUOTE_YAML};
    struct buf escaped;
    buf_init(&escaped, REDACT_TEXT_MAX);
    quote_inside(&escaped, QUOTE_FILTER, name);
    t->failed |= escaped.failed;
    replace_as(t, QUOTE_FILTER, name, to);
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        replace_as(t, WORDS[i], name, to);
        replace_as(t, WORDS[i], buf_str(&escaped), to);
    }
    buf_fini(&escaped);
}

void redact_quoted_word(struct redact_table *t, struct str name, const char *pseudonym) {
    if (redact_replace_word(t, name, pseudonym))
        replace_quoted(t, name, pseudonym);
}

/* A name of an account's, without a domain. */
static void simple_user(struct redact_table *t, struct str name) {
    if (str_ends(name, STR("$"))) {
        label_of(t, str_head(name, name.n - 1));
        return;
    }
    if (name.n == 0 || name.n > REDACT_NAME_MAX || redact_is_built_in(name))
        return;
    const char *host = redact_find(t, KIND_HOST, name);
    redact_quoted_word(t, name, host ? host : redact_known(t, KIND_USER, name));
}

void redact_user(struct redact_table *t, struct str name) {
    size_t at = name.n;
    if (name.n > REDACT_NAME_MAX)
        return;
    while (at > 0 && name.p[at - 1] != '@')
        at--;
    if (at > 0) {
        struct str left = str_head(name, at - 1);
        redact_domain(t, str_from(name, at));
        /* An enterprise name in a ticket: "alice\@corp.example@CORP.EXAMPLE". */
        redact_user(t, str_ends(left, STR("\\")) ? str_head(left, left.n - 1) : left);
        return;
    }
    size_t slash = str_index(name, '\\');
    if (slash < name.n) {
        redact_domain(t, str_head(name, slash));
        name = str_from(name, slash + 1);
    }
    if (str_index(name, '/') < name.n)
        redact_spn(t, name);
    else
        simple_user(t, name);
}

static const char *pseudonym_of(struct redact_table *t, struct str account) {
    if (str_ends(account, STR("$")))
        account.n--;
    const char *user = redact_find(t, KIND_USER, account);
    return user ? user : redact_find(t, KIND_HOST, account);
}

void redact_also_called(struct redact_table *t, struct str account, struct str name,
                        const char *what) {
    char made[MADE_MAX];
    const char *base = pseudonym_of(t, account);
    if (!base || name.n == 0 || redact_is_built_in(name) || pseudonym_of(t, name))
        return;
    snprintf(made, sizeof made, "%s-%s", base, what);
    redact_call(t, KIND_USER, name, made);
    redact_quoted_word(t, name, made);
}

void redact_spn(struct redact_table *t, struct str spn) {
    size_t slash = str_index(spn, '/');
    struct str host = str_from(spn, slash + 1);
    if (slash == spn.n || !redact_is_host(str_head(spn, slash)))
        return;
    host = without_port(str_head(host, str_index(host, '/')));
    host = str_head(host, str_index(host, ':'));
    if (str_eq_ci(spn, STR("kadmin/changepw"))) /* every domain has it */
        return;
    if (str_eq_ci(str_head(spn, slash), STR("krbtgt")))
        redact_domain(t, host);
    else
        redact_host(t, host);
}
