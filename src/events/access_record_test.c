/* SPDX-License-Identifier: Apache-2.0 */
#include "events/access_record.h"

#include "base/encode.h"
#include "events/reference.h"
#include "events/testing.h"

#include <inttypes.h>
#include <jansson.h>

static struct activity whole_request(void) {
    struct activity a = refused_request();
    memset(&a.err, 0, sizeof a.err);
    memcpy(a.id, "00000000-0000-4000-8000-000000000000", sizeof a.id);
    a.started_ms = 1795604705123;
    a.status = 200;
    activity_text(a.protocol, sizeof a.protocol, STR("HTTP/2"));
    activity_text(a.backend, sizeof a.backend, STR("http://hr:80"));
    a.is_ticket_cached = a.is_connection_reused = true;
    for (int i = 0; i < ACTIVITY_STEPS; i++)
        a.step_us[i] = i;
    return a;
}

static const char *written(struct buf *b, const struct activity *a, enum access_format format) {
    buf_init(b, ACCESS_RECORD_MAX);
    access_record(b, a, format);
    assert_false(b->failed);
    buf_add_byte(b, 0);
    return buf_str(b).p;
}

static void a_request_is_a_line_of_json(void **state) {
    (void)state;
    struct buf b;
    struct activity a = whole_request();
    assert_string_equal(
        written(&b, &a, ACCESS_JSON),
        "{\"time\":\"2026-11-25T11:05:05.123Z\",\"id\":\"00000000-0000-4000-8000-000000000000\","
        "\"client\":\"203.0.113.7\",\"user\":\"alice@CORP.EXAMPLE\",\"app\":\"hr\","
        "\"protocol\":\"HTTP/2\",\"method\":\"GET\",\"host\":\"hr.example.com\","
        "\"path\":\"/list\",\"status\":200,\"bytes_in\":0,\"bytes_out\":1234,"
        "\"backend\":\"http://hr:80\",\"connection\":\"kept\",\"ticket\":\"cached\","
        "\"claim\":\"email\",\"claim_value\":\"alice\","
        "\"principal\":\"alice\",\"realm\":\"CORP.EXAMPLE\",\"spn\":\"HTTP/"
        "hr.corp.example\",\"total_us\":12900,"
        "\"head_us\":0,\"session_us\":1,\"ticket_us\":2,\"connect_us\":3,\"mint_us\":4,"
        "\"response_us\":5,\"body_us\":6}\n");
    buf_fini(&b);
}

static void what_it_had_none_of_is_left_out(void **state) {
    (void)state;
    struct buf b;
    struct activity a = refused_request();
    memcpy(a.id, "00000000-0000-4000-8000-000000000000", sizeof a.id);
    a.started_ms = 0;
    assert_string_equal(
        written(&b, &a, ACCESS_TEXT),
        "time=1970-01-01T00:00:00.000Z id=00000000-0000-4000-8000-000000000000 "
        "client=203.0.113.7 user=alice@CORP.EXAMPLE app=hr method=GET host=hr.example.com "
        "path=/list status=502 error=krb-not-delegated bytes_in=0 bytes_out=1234 ticket=- "
        "claim=email claim_value=alice principal=alice realm=CORP.EXAMPLE spn=HTTP/hr.corp.example "
        "total_us=12900 head_us=300 session_us=100 "
        "ticket_us=12400\n");
    buf_fini(&b);
}

static void what_a_client_sends_forges_nothing(void **state) {
    (void)state;
    struct buf b;
    struct activity a = whole_request();
    activity_text(a.path, sizeof a.path, STR("/\"}\n{\"status\":1 \xff\x1b"));
    const char *json = written(&b, &a, ACCESS_JSON);
    assert_ptr_equal(strchr(json, '\n') + 1, json + strlen(json));
    json_t *read = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(read);
    assert_int_equal(json_integer_value(json_object_get(read, "status")), 200);
    assert_string_equal(json_string_value(json_object_get(read, "path")),
                        "/\"}\n{\"status\":1 \ufffd\x1b");
    json_decref(read);
    buf_fini(&b);
    const char *text = written(&b, &a, ACCESS_TEXT);
    assert_non_null(strstr(text, " path=\"/\\\"}\\x0a{\\\"status\\\":1 \\xff\\x1b\" status=200 "));
    buf_fini(&b);
}

