/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/websocket.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define PROOF "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* both from RFC 6455 1.3 */

static const struct {
    const char *description, *key, *accept;
    bool is_accepted;
} ROWS[] = {
    {"as the RFC has it", KEY, PROOF, true},
    {"blanks around it", KEY, " " PROOF "\t", true},
    {"another key", "dGhlIHNhbXBsZSBub25jZA==", PROOF, false},
    {"the key itself", KEY, KEY, false},
    {"in small letters", KEY, "s3pplmbitxaq9kygzzhzrbk+xoo=", false},
    {"without its padding", KEY, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo", false},
    {"twice", KEY, PROOF ", " PROOF, false},
    {"none", KEY, "", false},
    {"nothing asked and nothing said", "", "", false},
    {"the proof of no key", "", "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=", false},
};

static void an_answer_is_a_websocket_when_it_has_read_the_key(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (websocket_is_accepted(str_of(ROWS[i].key), str_of(ROWS[i].accept)) !=
            ROWS[i].is_accepted)
            fail_msg("%s", ROWS[i].description);
    }
}

static void a_key_of_any_length_has_an_answer(void **state) {
    static char key[4096];
    (void)state;
    memset(key, 'a', sizeof key);
    for (size_t n = 0; n <= sizeof key; n++)
        assert_false(websocket_is_accepted(str_n(key, n), STR(PROOF)));
    assert_false(websocket_is_accepted(STR_NONE, STR_NONE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_a_websocket_when_it_has_read_the_key),
        cmocka_unit_test(a_key_of_any_length_has_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
