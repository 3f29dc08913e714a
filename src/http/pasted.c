/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pasted.h"

#include "http/pasted_int.h"

static const struct {
    const char *name;
    enum pasted_side side;
    bool is_proxy;
} HEADERS[] = {
    {"authorization", PASTED_CLIENT, false},
    {"www-authenticate", PASTED_SERVER, false},
    {"proxy-authorization", PASTED_CLIENT, true},
    {"proxy-authenticate", PASTED_SERVER, true},
};

static const struct {
    const char *name;
    enum pasted_scheme scheme;
} SCHEMES[] = {
    {"negotiate", PASTED_NEGOTIATE}, {"kerberos", PASTED_NEGOTIATE}, {"ntlm", PASTED_NTLM},
    {"basic", PASTED_BASIC},         {"bearer", PASTED_BEARER},      {"digest", PASTED_DIGEST},
};

/* Where the walk over the lines is. */
struct walk {
    struct pasted *out;
    struct str header; /* the value of the header under way, with what was broken off it */
    size_t name_size;  /* of its name, the colon and the blank */
    unsigned line, header_line;
    enum pasted_side side; /* of the header under way; PASTED_NO_SIDE: it is none of ours */
    bool is_proxy;
    size_t asked; /* the first value that an answer's status is still to come for */
};

static bool is_name_char(char c) { return str_is_alnum(c) || c == '-' || c == '_'; }

static bool is_base64_char(char c) {
    return str_is_alnum(c) || c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
}

static struct str skip_blanks(struct str s) {
    while (s.n > 0 && is_blank(s.p[0]))
        s = str_from(s, 1);
    return s;
}

static struct str trim(struct str s) {
    s = skip_blanks(s);
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Quotes around a header, as in curl's -H, and those behind it. */
static struct str unquote(struct str s) {
    s = trim(s);
    if (str_starts(s, STR("-H ")))
        s = trim(str_from(s, 3));
    while (s.n > 0 && (s.p[0] == '"' || s.p[0] == '\''))
        s = str_from(s, 1);
    while (s.n > 0 && (s.p[s.n - 1] == '\\' || is_blank(s.p[s.n - 1])))
        s.n--;
    if (s.n > 0 && s.p[s.n - 1] == '\'')
        s.n--;
    return s;
}

/* "> Authorization: ..." is what curl -v makes of a line that it sent. */
static struct str unmark(struct str line) {
    if (line.n > 1 && (line.p[0] == '<' || line.p[0] == '>') && line.p[1] == ' ')
        line = str_from(line, 2);
    return line;
}

static struct str word(struct str *rest) {
    size_t n = 0;
    while (n < rest->n && is_name_char(rest->p[n]))
        n++;
    struct str first = str_head(*rest, n);
    *rest = str_from(*rest, n);
    return first;
}

static enum pasted_scheme scheme_of(struct str name) {
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++)
        if (str_eq_ci(name, str_of(SCHEMES[i].name)))
            return SCHEMES[i].scheme;
    return PASTED_OTHER;
}

static struct pasted_value *add(struct walk *w) {
    if (w->out->count == PASTED_VALUES_MAX) {
        w->out->is_cut = true;
        return NULL;
    }
    struct pasted_value *v = &w->out->values[w->out->count++];
    *v = (struct pasted_value){.side = w->side, .is_proxy = w->is_proxy, .line = w->header_line};
    return v;
}

/* The bytes of it before it was broken. */
static size_t on_one_line(struct str text) {
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] != '\n' && text.p[i] != '\r';
    return n;
}

/* One challenge or credentials: scheme, blank, the rest. */
static void take_value(struct walk *w, struct str text) {
    struct str rest = text, name = word(&rest);
    struct pasted_value *v = name.n ? add(w) : NULL;
    if (!v)
        return;
    v->name = name;
    v->scheme = scheme_of(name);
    v->text = trim(rest);
    v->header_size = w->name_size ? w->name_size + on_one_line(w->header) : 0;
    if (w->side == PASTED_SERVER)
        v->status = w->out->status;
}

