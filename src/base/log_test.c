/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

static char text[16384];

/* Standard error goes to a pipe from here on, and back. */
static int real_stderr, pipe_fds[2];

static void catch_output(void) {
    assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
    real_stderr = dup(STDERR_FILENO);
    dup2(pipe_fds[1], STDERR_FILENO);
}

static struct str caught(void) {
    ssize_t n = read(pipe_fds[0], text, sizeof text);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return str_n(text, n > 0 ? (size_t)n : 0);
}

static size_t lines_of(struct str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

static void a_fact_is_one_line_with_its_fields(void **state) {
    (void)state;
    log_process("worker");
    catch_output();
    log_line(LOG_WARN, "it happened",
             (struct log_field[]){{"user", STR("alice")}, {"path", STR("/a b")}, {NULL, STR_NONE}});
    struct str line = caught();
    assert_true(str_ends(line, STR("Z warn worker \"it happened\" user=alice path=\"/a b\"\n")));
    assert_int_equal(line.p[10], 'T');
}

static void nothing_a_client_sends_makes_a_second_line(void **state) {
    (void)state;
    catch_output();
    log_line(LOG_ERROR, "x",
             (struct log_field[]){{"path", STR("/\n2026-01-01T00:00:00.000Z info "
                                               "worker forged\r\n")},
                                  {NULL, STR_NONE}});
    log_printf(LOG_ERROR, "%s", "a\nb");
    log_err(LOG_ERROR, "c\nd", &(struct err){.code = ERR_IO, .detail = "e\nf", .hint = "g\nh"});
    assert_int_equal(lines_of(caught()), 3);
}

static void a_line_that_is_too_long_is_cut_and_still_ends(void **state) {
    (void)state;
    static char huge[20000];
    memset(huge, 'x', sizeof huge - 1);
    catch_output();
    log_line(LOG_INFO, "long", (struct log_field[]){{"value", str_of(huge)}, {NULL, STR_NONE}});
    struct str line = caught();
    assert_int_equal(line.n, 4096);
    assert_int_equal(lines_of(line), 1);
    assert_int_equal(line.p[line.n - 1], '\n');
}

static void what_is_below_the_threshold_is_not_written(void **state) {
    (void)state;
    catch_output();
    log_printf(LOG_DEBUG, "quiet");
    log_threshold(LOG_ERROR);
    log_printf(LOG_WARN, "quiet, too");
    log_threshold(LOG_INFO);
    log_printf(LOG_INFO, "heard");
    struct str line = caught();
    assert_int_equal(lines_of(line), 1);
    assert_true(str_ends(line, STR(" heard\n")));
}

static void a_cut_goes_through_no_character_and_no_escape(void **state) {
    (void)state;
    static const char *const PIECES[] = {"\n",         "\"",       "\\",  "\u20ac",
                                         "\U0001f511", "\xc2\x9b", "\xff"};
    static const char *const ENDS[] = {"\\x0a",      "\\\"",  "\\\\", "\u20ac",
                                       "\U0001f511", "\\x9b", "\\xff"};
    static char value[20000];
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++)
        for (size_t shift = 0; shift < 8; shift++) {
            size_t n = shift;
            memset(value, 'x', shift);
            for (; n < sizeof value - 8; n += strlen(PIECES[i]))
                memcpy(value + n, PIECES[i], strlen(PIECES[i]));
            catch_output();
            log_line(LOG_INFO, "", (struct log_field[]){{"v", str_n(value, n)}, {NULL, STR_NONE}});
            struct str line = caught();
            assert_true(line.n > 4096 - 8 && line.n <= 4096);
            assert_int_equal(lines_of(line), 1);
            line.n--;
            assert_true(str_ends(line, str_of(ENDS[i])) || str_ends(line, STR("\\xc2")));
        }
}

static void no_line_is_anything_but_printable_utf_8(void **state) {
    (void)state;
    static char value[256 * 3];
    for (size_t i = 0; i < 256; i++)
        memcpy(value + 3 * i, (char[]){'\xc2', (char)i, 'x'}, 3);
    catch_output();
    log_line(LOG_WARN, "all",
             (struct log_field[]){{"v", str_n(value, sizeof value)}, {NULL, STR_NONE}});
    struct str line = caught();
    assert_int_equal(line.p[line.n - 1], '\n');
    line.n--;
    for (size_t n; line.n; line = str_from(line, n)) {
        n = str_utf8(line);
        assert_int_not_equal(n, 0);
        assert_true((unsigned char)line.p[0] >= 0x20 && line.p[0] != 0x7f);
        assert_false(n == 2 && (unsigned char)line.p[0] == 0xc2 && (unsigned char)line.p[1] < 0xa0);
    }
}

static void a_formatted_text_is_cut_between_two_characters(void **state) {
    (void)state;
    catch_output();
    log_printf(LOG_WARN, "%1022s%s", "", "\u00e4\u00e4"); /* one byte of room for two */
    log_printf(LOG_WARN, "%1021s%s", "", "\u00e4\u00e4");
    struct str rest = caught(), line;
    assert_true(str_split(&rest, '\n', &line) && str_ends(line, STR("  \"")));
    assert_true(str_split(&rest, '\n', &line) && str_ends(line, STR(" \u00e4\"")));
}

static void a_standard_error_that_is_gone_hurts_nobody(void **state) {
    (void)state;
    catch_output();
    close(STDERR_FILENO);
    log_printf(LOG_ERROR, "nobody hears this");
    assert_int_equal(caught().n, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fact_is_one_line_with_its_fields),
        cmocka_unit_test(nothing_a_client_sends_makes_a_second_line),
        cmocka_unit_test(a_line_that_is_too_long_is_cut_and_still_ends),
        cmocka_unit_test(what_is_below_the_threshold_is_not_written),
        cmocka_unit_test(a_cut_goes_through_no_character_and_no_escape),
        cmocka_unit_test(no_line_is_anything_but_printable_utf_8),
        cmocka_unit_test(a_formatted_text_is_cut_between_two_characters),
        cmocka_unit_test(a_standard_error_that_is_gone_hurts_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
