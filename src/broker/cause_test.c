/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/cause.h"
#include "kerberos/nt_status.h"

#include <errno.h>

enum {
    STUCK = FACT_NOT_FORWARDABLE,
    SENSITIVE = STUCK | FACT_USER_SENSITIVE,
    PROTECTED = STUCK | FACT_USER_PROTECTED,
    OWN_TGT = STUCK | FACT_TGT_NOT_FORWARDABLE,
};

struct row {
    const char *fault;
    enum cause_step step;
    krb5_error_code code;
    uint32_t nt_status;
    unsigned facts;
    enum err_code err;
    const char *words; /* in detail or hint */
};

static void check(const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct cause *c =
            cause_find(rows[i].step, rows[i].code, rows[i].nt_status, rows[i].facts);
        if (c->err != rows[i].err ||
            (!strstr(c->detail, rows[i].words) && !strstr(c->hint, rows[i].words)))
            fail_msg("%s: %s, %s %s", rows[i].fault, err_info(c->err)->name, c->detail, c->hint);
    }
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

/* What was seen of Samba, fault by fault. */
static void faults_of_delegation_are_told_apart(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"SPN not in msDS-AllowedToDelegateTo", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0, 0,
         ERR_KRB_NOT_DELEGATED, "delegation add-service"},
        {"no protocol transition", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0, STUCK,
         ERR_KRB_NOT_FORWARDABLE, "for-any-protocol"},
        {"no protocol transition, user free", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0,
         STUCK | FACT_USER_FREE, ERR_KRB_NOT_FORWARDABLE, "protocol transition: the ticket"},
        {"no transition, or the user, nobody knows", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0,
         STUCK, ERR_KRB_NOT_FORWARDABLE, "look at the user"},
        {"user marked sensitive, another realm refuses", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0,
         SENSITIVE | FACT_KDC_FOREIGN, ERR_KRB_NOT_FORWARDABLE, "AccountNotDelegated"},
        {"RBCD missing in another realm", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0,
         STUCK | FACT_KDC_FOREIGN, ERR_KRB_NOT_DELEGATED, "resource-based"},
        {"password expired", STEP_S4U2PROXY, KRB5KDC_ERR_KEY_EXP, 0, 0, ERR_KRB_USER_REVOKED,
         "password"},
        {"another realm does not know ours", STEP_S4U2SELF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0,
         FACT_USER_FOREIGN | FACT_KDC_FOREIGN, ERR_KRB_CONNECTOR, "leads back"},
        {"clock of another realm", STEP_S4U2PROXY, KRB5KRB_AP_ERR_TKT_NYV, 0, FACT_KDC_FOREIGN,
         ERR_KRB_CLOCK_SKEW, "not valid yet"},
        {"user marked sensitive", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0, SENSITIVE,
         ERR_KRB_NOT_FORWARDABLE, "AccountNotDelegated"},
        {"user in Protected Users", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0, PROTECTED,
         ERR_KRB_NOT_FORWARDABLE, "Protected Users"},
        {"user unknown", STEP_S4U2SELF, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, 0, 0, ERR_KRB_USER_UNKNOWN,
         "user show"},
        {"user disabled", STEP_S4U2SELF, KRB5KDC_ERR_POLICY, NT_ERROR(NT_ACCOUNT_DISABLED), 0,
         ERR_KRB_USER_REVOKED, "disabled"},
        {"user disabled, without a status", STEP_S4U2SELF, KRB5KDC_ERR_POLICY, 0, 0, ERR_KRB_POLICY,
         "disabled"},
        {"user disabled, on Windows", STEP_S4U2SELF, KRB5KDC_ERR_CLIENT_REVOKED, 0, 0,
         ERR_KRB_USER_REVOKED, "disabled"},
        {"SPN unknown, or on two accounts", STEP_S4U2PROXY, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0,
         ERR_KRB_SPN_UNKNOWN, "exactly one account"},
        {"SPN unknown, with an own ticket", STEP_TGS, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0,
         ERR_KRB_SPN_UNKNOWN, "exactly one account"},
        {"own ticket over", STEP_TGS, KRB5KRB_AP_ERR_TKT_EXPIRED, 0, 0, ERR_SIGN_IN_REQUIRED,
         "Signing in again"},
        {"own ticket of a key that was changed", STEP_TGS, KRB5KRB_AP_ERR_BAD_INTEGRITY, 0, 0,
         ERR_SIGN_IN_REQUIRED, "does not take"},
        {"own ticket, disabled since", STEP_TGS, KRB5KDC_ERR_CLIENT_REVOKED, 0, 0,
         ERR_KRB_USER_REVOKED, "disabled"},
        {"own ticket to ourselves, stale keytab", STEP_TGS_SELF, KRB5KRB_AP_WRONG_PRINC, 0, 0,
         ERR_KRB_CONNECTOR, "out of date"},
        {"own ticket to ourselves, no SPN", STEP_TGS_SELF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0,
         ERR_KRB_CONNECTOR, "no SPN of its own"},
        {"own ticket to ourselves, over", STEP_TGS_SELF, KRB5KRB_AP_ERR_TKT_EXPIRED, 0, 0,
         ERR_SIGN_IN_REQUIRED, "Signing in again"},
        {"own ticket, policy", STEP_TGS, KRB5KDC_ERR_POLICY, 0, 0, ERR_KRB_POLICY,
         "{user} a ticket to {spn}"},
        {"RBCD missing", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, NT_ERROR(NT_NOT_FOUND), 0,
         ERR_KRB_NOT_DELEGATED, "nor does the account of {spn}"},
        {"no delegation at all", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, NT_ERROR(NT_NOT_SUPPORTED),
         0, ERR_KRB_NOT_DELEGATED, "no service at all"},
        {"restricted, no PAC read", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION,
         NT_ERROR(NT_ACCOUNT_RESTRICTION), STUCK, ERR_KRB_NOT_FORWARDABLE, "sensitive"},
        {"connector in Protected Users", STEP_S4U2PROXY, KRB5KDC_ERR_BADOPTION, 0, OWN_TGT,
         ERR_KRB_NOT_FORWARDABLE, "itself marked"},
        {"connector with a new password", STEP_S4U2SELF, KRB5_KT_KVNONOTFOUND, 0, 0,
         ERR_KRB_CONNECTOR, "exportkeytab"},
        {"connector without an SPN", STEP_S4U2SELF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0,
         ERR_KRB_CONNECTOR, "spn add"},
        {"user of a realm without trust", STEP_S4U2SELF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0,
         FACT_USER_FOREIGN, ERR_KRB_USER_UNKNOWN, "no trust"},
        {"another user's ticket", STEP_S4U2SELF, KRB5_KDCREP_MODIFIED, 0, 0, ERR_KRB_WRONG_CLIENT,
         "Nobody was let in"},
        {"another service's ticket", STEP_S4U2PROXY, KRB5KRB_AP_WRONG_PRINC, 0, 0,
         ERR_KRB_SPN_UNKNOWN, "another service"},
        {"selective authentication", STEP_S4U2PROXY, KRB5KDC_ERR_POLICY,
         NT_ERROR(NT_AUTHENTICATION_FIREWALL), 0, ERR_KRB_POLICY, "selective"},
        {"no common type", STEP_S4U2PROXY, KRB5KDC_ERR_ETYPE_NOSUPP, 0, 0, ERR_KRB_ENCTYPE,
         "klist -kte"},
    };
    CHECK(ROWS);
}

