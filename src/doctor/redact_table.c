/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact_table.h"

#include "base/json_text.h"
#include "doctor/redact_number.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 3, KEY_MAX = REDACT_TEXT_MAX + 8 };

static const char *const CANDIDATES[REDACT_KINDS][WORDS] = {
    [KIND_HOST] = {"host", "machine", "node"},   [KIND_DOMAIN] = {"example", "realm", "zone"},
    [KIND_CHILD] = {"sub", "child", "branch"},   [KIND_USER] = {"user", "account", "person"},
    [KIND_UNIT] = {"unit", "folder", "section"}, [KIND_OTHER] = {"name", "label", "term"},
    [KIND_TOP] = {"test", "invalid", "top"},
};

/* Words of the report, of commands and of English that a host or a user may well be called. They
 * are replaced only within longer names; to see one of them alone tells nobody much. */
static const char *const COMMON[] = {
    "a",        "active",     "add",        "administrator",
    "all",      "an",         "and",        "apache",
    "are",      "as",         "at",         "be",
    "but",      "by",         "can",        "cifs",
    "cn",       "command",    "computer",   "dc",
    "dn",       "delegation", "directory",  "dns",
    "do",       "domain",     "error",      "for",
    "from",     "group",      "guest",      "has",
    "he",       "host",       "how",        "http",
    "https",    "if",         "iis",        "in",
    "is",       "it",         "its",        "kdc",
    "kerberos", "kerbgate",   "key",        "krb5",
    "krbtgt",   "ldap",       "list",       "localhost",
    "may",      "name",       "negotiate",  "no",
    "not",      "ntlm",       "of",         "off",
    "on",       "one",        "or",         "ou",
    "person",   "port",       "powershell", "realm",
    "root",     "samba",      "server",     "service",
    "set",      "shell",      "so",         "spn",
    "spnego",   "tcp",        "the",        "ticket",
    "to",       "tool",       "two",        "udp",
    "up",       "user",       "users",      "was",
    "we",       "who",        "why",        "windows",
};

void redact_table_init(struct redact_table *t) {
    *t = (struct redact_table){
        .known = json_object(), .names = json_object(), .numbers = json_object()};
    t->failed = !t->known || !t->names || !t->numbers;
}

void redact_table_fini(struct redact_table *t) {
    json_decref(t->known);
    json_decref(t->names);
    json_decref(t->numbers);
    free(t->sorted);
}

const char *redact_word(const struct redact_table *t, enum redact_kind kind) {
    return CANDIDATES[kind][t->words[kind]];
}

static struct str lower(struct str s, char out[KEY_MAX], size_t at) {
    size_t n = at;
    for (size_t i = 0; i < s.n && n < KEY_MAX; i++)
        out[n++] = str_lower(s.p[i]);
    return str_n(out, n);
}

static struct str known_key(enum redact_kind kind, struct str name, char out[KEY_MAX]) {
    out[0] = (char)('0' + kind);
    return lower(name, out, 1);
}

static bool is_utf8(struct str s) {
    size_t n;
    while (s.n > 0 && (n = str_utf8(s)) > 0)
        s = str_from(s, n);
    return s.n == 0;
}

/* The first word stands. What is no UTF-8 stands in no document. */
static void put(struct redact_table *t, json_t *object, struct str key, const char *value) {
    if (json_object_getn(object, key.p, key.n) || !is_utf8(key))
        return;
    if (json_object_size(object) >= REDACT_NAMES_MAX ||
        json_object_setn_new(object, key.p, key.n, json_text(str_of(value))) != 0)
        t->failed = true;
}

const char *redact_find(const struct redact_table *t, enum redact_kind kind, struct str name) {
    char key[KEY_MAX];
    struct str k = known_key(kind, name, key);
    return json_string_value(json_object_getn(t->known, k.p, k.n));
}

void redact_call(struct redact_table *t, enum redact_kind kind, struct str name,
                 const char *pseudonym) {
    char key[KEY_MAX];
    if (name.n > REDACT_NAME_MAX)
        t->failed = true;
    else
        put(t, t->known, known_key(kind, name, key), pseudonym);
}

