/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "directory/layer.h"

static void a_server_that_does_not_seal_is_refused(void **state) {
    (void)state;
    static const struct {
        struct str offer;
        size_t peer_max;
        bool is_good;
    } ROWS[] = {
        {{"\x07\xa0\0\0", 4}, 0xa00000, true}, {{"\x04\0\x10\0", 4}, 4096, true},
        {{"\x04\0\x0f\xff", 4}, 4095, false},  {{"\x03\xa0\0\0", 4}, 0, false},
        {{"\x01\0\0\0", 4}, 0, false},         {{"\x07\xa0\0", 3}, 0, false},
        {{"\x07\xa0\0\0\0", 5}, 0, false},     {{"", 0}, 0, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        size_t peer_max;
        assert_int_equal(layer_read_offer(ROWS[i].offer, &peer_max), ROWS[i].is_good);
        assert_int_equal(peer_max, ROWS[i].peer_max);
    }
    char choice[LAYER_OFFER_SIZE];
    layer_write_choice(choice);
    assert_memory_equal(choice, "\x04\x10\0\0", 4);
}

static void pieces_are_taken_whole(void **state) {
    (void)state;
    static const struct {
        struct str in;
        const char *piece;
        bool is_bad;
    } ROWS[] = {
        {{"\0\0\0\x03"
          "abcd",
          8},
         "abc",
         false},
        {{"\0\0\0\x03"
          "ab",
          6},
         NULL,
         false},
        {{"\0\0\0", 3}, NULL, false},
        {{"", 0}, NULL, false},
        {{"\0\0\0\0", 4}, NULL, true},
        {{"\0\x10\0\x01", 4}, NULL, true},
        {{"\xff\xff\xff\xff", 4}, NULL, true},
        {{"\0\x10\0\0", 4}, NULL, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct str piece;
        bool is_bad;
        assert_int_equal(layer_piece(ROWS[i].in, &piece, &is_bad), ROWS[i].piece != NULL);
        assert_int_equal(is_bad, ROWS[i].is_bad);
        assert_true(str_eq(piece, str_of(ROWS[i].piece)));
    }
    char head[LAYER_HEAD_SIZE];
    layer_write_head(0x01020304, head);
    assert_memory_equal(head, "\x01\x02\x03\x04", 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_does_not_seal_is_refused),
        cmocka_unit_test(pieces_are_taken_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
