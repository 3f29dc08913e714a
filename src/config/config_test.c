/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void the_broker_is_allowed_the_spns_of_the_apps(void **state) {
    (void)state;
    struct config *c = parse_fine(
        GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", ", sso: {mode: kerberos, spn: HTTP/hr}")
            APP("plain", "") APP("crm", ", sso: {mode: kerberos, spn: HTTP/crm}"));
    assert_int_equal(c->kerberos.allow_spn_count, 2);
    assert_string_equal(c->kerberos.allow_spns[0], "HTTP/hr");
    assert_string_equal(c->kerberos.allow_spns[1], "HTTP/crm");
    config_free(c);
    c = parse_fine(GATEWAY PROVIDERS
                   "connector: {kerberos: {keytab: k, principal: s@C, allow_spns: []}}\n"
                   "apps:\n" APP("hr", ""));
    assert_int_equal(c->kerberos.allow_spn_count, 0);
    config_free(c);
}

static void file_names_begin_at_the_folder_of_the_file(void **state) {
    (void)state;
    static const struct {
        const char *file, *folder;
    } ROWS[] = {
        {"/etc/kerbgate/k.yaml", "/etc/kerbgate"},
        {"/k.yaml", ""},
        {"k.yaml", "HERE"},
        {"conf/k.yaml", "HERE/conf"},
        {"./k.yaml", "HERE/."},
    };
    char here[4096], expected[8192];
    assert_non_null(getcwd(here, sizeof here));
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config_report r;
        config_report_init(&r);
        struct config *c = config_parse(ROWS[i].file, STR(BASE), &r);
        assert_non_null(c);
        bool is_here = strncmp(ROWS[i].folder, "HERE", 4) == 0;
        snprintf(expected, sizeof expected, "%s%s", is_here ? here : "",
                 ROWS[i].folder + (is_here ? 4 : 0));
        assert_string_equal(c->file, ROWS[i].file);
        assert_string_equal(c->directory, expected);
        snprintf(expected + strlen(expected), 100, "/k.keytab");
        assert_string_equal(c->kerberos.keytab, expected);
        config_free(c);
        config_report_fini(&r);
    }
}

static void a_file_is_read_up_to_its_limit(void **state) {
    (void)state;
    char name[] = "/tmp/config_test.XXXXXX", block[4096];
    struct buf text;
    struct err e;
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    memset(block, '#', sizeof block);
    for (size_t i = 0; i < CONFIG_TEXT_MAX / sizeof block; i++)
        assert_int_equal(write(fd, block, sizeof block), sizeof block);
    assert_true(config_read(name, &text, &e));
    assert_int_equal(buf_size(&text), CONFIG_TEXT_MAX);
    buf_fini(&text);
    assert_int_equal(write(fd, block, 1), 1);
    assert_false(config_read(name, &text, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.detail, "at most 1048576 bytes"));
    buf_fini(&text);
    close(fd);
    unlink(name);
    assert_false(config_read(name, &text, &e));
    assert_non_null(strstr(e.detail, "No such file"));
    buf_fini(&text);
    assert_false(config_read("/tmp", &text, &e));
    assert_string_equal(e.detail, "/tmp: Is a directory");
    buf_fini(&text);
    config_free(NULL);
}

static void the_flags_of_a_token_are_numbers(void **state) {
    (void)state;
    struct config *c = parse_fine(
        GATEWAY PROVIDERS CONNECTOR
        "apps:\n"
        "- {name: a, external_url: \"https://a.example/\", internal_url: \"http://a/\",\n"
        "   pre_authentication: staff, sso: {mode: kerberos, spn: HTTP/a,\n"
        "   gss_flags: [replay, sequence, confidentiality, identify, extended_error]}}\n");
    const struct config_app *app = &c->apps[0];
    unsigned sum = 0;
    for (size_t i = 0; i < app->gss_flag_count; i++)
        sum += app->gss_flags[i];
    assert_int_equal(app->gss_flag_count, 5);
    assert_int_equal(sum, 0x601c); /* RFC 4121 4.1.1.1 */
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_flags_of_a_token_are_numbers),
        cmocka_unit_test(the_broker_is_allowed_the_spns_of_the_apps),
        cmocka_unit_test(file_names_begin_at_the_folder_of_the_file),
        cmocka_unit_test(a_file_is_read_up_to_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
