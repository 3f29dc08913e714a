/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_target.h"

#define SENDS(url) "{'ok':true,'status':302,'location':'" url "','us':1000}"
#define TAKES(us) "{'ok':true,'status':200,'us':" #us "}"
#define BELOW(url)                                                                                 \
    "{'app':{'internal_url':'http://web.corp/app/','external_url':'https://hr.example.com/',"      \
    "'host_header':'internal'},'target':{'host':'web.corp','scheme':'http','path':'/app/',"        \
    "'nodes':[" TOLD(ASKS, SENDS(url), "") "]}}"

static const struct target_row ROWS[] = {
    {"no redirect", check_redirect, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_NONE,
     NULL},
    {"to itself", check_redirect, TARGET("", TOLD(ASKS, SENDS("http://web.corp/start"), "")), LINKS,
     OUTCOME_PASS, NULL},
    {"without a host", check_redirect, TARGET("", TOLD(ASKS, SENDS("/start"), "")), LINKS,
     OUTCOME_PASS, NULL},
    {"to the outside", check_redirect,
     TARGET("", TOLD(ASKS, SENDS("https://hr.example.com/start"), "")), LINKS, OUTCOME_PASS, NULL},
    {"to a short name", check_redirect, TARGET("", TOLD(ASKS, SENDS("http://intranet/"), "")),
     LINKS, OUTCOME_FAIL, "host_header: external"},
    {"to a neighbour", check_redirect, TARGET("", TOLD(ASKS, SENDS("http://other.corp/"), "")),
     LINKS, OUTCOME_FAIL, "outside"},
    {"to an address", check_redirect,
     TARGET(",'dns':{'addresses':['10.0.0.1']}", TOLD(ASKS, SENDS("http://10.0.0.1/"), "")), LINKS,
     OUTCOME_FAIL, "10.0.0.1"},
    {"to a stranger, who may be meant", check_redirect,
     TARGET("", TOLD(ASKS, SENDS("https://login.example.net/"), "")), LINKS, OUTCOME_PASS, NULL},
    {"below the path that is published", check_redirect, BELOW("http://web.corp/app/x"), LINKS,
     OUTCOME_PASS, NULL},
    {"beside the path that is published", check_redirect, BELOW("http://web.corp/apple"), LINKS,
     OUTCOME_FAIL, "path that is published"},
    {"the path itself", check_redirect, BELOW("http://web.corp/app"), LINKS, OUTCOME_PASS, NULL},
    {"another of its length", check_redirect, BELOW("http://web.corp/xyz"), LINKS, OUTCOME_FAIL,
     "path that is published"},
    {"to https, which is another check's", check_redirect,
     TARGET("", TOLD(ASKS, SENDS("https://web.corp/"), "")), LINKS, OUTCOME_PASS, NULL},

    {"quick", check_slow, TARGET("", TOLD(ASKS, TAKES(1000), "")), LINKS, OUTCOME_PASS, "1 ms"},
    {"slow", check_slow, TARGET("", TOLD(ASKS, TAKES(6000000), "")), LINKS, OUTCOME_WARN, "6 s"},
    {"silent", check_slow, TARGET("", NODE(1, ",'anonymous':" HANGS)), LINK_ANSWER, OUTCOME_FAIL,
     "timeout: 85s"},
    {"silent with a ticket", check_slow, TARGET("", TOLD(ASKS, HANGS, "")), LINK_ANSWER,
     OUTCOME_FAIL, "8 s"},

    {"a page", check_application, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_PASS, NULL},
    {"an error", check_application, TARGET("", TOLD(ASKS, SAYS(500), "")), LINK_ANSWER,
     OUTCOME_FAIL, "own log"},
    {"forbidden to everybody", check_application, TARGET("", TOLD(SAYS(403), SAYS(403), "")),
     LINK_ANSWER, OUTCOME_FAIL, "403.4"},
    {"an error of a front end", check_application, TARGET("", TOLD(SAYS(503), SAYS(503), "")),
     LINK_ANSWER, OUTCOME_FAIL, "application pool"},
    {"too many headers", check_application,
     TARGET("", TOLD(ASKS, "{'ok':false,'error':{'code':'head-too-large','detail':'many'}}", "")),
     LINK_ANSWER, OUTCOME_FAIL, "response_head: "},
    {"no HTTP", check_application,
     TARGET("", NODE(1, ",'anonymous':{'ok':false,'error':{'code':'no-http','detail':'a line'}}")),
     LINK_ANSWER, OUTCOME_FAIL, "not HTTP: a line"},
    {"HTTP/2, which is another check's", check_application,
     TARGET("", NODE(1, ",'anonymous':{'ok':false,'error':{'code':'speaks-http2'}}")), LINK_ANSWER,
     OUTCOME_PASS, NULL},
    {"a cut", check_application, TARGET("", TOLD(CUT, CUT, "")), LINK_ANSWER, OUTCOME_FAIL,
     "breaks off: cut off"},
    {"everybody is turned away", check_application, TARGET("", TOLD(SAYS(403), SAYS(403), "")),
     LINK_ANSWER, OUTCOME_FAIL, "403.6"},
    {"a proxy that wants a sign-in", check_application, TARGET("", TOLD(SAYS(407), SAYS(407), "")),
     LINK_ANSWER, OUTCOME_FAIL, "application's server itself"},
    {"no such site", check_application, TARGET("", TOLD(SAYS(421), SAYS(421), "")), LINK_ANSWER,
     OUTCOME_FAIL, "no site of that name"},
    {"403 to who is known, which is another check's", check_application,
     TARGET("", TOLD(ASKS, SAYS(403), "")), LINK_ANSWER, OUTCOME_PASS, NULL},
    {"no page of another kind", check_application, TARGET("", TOLD(ASKS, SAYS(418), "")), LINKS,
     OUTCOME_WARN, "418"},
    {"a portal of the network", check_application, TARGET("", TOLD(SAYS(511), SAYS(511), "")),
     LINK_ANSWER, OUTCOME_FAIL, "portal"},
    {"no certificate of ours, which is another check's", check_application,
     TARGET("", NODE(1, ",'tls':{'ok':true,'asks_certificate':true},'anonymous':{'ok':false,"
                        "'error':{'code':'tls','detail':'alert'}}")),
     LINK_ANSWER, OUTCOME_PASS, NULL},
    {"no such page", check_application, TARGET("", TOLD(ASKS, SAYS(404), "")), LINKS, OUTCOME_WARN,
     "--path"},
    {"no such page at this host", check_application,
     TARGET("", TOLD(ASKS, SAYS(404), ",'variants':{'host_external':" SAYS(200) "}")), LINKS,
     OUTCOME_PASS, NULL},
    {"silence, which is another check's", check_application, TARGET("", TOLD(ASKS, HANGS, "")),
     LINK_ANSWER, OUTCOME_PASS, NULL},
    {"too large, which is another check's", check_application,
     TARGET("", TOLD(ASKS, SAYS(431), ",'variants':{'large':" SAYS(431) "}")), LINK_ANSWER,
     OUTCOME_PASS, NULL},

    {"no error", check_double_hop, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_NONE,
     NULL},
    {"an error behind the door", check_double_hop, TARGET("", TOLD(ASKS, SAYS(500), "")),
     LINK_ANSWER, OUTCOME_UNKNOWABLE, "msDS-AllowedToDelegateTo"},
    {"an account whose name has signs of filters", check_double_hop,
     "{" APP ",'directory':{'target':[{'account':'o\\u0027 (x)'}]},'target':{'nodes':[" TOLD(
         ASKS, SAYS(500), "") "]}}",
     LINK_ANSWER, OUTCOME_UNKNOWABLE, "'(sAMAccountName=o'' \\\\28x\\\\29)'"},
};

static void the_pages_of_an_application_are_judged(void **state) {
    (void)state;
    target_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pages_of_an_application_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
