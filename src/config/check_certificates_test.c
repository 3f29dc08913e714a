/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"

#include "net/tls_testing_crl.h"

enum { DAY = 86400 };

static char folder[] = "/tmp/check_certificates_test.XXXXXX";
static struct certificate ca, person, old_ca;

/* What is said of an authority's file and a list's (NULL: there is none). */
static void check(char *ca_file, char *crl_file, const char *expected, unsigned errors) {
    struct findings f;
    struct config_report r;
    char *crls[] = {crl_file};
    struct config_provider p = {.type = PROVIDER_CERTIFICATE,
                                .certificates = {.ca = ca_file, .crls = crls, .crl_count = 1}};
    struct config c = {.providers = &p, .provider_count = 1};
    if (!crl_file)
        p.certificates.crl_count = 0;
    config_report_init(&r);
    findings_init(&f, "k.yaml");
    check_providers(&c, &f);
    findings_finish(&f, &r);
    buf_add_byte(&r.text, 0);
    const char *text = buf_str(&r.text).p;
    if (expected ? !strstr(text, expected) : text[0])
        fail_msg("expected %s, said: %s", expected ? expected : "nothing", text);
    assert_int_equal(r.errors, errors);
    config_report_fini(&r);
}

static void an_authority_is_one_and_in_its_time(void **state) {
    (void)state;
    check(ca.file, NULL, NULL, 0);
    check(old_ca.file, NULL, "warning: identity_providers.certificates.ca: ", 0);
    check(person.file, NULL, "certificate 1 of the file is none of an authority", 1);
    check(ca.key_file, NULL, "there is no certificate (PEM) in it", 1);
    check((char[]){"/tmp/none.pem"}, NULL, "No such file or directory", 1);
}

static void a_list_is_readable_and_in_its_time(void **state) {
    const struct {
        struct crl_make list;
        const char *expected;
    } rows[] = {
        {{&ca, -DAY, DAY, 2, false}, NULL},
        {{&ca, -DAY, DAY, 0, true}, NULL},
        {{&ca, -2 * DAY, -DAY, 2, false}, "warning: identity_providers.certificates.crls: "},
        {{&ca, -2 * DAY, -DAY, 2, true}, "(event 22043) until there is a new one"},
        {{&ca, -DAY, 0, 2, false}, "does not say when the next one comes"},
        {{&ca, DAY, 2 * DAY, 2, false}, "the list is from the future"},
    };
    char file[64];
    (void)state;
    snprintf(file, sizeof file, "%s/list", folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crl_write(file, &rows[i].list);
        check(ca.file, file, rows[i].expected, 0);
    }
    unlink(file);
    check(ca.file, ca.file, "there is no certificate revocation list (PEM or DER) in it", 1);
    check(ca.file, file, "No such file or directory", 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_is_one_and_in_its_time),
        cmocka_unit_test(a_list_is_readable_and_in_its_time),
    };
    assert_non_null(mkdtemp(folder));
    ca = certificate_make(NULL, folder, "ca", NULL, DAY);
    old_ca = certificate_make(NULL, folder, "old", NULL, -DAY);
    person = certificate_make(&ca, folder, "person", NULL, DAY);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    certificate_remove(&ca);
    certificate_remove(&old_ca);
    certificate_remove(&person);
    rmdir(folder);
    return failed;
}
