/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include "doctor/chain.h"

#define KERBEROS(more) "{'app':{'sso':'kerberos'},'person':{'asked':'a','name':'a@R'}," more "}"
#define NODE(more) "{'address':'10.0.0.2','tcp':{'ok':true,'us':3}," more "}"
#define NODES(list) "'target':{'nodes':[" list "]}"

static const struct {
    const char *what, *facts;
    enum doctor_link link;
    enum link_state state;
} ROWS[] = {
    {"a keytab that cannot be read", KERBEROS("'kerberos':{'keytab':{'detail':'no'}}"), LINK_HOST,
     LINK_FAILS},
    {"a configuration with an error", KERBEROS("'host':{'config':{'errors':['no']}}"), LINK_HOST,
     LINK_FAILS},
    {"a name that is none", "{'app':{'sso':'kerberos'},'person':{'error':{'detail':'no'}}}",
     LINK_PERSON, LINK_FAILS},
    {"a person whom nobody named", "{'app':{'sso':'kerberos'}}", LINK_PERSON, LINK_UNKNOWN},
    {"a KDC that gave the ticket", KERBEROS("'kerberos':{'tgt':{'ok':true}}"), LINK_KDC,
     LINK_HOLDS},
    {"a KDC of another realm that is silent",
     KERBEROS("'kerberos':{'tgt':{'ok':true},'self':{'ok':false,'error':'krb-kdc-unreachable'}}"),
     LINK_KDC, LINK_FAILS},
    {"and that is no failure of the exchange",
     KERBEROS("'kerberos':{'tgt':{'ok':true},'self':{'ok':false,'error':'krb-kdc-unreachable'}}"),
     LINK_SELF, LINK_NOT_REACHED},
    {"KDCs that answered before the time was over",
     KERBEROS("'kerberos':{'kdcs':[{'tcp':{'ok':true}}]}"), LINK_KDC, LINK_UNKNOWN},
    {"KDCs that are all silent",
     KERBEROS("'kerberos':{'kdcs':[{'tcp':{'ok':false},'udp':{'ok':false}}]}"), LINK_KDC,
     LINK_FAILS},
    {"an exchange that was refused", KERBEROS("'kerberos':{'tgt':{'ok':false,'error':'x'}}"),
     LINK_TGT, LINK_FAILS},
    {"what comes behind it", KERBEROS("'kerberos':{'tgt':{'ok':false,'error':'x'}}"), LINK_PROXY,
     LINK_NOT_REACHED},
    {"a name that leads nowhere", KERBEROS("'target':{'dns':{'error':{'detail':'no'}}}"),
     LINK_CONNECT, LINK_FAILS},
    {"two dead nodes", KERBEROS(NODES("{'tcp':{'ok':false}},{'tcp':{'ok':false}}")), LINK_CONNECT,
     LINK_FAILS},
    {"one dead node of two, which costs a moment and nothing else",
     KERBEROS(NODES(NODE("'x':1") ",{'tcp':{'ok':false,'error':{'detail':'no'}}}")), LINK_CONNECT,
     LINK_HOLDS},
    {"a certificate that is not trusted",
     KERBEROS(NODES(NODE("'tls':{'ok':false,'error':{'detail':'no'}}"))), LINK_CONNECT, LINK_FAILS},
    {"a ticket that is taken", KERBEROS(NODES(NODE("'signed_in':{'ok':true,'status':200}"))),
     LINK_ANSWER, LINK_HOLDS},
    {"a redirect", KERBEROS(NODES(NODE("'signed_in':{'ok':true,'status':302}"))), LINK_ANSWER,
     LINK_HOLDS},
    {"a ticket that is refused", KERBEROS(NODES(NODE("'signed_in':{'ok':true,'status':401}"))),
     LINK_ANSWER, LINK_FAILS},
    {"a ticket that one of two refuses",
     KERBEROS(NODES(NODE("'signed_in':{'ok':true,'status':401}") "," NODE(
         "'signed_in':{'ok':true,'status':200}"))),
     LINK_ANSWER, LINK_FAILS},
    {"no answer", KERBEROS(NODES(NODE("'signed_in':{'ok':false,'error':{'detail':'no'}}"))),
     LINK_ANSWER, LINK_FAILS},
    {"an app without tickets that wants a password",
     "{'app':{'sso':'none'}," NODES(NODE("'anonymous':{'ok':true,'status':401}")) "}", LINK_ANSWER,
     LINK_HOLDS},
    {"an app without tickets that is broken",
     "{'app':{'sso':'none'}," NODES(NODE("'anonymous':{'ok':true,'status':500}")) "}", LINK_ANSWER,
     LINK_FAILS},
    {"an app without tickets has no exchanges", "{'app':{'sso':'headers'}}", LINK_TGT, LINK_ABSENT},
};

static void the_facts_say_how_far_a_chain_came(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char *json = strdup(ROWS[i].facts);
        assert_non_null(json);
        for (char *p = json; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        json_t *facts = json_loads(json, 0, NULL);
        struct chain c;
        assert_non_null(facts);
        chain_of(facts, &c);
        if (c.state[ROWS[i].link] != ROWS[i].state)
            fail_msg("%s: state %d", ROWS[i].what, c.state[ROWS[i].link]);
        json_decref(facts);
        free(json);
    }
}

static void the_first_link_that_fails_is_the_broken_one(void **state) {
    (void)state;
    struct chain c = {.state = {[LINK_SELF] = LINK_FAILS, [LINK_CONNECT] = LINK_FAILS}};
    assert_int_equal(chain_broken(&c), LINK_SELF);
    assert_int_equal(chain_broken(&(struct chain){.state = {[LINK_TGT] = LINK_UNKNOWN}}), LINKS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_facts_say_how_far_a_chain_came),
        cmocka_unit_test(the_first_link_that_fails_is_the_broken_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
