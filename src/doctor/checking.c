/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checking.h"

#include "base/buf.h"
#include "base/json_text.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    SENTENCE_MAX = 2048,
    LIST_MAX = 32, /* sentences, lines of evidence, remedies; more say nothing new */
    WORD_MAX = 1024,
};

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

void check_remedy(struct checking *c, enum remedy_shell shell, enum remedy_by by,
                  const char *format, ...) {
    char text[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* Half a command is another command. */
    if (n < 0 || (size_t)n >= sizeof text || json_array_size(c->remedies) >= LIST_MAX)
        return;
    json_array_append_new(c->remedies, json_pack("{s:s,s:s,s:o}", "shell", SHELLS[shell], "who",
                                                 WHO[by], "command", json_text(str_of(text))));
}

/* PowerShell takes U+2018 to U+201E for quotes. */
static bool is_wide_quote(struct str s) {
    return str_starts(s, STR("\xe2\x80")) && s.n > 2 && (unsigned char)s.p[2] >= 0x98 &&
           (unsigned char)s.p[2] <= 0x9e;
}

/* How many bytes at the start of `s` no command may have. */
static size_t barred(struct str s) {
    size_t n = str_utf8(s);
    unsigned char first = (unsigned char)s.p[0];
    bool is_c1 = n == 2 && first == 0xc2 && (unsigned char)s.p[1] < 0xa0;
    bool is_line = n == 3 && first == 0xe2 && (unsigned char)s.p[1] == 0x80 &&
                   (unsigned char)s.p[2] >= 0xa8 && (unsigned char)s.p[2] <= 0xae;
    if (n == 0 || first < 0x20 || first == 0x7f)
        return 1;
    return is_c1 || is_line || is_wide_quote(s) ? n : 0;
}

static bool needs_quotes(struct str s) {
    static const struct str PLAIN = {"-_./:@=+", 8};
    for (size_t i = 0; i < s.n; i++) {
        char c = str_lower(s.p[i]);
        bool is_plain = str_is_alnum(c) || (str_index(PLAIN, c) < PLAIN.n && (c != '@' || i > 0));
        if (!is_plain)
            return true;
    }
    return s.n == 0 || s.p[0] == '-';
}

/* `quote` is what stands for a single quote inside single quotes. */
static const char *word(struct checking *c, const char *text, struct str quote) {
    struct buf out;
    struct str rest = str_whole(str_head(str_of(text), WORD_MAX));
    bool is_quoted = needs_quotes(rest);
    buf_init(&out, WORD_MAX * 4 + 2);
    if (is_quoted)
        buf_add_byte(&out, '\'');
    while (rest.n > 0) {
        size_t bad = barred(rest), n = bad ? bad : str_utf8(rest);
        if (bad)
            buf_add_byte(&out, '?');
        else
            buf_add(&out, rest.p[0] == '\'' ? quote : str_head(rest, n));
        rest = str_from(rest, n);
    }
    if (is_quoted)
        buf_add_byte(&out, '\'');
    const char *made = out.failed ? NULL : arena_cstr(c->arena, buf_str(&out));
    buf_fini(&out);
    return made ? made : "?";
}

const char *ps(struct checking *c, const char *text) { return word(c, text, STR("''")); }

const char *sh(struct checking *c, const char *text) { return word(c, text, STR("'\\''")); }
