/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_metadata.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char FINE[] =
    "{\"issuer\":\"https://idp.example/t\",\"authorization_endpoint\":\"https://idp.example/"
    "a?x=1\","
    "\"token_endpoint\":\"https://idp.example/t\",\"jwks_uri\":\"https://idp.example/k\","
    "\"userinfo_endpoint\":\"https://idp.example/u\","
    "\"end_session_endpoint\":\"https://idp.example/e\","
    "\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://mtls.idp.example/t\"},"
    "\"authorization_response_iss_parameter_supported\":true,"
    "\"response_types_supported\":[\"id_token\",\"code\"],"
    "\"code_challenge_methods_supported\":[\"plain\",\"S256\"],"
    "\"token_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"tls_client_auth\"]}";

static struct config_oidc provider(void) {
    static char issuer[] = "https://idp.example/t", client[] = "kerbgate";
    return (struct config_oidc){.issuer = issuer, .client_id = client};
}

static void endpoints_are_read(void **state) {
    struct config_oidc c = provider();
    struct oidc_metadata m;
    struct err e;
    (void)state;
    assert_true(oidc_metadata_read(STR(FINE), &c, &m, &e));
    assert_string_equal(m.authorization_endpoint, "https://idp.example/a?x=1");
    assert_string_equal(m.token_endpoint, "https://idp.example/t");
    assert_string_equal(m.end_session_endpoint, "https://idp.example/e");
    assert_true(m.sends_issuer);
    oidc_metadata_fini(&m);
    c.authentication = CLIENT_TLS;
    assert_true(oidc_metadata_read(STR(FINE), &c, &m, &e));
    assert_string_equal(m.token_endpoint, "https://mtls.idp.example/t");
    oidc_metadata_fini(&m);
}

static void what_does_not_fit_is_refused(void **state) {
    static const struct {
        const char *change;
        enum err_code code;
    } ROWS[] = {
        {"{\"issuer\":\"https://idp.example/t/\"}", ERR_IDP_CONFIG},
        {"{\"issuer\":\"https://evil.example/\"}", ERR_IDP_CONFIG},
        {"{\"issuer\":null}", ERR_IDP_CONFIG},
        {"{\"issuer\":[\"https://idp.example/t\"]}", ERR_IDP_CONFIG},
        {"{\"authorization_endpoint\":null}", ERR_IDP_CONFIG},
        {"{\"authorization_endpoint\":\"http://idp.example/\"}", ERR_IDP_CONFIG},
        {"{\"token_endpoint\":null}", ERR_IDP_CONFIG},
        {"{\"token_endpoint\":\"https://\"}", ERR_IDP_CONFIG},
        {"{\"token_endpoint\":7}", ERR_IDP_CONFIG},
        {"{\"jwks_uri\":\"file:///etc/passwd\"}", ERR_IDP_CONFIG},
        {"{\"jwks_uri\":null}", ERR_IDP_CONFIG},
        {"{\"userinfo_endpoint\":\"gopher://x/\"}", ERR_IDP_CONFIG},
        {"{\"userinfo_endpoint\":null}", ERR_NONE},
        {"{\"end_session_endpoint\":\"https://a@b/\"}", ERR_IDP_CONFIG},
        {"{\"end_session_endpoint\":null}", ERR_NONE},
        {"{\"response_types_supported\":[\"id_token\"]}", ERR_IDP_CONFIG},
        {"{\"response_types_supported\":null}", ERR_IDP_CONFIG},
        {"{\"code_challenge_methods_supported\":[\"plain\"]}", ERR_IDP_CONFIG},
        {"{\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]}", ERR_IDP_CONFIG},
    };
    struct config_oidc c = provider();
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct oidc_metadata m;
        struct err e = {.code = ERR_NONE};
        json_t *root = json_loads(FINE, 0, NULL), *change = json_loads(ROWS[i].change, 0, NULL);
        json_object_update(root, change);
        char *text = json_dumps(root, 0);
        bool is_read = oidc_metadata_read(str_of(text), &c, &m, &e);
        if (is_read != (ROWS[i].code == ERR_NONE) || e.code != ROWS[i].code)
            fail_msg("%s: %s", ROWS[i].change, e.detail);
        oidc_metadata_fini(&m);
        free(text);
        json_decref(change);
        json_decref(root);
    }
}

