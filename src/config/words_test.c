/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/source_root.h"
#include "config/words.h"

struct reading {
    struct arena arena;
    const struct words *words;
    struct config_report report;
    const char *said;
};

static void read_text(struct reading *r, struct str text) {
    struct findings f;
    arena_init(&r->arena, 1 << 20);
    config_report_init(&r->report);
    findings_init(&f, "de.yaml");
    r->words = words_parse(&r->arena, text, &f);
    findings_finish(&f, &r->report);
    buf_add_byte(&r->report.text, 0);
    r->said = buf_str(&r->report.text).p;
    assert_int_equal(r->words != NULL, r->report.errors == 0);
}

static void forget(struct reading *r) {
    arena_fini(&r->arena);
    config_report_fini(&r->report);
}

static void a_catalogue_says_it_in_its_language_and_the_rest_in_english(void **state) {
    struct reading r;
    (void)state;
    read_text(&r, STR("language: de\nmessages:\n  sign-in.title: Anmelden\n"
                      "  error.no-app: Hier ist nichts\n"));
    assert_non_null(r.words);
    assert_true(str_eq(r.words->language, STR("de")));
    assert_true(str_eq(words_text(r.words, WORD_SIGN_IN), STR("Anmelden")));
    assert_true(str_eq(words_text(r.words, words_title(ERR_NO_APP)), STR("Hier ist nichts")));
    assert_true(str_eq(words_text(r.words, WORD_PASSWORD), STR("Password")));
    assert_true(
        str_eq(words_text(r.words, words_title(ERR_STORE)), str_of(err_info(ERR_STORE)->title)));
    assert_int_equal(r.report.warnings, 1);
    assert_non_null(strstr(r.said, "are missing and said in English: sign-in.user-name, "));
    forget(&r);
}

static void what_is_wrong_in_a_catalogue_is_said_with_its_line(void **state) {
    static const struct {
        const char *text, *expected;
    } ROWS[] = {
        {"messages: {}\n", "language: expected the tag of a language"},
        {"language: \"de\\\" onload=\"\nmessages: {}\n",
         "de.yaml:1:11: language: expected the tag"},
        {"language: de\n", "messages: expected ids with their texts"},
        {"language: de\nmessages: [a]\n", "messages: expected ids with their texts"},
        {"language: de\nmore: 1\nmessages: {}\n", "de.yaml:2:1: there is no key \"more\" here"},
        {"language: de\nmessages:\n  sign-in.titel: A\n",
         "de.yaml:3:3: messages: there is no message \"sign-in.titel\", did you mean "
         "sign-in.title"},
        {"language: de\nmessages:\n  sign-in.title: [A]\n",
         "de.yaml:3:18: messages.sign-in.title: expected a text"},
        {"language: de\nmessages:\n  sign-in.title:\n",
         "messages.sign-in.title: expected a text of at most 1000 bytes"},
        {"language: de\nmessages:\n  sign-in.title: \"a\\u0085b\"\n",
         "de.yaml:3:18: there is a line break or control character inside"},
        {"language: de\nmessages:\n  sign-in.wait-minutes: gleich\n",
         "messages.sign-in.wait-minutes: expected {minutes} in the text, once, and no other"},
        {"language: de\nmessages:\n  sign-in.wait-minutes: \"{minuten} Minuten\"\n",
         "expected {minutes} in the text"},
        {"language: de\nmessages:\n  sign-in.wait-minutes: \"{minutes} {minutes}\"\n",
         "expected {minutes} in the text"},
        {"language: de\nmessages:\n  sign-in.wait-minutes: \"{minutes\"\n",
         "expected {minutes} in the text"},
        {"language: de\nmessages:\n  sign-in.title: \"A {user}\"\n",
         "messages.sign-in.title: expected nothing in braces in the text"},
        {"language: de\nmessages:\n  error.none: A\n", "there is no message \"error.none\""},
        {"language: de\nmessages: {sign-in.title: &a x}\n", "de.yaml:"},
        {"language: [\n", "de.yaml:"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct reading r;
        read_text(&r, str_of(ROWS[i].text));
        if (r.words || !strstr(r.said, ROWS[i].expected))
            fail_msg("%s\n%s", ROWS[i].text, r.said);
        forget(&r);
    }
}

static void the_template_is_a_whole_catalogue(void **state) {
    struct buf text;
    struct reading r;
    (void)state;
    buf_init(&text, WORDS_FILE_MAX);
    words_print(&text);
    assert_false(text.failed);
    read_text(&r, buf_str(&text));
    assert_string_equal(r.said, "");
    for (unsigned i = 0; i < WORD_COUNT; i++)
        if (i != (unsigned)words_title(ERR_NONE))
            assert_true(str_eq(r.words->texts[i], words_text(words_english(), (enum word)i)));
    forget(&r);
    buf_fini(&text);
}

static void the_german_catalogue_is_whole(void **state) {
    struct buf text;
    struct reading r;
    struct err e;
    (void)state;
    if (!config_read(SOURCE_ROOT "/docs/messages.de.yaml", &text, &e))
        fail_msg("%s", e.detail);
    read_text(&r, buf_str(&text));
    assert_string_equal(r.said, "");
    forget(&r);
    buf_fini(&text);
}

static void a_text_is_escaped_with_what_is_put_into_it(void **state) {
    struct buf out;
    struct reading r;
    (void)state;
    buf_init(&out, 1000);
    read_text(&r, STR("language: de\nmessages:\n  sign-out.who: \"<b>{user}</b> & \\\"du\\\"\"\n"));
    words_add(&out, r.words, WORD_SIGNED_IN_AS, STR("al<i>ce{user}"));
    assert_true(str_eq(buf_str(&out), STR("&lt;b&gt;<bdi>al&lt;i&gt;ce{user}</bdi>&lt;/b&gt; &amp; "
                                          "&quot;du&quot;")));
    assert_true(str_eq(words_fill(&r.arena, r.words, WORD_SIGNED_IN_AS, STR("x")),
                       STR("<b>x</b> & \"du\"")));
    buf_clear(&out);
    words_add(&out, r.words, WORD_SIGN_IN, STR("not said"));
    assert_true(str_eq(buf_str(&out), STR("Sign in")));
    forget(&r);
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_catalogue_says_it_in_its_language_and_the_rest_in_english),
        cmocka_unit_test(what_is_wrong_in_a_catalogue_is_said_with_its_line),
        cmocka_unit_test(the_template_is_a_whole_catalogue),
        cmocka_unit_test(the_german_catalogue_is_whole),
        cmocka_unit_test(a_text_is_escaped_with_what_is_put_into_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