const char *redact_known(struct redact_table *t, enum redact_kind kind, struct str name) {
    char made[32];
    if (!redact_find(t, kind, name)) {
        snprintf(made, sizeof made, "%s-%u", redact_word(t, kind), ++t->counts[kind]);
        redact_call(t, kind, name, made);
    }
    const char *found = redact_find(t, kind, name);
    return found ? found : "?";
}

static bool is_word_byte(char c) { return str_is_alnum(c) || (unsigned char)c >= 0x80; }

static bool is_common(struct str name) {
    for (size_t i = 0; i < sizeof COMMON / sizeof *COMMON; i++)
        if (str_eq_ci(name, str_of(COMMON[i])))
            return true;
    return false;
}

void redact_replace_always(struct redact_table *t, struct str name, const char *pseudonym) {
    char key[KEY_MAX];
    if (name.n == 0)
        return;
    if (name.n > REDACT_TEXT_MAX)
        t->failed = true;
    else
        put(t, t->names, lower(name, key, 0), pseudonym);
}

bool redact_replace_word(struct redact_table *t, struct str name, const char *pseudonym) {
    if (name.n < 2 || is_common(name))
        return false;
    redact_replace_always(t, name, pseudonym);
    return true;
}

/* Whether `word` is one of the words that `name` is made of. */
static bool has_word(struct str name, struct str word) {
    for (size_t i = 0; i < name.n;) {
        size_t n = 0;
        while (i + n < name.n && is_word_byte(name.p[i + n]))
            n++;
        if (str_eq_ci(str_n(name.p + i, n), word))
            return true;
        i += n + 1;
    }
    return false;
}

static bool is_in_a_name(const struct redact_table *t, struct str word) {
    const char *name;
    const json_t *to;
    json_object_foreach((json_t *)t->names, name, to) {
        if (has_word(str_of(name), word))
            return true;
    }
    return false;
}

void redact_restart(struct redact_table *t) {
    for (size_t kind = 0; kind < REDACT_KINDS; kind++) {
        while (t->words[kind] < WORDS - 1 &&
               is_in_a_name(t, str_of(redact_word(t, (enum redact_kind)kind))))
            t->words[kind]++;
        t->counts[kind] = 0;
    }
    json_object_clear(t->known);
    json_object_clear(t->names);
}

static int by_byte_and_length(const void *a, const void *b) {
    const struct redact_entry *x = a, *y = b;
    unsigned char p = (unsigned char)x->from.p[0], q = (unsigned char)y->from.p[0];
    if (p != q)
        return p < q ? -1 : 1;
    return (x->from.n < y->from.n) - (x->from.n > y->from.n);
}

void redact_sort(struct redact_table *t) {
    const char *name;
    json_t *to;
    free(t->sorted);
    t->count = 0;
    t->sorted = calloc(json_object_size(t->names) + 1, sizeof *t->sorted);
    t->failed |= !t->sorted;
    if (t->failed)
        return;
    json_object_foreach(t->names, name, to) {
        t->sorted[t->count++] = (struct redact_entry){str_of(name), str_of(json_string_value(to))};
    }
    qsort(t->sorted, t->count, sizeof *t->sorted, by_byte_and_length);
    size_t i = 0;
    for (size_t byte = 0; byte <= 256; byte++) {
        while (i < t->count && (unsigned char)t->sorted[i].from.p[0] < byte)
            i++;
        t->first[byte] = i;
    }
}

static bool is_short_number(struct str name) {
    size_t digits = 0;
    while (digits < name.n && str_is_digit(name.p[digits]))
        digits++;
    return digits == name.n && digits < 6;
}

static bool joins(char sign, char digit) {
    return (sign == '.' || sign == ':' || sign == '-') && str_is_digit(digit);
}

/* Whether the `n` digits at `i` are part of a time, a date, a version, an address. */
static bool is_in_a_number(struct str in, size_t i, size_t n) {
    return (i >= 2 && joins(in.p[i - 1], in.p[i - 2])) ||
           (i + n + 1 < in.n && joins(in.p[i + n], in.p[i + n + 1]));
}

