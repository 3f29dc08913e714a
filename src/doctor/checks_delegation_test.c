/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_rows.h"

#define US                                                                                         \
    "'dn':'CN=gate','account':'gate','sid':'S-1-5-21-1-2-3-9','realm':'CORP.EXAMPLE','object':'"   \
    "user'"
#define WEB                                                                                        \
    "'dn':'CN=web','account':'svc-web','realm':'CORP.EXAMPLE','object':'user','sid':'S-1-5-21-1-"  \
    "2-3-7'"
#define FACTS(kerberos, us, target, more)                                                          \
    "{" APP "'person':{'name':'alice@CORP.EXAMPLE'},'kerberos':{'tgt':" GOOD "," kerberos          \
    "},'directory':{'server':'dc1','connector':{" US "," us "},'target':[" target "]" more "}}"
#define HOLDS "'self':" GOOD ",'proxy':" GOOD
#define NOT_LISTED "'self':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 13, "krb-not-delegated")
#define BOUND_TICKET "'self':" BOUND ",'proxy':" REFUSED("S4U2Proxy", 13, "krb-not-forwardable")
#define NO_SPN "'self':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 7, "krb-spn-unknown")
#define ANY "'uac':16843264"
#define LISTED ANY ",'delegates_to':['http/WEB.corp.example']"
#define OTHERS(rights)                                                                             \
    "{" WEB                                                                                        \
    ",'uac':512,'rbcd':{'readable':true,'lets_us':false,'entries':[{'sid':'S-1-5-21-1-2-3-8',"     \
    "'account':'gate2','allow':true,'acts':true}" rights "]}}"
#define LETS_US                                                                                    \
    "{" WEB                                                                                        \
    ",'uac':512,'rbcd':{'readable':true,'lets_us':true,'entries':[{'sid':'S-1-5-21-1-2-3-9',"      \
    "'account':'gate','allow':true,'acts':true}]}}"
#define NOBODY "{" WEB ",'uac':512,'rbcd':{'readable':true,'lets_us':false,'entries':[]}}"
#define SAMBA ",'root':{'vendor':'Samba Team (https://www.samba.org)'}"
#define THEIRS                                                                                     \
    "{'dn':'CN=far','account':'far','realm':'FAR.EXAMPLE','object':'computer','rbcd':{'readable':" \
    "true,'lets_us':false,'entries':[]}}"

