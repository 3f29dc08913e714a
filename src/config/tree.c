/* SPDX-License-Identifier: Apache-2.0 */
#include "config/tree.h"

#include <yaml.h>

struct builder {
    struct arena *arena;
    struct findings *findings;
    struct str text;
    struct node *open[TREE_DEPTH_MAX]; /* lists and mappings that have not ended */
    unsigned depth;
    unsigned nodes;
    unsigned documents;
    struct node *root;
    struct node *key; /* of the mapping on top: read, and waiting for its value */
    bool stopped;     /* nothing more can be understood */
};

static struct config_mark mark_of(yaml_mark_t m) {
    return (struct config_mark){(unsigned)m.line + 1, (unsigned)m.column + 1};
}

/* Where a byte stands, for what libyaml's reader refuses: it knows no lines. */
static struct config_mark mark_of_byte(struct str text, size_t offset) {
    struct config_mark at = {1, 1};
    for (size_t i = 0; i < offset && i < text.n; i++) {
        at.column++;
        if (text.p[i] == '\n')
            at = (struct config_mark){at.line + 1, 1};
    }
    return at;
}

/* The first byte of a character of UTF-8, which libyaml counts; 0 behind the end. */
static char character(struct str text, size_t index) {
    for (size_t i = 0; i < text.n; i++)
        if (((unsigned char)text.p[i] & 0xc0) != 0x80 && index-- == 0)
            return text.p[i];
    return 0;
}

static void stop(struct builder *b, struct config_mark at, const char *why) {
    findings_error(b->findings, at, "%s", why);
    b->stopped = true;
}

static void refuse_syntax(struct builder *b, const yaml_parser_t *p) {
    if (p->error == YAML_MEMORY_ERROR) {
        stop(b, (struct config_mark){0}, "there is not enough memory");
        return;
    }
    b->stopped = true;
    struct config_mark at = p->error == YAML_READER_ERROR ? mark_of_byte(b->text, p->problem_offset)
                                                          : mark_of(p->problem_mark);
    if (p->error == YAML_SCANNER_ERROR && character(b->text, p->problem_mark.index) == '\t') {
        findings_error(b->findings, at, "there is a tab here, expected blanks");
        return;
    }
    const char *problem = p->problem ? p->problem : "it cannot be read";
    if (p->context && p->context_mark.line < p->problem_mark.line)
        findings_error(b->findings, at, "this is not YAML: %s (%s that begins in %u:%u)", problem,
                       p->context, mark_of(p->context_mark).line, mark_of(p->context_mark).column);
    else
        findings_error(b->findings, at, "this is not YAML: %s%s%s%s", problem,
                       p->context ? " (" : "", p->context ? p->context : "", p->context ? ")" : "");
}

static struct node *new_node(struct builder *b, enum node_kind kind, yaml_mark_t at) {
    if (++b->nodes > TREE_NODES_MAX) {
        stop(b, mark_of(at), "the file has more than 20000 values, no configuration needs that");
        return NULL;
    }
    struct node *n = arena_alloc(b->arena, sizeof *n);
    if (!n) {
        stop(b, mark_of(at), "there is not enough memory");
        return NULL;
    }
    *n = (struct node){.kind = kind, .mark = mark_of(at)};
    return n;
}

static void take_key(struct builder *b, struct node *mapping, struct node *key) {
    b->key = key;
    if (key->kind != NODE_VALUE) {
        stop(b, key->mark, "a list or mapping cannot be a key");
        return;
    }
    for (const struct node *n = mapping->first; n; n = n->next)
        if (str_eq(n->key, key->text)) {
            findings_error(b->findings, key->mark, "the key %s stands here again, first in %u:%u",
                           quote(key->text).text, n->key_mark.line, n->key_mark.column);
            return;
        }
}

