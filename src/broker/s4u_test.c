/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/s4u.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static krb5_context context;

static int start(void **state) {
    (void)state;
    krb5_error_code code = krb5_init_context_profile(NULL, KRB5_INIT_CONTEXT_SECURE, &context);
    return code ? code : krb5_set_default_realm(context, "CORP.EXAMPLE");
}

static int end(void **state) {
    (void)state;
    krb5_free_context(context);
    return 0;
}

static krb5_principal parsed(const char *text, bool is_enterprise) {
    krb5_principal p = NULL;
    int flags = is_enterprise ? KRB5_PRINCIPAL_PARSE_ENTERPRISE : 0;
    if (krb5_parse_name_flags(context, text, flags, &p) != 0)
        fail_msg("%s", text);
    return p;
}

/* Invariant 2. `got` is as an unparsed principal, in which a backslash escapes an '@'. */
static void a_ticket_of_anybody_but_the_person_asked_for_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *asked;
        bool is_enterprise;
        const char *got;
        bool is_right;
    } ROWS[] = {
        {"alice@CORP.EXAMPLE", false, "alice@CORP.EXAMPLE", true},
        {"alice@CORP.EXAMPLE", false, "Alice@CORP.EXAMPLE", true},
        {"alice@corp.example", false, "alice@CORP.EXAMPLE", true},
        {"alice@CORP.EXAMPLE", false, "bob@CORP.EXAMPLE", false},
        {"alice@CORP.EXAMPLE", false, "alice@OTHER.EXAMPLE", false},
        {"alice@CORP.EXAMPLE", false, "alice/admin@CORP.EXAMPLE", false},
        {"alice@CORP.EXAMPLE", false, "svc-kerbgate@CORP.EXAMPLE", false},
        {"svc-kerbgate@CORP.EXAMPLE", false, "svc-kerbgate@CORP.EXAMPLE", false},
        {"SVC-KERBGATE@CORP.EXAMPLE", false, "svc-kerbgate@CORP.EXAMPLE", false},
        {"alice@corp.example", true, "alice@CORP.EXAMPLE", true},
        {"alice@corp.example", true, "alice\\@corp.example@CORP.EXAMPLE", true},
        {"alice.smith@mail.example", true, "asmith@CORP.EXAMPLE", true},
        {"rita@RES.EXAMPLE", false, "rita@RES.EXAMPLE", true},
        {"rita@RES.EXAMPLE", false, "rita@CORP.EXAMPLE", false},
        {"rita@res.example", true, "rita\\@res.example@RES.EXAMPLE", true},
        {"rita@res.example", true, "svc-kerbgate@CORP.EXAMPLE", false},
        {"alice@corp.example", true, "svc-kerbgate@CORP.EXAMPLE", false},
        {"alice@corp.example", true, "SVC-Kerbgate@CORP.EXAMPLE", false},
        {"alice@corp.example", true, "krbtgt/CORP.EXAMPLE@CORP.EXAMPLE", false},
    };
    static const struct {
        const char *got;
        bool is_right;
    } BY_CERTIFICATE[] = {
        {"alice@CORP.EXAMPLE", true},
        {"svc-kerbgate@CORP.EXAMPLE", false},
        {"SVC-kerbgate@corp.example", false},
        {"krbtgt/CORP.EXAMPLE@CORP.EXAMPLE", false},
        {"HTTP/hr.corp.example@CORP.EXAMPLE", false},
    };
    krb5_principal self = parsed("svc-kerbgate@CORP.EXAMPLE", false);
    for (size_t i = 0; i < sizeof BY_CERTIFICATE / sizeof *BY_CERTIFICATE; i++) {
        krb5_principal got = parsed(BY_CERTIFICATE[i].got, false);
        if (s4u_is_right_client(context, self, NULL, got) != BY_CERTIFICATE[i].is_right)
            fail_msg("by certificate, got %s", BY_CERTIFICATE[i].got);
        krb5_free_principal(context, got);
    }
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        krb5_principal asked = parsed(ROWS[i].asked, ROWS[i].is_enterprise);
        krb5_principal got = parsed(ROWS[i].got, false);
        if (s4u_is_right_client(context, self, asked, got) != ROWS[i].is_right)
            fail_msg("asked for %s, got %s", ROWS[i].asked, ROWS[i].got);
        krb5_free_principal(context, got);
        krb5_free_principal(context, asked);
    }
    krb5_free_principal(context, self);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_of_anybody_but_the_person_asked_for_is_refused),
    };
    return cmocka_run_group_tests(tests, start, end);
}
