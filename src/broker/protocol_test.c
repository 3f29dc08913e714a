/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

static char long_text[BROKER_TICKET_MAX + 2];

static int fill_long_text(void **state) {
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    return 0;
}

static struct buf encoded_request(const struct broker_request *q) {
    struct buf b;
    buf_init_secret(&b, BROKER_MESSAGE_MAX);
    broker_request_encode(&b, q);
    return b;
}

static struct buf encoded_reply(const struct broker_reply *r) {
    struct buf b;
    buf_init_secret(&b, BROKER_MESSAGE_MAX);
    broker_reply_encode(&b, r);
    return b;
}

static void a_question_for_a_ticket_comes_through(void **state) {
    (void)state;
    struct broker_request got, q = ticket_question("alice@CORP.EXAMPLE", UINT64_MAX);
    q.name_type = BROKER_NAME_ENTERPRISE;
    q.timeout_ms = UINT32_MAX;
    q.account = 16;
    struct buf b = encoded_request(&q);
    assert_false(b.failed);
    assert_true(broker_request_decode(buf_str(&b), &got));
    assert_int_equal(got.kind, BROKER_TICKET);
    assert_true(got.id == UINT64_MAX && got.timeout_ms == UINT32_MAX);
    assert_true(str_eq(got.user, q.user) && str_eq(got.spn, q.spn));
    assert_int_equal(got.name_type, BROKER_NAME_ENTERPRISE);
    assert_int_equal(got.account, 16);
    buf_fini(&b);
}

static void an_own_ticket_goes_with_its_question_alone(void **state) {
    (void)state;
    struct broker_request got, q = ticket_question("alice@CORP.EXAMPLE", 7);
    q.proof = str_n("sealed\0\xff", 8);
    for (int is_own = 0; is_own < 2; is_own++) {
        q.name_type = is_own ? BROKER_NAME_OWN : BROKER_NAME_PRINCIPAL;
        struct buf b = encoded_request(&q);
        assert_true(broker_request_decode(buf_str(&b), &got));
        assert_int_equal(got.name_type, q.name_type);
        assert_true(str_eq(got.proof, is_own ? q.proof : STR_NONE));
        buf_fini(&b);
    }
}

static void a_sign_in_comes_through(void **state) {
    (void)state;
    struct broker_request got, q = sign_in_question("alice", 7);
    q.password = STR("\xc3\xa4 \n\xff");
    q.own_life_s = 36000;
    struct buf b = encoded_request(&q);
    assert_false(b.failed);
    assert_true(broker_request_decode(buf_str(&b), &got));
    assert_int_equal(got.kind, BROKER_SIGN_IN);
    assert_true(str_eq(got.user, q.user) && str_eq(got.realm, q.realm) &&
                str_eq(got.password, q.password));
    assert_int_equal(got.own_life_s, 36000);
    buf_fini(&b);
}

static void a_browsers_ticket_comes_through(void **state) {
    (void)state;
    struct broker_request got, q = accept_question("n\xff\n", 7);
    for (int i = 0; i < 2; i++) {
        q.wants_evidence = i;
        q.end_point = i ? q.end_point : STR_NONE;
        struct buf b = encoded_request(&q);
        assert_false(b.failed);
        assert_true(broker_request_decode(buf_str(&b), &got));
        assert_int_equal(got.kind, BROKER_ACCEPT);
        assert_true(str_eq(got.provider, q.provider) && str_eq(got.host, q.host) &&
                    str_eq(got.ap_req, q.ap_req) && str_eq(got.end_point, q.end_point));
        assert_int_equal(got.wants_evidence, i);
        buf_fini(&b);
    }
    q.end_point = str_n(long_text, BROKER_END_POINT_MAX + 1);
    struct buf b = encoded_request(&q);
    assert_true(b.failed);
    assert_false(broker_request_decode(buf_str(&b), &got));
    buf_fini(&b);
    q = accept_question("", 7);
    q.ap_req = str_n(long_text, BROKER_AP_MAX + 1);
    b = encoded_request(&q);
    assert_true(b.failed);
    buf_fini(&b);
}

static void whose_ticket_it_is_comes_through(void **state) {
    (void)state;
    unsigned char own[] = "evidence", ap_rep[] = {0x6f, 0x00};
    char groups[] = "[\"HR\"]";
    struct broker_reply got, r = {.id = 9,
                                  .kind = BROKER_ACCEPT,
                                  .principal = "alice@CORP.EXAMPLE",
                                  .own = own,
                                  .own_size = sizeof own,
                                  .own_ends_s = INT64_C(4999999999),
                                  .groups = groups,
                                  .sid = "S-1-5-21-1-2-3-1104",
                                  .ap_rep = ap_rep,
                                  .ap_rep_size = sizeof ap_rep};
    struct buf b = encoded_reply(&r);
    assert_false(b.failed);
    assert_true(broker_reply_decode(buf_str(&b), &got));
    assert_string_equal(got.principal, r.principal);
    assert_string_equal(got.sid, r.sid);
    assert_string_equal(got.groups, r.groups);
    assert_int_equal(got.own_size, sizeof own);
    assert_memory_equal(got.own, own, sizeof own);
    assert_int_equal(got.ap_rep_size, sizeof ap_rep);
    assert_memory_equal(got.ap_rep, ap_rep, sizeof ap_rep);
    assert_true(got.own_ends_s == r.own_ends_s);
    for (size_t n = 0; n < buf_size(&b); n++) {
        struct broker_reply cut;
        assert_false(broker_reply_decode(str_head(buf_str(&b), n), &cut));
    }
    broker_reply_fini(&got);
    buf_fini(&b);
}

