/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"
#include "config/testing.h"

/* One line for gateway. */
#define RUN_AS(keys)                                                                               \
    "gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}], run_as: "     \
    "{" keys "}}\n"
#define OPEN_APP                                                                                   \
    "apps: [{name: a, external_url: \"https://a/\", internal_url: \"http://b/\", "                 \
    "pre_authentication: passthrough}]\n"
#define KERBEROS_APP PROVIDERS CONNECTOR "apps:\n" APP("hr", "")

static void root_becomes_somebody_else(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"two accounts", RUN_AS("user: nobody, broker_user: daemon") KERBEROS_APP, ""},
        {"no broker, no account for it", RUN_AS("user: nobody") OPEN_APP, ""},
        {"none", GATEWAY KERBEROS_APP,
         "k.yaml: gateway.run_as.user is missing: started as root, the process that serves HTTP "
         "would stay root; expected an account, such as user: kerbgate\n"
         "k.yaml: gateway.run_as.broker_user is missing: started as root, the process that holds "
         "the keytab would stay root; expected an account, such as broker_user: "
         "kerbgate-broker\n"},
        {"root", RUN_AS("user: root, broker_user: daemon") KERBEROS_APP,
         "k.yaml:1:94: gateway.run_as.user: \"root\" is root, expected an account without rights, "
         "such as kerbgate\n"},
        {"one that is not there", RUN_AS("user: nobody, broker_user: no-such-one") KERBEROS_APP,
         "k.yaml:1:115: gateway.run_as.broker_user: this machine has no account \"no-such-one\"; "
         "type: useradd --system --shell /usr/sbin/nologin no-such-one\n"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config *c = parse_fine(ROWS[i].yaml);
        struct config_report r;
        struct findings f;
        config_report_init(&r);
        findings_init(&f, "k.yaml");
        check_accounts(c, &f);
        findings_finish(&f, &r);
        buf_add_byte(&r.text, 0);
        const char *reported = buf_str(&r.text).p;
        if (strcmp(reported, ROWS[i].expected) != 0)
            fail_msg("%s\n--- expected\n%s--- reported\n%s", ROWS[i].description, ROWS[i].expected,
                     reported);
        config_report_fini(&r);
        config_free(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(root_becomes_somebody_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
