/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/testing_certificate.h"

static char folder[] = "/tmp/certificate_trust_test.XXXXXX";
static struct certificate root, middle, other_root;

static bool verify(const struct certificate_trust *t, const struct certificate *const *chain,
                   long at_s, int64_t *ends_s, struct err *e) {
    struct str ders[4];
    size_t n = 0;
    struct certificate_verified v;
    int64_t now_s = clock_wall_s() + at_s;
    for (; chain[n]; n++)
        ders[n] = der_of(chain[n]);
    memset(e, 0, sizeof *e);
    bool ok = certificate_trust_verify(t, ders, n, now_s, &v, e);
    if (ok)
        *ends_s = v.ends_s - now_s;
    certificate_verified_fini(&v);
    while (n > 0)
        der_free(ders[--n]);
    return ok;
}

#define FINE {&root, "clientAuth", NULL, -DAY, DAY, 5}

static const struct {
    const char *description;
    struct issue issue;
    int rsa_bits; /* 0: EC on P-256 */
    bool is_below;
    enum err_code code;
} ROWS[] = {
    {"as it should be", FINE, 0, false, ERR_NONE},
    {"for servers, too", {&root, "serverAuth,clientAuth", NULL, -DAY, DAY, 5}, 0, false, ERR_NONE},
    {"by an authority that was sent along",
     {&middle, "clientAuth", NULL, -DAY, DAY, 5},
     0,
     true,
     ERR_NONE},
    {"by one that was not",
     {&middle, "clientAuth", NULL, -DAY, DAY, 5},
     0,
     false,
     ERR_CERTIFICATE_UNTRUSTED},
    {"by itself", {NULL, "clientAuth", NULL, -DAY, DAY, 5}, 0, false, ERR_CERTIFICATE_UNTRUSTED},
    {"by another of the same name",
     {&other_root, "clientAuth", NULL, -DAY, DAY, 5},
     0,
     false,
     ERR_CERTIFICATE_UNTRUSTED},
    {"for servers alone",
     {&root, "serverAuth", NULL, -DAY, DAY, 5},
     0,
     false,
     ERR_CERTIFICATE_UNTRUSTED},
    {"for whatever it may be",
     {&root, "anyExtendedKeyUsage", NULL, -DAY, DAY, 5},
     0,
     false,
     ERR_CERTIFICATE_UNTRUSTED},
    {"for nothing that is said",
     {&root, NULL, NULL, -DAY, DAY, 5},
     0,
     false,
     ERR_CERTIFICATE_UNTRUSTED},
    {"an authority's own",
     {&root, "clientAuth", "critical,CA:TRUE", -DAY, DAY, 5},
     0,
     false,
     ERR_CERTIFICATE_UNTRUSTED},
    {"over", {&root, "clientAuth", NULL, -DAY, -60, 5}, 0, false, ERR_CERTIFICATE_TIME},
    {"to come", {&root, "clientAuth", NULL, 60, DAY, 5}, 0, false, ERR_CERTIFICATE_TIME},
    {"weak", FINE, 1024, false, ERR_CERTIFICATE_UNTRUSTED},
    {"strong enough", FINE, 2048, false, ERR_NONE},
};

static void only_what_an_authority_of_ours_gave_a_person_counts(void **state) {
    struct config_certificates c = {.ca = root.file, .depth = 3, .strength = 2};
    struct err e = {0};
    (void)state;
    struct certificate_trust *t = certificate_trust_new(&c, &e);
    assert_non_null(t);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int64_t ends_s = 0;
        EVP_PKEY *key = ROWS[i].rsa_bits ? EVP_RSA_gen((unsigned)ROWS[i].rsa_bits) : NULL;
        struct certificate own =
            issue_with(&ROWS[i].issue, "alice", key ? key : EVP_EC_gen("P-256"));
        const struct certificate *chain[] = {&own, ROWS[i].is_below ? &middle : NULL, NULL};
        bool ok = verify(t, chain, 0, &ends_s, &e);
        if (e.code != ROWS[i].code)
            fail_msg("%s: %s", ROWS[i].description, e.detail);
        assert_int_equal(ok, ROWS[i].code == ERR_NONE);
        assert_true(!ok || (ends_s > DAY - 60 && ends_s <= DAY));
        issue_free(&own);
    }
    certificate_trust_free(t);
}

static void depth_issuers_and_strength_are_as_configured(void **state) {
    char by_middle[] = "CN=middle", by_root[] = "CN=root";
    char *middle_only[] = {by_middle}, *root_only[] = {by_root};
    const struct {
        struct config_certificates c;
        bool is_below, is_fine;
    } rows[] = {
        {{.depth = 0, .strength = 2}, false, true},
        {{.depth = 0, .strength = 2}, true, false},
        {{.depth = 1, .strength = 2}, true, true},
        {{.depth = 1, .strength = 2, .issuers = middle_only, .issuer_count = 1}, true, true},
        {{.depth = 1, .strength = 2, .issuers = root_only, .issuer_count = 1}, true, false},
        {{.depth = 1, .strength = 2, .issuers = root_only, .issuer_count = 1}, false, true},
        {{.depth = 1, .strength = 3}, false, true},
        {{.depth = 1, .strength = 4}, false, false}, /* P-256 is 128 bits */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config_certificates c = rows[i].c;
        struct issue one = FINE;
        struct err e = {0};
        int64_t ends_s;
        c.ca = root.file;
        one.by = rows[i].is_below ? &middle : &root;
        struct certificate own = issue(&one, "alice");
        struct certificate_trust *t = certificate_trust_new(&c, &e);
        const struct certificate *chain[] = {&own, rows[i].is_below ? &middle : NULL, NULL};
        if (verify(t, chain, 0, &ends_s, &e) != rows[i].is_fine)
            fail_msg("row %zu: %s", i, e.detail);
        certificate_trust_free(t);
        issue_free(&own);
    }
}

