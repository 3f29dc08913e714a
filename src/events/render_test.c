/* SPDX-License-Identifier: Apache-2.0 */
#include "events/testing.h"

#include "events/catalogue.h"
#include "events/render.h"

#include <jansson.h>

enum form { LINE, WALK, JSON };

static const char *render(struct buf *out, enum form form, const struct event_row *r) {
    buf_clear(out);
    if (form == LINE)
        render_line(out, r);
    else if (form == WALK)
        render_walk(out, r, 60);
    else
        render_json(out, r);
    assert_false(out->failed);
    buf_add_byte(out, 0);
    return buf_str(out).p;
}

static struct event_row refused_row(void) {
    struct activity a = refused_request();
    struct event_row r;
    event_row_make(&r, 13019, &a, NULL);
    r.time_ms = 1795539600123;
    r.row = 7;
    memcpy(r.activity.id, "0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c", ACTIVITY_ID_SIZE);
    return r;
}

static void a_line_says_who_what_and_why(void **state) {
    struct event_row r = refused_row();
    assert_string_equal(render(*state, LINE, &r),
                        "2026-11-24T17:00:00.123Z error 13019 No ticket on behalf of the user: "
                        "svc-kerbgate may not delegate to HTTP/hr.corp.example; "
                        "alice@CORP.EXAMPLE GET hr.example.com/list 502; "
                        "activity 0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c\n");
}

static void the_walk_has_every_step_and_marks_the_one_that_failed(void **state) {
    struct event_row r = refused_row();
    assert_string_equal(render(*state, WALK, &r),
                        "2026-11-24T17:00:00.123Z error 13019: No ticket on behalf of the user\n"
                        "  error      krb-not-delegated\n"
                        "  activity   0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c\n"
                        "  user       alice@CORP.EXAMPLE from 203.0.113.7\n"
                        "  request    GET hr.example.com/list\n"
                        "  app        hr\n"
                        "  claim      email: alice\n"
                        "  ticket     alice to HTTP/hr.corp.example (not got)\n"
                        "  realm      CORP.EXAMPLE\n"
                        "  KDC        10.0.0.10:88\n"
                        "  answer     502, 0 bytes in, 1234 bytes out\n"
                        "\n"
                        "  head             0.3 ms\n"
                        "  session          0.1 ms\n"
                        "> ticket          12.4 ms  failed here\n"
                        "  connect            -\n"
                        "  mint               -\n"
                        "  response           -\n"
                        "  body               -\n"
                        "  total           12.9 ms\n"
                        "\n"
                        "  The KDC answered S4U2Proxy with error 13, NTSTATUS 0xC00000BB\n"
                        "\n"
                        "  What happened\n"
                        "    svc-kerbgate may not delegate to HTTP/hr.corp.example\n"
                        "\n"
                        "  What to do\n"
                        "    samba-tool delegation add-service svc-kerbgate\n"
                        "    HTTP/hr.corp.example\n");
}

static void without_a_hint_the_catalogue_says_what_to_do(void **state) {
    struct event_row r = refused_row();
    r.activity.err.hint[0] = 0;
    assert_non_null(strstr(render(*state, WALK, &r), "What to do\n    Read the hint"));
}

static void an_event_of_the_program_has_no_walk(void **state) {
    struct event_row r;
    event_row_make(&r, EVENT_PROCESS_DIED, NULL, "the worker, signal 11");
    const char *text = render(*state, WALK, &r);
    assert_null(strstr(text, "request"));
    assert_null(strstr(text, "session  "));
    assert_non_null(strstr(text, "the worker, signal 11"));
    text = render(*state, LINE, &r);
    assert_non_null(strstr(text, " error 20003 A process died and was started again: the worker"));
    assert_null(strstr(text, "nobody"));
}

/* Every text of a row is what somebody else wrote. */
static void poison(struct event_row *r) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (size_t i = 0; i < n; i++)
        if (c[i].type == COLUMN_TEXT)
            event_set(r, &c[i], (struct event_value){.text = "\x1b]0;x\x07\xc2\x9b\x9b\n\"\\"});
}

static void no_text_of_a_row_reaches_the_terminal_raw(void **state) {
    struct event_row r = refused_row();
    poison(&r);
    for (enum form form = LINE; form <= WALK; form++) {
        const char *text = render(*state, form, &r);
        assert_null(strpbrk(text, "\x1b\x07"));
        assert_null(strstr(text, "\xc2\x9b"));
        assert_null(strchr(text, '\x9b'));
    }
    const char *line = render(*state, LINE, &r);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void json_is_one_line_with_every_key(void **state) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (int is_hostile = 0; is_hostile < 2; is_hostile++) {
        struct event_row r = refused_row();
        if (is_hostile)
            poison(&r);
        const char *text = render(*state, JSON, &r);
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
        for (const char *c1 = text; *c1 != '\n'; c1++)
            assert_in_range(*c1, 0x20, 0x7e);
        json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        assert_int_equal(json_object_size(object), n + 1);
        for (size_t i = 0; i < n; i++)
            assert_non_null(json_object_get(object, c[i].name));
        json_decref(object);
    }
}

static void json_has_the_types_that_are_documented(void **state) {
    struct event_row r = refused_row();
    json_t *o = json_loads(render(*state, JSON, &r), 0, NULL);
    assert_non_null(o);
    assert_int_equal(json_integer_value(json_object_get(o, "event")), 13019);
    assert_string_equal(json_string_value(json_object_get(o, "time")), "2026-11-24T17:00:00.123Z");
    assert_string_equal(json_string_value(json_object_get(o, "level")), "error");
    assert_string_equal(json_string_value(json_object_get(o, "nt_status")), "0xC00000BB");
    assert_int_equal(json_integer_value(json_object_get(o, "kdc_code")), 13);
    assert_true(json_is_null(json_object_get(o, "mint_us")));
    assert_true(json_is_false(json_object_get(o, "ticket_cached")));
    assert_string_equal(json_string_value(json_object_get(o, "backend")), "");
    json_decref(o);
}

static int make(void **state) {
    static struct buf out;
    buf_init(&out, RENDER_MAX);
    *state = &out;
    return 0;
}

static int drop(void **state) {
    buf_fini(*state);
    return 0;
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(a_line_says_who_what_and_why),
        TEST(the_walk_has_every_step_and_marks_the_one_that_failed),
        TEST(without_a_hint_the_catalogue_says_what_to_do),
        TEST(an_event_of_the_program_has_no_walk),
        TEST(no_text_of_a_row_reaches_the_terminal_raw),
        TEST(json_is_one_line_with_every_key),
        TEST(json_has_the_types_that_are_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
