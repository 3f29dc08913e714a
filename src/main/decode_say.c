/* SPDX-License-Identifier: Apache-2.0 */
#include "main/decode_say.h"

#include "base/encode.h"
#include "main/decode_meaning.h"
#include "main/decode_overall.h"

#include <stdio.h>

enum { TEXT_MAX = 4 << 20, SENTENCES_MAX = 16384, BASIC_MAX = 8192 };

/* One value on its way into the answer. */
struct part {
    const struct pasted_value *value;
    struct telling telling;
    struct token token;
    struct buf verdict, meaning;
    bool has_token, is_whole;
    char wrong[READING_WRONG_MAX];
};

static void part_fini(struct part *p) {
    telling_fini(&p->telling);
    buf_fini(&p->verdict);
    buf_fini(&p->meaning);
}

/* "AUTHORIZATION: NEGOTIATE " around the value as it would be sent. */
static size_t header_size(const struct pasted_value *v, size_t base64) {
    enum { AUTHORIZATION = 15, NEGOTIATE = 10 };
    return v->header_size ? v->header_size : AUTHORIZATION + NEGOTIATE + base64;
}

static void tell_sizes(struct part *p, size_t n) {
    size_t base64 = (n + 2) / 3 * 4;
    tell_size(&p->telling, "size", "size", n);
    tell_size(&p->telling, "base64_size", "in base64", base64);
    tell_size(&p->telling, "header_size", "the whole header", header_size(p->value, base64));
}

static void take_token(struct part *p, struct str bytes) {
    size_t base64 = (bytes.n + 2) / 3 * 4;
    tell_sizes(p, bytes.n);
    p->has_token = token_decode(bytes, &p->telling, &p->token);
    p->is_whole = p->has_token && !p->token.reading.wrong[0];
    snprintf(p->wrong, sizeof p->wrong, "%s", p->token.reading.wrong);
    if (!p->has_token)
        return;
    tell_text(&p->telling, "kind", NULL, str_of(token_kind_words(p->token.kind)));
    decode_verdict(&p->verdict, &p->token, bytes.n);
    decode_meaning(&p->meaning, &p->token, p->value, header_size(p->value, base64));
}

/* Only the name: what is behind the colon is the password. */
static void take_basic(struct part *p) {
    struct buf plain;
    buf_init_secret(&plain, BASIC_MAX);
    decode_scheme_verdict(&p->verdict, p->value);
    if (decode_base64(&plain, p->value->text)) {
        struct str user = str_head(buf_str(&plain), str_index(buf_str(&plain), ':'));
        tell_text(&p->telling, "user", "user", user);
        buf_printf(&p->verdict, ", as %.*s", STR_ARG(str_head(user, TELLING_TEXT_MAX)));
        buf_add(&p->meaning, STR("The password is in this header for everybody who reads it: it "
                                 "is not shown here, and should be changed if the header was "
                                 "shown to others.\n"));
    } else {
        snprintf(p->wrong, sizeof p->wrong, "the credentials of Basic are no base64");
        p->is_whole = false;
    }
    buf_fini(&plain);
}

static bool is_offer(const struct pasted_value *v) {
    return v->side == PASTED_SERVER || v->text.n == 0;
}

static bool has_blob(const struct pasted_value *v) {
    return v->text.n > 0 && (v->scheme == PASTED_NEGOTIATE || v->scheme == PASTED_NTLM ||
                             v->scheme == PASTED_NO_SCHEME);
}

static void take_blob(struct part *p) {
    char wrong[PASTED_WRONG_MAX];
    struct arena arena;
    struct str bytes;
    arena_init(&arena, 2 * PASTED_MAX);
    p->is_whole = false;
    if (pasted_bytes(&arena, p->value->text, &bytes, wrong))
        take_token(p, bytes);
    else
        snprintf(p->wrong, sizeof p->wrong, "%s", wrong);
    arena_fini_wiped(&arena);
}

static bool take_part(struct part *p, const struct pasted_value *v) {
    *p = (struct part){.value = v, .is_whole = true};
    buf_init(&p->verdict, SENTENCES_MAX);
    buf_init(&p->meaning, SENTENCES_MAX);
    if (!telling_init(&p->telling))
        return false;
    if (has_blob(v))
        take_blob(p);
    else if (v->scheme == PASTED_BASIC && !is_offer(v))
        take_basic(p);
    else
        decode_scheme_verdict(&p->verdict, v);
    if (buf_size(&p->verdict) == 0)
        buf_printf(&p->verdict, "Not decodable: %s", p->wrong);
    return true;
}

static const char *header_name(const struct pasted_value *v) {
    if (v->side == PASTED_CLIENT)
        return v->is_proxy ? "Proxy-Authorization" : "Authorization";
    if (v->side == PASTED_SERVER)
        return v->is_proxy ? "Proxy-Authenticate" : "WWW-Authenticate";
    return NULL;
}

static void add_title(struct buf *out, const struct pasted_value *v) {
    const char *name = header_name(v);
    buf_printf(out, "\n%s%s%.*s", name ? name : "", name ? ": " : "",
               STR_ARG(v->name.n ? str_head(v->name, 64) : STR("token")));
    if (name)
        buf_printf(out, ", line %u", v->line);
    if (v->status)
        buf_printf(out, v->side == PASTED_CLIENT ? ", answered %u" : ", in an answer %u",
                   v->status);
    buf_add_byte(out, '\n');
}

