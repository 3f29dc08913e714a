/* SPDX-License-Identifier: Apache-2.0 */
#include "config/load.h"

#include "config/convert.h"
#include "config/refuse.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_SIZE = 128 };

struct load {
    struct config *config;
    struct findings *findings;
};

/* One mapping of the file, or the place where it could be. */
struct place {
    struct node *node; /* NULL: the file does not have it, and only defaults are filled in */
    void *base;        /* the struct that its values are stored in */
    const char *path;  /* "apps.sso", empty for the root */
};

static void load_mapping(struct load *l, const struct schema_key *keys, const struct place *at);

static void join(char path[PATH_SIZE], const char *above, const char *name) {
    snprintf(path, PATH_SIZE, "%s%s%s", above, *above ? "." : "", name);
}

static void remember(struct load *l, const void *field, const struct node *n, bool is_wrong) {
    struct config *c = l->config;
    c->fields[c->field_count++] = (struct config_field){field, n->mark, is_wrong};
}

/* One value: of a key, or an element of its list. */
static void load_value(struct load *l, const struct schema_key *key, struct node *n, void *field,
                       const char *path) {
    struct findings *f = l->findings;
    unsigned errors_before = f->errors;
    const char *why = "";
    if (n->kind != NODE_VALUE && key->planned_form) {
        refuse_planned_value(f, n, path, key->planned_form);
    } else if (n->kind != NODE_VALUE || n->empty) {
        refuse_form(f, key, n, path);
    } else {
        switch (convert_value(l->config, key, n->text, field, &why)) {
        case CONVERTED:
            break;
        case CONVERT_WRONG:
            refuse_value(f, l->config, key, n, path, why);
            break;
        case CONVERT_PLANNED:
            refuse_planned_value(f, n, path, quote(n->text).text);
            break;
        case CONVERT_NO_MEMORY:
            findings_error(f, n->mark, "there is not enough memory");
        }
    }
    if (!(key->flags & SCHEMA_UNSTORED))
        remember(l, field, n, f->errors > errors_before);
}

static void load_element(struct load *l, const struct schema_key *key, struct node *n,
                         char *element, const char *path) {
    if (key->type != SCHEMA_SECTION) {
        load_value(l, key, n, element, path);
        return;
    }
    *(struct config_mark *)(element + key->mark) = n->mark;
    if (n->kind == NODE_MAPPING)
        load_mapping(l, key->keys, &(struct place){n, element, path});
    else
        findings_error(l->findings, n->mark,
                       "%s: expected an element with keys here, such as %s:", path,
                       key->keys->name);
}

static void load_elements(struct load *l, const struct schema_key *key, struct node *n, char *base,
                          const char *path) {
    bool is_lone = (key->flags & SCHEMA_LONE) && n->kind == NODE_VALUE && !n->empty;
    if (is_lone && key->none && str_eq(n->text, str_of(key->none)))
        return;
    if (n->kind != NODE_LIST && !is_lone) {
        if (key->keys)
            findings_error(l->findings, n->mark,
                           "%s: expected a list here: \"- \" before the first key of each element",
                           path);
        else
            findings_error(l->findings, n->mark, "%s: expected a list here, as in [a, b] or - a",
                           path);
        return;
    }
    size_t count = is_lone ? 1 : n->count;
    if (count == 0 && (key->flags & SCHEMA_NOT_EMPTY)) {
        findings_error(l->findings, n->mark, "%s: the list is empty: %s", path, key->why_not_empty);
        return;
    }
    if (key->longest && count > key->longest) {
        findings_error(l->findings, n->mark, "%s: the list has %zu elements, expected at most %zu",
                       path, count, key->longest);
        return;
    }
    char *elements = arena_array(&l->config->arena, count, key->width);
    if (!elements) {
        findings_error(l->findings, n->mark, "there is not enough memory");
        return;
    }
    /* The length grows with the elements, so that a provider is found by those that follow. */
    memcpy(base + key->offset, &elements, sizeof elements);
    struct node *element = is_lone ? n : n->first;
    for (size_t i = 0; i < count; i++, elements += key->width) {
        load_element(l, key, element, elements, path);
        element = element->next;
        ++*(size_t *)(base + key->count);
    }
}

static void load_list(struct load *l, const struct schema_key *key, struct node *n, char *base,
                      const char *path) {
    unsigned errors_before = l->findings->errors;
    load_elements(l, key, n, base, path);
    remember(l, base + key->offset, n, l->findings->errors > errors_before);
}