static void a_ticket_comes_through(void **state) {
    (void)state;
    struct ticket *t = some_ticket();
    struct broker_reply got, r = {.id = 9, .kind = BROKER_TICKET, .ticket = t};
    struct buf b = encoded_reply(&r);
    assert_false(b.failed);
    assert_true(broker_reply_decode(buf_str(&b), &got));
    assert_int_equal(got.err.code, ERR_NONE);
    assert_string_equal(got.ticket->client, t->client);
    assert_string_equal(got.ticket->server, t->server);
    assert_int_equal(got.ticket->der_size, t->der_size);
    assert_memory_equal(got.ticket->der, t->der, t->der_size);
    assert_int_equal(got.ticket->key_size, t->key_size);
    assert_memory_equal(got.ticket->key, t->key, t->key_size);
    assert_int_equal(got.ticket->ticket_enctype, -133);
    assert_true(got.ticket->ends_s == t->ends_s && got.ticket->flags == t->flags);
    assert_true(got.ticket->kvno == 3 && got.ticket->enctype == 18);
    ticket_free(got.ticket);
    ticket_free(t);
    buf_fini(&b);
}

static void a_refusal_comes_through_with_all_the_kdc_said(void **state) {
    (void)state;
    struct broker_reply got, r = {.id = 9, .kind = BROKER_TICKET};
    err_set(&r.err, ERR_KRB_NOT_DELEGATED, "%s", long_text); /* cut to what fits */
    err_hint(&r.err, "%s", long_text);
    r.err.kdc = (struct err_kdc){-13, 0xC00000BB, "S4U2Proxy, and its end"};
    struct buf b = encoded_reply(&r);
    assert_false(b.failed);
    assert_true(broker_reply_decode(buf_str(&b), &got));
    assert_int_equal(got.err.code, ERR_KRB_NOT_DELEGATED);
    assert_string_equal(got.err.detail, r.err.detail);
    assert_string_equal(got.err.hint, r.err.hint);
    assert_memory_equal(&got.err.kdc, &r.err.kdc, sizeof r.err.kdc);
    assert_null(got.ticket);
    buf_fini(&b);
}

static void a_principal_comes_through(void **state) {
    (void)state;
    struct broker_reply got, r = {.id = 9, .kind = BROKER_SIGN_IN};
    memset(r.principal, 'p', BROKER_NAME_MAX);
    struct buf b = encoded_reply(&r);
    assert_false(b.failed);
    assert_true(broker_reply_decode(buf_str(&b), &got));
    assert_string_equal(got.principal, r.principal);
    assert_null(got.groups);
    assert_null(got.own);
    buf_fini(&b);
}

static void an_own_ticket_comes_through(void **state) {
    (void)state;
    struct broker_reply got, r = {.id = 9, .kind = BROKER_SIGN_IN, .principal = "alice@C"};
    r.own = (unsigned char *)long_text;
    r.own_size = BROKER_OWN_MAX;
    r.own_ends_s = INT64_C(4999999999);
    struct buf b = encoded_reply(&r);
    assert_true(broker_reply_decode(buf_str(&b), &got));
    assert_int_equal(got.own_size, BROKER_OWN_MAX);
    assert_memory_equal(got.own, r.own, r.own_size);
    assert_true(got.own_ends_s == r.own_ends_s);
    broker_reply_fini(&got);
    assert_null(got.own);
    buf_fini(&b);
    r.own_size++;
    b = encoded_reply(&r);
    assert_true(b.failed);
    buf_fini(&b);
}

static void the_groups_come_through(void **state) {
    (void)state;
    char groups[] = "[\"HR\"]";
    struct broker_reply got, r = {.id = 9, .kind = BROKER_SIGN_IN, .principal = "alice@C"};
    r.groups = groups;
    struct buf b = encoded_reply(&r);
    assert_true(broker_reply_decode(buf_str(&b), &got));
    assert_string_equal(got.groups, groups);
    broker_reply_fini(&got);
    assert_null(got.groups);
    buf_fini(&b);
}

