/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "main/supervisor_int.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 20 };

/* A run that never ends by itself. */
static struct supervisor run_until(int64_t ends_us) {
    struct supervisor s = {.checkup = {.pid = fork(), .ends_us = ends_us}};
    assert_true(s.checkup.pid >= 0);
    if (s.checkup.pid > 0)
        return s;
    alarm(PATIENCE_S);
    for (;;)
        pause();
}

static void must_be_killed(struct supervisor *s) {
    int status;
    assert_int_equal(waitpid(s->checkup.pid, &status, 0), s->checkup.pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    checkup_ended(s);
    assert_int_equal(s->checkup.pid, 0);
}

static void a_run_that_takes_too_long_is_killed_and_its_end_waited_for(void **state) {
    struct supervisor s = run_until(clock_mono_us() - 1);
    (void)state;
    assert_true(checkup_next_us(&s) <= clock_mono_us());
    checkup_tick(&s);
    assert_int_equal(checkup_next_us(&s), INT64_MAX);
    must_be_killed(&s);
}

static void a_run_goes_on_until_kerbgate_is_stopped(void **state) {
    struct supervisor s = run_until(clock_mono_us() + PATIENCE_S * INT64_C(1000000));
    (void)state;
    checkup_tick(&s);
    assert_int_equal(waitpid(s.checkup.pid, NULL, WNOHANG), 0);
    assert_true(checkup_next_us(&s) < INT64_MAX);
    s.is_stopping = true;
    checkup_tick(&s);
    assert_int_equal(checkup_next_us(&s), INT64_MAX);
    must_be_killed(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_takes_too_long_is_killed_and_its_end_waited_for),
        cmocka_unit_test(a_run_goes_on_until_kerbgate_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