static void what_the_connector_may_is_judged(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"any protocol", FACTS(HOLDS, LISTED, NOBODY, ""), check_transition, OUTCOME_PASS, NULL,
         NULL},
        {"Kerberos only",
         FACTS(BOUND_TICKET, "'uac':512,'delegates_to':['HTTP/web.corp.example']", NOBODY, ""),
         check_transition, OUTCOME_FAIL, "may not use protocol transition",
         "samba-tool delegation for-any-protocol gate on"},
        {"Kerberos only, and it holds by resource",
         FACTS(HOLDS, "'uac':512,'delegates_to':[]", LETS_US, ""), check_transition, OUTCOME_PASS,
         NULL, NULL},
        {"Kerberos only, no list, others by resource",
         FACTS(NOT_LISTED, "'uac':512,'delegates_to':[]", OTHERS(""), ""), check_transition,
         OUTCOME_NONE, NULL, NULL},
        {"Kerberos only, in the list, and by resource, too",
         FACTS(BOUND_TICKET, "'uac':512,'delegates_to':['HTTP/web.corp.example']", LETS_US, ""),
         check_transition, OUTCOME_FAIL, "may not use", NULL},
        {"Kerberos only, and an application of another domain, where no list of ours counts",
         FACTS(NOT_LISTED, "'uac':512,'delegates_to':['HTTP/web.corp.example']", THEIRS, ""),
         check_transition, OUTCOME_NONE, NULL, NULL},
        {"Kerberos only, and people who come with it",
         "{'app':{'ticket':'evidence'},'kerberos':{'tgt':" GOOD "},'directory':{'server':'dc1',"
         "'connector':{" US ",'uac':512,'delegates_to':['HTTP/web.corp.example']},'target':[" NOBODY
         "]}}",
         check_transition, OUTCOME_NONE, NULL, NULL},
        {"as the tickets say, without a directory",
         "{" APP "'kerberos':{'keytab':{'principal':'gate@CORP'},'tgt':" GOOD "," BOUND_TICKET "}}",
         check_transition, OUTCOME_FAIL, "may not use", "Set-ADAccountControl gate -Trusted"},
        {"a person who is sensitive says nothing about the connector",
         "{" APP "'kerberos':{'tgt':" GOOD ",'self':{'ok':true,'forwardable':false,'pac':{"
         "'sensitive':true}},'proxy':" REFUSED("S4U2Proxy", 13, "krb-not-forwardable") "}}",
         check_transition, OUTCOME_NONE, NULL, NULL},
        {"listed", FACTS(HOLDS, LISTED, NOBODY, ""), check_list, OUTCOME_PASS, NULL, NULL},
        {"an empty list", FACTS(NOT_LISTED, ANY ",'delegates_to':[]", NOBODY, ""), check_list,
         OUTCOME_FAIL, "msDS-AllowedToDelegateTo is empty",
         "samba-tool delegation add-service gate HTTP/web.corp.example"},
        {"the short name",
         FACTS(NOT_LISTED, ANY ",'delegates_to':['HTTP/x','HTTP/web']", NOBODY, ""), check_list,
         OUTCOME_FAIL, "HTTP/web is, which names the host with or without its domain",
         "-Add @{'msDS-AllowedToDelegateTo'='HTTP/web.corp.example'}"},
        {"a port",
         FACTS(NOT_LISTED, ANY ",'delegates_to':['HTTP/web.corp.example:80']", NOBODY, ""),
         check_list, OUTCOME_FAIL, "differs in the port", NULL},
        {"not listed, and it holds", FACTS(HOLDS, ANY ",'delegates_to':[]", LETS_US, ""),
         check_list, OUTCOME_PASS, NULL, NULL},
        {"misspelled in the configuration alone, which is another check's",
         FACTS(NO_SPN, ANY ",'delegates_to':['HTTP/wep.corp.example']", "",
               ",'similar':[{'spn':'HTTP/wep.corp.example','dn':'CN=w','account':'svc-web'}]"),
         check_list, OUTCOME_NONE, NULL, NULL},
        {"not listed, and nobody was tried", FACTS("'x':1", ANY ",'delegates_to':[]", NOBODY, ""),
         check_list, OUTCOME_FAIL, "is not among", NULL},
        {"without a directory", "{" APP "'kerberos':{" NOT_LISTED "}}", check_list, OUTCOME_UNKNOWN,
         "did not say", NULL},
        {"without a directory, and the KDC says why",
         "{" APP "'kerberos':{'keytab':{'principal':'gate@CORP'},'proxy':{'ok':false,'code':13,"
         "'nt_status':3221226098,'error':'krb-not-delegated'}}}",
         check_list, OUTCOME_FAIL, "is not among", "add-service gate"},
        {"not let in by the resource, as the KDC says",
         "{" APP "'kerberos':{'proxy':{'ok':false,'code':13,'nt_status':3221226021,'error':"
         "'krb-not-delegated'}}}",
         check_resource, OUTCOME_FAIL, "does not let", "add-principal ACCOUNT"},
        {"it is meant by resource", FACTS(NOT_LISTED, ANY ",'delegates_to':[]", OTHERS(""), ""),
         check_list, OUTCOME_NONE, NULL, NULL},
        {"others by resource", FACTS(NOT_LISTED, ANY ",'delegates_to':[]", OTHERS(""), ""),
         check_resource, OUTCOME_FAIL, "lets others act", "add-principal svc-web gate"},
        {"others by resource, where the domain controllers are Samba's",
         FACTS(NOT_LISTED, ANY ",'delegates_to':[]", OTHERS(""), SAMBA), check_resource,
         OUTCOME_FAIL, "lets others act", "add-service gate HTTP/web.corp.example"},
        {"others by resource, of Samba's, and the list alone would not do",
         FACTS(NOT_LISTED, "'uac':512,'delegates_to':[]", OTHERS(""), SAMBA), check_resource,
         OUTCOME_FAIL, "lets others act", "for-any-protocol gate on"},
        {"denied by resource",
         FACTS(NOT_LISTED, ANY ",'delegates_to':[]",
               OTHERS(",{'sid':'S-1-5-21-1-2-3-9','account':'gate','allow':false}"), ""),
         check_resource, OUTCOME_FAIL, "svc-web denies gate", "del-principal svc-web gate"},
        {"us by resource", FACTS(HOLDS, ANY ",'delegates_to':[]", LETS_US, ""), check_resource,
         OUTCOME_PASS, "svc-web lets gate act", NULL},
        {"it cannot be read",
         FACTS(NOT_LISTED, ANY ",'delegates_to':[]", "{" WEB ",'rbcd':{'readable':false}}", ""),
         check_resource, OUTCOME_UNKNOWN, "may not read", NULL},
        {"a list is enough", FACTS(HOLDS, LISTED, NOBODY, ""), check_resource, OUTCOME_NONE, NULL,
         NULL},
        {"another domain", FACTS(NOT_LISTED, LISTED, THEIRS, ""), check_model, OUTCOME_FAIL,
         "FAR.EXAMPLE",
         "Set-ADComputer far -Server FAR.EXAMPLE -PrincipalsAllowedToDelegateToAccount"},
        {"another domain, which may have an account of the connector's name",
         FACTS(NOT_LISTED, LISTED, THEIRS, ""), check_model, OUTCOME_FAIL,
         "let application and connector be of one domain",
         "(Get-ADUser gate -Server CORP.EXAMPLE)"},
        {"another domain, and it holds", FACTS(HOLDS, LISTED, THEIRS, ""), check_model,
         OUTCOME_PASS, NULL, NULL},
        {"by resource, and the KDC does not go by it",
         FACTS(NOT_LISTED, ANY ",'delegates_to':[]", LETS_US, ""), check_model, OUTCOME_FAIL,
         "does not go by that", "add-service gate"},
        {"krbtgt is sensitive",
         FACTS(BOUND_TICKET, LISTED, NOBODY, ",'krbtgt':{'dn':'K','uac':1049090}"), check_krbtgt,
         OUTCOME_FAIL, "no ticket of anybody", "samba-tool user sensitive krbtgt off"},
        {"krbtgt is sensitive, and it holds",
         FACTS(HOLDS, LISTED, NOBODY, ",'krbtgt':{'dn':'K','uac':1049090}"), check_krbtgt,
         OUTCOME_WARN, "domain controllers of Windows", NULL},
        {"krbtgt is sensitive, and something else is why",
         FACTS("'self':" BOUND ",'proxy':" REFUSED("S4U2Proxy", 7, "krb-spn-unknown"), LISTED,
               NOBODY, ",'krbtgt':{'dn':'K','uac':1049090}"),
         check_krbtgt, OUTCOME_WARN, NULL, NULL},
        {"krbtgt is as usual", FACTS(HOLDS, LISTED, NOBODY, ",'krbtgt':{'dn':'K','uac':514}"),
         check_krbtgt, OUTCOME_PASS, NULL, NULL},
    };
    RUN(ROWS);
}

