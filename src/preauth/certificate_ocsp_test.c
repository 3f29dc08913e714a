/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/certificate_ocsp.h"

#include "preauth/testing_certificate.h"

#include <openssl/ocsp.h>

static char folder[] = "/tmp/certificate_ocsp_test.XXXXXX";
static struct certificate root, other_root, own, other, responder, false_responder;

enum nonce { NONCE_SAME, NONCE_ANOTHER, NONCE_NONE };

struct row {
    const char *description;
    int status;
    long from_s, to_s; /* from now; to_s 0: it does not say */
    const struct certificate *about, *signer;
    enum nonce nonce;
    enum config_nonce wanted;
    enum err_code code;
    long until_s; /* from now */
};

enum { KEEP_S = 3600, ROUND_S = 5 };

#define GOOD V_OCSP_CERTSTATUS_GOOD
#define NOW -60, 600
#define NO ERR_CERTIFICATE_ANSWER

static const struct row ROWS[] = {
    {"by the authority", GOOD, NOW, &own, &root, NONCE_SAME, NONCE_OPTIONAL, ERR_NONE, 600},
    {"by whom it has charged", GOOD, NOW, &own, &responder, NONCE_SAME, NONCE_OPTIONAL, ERR_NONE,
     600},
    {"by a person", GOOD, NOW, &own, &other, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"by the one it is about", GOOD, NOW, &own, &own, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"by a stranger of its name", GOOD, NOW, &own, &other_root, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"by whom a stranger has charged", GOOD, NOW, &own, &false_responder, NONCE_SAME,
     NONCE_OPTIONAL, NO, 0},
    {"about another", GOOD, NOW, &other, &root, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"revoked", V_OCSP_CERTSTATUS_REVOKED, NOW, &own, &root, NONCE_SAME, NONCE_OPTIONAL,
     ERR_CERTIFICATE_REVOKED, 0},
    {"not known", V_OCSP_CERTSTATUS_UNKNOWN, NOW, &own, &root, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"of yesterday", GOOD, -DAY, -400, &own, &root, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"just over", GOOD, -DAY, -200, &own, &root, NONCE_SAME, NONCE_OPTIONAL, ERR_NONE, 1},
    {"of tomorrow", GOOD, 400, DAY, &own, &root, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"with an end before its beginning", GOOD, 100, 50, &own, &root, NONCE_SAME, NONCE_OPTIONAL, NO,
     0},
    {"good for a week", GOOD, -60, 7 * DAY, &own, &root, NONCE_SAME, NONCE_OPTIONAL, ERR_NONE,
     KEEP_S},
    {"without an end", GOOD, -60, 0, &own, &root, NONCE_SAME, NONCE_OPTIONAL, ERR_NONE,
     OCSP_SKEW_S},
    {"without an end, and old", GOOD, -400, 0, &own, &root, NONCE_SAME, NONCE_OPTIONAL, NO, 0},
    {"another nonce", GOOD, NOW, &own, &root, NONCE_ANOTHER, NONCE_OPTIONAL, NO, 0},
    {"no nonce", GOOD, NOW, &own, &root, NONCE_NONE, NONCE_OPTIONAL, ERR_NONE, 600},
    {"no nonce where one is required", GOOD, NOW, &own, &root, NONCE_NONE, NONCE_REQUIRED, NO, 0},
    {"the nonce that is required", GOOD, NOW, &own, &root, NONCE_SAME, NONCE_REQUIRED, ERR_NONE,
     600},
    {"a nonce where none was sent", GOOD, NOW, &own, &root, NONCE_ANOTHER, NONCE_OFF, ERR_NONE,
     600},
};

/* The bytes of the answer, to be freed. */
static struct str answer_of(const struct row *r, const struct ocsp_question *q) {
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), r->about->x509, root.x509);
    ASN1_TIME *from = X509_gmtime_adj(NULL, r->from_s), *next = X509_gmtime_adj(NULL, r->to_s);
    bool is_revoked = r->status == V_OCSP_CERTSTATUS_REVOKED;
    unsigned char another[16] = "another";
    unsigned char *der = NULL;
    assert_non_null(OCSP_basic_add1_status(basic, id, r->status, is_revoked ? 1 : 0,
                                           is_revoked ? from : NULL, from, r->to_s ? next : NULL));
    if (r->nonce == NONCE_SAME)
        OCSP_copy_nonce(basic, q->of);
    else if (r->nonce == NONCE_ANOTHER)
        OCSP_basic_add1_nonce(basic, another, sizeof another);
    /* Ours has its certificate: one that came along could say what it likes. */
    unsigned long how = r->signer == &root ? OCSP_NOCERTS : 0;
    assert_int_equal(
        OCSP_basic_sign(basic, r->signer->x509, r->signer->key, EVP_sha256(), NULL, how), 1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int n = i2d_OCSP_RESPONSE(response, &der);
    assert_true(n > 0);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(next);
    return str_n((const char *)der, (size_t)n);
}

struct place {
    struct certificate_trust *trust;
    struct certificate_verified verified;
    struct arena arena;
};

