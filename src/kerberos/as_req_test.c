/* SPDX-License-Identifier: Apache-2.0
 *
 * libkrb5's own decoder is the judge.
 */
#include "kerberos/as_req.h"
#include "kerberos/testing.h"

#include <krb5.h>

/* Exported by libkrb5 for KDCs, not declared in krb5.h. */
krb5_error_code decode_krb5_as_req(const krb5_data *in, krb5_kdc_req **out);
void krb5_free_kdc_req(krb5_context context, krb5_kdc_req *request);

static void libkrb5_reads_what_is_asked(void **state) {
    (void)state;
    char memory[AS_REQ_MAX];
    krb5_context context;
    krb5_kdc_req *request;
    char *client, *server;
    struct str message = as_req_write(memory, &(struct as_req){.client = STR("HTTP/gateway"),
                                                               .realm = STR("CORP.EXAMPLE"),
                                                               .now_s = 1800000000,
                                                               .nonce = 0xfedcba98});
    krb5_data der = {.length = (unsigned)message.n, .data = (char *)message.p};
    assert_int_equal(krb5_init_context(&context), 0);
    assert_int_equal(decode_krb5_as_req(&der, &request), 0);
    assert_int_equal(krb5_unparse_name(context, request->client, &client), 0);
    assert_int_equal(krb5_unparse_name(context, request->server, &server), 0);
    assert_string_equal(client, "HTTP/gateway@CORP.EXAMPLE");
    assert_string_equal(server, "krbtgt/CORP.EXAMPLE@CORP.EXAMPLE");
    assert_int_equal((uint32_t)request->till, 1800036000);
    assert_int_equal(request->nonce, 0x7edcba98);
    assert_int_equal(request->nktypes, 5);
    assert_int_equal(request->ktype[0], 18);
    assert_int_equal(request->kdc_options, 0);
    krb5_free_unparsed_name(context, client);
    krb5_free_unparsed_name(context, server);
    krb5_free_kdc_req(context, request);
    krb5_free_context(context);
}

static void names_that_do_not_fit_are_not_asked_for(void **state) {
    (void)state;
    char memory[AS_REQ_MAX], name[AS_REQ_MAX];
    memset(name, 'x', sizeof name);
    static const char *const NAMES[] = {"", "a/b/c/d/e"};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            as_req_write(memory, &(struct as_req){.client = str_of(NAMES[i]), .realm = STR("R")}).n,
            0);
    assert_int_equal(as_req_write(memory, &(struct as_req){.client = str_n(name, sizeof name),
                                                           .realm = STR("R")})
                         .n,
                     0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libkrb5_reads_what_is_asked),
        cmocka_unit_test(names_that_do_not_fit_are_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
