/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact.h"

#include "base/json_text.h"
#include "doctor/facts.h"
#include "doctor/redact_phrase.h"

enum {
    DEPTH_MAX = 64,        /* of the document */
    TEXT_MAX = 256 * 1024, /* of one text with its pseudonyms */
};

/* What is looked for in one passage over the document. Domains come first, because they tell what
 * a name belongs to; then accounts, because their other names are called after them. */
enum passage { DOMAINS, ACCOUNTS, NAMES, SENTENCES, PASSAGES };

/* The key of the object that a value stands in, through lists, and the key of that object. */
struct place {
    const char *key, *parent;
};

static bool is_key(const char *key, const char *wanted) {
    return !wanted || (key && strcmp(key, wanted) == 0);
}

static void domain_of_principal(struct redact_table *t, struct str name) {
    size_t at = name.n;
    while (at > 0 && name.p[at - 1] != '@')
        at--;
    if (at > 0)
        redact_domain(t, str_from(name, at));
}

/* Which keys have which names; anything else is judged by its form. */
static const struct {
    enum passage passage;
    const char *parent, *key; /* parent NULL: any */
    void (*add)(struct redact_table *t, struct str text);
} RULES[] = {
    {DOMAINS, NULL, "realm", redact_domain},
    {DOMAINS, NULL, "domain", redact_domain},
    {DOMAINS, "trusts", "name", redact_domain},
    {DOMAINS, NULL, "base", redact_dn_domain},
    {DOMAINS, NULL, "dn", redact_dn_domain},
    {DOMAINS, NULL, "default_naming_context", redact_dn_domain},
    {DOMAINS, NULL, "root_naming_context", redact_dn_domain},
    {DOMAINS, NULL, "upn_suffixes", redact_domain},
    {DOMAINS, "domains", "name", redact_domain},
    {DOMAINS, NULL, "principal", domain_of_principal},
    {DOMAINS, NULL, "user", domain_of_principal},
    {DOMAINS, "person", "name", domain_of_principal},
    {NAMES, NULL, "account", redact_user},
    {NAMES, NULL, "asked", redact_user},
    {NAMES, NULL, "user", redact_user},
    {NAMES, NULL, "client", redact_user},
    {NAMES, NULL, "principal", redact_user},
    {NAMES, NULL, "upn", redact_user},
    {NAMES, NULL, "allow_users", redact_user},
    {NAMES, "person", "name", redact_user},
    {NAMES, "ticket", "server", redact_user},
    {NAMES, NULL, "spn", redact_spn},
    {NAMES, NULL, "spns", redact_spn},
    {NAMES, NULL, "delegates_to", redact_spn},
    {NAMES, NULL, "host", redact_host},
    {NAMES, NULL, "dns_host_name", redact_host},
    {NAMES, NULL, "spn_host", redact_host},
    {NAMES, NULL, "external_host", redact_host},
    {NAMES, NULL, "via", redact_hosts},
    {NAMES, NULL, "kdc", redact_host},
    {NAMES, NULL, "backend", redact_host},
    {NAMES, NULL, "names", redact_host},
    {NAMES, "dns", "chain", redact_host},
    {NAMES, "directory", "server", redact_host},
    {NAMES, "host", "name", redact_host},
    {NAMES, "ptr", "name", redact_host},
};
enum { RULE_COUNT = sizeof RULES / sizeof *RULES };

static void look_at_text(struct redact_table *t, enum passage passage, struct place place,
                         struct str text) {
    if (passage == SENTENCES)
        redact_sentence(t, text);
    if (passage == NAMES)
        redact_any(t, text);
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (RULES[i].passage == passage && is_key(place.key, RULES[i].key) &&
            is_key(place.parent, RULES[i].parent))
            RULES[i].add(t, text);
}

static struct str text_of(const json_t *object, const char *key) {
    return str_of(facts_text(object, key));
}

static void look_at_account(struct redact_table *t, const json_t *object) {
    static const char *const ADDRESSES[] = {"upn", "mail"};
    struct str account = text_of(object, "account"), dn = text_of(object, "dn");
    redact_user(t, account);
    for (size_t i = 0; i < sizeof ADDRESSES / sizeof *ADDRESSES; i++) {
        struct str name = text_of(object, ADDRESSES[i]);
        redact_also_called(t, account, str_head(name, str_index(name, '@')), ADDRESSES[i]);
    }
    if (str_starts(dn, STR("CN=")) && str_index(dn, '\\') == dn.n)
        redact_also_called(t, account, str_head(str_from(dn, 3), str_index(dn, ',') - 3), "cn");
}