struct lists {
    struct crl_make of_root, of_middle; /* without an authority: there is none */
    long at_s;
    enum err_code code;
};

static void check_lists(const struct lists *l, bool is_middle_in_file, size_t row) {
    char files[2][64], *names[] = {files[0], files[1]};
    struct config_certificates c = {
        .ca = is_middle_in_file ? middle.file : root.file, .depth = 3, .strength = 2};
    const struct crl_make *all[] = {&l->of_root, &l->of_middle};
    struct issue one = {&middle, "clientAuth", NULL, -DAY, 9 * DAY, 5};
    struct err e = {0};
    int64_t ends_s = 0;
    c.crls = names;
    for (int i = 0; i < 2; i++)
        if (all[i]->ca) {
            snprintf(files[c.crl_count], sizeof files[0], "%s/%d.crl", folder, i);
            crl_write(files[c.crl_count++], all[i]);
        }
    if (c.crl_count == 1 && !all[0]->ca)
        names[0] = files[0];
    struct certificate own = issue(&one, "alice");
    const struct certificate *chain[] = {&own, &middle, NULL};
    struct certificate_trust *t = certificate_trust_new(&c, &e);
    assert_non_null(t);
    verify(t, chain, l->at_s, &ends_s, &e);
    if (e.code != l->code)
        fail_msg("row %zu: %s", row, e.detail);
    if (e.code == ERR_NONE) /* the first list that runs out */
        assert_true(ends_s <= DAY);
    certificate_trust_free(t);
    issue_free(&own);
    for (size_t i = 0; i < c.crl_count; i++)
        unlink(names[i]);
}

static void a_list_of_each_authority_is_needed_and_has_its_time(void **state) {
    const struct crl_make of_root = {&root, -DAY, DAY, 0, false},
                          of_middle = {&middle, -DAY, DAY, 0, true};
    const struct lists rows[] = {
        {of_root, of_middle, 0, ERR_NONE},
        {of_root, {&middle, -DAY, DAY, 5, false}, 0, ERR_CERTIFICATE_REVOKED},
        {of_root, {&middle, -DAY, DAY, 6, false}, 0, ERR_NONE},
        {{&root, -DAY, DAY, 2, false}, of_middle, 0, ERR_CERTIFICATE_REVOKED},
        {of_root, {0}, 0, ERR_CERTIFICATE_LIST},
        {{0}, of_middle, 0, ERR_CERTIFICATE_LIST},
        {of_root, {&middle, -DAY, -60, 0, false}, 0, ERR_CERTIFICATE_LIST},
        {of_root, of_middle, 2 * DAY, ERR_CERTIFICATE_LIST},
        {of_root, {&middle, 60, DAY, 0, false}, 0, ERR_CERTIFICATE_LIST},
        {of_root, {&other_root, -DAY, DAY, 0, false}, 0, ERR_CERTIFICATE_LIST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_lists(&rows[i], false, i);
}

static void who_stands_in_the_file_needs_no_list_of_who_issued_them(void **state) {
    const struct lists rows[] = {
        {{0}, {&middle, -DAY, DAY, 0, false}, 0, ERR_NONE},
        {{0}, {&middle, -DAY, DAY, 5, false}, 0, ERR_CERTIFICATE_REVOKED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_lists(&rows[i], true, i);
}

static void a_file_that_is_not_what_it_should_be_is_named(void **state) {
    struct certificate person = certificate_make(&root, folder, "person", NULL, DAY);
    char *list[] = {root.file};
    struct config_certificates rows[] = {
        {.ca = person.file},
        {.ca = root.key_file},
        {.ca = folder},
        {.ca = root.file, .crls = list, .crl_count = 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = {0};
        assert_null(certificate_trust_new(&rows[i], &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_non_null(strstr(e.detail, rows[i].crl_count ? root.file : rows[i].ca));
    }
    certificate_remove(&person);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_an_authority_of_ours_gave_a_person_counts),
        cmocka_unit_test(depth_issuers_and_strength_are_as_configured),
        cmocka_unit_test(a_list_of_each_authority_is_needed_and_has_its_time),
        cmocka_unit_test(who_stands_in_the_file_needs_no_list_of_who_issued_them),
        cmocka_unit_test(a_file_that_is_not_what_it_should_be_is_named),
    };
    assert_non_null(mkdtemp(folder));
    struct issue by_root = {&root, NULL, "critical,CA:TRUE", -2 * DAY, 9 * DAY, 2};
    root = certificate_make(NULL, folder, "root", NULL, 9 * DAY);
    other_root = issue(&(struct issue){NULL, NULL, "critical,CA:TRUE", -DAY, DAY, 1}, "root");
    middle = issue(&by_root, "middle");
    certificate_write(&middle, folder, "middle");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    certificate_remove(&root);
    certificate_remove(&middle);
    issue_free(&other_root);
    rmdir(folder);
    return failed;
}
