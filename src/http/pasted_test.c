/* SPDX-License-Identifier: Apache-2.0 */
#include "http/testing.h"

#include "http/pasted.h"

#include <stdio.h>

static struct pasted p;
static struct arena arena;

/* "side scheme text;", in order. */
static const char *told(struct str in) {
    static const char *const SIDES[] = {"alone", "client", "server"};
    static const char *const SCHEMES[] = {"negotiate", "ntlm",  "basic", "bearer",
                                          "digest",    "other", "none"};
    static char text[2048];
    size_t at = 0;
    text[0] = 0;
    assert_true(pasted_read(in, &p));
    for (size_t i = 0; i < p.count; i++)
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%s %s [%.*s];", SIDES[p.values[i].side],
                             SCHEMES[p.values[i].scheme], STR_ARG(p.values[i].text));
    return text;
}

static void values_are_found_however_they_are_written(void **state) {
    static const struct {
        struct str in;
        const char *told;
    } ROWS[] = {
        {STR(""), ""},
        {STR("YIIabc"), "alone none [YIIabc];"},
        {STR("  YIIabc\n"), "alone none [YIIabc];"},
        {STR("Negotiate YIIabc"), "alone negotiate [YIIabc];"},
        {STR("NTLM"), "alone ntlm [];"},
        {STR("Negotiatedabc"), "alone none [Negotiatedabc];"},
        {STR("Authorization: Negotiate YIIabc"), "client negotiate [YIIabc];"},
        {STR("authorization:negotiate YIIabc\r\n"), "client negotiate [YIIabc];"},
        {STR("Authorization:\nNegotiate YIIabc"), "client negotiate [YIIabc];"},
        {STR("-H 'Authorization: Negotiate YIIabc' \\"), "client negotiate [YIIabc];"},
        {STR("\"Authorization: NTLM TlRM\""), "client ntlm [TlRM];"},
        {STR("{\"Host\": \"web\", \"Authorization\": \"Negotiate YIIa\", \"Accept\": \"*/*\"}"),
         "client negotiate [YIIa];"},
        {STR("{'www-authenticate': 'Negotiate, NTLM', 'a': 'b'}"),
         "server negotiate [];server ntlm [];"},
        {STR("12:01 DEBUG >> \"Authorization: Negotiate YIIa[\\r][\\n]\""),
         "client negotiate [YIIa];"},
        {STR("    Authorization: Negotiate YIIa\\r\\n\n    Host: web\\r\\n"),
         "client negotiate [YIIa];"},
        {STR("[trace5] core.c(1): [client 10.0.0.5:4711] WWW-Authenticate: Negotiate oYG2"),
         "server negotiate [oYG2];"},
        {STR("X-Authorization: Negotiate YIIa"), "alone none [X-Authorization: Negotiate YIIa];"},
        {STR("WWW-Authenticate: Negotiate"), "server negotiate [];"},
        {STR("Proxy-Authenticate: NTLM"), "server ntlm [];"},
        {STR("WWW-Authenticate: Negotiate, NTLM, Basic realm=\"a, b\", charset=\"UTF-8\", Bearer"),
         "server negotiate [];server ntlm [];server basic [realm=\"a, b\", charset=\"UTF-8\"];"
         "server bearer [];"},
        {STR("WWW-Authenticate: Negotiate oYG2==, NTLM"),
         "server negotiate [oYG2==];server ntlm [];"},
        {STR("> GET / HTTP/1.1\n> Host: web\n> Authorization: Negotiate YIIa\n>\n"
             "< HTTP/1.1 401 Unauthorized\n< WWW-Authenticate: Negotiate\n<\n* closing\n"),
         "client negotiate [YIIa];server negotiate [];"},
        {STR("Authorization: Hawk id=\"1\""), "client other [id=\"1\"];"},
        {STR("Host: web\nAccept: */*\n"), "alone none [Host: web\nAccept: */*];"},
        {STR("GET / HTTP/1.1\nHost: web\n"), ""},
        {STR("\xef\xbb\xbfNegotiate YIIa"), "alone negotiate [YIIa];"},
        {STR("Authorization: Negotiate YII\nabc\n  def==\nHost: web"),
         "client negotiate [YII\nabc\n  def==];"},
        {STR("Authorization: Negotiate YII\nnot base64!"), "client negotiate [YII];"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (strcmp(told(ROWS[i].in), ROWS[i].told) != 0)
            fail_msg("%.*s: %s", STR_ARG(ROWS[i].in), told(ROWS[i].in));
}

static void a_value_knows_its_answer_its_line_and_its_size(void **state) {
    (void)state;
    told(STR("> GET / HTTP/1.1\n> Authorization: Negotiate YI\n> \n< HTTP/1.1 401 No\n"
             "< WWW-Authenticate: Negotiate\n> GET / HTTP/1.1\n> Authorization: NTLM TlRM\n"
             "< HTTP/2 200\n"));
    assert_int_equal(p.count, 3);
    assert_int_equal(p.values[0].status, 401);
    assert_int_equal(p.values[0].line, 2);
    assert_int_equal(p.values[0].header_size, strlen("Authorization: Negotiate YI"));
    assert_int_equal(p.values[1].status, 401);
    assert_int_equal(p.values[2].status, 200);
    assert_int_equal(p.status, 200);
    told(STR("Authorization: Negotiate YI\nab\r\n"));
    assert_int_equal(p.values[0].header_size, strlen("Authorization: Negotiate YIab"));
}

static void there_is_a_limit_to_values_and_to_bytes(void **state) {
    static const struct str HEAD = STR("WWW-Authenticate: NTLM"), MORE = STR(", NTLM");
    static char text[PASTED_MAX + 1];
    (void)state;
    memset(text, ',', sizeof text);
    memcpy(text, HEAD.p, HEAD.n);
    for (size_t i = HEAD.n; i + MORE.n < 1000; i += MORE.n)
        memcpy(text + i, MORE.p, MORE.n);
    told(str_n(text, 1000));
    assert_int_equal(p.count, PASTED_VALUES_MAX);
    assert_true(p.is_cut);
    assert_false(pasted_read(str_n(text, sizeof text), &p));
}

static void bytes_are_read_in_each_alphabet(void **state) {
    static const struct {
        struct str text;
        struct str bytes;
        const char *wrong; /* NULL: nothing is */
    } ROWS[] = {
        {STR("YII="), STR("`\x82"), NULL},
        {STR("YII"), STR("`\x82"), NULL},
        {STR("Y I\nI"), STR("`\x82"), NULL},
        {STR("ab+/"), STR("i\xbf\xbf"), NULL},
        {STR("ab-_"), STR("i\xbf\xbf"), NULL},
        {STR("6082"), STR("`\x82"), NULL},
        {STR("0x60 82"), STR("`\x82"), NULL},
        {STR("60:82:0A"), STR("`\x82\x0a"), NULL},
        {STR("beef"), STR("m\xe7\x9f"), NULL}, /* base64: no token begins with 0xbe */
        {STR("`\x82\x01\x02"), STR("`\x82\x01\x02"), NULL},
        {STR("NTLMSSP\0\1"), STR("NTLMSSP\0\1"), NULL},
        {STR(""), STR(""), "it is empty"},
        {STR("YII=YII="), STR(""), "there is more behind the '=' at its end"},
        {STR("YI!I"), STR(""), "character 3, '!', is none of base64"},
        {STR("YI\x07I"), STR(""), "byte 3, 0x07, is none of base64"},
        {STR("YIIab"), STR(""),
         "5 characters of base64 are no whole bytes: one is missing or too much"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char wrong[PASTED_WRONG_MAX];
        struct str bytes;
        arena_init(&arena, PASTED_MAX);
        bool done = pasted_bytes(&arena, ROWS[i].text, &bytes, wrong);
        if (done != !ROWS[i].wrong || !str_eq(bytes, ROWS[i].bytes) ||
            (ROWS[i].wrong && strcmp(wrong, ROWS[i].wrong) != 0))
            fail_msg("%.*s: %s", STR_ARG(ROWS[i].text), wrong);
        arena_fini(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_however_they_are_written),
        cmocka_unit_test(a_value_knows_its_answer_its_line_and_its_size),
        cmocka_unit_test(there_is_a_limit_to_values_and_to_bytes),
        cmocka_unit_test(bytes_are_read_in_each_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