/* The bytes up to a comma outside quotes. */
static struct str piece_of(struct str *rest) {
    bool is_quoted = false;
    size_t n = 0;
    for (; n < rest->n && (is_quoted || rest->p[n] != ','); n++)
        is_quoted ^= rest->p[n] == '"';
    struct str piece = str_head(*rest, n);
    *rest = str_from(*rest, n + 1);
    return piece;
}

/* Whether a piece of a list begins a challenge: "Basic realm=..." and "NTLM" do, realm="x" is a
 * parameter of the one before (RFC 9110 11.6.1). */
static bool begins_challenge(struct str piece) {
    struct str rest = trim(piece), name = word(&rest);
    return name.n > 0 && (rest.n == 0 || is_blank(rest.p[0]));
}

static void take_challenges(struct walk *w, struct str list) {
    struct str whole = STR_NONE;
    while (list.n > 0) {
        struct str piece = piece_of(&list);
        if (begins_challenge(piece) || whole.n == 0) {
            if (whole.n > 0)
                take_value(w, trim(whole));
            whole = trim(piece);
        } else { /* it lies behind the one before, in the same text */
            whole.n = (size_t)(piece.p + piece.n - whole.p);
        }
    }
    if (whole.n > 0)
        take_value(w, trim(whole));
}

static void end_header(struct walk *w) {
    if (w->side == PASTED_SERVER)
        take_challenges(w, w->header);
    else if (w->side == PASTED_CLIENT)
        take_value(w, w->header);
    w->header = STR_NONE;
    w->side = PASTED_NO_SIDE;
}

