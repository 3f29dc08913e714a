/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_target.h"

#define DEAD(n, code)                                                                              \
    "{'backend':'web.corp:80','address':'10.0.0." #n "','port':80,'tcp':{'ok':false,'error':{"     \
    "'code':'" code "','detail':'Connection " code "'}}}"
#define NAMELESS                                                                                   \
    "{'backend':'nope.corp:80','port':80,'dns_error':{'detail':'Domain name not found'}}"
#define CHAIN ",'dns':{'chain':['web.corp','node7.corp']}"
#define REFUSED_PROXY ",'kerberos':{'proxy':{'ok':false,'code':7}}"
#define REGISTERED                                                                                 \
    ",'directory':{'target':[],'target_forms':[{'spn':'HTTP/"                                      \
    "node7.corp','owners':[{'dn':'CN=x'}]}]}"
/* Ours is somebody's, and the other one somebody else's, or the same one's. */
#define BOTH(dn)                                                                                   \
    ",'directory':{'target':[{'dn':'CN=y'}],'similar':[{'spn':'HTTP/node7.corp','dn':'" dn "'}]}"
#define HTTPS ",'scheme':'https'"
#define SPEAKS_TLS "{'ok':false,'error':{'code':'speaks-tls','detail':'TLS'}}"
#define PLAIN_TLS                                                                                  \
    ",'tls':{'ok':false,'handshake':false,'faults':['tls-is-plain'],'error':{'code':"              \
    "'tls-is-plain','detail':'wrong version number'}},'variants':{'plain':" ASKS "}"
#define TLS_VARIANT(code)                                                                          \
    ",'variants':{'tls':{'ok':false,'error':{'code':'" code "','detail':'words'}}}"
#define LOCATED(url) "{'ok':true,'status':301,'location':'" url "'}"

/* Facts with something beside app and target. */
#define BESIDE(more, nodes, beside)                                                                \
    "{" APP beside ",'target':{'host':'web.corp','path':'/','nodes':[" nodes "]" more "}}"

