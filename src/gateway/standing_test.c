/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

struct place {
    struct standing *standing;
    int fd; /* the run's end */
    struct buf text;
};

static int place_make(void **state) {
    static struct place p;
    p.standing = standing_new(NULL);
    assert_non_null(p.standing);
    buf_init(&p.text, 1 << 16);
    p.fd = -1;
    *state = &p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    standing_free(p->standing);
    buf_fini(&p->text);
    if (p->fd >= 0)
        close(p->fd);
    return 0;
}

static void begin(struct place *p) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    if (p->fd >= 0)
        close(p->fd);
    p->fd = pair[1];
    standing_begin(p->standing, pair[0]);
}

static void say(struct place *p, const char *text) {
    assert_true(send(p->fd, text, strlen(text), 0) >= 0);
    standing_hear(p->standing);
}

static const char BROKEN[] = "{\"app\":\"h\\\"r\",\"outcome\":\"broken\",\"findings\":[{\"id\":"
                             "\"D3\",\"name\":\"spn-in-list\","
                             "\"outcome\":\"fail\",\"detail\":\"not\\nin it\"}]}";
static const char FINE[] = "{\"app\":\"h\\\"r\",\"outcome\":\"fine\",\"findings\":[]}";

static bool has(struct place *p, const char *words) {
    size_t at;
    return str_find(buf_str(&p->text), str_of(words), &at);
}

static void look(struct place *p) {
    buf_clear(&p->text);
    standing_metrics(p->standing, &p->text);
    standing_ready(p->standing, &p->text);
}

static void before_the_first_run_nothing_is_said(void **state) {
    struct place *p = *state;
    look(p);
    assert_int_equal(buf_size(&p->text), 0);
}

static void a_run_counts_when_it_has_ended(void **state) {
    struct place *p = *state;
    begin(p);
    say(p, BROKEN);
    look(p);
    assert_int_equal(buf_size(&p->text), 0);
    say(p, "{}");
    look(p);
    assert_true(has(p, "kerbgate_doctor_outcome{app=\"h\\\"r\"} 3\n"));
    assert_true(has(p, "{app=\"h\\\"r\",check=\"spn-in-list\",outcome=\"fail\"} 1\n"));
    assert_true(has(p, "doctor: h\"r: broken\n  D3 spn-in-list: not\\x0ain it\n"));
    assert_int_equal(standing_fd(p->standing), -1);
}

static void the_next_run_takes_the_place_of_the_last(void **state) {
    struct place *p = *state;
    begin(p);
    say(p, BROKEN);
    say(p, "{}");
    begin(p);
    say(p, FINE);
    say(p, "{}");
    look(p);
    assert_true(has(p, "} 0\n"));
    assert_false(has(p, "spn-in-list"));
}

static void a_run_that_breaks_off_changes_nothing(void **state) {
    struct place *p = *state;
    begin(p);
    say(p, FINE);
    say(p, "{}");
    begin(p);
    say(p, BROKEN);
    close(p->fd);
    p->fd = -1;
    standing_hear(p->standing);
    look(p);
    assert_int_equal(standing_fd(p->standing), -1);
    assert_false(has(p, "spn-in-list"));
}

static void what_is_no_word_of_the_doctor_is_dropped(void **state) {
    struct place *p = *state;
    static const char *const WORDS[] = {"[]", "null", "{", "\xff\xfe", "7"};
    begin(p);
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        say(p, WORDS[i]);
    say(p, "{}");
    look(p);
    assert_false(has(p, "app="));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(before_the_first_run_nothing_is_said, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(a_run_counts_when_it_has_ended, place_make, place_remove),
        cmocka_unit_test_setup_teardown(the_next_run_takes_the_place_of_the_last, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(a_run_that_breaks_off_changes_nothing, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(what_is_no_word_of_the_doctor_is_dropped, place_make,
                                        place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