/* Wherever in a text it is, and however long the text: what is looked at is looked at in steps. */
static void every_byte_is_written_as_its_encoding_has_it(void **state) {
    (void)state;
    struct activity a = whole_request();
    for (int c = 1; c < 256; c++) {
        for (size_t length = 1; length < 40; length += 3) {
            struct buf b, wanted;
            memset(a.path, 'x', length);
            a.path[length / 2] = a.path[length - 1] = (char)c;
            a.path[length] = '\0';
            for (int format = ACCESS_JSON; format <= ACCESS_TEXT; format++) {
                buf_init(&wanted, ACCESS_RECORD_MAX);
                buf_add(&wanted, format == ACCESS_JSON ? STR(",\"path\":\"") : STR(" path="));
                if (format == ACCESS_JSON)
                    encode_json(&wanted, str_of(a.path));
                else
                    encode_log(&wanted, str_of(a.path));
                buf_add(&wanted,
                        format == ACCESS_JSON ? STR("\",\"status\":200") : STR(" status=200"));
                buf_add_byte(&wanted, 0);
                if (!strstr(written(&b, &a, (enum access_format)format), buf_str(&wanted).p))
                    fail_msg("byte %d, %zu bytes: %s", c, length, buf_str(&wanted).p);
                buf_fini(&b);
                buf_fini(&wanted);
            }
        }
    }
}

static void numbers_have_all_their_digits(void **state) {
    (void)state;
    const uint64_t values[] = {0, 9, 10, 99, 12345678901, UINT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct buf b;
        char wanted[64];
        struct activity a = whole_request();
        a.bytes_in = values[i];
        snprintf(wanted, sizeof wanted, " bytes_in=%" PRIu64 " bytes_out=1234 ", values[i]);
        assert_non_null(strstr(written(&b, &a, ACCESS_TEXT), wanted));
        buf_fini(&b);
    }
}

static void without_room_for_the_longest_there_is_no_line(void **state) {
    (void)state;
    struct buf b;
    struct activity a = whole_request();
    buf_init(&b, ACCESS_RECORD_MAX - 1);
    access_record(&b, &a, ACCESS_TEXT);
    assert_true(b.failed);
    assert_int_equal(buf_size(&b), 0);
    buf_fini(&b);
    buf_init(&b, ACCESS_RECORD_MAX);
    b.failed = true; /* as when there was no memory */
    access_record(&b, &a, ACCESS_JSON);
    assert_int_equal(buf_size(&b), 0);
    buf_fini(&b);
}

static void the_longest_one_fits(void **state) {
    (void)state;
    struct buf b;
    struct activity a = whole_request();
    char *const fields[] = {a.app,       a.user, a.host,  a.path,        a.backend,
                            a.principal, a.spn,  a.claim, a.claim_value, a.realm};
    const size_t sizes[] = {sizeof a.app,         sizeof a.user,      sizeof a.host, sizeof a.path,
                            sizeof a.backend,     sizeof a.principal, sizeof a.spn,  sizeof a.claim,
                            sizeof a.claim_value, sizeof a.realm};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(fields[i], 1, sizes[i] - 1);
        fields[i][sizes[i] - 1] = 0;
    }
    a.bytes_in = a.bytes_out = UINT64_MAX;
    written(&b, &a, ACCESS_JSON);
    buf_fini(&b);
}

static void every_key_is_in_the_reference(void **state) {
    (void)state;
    struct buf b, reference;
    struct activity a = whole_request();
    const char *key;
    json_t *value;
    a.err.code = ERR_NO_APP;
    json_t *read = json_loads(written(&b, &a, ACCESS_JSON), 0, NULL);
    buf_init(&reference, 1 << 20);
    reference_write(&reference);
    buf_add_byte(&reference, 0);
    json_object_foreach(read, key, value) {
        char cell[64];
        snprintf(cell, sizeof cell, "`%s`", key);
        if (!strstr(buf_str(&reference).p, cell))
            fail_msg("%s", key);
    }
    json_decref(read);
    buf_fini(&reference);
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_a_line_of_json),
        cmocka_unit_test(what_it_had_none_of_is_left_out),
        cmocka_unit_test(what_a_client_sends_forges_nothing),
        cmocka_unit_test(every_byte_is_written_as_its_encoding_has_it),
        cmocka_unit_test(numbers_have_all_their_digits),
        cmocka_unit_test(without_room_for_the_longest_there_is_no_line),
        cmocka_unit_test(the_longest_one_fits),
        cmocka_unit_test(every_key_is_in_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