/* The longest name that begins at `at`. */
static const struct redact_entry *name_at(const struct redact_table *t, struct str in, size_t at) {
    struct str s = str_from(in, at);
    unsigned char byte = (unsigned char)str_lower(s.p[0]);
    for (size_t i = t->first[byte]; i < t->first[byte + 1]; i++) {
        const struct redact_entry *e = &t->sorted[i];
        bool is_whole = e->from.n >= s.n || !is_word_byte(s.p[e->from.n]) ||
                        !is_word_byte(e->from.p[e->from.n - 1]);
        if (is_whole && str_eq_ci(str_head(s, e->from.n), e->from) &&
            !(is_short_number(e->from) && is_in_a_number(in, at, e->from.n)))
            return e;
    }
    return NULL;
}

static bool is_capitals(struct str s) {
    bool has_capital = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= 'a' && s.p[i] <= 'z')
            return false;
        has_capital |= s.p[i] >= 'A' && s.p[i] <= 'Z';
    }
    return has_capital;
}

static void add_like(struct buf *out, struct str to, struct str from) {
    bool is_upper = is_capitals(from);
    for (size_t i = 0; i < to.n; i++) {
        bool is_letter = to.p[i] >= 'a' && to.p[i] <= 'z';
        buf_add_byte(out, is_upper && is_letter ? (char)(to.p[i] - 32) : to.p[i]);
    }
}

static void make_address(struct redact_table *t, enum redact_number_kind kind, char out[64]) {
    unsigned n = ++t->addresses;
    if (kind == NUMBER_IPV6)
        snprintf(out, 64, "2001:db8::%x", n); /* RFC 3849 */
    else if (n < 255)
        snprintf(out, 64, "192.0.2.%u", n); /* RFC 5737 */
    else
        snprintf(out, 64, "198.18.%u.%u", n / 255 % 256, n % 255); /* RFC 2544 */
}

static const char *number(struct redact_table *t, enum redact_number_kind kind, struct str s);

/* The numbers of well-known accounts (below 1000, "Domain Admins" is 512) say what they are. */
static void make_sid(struct redact_table *t, struct str sid, char out[64]) {
    size_t n = redact_sid_domain(sid);
    uint64_t rid = 0;
    if (n == sid.n) {
        snprintf(out, 64, "S-1-5-21-1-1-%u", ++t->sids);
        return;
    }
    bool is_well_known = str_to_u64(str_from(sid, n + 1), 999, &rid);
    snprintf(out, 64, "%s-%u", number(t, NUMBER_SID, str_head(sid, n)),
             is_well_known ? (unsigned)rid : 1000 + ++t->sids);
}

static const char *number(struct redact_table *t, enum redact_number_kind kind, struct str s) {
    char key[KEY_MAX], made[64];
    struct str k = lower(str_head(s, KEY_MAX), key, 0);
    const char *found = json_string_value(json_object_getn(t->numbers, k.p, k.n));
    if (found)
        return found;
    if (kind == NUMBER_SID)
        make_sid(t, s, made);
    else if (kind == NUMBER_GUID)
        snprintf(made, sizeof made, "00000000-0000-0000-0000-%012x", ++t->guids);
    else
        make_address(t, kind, made);
    put(t, t->numbers, k, made);
    found = json_string_value(json_object_getn(t->numbers, k.p, k.n));
    return found ? found : "?";
}

static bool begins_at(struct str s, size_t i) { return i == 0 || !is_word_byte(s.p[i - 1]); }

static size_t replace_at(struct redact_table *t, struct buf *out, struct str in, size_t i) {
    struct str s = str_from(in, i);
    const struct redact_entry *e = name_at(t, in, i);
    struct redact_number found = {NUMBER_NONE, 0};
    /* The later numbers of an OID are no address. */
    if (i < 2 || in.p[i - 1] != '.' || in.p[i - 2] < '0' || in.p[i - 2] > '9')
        found = redact_number_at(s);
    if (e && e->from.n >= found.n)
        add_like(out, e->to, str_head(s, e->from.n));
    else if (found.n)
        buf_add(out, str_of(number(t, found.kind, str_head(s, found.n))));
    return e && e->from.n >= found.n ? e->from.n : found.n;
}

void redact_text(struct redact_table *t, struct buf *out, struct str in) {
    for (size_t i = 0; i < in.n;) {
        size_t n = begins_at(in, i) ? replace_at(t, out, in, i) : 0;
        if (n == 0)
            buf_add_byte(out, in.p[i]);
        i += n ? n : 1;
    }
    t->failed |= out->failed;
}
