/* SPDX-License-Identifier: Apache-2.0 */
#include "session/factor_book.h"

#include "session/testing.h"

#define KEY_TEXT "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I="

static const unsigned char KEY[SECRET_BOX_KEY_SIZE] = "one key";
static const struct factor_whose ALICE = {"staff", "alice@CORP.EXAMPLE"},
                                 BOB = {"staff", "bob@CORP.EXAMPLE"};

static struct factor new_factor(void) {
    return (struct factor){.digest = SECRET_MAC_SHA256, .digits = 8};
}

static enum factor_found enroll(struct place *p, const struct factor_whose *w, struct factor *n) {
    struct err e = {0};
    *n = new_factor();
    return factor_book_enroll(p->file, KEY, w, n, &e);
}

static void everybody_gets_another_secret_once(void **state) {
    struct place *p = *state;
    struct factor alice, bob, again, read = {0};
    struct err e = {0};
    assert_int_equal(enroll(p, &ALICE, &alice), FACTOR_NONE);
    assert_int_equal(enroll(p, &BOB, &bob), FACTOR_NONE);
    assert_memory_not_equal(alice.secret, bob.secret, TOTP_SECRET_MAX);
    assert_int_equal(enroll(p, &ALICE, &again), FACTOR_FOUND);
    struct session_file *f = session_file_open(p->file, &e);
    assert_int_equal(factor_row_load(f, KEY, &ALICE, &read, &e), FACTOR_FOUND);
    session_file_close(f);
    assert_memory_equal(read.secret, alice.secret, TOTP_SECRET_MAX);
    assert_int_equal(read.digest, SECRET_MAC_SHA256);
    assert_int_equal(read.digits, 8);
}

static void no_secret_is_in_the_file(void **state) {
    static const char *const TAILS[] = {"", "-wal"};
    static char content[1 << 20];
    struct place *p = *state;
    struct factor n;
    place_open(p, PLACE_LIMITS); /* so that the log stays */
    assert_int_equal(enroll(p, &ALICE, &n), FACTOR_NONE);
    for (size_t i = 0; i < 2; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", p->file, TAILS[i]);
        FILE *in = fopen(name, "re");
        assert_non_null(in);
        size_t size = fread(content, 1, sizeof content, in);
        fclose(in);
        assert_null(memmem(content, size, n.secret, 8));
    }
}

static void what_is_removed_is_gone(void **state) {
    struct place *p = *state;
    struct factor n;
    struct err e = {0};
    assert_int_equal(enroll(p, &ALICE, &n), FACTOR_NONE);
    assert_int_equal(factor_book_remove(p->file, &BOB, &e), FACTOR_NONE);
    assert_int_equal(factor_book_remove(p->file, &ALICE, &e), FACTOR_FOUND);
    assert_int_equal(factor_book_remove(p->file, &ALICE, &e), FACTOR_NONE);
    assert_int_equal(enroll(p, &ALICE, &n), FACTOR_NONE);
}

static void add(void *user, const struct factor_whose *w, const struct factor *n) {
    char *text = user;
    assert_true(n->made_s > 0);
    assert_int_equal(n->used_s, 0);
    snprintf(text + strlen(text), 128, "%s %s\n", w->provider, w->account);
}

static void all_are_listed(void **state) {
    struct place *p = *state;
    struct factor n;
    struct err e = {0};
    char text[256] = "";
    enroll(p, &BOB, &n);
    enroll(p, &ALICE, &n);
    assert_true(factor_book_each(p->file, add, text, &e));
    assert_string_equal(text, "staff alice@CORP.EXAMPLE\nstaff bob@CORP.EXAMPLE\n");
}

static void names_are_compared_as_the_directory_does(void **state) {
    static const struct {
        const char *principal, *account;
    } ROWS[] = {
        {"alice@CORP.EXAMPLE", "alice@CORP.EXAMPLE"},
        {"ALICE@CORP.EXAMPLE", "alice@CORP.EXAMPLE"},
        {"a@b@CORP", "a@b@CORP"},
        {"alice", ""},
        {"@CORP", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char account[FACTOR_ACCOUNT_SIZE];
        assert_int_equal(factor_account(str_of(ROWS[i].principal), account),
                         ROWS[i].account[0] != 0);
        assert_string_equal(account, ROWS[i].account);
    }
}

static void write_key(struct place *p, const char *text) {
    FILE *out = fopen(p->file, "we");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void a_key_is_a_long_first_line(void **state) {
    static const struct {
        const char *text;
        bool is_key;
    } ROWS[] = {{KEY_TEXT "\n", true}, {KEY_TEXT, true},   {KEY_TEXT "\r\nmore", true}, {"", false},
                {"\n", false},         {"short\n", false}, {"\n" KEY_TEXT, false}};
    struct place *p = *state;
    unsigned char first[SECRET_BOX_KEY_SIZE] = "", key[SECRET_BOX_KEY_SIZE];
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e = {0};
        write_key(p, ROWS[i].text);
        bool is_key = factor_key_read(p->file, key, &e);
        if (is_key != ROWS[i].is_key || (!is_key && !strstr(e.hint, "openssl rand")))
            fail_msg("row %zu: %s", i, e.hint);
        if (i == 0)
            memcpy(first, key, sizeof key);
        assert_true(!is_key || memcmp(first, key, sizeof key) == 0);
    }
    unlink(p->file);
    struct err e = {0};
    assert_false(factor_key_read(p->file, key, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.detail, p->file));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(everybody_gets_another_secret_once),
        TEST(no_secret_is_in_the_file),
        TEST(what_is_removed_is_gone),
        TEST(all_are_listed),
        cmocka_unit_test(names_are_compared_as_the_directory_does),
        TEST(a_key_is_a_long_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