static void faults_of_the_connector_are_told_apart(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"nobody answers", STEP_AS, KRB5_KDC_UNREACH, 0, 0, ERR_KRB_KDC_UNREACHABLE, "port 88"},
        {"and in S4U2Proxy", STEP_S4U2PROXY, KRB5_KDC_UNREACH, 0, STUCK, ERR_KRB_KDC_UNREACHABLE,
         "port 88"},
        {"no KDC known of a realm on the way", STEP_S4U2PROXY, KRB5_REALM_UNKNOWN, 0, 0,
         ERR_KRB_KDC_UNREACHABLE, "leads to another realm"},
        {"no KDC known of the person's realm", STEP_S4U2SELF, KRB5_REALM_UNKNOWN, 0, 0,
         ERR_KRB_KDC_UNREACHABLE, "is known: {text}"},
        {"no KDC known", STEP_AS, KRB5_REALM_UNKNOWN, 0, 0, ERR_KRB_KDC_UNREACHABLE, "is known"},
        {"clocks", STEP_AS, KRB5KRB_AP_ERR_SKEW, 0, 0, ERR_KRB_CLOCK_SKEW, "{skew}"},
        {"memory", STEP_S4U2SELF, ENOMEM, 0, 0, ERR_NO_MEMORY, "memory"},
        {"unknown", STEP_AS, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, 0, 0, ERR_KRB_CONNECTOR,
         "does not know"},
        {"disabled", STEP_AS, KRB5KDC_ERR_CLIENT_REVOKED, 0, 0, ERR_KRB_CONNECTOR, "disabled"},
        {"password expired", STEP_AS, KRB5KDC_ERR_KEY_EXP, 0, 0, ERR_KRB_CONNECTOR, "expired"},
        {"old keytab", STEP_AS, KRB5KDC_ERR_PREAUTH_FAILED, 0, 0, ERR_KRB_CONNECTOR,
         "exportkeytab"},
        {"old keytab, as libkrb5 says", STEP_AS, KRB5_PREAUTH_FAILED, 0, 0, ERR_KRB_CONNECTOR,
         "exportkeytab"},
        {"no key that fits what the KDC asks for", STEP_AS, KRB5_PREAUTH_FAILED, 0, FACT_UNPROVEN,
         ERR_KRB_ENCTYPE, "krb5.conf allows"},
        {"no type in krb5.conf", STEP_AS, KRB5_CONFIG_ETYPE_NOSUPP, 0, 0, ERR_KRB_ENCTYPE,
         "permitted_enctypes"},
        {"no type for services", STEP_S4U2SELF, KRB5_CC_NOT_KTYPE, 0, 0, ERR_KRB_ENCTYPE,
         "default_tgs_enctypes"},
        {"no length of time", STEP_AS, KRB5_DELTAT_BADFORMAT, 0, 0, ERR_KRB_OTHER,
         "ticket_lifetime"},
        {"no key of the type", STEP_AS, KRB5_KT_NOTFOUND, 0, 0, ERR_KRB_ENCTYPE, "klist -kte"},
        {"evidence does not open", STEP_S4U2SELF, KRB5KRB_AP_WRONG_PRINC, 0, 0, ERR_KRB_CONNECTOR,
         "does not open"},
        {"anything else", STEP_AS, KRB5KRB_ERR_GENERIC, 0, 0, ERR_KRB_OTHER, "{text}"},
    };
    CHECK(ROWS);
}

