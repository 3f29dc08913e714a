/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A stderr of the test's own, and what was written to it. */
struct screen {
    int saved, reader;
    char text[8192];
};

static void screen_take(struct screen *s, int reader, int writer) {
    fflush(stderr);
    s->saved = dup(STDERR_FILENO);
    s->reader = reader;
    assert_int_equal(dup2(writer, STDERR_FILENO), STDERR_FILENO);
    close(writer);
}

static const char *screen_give_back(struct screen *s) {
    if (s->saved >= 0)
        dup2(s->saved, STDERR_FILENO);
    close(s->saved);
    /* The other end is closed: a pipe ends, and a terminal answers EIO behind its last byte. */
    size_t n = 0;
    for (ssize_t got; (got = read(s->reader, s->text + n, sizeof s->text - 1 - n)) > 0;)
        n += (size_t)got;
    s->text[n] = 0;
    close(s->reader);
    return s->text;
}

static void terminal_make(struct screen *s, unsigned short columns) {
    int reader, writer;
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    assert_int_equal(openpty(&reader, &writer, NULL, NULL, &size), 0);
    screen_take(s, reader, writer);
}

static void the_line_is_written_over_and_erased(void **state) {
    (void)state;
    struct screen s;
    terminal_make(&s, 80);
    report_progress("asking dc1");
    report_progress("asking dc2");
    report_progress(NULL);
    assert_string_equal(screen_give_back(&s), "\rasking dc1\x1b[K\rasking dc2\x1b[K\r\x1b[K");
}

static void a_long_line_does_not_reach_the_edge(void **state) {
    (void)state;
    struct screen s;
    terminal_make(&s, 8);
    report_progress("äöüäöüäöü");
    assert_string_equal(screen_give_back(&s), "\räöüäöüä\x1b[K");
}

static void what_strangers_wrote_is_escaped(void **state) {
    (void)state;
    struct screen s;
    terminal_make(&s, 80);
    report_progress("a\x1b[2J\nb");
    assert_string_equal(screen_give_back(&s), "\ra\\x1b[2J\\x0ab\x1b[K");
}

static void no_terminal_no_line(void **state) {
    (void)state;
    struct screen s;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    screen_take(&s, ends[0], ends[1]);
    report_progress("asking dc1");
    report_progress(NULL);
    assert_string_equal(screen_give_back(&s), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_is_written_over_and_erased),
        cmocka_unit_test(a_long_line_does_not_reach_the_edge),
        cmocka_unit_test(what_strangers_wrote_is_escaped),
        cmocka_unit_test(no_terminal_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
