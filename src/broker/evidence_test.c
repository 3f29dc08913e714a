/* SPDX-License-Identifier: Apache-2.0
 *
 * The hook is taken from libkrb5's hands and fed with answers: no KDC is needed to be one.
 */
#include "broker/testing.h"

#include "base/clock.h"
#include "broker/evidence.h"
#include "kerberos/der.h"

#include <time.h>

static krb5_post_recv_fn hook;
static krb5_pre_send_fn on_send;
static krb5_trace_callback on_trace;
static void *hook_user;

/* In libkrb5's place. */
void krb5_set_kdc_recv_hook(krb5_context context, krb5_post_recv_fn recv_hook, void *data) {
    (void)context;
    hook = recv_hook;
    hook_user = data;
}

void krb5_set_kdc_send_hook(krb5_context context, krb5_pre_send_fn send_hook, void *data) {
    (void)context;
    (void)data;
    on_send = send_hook;
}

krb5_error_code krb5_set_trace_callback(krb5_context context, krb5_trace_callback fn, void *data) {
    (void)context;
    (void)data;
    on_trace = fn;
    return 0;
}

static void add_field(struct buf *out, uint8_t number, uint8_t tag, struct str content) {
    char memory[1024];
    struct der_writer w = der_writer(memory, sizeof memory);
    der_put(&w, content);
    der_wrap(&w, tag, 0);
    der_wrap(&w, DER_FIELD(number), 0);
    assert_false(w.failed);
    buf_add(out, der_written(&w));
}

/* A KRB-ERROR of a KDC whose clock is off by `off_s`. */
static void add_error(struct buf *out, char code, int64_t off_s) {
    struct buf fields;
    char text[32], memory[1024];
    time_t now = (time_t)(clock_wall_s() + off_s);
    struct tm tm;
    strftime(text, sizeof text, "%Y%m%d%H%M%SZ", gmtime_r(&now, &tm));
    buf_init(&fields, 1024);
    add_field(&fields, 4, 0x18, str_of(text));
    add_field(&fields, 6, 0x02, str_n(&code, 1));
    struct der_writer w = der_writer(memory, sizeof memory);
    der_put(&w, buf_str(&fields));
    der_wrap(&w, 0x30, 0);
    der_wrap(&w, 0x7e, 0);
    assert_false(w.failed);
    buf_add(out, der_written(&w));
    buf_fini(&fields);
}

static void answer(krb5_error_code code, struct str reply) {
    krb5_data untouched, *new_reply = &untouched;
    char copy[4096];
    krb5_data data = {.length = (unsigned)reply.n, .data = copy};
    assert_true(reply.n <= sizeof copy);
    if (reply.n)
        memcpy(copy, reply.p, reply.n);
    /* libkrb5 asserts that the code is the one it gave. */
    assert_int_equal(hook(NULL, hook_user, code, NULL, NULL, &data, &new_reply), code);
    assert_null(new_reply);
}

static void answer_error(char code, int64_t off_s) {
    struct buf b;
    buf_init(&b, 4096);
    add_error(&b, code, off_s);
    answer(0, buf_str(&b));
    buf_fini(&b);
}

static void the_last_answer_of_a_step_is_kept(void **state) {
    (void)state;
    struct evidence v;
    evidence_attach(&v, NULL);
    evidence_begin(&v, "S4U2Proxy");
    answer_error(52, 0);
    answer_error(13, 600);
    assert_int_equal(v.last.code, 13);
    assert_string_equal(v.last.step, "S4U2Proxy");
    assert_in_range(-v.skew_s, 598, 601);
    evidence_begin(&v, "S4U2Self");
    assert_int_equal(v.last.code, 0);
    assert_true(v.skew_s == 0);
}

static void an_answer_without_an_error_or_none_forgets_the_code(void **state) {
    (void)state;
    struct evidence v;
    evidence_attach(&v, NULL);
    evidence_begin(&v, "AS-REQ");
    answer_error(25, -600);
    assert_in_range(v.skew_s, 599, 602);
    answer(0, STR("\x6b\x00"));
    assert_true(v.last.code == 0 && v.skew_s == 0);
    answer_error(25, 0);
    answer(0, STR("garbage"));
    assert_int_equal(v.last.code, 0);
    answer_error(25, 0);
    answer(KRB5_KDC_UNREACH, STR_NONE);
    assert_int_equal(v.last.code, 0);
    assert_string_equal(v.last.step, "AS-REQ");
}