static void faults_of_a_sign_in_are_told_apart(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"wrong password", STEP_SIGN_IN, KRB5KDC_ERR_PREAUTH_FAILED, 0, 0, ERR_SIGN_IN_REFUSED,
         "wrong password"},
        {"without pre-authentication", STEP_SIGN_IN, KRB5KRB_AP_ERR_BAD_INTEGRITY, 0, 0,
         ERR_SIGN_IN_REFUSED, "wrong password"},
        {"expired, password right", STEP_SIGN_IN, KRB5KDC_ERR_KEY_EXP, 0, FACT_PASSWORD_PROVEN,
         ERR_SIGN_IN_MUST_CHANGE, "expired"},
        {"expired, password unknown", STEP_SIGN_IN, KRB5KDC_ERR_KEY_EXP, 0, 0, ERR_SIGN_IN_REFUSED,
         "expired"},
        {"no key of a type that we use", STEP_SIGN_IN, KRB5KDC_ERR_ETYPE_NOSUPP, 0, 0,
         ERR_SIGN_IN_REFUSED, "no key"},
        {"no key at all", STEP_SIGN_IN, KRB5KDC_ERR_NULL_KEY, 0, 0, ERR_SIGN_IN_REFUSED, "no key"},
        {"a smart card", STEP_SIGN_IN, KRB5KDC_ERR_PADATA_TYPE_NOSUPP, 0, 0, ERR_SIGN_IN_REFUSED,
         "smart card"},
        {"not yet", STEP_SIGN_IN, KRB5KDC_ERR_CLIENT_NOTYET, 0, 0, ERR_SIGN_IN_REFUSED, "locked"},
        {"anything else", STEP_SIGN_IN, KRB5KRB_ERR_GENERIC, 0, 0, ERR_SIGN_IN_UNAVAILABLE,
         "{text}"},
        {"false KDC", STEP_PROOF, KRB5KRB_AP_ERR_MODIFIED, 0, 0, ERR_SIGN_IN_KDC_FALSE,
         "did not prove"},
        {"no SPN", STEP_PROOF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0, ERR_SIGN_IN_KDC_FALSE,
         "spn add"},
        {"a code of the proof is no wrong password", STEP_PROOF, KRB5KRB_AP_ERR_BAD_INTEGRITY, 0, 0,
         ERR_SIGN_IN_KDC_FALSE, "did not prove"},
    };
    CHECK(ROWS);
}

/* Whoever guesses names must not see which of them are there. */
static void unknown_wrong_and_locked_look_alike_outside(void **state) {
    (void)state;
    static const krb5_error_code CODES[] = {
        KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN,
        KRB5KDC_ERR_PREAUTH_FAILED,
        KRB5KDC_ERR_CLIENT_REVOKED,
        KRB5KDC_ERR_NAME_EXP,
        KRB5KDC_ERR_KEY_EXP,
        KRB5KDC_ERR_POLICY,
        KRB5KDC_ERR_CLIENT_NOTYET,
        KRB5KDC_ERR_ETYPE_NOSUPP,
        KRB5KDC_ERR_NULL_KEY,
        KRB5KDC_ERR_PADATA_TYPE_NOSUPP,
    };
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        assert_int_equal(cause_find(STEP_SIGN_IN, CODES[i], 0, 0)->err, ERR_SIGN_IN_REFUSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_delegation_are_told_apart),
        cmocka_unit_test(faults_of_the_connector_are_told_apart),
        cmocka_unit_test(faults_of_a_sign_in_are_told_apart),
        cmocka_unit_test(unknown_wrong_and_locked_look_alike_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
