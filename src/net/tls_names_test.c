/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_names.h"

#include "net/tls_testing.h"

static X509 *named(const char *names) {
    X509 *x = X509_new();
    X509_set_version(x, X509_VERSION_3);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"common.example", -1, -1, 0);
    if (names)
        certificate_extend(x, x, NID_subject_alt_name, names);
    return x;
}

struct names_row {
    const char *alternative, *expected;
};

static void the_names_are_those_of_the_subject_alt_name(void **state) {
    static const struct names_row ROWS[] = {
        {NULL, ""}, /* the common name is nobody's proof */
        {"DNS:b.example,DNS:A.example", "a.example\nb.example\n"},
        {"DNS:a.example,DNS:*.a.example,DNS:a.example", "*.a.example\na.example\n"},
        {"DNS:a.example,IP:127.0.0.1,email:x@b.example,URI:http://c.example/", "a.example\n"},
        {"DNS:f*.example,DNS:*f.example,DNS:a.*.example,DNS:*.*.example,DNS:*", ""},
        {"DNS:.example,DNS:a..example,DNS:a.example.,DNS:*.", ""},
        {"DNS:a b.example,DNS:xn--bcher-kva.example,DNS:_x.example",
         "_x.example\nxn--bcher-kva.example\n"},
        {"DNS:localhost", "localhost\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        X509 *x = named(ROWS[i].alternative);
        char *text = tls_names_of(x);
        assert_non_null(text);
        assert_string_equal(text, ROWS[i].expected);
        free(text);
        X509_free(x);
    }
}

struct find_row {
    const char *host;
    unsigned set;
};

static void a_name_is_found_before_a_wildcard(void **state) {
    static const struct find_row ROWS[] = {
        {"a.example", 1},
        {"A.Example", 1},
        {"a.example.", 1},
        {"www.a.example", 2}, /* its own name, though the wildcard is listed first */
        {"x.a.example", 1},
        {"x.y.a.example", 0}, /* for one label only */
        {".a.example", 0},
        {"*.a.example", 1}, /* no host, and no harm */
        {"b.example", 2},
        {"both.example", 1}, /* listed first */
        {"xa.example", 0},
        {"example", 0},
        {"", 0},
        {".", 0},
        {"127.0.0.1", 0},
        {"default.example", 0},
    };
    struct tls_names t = {0};
    (void)state;
    assert_int_equal(tls_names_find(&t, STR("a.example")), 0);
    assert_true(tls_names_add(&t, "default.example\n", 0));
    assert_true(tls_names_add(&t, "both.example\nwww.a.example\nb.example\n", 2));
    assert_true(tls_names_add(&t, "*.a.example\na.example\nboth.example\n", 1));
    assert_true(tls_names_add(&t, "", 3));
    assert_true(tls_names_add(&t, "both.example\n", 4));
    tls_names_sort(&t);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (tls_names_find(&t, str_of(ROWS[i].host)) != ROWS[i].set)
            fail_msg("%s: %u", ROWS[i].host, tls_names_find(&t, str_of(ROWS[i].host)));
    tls_names_fini(&t);
}

static void a_name_longer_than_any_host_is_nobodys(void **state) {
    char host[TLS_NAME_MAX + 2]; /* the longest, with two dots behind */
    struct tls_names t = {0};
    (void)state;
    for (size_t i = 0; i < sizeof host; i++)
        host[i] = i < TLS_NAME_MAX - 10 ? 'a' : ".a.example..."[i - (TLS_NAME_MAX - 10)];
    assert_true(tls_names_add(&t, "*.a.example\n", 1));
    tls_names_sort(&t);
    assert_int_equal(tls_names_find(&t, str_n(host, TLS_NAME_MAX)), 1);
    assert_int_equal(tls_names_find(&t, str_n(host, TLS_NAME_MAX + 1)), 1); /* a final dot */
    assert_int_equal(tls_names_find(&t, str_n(host, TLS_NAME_MAX + 2)), 0);
    tls_names_fini(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_names_are_those_of_the_subject_alt_name),
        cmocka_unit_test(a_name_is_found_before_a_wildcard),
        cmocka_unit_test(a_name_longer_than_any_host_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