static void look_at_object(struct redact_table *t, enum passage passage, const json_t *object) {
    if (passage == ACCOUNTS)
        look_at_account(t, object);
    if (passage == DOMAINS)
        redact_flat_name(t, text_of(object, "flat_name"), text_of(object, "name"));
}

static void look(struct redact_table *t, enum passage passage, struct place place,
                 const json_t *value, unsigned depth) {
    const char *key;
    json_t *part;
    size_t i;
    if (depth > DEPTH_MAX)
        t->failed = true;
    if (t->failed)
        return;
    if (json_is_string(value))
        look_at_text(t, passage, place, str_of(json_string_value(value)));
    if (json_is_object(value))
        look_at_object(t, passage, value);
    json_object_foreach((json_t *)value, key, part) {
        look(t, passage, (struct place){key, place.key}, part, depth + 1);
    }
    json_array_foreach(value, i, part) { look(t, passage, place, part, depth + 1); }
}

static void look_at_all(struct redact_table *t, const json_t *document) {
    for (enum passage p = DOMAINS; p < PASSAGES; p++)
        look(t, p, (struct place){NULL, NULL}, document, 0);
}

/* Words of the format and of protocols, which are no names though a host may be called the same. */
static bool is_kept(struct place place) {
    static const char *const KEYS[] = {
        "kerbgate",  "version",   "time",     "id",           "stage",          "link",
        "outcome",   "role",      "shell",    "who",          "scheme",         "object",
        "token",     "negotiate", "sso",      "authenticate", "ticket",         "claim",
        "name_type", "source",    "code",     "mech",         "login_identity", "content",
        "state",     "alpn",      "protocol", "enctype_name", "matched",
    };
    bool is_name = is_key(place.key, "name");
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (is_key(place.key, KEYS[i]))
            return true;
    return is_name && place.parent &&
           (is_key(place.parent, "checks") || is_key(place.parent, "first_cause"));
}

static json_t *new_text(struct redact_table *t, struct place place, struct str text) {
    struct buf out;
    if (is_kept(place))
        return json_text(text);
    /* What is asked for behind a name is for the one who has it. */
    if (is_key(place.key, "location"))
        text = str_head(text, str_index(text, '?'));
    buf_init(&out, TEXT_MAX);
    redact_text(t, &out, text);
    json_t *made = json_stringn(buf_str(&out).p, buf_size(&out));
    buf_fini(&out);
    return made;
}

/* The format's own keys are small letters. */
static bool is_word_of_format(const char *key) {
    for (; *key; key++)
        if ((*key < 'a' || *key > 'z') && (*key < '0' || *key > '9') && *key != '_')
            return false;
    return true;
}

static void set(struct redact_table *t, json_t *object, const char *key, json_t *value) {
    struct buf name;
    buf_init(&name, TEXT_MAX);
    if (is_word_of_format(key))
        buf_add(&name, str_of(key));
    else
        redact_text(t, &name, str_of(key));
    t->failed |=
        name.failed || json_object_setn_new(object, buf_str(&name).p, buf_size(&name), value) != 0;
    buf_fini(&name);
}

static json_t *copy(struct redact_table *t, struct place place, const json_t *value) {
    const char *key;
    json_t *part;
    size_t i;
    if (json_is_string(value))
        return new_text(t, place, str_of(json_string_value(value)));
    if (!json_is_object(value) && !json_is_array(value))
        return json_deep_copy(value);
    json_t *made = json_is_object(value) ? json_object() : json_array();
    json_object_foreach((json_t *)value, key, part) {
        set(t, made, key, copy(t, (struct place){key, place.key}, part));
    }
    json_array_foreach(value, i, part) {
        t->failed |= json_array_append_new(made, copy(t, place, part)) != 0;
    }
    return made;
}

json_t *redact(const json_t *document) {
    struct redact_table t;
    json_t *made = NULL;
    redact_table_init(&t);
    look_at_all(&t, document);
    redact_restart(&t);
    look_at_all(&t, document);
    redact_sort(&t);
    if (!t.failed)
        made = copy(&t, (struct place){NULL, NULL}, document);
    if (t.failed) {
        json_decref(made);
        made = NULL;
    }
    redact_table_fini(&t);
    return made;
}