static int place_make(void **state) {
    static struct config_certificates c;
    struct err e = {0};
    struct place *p = calloc(1, sizeof *p);
    struct str der = der_of(&own);
    assert_non_null(p);
    c = (struct config_certificates){.ca = root.file, .depth = 3, .strength = 2};
    p->trust = certificate_trust_new(&c, &e);
    arena_init(&p->arena, 1 << 20);
    assert_true(certificate_trust_verify(p->trust, &der, 1, clock_wall_s(), &p->verified, &e));
    der_free(der);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    certificate_verified_fini(&p->verified);
    certificate_trust_free(p->trust);
    arena_fini(&p->arena);
    free(p);
    return 0;
}

static void an_answer_counts_when_it_is_its_own_and_of_now(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct config_ocsp c = {.nonce = ROWS[i].wanted, .keep_s = KEEP_S};
        struct ocsp_question q;
        struct err e = {0};
        int64_t until_s = 0, now_s = clock_wall_s();
        assert_true(certificate_ocsp_ask(&p->arena, &c, &p->verified, &q));
        struct str said = answer_of(&ROWS[i], &q);
        bool ok = certificate_ocsp_read(p->trust, &c, &p->verified, &q, said, now_s, &until_s, &e);
        if (e.code != ROWS[i].code || ok != (e.code == ERR_NONE))
            fail_msg("%s: %s", ROWS[i].description, e.detail);
        if (ok && labs((long)(until_s - now_s - ROWS[i].until_s)) > ROUND_S)
            fail_msg("%s: until %ld", ROWS[i].description, (long)(until_s - now_s));
        certificate_ocsp_fini(&q);
        der_free(said);
    }
}

/* Each byte once another one, and each beginning alone. */
static void nothing_of_an_answer_can_be_changed(void **state) {
    struct place *p = *state;
    struct config_ocsp c = {.nonce = NONCE_REQUIRED, .keep_s = KEEP_S};
    struct ocsp_question q;
    assert_true(certificate_ocsp_ask(&p->arena, &c, &p->verified, &q));
    struct str said = answer_of(&ROWS[0], &q);
    for (size_t i = 0; i < said.n; i++) {
        struct err e = {0};
        int64_t until_s;
        char *byte = (char *)said.p + i, was = *byte;
        assert_false(certificate_ocsp_read(p->trust, &c, &p->verified, &q, str_head(said, i),
                                           clock_wall_s(), &until_s, &e));
        *byte ^= 1;
        if (certificate_ocsp_read(p->trust, &c, &p->verified, &q, said, clock_wall_s(), &until_s,
                                  &e))
            fail_msg("byte %zu of %zu", i, said.n);
        *byte = was;
    }
    certificate_ocsp_fini(&q);
    der_free(said);
}

static void whom_to_ask_is_said_or_stands_in_the_certificate(void **state) {
    struct place *p = *state;
    char ours[] = "http://ours/";
    struct config_ocsp c = {.responder = ours};
    struct issue one = {&root, "clientAuth", NULL, -DAY, DAY, 9};
    struct certificate named = issue(&one, "named"), filed = issue(&one, "filed");
    struct err e = {0};
    certificate_extend(named.x509, root.x509, NID_info_access,
                       "OCSP;URI:ldap://x/,OCSP;URI:http://theirs/");
    certificate_extend(filed.x509, root.x509, NID_info_access, "OCSP;URI:file:///etc/passwd");
    assert_string_equal(certificate_ocsp_url(&p->arena, &c, named.x509, &e), "http://ours/");
    c.responder = NULL;
    assert_string_equal(certificate_ocsp_url(&p->arena, &c, named.x509, &e), "http://theirs/");
    assert_null(certificate_ocsp_url(&p->arena, &c, filed.x509, &e));
    assert_int_equal(e.code, ERR_CERTIFICATE_SILENT);
    assert_null(certificate_ocsp_url(&p->arena, &c, own.x509, &e));
    issue_free(&named);
    issue_free(&filed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_counts_when_it_is_its_own_and_of_now),
        cmocka_unit_test(nothing_of_an_answer_can_be_changed),
        cmocka_unit_test(whom_to_ask_is_said_or_stands_in_the_certificate),
    };
    struct issue person = {&root, "clientAuth", NULL, -DAY, DAY, 5};
    struct issue signs = {&root, "OCSPSigning", NULL, -DAY, DAY, 7};
    assert_non_null(mkdtemp(folder));
    root = certificate_make(NULL, folder, "root", NULL, 9 * DAY);
    other_root = issue(&(struct issue){NULL, NULL, "critical,CA:TRUE", -DAY, DAY, 1}, "root");
    own = issue(&person, "alice");
    person.serial = 6;
    other = issue(&person, "bob");
    responder = issue(&signs, "responder");
    signs.by = &other_root;
    false_responder = issue(&signs, "responder");
    int failed = cmocka_run_group_tests(tests, place_make, place_remove);
    certificate_remove(&root);
    struct certificate *all[] = {&other_root, &own, &other, &responder, &false_responder};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        issue_free(all[i]);
    rmdir(folder);
    return failed;
}