static void of_two_ways_one_is_proposed(void **state) {
    (void)state;
    static const struct unsaid ROWS[] = {
        {"others by resource", FACTS(NOT_LISTED, ANY ",'delegates_to':[]", OTHERS(""), ""),
         check_resource, "msDS-AllowedToDelegateTo'="},
        {"another domain, of which samba-tool knows nobody", FACTS(NOT_LISTED, LISTED, THEIRS, ""),
         check_model, "add-principal"},
        {"others by resource, of Samba's",
         FACTS(NOT_LISTED, ANY ",'delegates_to':[]", OTHERS(""), SAMBA), check_resource,
         "-PrincipalsAllowedToDelegateToAccount"},
    };
    RUN_UNSAID(ROWS);
}

#define TWO(first, second)                                                                         \
    "{'dn':'CN=1','account':'" first                                                               \
    "','sid':'S-1-5-21-1-2-3-7','uac':512,'spns':['HTTP/web.corp.example']},"                      \
    "{'dn':'CN=2','account':'" second                                                              \
    "','sid':'S-1-5-21-1-2-3-8','uac':512,'spns':['http/WEB.corp.example']}"

static void the_owner_of_the_spn_is_judged(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"one", FACTS(HOLDS, LISTED, NOBODY, ""), check_spn_once, OUTCOME_PASS, "svc-web", NULL},
        {"nowhere", FACTS(NO_SPN, LISTED, "", ",'similar':[]"), check_spn_once, OUTCOME_FAIL,
         "on no account", "setspn -S HTTP/web.corp.example ACCOUNT"},
        {"only the short name",
         FACTS(NO_SPN, LISTED, "",
               ",'similar':[{'spn':'HTTP/web','dn':'CN=w','account':'svc-web'}]"),
         check_spn_once, OUTCOME_FAIL, "names the host with or without",
         "samba-tool spn add HTTP/web.corp.example svc-web"},
        {"misspelled in the configuration",
         FACTS(NO_SPN, ANY ",'delegates_to':['HTTP/wep.corp.example']", "",
               ",'similar':[{'spn':'HTTP/wep.corp.example','dn':'CN=w','account':'svc-web'}]"),
         check_spn_once, OUTCOME_FAIL, "differs by a letter", "spn: 'HTTP/wep.corp.example'"},
        {"misspelled behind the host",
         FACTS(NO_SPN, LISTED, "",
               ",'similar':[{'spn':'HTTP/web.corp.exmaple','dn':'CN=w','account':'svc-web'}]"),
         check_spn_once, OUTCOME_FAIL, NULL, "samba-tool spn add HTTP/web.corp.example svc-web"},
        {"misspelled, and the list tells which of two was meant",
         FACTS(NO_SPN, ANY ",'delegates_to':['HTTP/wep.corp.example']", "",
               ",'similar':[{'spn':'HTTP/wab.corp.example','dn':'CN=v','account':'v'},"
               "{'spn':'HTTP/wep.corp.example','dn':'CN=w','account':'svc-web'}]"),
         check_spn_once, OUTCOME_FAIL, NULL, "spn: 'HTTP/wep.corp.example'"},
        {"the host's", FACTS(HOLDS, LISTED, "", ",'host_target':[{'account':'WEB$'}]"),
         check_spn_once, OUTCOME_PASS, "HOST/ of that host is on WEB$", NULL},
        {"two, and the name tells", FACTS(NO_SPN, LISTED, TWO("svc-other", "svc-web"), ""),
         check_spn_once, OUTCOME_FAIL, "svc-other, svc-web",
         "samba-tool spn delete HTTP/web.corp.example svc-other"},
        {"two, and the newer one is wrong", FACTS(NO_SPN, LISTED, TWO("svc-a", "svc-b"), ""),
         check_spn_once, OUTCOME_FAIL, NULL, "setspn -D http/WEB.corp.example svc-b"},
        {"two alike, and the older one is kept",
         FACTS(NO_SPN, LISTED,
               "{'account':'svc-b','sid':'S-1-5-21-1-2-3-8','spns':['HTTP/web.corp.example']},"
               "{'account':'svc-a','sid':'S-1-5-21-1-2-3-7','spns':['HTTP/web.corp.example']}",
               ""),
         check_spn_once, OUTCOME_FAIL, NULL, "setspn -D HTTP/web.corp.example svc-b"},
        {"two, and it holds", FACTS(HOLDS, LISTED, TWO("svc-a", "svc-b"), ""), check_spn_once,
         OUTCOME_WARN, "as soon as", NULL},
        {"no directory", "{" APP "'kerberos':{" NO_SPN "}}", check_spn_once, OUTCOME_UNKNOWN, NULL,
         NULL},
        {"refused for another reason", FACTS(NOT_LISTED, LISTED, "", ""), check_spn_once,
         OUTCOME_NONE, NULL, NULL},
        {"disabled, and tickets are given", FACTS(HOLDS, LISTED, "{" WEB ",'uac':514}", ""),
         check_spn_owner, OUTCOME_WARN, "is disabled", "samba-tool user enable svc-web"},
        {"locked out",
         FACTS("'self':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 19, "krb-other"), LISTED,
               "{" WEB ",'uac':512,'uac_computed':16}", ""),
         check_spn_owner, OUTCOME_FAIL, "locked out", "samba-tool user unlock svc-web"},
        {"expired", FACTS(HOLDS, LISTED, "{" WEB ",'uac':512,'account_expires':1700000000}", ""),
         check_spn_owner, OUTCOME_WARN, "has expired", NULL},
        {"as whom it runs is not seen", FACTS(HOLDS, LISTED, NOBODY, ""), check_spn_owner,
         OUTCOME_UNKNOWABLE, "only its server shows", NULL},
        {"all take the ticket",
         "{" APP "'kerberos':{" HOLDS "},'directory':{'target':[" NOBODY "]},'target':{'nodes':["
         "{'signed_in':{'status':200}},{'signed_in':{'status':302}}]}}",
         check_spn_owner, OUTCOME_PASS, NULL, NULL},
        {"one does not take it",
         "{" APP "'kerberos':{" HOLDS "},'directory':{'target':[" NOBODY "]},'target':{'nodes':["
         "{'signed_in':{'status':200}},{'signed_in':{'status':401}}]}}",
         check_spn_owner, OUTCOME_UNKNOWABLE, NULL, NULL},
        {"on the connector's own account, and not taken",
         "{" APP "'kerberos':{" HOLDS "},'directory':{'connector':{" US "},'target':[{" US
         "}]},'target':{'nodes':[{'signed_in':{'status':401}}]}}",
         check_spn_owner, OUTCOME_FAIL, "connector's own account",
         "samba-tool spn delete HTTP/web.corp.example gate"},
        {"on the connector's own account, and taken",
         "{" APP "'kerberos':{" HOLDS "},'directory':{'connector':{" US "},'target':[{" US
         "}]},'target':{'nodes':[{'signed_in':{'status':200}}]}}",
         check_spn_owner, OUTCOME_PASS, NULL, NULL},
        {"no PAC, and refused", FACTS(NOT_LISTED, LISTED, "{" WEB ",'uac':33554944}", ""),
         check_pac, OUTCOME_FAIL, "without a PAC",
         "$(($(ldbsearch -H /var/lib/samba/private/sam.ldb -s base -b CN=web userAccountControl"},
        {"no PAC", FACTS(HOLDS, LISTED, "{" WEB ",'uac':33554944}", ""), check_pac, OUTCOME_WARN,
         "without a PAC", "@{userAccountControl=($_.userAccountControl -band -bnot 0x2000000)}"},
        {"a PAC", FACTS(HOLDS, LISTED, NOBODY, ""), check_pac, OUTCOME_PASS, NULL, NULL},
    };
    RUN(ROWS);
}

