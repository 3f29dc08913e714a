/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/accept_cause.h"

#include <errno.h>

static const struct config_kerberos KERBEROS = {.keytab = TEXT("k.keytab"),
                                                .principal = TEXT("svc@CORP.EXAMPLE")};

static void what_libkrb5_says_becomes_what_to_do(void **state) {
    (void)state;
    static const struct {
        krb5_error_code code;
        enum err_code err;
        const char *detail, *hint;
    } ROWS[] = {
        {KRB5KRB_AP_ERR_SKEW, ERR_NEGOTIATE_CLOCK, "400 s behind this host's", "w32tm"},
        {KRB5KRB_AP_ERR_TKT_EXPIRED, ERR_NEGOTIATE_CLOCK, "is over", "chronyc"},
        {KRB5KRB_AP_ERR_TKT_NYV, ERR_NEGOTIATE_CLOCK, "not good yet", "chronyc"},
        {KRB5KRB_AP_ERR_BADKEYVER, ERR_NEGOTIATE_KEY, "versions 3 of svc@CORP.EXAMPLE",
         "ktpass /princ svc@CORP.EXAMPLE"},
        {KRB5KRB_AP_ERR_MODIFIED, ERR_NEGOTIATE_KEY, "version 7, aes256-cts",
         "setspn -Q HTTP/hr.corp.example must show the account svc"},
        {KRB5_NOPERM_ETYPE, ERR_NEGOTIATE_KEY, "aes256-cts", "samba-tool domain exportkeytab"},
        {KRB5KRB_AP_ERR_ILL_CR_TKT, ERR_NEGOTIATE_TOKEN, "words", "kerbgate decode"},
        {ENOMEM, ERR_NO_MEMORY, "memory", ""},
    };
    struct ap_req ap_req = {.realm = STR("CORP.EXAMPLE"),
                            .service = "HTTP/hr.corp.example;reboot",
                            .enctype = ENCTYPE_AES256_CTS_HMAC_SHA1_96,
                            .kvno = 7};
    struct accept_case c = {.kerberos = &KERBEROS,
                            .host = STR("hr.corp.example"),
                            .ap_req = &ap_req,
                            .versions = "3",
                            .skew_s = 400,
                            .text = "words"};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e = {.code = ERR_NONE};
        assert_false(accept_explain(&c, ROWS[i].code, &e));
        if (e.code != ROWS[i].err || !strstr(e.detail, ROWS[i].detail) ||
            !strstr(e.hint, ROWS[i].hint) || strstr(e.hint, "reboot"))
            fail_msg("%zu: %s\n%s\n%s", i, err_info(e.code)->name, e.detail, e.hint);
        assert_true(strlen(e.hint) < sizeof e.hint - 1);
    }
    struct err e;
    assert_false(accept_explain_spn(&c, &e));
    assert_non_null(strstr(e.hint, "setspn -S HTTP/hr.corp.example svc"));
    assert_null(strstr(e.hint, "reboot"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_libkrb5_says_becomes_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
