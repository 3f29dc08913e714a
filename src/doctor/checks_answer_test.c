/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_target.h"

#define VARIANT(name, answer) ",'variants':{'" name "':" answer "}"
#define TOKEN(fields) "{'ok':true,'status':200,'token':{" fields "}}"
#define NTLM_401                                                                                   \
    "{'ok':true,'status':401,'www_authenticate':['Negotiate'],'token':{'mech':'ntlm','content':"   \
    "'ntlm'}}"
#define MUTUAL(node)                                                                               \
    "{'app':{'spn':'HTTP/a','sso':'kerberos','mutual_required':true},'target':{'nodes':[" node "]" \
    "}"                                                                                            \
    "}"

#define SENT(to) "{'ok':true,'status':302,'location':'" to "'}"

static const struct target_row ROWS[] = {
    {"Negotiate to an app without tickets", check_offer,
     "{'app':{'sso':'none','pre_authentication':'staff'},'target':{'host':'web.corp','nodes':["
     "{'address':'10.0.0.1','port':80,'anonymous':" ASKS "}]}}",
     LINKS, OUTCOME_WARN, "sso: { mode: kerberos, spn: 'HTTP/web.corp' }"},
    {"nothing was looked at", check_offer, "{}", LINKS, OUTCOME_NONE, NULL},
    {"Negotiate", check_offer, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_PASS, NULL},
    {"NTLM alone", check_offer, TARGET("", TOLD(ASKS_NTLM, ASKS_NTLM, "")), LINK_ANSWER,
     OUTCOME_FAIL, "401 (NTLM)"},
    {"NTLM alone, and it takes tickets", check_offer, TARGET("", TOLD(ASKS_NTLM, SAYS(200), "")),
     LINKS, OUTCOME_WARN, NULL},
    {"NTLM alone at an IIS", check_offer,
     TARGET("",
            TOLD("{'ok':true,'status':401,'www_authenticate':['NTLM'],'server':'Microsoft-IIS/10'}",
                 ASKS_NTLM, "")),
     LINK_ANSWER, OUTCOME_FAIL, "-AtIndex 0 -Value 'Negotiate'"},

    {"Kerberos in its answer", check_mechanism,
     TARGET("", TOLD(ASKS, TOKEN("'state':'accepted','mech':'krb5','content':'nothing'"), "")),
     LINKS, OUTCOME_PASS, NULL},
    {"NTLM in its answer", check_mechanism, TARGET("", TOLD(ASKS, NTLM_401, "")), LINK_ANSWER,
     OUTCOME_FAIL, "NTLM"},
    {"no token", check_mechanism, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_NONE, NULL},

    {"taken", check_ticket_taken, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_PASS, NULL},
    {"refused", check_ticket_taken, TARGET("", TOLD(ASKS, ASKS, "")), LINK_ANSWER, OUTCOME_NONE,
     NULL},
    {"connections are shared", check_ticket_taken,
     TARGET("", NODE(1, ",'anonymous':" ASKS ",'signed_in':" SAYS(200) ",'fresh':" SAYS(200))),
     LINKS, OUTCOME_WARN, "shares its connections"},

    {"no proof is wanted", check_proof, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_NONE,
     NULL},
    {"a proof", check_proof, TARGET("", TOLD(ASKS, TOKEN("'proven':true"), "")), LINKS,
     OUTCOME_PASS, NULL},
    {"no proof, though it is required", check_proof, MUTUAL(TOLD(ASKS, SAYS(200), "")), LINK_ANSWER,
     OUTCOME_FAIL, "mutual: optional"},

    {"let in", check_authorized, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_NONE, NULL},
    {"known, and not let in", check_authorized, TARGET("", TOLD(ASKS, SAYS(403), "")), LINK_ANSWER,
     OUTCOME_FAIL, "403"},
    {"nobody is let in", check_authorized, TARGET("", TOLD(SAYS(403), SAYS(403), "")), LINK_ANSWER,
     OUTCOME_NONE, NULL},

    {"another form helps", check_form, TARGET("", TOLD(ASKS, ASKS, VARIANT("krb5", SAYS(200)))),
     LINK_ANSWER, OUTCOME_FAIL, "token: krb5"},
    {"the form of SPNEGO helps", check_form,
     TARGET("", TOLD(ASKS, ASKS, VARIANT("spnego", SAYS(302)))), LINK_ANSWER, OUTCOME_FAIL,
     "token: spnego"},
    {"no form helps", check_form, TARGET("", TOLD(ASKS, ASKS, VARIANT("krb5", ASKS))), LINK_ANSWER,
     OUTCOME_NONE, NULL},
    {"no form is needed", check_form, TARGET("", TOLD(ASKS, SAYS(200), VARIANT("krb5", SAYS(200)))),
     LINKS, OUTCOME_NONE, NULL},
    {"anybody is let in", check_form, TARGET("", TOLD(SAYS(200), ASKS, VARIANT("krb5", SAYS(200)))),
     LINK_ANSWER, OUTCOME_NONE, NULL},
    {"without the binding", check_binding,
     TARGET("", TOLD(ASKS, ASKS, VARIANT("unbound", SAYS(200)))), LINK_ANSWER, OUTCOME_FAIL,
     "channel_binding: off"},
    {"with the binding", check_binding, TARGET("", TOLD(ASKS, ASKS, VARIANT("bound", SAYS(200)))),
     LINK_ANSWER, OUTCOME_FAIL, "tokenChecking"},
    {"after it was asked for", check_timing,
     TARGET("", TOLD(ASKS, SAYS(500), VARIANT("on_challenge", SAYS(200)))), LINK_ANSWER,
     OUTCOME_FAIL, "negotiate: on_challenge"},
    {"after a cut", check_timing, TARGET("", TOLD(ASKS, CUT, VARIANT("on_challenge", SAYS(200)))),
     LINK_ANSWER, OUTCOME_FAIL, "negotiate: on_challenge"},
    {"the other host", check_host_header,
     TARGET("", TOLD(ASKS, ASKS, VARIANT("host_external", SAYS(200)))), LINK_ANSWER, OUTCOME_FAIL,
     "host_header: external"},
    {"no such page at this host", check_host_header,
     TARGET("", TOLD(ASKS, SAYS(404), VARIANT("host_external", SAYS(200)))), LINKS, OUTCOME_FAIL,
     "host_header: external"},
    {"no such page at any", check_host_header,
     TARGET("", TOLD(ASKS, SAYS(404), VARIANT("host_external", SAYS(404)))), LINKS, OUTCOME_NONE,
     NULL},

    {"a page that asks", check_challenge, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS,
     OUTCOME_NONE, NULL},
    {"a page for anybody", check_challenge, TARGET("", TOLD(SAYS(200), SAYS(200), "")), LINKS,
     OUTCOME_WARN, "--path"},
    {"only this folder", check_challenge,
     TARGET("", TOLD(SAYS(200), SAYS(200), VARIANT("root", ASKS))), LINKS, OUTCOME_WARN,
     "only this folder"},
    {"a form to sign in with", check_challenge,
     TARGET("", TOLD(SENT("/login.aspx"), SENT("/login.aspx"), "")), LINKS, OUTCOME_WARN,
     "/login.aspx, with a ticket and without"},
    {"another page behind the sign-in", check_challenge,
     TARGET("", TOLD(SENT("/login"), SENT("/start"), "")), LINKS, OUTCOME_NONE, NULL},
    {"another scheme, which is another check's", check_challenge,
     TARGET("", TOLD(SENT("https://web.corp/"), SENT("https://web.corp/"), "")), LINKS,
     OUTCOME_NONE, NULL},
    {"a page for anybody that takes tickets", check_challenge,
     TARGET("", TOLD(SAYS(200), TOKEN("'state':'accepted'"), "")), LINKS, OUTCOME_PASS, NULL},
};

static void what_an_application_answers_is_judged(void **state) {
    (void)state;
    target_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

static void a_false_proof_is_the_worst(void **state) {
    (void)state;
    struct checked *t =
        checked(TARGET("", TOLD(ASKS, TOKEN("'proven':false"), "")), LINKS, check_proof);
    assert_int_equal(t->c.outcome, OUTCOME_FAIL);
    assert_true(says(t, "false"));
    checked_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_application_answers_is_judged),
        cmocka_unit_test(a_false_proof_is_the_worst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