#define SERVERS(list)                                                                              \
    ",'servers':[{'host':'dc1'},{'host':'dc2','connector':{'uac':16843264,'delegates_to':[" list   \
    "]},'target':[{}],'root':{'dc_functionality':7}}]"
#define TRUST(direction, attributes)                                                               \
    "{" APP "'person':{'name':'rita@FAR.EXAMPLE'},'kerberos':{'self':" REFUSED(                    \
        "S4U2Self", 12, "krb-policy") "},'directory':{'realm':'CORP.EXAMPLE','trusts':[{"          \
                                      "'dn':'CN=far','name':'far.example','direction':" #direction \
                                      ",'attributes':" #attributes "}]}}"

static void domains_and_their_controllers_are_judged(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"they agree", FACTS(HOLDS, LISTED, NOBODY, SERVERS("'HTTP/web.corp.example'")),
         check_replication, OUTCOME_PASS, "2 domain controllers agree", NULL},
        {"one has not heard of it", FACTS(NOT_LISTED, LISTED, NOBODY, SERVERS("")),
         check_replication, OUTCOME_FAIL, "dc1 and dc2 do not agree",
         "samba-tool drs replicate dc2"},
        {"one has not heard of it, and it holds", FACTS(HOLDS, LISTED, NOBODY, SERVERS("")),
         check_replication, OUTCOME_WARN, "do not agree", "repadmin /syncall"},
        {"all is right, and refused", FACTS(NOT_LISTED, LISTED, NOBODY, ""), check_replication,
         OUTCOME_FAIL, "has not heard of a change yet", NULL},
        {"refused, and another domain is why", FACTS(NOT_LISTED, LISTED, THEIRS, ""),
         check_replication, OUTCOME_NONE, NULL, NULL},
        {"one server", FACTS(HOLDS, LISTED, NOBODY, ",'servers':[{'host':'dc1'}]"),
         check_replication, OUTCOME_NONE, NULL, NULL},
        {"the directory answers", FACTS(HOLDS, LISTED, NOBODY, ",'servers':[{'host':'dc1'}]"),
         check_directory, OUTCOME_PASS, "dc1 answers", NULL},
        {"no server of it answers",
         "{" APP "'directory':{'error':{'detail':'silent','hint':'open 389'}}}", check_directory,
         OUTCOME_UNKNOWN, "silent", "open 389"},
        {"one that is configured by another name than its own",
         FACTS(HOLDS, LISTED, NOBODY,
               ",'servers':[{'host':'10.0.0.1','is_configured':true,'root':{'dns_host_name':"
               "'dc1.corp.example'},'error':{'detail':'x','hint':'y'}}]"),
         check_directory, OUTCOME_WARN, NULL, "let 10.0.0.1 be dc1.corp.example"},
        {"one does not answer",
         FACTS(HOLDS, LISTED, NOBODY,
               ",'servers':[{'host':'dc1'},{'host':'dc2','error':{'detail':'x'}}]"),
         check_directory, OUTCOME_UNKNOWN, "1 of 2 servers", NULL},
        {"old, and not needed",
         FACTS(HOLDS, LISTED, NOBODY, ",'servers':[{'root':{'dc_functionality':3}}]"), check_level,
         OUTCOME_PASS, NULL, NULL},
        {"old, and needed",
         FACTS(NOT_LISTED, ANY ",'delegates_to':[]", LETS_US,
               ",'servers':[{'host':'dc9','root':{'dc_functionality':4}}]"),
         check_level, OUTCOME_FAIL, "before Windows Server 2012", "dc9"},
        {"two ways", TRUST(3, 8), check_trusts, OUTCOME_PASS, NULL, NULL},
        {"one way", TRUST(2, 8), check_trusts, OUTCOME_FAIL, "we trust them", "netdom trust"},
        {"selective", TRUST(3, 24), check_trusts, OUTCOME_FAIL, "authenticates selectively",
         "Allowed to authenticate"},
        {"no trust to the person's realm",
         "{'app':{'realm':'CORP.EXAMPLE'},'person':{'name':'a@OTHER','name_type':'principal'},"
         "'kerberos':{'self':" REFUSED("S4U2Self", 7,
                                       "krb-user-unknown") "},'directory':{'realm':"
                                                           "'CORP.EXAMPLE','trusts':[]}}",
         check_trusts, OUTCOME_FAIL, "no trust that leads to OTHER",
         "samba-tool domain trust create OTHER"},
        {"no trust is meant", FACTS(HOLDS, LISTED, NOBODY, ",'trusts':[]"), check_trusts,
         OUTCOME_NONE, NULL, NULL},
        {"across forests",
         FACTS("'self':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 12, "krb-policy"), LISTED, THEIRS,
               ",'trusts':[]"),
         check_trusts, OUTCOME_FAIL, "not supported", "connector.kerberos.accounts"},
        {"another client",
         "{" APP "'kerberos':{'self':" REFUSED("S4U2Self", 0, "krb-wrong-client") "}}",
         check_right_client, OUTCOME_FAIL, "refused", "kerbgate trace"},
        {"the right client", "{" APP "'kerberos':{'self':{'ok':true,'client':'alice@CORP'}}}",
         check_right_client, OUTCOME_PASS, "alice@CORP", NULL},
        {"other connectors", FACTS(HOLDS, LISTED, NOBODY, ""), check_other_connectors, OUTCOME_PASS,
         "each of them", NULL},
    };
    RUN(ROWS);
}

static void names_of_strangers_stay_words_in_every_remedy(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"a connector with quotes",
         "{" APP "'kerberos':{" BOUND_TICKET "},'directory':{'connector':{'dn':'CN=x','account':"
         "'a;reboot $(x)','uac':512,'delegates_to':['HTTP/web.corp.example']}}}",
         check_transition, OUTCOME_FAIL, "for-any-protocol 'a;reboot $(x)' on", NULL},
        {"an SPN with quotes",
         "{'app':{'spn':'HTTP/a b'},'kerberos':{" NOT_LISTED "},'directory':{'connector':{'dn':"
         "'CN=x','account':'g','uac':512,'delegates_to':[]}}}",
         check_list, OUTCOME_FAIL, "='HTTP/a b'}", "add-service g 'HTTP/a b'"},
    };
    RUN(ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_connector_may_is_judged),
        cmocka_unit_test(of_two_ways_one_is_proposed),
        cmocka_unit_test(the_owner_of_the_spn_is_judged),
        cmocka_unit_test(domains_and_their_controllers_are_judged),
        cmocka_unit_test(names_of_strangers_stay_words_in_every_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