static const struct target_row ROWS[] = {
    {"nothing was looked at", check_loop, "{}", LINKS, OUTCOME_NONE, NULL},
    {"an application", check_loop, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS, OUTCOME_PASS,
     NULL},
    {"our own listener", check_loop, TARGET("", NODE(1, ",'is_ourselves':true")), LINK_CONNECT,
     OUTCOME_FAIL, "10.0.0.1:80"},
    {"our own pages", check_loop,
     TARGET("", NODE(1, ",'anonymous':{'ok':true,'status':302,'via_kerbgate':true}")), LINK_CONNECT,
     OUTCOME_FAIL, "kerbgate"},
    {"the same host outside", check_loop,
     "{" APP ",'target':{'host':'hr.example.com','external_host':'HR.example.com','nodes':[" NODE(
         1, ",'is_ourselves':true") "]}}",
     LINK_CONNECT, OUTCOME_FAIL, "split DNS"},
    {"another kerbgate, without tickets", check_loop,
     "{'app':{'sso':'none'},'target':{'host':'a','nodes':[" NODE(
         1, ",'anonymous':{'ok':true,'status':302,'via_kerbgate':true}") "]}}",
     LINKS, OUTCOME_WARN, NULL},

    {"no names were looked at", check_target_name, "{}", LINKS, OUTCOME_NONE, NULL},
    {"a name that is there", check_target_name, TARGET("", NODE(1, "")), LINKS, OUTCOME_PASS, NULL},
    {"a name that is not", check_target_name, TARGET("", NAMELESS), LINK_CONNECT, OUTCOME_FAIL,
     "host nope.corp"},
    {"an alias that leads nowhere", check_target_name,
     TARGET(",'dns':{'chain':['nope.corp','gone.corp']}", NAMELESS), LINK_CONNECT, OUTCOME_FAIL,
     "Add an A record for gone.corp"},
    {"nobody who knows names", check_target_name,
     TARGET("",
            "{'backend':'a.corp:80','dns_error':{'code':'silent','detail':'no answer in time'}}"),
     LINK_CONNECT, OUTCOME_FAIL, "no name server answers for a.corp"},
    {"the name server is named", check_target_name,
     TARGET(",'name_servers':['10.0.0.53']",
            "{'backend':'a.corp:80','dns_error':{'code':'silent','detail':'no answer in time'}}"),
     LINK_CONNECT, OUTCOME_FAIL, "host a.corp 10.0.0.53"},
    {"one of two names is not", check_target_name, TARGET("", NODE(1, "") "," NAMELESS), LINKS,
     OUTCOME_WARN, "nope.corp"},

    {"a port that is open", check_target_port, TARGET("", NODE(1, "")), LINKS, OUTCOME_PASS, NULL},
    {"a port that is closed", check_target_port, TARGET("", DEAD(1, "refused")), LINK_CONNECT,
     OUTCOME_FAIL, "Nothing listens at port 80"},
    {"a port that is filtered", check_target_port, TARGET("", DEAD(1, "timeout")), LINK_CONNECT,
     OUTCOME_FAIL, "nc -vz -w 3 10.0.0.1 80"},
    {"one of two is closed", check_target_port, TARGET("", NODE(1, "") "," DEAD(2, "refused")),
     LINKS, OUTCOME_WARN, "10.0.0.2:80"},
    {"the other port is open", check_target_port,
     TARGET("", "{'backend':'web.corp:80','address':'10.0.0.1','port':80,'tcp':{'ok':false,'error':"
                "{'code':'refused','detail':'no'}},'other_port':{'port':443,'ok':true}}"),
     LINK_CONNECT, OUTCOME_FAIL, "internal_url: 'https://web.corp/'"},
    {"ourselves, which is another check's", check_target_port,
     TARGET("", "{'address':'10.0.0.1','port':80,'is_ourselves':true,'tcp':{'ok':false}}"),
     LINK_CONNECT, OUTCOME_NONE, NULL},

    {"http as it should be", check_target_scheme, TARGET("", TOLD(ASKS, SAYS(200), "")), LINKS,
     OUTCOME_PASS, NULL},
    {"TLS on a port for http", check_target_scheme, TARGET("", NODE(1, ",'anonymous':" SPEAKS_TLS)),
     LINK_CONNECT, OUTCOME_FAIL, "internal_url: 'https://web.corp/'"},
    {"TLS, and its certificate is not trusted", check_target_scheme,
     TARGET("", NODE(1, ",'anonymous':" SAYS(400) TLS_VARIANT("tls-certificate"))), LINK_CONNECT,
     OUTCOME_FAIL, "speaks TLS"},
    {"no TLS, and a 400 for another reason", check_target_scheme,
     TARGET("", NODE(1, ",'anonymous':" SAYS(400) TLS_VARIANT("tls"))), LINKS, OUTCOME_PASS, NULL},
    {"http on a port for TLS", check_target_scheme, TARGET(HTTPS, NODE(1, PLAIN_TLS)), LINK_CONNECT,
     OUTCOME_FAIL, "internal_url: 'http://web.corp/'"},
    {"sent on to https", check_target_scheme,
     TARGET("", NODE(1, ",'anonymous':" LOCATED("https://web.corp/x"))), LINKS, OUTCOME_FAIL,
     "internal_url: 'https://web.corp/'"},
    {"sent on to another host's https", check_target_scheme,
     TARGET("", NODE(1, ",'anonymous':" LOCATED("https://web.corp.evil/"))), LINKS, OUTCOME_PASS,
     NULL},

    {"no alias", check_alias, TARGET(",'dns':{'chain':['web.corp']}", NODE(1, "")), LINKS,
     OUTCOME_PASS, NULL},
    {"an alias that changes nothing", check_alias, TARGET(CHAIN, TOLD(ASKS, SAYS(200), "")), LINKS,
     OUTCOME_PASS, "node7.corp"},
    {"the name behind it is registered", check_alias,
     BESIDE(CHAIN, NODE(1, ""), REFUSED_PROXY REGISTERED), LINK_PROXY, OUTCOME_FAIL,
     "spn: 'HTTP/node7.corp'"},
    {"the connector may delegate to it", check_alias,
     BESIDE(CHAIN, NODE(1, ""),
            REFUSED_PROXY ",'directory':{'target':[],'connector':{'delegates_to':["
                          "'HTTP/NODE7.corp']}}"),
     LINK_PROXY, OUTCOME_FAIL, "spn: 'HTTP/NODE7.corp'"},
    {"nobody has it", check_alias,
     BESIDE(CHAIN, NODE(1, ""),
            REFUSED_PROXY ",'directory':{'target':[],'target_forms':[{'spn':'HTTP/node7.corp',"
                          "'owners':[]}]}"),
     LINK_PROXY, OUTCOME_PASS, NULL},
    {"ours has two owners, which is another check's", check_alias,
     BESIDE(CHAIN, NODE(1, ""), REFUSED_PROXY BOTH("CN=z")), LINK_PROXY, OUTCOME_PASS, NULL},
    {"both are there, and the ticket is taken", check_alias,
     BESIDE(CHAIN, TOLD(ASKS, SAYS(200), ""), BOTH("CN=z")), LINKS, OUTCOME_PASS, NULL},
    {"both are there, and the ticket is refused", check_alias,
     BESIDE(CHAIN, TOLD(ASKS, ASKS, ""), BOTH("CN=z")), LINK_ANSWER, OUTCOME_FAIL, "CNAME"},
    {"both are one account's, and the ticket is refused", check_alias,
     BESIDE(CHAIN, TOLD(ASKS, ASKS, ""), BOTH("CN=Y")), LINK_ANSWER, OUTCOME_PASS, NULL},
};

static void the_way_to_an_application_is_judged(void **state) {
    (void)state;
    target_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_to_an_application_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
