/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_names.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

struct tls_names_entry {
    struct str name;
    unsigned set;
};

static int compare(struct str a, struct str b) {
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_names(const void *a, const void *b) {
    return compare(*(const struct str *)a, *(const struct str *)b);
}

static int compare_entries(const void *a, const void *b) {
    const struct tls_names_entry *x = a, *y = b;
    int order = compare(x->name, y->name);
    return order ? order : (x->set > y->set) - (x->set < y->set);
}

/* A search finds entries by name alone, any of those that have it. */
static int compare_found(const void *name, const void *entry) {
    return compare(*(const struct str *)name, ((const struct tls_names_entry *)entry)->name);
}

static bool is_usable(struct str name) {
    struct str label, rest = str_starts(name, STR("*.")) ? str_from(name, 2) : name;
    if (name.n > TLS_NAME_MAX || rest.n == 0 || rest.p[rest.n - 1] == '.')
        return false;
    while (str_split(&rest, '.', &label)) {
        if (label.n == 0)
            return false;
        for (size_t i = 0; i < label.n; i++) {
            char c = label.p[i];
            if (!(str_is_alnum(c) || c == '-' || c == '_'))
                return false;
        }
    }
    return true;
}

static char *add_lower(char *to, struct str name) {
    for (size_t i = 0; i < name.n; i++)
        *to++ = str_lower(name.p[i]);
    return to;
}

/* The usable names into `names`, in lower case in `bytes`; how many. */
static size_t take_names(const GENERAL_NAMES *all, struct str *names, char *bytes) {
    size_t n = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
        if (g->type != GEN_DNS)
            continue;
        struct str name = str_n((const char *)ASN1_STRING_get0_data(g->d.dNSName),
                                (size_t)ASN1_STRING_length(g->d.dNSName));
        if (!is_usable(name))
            continue;
        names[n++] = str_n(bytes, name.n);
        bytes = add_lower(bytes, name);
    }
    return n;
}

static char *join(struct str *names, size_t n) {
    size_t size = 1;
    for (size_t i = 0; i < n; i++)
        size += names[i].n + 1;
    char *text = malloc(size), *at = text;
    if (!text)
        return NULL;
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && compare(names[i], names[i - 1]) == 0)
            continue;
        memcpy(at, names[i].p, names[i].n);
        at += names[i].n;
        *at++ = '\n';
    }
    *at = 0;
    return text;
}

char *tls_names_of(const X509 *x) {
    GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    size_t count = all ? (size_t)sk_GENERAL_NAME_num(all) : 0;
    struct str *names = calloc(count + 1, sizeof *names);
    char *bytes = malloc(count * TLS_NAME_MAX + 1);
    char *text = names && bytes ? join(names, take_names(all, names, bytes)) : NULL;
    free(bytes);
    free(names);
    GENERAL_NAMES_free(all);
    return text;
}

bool tls_names_add(struct tls_names *t, const char *text, unsigned set) {
    struct str name, rest = str_of(text);
    size_t more = 0;
    for (const char *c = text; *c; c++)
        more += *c == '\n';
    struct tls_names_entry *entries =
        realloc(t->entries, (t->count + more + 1) * sizeof *t->entries);
    if (!entries)
        return false;
    t->entries = entries;
    while (str_split(&rest, '\n', &name))
        if (name.n)
            entries[t->count++] = (struct tls_names_entry){name, set};
    return true;
}

void tls_names_sort(struct tls_names *t) {
    if (t->count)
        qsort(t->entries, t->count, sizeof *t->entries, compare_entries);
}

void tls_names_fini(struct tls_names *t) {
    free(t->entries);
    *t = (struct tls_names){0};
}

static const struct tls_names_entry *find(const struct tls_names *t, struct str name) {
    const struct tls_names_entry *e =
        t->count ? bsearch(&name, t->entries, t->count, sizeof *e, compare_found) : NULL;
    while (e && e > t->entries && compare(e[-1].name, name) == 0)
        e--;
    return e;
}

unsigned tls_names_find(const struct tls_names *t, struct str host) {
    char lower[TLS_NAME_MAX + 1];
    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    if (host.n == 0 || host.n > TLS_NAME_MAX)
        return 0;
    add_lower(lower, host);
    const struct tls_names_entry *e = find(t, str_n(lower, host.n));
    size_t dot = str_index(host, '.');
    if (!e && dot > 0 && dot < host.n) {
        lower[dot - 1] = '*';
        e = find(t, str_n(lower + dot - 1, host.n - dot + 1));
    }
    return e ? e->set : 0;
}
