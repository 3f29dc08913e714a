/* SPDX-License-Identifier: Apache-2.0 */
#include "config/refuse.h"

#include "config/nearest.h"
#include "config/transformation.h"

#include <stdio.h>

static const char NOT_YET[] =
    "is not in this version; kerbgate does not accept a rule it would not enforce";

/* "{ claim: ..., as: ... }", the other form of a word. */
static void add_form(char *text, size_t size, const struct schema_key *keys) {
    size_t n = (size_t)snprintf(text, size, " or the form {");
    for (const struct schema_key *key = keys; key->name && n < size; key++)
        n += (size_t)snprintf(text + n, size - n, "%s %s: ...%s", key == keys ? "" : ",", key->name,
                              key[1].name ? "" : " }");
}

struct described describe(const struct schema_key *key) {
    struct described d = {""};
    size_t n = 0;
    for (const struct schema_choice *choice = key->choices; choice && choice->name; choice++)
        if (!choice->planned && !choice->never && n < sizeof d.text)
            n += (size_t)snprintf(d.text + n, sizeof d.text - n, "%s%s", n ? " or " : "",
                                  choice->name);
    if (!key->choices)
        snprintf(d.text, sizeof d.text, "%s%s%s%s%s", schema_type_expected(key->type),
                 key->least ? ", from " : "", key->least ? key->least : "",
                 key->least ? " to " : "", key->least ? key->most : "");
    else if (key->keys && n < sizeof d.text)
        add_form(d.text + n, sizeof d.text - n, key->keys);
    return d;
}

/* YAML has more words for a bool than are read here. */
static const char *switch_word(struct str typed) {
    static const char *const ON[] = {"true", "yes", "1", "y", "enabled"};
    static const char *const OFF[] = {"false", "no", "0", "n", "disabled"};
    for (size_t i = 0; i < sizeof ON / sizeof *ON; i++) {
        if (str_eq_ci(typed, str_of(ON[i])))
            return "on";
        if (str_eq_ci(typed, str_of(OFF[i])))
            return "off";
    }
    return NULL;
}

static const char *nearest_value(const struct config *c, const struct schema_key *key,
                                 struct str typed) {
    struct nearest nearest;
    const char *word = key->choices == SCHEMA_SWITCH ? switch_word(typed) : NULL;
    if (word)
        return word;
    nearest_init(&nearest, typed);
    if (key->type == SCHEMA_CHOICE)
        for (const struct schema_choice *choice = key->choices; choice->name; choice++)
            if (!choice->never)
                nearest_offer(&nearest, choice->name);
    if (key->type == SCHEMA_TRANSFORM) {
        nearest_init(&nearest, str_head(typed, str_index(typed, '(')));
        for (size_t i = 0; i < TRANSFORM_KINDS; i++)
            nearest_offer(&nearest, transformation_name((enum config_transform_kind)i));
    }
    if (key->type == SCHEMA_PROVIDER) {
        for (size_t i = 0; i < c->provider_count; i++)
            if (c->providers[i].name)
                nearest_offer(&nearest, c->providers[i].name);
        if (!str_eq(typed, STR("passthrough")))
            nearest_offer(&nearest, "passthrough");
    }
    if (key->type == SCHEMA_ACCOUNT)
        for (size_t i = 0; i < c->kerberos.account_count; i++)
            if (c->kerberos.accounts[i].name)
                nearest_offer(&nearest, c->kerberos.accounts[i].name);
    return nearest.best;
}

/* A URL or the name of a database may hold a password, also where it should not be one. */
static bool may_be_shown(const struct schema_key *key, struct str text) {
    bool has_at = str_index(text, '@') < text.n;
    bool may_be_url = key->type == SCHEMA_BACKEND || key->type == SCHEMA_ORIGIN ||
                      key->type == SCHEMA_ISSUER || key->type == SCHEMA_LINK ||
                      key->type == SCHEMA_PROXY;
    return key->type != SCHEMA_URL && key->type != SCHEMA_STORE && !(may_be_url && has_at);
}

void refuse_value(struct findings *f, const struct config *c, const struct schema_key *key,
                  const struct node *n, const char *path, const char *why) {
    const char *nearest = nearest_value(c, key, n->text);
    findings_error(f, n->mark, "%s: %s %s, expected %s%s%s%s", path,
                   may_be_shown(key, n->text) ? quote(n->text).text : "the value", why,
                   describe(key).text, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

void refuse_form(struct findings *f, const struct schema_key *key, const struct node *n,
                 const char *path) {
    const char *what = n->kind == NODE_LIST      ? "this is a list"
                       : n->kind == NODE_MAPPING ? "this is a mapping"
                                                 : "there is no value";
    findings_error(f, n->mark, "%s: %s, expected %s", path, what, describe(key).text);
}

void refuse_unknown(struct findings *f, const struct schema_key *keys, const struct node *n,
                    const char *above) {
    struct nearest nearest;
    char elsewhere[128], hint[256] = "";
    nearest_init(&nearest, n->key);
    for (const struct schema_key *key = keys; key->name; key++)
        nearest_offer(&nearest, key->name);
    if (schema_find(n->key.p, sizeof elsewhere, elsewhere))
        snprintf(hint, sizeof hint, "; there is %s", elsewhere);
    if (nearest.best)
        snprintf(hint, sizeof hint, "; did you mean \"%s\"?", nearest.best);
    findings_error(f, n->key_mark, "unknown key %s%s%s%s", quote(n->key).text, *above ? " in " : "",
                   above, hint);
}

void refuse_planned_key(struct findings *f, struct node *n, const char *path) {
    findings_error(f, n->key_mark, "%s %s", path, NOT_YET);
    n->planned = true;
}

void refuse_planned_value(struct findings *f, struct node *n, const char *path, const char *what) {
    findings_error(f, n->mark, "%s: %s %s", path, what, NOT_YET);
    n->planned = true;
}
