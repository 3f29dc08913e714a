/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_target.h"

#define SKEWED(s) "{'ok':true,'status':401,'www_authenticate':['Negotiate'],'date_skew_s':" #s "}"
#define STIME(code, s)                                                                             \
    "{'ok':true,'status':401,'www_authenticate':['Negotiate'],'token':{'krb_code':" #code          \
    ",'stime':" #s "}}"
#define HEAD(status, size, server)                                                                 \
    "{'ok':true,'status':" #status ",'head_size':" #size ",'server':'" server "'}"
#define SIZES(a, b)                                                                                \
    ",'sizes':[{'ok':true,'status':" #a ",'size':8192},{'ok':true,'status':" #b ",'size':16384}]"
#define LARGE(answer) ",'variants':{'large':" answer "}"

static const struct target_row ROWS[] = {
    {"the clocks agree", check_target_clock, TARGET("", TOLD(SKEWED(2), SKEWED(2), "")), LINKS,
     OUTCOME_PASS, NULL},
    {"no clock is known", check_target_clock, TARGET("", TOLD(ASKS, ASKS, "")), LINKS, OUTCOME_NONE,
     NULL},
    {"a minute", check_target_clock, TARGET("", TOLD(SKEWED(90), SAYS(200), "")), LINKS,
     OUTCOME_WARN, "90 s ahead of"},
    {"six minutes, and it refuses", check_target_clock,
     TARGET("", TOLD(SKEWED(-360), SKEWED(-360), "")), LINK_ANSWER, OUTCOME_FAIL, "360 s behind"},
    {"six minutes, and it takes tickets", check_target_clock,
     TARGET("", TOLD(SKEWED(-360), SAYS(200), "")), LINKS, OUTCOME_WARN, "360 s behind"},
    {"by its token", check_target_clock, TARGET("", TOLD(ASKS, STIME(37, 1800000400), "")),
     LINK_ANSWER, OUTCOME_FAIL, "400 s ahead of"},
    {"by its token, without a time", check_target_clock, TARGET("", TOLD(ASKS, REFUSES(33), "")),
     LINK_ANSWER, OUTCOME_FAIL, "KRB-ERROR 33"},
    {"six minutes, and it has another reason", check_target_clock,
     TARGET("", TOLD(SKEWED(360), REFUSES(41), "")), LINK_ANSWER, OUTCOME_WARN, NULL},

    {"small and taken", check_head_size, TARGET("", TOLD(ASKS, HEAD(200, 2400, "Apache"), "")),
     LINKS, OUTCOME_PASS, "2400 bytes"},
    {"too large for Apache", check_head_size,
     TARGET("", TOLD(ASKS, HEAD(400, 12000, "Apache/2.4"), LARGE(SAYS(400)) SIZES(200, 400))),
     LINK_ANSWER, OUTCOME_FAIL, "LimitRequestFieldSize 32768"},
    {"too large for IIS", check_head_size,
     TARGET("", TOLD(ASKS, HEAD(400, 40000, "Microsoft-HTTPAPI/2.0"), LARGE(SAYS(400)))),
     LINK_ANSWER, OUTCOME_FAIL, "MaxRequestBytes 50176"},
    {"too large for nginx", check_head_size,
     TARGET("", TOLD(ASKS, HEAD(494, 30000, "nginx"), LARGE(SAYS(494)))), LINK_ANSWER, OUTCOME_FAIL,
     "large_client_header_buffers 4 37k"},
    {"cut off, with and without a ticket", check_head_size, TARGET("", TOLD(ASKS, CUT, LARGE(CUT))),
     LINK_ANSWER, OUTCOME_FAIL, "maxHttpRequestHeaderSize"},
    {"a 400 for another reason", check_head_size,
     TARGET("", TOLD(ASKS, HEAD(400, 2400, "Apache"), LARGE(ASKS))), LINK_ANSWER, OUTCOME_NONE,
     NULL},
    {"soon too large", check_head_size,
     TARGET("", TOLD(ASKS, HEAD(200, 15000, "Apache"), SIZES(401, 400))), LINKS, OUTCOME_WARN,
     "a few more groups"},
};

static void what_a_server_has_room_for_is_judged(void **state) {
    (void)state;
    target_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_server_has_room_for_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