static void of_an_issuer_of_access_tokens_its_name_and_keys_are_enough(void **state) {
    static const struct {
        const char *text;
        enum err_code code;
    } ROWS[] = {
        {FINE, ERR_NONE},
        {"{\"issuer\":\"https://idp.example/t\",\"jwks_uri\":\"https://k.example/\"}", ERR_NONE},
        {"{\"issuer\":\"https://idp.example\",\"jwks_uri\":\"https://k.example/\"}",
         ERR_IDP_CONFIG},
        {"{\"jwks_uri\":\"https://k.example/\"}", ERR_IDP_CONFIG},
        {"{\"issuer\":\"https://idp.example/t\"}", ERR_IDP_CONFIG},
        {"{\"issuer\":\"https://idp.example/t\",\"jwks_uri\":\"http://k.example/\"}",
         ERR_IDP_CONFIG},
        {"[]", ERR_IDP_ANSWER},
    };
    struct config_oidc c = provider();
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct oidc_metadata m;
        struct err e = {.code = ERR_NONE};
        bool is_read = oidc_metadata_read_issuer(str_of(ROWS[i].text), &c, &m, &e);
        if (is_read != (ROWS[i].code == ERR_NONE) || e.code != ROWS[i].code)
            fail_msg("%s: %s", ROWS[i].text, e.detail);
        oidc_metadata_fini(&m);
    }
}

static void what_is_no_json_object_is_no_metadata(void **state) {
    static const char *const ROWS[] = {"", "[]", "7", "<html>", "{\"issuer\":1,\"issuer\":2}", "{"};
    struct config_oidc c = provider();
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct oidc_metadata m;
        struct err e = {.code = ERR_NONE};
        assert_false(oidc_metadata_read(str_of(ROWS[i]), &c, &m, &e));
        assert_int_equal(e.code, ERR_IDP_ANSWER);
    }
}

static void an_endpoint_is_a_url_without_surprises(void **state) {
    static const struct {
        const char *url;
        bool is_fine;
    } ROWS[] = {
        {"https://idp.example", true},
        {"https://idp.example:8443/a/b?c=d&e", true},
        {"https://[::1]/x", true},
        {"https://idp.example?x", true},
        {"", false},
        {"https:///x", false},
        {"https://?x", false},
        {"HTTPS://idp.example/", false},
        {"https://a:b@idp.example/", false},
        {"https://idp.example/#x", false},
        {"https://idp.example/ x", false},
        {"https://idp.example/\r\nX: y", false},
        {"https://idp.example/\"><script>", false},
        {"https://idp.example\\@evil.example/", false},
        {"https://idp.example/\xc3\xa4", false},
        {"https://idp.example:99999/", false},
        {"//idp.example/", false},
        {"javascript:alert(1)", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (oidc_url_is_fine(str_of(ROWS[i].url)) != ROWS[i].is_fine)
            fail_msg("%s", ROWS[i].url);
}

static void the_metadata_are_below_the_issuer(void **state) {
    static const char *const ROWS[][2] = {
        {"https://idp.example", "https://idp.example/.well-known/openid-configuration"},
        {"https://idp.example/", "https://idp.example/.well-known/openid-configuration"},
        {"https://idp.example/t/v2", "https://idp.example/t/v2/.well-known/openid-configuration"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char *url = oidc_metadata_url(ROWS[i][0]);
        assert_string_equal(url, ROWS[i][1]);
        free(url);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_are_read),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(of_an_issuer_of_access_tokens_its_name_and_keys_are_enough),
        cmocka_unit_test(what_is_no_json_object_is_no_metadata),
        cmocka_unit_test(an_endpoint_is_a_url_without_surprises),
        cmocka_unit_test(the_metadata_are_below_the_issuer),
    };
    return cmocka_run_group_tests_name("preauth/oidc_metadata", tests, NULL, NULL);
}
