/* SPDX-License-Identifier: Apache-2.0 */
#include "events/metrics.h"

#include "events/testing.h"

enum { TEXT_MAX = 1 << 20 };

static const char *const APPS[] = {"hr", "wiki"};

static const char *written(struct buf *b, struct metrics *const *threads, size_t count) {
    struct metrics_source s = {
        .threads = threads, .thread_count = count, .apps = APPS, .app_count = 2};
    buf_init(b, TEXT_MAX);
    metrics_write(b, &s);
    buf_add_byte(b, 0);
    assert_false(b->failed);
    return buf_str(b).p;
}

static void must_have(const char *text, const char *line) {
    const char *at = strstr(text, line);
    if (!at || (at > text && at[-1] != '\n') || at[strlen(line)] != '\n')
        fail_msg("%s not in\n%s", line, text);
}

static struct activity request(int64_t total_us) {
    struct activity a = refused_request();
    memset(&a.err, 0, sizeof a.err);
    a.status = 200;
    a.total_us = total_us;
    return a;
}

static void requests_of_all_threads_are_counted_together(void **state) {
    (void)state;
    struct metrics *threads[] = {metrics_new(2), metrics_new(2)};
    struct buf b;
    struct activity a = request(100);
    a.is_ticket_cached = true;
    a.step_us[ACTIVITY_CONNECT] = 1;
    metrics_request(threads[0], 0, &a);
    metrics_request(threads[1], 0, &a);
    a.status = 0;
    metrics_request(threads[1], 1, &a);
    const char *text = written(&b, threads, 2);
    must_have(text, "kerbgate_requests_total{app=\"hr\",status=\"2xx\"} 2");
    must_have(text, "kerbgate_requests_total{app=\"wiki\",status=\"0xx\"} 1");
    must_have(text, "kerbgate_body_bytes_total{app=\"hr\",direction=\"out\"} 2468");
    must_have(text, "kerbgate_tickets_total{app=\"hr\",ticket=\"cached\"} 2");
    must_have(text, "kerbgate_backend_requests_total{app=\"hr\",connection=\"new\"} 2");
    assert_null(strstr(text, "app=\"wiki\",direction=\"in\"")); /* nothing came in */
    buf_fini(&b);
    metrics_free(threads[0]);
    metrics_free(threads[1]);
}

static void a_time_is_in_each_bucket_that_it_is_not_above(void **state) {
    (void)state;
    struct metrics *m = metrics_new(2);
    struct buf b;
    const int64_t TIMES[] = {50, 51, 1000000, 31000000};
    for (size_t i = 0; i < 4; i++) {
        struct activity a = request(TIMES[i]);
        metrics_request(m, 0, &a);
    }
    const char *text = written(&b, &m, 1);
    must_have(text, "kerbgate_request_seconds_bucket{app=\"hr\",le=\"0.00005\"} 1");
    must_have(text, "kerbgate_request_seconds_bucket{app=\"hr\",le=\"0.0001\"} 2");
    must_have(text, "kerbgate_request_seconds_bucket{app=\"hr\",le=\"0.5\"} 2");
    must_have(text, "kerbgate_request_seconds_bucket{app=\"hr\",le=\"1\"} 3");
    must_have(text, "kerbgate_request_seconds_bucket{app=\"hr\",le=\"30\"} 3");
    must_have(text, "kerbgate_request_seconds_bucket{app=\"hr\",le=\"+Inf\"} 4");
    must_have(text, "kerbgate_request_seconds_count{app=\"hr\"} 4");
    must_have(text, "kerbgate_request_seconds_sum{app=\"hr\"} 32.000101");
    must_have(text, "kerbgate_step_seconds_count{app=\"hr\",step=\"ticket\"} 4");
    assert_null(strstr(text, "step=\"mint\"")); /* they did not come to that */
    buf_fini(&b);
    metrics_free(m);
}

static void errors_and_what_belongs_to_no_app_are_counted(void **state) {
    (void)state;
    struct metrics *m = metrics_new(2);
    struct buf b;
    struct activity a = request(1);
    a.status = 404;
    err_set(&a.err, ERR_NO_APP, "none");
    metrics_request(m, 2, &a);
    metrics_request(m, 99, &a);
    metrics_request(NULL, 0, &a);
    const char *text = written(&b, &m, 1);
    must_have(text, "kerbgate_requests_total{app=\"\",status=\"4xx\"} 2");
    must_have(text, "kerbgate_errors_total{error=\"no-app\"} 2");
    buf_fini(&b);
    metrics_free(m);
}

static void gauges_go_up_and_down(void **state) {
    (void)state;
    struct metrics *m = metrics_new(2);
    struct buf b;
    metrics_add(m, METRICS_CLIENTS, 3);
    metrics_add(m, METRICS_CLIENTS, -1);
    metrics_add(NULL, METRICS_CLIENTS, 1);
    const char *text = written(&b, &m, 1);
    must_have(text, "kerbgate_client_connections 2");
    must_have(text, "kerbgate_requests_in_flight 0");
    must_have(text, "kerbgate_build_info{version=\"" KERBGATE_VERSION "\"} 1");
    buf_fini(&b);
    metrics_free(m);
}

/* Prometheus refuses a name whose samples do not stand together, or have no TYPE before them. */
static void the_samples_of_a_name_stand_below_its_type(void **state) {
    (void)state;
    struct metrics *m = metrics_new(2);
    struct buf b;
    struct activity a = request(1);
    metrics_request(m, 0, &a);
    metrics_request(m, 1, &a);
    char name[64] = "";
    struct str line, rest = str_of(written(&b, &m, 1));
    while (str_split(&rest, '\n', &line) && line.n > 0) {
        if (str_starts(line, STR("# TYPE "))) {
            struct str s = str_from(line, 7);
            snprintf(name, sizeof name, "%.*s", (int)str_index(s, ' '), s.p);
        } else if (!str_starts(line, STR("# HELP "))) {
            assert_true(str_starts(line, str_of(name)));
        }
    }
    buf_fini(&b);
    metrics_free(m);
}

static void a_label_has_what_would_end_it_escaped(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 256);
    metrics_label(&b, "app", "a\"b\\c\nd\t\xc3\xa9");
    assert_true(str_eq(buf_str(&b), STR("app=\"a\\\"b\\\\c\\nd\t\xc3\xa9\"")));
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_all_threads_are_counted_together),
        cmocka_unit_test(a_time_is_in_each_bucket_that_it_is_not_above),
        cmocka_unit_test(errors_and_what_belongs_to_no_app_are_counted),
        cmocka_unit_test(gauges_go_up_and_down),
        cmocka_unit_test(a_label_has_what_would_end_it_escaped),
        cmocka_unit_test(the_samples_of_a_name_stand_below_its_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
