/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include "doctor/reason.h"

#define HEALTHY_BUT(more)                                                                          \
    "{'app':{'name':'hr','sso':'kerberos','spn':'HTTP/hr','realm':'CORP'},"                        \
    "'person':{'asked':'alice','name':'alice@CORP','subject':'alice@CORP'},"                       \
    "'host':{'config':{'file':'k.yaml','warnings':[]}}," more "}"
#define TGT                                                                                        \
    "'keytab':{'entries':[]},'kdcs':[],'tgt':{'ok':true,'code':0,'kdc':'10.0.0.1:88','us':5}"
#define NODE                                                                                       \
    "'target':{'nodes':[{'address':'10.0.0.2','tcp':{'ok':true,'us':3},'signed_in':{'ok':true,'"   \
    "status':200}}]}"
#define REFUSED "{'ok':false,'error':'krb-policy','detail':'refused','step':'S','code':12}"

static const struct {
    const char *what, *facts, *outcome, *cause, *broken, *not_reached;
} ROWS[] = {
    {"the KDC refuses the connector", HEALTHY_BUT("'kerberos':{'tgt':" REFUSED "}"), "broken",
     "connector-account", "tgt", "self"},
    {"the KDC refuses the person", HEALTHY_BUT("'kerberos':{" TGT ",'self':" REFUSED "}"), "broken",
     "kdc-says-self", "self", "proxy"},
    {"the KDC refuses the ticket",
     HEALTHY_BUT("'kerberos':{" TGT ",'self':{'ok':true},'proxy':" REFUSED "}"), "broken",
     "kdc-says-proxy", "proxy", "answer"},
    {"a clock that is off explains what the KDC says",
     HEALTHY_BUT("'kerberos':{'kdcs':[{'host':'dc1','address':'a','tcp':{'ok':true},'udp':{'ok':"
                 "true},'clock':{'skew_s':400}}],'tgt':{'ok':true},'self':" REFUSED "}"),
     "broken", "clock", "self", "proxy"},
    {"no KDC answers",
     HEALTHY_BUT("'kerberos':{'tgt':{'ok':false,'error':'krb-kdc-unreachable','detail':'silent'},"
                 "'kdcs':[{'realm':'CORP','host':'dc1','address':'10.0.0.1:88','tcp':{'ok':false},"
                 "'udp':{'ok':false}}]}"),
     "broken", "kdc-reachable", "kdc", "tgt"},
    {"the broker's own lists refuse",
     HEALTHY_BUT("'kerberos':{" TGT ",'policy':{'ok':false,'error':'krb-user-denied','detail':'no'"
                 "}}"),
     "broken", "own-lists", "person", "self"},
    {"nothing was found out", HEALTHY_BUT("'kerberos':{}"), "unfinished", "", "", ""},
};

static const char *state_of(const json_t *report, const char *link) {
    const json_t *chain = facts_at(report, "chain"), *at;
    size_t i;
    json_array_foreach(chain, i, at) {
        if (strcmp(facts_text(at, "link"), link) == 0)
            return facts_text(at, "outcome");
    }
    return "";
}

static json_t *report_of(const char *text) {
    char *json = strdup(text);
    assert_non_null(json);
    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *facts = json_loads(json, 0, NULL);
    assert_non_null(facts);
    json_t *report = reason(facts, 1800000000);
    assert_non_null(report);
    json_decref(facts);
    free(json);
    return report;
}

static void the_first_cause_is_that_of_the_broken_link(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *report = report_of(ROWS[i].facts);
        const char *cause = facts_text(report, "first_cause.name");
        if (strcmp(facts_text(report, "outcome"), ROWS[i].outcome) != 0 ||
            strcmp(cause, ROWS[i].cause) != 0)
            fail_msg("%s: %s, %s", ROWS[i].what, facts_text(report, "outcome"), cause);
        if (ROWS[i].broken[0]) {
            assert_string_equal(state_of(report, ROWS[i].broken), "fail");
            assert_string_equal(state_of(report, ROWS[i].not_reached), "not-reached");
        }
        json_decref(report);
    }
}

static void what_only_repeats_a_cause_is_a_consequence(void **state) {
    (void)state;
    json_t *report = report_of(ROWS[3].facts), *said;
    const json_t *checks = facts_at(report, "checks");
    unsigned causes = 0, consequences = 0;
    size_t i;
    json_array_foreach(checks, i, said) {
        causes += strcmp(facts_text(said, "role"), "cause") == 0;
        consequences += strcmp(facts_text(said, "role"), "consequence") == 0;
    }
    assert_int_equal(causes, 1);
    assert_int_equal(consequences, 1);
    json_decref(report);
}

static void an_app_without_tickets_needs_no_domain(void **state) {
    (void)state;
    json_t *report = report_of("{'app':{'name':'open','sso':'none'},'target':{'nodes':[{'address':"
                               "'10.0.0.2','tcp':{'ok':true},'anonymous':{'ok':true,'status':200}}"
                               "]}}");
    assert_string_equal(state_of(report, "tgt"), "");
    assert_string_equal(state_of(report, "answer"), "pass");
    json_decref(report);
}

static void without_a_person_all_else_is_tried(void **state) {
    (void)state;
    json_t *report = report_of("{'app':{'name':'hr','sso':'kerberos'},'kerberos':{" TGT "},"
                               "'target':{'nodes':[{'address':'10.0.0.2','tcp':{'ok':true}}]}}");
    assert_string_equal(facts_text(report, "outcome"), "fine");
    assert_non_null(strstr(facts_text(report, "summary"), "--user"));
    json_decref(report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_cause_is_that_of_the_broken_link),
        cmocka_unit_test(what_only_repeats_a_cause_is_a_consequence),
        cmocka_unit_test(an_app_without_tickets_needs_no_domain),
        cmocka_unit_test(without_a_person_all_else_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