static void a_password_is_proven_only_by_what_follows_the_demand_for_it(void **state) {
    (void)state;
    struct evidence v;
    evidence_attach(&v, NULL);
    evidence_begin(&v, "AS-REQ");
    answer_error(23, 0);
    assert_false(v.has_preauth); /* at once: nobody knows yet who asks */
    answer_error(25, 0);
    assert_false(v.has_preauth);
    answer_error(23, 0);
    assert_true(v.has_preauth);
    evidence_begin(&v, "AS-REQ");
    assert_false(v.has_preauth);
}

static void a_referral_begins_anew(void **state) {
    (void)state;
    struct evidence v;
    evidence_attach(&v, NULL);
    evidence_begin(&v, "AS-REQ");
    answer_error(25, 0);
    answer_error(68, 0);
    answer_error(23, 0);
    assert_false(v.has_preauth);
}

static void libkrb5_says(const char *line) { on_trace(NULL, &(krb5_trace_info){line}, hook_user); }

static void which_kdc_it_was_and_how_long_it_took_is_kept(void **state) {
    (void)state;
    struct evidence v;
    krb5_data *none;
    evidence_attach(&v, NULL);
    evidence_begin(&v, "AS-REQ");
    libkrb5_says("[9] 1795637331.652491: Initiating TCP connection to stream 10.0.0.9:88\n");
    char bytes[] = "CORP.EXAMPLE and more";
    krb5_data realm = {.length = 12, .data = bytes};
    assert_int_equal(on_send(NULL, hook_user, &realm, NULL, &none, &none), 0);
    assert_null(none);
    assert_string_equal(v.realm, "CORP.EXAMPLE");
    assert_string_equal(v.last.address, "10.0.0.9:88");
    libkrb5_says("[9] 1795637331.652491: Received answer (212 bytes) from stream 10.0.0.10:88\n");
    libkrb5_says("[9] 1795637331.652491: Selected etype info: etype aes256-cts, salt "
                 "\"CORP.EXAMPLEalice\", params \"\"\n");
    answer_error(6, 0);
    assert_string_equal(v.last.address, "10.0.0.10:88");
    assert_in_range(v.last.took_us, 0, 5000000);
    on_trace(NULL, NULL, hook_user); /* the context goes */
    evidence_begin(&v, "S4U2Self");
    assert_string_equal(v.last.address, "");
    assert_string_equal(v.realm, "");
}

static void lines_of_libkrb5_with_a_kdc_in_them_are_known(void **state) {
    (void)state;
    static const struct {
        const char *line, *kdc;
    } ROWS[] = {
        {"[9] 1.2: Initiating TCP connection to stream 10.0.0.10:88", "10.0.0.10:88"},
        {"[9] 1.2: Sending initial UDP request to dgram 10.0.0.10:88", "10.0.0.10:88"},
        {"[9] 1.2: Sending retry UDP request to dgram ::1:88", "::1:88"},
        {"[9] 1.2: Received answer (1 bytes) from dgram 10.0.0.10:88", "10.0.0.10:88"},
        {"[9] 1.2: Terminating TCP connection to stream 10.0.0.10:88", ""},
        {"[9] 1.2: Received answer (", "("},
        {"[9] 1.2: ", ""},
        {"Received answer (1 bytes) from dgram 10.0.0.10:88", ""},
        {"[9] 1.2: Received error from KDC: -1765328378/Client not found in Kerberos database", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct str kdc = evidence_kdc_in(str_of(ROWS[i].line));
        if (!str_eq(kdc, str_of(ROWS[i].kdc)))
            fail_msg("%s: \"%.*s\"", ROWS[i].line, STR_ARG(kdc));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_answer_of_a_step_is_kept),
        cmocka_unit_test(an_answer_without_an_error_or_none_forgets_the_code),
        cmocka_unit_test(a_password_is_proven_only_by_what_follows_the_demand_for_it),
        cmocka_unit_test(a_referral_begins_anew),
        cmocka_unit_test(which_kdc_it_was_and_how_long_it_took_is_kept),
        cmocka_unit_test(lines_of_libkrb5_with_a_kdc_in_them_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
