/* SPDX-License-Identifier: Apache-2.0 */
#include "http/testing_h2.h"

/* Streams that are opened, in this order, up to the first 0; then a frame on another. */
static const struct {
    const char *what;
    uint32_t opened[8];
    uint8_t type;
    uint32_t late;
    bool is_broken;
} ROWS[] = {
    {"a head on the next", {1}, NGHTTP2_HEADERS, 3, false},
    {"a head on one further on", {1}, NGHTTP2_HEADERS, 9, false},
    {"a head before the first", {5}, NGHTTP2_HEADERS, 1, true},
    {"DATA before the first", {5}, NGHTTP2_DATA, 3, true},
    {"a head between two", {1, 7}, NGHTTP2_HEADERS, 5, true},
    {"DATA between two", {1, 7, 9, 11}, NGHTTP2_DATA, 3, true},
    {"a head in the last of several gaps", {5, 9, 13, 17}, NGHTTP2_HEADERS, 15, true},
    {"a head in the first of them", {5, 9, 13, 17}, NGHTTP2_HEADERS, 1, true},
    {"a head in one that is too long ago", {5, 9, 13, 17, 21}, NGHTTP2_HEADERS, 1, false},
    {"a priority between two", {1, 7}, NGHTTP2_PRIORITY, 5, false},
    {"a priority of none", {1}, NGHTTP2_PRIORITY, 0, true},
};

static void streams_are_opened_in_the_order_of_their_numbers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct site *t = site_start();
        put_preface(&t->in);
        for (size_t k = 0; ROWS[i].opened[k]; k++)
            put_head(&t->in, ROWS[i].opened[k], true, STR(LINE));
        site_receive(t, 0);
        assert_true(t->is_good);
        if (ROWS[i].type == NGHTTP2_HEADERS)
            put_head(&t->in, ROWS[i].late, true, STR(LINE));
        else if (ROWS[i].type == NGHTTP2_DATA)
            put_data(&t->in, ROWS[i].late, true, STR("x"));
        else
            put_frame(&t->in, ROWS[i].type, 0, ROWS[i].late, STR("\0\0\0\1\1"));
        site_receive(t, 1);
        if (t->is_good == ROWS[i].is_broken)
            fail_msg("%s: %s", ROWS[i].what, t->e.detail);
        if (ROWS[i].is_broken)
            assert_int_equal(sent_goaway(t), NGHTTP2_PROTOCOL_ERROR);
        site_stop(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_opened_in_the_order_of_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