static bool is_digits(struct str s, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* "HTTP/1.1 401 Unauthorized": what was sent before was answered so. */
static bool take_status(struct walk *w, struct str line) {
    size_t blank = str_index(line, ' ');
    struct str number = str_from(line, blank + 1);
    if (!str_starts(line, STR("HTTP/")) || !is_digits(number, 3))
        return false;
    end_header(w);
    w->out->status =
        (unsigned)((number.p[0] - '0') * 100 + (number.p[1] - '0') * 10 + number.p[2] - '0');
    w->out->is_dump = true;
    for (; w->asked < w->out->count; w->asked++)
        if (w->out->values[w->asked].side == PASTED_CLIENT)
            w->out->values[w->asked].status = w->out->status;
    return true;
}

static bool is_request_line(struct str line) {
    return str_ends(line, STR(" HTTP/1.1")) || str_ends(line, STR(" HTTP/1.0")) ||
           str_ends(line, STR(" HTTP/2"));
}

/* A header's name and a colon at the start of `line`; false when there is none. */
static bool begins_header(struct str *line, struct str *name) {
    struct str rest = *line;
    if (rest.n > 0 && rest.p[0] == ':') /* as HTTP/2 writes :status */
        rest = str_from(rest, 1);
    *name = word(&rest);
    if (name->n == 0 || rest.n == 0 || rest.p[0] != ':')
        return false;
    *line = str_from(rest, 1);
    return true;
}

static bool is_ours(struct str name) {
    for (size_t i = 0; i < sizeof HEADERS / sizeof *HEADERS; i++)
        if (str_eq_ci(name, str_of(HEADERS[i].name)))
            return true;
    return false;
}

/* The ends of lines, as Wireshark and logs of Java write them, and a quote that has no other. */
static struct str without_escapes(struct str value) {
    static const struct str ENDS[] = {STR("[\\n]"), STR("[\\r]"), STR("\\n"), STR("\\r")};
    value = trim(value);
    if (value.n > 0 && str_index(value, '"') == value.n - 1)
        value.n--;
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
        if (str_ends(value, ENDS[i]))
            value = trim(str_head(value, value.n - ENDS[i].n));
    return value;
}

static void begin_header(struct walk *w, struct str name, struct str value) {
    end_header(w);
    for (size_t i = 0; i < sizeof HEADERS / sizeof *HEADERS; i++) {
        if (!str_eq_ci(name, str_of(HEADERS[i].name)))
            continue;
        w->side = HEADERS[i].side;
        w->is_proxy = HEADERS[i].is_proxy;
        w->header = trim(value);
        w->name_size = name.n + 2;
        w->header_line = w->line;
        w->out->is_dump = true;
    }
}

/* What a terminal or an editor broke off the line before. */
static void go_on(struct walk *w, struct str line) {
    struct str more = trim(line);
    bool is_value = w->header.n == 0; /* the name stood alone on its line */
    if (w->side == PASTED_NO_SIDE || more.n == 0)
        return;
    for (size_t i = 0; i < more.n && !is_value; i++)
        if (!is_base64_char(more.p[i]))
            return;
    if (is_value)
        w->header = more;
    else
        w->header.n = (size_t)(more.p + more.n - w->header.p);
}

/* Where in `line` a header of ours begins that is not at its start, as in logs and JSON; its value
 * up to what ends it there. The end of the line is looked at once, however many names there are. */
static bool find_inside(struct str line, struct str *name, struct str *value) {
    for (size_t at = 1; at < line.n; at++) {
        struct str rest = str_from(line, at);
        if (is_name_char(line.p[at - 1]) || !is_ours(*name = word(&rest)))
            continue;
        if (rest.n > 0 && (rest.p[0] == '"' || rest.p[0] == '\''))
            rest = str_from(rest, 1);
        rest = skip_blanks(rest);
        if (rest.n == 0 || rest.p[0] != ':')
            continue;
        rest = trim(str_from(rest, 1));
        char quote = rest.n > 0 && (rest.p[0] == '"' || rest.p[0] == '\'') ? rest.p[0] : 0;
        if (quote)
            rest = str_from(rest, 1);
        *value = quote ? str_head(rest, str_index(rest, quote)) : rest;
        return true;
    }
    return false;
}

static void take_line(struct walk *w, struct str line) {
    struct str name, value;
    line = unmark(line);
    value = unquote(line);
    if (take_status(w, value))
        return;
    if (line.n > 0 && line.p[0] == '*') { /* what curl says of itself */
        end_header(w);
    } else if (begins_header(&value, &name) &&
               (is_ours(name) || !find_inside(line, &name, &value))) {
        begin_header(w, name, without_escapes(value));
    } else if (find_inside(line, &name, &value)) {
        begin_header(w, name, without_escapes(value));
        end_header(w);
    } else if (is_request_line(trim(line))) {
        end_header(w);
        w->out->is_dump = true;
    } else {
        go_on(w, line);
    }
}

/* Whether `in` is a token's bytes as they are: a text is UTF-8 and has no control characters but
 * those of lines, and of terminals. */
static bool is_binary(struct str in) {
    enum { ESCAPE = 0x1b };
    for (size_t n; in.n > 0; in = str_from(in, n)) {
        unsigned char c = (unsigned char)in.p[0];
        n = str_utf8(in);
        if (n == 0 || (c < ' ' && !is_blank((char)c) && c != ESCAPE))
            return true;
    }
    return false;
}

static void take_alone(struct walk *w, struct str in, bool is_bytes) {
    struct str text = unquote(in), rest = text, name = word(&rest);
    bool has_scheme = scheme_of(name) != PASTED_OTHER && (rest.n == 0 || is_blank(rest.p[0]));
    w->header_line = 1;
    if (!is_bytes && has_scheme) {
        take_challenges(w, text);
        return;
    }
    struct pasted_value *v = text.n ? add(w) : NULL;
    if (v) {
        v->scheme = PASTED_NO_SCHEME;
        v->text = is_bytes ? in : text;
    }
}

bool pasted_read(struct str in, struct pasted *out) {
    struct walk w = {.out = out};
    struct str line, rest = in;
    bool is_bytes = is_binary(in);
    memset(out, 0, sizeof *out);
    if (in.n > PASTED_MAX)
        return false;
    if (str_starts(rest, STR("\xef\xbb\xbf"))) /* as Windows' editors begin UTF-8 */
        rest = in = str_from(rest, 3);
    while (!is_bytes && str_split(&rest, '\n', &line)) {
        w.line++;
        take_line(&w, line);
    }
    end_header(&w);
    if (!out->is_dump)
        take_alone(&w, in, is_bytes);
    return true;
}
