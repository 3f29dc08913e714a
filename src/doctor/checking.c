/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checking.h"

#include "base/buf.h"
#include "base/json_text.h"
#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    SENTENCE_MAX = 2048,
    LIST_MAX = 32, /* sentences, lines of evidence, remedies; more say nothing new */
    WORD_MAX = 1024,
    BEGIN_MAX = 60, /* of a command that is not shown whole */
};

/* The word in the place of one that cannot be typed: SUBSTITUTE, which no command has. */
static const char UNTYPABLE[] = "\x1a";

const char *spn_of(const struct checking *c) { return facts_text(c->facts, "app.spn"); }

static void add_text(json_t *list, const char *format, va_list arguments) {
    char text[SENTENCE_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    if (json_array_size(list) < LIST_MAX)
        json_array_append_new(list, json_text(str_of(text)));
}

/* What is better than what was said before says nothing. */
static void say(struct checking *c, enum doctor_outcome outcome, const char *format,
                va_list arguments) {
    if (outcome < c->outcome)
        return;
    if (outcome > c->outcome)
        json_array_clear(c->detail);
    c->outcome = outcome;
    add_text(c->detail, format, arguments);
}

#define SAY(outcome)                                                                               \
    va_list arguments;                                                                             \
    va_start(arguments, format);                                                                   \
    say(c, outcome, format, arguments);                                                            \
    va_end(arguments)

void check_pass(struct checking *c, const char *format, ...) { SAY(OUTCOME_PASS); }
void check_unknowable(struct checking *c, const char *format, ...) { SAY(OUTCOME_UNKNOWABLE); }
void check_unknown(struct checking *c, const char *format, ...) { SAY(OUTCOME_UNKNOWN); }
void check_warn(struct checking *c, const char *format, ...) { SAY(OUTCOME_WARN); }
void check_fail(struct checking *c, const char *format, ...) { SAY(OUTCOME_FAIL); }

void check_evidence(struct checking *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_text(c->evidence, format, arguments);
    va_end(arguments);
}

static const char *const SHELLS[] = {
    [REMEDY_POWERSHELL] = "powershell", [REMEDY_SAMBA] = "samba-tool", [REMEDY_SHELL] = "shell",
    [REMEDY_CONFIG] = "kerbgate.yaml",  [REMEDY_TEXT] = "text",
};

static const char *const WHO[] = {
    [BY_DOMAIN_ADMIN] = "a domain administrator",
    [BY_GATEWAY_ADMIN] = "root on this host",
    [BY_WEB_ADMIN] = "the administrator of the application's server",
    [BY_NETWORK_ADMIN] = "the administrator of network and DNS",
    [BY_PERSON] = "the person who signs in",
};

static void add_remedy(struct checking *c, enum remedy_shell shell, enum remedy_by by,
                       const char *text) {
    if (json_array_size(c->remedies) < LIST_MAX)
        json_array_append_new(c->remedies, json_pack("{s:s,s:s,s:o}", "shell", SHELLS[shell], "who",
                                                     WHO[by], "command", json_text(str_of(text))));
}

/* Half a command, or one with another name in it, is another command. `text`: as far as it goes. */
static void say_untypable(struct checking *c, enum remedy_by by, const char *text) {
    char words[SENTENCE_MAX];
    struct str begin = str_head(str_of(text), str_index(str_of(text), UNTYPABLE[0]));
    begin = str_trim(str_whole(str_head(begin, BEGIN_MAX)));
    snprintf(words, sizeof words,
             "What mends it begins with \"%.*s\" and cannot be written down here: a name in it is "
             "too long, or has characters that nobody can type. Rename what is called so, or pick "
             "it from a list, as Active Directory Users and Computers has.",
             STR_ARG(begin));
    add_remedy(c, REMEDY_TEXT, by, words);
}

void check_remedy(struct checking *c, enum remedy_shell shell, enum remedy_by by,
                  const char *format, ...) {
    char text[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof text || strchr(text, UNTYPABLE[0]))
        say_untypable(c, by, text);
    else
        add_remedy(c, shell, by, text);
}

static const char *word(struct checking *c, enum quote_style style, const char *text) {
    struct buf out;
    const char *made = NULL;
    struct str name = str_of(text);
    buf_init(&out, WORD_MAX * 4 + 2);
    if (text && name.n <= WORD_MAX && quote_word(&out, style, name) && !out.failed)
        made = arena_cstr(c->arena, buf_str(&out));
    buf_fini(&out);
    return made ? made : UNTYPABLE;
}

const char *ps(struct checking *c, const char *text) { return word(c, QUOTE_POWERSHELL, text); }

const char *sh(struct checking *c, const char *text) { return word(c, QUOTE_SHELL, text); }

const char *yaml(struct checking *c, const char *text) { return word(c, QUOTE_YAML, text); }

const char *filter(struct checking *c, const char *text) { return word(c, QUOTE_FILTER, text); }
