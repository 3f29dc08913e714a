/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/explain.h"

#include "kerberos/krb_words.h"
#include "kerberos/nt_status.h"

#include <stdio.h>

enum {
    PREAUTH_REQUIRED = 25, /* RFC 4120 7.5.9: the first answer, which asks for a proof */
    TEXT_MAX = 8192,
    ASKED_MAX = 128, /* of a name that a sign-in or a worker brought: the commands stay whole */
};

enum place {
    IN_PROSE,
    IN_COMMAND, /* a word of its own */
    IN_QUOTES,  /* between single quotes, in a command */
};

/* One text under way. */
struct text {
    struct buf *out;
    const struct explain_case *c;
    enum place place; /* of the name that is added */
};

static bool is_one_of(char c, struct str set) { return str_index(set, c) < set.n; }

/* PowerShell takes typographic quotes (U+2018 to U+201E) for its own. */
static bool is_wide_quote(struct str s) {
    return str_starts(s, STR("\xe2\x80")) && s.n > 2 && (unsigned char)s.p[2] >= 0x98 &&
           (unsigned char)s.p[2] <= 0x9e;
}

/* How many bytes at the start of `s` would end the quotes or the command, expand to something else,
 * or speak to the terminal. */
static size_t harmful(struct str s, enum place place) {
    char c = s.p[0];
    bool is_control = (unsigned char)c < 0x20 || c == 0x7f;
    if (place == IN_PROSE || is_control)
        return is_control;
    if (is_wide_quote(s))
        return 3;
    if (c == '$') /* the last letter of a computer's account */
        return s.n > 1;
    if (place == IN_QUOTES)
        return is_one_of(c, STR("'\"`\\"));
    return !str_is_alnum(c) && (unsigned char)c < 0x80 && !is_one_of(c, STR("-_.:/@+"));
}

static void add_name(const struct text *t, struct str s) {
    if (s.n > 0 && s.p[0] == '-' && t->place != IN_PROSE) { /* an option, to the command */
        buf_add_byte(t->out, '?');
        s = str_from(s, 1);
    }
    while (s.n > 0) {
        size_t n = harmful(s, t->place);
        buf_add(t->out, n ? STR("?") : str_head(s, 1));
        s = str_from(s, n ? n : 1);
    }
}

static void add_asked(const struct text *t, struct str s) {
    add_name(t, str_head(s, ASKED_MAX));
    if (s.n > ASKED_MAX)
        buf_add(t->out, STR("..."));
}

/* The account's name, for tools that take no user principal name. */
static void add_person(const struct text *t, const char *user) {
    struct str s = str_head(str_of(user), ASKED_MAX);
    add_name(t, str_head(s, str_index(s, '@')));
}

static void add_skew(struct buf *out, int64_t s) {
    if (s == 0)
        buf_add(out, STR("not near"));
    else
        buf_printf(out, "%lld s %s", (long long)(s > 0 ? s : -s), s > 0 ? "ahead of" : "behind");
}

/* Whose domain controllers are meant: where nobody knows any, with our own ticket in hand, those of
 * the realm of the person; else of the realm that answered; else ours. */
static struct str realm_of(const struct explain_case *c) {
    struct str principal = str_of(c->principal), user = str_of(c->user);
    const char *at = c->user ? strrchr(c->user, '@') : NULL;
    if (c->step == STEP_S4U2SELF && c->code == KRB5_REALM_UNKNOWN && at)
        return str_from(user, (size_t)(at - c->user) + 1);
    if (c->kdc.realm[0])
        return str_of(c->kdc.realm);
    return str_from(principal, str_index(principal, '@') + 1);
}

static void add_value(const struct text *t, struct str name) {
    const struct explain_case *c = t->c;
    struct str principal = str_of(c->principal);
    size_t at = str_index(principal, '@');
    struct str account = str_head(principal, at);
    if (str_eq(name, STR("principal")))
        add_name(t, principal);
    else if (str_eq(name, STR("account")))
        add_name(t, account);
    else if (str_eq(name, STR("realm")))
        add_asked(t, realm_of(c));
    else if (str_eq(name, STR("set")))
        buf_add(t->out, str_ends(account, STR("$")) ? STR("Set-ADComputer") : STR("Set-ADUser"));
    else if (str_eq(name, STR("keytab")))
        add_name(t, str_of(c->keytab));
    else if (str_eq(name, STR("user")))
        add_asked(t, str_of(c->user));
    else if (str_eq(name, STR("person")))
        add_person(t, c->user);
    else if (str_eq(name, STR("spn")))
        add_asked(t, str_of(c->spn));
    else if (str_eq(name, STR("text")))
        add_name(t, str_of(c->text));
    else if (str_eq(name, STR("skew")))
        add_skew(t->out, c->kdc.skew_s);
}

