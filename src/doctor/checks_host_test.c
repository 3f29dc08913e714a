/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

struct row {
    const char *what;
    void (*judge)(struct checking *c);
    const char *facts;
    enum doctor_link broken;
    enum doctor_outcome outcome;
    const char *words; /* in what is said; NULL: nothing is looked for */
};

#define GOOD_KDC                                                                                   \
    "{'realm':'CORP','host':'dc1','source':'krb5.conf','address':'10.0.0.1:88','tcp':{'ok':true}," \
    "'udp':{'ok':true},'clock':{'skew_s':2}}"
#define DEAD_KDC                                                                                   \
    "{'realm':'CORP','host':'dc2','source':'srv','address':'[fd00::2]:88','tcp':{'ok':false,"      \
    "'error':'Connection refused'},'udp':{'ok':false,'error':'no answer in time'}}"
#define KDCS(list) "{'app':{'realm':'CORP'},'kerberos':{'kdcs':[" list "]}}"
#define ACCESS(answer)                                                                             \
    "{'app':{'name':'hr'},'person':{'subject':'alice@CORP','access':{" answer "}}}"
#define CLOCK(seconds) KDCS("{'host':'dc1','address':'a','clock':{'skew_s':" seconds "}}")

static const struct row ROWS[] = {
    {"no configuration was looked at", check_configuration, "{}", LINKS, OUTCOME_NONE, NULL},
    {"a sound configuration", check_configuration,
     "{'host':{'config':{'file':'k.yaml','warnings':"
     "[]}}}",
     LINKS, OUTCOME_PASS, "k.yaml"},
    {"an error in it", check_configuration,
     "{'host':{'config':{'file':'k y','errors':['k.yaml:3:1: no such file']}}}", LINK_HOST,
     OUTCOME_FAIL, "kerbgate check --config 'k y'"},
    {"a warning in it", check_configuration,
     "{'host':{'config':{'file':'k.yaml','warnings':['k.yaml:3:1: warning: old']}}}", LINKS,
     OUTCOME_WARN, "warning: old"},
    {"rights that cannot be given up", check_configuration,
     "{'host':{'rights':{'detail':'no such account'},'config':{'file':'k'}}}", LINK_HOST,
     OUTCOME_FAIL, "no such account"},
    {"a keytab that cannot be read", check_keytab_key,
     "{'app':{'principal':'svc kg@CORP'},'host':{'user_is_root':false},'kerberos':{'keytab':"
     "{'ok':false,'detail':'the keytab k cannot be used'}}}",
     LINK_HOST, OUTCOME_FAIL, "--principal='svc kg'"},
    {"a certificate that a wrong clock calls old", check_configuration,
     "{'host':{'config':{'file':'k','errors':['expired']}},'kerberos':{'kdcs':[{'host':'dc1',"
     "'clock':{'skew_s':31536000}}]}}",
     LINK_HOST, OUTCOME_FAIL, "31536000 s ahead of that of dc1"},
    {"a krb5.conf that cannot be read", check_configuration,
     "{'host':{'config':{'file':'/k.yaml'},'krb5_conf':'/k.conf'},'kerberos':{'keytab':{'ok':false,"
     "'detail':'/k.conf cannot be used: Syntax error'}}}",
     LINK_HOST, OUTCOME_FAIL, "Syntax error"},
    {"and that is nothing of the keytab's", check_keytab_key,
     "{'host':{'krb5_conf':'/k.conf'},'kerberos':{'keytab':{'ok':false,'detail':'/k.conf cannot be "
     "used'}}}",
     LINK_HOST, OUTCOME_NONE, NULL},
    {"a command that the configuration's check has", check_configuration,
     "{'host':{'config':{'file':'/k.yaml','errors':['k.yaml:1: all may read it; type: chmod go= "
     "/k']}}}",
     LINK_HOST, OUTCOME_FAIL, "\"chmod go= /k\""},
    {"a file whose name looks as if it had one", check_configuration,
     "{'host':{'config':{'file':'/k.yaml','errors':['k.yaml:1: x; type: reboot #: all may read it; "
     "type: chmod go= \\u0027x; type: reboot #\\u0027']}}}",
     LINK_HOST, OUTCOME_FAIL,
     "[{\"shell\": \"shell\", \"who\": \"root on this host\", \"command\": \"kerbgate check"},
    {"none of two answers, and DNS has one that does", check_kdc_reachable,
     "{'app':{'realm':'CORP'},'kerberos':{'kdcs':[{'host':'dc9','realm':'CORP','source':'krb5.conf'"
     ","
     "'address':'10.0.0.9:88'},{'host':'dc1','realm':'CORP','source':'srv','address':"
     "'10.0.0.1:88','tcp':{'ok':true},'udp':{'ok':true}}]}}",
     LINK_TGT, OUTCOME_FAIL, "kdc = dc1"},
    {"a name in a keytab that differs in its letters alone", check_keytab_key,
     "{'app':{'principal':'svc@CORP'},'kerberos':{'keytab':{'ok':false,'detail':'the keytab k has "
     "no "
     "key for svc@CORP; it holds other@CORP, SVC@CORP'}}}",
     LINK_HOST, OUTCOME_FAIL, "principal: 'SVC@CORP'"},
    {"a good keytab", check_keytab_key, "{'kerberos':{'keytab':{'entries':[]}}}", LINKS,
     OUTCOME_PASS, NULL},
    {"no KDC was looked for", check_kdc_known, "{}", LINKS, OUTCOME_NONE, NULL},
    {"none is named", check_kdc_known, KDCS(""), LINK_KDC, OUTCOME_FAIL, "_kerberos._tcp.CORP"},
    {"a wrong port in krb5.conf", check_kdc_reachable,
     "{'host':{'krb5_conf':'k.conf'},'kerberos':{'kdcs':[{'host':'dc1','source':'krb5.conf',"
     "'address':'10.0.0.1:8888','tcp':{'ok':false},'udp':{'ok':false}}]}}",
     LINK_KDC, OUTCOME_FAIL, "let the line be kdc = 10.0.0.1"},
    {"the library knows none, and DNS does", check_kdc_known,
     "{'app':{'realm':'CORP'},'kerberos':{'tgt':{'ok':false,'code':-1765328230},'kdcs':[{'host':"
     "'dc1','realm':'CORP','source':'srv','address':'10.0.0.1:88','tcp':{'ok':true}}]}}",
     LINK_KDC, OUTCOME_FAIL, "kdc = 10.0.0.1:88\\n"},
    {"the same at a port of its own", check_kdc_known,
     "{'app':{'realm':'CORP'},'kerberos':{'tgt':{'ok':false,'code':-1765328230},'kdcs':[{'host':"
     "'dc1','realm':'CORP','source':'srv','address':'[fd00::2]:8888','tcp':{'ok':true}}]}}",
     LINK_KDC, OUTCOME_FAIL, "kdc = [fd00::2]:8888\\n"},
    {"one has a name that leads nowhere", check_kdc_known,
     KDCS(GOOD_KDC ",{'host':'dc9','source':'krb5.conf','name_error':'unknown'}"), LINKS,
     OUTCOME_WARN, "dc9"},
    {"the only one has a name that leads nowhere", check_kdc_known,
     KDCS("{'host':'dc9','source':'krb5.conf','name_error':'unknown'}"), LINK_KDC, OUTCOME_FAIL,
     "dc9"},
    {"one of DNS has a name that only DNS knows", check_kdc_known,
     KDCS(GOOD_KDC ",{'host':'dc9','source':'srv','name_error':'unknown'}"), LINKS, OUTCOME_PASS,
     NULL},
    {"all answer", check_kdc_reachable, KDCS(GOOD_KDC), LINKS, OUTCOME_PASS, NULL},
    {"one of two does not", check_kdc_reachable, KDCS(GOOD_KDC "," DEAD_KDC), LINKS, OUTCOME_WARN,
     "nc -vz -w 3 fd00::2 88"},
    {"none answers", check_kdc_reachable, KDCS(DEAD_KDC), LINK_KDC, OUTCOME_FAIL,
     "Connection refused"},
    {"nobody had the time to look", check_kdc_reachable, "{}", LINK_KDC, OUTCOME_FAIL, "in time"},
    {"only TCP", check_kdc_reachable,
     KDCS("{'host':'dc1','address':'10.0.0.1:88','tcp':{'ok':true},'udp':{'ok':false}}"), LINKS,
     OUTCOME_WARN, "over TCP only"},
    {"one that breaks off when people's tickets are asked for", check_kdc_reachable,
     "{'kerberos':{'kdcs':[" GOOD_KDC "],'tgt':{'ok':true,'kdc':'10.0.0.1:88'},'self':{'ok':false,"
     "'error':'krb-kdc-unreachable','kdc':'10.0.0.1:88'}}}",
     LINK_KDC, OUTCOME_FAIL, "breaks off"},
    {"another one, of another realm, is not meant by that", check_kdc_reachable,
     "{'kerberos':{'kdcs':[" GOOD_KDC "],'tgt':{'ok':true,'kdc':'10.0.0.1:88'},'self':{'ok':false,"
     "'error':'krb-kdc-unreachable','kdc':'10.9.0.1:88'}}}",
     LINKS, OUTCOME_PASS, NULL},
    {"nor one that refers to a realm of which nobody is known", check_kdc_reachable,
     "{'kerberos':{'kdcs':[" GOOD_KDC "],'tgt':{'ok':true,'kdc':'10.0.0.1:88'},'self':{'ok':false,"
     "'code':68,'error':'krb-kdc-unreachable','kdc':'10.0.0.1:88'}}}",
     LINKS, OUTCOME_PASS, NULL},
    {"one that says nothing then", check_kdc_reachable,
     "{'person':{'name':'a@C'},'kerberos':{'kdcs':[" GOOD_KDC "],'tgt':{'ok':true,'kdc':'d'}}}",
     LINKS, OUTCOME_FAIL, "does not answer in time"},
    {"one that is slow", check_kdc_reachable,
     "{'app':{'ticket_timeout_ms':5000},'kerberos':{'kdcs':[" GOOD_KDC "],'tgt':{'ok':true},"
     "'self':{'ok':true,'us':1500000},'proxy':{'ok':true,'us':1500000}}}",
     LINKS, OUTCOME_WARN, "need 3000 ms"},
    {"one that is too slow", check_kdc_reachable,
     "{'app':{'ticket_timeout_ms':2000},'kerberos':{'kdcs':[" GOOD_KDC "],'tgt':{'ok':true},"
     "'self':{'ok':true,'us':1500000},'proxy':{'ok':true,'us':1500000}}}",
     LINKS, OUTCOME_FAIL, "kerberos: { timeout: 30s }"},
    {"clocks that agree", check_clock, KDCS(GOOD_KDC), LINKS, OUTCOME_PASS, NULL},
    {"a minute behind", check_clock, CLOCK("-61"), LINKS, OUTCOME_WARN, "61 s behind that of dc1"},
    {"five minutes ahead, and it breaks", check_clock, CLOCK("301"), LINK_SELF, OUTCOME_FAIL,
     "301 s ahead of that of dc1"},
    {"five minutes ahead of one that was not asked", check_clock, CLOCK("301"), LINKS, OUTCOME_WARN,
     "301 s"},
    {"in maintenance", check_allowed, "{'app':{'name':'hr','maintenance':true}}", LINKS,
     OUTCOME_FAIL, "maintenance: off"},
    {"let in", check_allowed, ACCESS("'answer':'yes'"), LINKS, OUTCOME_PASS, NULL},
    {"not on the list", check_allowed, ACCESS("'answer':'no','why':'not among allow.users'"), LINKS,
     OUTCOME_FAIL, "allow: { users: ['alice@CORP'] }"},
    {"one whose name is more than a name in YAML", check_allowed,
     "{'app':{'name':'hr'},'person':{'subject':'x\\u0027, *, "
     "\\u0022','access':{'answer':'no','why':"
     "'not among allow.users'}}}",
     LINKS, OUTCOME_FAIL, "allow: { users: ['x'', *, \\\"'] }"},
    {"kept out by a rule", check_allowed,
     ACCESS("'answer':'no','why':'it is none of allow.hours','rule':'k.yaml:7'"), LINKS,
     OUTCOME_FAIL, "the allow at k.yaml:7"},
    {"it depends on groups", check_allowed,
     ACCESS("'answer':'unknown','why':'it depends on the groups of the sign-in'"), LINKS,
     OUTCOME_UNKNOWN, "groups of the sign-in"},
    {"an app that nobody signs in to", check_allowed,
     "{'app':{'name':'hr'},'person':{'subject':'alice@CORP'}}", LINKS, OUTCOME_PASS, NULL},
    {"a claim that makes no name", check_claim,
     "{'app':{'claim':'sid'},'person':{'asked':'x','error':{'detail':'is not a SID'}}}",
     LINK_PERSON, OUTCOME_FAIL, "is not a SID"},
    {"a SPN that is not allowed", check_own_lists,
     "{'app':{'spn':'HTTP/"
     "hr'},'kerberos':{'policy':{'error':'krb-spn-not-allowed','detail':'no'}}}",
     LINK_PERSON, OUTCOME_FAIL, "allow_spns: ['HTTP/hr']"},
    {"a person who is denied", check_own_lists,
     "{'kerberos':{'policy':{'error':'krb-user-denied','detail':'denied','hint':'deny_users'}}}",
     LINK_PERSON, OUTCOME_FAIL, "deny_users"},
    {"own tickets", check_own_ticket, "{'app':{'ticket':'own'}}", LINKS, OUTCOME_UNKNOWABLE,
     "password"},
    {"the KDC's words", check_kdc_says_proxy,
     "{'kerberos':{'proxy':{'ok':false,'detail':'may not','hint':'do','step':'S4U2Proxy','code':13,"
     "'nt_status':3221226098}}}",
     LINK_PROXY, OUTCOME_FAIL, "NTSTATUS C0000272"},
    {"an exchange that was not made", check_kdc_says_self, "{}", LINK_TGT, OUTCOME_NONE, NULL},
};

static void each_case_is_judged_rightly(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct checked *t = checked(ROWS[i].facts, ROWS[i].broken, ROWS[i].judge);
        if (t->c.outcome != ROWS[i].outcome || (ROWS[i].words && !says(t, ROWS[i].words))) {
            char *said = json_dumps(t->c.remedies, 0);
            fail_msg("%s: outcome %d, %s, %s", ROWS[i].what, t->c.outcome,
                     facts_text(t->c.detail, "0"), said);
        }
        if (t->c.outcome == OUTCOME_FAIL)
            assert_true(json_array_size(t->c.remedies) > 0 || !ROWS[i].words);
        checked_free(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_is_judged_rightly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
