/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/facts.h"

#include <stdlib.h>

enum { NUMBER_MAX = 4096 };

json_t *facts_new(void) { return json_object(); }

/* The number of a list's entry; NUMBER_MAX for what is none. */
static size_t number_of(struct str name) {
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9' || n >= NUMBER_MAX)
            return NUMBER_MAX;
        n = n * 10 + (size_t)(name.p[i] - '0');
    }
    return name.n && n < NUMBER_MAX ? n : NUMBER_MAX;
}

static json_t *step(const json_t *at, struct str name) {
    if (json_is_array(at))
        return json_array_get(at, number_of(name));
    return json_object_getn(at, name.p, name.n);
}

json_t *facts_at(const json_t *facts, const char *path) {
    struct str rest = str_of(path), name;
    const json_t *at = facts;
    while (at && rest.n && str_split(&rest, '.', &name))
        at = step(at, name);
    return at && !json_is_null(at) ? (json_t *)at : NULL;
}

/* The container for the last name of `path`, made where it is missing. */
static json_t *container(json_t *at, struct str *rest, struct str *name) {
    while (at && str_split(rest, '.', name) && rest->n) {
        json_t *next = step(at, *name);
        bool is_list = str_eq(*rest, STR("+"));
        if (!json_is_object(next) && !json_is_array(next)) {
            next = json_is_object(at) ? (is_list ? json_array() : json_object()) : NULL;
            if (next && json_object_setn_new(at, name->p, name->n, next) != 0)
                next = NULL;
        }
        at = next;
    }
    return at;
}

bool facts_put(json_t *facts, const char *path, json_t *value) {
    struct str rest = str_of(path), name = STR_NONE;
    json_t *at = value ? container(facts, &rest, &name) : NULL;
    if (json_is_array(at) && str_eq(name, STR("+")))
        return json_array_append_new(at, value) == 0;
    if (json_is_array(at))
        return json_array_set_new(at, number_of(name), value) == 0;
    if (json_is_object(at))
        return json_object_setn_new(at, name.p, name.n, value) == 0;
    json_decref(value);
    return false;
}

const char *facts_text(const json_t *facts, const char *path) {
    const char *text = json_string_value(facts_at(facts, path));
    return text ? text : "";
}

bool facts_is(const json_t *facts, const char *path, const char *text) {
    return strcmp(facts_text(facts, path), text) == 0;
}

int64_t facts_int(const json_t *facts, const char *path, int64_t otherwise) {
    const json_t *at = facts_at(facts, path);
    return json_is_integer(at) ? json_integer_value(at) : otherwise;
}

bool facts_true(const json_t *facts, const char *path) {
    return json_is_true(facts_at(facts, path));
}

bool facts_false(const json_t *facts, const char *path) {
    return json_is_false(facts_at(facts, path));
}

bool facts_need_person(const json_t *facts) {
    const char *ticket = facts_text(facts, "app.ticket");
    return strcmp(ticket, "own") == 0 || strcmp(ticket, "evidence") == 0;
}

bool facts_has(const json_t *facts, const char *path, const char *text) {
    const json_t *list = facts_at(facts, path), *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        if (str_eq_ci(str_of(json_string_value(entry)), str_of(text)))
            return true;
    }
    return false;
}