static void load_absent(struct load *l, const struct schema_key *key, const struct place *above,
                        const char *path) {
    const char *unused;
    if ((key->flags & SCHEMA_REQUIRED) && above->node) {
        findings_error(l->findings, above->node->mark, "%s is missing, expected %s", path,
                       (key->flags & SCHEMA_LIST) && !(key->flags & SCHEMA_LONE)
                           ? "a list"
                           : describe(key).text);
        return;
    }
    if (key->type == SCHEMA_SECTION && !(key->flags & (SCHEMA_LIST | SCHEMA_PLANNED)))
        load_mapping(l, key->keys, &(struct place){NULL, above->base, path});
    else if (key->initial && convert_value(l->config, key, str_of(key->initial),
                                           (char *)above->base + key->offset, &unused) != CONVERTED)
        findings_error(l->findings, (struct config_mark){0}, "%s: the default cannot be set", path);
}

static void load_present(struct load *l, const struct schema_key *key, struct node *n,
                         const struct place *above, const char *path) {
    char *base = above->base;
    bool is_mapping = n->kind == NODE_MAPPING;
    /* An empty list of what is not in this version asks for nothing. */
    bool asks_nothing = (key->flags & SCHEMA_LIST) && n->kind == NODE_LIST && n->count == 0;
    if ((key->flags & SCHEMA_PLANNED) && asks_nothing)
        return;
    if (key->flags & SCHEMA_PLANNED)
        refuse_planned_key(l->findings, n, path);
    else if (key->flags & SCHEMA_LIST)
        load_list(l, key, n, base, path);
    else if (is_mapping && n->count == 0 && (key->flags & SCHEMA_NOT_EMPTY))
        findings_error(l->findings, n->mark, "%s: there is no key in it: %s", path,
                       key->why_not_empty);
    else if (key->type != SCHEMA_SECTION && !(key->keys && is_mapping))
        load_value(l, key, n, base + key->offset, path);
    else if (is_mapping)
        load_mapping(l, key->keys, &(struct place){n, base, path});
    else
        findings_error(l->findings, n->mark, "%s: expected %s here, such as %s:", path,
                       describe(key).text, key->keys->name);
}

static void load_mapping(struct load *l, const struct schema_key *keys, const struct place *at) {
    char path[PATH_SIZE];
    bool has_planned = false;
    for (const struct schema_key *key = keys; key->name; key++) {
        struct node *n = tree_get(at->node, key->name);
        if (!n)
            continue;
        join(path, at->path, key->name);
        n->known = true;
        load_present(l, key, n, at, path);
        has_planned |= n->planned;
    }
    /* Who uses what is not in this version has other keys than this version asks for. */
    struct place absent = *at;
    if (has_planned)
        absent.node = NULL;
    for (const struct schema_key *key = keys; key->name; key++) {
        join(path, at->path, key->name);
        if (!tree_get(at->node, key->name))
            load_absent(l, key, &absent, path);
    }
    for (const struct node *n = at->node ? at->node->first : NULL; n; n = n->next)
        if (!n->known)
            refuse_unknown(l->findings, keys, n, at->path);
}

static int by_field(const void *a, const void *b) {
    uintptr_t x = (uintptr_t)((const struct config_field *)a)->field;
    uintptr_t y = (uintptr_t)((const struct config_field *)b)->field;
    return (x > y) - (x < y);
}

static size_t count_nodes(const struct node *n) {
    size_t count = 1;
    for (const struct node *child = n->first; child; child = child->next)
        count += count_nodes(child);
    return count;
}

void load_tree(struct config *c, struct node *root, struct findings *f) {
    struct load l = {.config = c, .findings = f};
    /* A value that stands for a list is remembered as both. */
    c->fields = arena_array(&c->arena, 2 * count_nodes(root), sizeof *c->fields);
    if (!c->fields) {
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
        return;
    }
    load_mapping(&l, SCHEMA_ROOT, &(struct place){root, c, ""});
    qsort(c->fields, c->field_count, sizeof *c->fields, by_field);
}

const struct config_field *load_field(const struct config *c, const void *field) {
    struct config_field wanted = {.field = field};
    return c->field_count ? bsearch(&wanted, c->fields, c->field_count, sizeof wanted, by_field)
                          : NULL;
}