/* Replaces every {lower-case letters}; PowerShell's own braces begin with a quote. */
static void expand(struct text *t, const char *template) {
    enum place place = t->place;
    for (struct str rest = str_of(template); rest.n > 0;) {
        size_t open = str_index(rest, '{'), close = open + 1;
        bool is_quoted = open > 0 && rest.p[open - 1] == '\'';
        t->place = is_quoted && place == IN_COMMAND ? IN_QUOTES : place;
        buf_add(t->out, str_head(rest, open));
        while (close < rest.n && rest.p[close] >= 'a' && rest.p[close] <= 'z')
            close++;
        bool is_name = close < rest.n && rest.p[close] == '}';
        if (is_name)
            add_value(t, str_n(rest.p + open + 1, close - open - 1));
        else
            buf_add(t->out, str_head(str_from(rest, open), 1));
        rest = str_from(rest, is_name ? close + 1 : open + 1);
    }
}

/* What the KDC said in numbers, for those who look them up. */
static void add_numbers(const struct text *t) {
    const struct err_kdc *kdc = &t->c->kdc.last;
    const char *words = nt_status_text(kdc->nt_status), *name = krb_error_name(kdc->code);
    struct buf *out = t->out;
    if (!kdc->code)
        return;
    buf_printf(out, " (%s: KDC error %d%s%s", kdc->step, kdc->code, name ? " " : "",
               name ? name : "");
    if (t->c->kdc.words[0]) {
        buf_add(out, STR(", \""));
        add_name(t, str_of(t->c->kdc.words));
        buf_add_byte(out, '"');
    }
    if (kdc->nt_status)
        buf_printf(out, ", NTSTATUS %08X%s%s", kdc->nt_status, words ? " " : "",
                   words ? words : "");
    buf_add_byte(out, ')');
}

/* A sign-in has one answer for everything that is nobody's fault at the keyboard. */
static enum err_code code_for(enum cause_step step, enum err_code code) {
    bool is_krb = str_starts(str_of(err_info(code)->name), STR("krb-"));
    return step & (STEP_SIGN_IN | STEP_PROOF) && is_krb ? ERR_SIGN_IN_UNAVAILABLE : code;
}

bool explain(const struct explain_case *c, struct err *e) {
    bool is_unproven = c->kdc.last.code == PREAUTH_REQUIRED;
    unsigned facts = c->facts | (is_unproven ? FACT_UNPROVEN : 0);
    const struct cause *cause = cause_find(c->step, c->code, c->kdc.last.nt_status, facts);
    struct buf detail, hint;
    buf_init(&detail, TEXT_MAX);
    buf_init(&hint, TEXT_MAX);
    struct text said = {&detail, c, IN_PROSE};
    expand(&said, cause->detail);
    add_numbers(&said);
    expand(&(struct text){&hint, c, IN_COMMAND}, cause->hint);
    err_set(e, code_for(c->step, cause->err), "%.*s", STR_ARG(buf_str(&detail)));
    err_hint(e, "%.*s", STR_ARG(buf_str(&hint)));
    e->kdc = c->kdc.last;
    buf_fini(&hint);
    buf_fini(&detail);
    return false;
}

bool explain_krb(struct krb *k, const struct explain_case *c, struct err *e) {
    char text[256];
    struct explain_case whole = *c;
    krb_text(k->context, c->code, text, sizeof text);
    whole.kdc = k->evidence;
    whole.principal = k->config->principal;
    whole.keytab = k->config->keytab;
    whole.text = text;
    return explain(&whole, e);
}

void explain_silence(const struct config_kerberos *config, enum cause_step step, bool was_asked,
                     int64_t waited_ms, struct err *e) {
    const char *at = strrchr(config->principal, '@');
    struct explain_case c = {.step = step,
                             .code = KRB5_KDC_UNREACH,
                             .principal = config->principal,
                             .keytab = config->keytab};
    explain(&c, e);
    if (step == STEP_SIGN_IN && was_asked)
        e->code = ERR_SIGN_IN_SILENT; /* the password may be with a KDC by now */
    snprintf(e->detail, sizeof e->detail,
             was_asked ? "no answer from a domain controller of %s within %.3g s"
                       : "all threads of the broker wait for domain controllers of %s, for more "
                         "than %.3g s",
             at ? at + 1 : "", (double)waited_ms / 1000);
}
