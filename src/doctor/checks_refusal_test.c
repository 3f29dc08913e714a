/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_target.h"

#define OWNED(object, nodes)                                                                       \
    "{" APP ",'target':{'path':'/','nodes':[" nodes                                                \
    "]},'directory':{'target':[{'dn':'CN=svc-web',"                                                \
    "'account':'svc-web','object':'" object "','kvno':3}]},'kerberos':{'proxy':{'ok':true,"        \
    "'ticket':{'kvno':2,'enctype_name':'aes256-cts'}}}}"
#define IIS(code)                                                                                  \
    "{'ok':true,'status':401,'server':'Microsoft-IIS/10.0','www_authenticate':['Negotiate'],"      \
    "'token':{'krb_code':" #code "}}"
#define APACHE "{'ok':true,'status':401,'server':'Apache','www_authenticate':['Negotiate']}"
#define LATE "{'ok':true,'status':401,'www_authenticate':['Negotiate'],'date_skew_s':-400}"
#define OTHER(n, answer) NODE(n, ",'anonymous':" ASKS ",'signed_in':" answer)

static const struct target_row ROWS[] = {
    {"the right key", check_key, OWNED("user", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_PASS,
     "svc-web"},
    {"another key", check_key, OWNED("user", TOLD(ASKS, REFUSES(41), "")), LINK_ANSWER,
     OUTCOME_FAIL, "cannot open the ticket: it has another key than svc-web"},
    {"an older key", check_key, OWNED("user", TOLD(ASKS, REFUSES(44), "")), LINK_ANSWER,
     OUTCOME_FAIL, "the ticket's number"},
    {"no key", check_key, OWNED("user", TOLD(ASKS, REFUSES(45), "")), LINK_ANSWER, OUTCOME_FAIL,
     "no key for that service"},
    {"a bare 401", check_key, OWNED("user", TOLD(ASKS, APACHE, "")), LINK_ANSWER, OUTCOME_FAIL,
     "exportkeytab web.keytab --principal=HTTP/web.corp"},
    {"a proxy that may have taken the ticket away", check_key,
     OWNED("user", TOLD(ASKS, APACHE, "")), LINK_ANSWER, OUTCOME_FAIL,
     "passes the header Authorization on"},
    {"evidence of numbers", check_key, OWNED("user", TOLD(ASKS, APACHE, "")), LINK_ANSWER,
     OUTCOME_FAIL, "key number 2 and the account 3"},
    {"IIS, a user's SPN", check_key, OWNED("user", TOLD(ASKS, IIS(41), "")), LINK_ANSWER,
     OUTCOME_FAIL, "useAppPoolCredentials -Value $true"},
    {"IIS, a computer's SPN", check_key, OWNED("computer", TOLD(ASKS, IIS(41), "")), LINK_ANSWER,
     OUTCOME_FAIL, "setspn -D HTTP/web.corp svc-web"},
    {"another way helps", check_key,
     OWNED("user", TOLD(ASKS, APACHE, ",'variants':{'krb5':" SAYS(200) "}")), LINK_ANSWER,
     OUTCOME_NONE, NULL},
    {"the clock is off", check_key, OWNED("user", TOLD(ASKS, LATE, "")), LINK_ANSWER, OUTCOME_NONE,
     NULL},
    {"NTLM alone", check_key, OWNED("user", TOLD(ASKS_NTLM, ASKS_NTLM, "")), LINK_ANSWER,
     OUTCOME_NONE, NULL},

    {"a farm of one", check_farm, OWNED("user", OTHER(1, SAYS(200))), LINKS, OUTCOME_NONE, NULL},
    {"a farm that agrees", check_farm, OWNED("user", OTHER(1, SAYS(200)) "," OTHER(2, SAYS(200))),
     LINKS, OUTCOME_PASS, NULL},
    {"a farm that refuses", check_farm, OWNED("user", OTHER(1, APACHE) "," OTHER(2, APACHE)),
     LINK_ANSWER, OUTCOME_PASS, NULL},
    {"one of a farm refuses", check_farm, OWNED("user", OTHER(1, SAYS(200)) "," OTHER(2, APACHE)),
     LINK_ANSWER, OUTCOME_FAIL, "10.0.0.2:80 (web.corp:80) refuses"},

    {"servers behind one address that are not alike", check_farm,
     OWNED("user", TOLD(ASKS, APACHE, ",'repeats':[" APACHE "," SAYS(200) "," APACHE "]")),
     LINK_ANSWER, OUTCOME_FAIL, "now and then (1 of 4 times)"},
    {"and no key of theirs is judged", check_key,
     OWNED("user", TOLD(ASKS, APACHE, ",'repeats':[" SAYS(200) "]")), LINK_ANSWER, OUTCOME_NONE,
     NULL},
    {"no replay", check_replay, OWNED("user", TOLD(ASKS, REFUSES(41), "")), LINK_ANSWER,
     OUTCOME_NONE, NULL},
    {"a replay", check_replay, OWNED("user", TOLD(ASKS, REFUSES(34), "")), LINK_ANSWER,
     OUTCOME_FAIL, "rcache2"},

    {"IIS takes it", check_pool_account,
     OWNED("user", TOLD(ASKS, "{'ok':true,'status':200,'server':'Microsoft-IIS/10.0'}", "")), LINKS,
     OUTCOME_NONE, NULL},
    {"IIS does not", check_pool_account, OWNED("gmsa", TOLD(ASKS, IIS(41), "")), LINK_ANSWER,
     OUTCOME_UNKNOWABLE, "svc-web (a gmsa)"},
    {"Apache has no kernel mode", check_pool_account, OWNED("user", TOLD(ASKS, APACHE, "")),
     LINK_ANSWER, OUTCOME_NONE, NULL},
    {"extended protection of IIS", check_protection, OWNED("user", TOLD(ASKS, IIS(0), "")),
     LINK_ANSWER, OUTCOME_UNKNOWABLE, "tokenChecking"},
    {"the log of IIS", check_iis_log, OWNED("user", TOLD(ASKS, IIS(0), "")), LINK_ANSWER,
     OUTCOME_UNKNOWABLE, "80090346"},
};

static void a_refusal_is_split_into_its_causes(void **state) {
    (void)state;
    target_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_split_into_its_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