/* Hangs a node under the list or mapping on top; there it may be a key. */
static void attach(struct builder *b, struct node *n) {
    struct node *parent = b->depth ? b->open[b->depth - 1] : NULL;
    if (!parent) {
        b->root = n;
        return;
    }
    if (parent->kind == NODE_MAPPING && !b->key) {
        take_key(b, parent, n);
        return;
    }
    if (b->key) {
        n->key = b->key->text;
        n->key_mark = b->key->mark;
        b->key = NULL;
    }
    if (parent->last)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    parent->count++;
}

static bool is_null(struct str s) {
    return s.n == 0 || str_eq(s, STR("~")) || str_eq(s, STR("null")) || str_eq(s, STR("Null")) ||
           str_eq(s, STR("NULL"));
}

static void refuse_properties(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag,
                              yaml_mark_t at) {
    if (anchor)
        findings_error(b->findings, mark_of(at),
                       "anchors are not used here, write the value itself in each place");
    if (tag)
        findings_error(b->findings, mark_of(at), "tags are not used here, write the value alone");
}

static void add_value(struct builder *b, const yaml_event_t *e) {
    struct str text = str_n((const char *)e->data.scalar.value, e->data.scalar.length);
    refuse_properties(b, e->data.scalar.anchor, e->data.scalar.tag, e->start_mark);
    if (has_control(text))
        findings_error(b->findings, mark_of(e->start_mark),
                       "there is a line break or control character inside, expected one line");
    struct node *n = new_node(b, NODE_VALUE, e->start_mark);
    if (!n)
        return;
    n->text = arena_str(b->arena, text);
    if (!n->text.p) {
        stop(b, n->mark, "there is not enough memory");
        return;
    }
    n->empty = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && is_null(text);
    attach(b, n);
}

static void open_node(struct builder *b, enum node_kind kind, yaml_mark_t at) {
    if (b->depth == TREE_DEPTH_MAX) {
        stop(b, mark_of(at), "this is nested more than 16 deep, no configuration needs that");
        return;
    }
    struct node *n = new_node(b, kind, at);
    if (!n)
        return;
    attach(b, n);
    b->open[b->depth++] = n;
}

static void take_event(struct builder *b, const yaml_event_t *e) {
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++b->documents > 1)
            stop(b, mark_of(e->start_mark), "a second document begins here, expected one");
        break;
    case YAML_ALIAS_EVENT:
        stop(b, mark_of(e->start_mark), "aliases are not used here, write the value itself");
        break;
    case YAML_SCALAR_EVENT:
        add_value(b, e);
        break;
    case YAML_SEQUENCE_START_EVENT:
        refuse_properties(b, e->data.sequence_start.anchor, e->data.sequence_start.tag,
                          e->start_mark);
        open_node(b, NODE_LIST, e->start_mark);
        break;
    case YAML_MAPPING_START_EVENT:
        refuse_properties(b, e->data.mapping_start.anchor, e->data.mapping_start.tag,
                          e->start_mark);
        open_node(b, NODE_MAPPING, e->start_mark);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        break;
    default:
        break;
    }
}

struct node *tree_parse(struct arena *a, struct str text, struct findings *f) {
    if (!text.p)
        text = STR("");
    struct builder b = {.arena = a, .findings = f, .text = text};
    unsigned errors_before = f->errors;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
        return NULL;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    for (bool done = false; !done && !b.stopped;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            refuse_syntax(&b, &parser);
            break;
        }
        take_event(&b, &event);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (f->errors == errors_before && !b.root)
        findings_error(f, (struct config_mark){0}, "the file is empty");
    else if (f->errors == errors_before && b.root->kind != NODE_MAPPING)
        findings_error(f, b.root->mark, "the file has no keys, expected gateway: and so on");
    return f->errors == errors_before ? b.root : NULL;
}

struct node *tree_get(const struct node *mapping, const char *key) {
    for (struct node *n = mapping ? mapping->first : NULL; n; n = n->next)
        if (str_eq(n->key, str_of(key)))
            return n;
    return NULL;
}
