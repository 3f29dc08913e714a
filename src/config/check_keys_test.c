/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"
#include "config/testing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STRANGER = 4242 };

/* A key in a file of `owner`'s. */
static void write_key(char path[], uid_t owner, mode_t mode) {
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_true(f && key && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
    assert_int_equal(fchown(fd, owner, (gid_t)-1), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    fclose(f);
    EVP_PKEY_free(key);
}

/* What is said of a file that is the keytab and a key of assertions. */
static void report(char *path, struct config *c, struct config_report *keytab,
                   struct config_report *key) {
    struct findings f;
    config_report_init(keytab);
    config_report_init(key);
    findings_init(&f, "k.yaml");
    check_keytab(&(struct named_file){c, &f, "keytab", &path});
    findings_finish(&f, keytab);
    findings_init(&f, "k.yaml");
    c->assertion_keys = &path;
    c->assertion_key_count = 1;
    check_assertion_keys(c, &f);
    findings_finish(&f, key);
    buf_add_byte(&keytab->text, 0);
    buf_add_byte(&key->text, 0);
}

static void expect(const struct config_report *r, const char *part) {
    const char *text = buf_str(&r->text).p;
    if (part ? !strstr(text, part) : *text)
        fail_msg("expected %s, reported %s", part ? part : "nothing", text);
    assert_int_equal(r->errors, part != NULL);
    assert_int_equal(r->warnings, 0);
}

#define STRANGERS "it belongs to the account with number 4242, who can be anybody with it"
#define FOR_OTHERS "accounts other than its owner may use it, and with it be anybody"

/* The broker reads a keytab by itself; the keys of assertions are read by root, and nobody who
 * serves people may have them. */
static void who_may_have_what_makes_one_anybody(void **state) {
    const struct passwd *broker = getpwnam("daemon");
    const struct {
        uid_t owner;
        mode_t mode;
        const char *keytab, *key;
    } ROWS[] = {
        {geteuid(), 0600, NULL, NULL},
        {geteuid(), 0400, NULL, NULL},
        {geteuid(), 0640, FOR_OTHERS, FOR_OTHERS},
        {geteuid(), 0604, FOR_OTHERS, FOR_OTHERS},
        {geteuid(), 0620, FOR_OTHERS, FOR_OTHERS},
        {STRANGER, 0600, STRANGERS, STRANGERS},
        {broker->pw_uid, 0600, NULL, "it belongs to the account with number "},
    };
    char broker_name[] = "daemon";
    struct config c = {.broker_user = broker_name};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config_report keytab, key;
        char path[] = "/tmp/check_keys_test.XXXXXX";
        if (ROWS[i].owner != geteuid() && geteuid() != 0)
            continue;
        write_key(path, ROWS[i].owner, ROWS[i].mode);
        report(path, &c, &keytab, &key);
        expect(&keytab, ROWS[i].keytab);
        expect(&key, ROWS[i].key);
        config_report_fini(&keytab);
        config_report_fini(&key);
        unlink(path);
    }
}

static void a_command_has_the_files_name_as_one_word_or_is_not_there(void **state) {
    static const struct {
        const char *name, *typed;
    } ROWS[] = {
        {"/etc/k.key", "; type: chmod go= /etc/k.key"},
        {"/etc/it's $(x).key", "; type: chmod go= '/etc/it'\\''s $(x).key'"},
        {"/etc/a\nb.key", ""},
    };
    char typed[CHECK_TYPED_MAX], name[CHECK_TYPED_MAX], *value = name;
    struct named_file n = {.value = &value};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        snprintf(name, sizeof name, "%s", ROWS[i].name);
        assert_string_equal(check_typed(&n, "chmod go=", typed), ROWS[i].typed);
    }
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_string_equal(check_typed(&n, "chmod go=", typed), "");
}

/* What is said of a file that is the secret of a provider's, or the key. */
static void report_proof(char *path, bool is_key, struct config_report *r) {
    struct findings f;
    struct config_provider p = {.type = PROVIDER_OIDC};
    struct config c = {.providers = &p, .provider_count = 1};
    *(is_key ? &p.oidc.client_key_file : &p.oidc.client_secret_file) = path;
    config_report_init(r);
    findings_init(&f, "k.yaml");
    check_providers(&c, &f);
    findings_finish(&f, r);
    buf_add_byte(&r->text, 0);
}

static void what_proves_who_we_are_to_a_provider_is_ours_alone(void **state) {
    static const struct {
        const char *text; /* NULL: a key */
        mode_t mode;
        bool is_key;
        const char *said;
    } ROWS[] = {
        {"secret\n", 0600, false, NULL},
        {"secret", 0400, false, NULL},
        {"secret", 0644, false, FOR_OTHERS},
        {"", 0600, false, "its first line is empty"},
        {"\nsecret", 0600, false, "its first line is empty"},
        {NULL, 0600, true, NULL},
        {NULL, 0640, true, FOR_OTHERS},
        {"secret", 0600, true, "the key is not there: expected a private key (PEM)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config_report r;
        char path[] = "/tmp/check_keys_test.XXXXXX";
        write_key(path, geteuid(), ROWS[i].mode);
        FILE *file = ROWS[i].text ? fopen(path, "w") : NULL;
        if (file && (fputs(ROWS[i].text, file) < 0 || fclose(file) != 0))
            fail();
        report_proof(path, ROWS[i].is_key, &r);
        expect(&r, ROWS[i].said);
        config_report_fini(&r);
        unlink(path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_has_the_files_name_as_one_word_or_is_not_there),
        cmocka_unit_test(who_may_have_what_makes_one_anybody),
        cmocka_unit_test(what_proves_who_we_are_to_a_provider_is_ours_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
