/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_target.h"

#define GOOD                                                                                       \
    ",'tls':{'ok':true,'handshake':true,'faults':[],'subject':'CN=web','issuer':'CN=ca','names':[" \
    "'web.corp'],'not_before':1790000000,'not_after':1900000000,'sent':2,'alpn':'http/1.1'}"
#define SOON ",'tls':{'ok':true,'handshake':true,'subject':'CN=web','not_after':1800600000}"
#define BAD(fault)                                                                                 \
    ",'tls':{'ok':false,'handshake':true,'faults':['" fault "'],'subject':'CN=web','names':["      \
    "'node7.corp','*.corp'],'sent':1,'error':{'code':'" fault "','detail':'in OpenSSL words'}}"
#define BROKEN(fault)                                                                              \
    ",'tls':{'ok':false,'handshake':false,'faults':['" fault "'],'error':{'code':'" fault          \
    "','detail':'in OpenSSL words'}}"
#define ASKED ",'tls':{'ok':true,'handshake':true,'not_after':1900000000,'asks_certificate':true}"
#define FAILS "{'ok':false,'error':{'code':'tls','detail':'tlsv13 alert certificate required'}}"
#define HTTPS ",'scheme':'https'"

static const struct target_row ROWS[] = {
    {"no TLS", check_target_tls, TARGET("", NODE(1, "")), LINKS, OUTCOME_NONE, NULL},
    {"a good certificate", check_target_tls, TARGET("", NODE(1, GOOD)), LINKS, OUTCOME_PASS,
     "2030-03-17"},
    {"one that ends soon", check_target_tls, TARGET("", NODE(1, SOON)), LINKS, OUTCOME_WARN,
     "2027-01-22"},
    {"an unknown authority", check_target_tls, TARGET("", NODE(1, BAD("tls-unknown-issuer"))),
     LINK_CONNECT, OUTCOME_FAIL, "backend_tls: { ca: "},
    {"alone, without its chain", check_target_tls, TARGET("", NODE(1, BAD("tls-unknown-issuer"))),
     LINK_CONNECT, OUTCOME_FAIL, "intermediate"},
    {"another name", check_target_tls, TARGET("", NODE(1, BAD("tls-wrong-name"))), LINK_CONNECT,
     OUTCOME_FAIL, "backend_tls: { name: 'node7.corp' }"},
    {"no name that counts", check_target_tls,
     TARGET("", NODE(1, ",'tls':{'ok':false,'handshake':true,'faults':['tls-wrong-name'],'names':[]"
                        ",'error':{'code':'tls-wrong-name'}}")),
     LINK_CONNECT, OUTCOME_FAIL, "no subjectAltName"},
    {"TLS 1.2 that wants a certificate", check_target_tls,
     TARGET("", NODE(1, ",'tls':{'ok':false,'faults':['tls-no-common'],'error':{'code':"
                        "'tls-no-common','detail':'sslv3 alert handshake failure'}}")),
     LINK_CONNECT, OUTCOME_FAIL, "or wants a certificate"},
    {"another name than was configured", check_target_tls,
     TARGET(",'tls_name':'my.corp'", NODE(1, BAD("tls-wrong-name"))), LINK_CONNECT, OUTCOME_FAIL,
     "expected in the certificate: my.corp"},
    {"an old one", check_target_tls, TARGET("", NODE(1, BAD("tls-expired"))), LINK_CONNECT,
     OUTCOME_FAIL, "has expired"},
    {"one of the future", check_target_tls, TARGET("", NODE(1, BAD("tls-not-yet-valid"))),
     LINK_CONNECT, OUTCOME_FAIL, "chronyc tracking"},
    {"one of two is bad", check_target_tls,
     TARGET("", NODE(1, GOOD) "," NODE(2, BAD("tls-expired"))), LINKS, OUTCOME_WARN, "10.0.0.2"},
    {"old versions only", check_target_tls,
     TARGET("", NODE(1, BROKEN("tls-no-common") ",'anonymous':null")), LINK_CONNECT, OUTCOME_FAIL,
     "SCHANNEL"},
    {"no site of that name", check_target_tls, TARGET("", NODE(1, BROKEN("tls-unknown-host"))),
     LINK_CONNECT, OUTCOME_FAIL, "server name indication"},
    {"plain HTTP, which is another check's", check_target_tls,
     TARGET("", NODE(1, BROKEN("tls-is-plain") ",'variants':{'plain':" ASKS "}")), LINK_CONNECT,
     OUTCOME_NONE, NULL},
    {"a certificate is wanted", check_target_tls, TARGET("", NODE(1, ASKED ",'anonymous':" FAILS)),
     LINK_ANSWER, OUTCOME_FAIL, "sslFlags"},
    {"a certificate is welcome", check_target_tls, TARGET("", NODE(1, ASKED ",'anonymous':" ASKS)),
     LINKS, OUTCOME_PASS, NULL},
    {"authorities that cannot be read", check_target_tls,
     TARGET(HTTPS ",'trust_error':{'detail':'CA file x: no such file'}", ""), LINK_CONNECT,
     OUTCOME_FAIL, "no such file"},

    {"HTTP/1.1", check_http2, TARGET("", NODE(1, GOOD)), LINKS, OUTCOME_PASS, NULL},
    {"HTTP/2 only", check_http2, TARGET("", NODE(1, BROKEN("tls-no-http1"))), LINK_CONNECT,
     OUTCOME_FAIL, "HTTP/2 only"},
    {"HTTP/2 only, and it does not say so", check_http2,
     TARGET("", NODE(1, ",'tls':{'ok':true,'alpn_offered_h2':'h2'},'anonymous':" CUT)), LINK_ANSWER,
     OUTCOME_FAIL, "HTTP/2 only"},
    {"a cut by a server of both", check_http2,
     TARGET(
         "",
         NODE(1, ",'tls':{'ok':true,'alpn':'http/1.1','alpn_offered_h2':'h2'},'anonymous':" CUT)),
     LINK_ANSWER, OUTCOME_PASS, NULL},
    {"HTTP/2 unasked", check_http2,
     TARGET("", NODE(1, ",'anonymous':{'ok':false,'error':{'code':'speaks-http2'}}")), LINK_ANSWER,
     OUTCOME_FAIL, "HTTP/1.1 as well"},
};

static void the_tls_of_an_application_is_judged(void **state) {
    (void)state;
    target_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

static void names_in_a_certificate_are_only_text(void **state) {
    (void)state;
    struct checked *t = checked(
        TARGET("", NODE(1, ",'tls':{'ok':false,'handshake':true,'faults':['tls-wrong-name'],'names'"
                           ":['a b; rm -rf /'],'error':{'code':'tls-wrong-name'}}")),
        LINK_CONNECT, check_target_tls);
    assert_true(says(t, "name: 'a b; rm -rf /' }"));
    checked_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tls_of_an_application_is_judged),
        cmocka_unit_test(names_in_a_certificate_are_only_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
