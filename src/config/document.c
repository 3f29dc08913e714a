/* SPDX-License-Identifier: Apache-2.0 */
#include "config/document.h"

#include "config/schema.h"

#include <stdio.h>

enum { EXAMPLE_WIDTH = 100, MDOC_WIDTH = 80, PATH_SIZE = 128 };

static bool is_documented(const struct schema_key *key) { return !(key->flags & SCHEMA_PLANNED); }

/* `text` in lines of at most `width` bytes that begin with `indent` blanks and `begin`. */
static void add_lines(struct buf *out, struct str text, unsigned indent, const char *begin,
                      size_t width) {
    struct str word, rest = text;
    size_t column = 0;
    while (str_split(&rest, ' ', &word)) {
        bool is_first = column == 0;
        if (!is_first && column + 1 + word.n <= width) {
            buf_add_byte(out, ' ');
            column++;
        } else {
            buf_printf(out, "%s%*s%s", is_first ? "" : "\n", (int)indent, "", begin);
            column = indent + strlen(begin);
        }
        buf_add(out, word);
        column += word.n;
    }
    buf_add_byte(out, '\n');
}

static void add_comment(struct buf *out, unsigned indent, const char *text) {
    add_lines(out, str_of(text), indent, "# ", EXAMPLE_WIDTH);
}

static void add_help(struct buf *out, unsigned indent, const struct schema_key *key) {
    char text[512];
    snprintf(text, sizeof text, "%s%s", key->help,
             key->flags & SCHEMA_REQUIRED ? " Required." : "");
    add_comment(out, indent, text);
}

/* The keys of one mapping; the first one of an element of a list has the dash before it. */
static void add_example(struct buf *out, const struct schema_key *keys, unsigned indent,
                        bool is_element, bool is_apart) {
    for (const struct schema_key *key = keys; key->name; key++) {
        if (!is_documented(key))
            continue;
        bool is_section = key->type == SCHEMA_SECTION;
        bool has_elements = is_section && (key->flags & SCHEMA_LIST);
        bool is_comment = is_apart || (key->flags & SCHEMA_APART);
        add_help(out, indent, key);
        buf_printf(out, "%*s%s%s%s:", (int)(is_element ? indent - 2 : indent), "",
                   is_comment ? "#" : "", is_element ? "- " : "", key->name);
        is_element = false;
        if (is_section) {
            buf_add_byte(out, '\n');
            add_example(out, key->keys, indent + (has_elements ? 4 : 2), has_elements, is_comment);
        } else {
            buf_printf(out, " %s\n", key->example ? key->example : key->initial);
        }
    }
}

void document_example(struct buf *out) {
    add_comment(
        out, 0,
        "kerbgate.yaml with every key of this version. A key that is not marked as required "
        "may be left out, and those behind a # do not go together with the others; see "
        "kerbgate.yaml(5) for defaults and ranges. File names are "
        "relative to the folder of this file. Check it with: kerbgate check --config FILE");
    buf_add_byte(out, '\n');
    add_example(out, SCHEMA_ROOT, 0, false, false);
}

/* mdoc reads a backslash, and a dot or quote at the start of a line, as its own. No help has a
 * backslash or a word that begins so; the test of the manual page would show it. */
static void add_mdoc_text(struct buf *out, const char *text) {
    add_lines(out, str_of(text), 0, "", MDOC_WIDTH);
}

static void add_choices(struct buf *out, const struct schema_key *key) {
    unsigned count = 0;
    for (const struct schema_choice *choice = key->choices; choice->name; choice++)
        if (!choice->planned && !choice->never)
            buf_printf(out, "%s\n.Cm %s", count++ ? " ," : "One of", choice->name);
    buf_add(out, STR(" .\n"));
}

static void add_key(struct buf *out, const struct schema_key *key, const char *path) {
    bool is_section = key->type == SCHEMA_SECTION, is_lone = key->flags & SCHEMA_LONE;
    buf_printf(out, ".It Ic %s : %s%s%s\n", path,
               key->flags & SCHEMA_LIST && !is_lone ? "list of " : "",
               is_section ? "keys" : schema_type_name(key->type),
               is_lone                    ? " or a list"
               : key->keys && !is_section ? " or keys"
                                          : "");
    add_mdoc_text(out, key->help);
    if (key->choices && key->choices[1].name && !key->choices[1].never)
        add_choices(out, key);
    if (key->flags & SCHEMA_REQUIRED)
        buf_add(out, STR("Required.\n"));
    else if (key->initial)
        buf_printf(out, "Default:\n.Cm %s .\n", key->initial);
    if (key->least)
        buf_printf(out, "From %s to %s.\n", key->least, key->most);
    if (key->longest)
        buf_printf(out, "At most %zu of them.\n", key->longest);
}

static void add_planned(struct buf *out, const struct schema_key *key, const char *path) {
    if (key->flags & SCHEMA_PLANNED)
        buf_printf(out, ".It\n.Ic %s\n", path);
    for (const struct schema_choice *choice = key->choices; choice && choice->name; choice++)
        if (choice->planned)
            buf_printf(out, ".It\n.Ic %s : Cm %s\n", path, choice->name);
    if (key->planned_form)
        buf_printf(out, ".It\n.Ic %s :\n%s\n", path, key->planned_form);
}

static void add_keys(struct buf *out, const struct schema_key *keys, const char *above,
                     bool planned) {
    for (const struct schema_key *key = keys; key->name; key++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s%s%s", above, *above ? "." : "", key->name);
        if (!planned && is_documented(key))
            add_key(out, key, path);
        if (planned)
            add_planned(out, key, path);
        if (key->keys)
            add_keys(out, key->keys, path, planned);
    }
}

void document_keys(struct buf *out) {
    buf_add(out, STR(".Bl -tag -width Ds\n"));
    add_keys(out, SCHEMA_ROOT, "", false);
    buf_add(out, STR(".El\n.Ss Not in this version\n"
                     "These are known, and refused with a message that says so:\n"
                     "kerbgate does not accept a rule it would not enforce.\n"
                     ".Bl -bullet -compact\n"));
    add_keys(out, SCHEMA_ROOT, "", true);
    buf_add(out, STR(".El\n"));
}