static void questions_that_may_not_be_sent_fail(void **state) {
    (void)state;
    struct broker_request rows[8];
    for (size_t i = 0; i < 8; i++)
        rows[i] = i >= 3 && i < 7 ? sign_in_question("alice", 1) : ticket_question("alice", 1);
    rows[0].user = str_n(long_text, BROKER_NAME_MAX + 1);
    rows[1].spn = str_n("HTTP/a\0b", 8);
    rows[2].name_type = 0;
    rows[3].realm = str_n(long_text, BROKER_NAME_MAX + 1);
    rows[4].password = str_n(long_text, BROKER_PASSWORD_MAX + 1);
    rows[5].password = str_n("secret\0", 7);
    rows[6].kind = 0;
    rows[7].name_type = BROKER_NAME_OWN;
    rows[7].proof = str_n(long_text, BROKER_OWN_MAX + 1);
    for (size_t i = 0; i < 8; i++) {
        struct buf b = encoded_request(&rows[i]);
        if (!b.failed)
            fail_msg("row %zu was encoded", i);
        buf_fini(&b);
    }
}

static void tickets_that_may_not_be_sent_fail(void **state) {
    (void)state;
    struct ticket *fine = some_ticket(), none = *fine, no_key = *fine, large = *fine;
    none.der_size = 0;
    no_key.key_size = 0;
    large.der = (unsigned char *)long_text;
    large.der_size = BROKER_TICKET_MAX + 1;
    struct ticket *const ROWS[] = {NULL, &none, &no_key, &large};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct broker_reply r = {.kind = BROKER_TICKET, .ticket = ROWS[i]};
        struct buf b = encoded_reply(&r);
        if (!b.failed)
            fail_msg("row %zu was encoded", i);
        buf_fini(&b);
    }
    ticket_free(fine);
}

static void every_cut_and_every_byte_more_is_refused(void **state) {
    (void)state;
    struct ticket *t = some_ticket();
    struct broker_request q = ticket_question("alice", 1), s = sign_in_question("alice", 1), got_q;
    struct broker_request own = ticket_question("alice", 1);
    own.name_type = BROKER_NAME_OWN;
    own.proof = STR("sealed");
    struct broker_reply r = {.kind = BROKER_TICKET, .ticket = t}, got_r;
    struct broker_reply signed_in = {.kind = BROKER_SIGN_IN, .principal = "alice@C"};
    signed_in.own = (unsigned char *)long_text;
    signed_in.own_size = 6;
    struct buf messages[] = {encoded_request(&q), encoded_request(&s), encoded_request(&own),
                             encoded_reply(&r), encoded_reply(&signed_in)};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        struct str whole = buf_str(&messages[i]);
        for (size_t n = 0; n < whole.n; n++) {
            assert_false(broker_request_decode(str_head(whole, n), &got_q));
            assert_false(broker_reply_decode(str_head(whole, n), &got_r));
            assert_true(!got_r.ticket && !got_r.own);
        }
        buf_add_byte(&messages[i], 0);
        assert_false(broker_request_decode(buf_str(&messages[i]), &got_q));
        assert_false(broker_reply_decode(buf_str(&messages[i]), &got_r));
        assert_true(!got_r.ticket && !got_r.own);
        buf_fini(&messages[i]);
    }
    ticket_free(t);
}

static void bytes_no_encoder_writes_are_refused(void **state) {
    (void)state;
    const struct {
        const char *description;
        struct str in;
    } ROWS[] = {
        {"another kind", STR("\x03\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1a\1\0\0\0\1b")},
        {"another name type", STR("\x01\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1a\6\0\0\0\1b")},
        {"a NUL in the user", STR("\x01\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\1\0\0\0\1b")},
        {"a length beyond", STR("\x01\0\0\0\0\0\0\0\1\0\0\0\1\xff\xff\xff\xff"
                                "a\1\0\0\0\1b")},
        {"a code beyond",
         STR("\x81\0\0\0\0\0\0\0\1\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct broker_request q;
        struct broker_reply r;
        if (broker_request_decode(ROWS[i].in, &q) || broker_reply_decode(ROWS[i].in, &r))
            fail_msg("%s", ROWS[i].description);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_for_a_ticket_comes_through),
        cmocka_unit_test(an_own_ticket_goes_with_its_question_alone),
        cmocka_unit_test(a_sign_in_comes_through),
        cmocka_unit_test(a_browsers_ticket_comes_through),
        cmocka_unit_test(whose_ticket_it_is_comes_through),
        cmocka_unit_test(a_ticket_comes_through),
        cmocka_unit_test(a_refusal_comes_through_with_all_the_kdc_said),
        cmocka_unit_test(a_principal_comes_through),
        cmocka_unit_test(an_own_ticket_comes_through),
        cmocka_unit_test(the_groups_come_through),
        cmocka_unit_test(questions_that_may_not_be_sent_fail),
        cmocka_unit_test(tickets_that_may_not_be_sent_fail),
        cmocka_unit_test(every_cut_and_every_byte_more_is_refused),
        cmocka_unit_test(bytes_no_encoder_writes_are_refused),
    };
    return cmocka_run_group_tests(tests, fill_long_text, NULL);
}
