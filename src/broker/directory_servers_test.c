/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/directory_servers.h"

static void kdcs_that_have_a_name_are_servers(void **state) {
    (void)state;
    static const struct {
        const char *kdc, *host; /* NULL: an address */
    } ROWS[] = {
        {"dc1.corp.example", "dc1.corp.example"},
        {"dc1.corp.example:88", "dc1.corp.example"},
        {"https://dc1.corp.example/KdcProxy", "dc1.corp.example"},
        {"https://dc1.corp.example:443/KdcProxy", "dc1.corp.example"},
        {"10.0.0.10", NULL},
        {"10.0.0.10:88", NULL},
        {"[fd00::a]:88", NULL},
        {"fd00::a", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char host[32];
        bool is_host = directory_servers_host(ROWS[i].kdc, host, sizeof host);
        if (is_host != (ROWS[i].host != NULL) || (is_host && strcmp(host, ROWS[i].host) != 0))
            fail_msg("%s: %d, %s", ROWS[i].kdc, is_host, host);
    }
}

static void without_servers_the_error_says_where_to_name_them(void **state) {
    (void)state;
    static const struct {
        bool is_in_krb5_conf;
        const char *where, *not_where;
    } ROWS[] = {
        {false, "connector.directory.servers", "krb5.conf"},
        {true, "[realms] of krb5.conf", "connector.directory.servers"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct config config = {.ldap = {.is_in_krb5_conf = ROWS[i].is_in_krb5_conf}};
        struct err e;
        struct directory_servers *s = directory_servers_new(&config, &e);
        struct directory_question q = {.account = STR("alice")};
        struct directory_answer answer;
        assert_non_null(s);
        assert_false(directory_servers_ask(s, NULL, &q, &answer, &e));
        assert_int_equal(e.code, ERR_DIRECTORY);
        if (!strstr(e.hint, ROWS[i].where) || strstr(e.hint, ROWS[i].not_where))
            fail_msg("row %zu: %s", i, e.hint);
        directory_servers_free(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kdcs_that_have_a_name_are_servers),
        cmocka_unit_test(without_servers_the_error_says_where_to_name_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
