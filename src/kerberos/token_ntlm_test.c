/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing_message.h"

#include "kerberos/token.h"

static struct telling t;
static struct token token;
static struct buf b;

static int begin(void **state) {
    (void)state;
    buf_init(&b, 4096);
    return telling_init(&t) ? 0 : 1;
}

static int end(void **state) {
    (void)state;
    telling_fini(&t);
    buf_fini(&b);
    return 0;
}

static void add_header(unsigned type) {
    buf_add(&b, STR("NTLMSSP\0"));
    add_little_endian(&b, type, 4);
}

static void add_field(size_t n, size_t offset) {
    add_little_endian(&b, n, 2);
    add_little_endian(&b, n, 2);
    add_little_endian(&b, offset, 4);
}

/* An AUTHENTICATE_MESSAGE with these names, UTF-16, and a response of so many bytes. */
static void add_response(struct str domain, struct str user, size_t response) {
    enum { HEAD = 64 };
    add_header(3);
    add_field(0, HEAD);
    add_field(response, HEAD);
    add_field(domain.n, HEAD + response);
    add_field(user.n, HEAD + response + domain.n);
    add_field(0, HEAD);
    add_field(0, HEAD);
    add_little_endian(&b, 1, 4); /* unicode */
    for (size_t i = 0; i < response; i++)
        buf_add_byte(&b, (char)0x5e);
    buf_add(&b, domain);
    buf_add(&b, user);
}

static void a_response_names_who_it_is_of_and_shows_no_hash(void **state) {
    (void)state;
    add_response(STR("C\0O\0R\0P\0"), STR("\x3d\xd8\x42\xdeK\0\x2a\x67"), 300);
    assert_true(token_decode(buf_str(&b), &t, &token));
    assert_int_equal(token.kind, TOKEN_NTLM_AUTHENTICATE);
    assert_string_equal(token.reading.wrong, "");
    assert_string_equal(token.domain, "CORP");
    assert_string_equal(token.user, "\xf0\x9f\x99\x82K\xe6\x9c\xaa");
    must_have_line(&t, "NT response: 300 bytes");
    must_have_line(&t, "kind of response: NTLMv2");
    char *text = json_dumps(t.json, 0);
    assert_null(strstr(text, "^^^"));
    assert_null(strstr(text, "5e5e"));
    free(text);
}

static void a_short_response_is_the_old_kind_and_none_is_nobodys(void **state) {
    (void)state;
    add_response(STR("D\0"), STR("u\0"), 24);
    assert_true(token_decode(buf_str(&b), &t, &token));
    must_have_line(&t, "kind of response: NTLMv1");
    buf_clear(&b);
    add_response(STR(""), STR(""), 0);
    assert_true(token_decode(buf_str(&b), &t, &token));
    assert_true(token.is_anonymous);
}

static void half_a_surrogate_is_no_character(void **state) {
    (void)state;
    add_response(STR("D\0"), STR("\x3d\xd8u\0"), 24);
    assert_true(token_decode(buf_str(&b), &t, &token));
    assert_string_equal(token.user, "\xef\xbf\xbdu");
}

static void a_name_outside_the_message_is_said_to_be(void **state) {
    (void)state;
    add_response(STR("D\0"), STR("u\0"), 24);
    assert_true(token_decode(str_head(buf_str(&b), buf_size(&b) - 1), &t, &token));
    assert_string_equal(token.reading.wrong,
                        "NTLM's user lies at bytes 90 to 92 of a message that ends after 91");
    assert_true(token.reading.is_cut);
}

static void flags_and_version_are_words(void **state) {
    (void)state;
    add_header(1);
    add_little_endian(&b, 0x02000001, 4);
    add_field(0, 0);
    add_field(0, 0);
    add_little_endian(&b, 0x0a, 2);
    add_little_endian(&b, 17763, 2);
    add_little_endian(&b, 0x0f000000, 4);
    assert_true(token_decode(buf_str(&b), &t, &token));
    assert_int_equal(token.kind, TOKEN_NTLM_NEGOTIATE);
    must_have_line(&t, "flags: unicode, version (0x2000001)");
    must_have_line(&t, "version: Windows 10.0, build 17763");
}

static void a_challenge_describes_the_server_and_does_not_show_itself(void **state) {
    enum { HEAD = 56 };
    (void)state;
    add_header(2);
    add_field(4, HEAD);
    add_little_endian(&b, 0x00800001, 4);
    buf_add(&b, STR("CHALLENG\0\0\0\0\0\0\0\0"));
    add_field(16, HEAD + 4);
    add_little_endian(&b, 0, 8);
    buf_add(&b, STR("C\0O\0"
                    "\4\0\4\0d\0n\0"
                    "\1\0\0\0"
                    "\0\0\0\0"));
    assert_true(token_decode(buf_str(&b), &t, &token));
    assert_string_equal(token.reading.wrong, "");
    assert_string_equal(token.target, "CO");
    must_have_line(&t, "domain in DNS: dn");
    char *text = json_dumps(t.json, 0);
    assert_null(strstr(text, "CHALLENG"));
    free(text);
}

static void types_that_do_not_exist_and_ends_that_come_early_are_named(void **state) {
    (void)state;
    add_header(9);
    assert_true(token_decode(buf_str(&b), &t, &token));
    assert_string_equal(token.reading.wrong, "an NTLM message of type 9, and there are 1, 2 and 3");
    for (size_t n = 4; n < 12; n++) {
        assert_true(token_decode(str_head(buf_str(&b), n), &t, &token));
        assert_non_null(strstr(token.reading.wrong, "of at least 16 bytes"));
    }
}

#define ROW_OF_TESTS(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW_OF_TESTS(a_response_names_who_it_is_of_and_shows_no_hash),
        ROW_OF_TESTS(a_short_response_is_the_old_kind_and_none_is_nobodys),
        ROW_OF_TESTS(half_a_surrogate_is_no_character),
        ROW_OF_TESTS(a_name_outside_the_message_is_said_to_be),
        ROW_OF_TESTS(flags_and_version_are_words),
        ROW_OF_TESTS(a_challenge_describes_the_server_and_does_not_show_itself),
        ROW_OF_TESTS(types_that_do_not_exist_and_ends_that_come_early_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