static void add_part(struct decode_answer *a, const struct part *p, bool is_alone) {
    struct buf *out = &a->text;
    add_title(out, p->value);
    if (!is_alone)
        buf_printf(out, "  %.*s\n", STR_ARG(buf_str(&p->verdict)));
    if (p->wrong[0])
        buf_printf(out, "  problem: %s\n", p->wrong);
    telling_lines(out, &p->telling, "  ");
}

static json_t *sentences(struct str text) {
    json_t *list = json_array();
    struct str line;
    while (str_split(&text, '\n', &line))
        if (line.n > 0)
            json_array_append_new(list, json_stringn(line.p, line.n));
    return list;
}

static json_t *json_of(const struct part *p) {
    static const char *const SCHEMES[] = {"Negotiate", "NTLM",  "Basic", "Bearer",
                                          "Digest",    "other", ""};
    const struct pasted_value *v = p->value;
    json_t *o = json_object();
    if (header_name(v)) {
        json_object_set_new(o, "header", json_string(header_name(v)));
        json_object_set_new(o, "line", json_integer(v->line));
    }
    if (v->scheme != PASTED_NO_SCHEME)
        json_object_set_new(o, "scheme", json_string(SCHEMES[v->scheme]));
    if (v->status)
        json_object_set_new(o, "status", json_integer(v->status));
    struct str verdict = buf_str(&p->verdict);
    json_object_set_new(o, "verdict", json_stringn(verdict.p, verdict.n));
    json_object_set_new(o, "is_whole", json_boolean(p->is_whole));
    if (p->wrong[0])
        json_object_set_new(o, "problem", json_string(p->wrong));
    json_object_set(o, "decoded", p->telling.json);
    json_object_set_new(o, "meaning", sentences(buf_str(&p->meaning)));
    return o;
}

static void note_problem(struct decode_answer *a, const struct part *p) {
    if (p->is_whole || !a->is_whole)
        return;
    a->is_whole = false;
    if (header_name(p->value))
        snprintf(a->problem, sizeof a->problem, "line %u: %s", p->value->line, p->wrong);
    else
        snprintf(a->problem, sizeof a->problem, "%s", p->wrong);
}

static bool append(struct decode_answer *a, json_t *values, struct buf *meaning,
                   struct decode_overall *overall, const struct pasted_value *v, bool is_alone) {
    struct part p;
    bool done = take_part(&p, v);
    if (done) {
        note_problem(a, &p);
        decode_overall_add(overall, v, p.has_token ? &p.token : NULL, buf_str(&p.verdict));
        add_part(a, &p, is_alone);
        json_array_append_new(values, json_of(&p));
        size_t at;
        /* Said once, however many values say it. */
        if (buf_size(&p.meaning) && !str_find(buf_str(meaning), buf_str(&p.meaning), &at))
            buf_add(meaning, buf_str(&p.meaning));
    }
    part_fini(&p);
    return done;
}

static void finish(struct decode_answer *a, struct buf *meaning, struct decode_overall *overall) {
    struct buf details = a->text, verdict;
    struct str line, rest;
    buf_init(&a->text, TEXT_MAX);
    buf_init(&verdict, SENTENCES_MAX);
    decode_overall_end(overall, &verdict, meaning);
    buf_add(&a->text, buf_str(&verdict));
    buf_add_byte(&a->text, '\n');
    buf_add(&a->text, buf_str(&details));
    json_object_set_new(a->json, "verdict", json_stringn(buf_str(&verdict).p, buf_size(&verdict)));
    json_object_set_new(a->json, "meaning", sentences(buf_str(meaning)));
    if (buf_size(meaning))
        buf_add(&a->text, STR("\nWhat it means\n"));
    for (rest = buf_str(meaning); str_split(&rest, '\n', &line);)
        if (line.n > 0)
            buf_printf(&a->text, "  %.*s\n", STR_ARG(line));
    buf_fini(&details);
    buf_fini(&verdict);
}

bool decode_say(const struct pasted *pasted, struct decode_answer *out) {
    struct decode_overall overall = {0};
    json_t *values = json_array();
    struct buf meaning;
    *out = (struct decode_answer){.json = json_object(), .is_whole = true};
    buf_init(&out->text, TEXT_MAX);
    buf_init(&meaning, 4 * SENTENCES_MAX);
    decode_overall_begin(&overall, pasted);
    bool done = out->json && values;
    for (size_t i = 0; done && i < pasted->count; i++)
        done = append(out, values, &meaning, &overall, &pasted->values[i], pasted->count == 1);
    json_object_set_new(out->json, "values", values);
    if (pasted->is_cut)
        buf_printf(&meaning, "There are more than %d headers in it; the others are not shown.\n",
                   PASTED_VALUES_MAX);
    if (done)
        finish(out, &meaning, &overall);
    decode_overall_fini(&overall);
    buf_fini(&meaning);
    return done;
}

void decode_answer_fini(struct decode_answer *a) {
    buf_fini(&a->text);
    json_decref(a->json);
    *a = (struct decode_answer){0};
}
