/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/spnego_answer.h"

#include "kerberos/testing.h"

#define KRB5_OID "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
#define SPNEGO_MECH "\xa1\x0b" KRB5_OID
#define AP_REP "\x6f\x02\x30\x00"
#define KRB_ERROR "\x7e\x02\x30\x00"

static void tokens_are_what_they_are(void **state) {
    (void)state;
    static const struct {
        const char *name;
        struct str token;
        bool is_known;
        struct spnego_answer said; /* without the message */
        struct str message;
    } ROWS[] = {
        {"nothing", STR(""), false, {.state = SPNEGO_UNSAID}, STR("")},
        {"an empty response", STR("\xa1\x02\x30\x00"), true, {.state = SPNEGO_UNSAID}, STR("")},
        {"accepted", STR("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x00"), true, {0}, STR("")},
        {"rejected",
         STR("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x02"),
         true,
         {.state = SPNEGO_REJECTED},
         STR("")},
        {"a state of nothing",
         STR("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x04"),
         false,
         {.state = SPNEGO_UNSAID},
         STR("")},
        {"accepted with proof",
         STR("\xa1\x2b\x30\x29\xa0\x03\x0a\x01\x00" SPNEGO_MECH "\xa2\x15\x04\x13\x60\x11" KRB5_OID
             "\x02\x00" AP_REP),
         true,
         {.state = SPNEGO_ACCEPTED, .mech = SPNEGO_KRB5, .content = SPNEGO_AP_REP},
         STR(AP_REP)},
        {"a bare AP-REP",
         STR(AP_REP),
         true,
         {.state = SPNEGO_UNSAID, .content = SPNEGO_AP_REP},
         STR(AP_REP)},
        {"a framed AP-REP",
         STR("\x60\x11" KRB5_OID "\x02\x00" AP_REP),
         true,
         {.state = SPNEGO_UNSAID, .content = SPNEGO_AP_REP},
         STR(AP_REP)},
        {"a framed KRB-ERROR",
         STR("\x60\x11" KRB5_OID "\x03\x00" KRB_ERROR),
         true,
         {.state = SPNEGO_UNSAID, .content = SPNEGO_KRB_ERROR},
         STR(KRB_ERROR)},
        {"a byte behind the AP-REP",
         STR("\xa1\x1f\x30\x1d\xa0\x03\x0a\x01\x00\xa2\x16\x04\x14"
             "\x60\x12" KRB5_OID "\x02\x00" AP_REP "\0"),
         true,
         {.state = SPNEGO_ACCEPTED, .content = SPNEGO_OTHER},
         STR("")},
        {"a response with an AP-REP without a frame",
         STR("\xa1\x0f\x30\x0d\xa0\x03\x0a\x01\x00\xa2\x06\x04\x04" AP_REP),
         true,
         {.state = SPNEGO_ACCEPTED, .content = SPNEGO_AP_REP},
         STR(AP_REP)},
        {"a mechanism",
         STR("\xa1\x0f\x30\x0d" SPNEGO_MECH),
         true,
         {.state = SPNEGO_UNSAID, .mech = SPNEGO_KRB5},
         STR("")},
        {"NTLM",
         STR("NTLMSSP\0\x02\0\0\0"),
         true,
         {.state = SPNEGO_UNSAID, .content = SPNEGO_NTLM},
         STR("")},
        {"NTLM inside",
         STR("\xa1\x0e\x30\x0c\xa2\x0a\x04\x08NTLMSSP\0"),
         true,
         {.state = SPNEGO_UNSAID, .content = SPNEGO_NTLM},
         STR("")},
        {"NTLM chosen",
         STR("\xa1\x10\x30\x0e\xa1\x0c\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"),
         true,
         {.state = SPNEGO_UNSAID, .mech = SPNEGO_NTLMSSP},
         STR("")},
        {"fields in another order",
         STR("\xa1\x0d\x30\x0b\xa2\x04\x04\x02zz\xa0\x03\x0a\x01\x00"),
         false,
         {.state = SPNEGO_UNSAID},
         STR("")},
        {"a field twice",
         STR("\xa1\x0c\x30\x0a\xa0\x03\x0a\x01\x00\xa0\x03\x0a\x01\x00"),
         false,
         {.state = SPNEGO_UNSAID},
         STR("")},
        {"more behind it", STR("\xa1\x02\x30\x00\x00"), false, {.state = SPNEGO_UNSAID}, STR("")},
        {"an AP-REQ", STR("\x6e\x02\x30\x00"), false, {.state = SPNEGO_UNSAID}, STR("")},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct spnego_answer a;
        bool is_known = spnego_answer_read(ROWS[i].token, &a);
        if (is_known != ROWS[i].is_known || a.state != ROWS[i].said.state ||
            a.mech != ROWS[i].said.mech || a.content != ROWS[i].said.content ||
            !str_eq(a.message, ROWS[i].message))
            fail_msg("%s: known %d, state %d, mech %d, content %d, message of %zu bytes",
                     ROWS[i].name, is_known, (int)a.state, (int)a.mech, (int)a.content,
                     a.message.n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tokens_are_what_they_are)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
