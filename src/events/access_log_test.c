/* SPDX-License-Identifier: Apache-2.0 */
#include "events/access_log.h"

#include "events/testing.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

enum { THREADS = 4, EACH = 2000 };

static struct access_log *open_log(int fd) {
    struct err e;
    struct access_log *l = access_log_open(fd, ACCESS_TEXT, &e);
    assert_non_null(l);
    return l;
}

static void record(struct access_log *l, unsigned count) {
    struct buf scratch;
    struct activity a = refused_request();
    buf_init(&scratch, ACCESS_RECORD_MAX);
    for (unsigned i = 0; i < count; i++) {
        access_log_record(l, &scratch, &a);
        assert_int_equal(buf_size(&scratch), 0);
    }
    buf_fini(&scratch);
}

static void *record_each(void *l) {
    record(l, EACH);
    return NULL;
}

static unsigned lines_of(int fd) {
    unsigned lines = 0;
    char bytes[4096];
    for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < n; i++)
            lines += bytes[i] == '\n';
    return lines;
}

static void *count_lines(void *fd) { return (void *)(uintptr_t)lines_of(*(int *)fd); }

static void what_all_threads_record_is_in_the_file_at_the_end(void **state) {
    (void)state;
    int file = memfd_create("access", MFD_CLOEXEC);
    struct access_log *l = open_log(fcntl(file, F_DUPFD_CLOEXEC, 3));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, record_each, l), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    uint64_t lost = access_log_lost(l);
    access_log_close(l);
    lseek(file, 0, SEEK_SET);
    assert_int_equal(lines_of(file) + lost, THREADS * EACH);
    close(file);
}

static void a_record_is_written_before_long(void **state) {
    (void)state;
    int ends[2];
    char first;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct access_log *l = open_log(ends[1]);
    record(l, 1);
    assert_int_equal(read(ends[0], &first, 1), 1); /* waits for it */
    assert_int_equal(first, 't');
    access_log_close(l);
    close(ends[0]);
}

/* A pipe that nobody reads is a disk that has stopped. */
static void a_disk_that_stops_costs_records_and_no_time(void **state) {
    struct place *p = *state;
    int ends[2];
    unsigned count = 3 * ACCESS_LOG_BUFFER / 256;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct access_log *l = open_log(ends[1]);
    record(l, count); /* would not come back */
    uint64_t lost = access_log_lost(l);
    assert_in_range(lost, 1, count - 1);
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, count_lines, &ends[0]), 0);
    access_log_close(l);
    void *lines;
    pthread_join(reader, &lines);
    assert_int_equal((uintptr_t)lines + lost, count);
    assert_non_null(strstr(place_log(p), "lines of the access log are lost"));
    close(ends[0]);
}

/* Another process may append to the same file between two of them. */
static void each_piece_ends_with_a_line(void **state) {
    (void)state;
    static char piece[ACCESS_LOG_BUFFER];
    int ends[2], size = 1 << 20;
    unsigned pieces = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct access_log *l = open_log(ends[1]);
    record(l, ACCESS_LOG_BATCH / 256); /* what the socket can hold unread */
    access_log_close(l);
    for (ssize_t n; (n = recv(ends[0], piece, sizeof piece, 0)) > 0; pieces++)
        assert_int_equal(piece[n - 1], '\n');
    assert_in_range(pieces, 4, ACCESS_LOG_BATCH / 256);
    close(ends[0]);
}

static void a_full_disk_is_told_once(void **state) {
    struct place *p = *state;
    struct access_log *l = open_log(open("/dev/full", O_WRONLY | O_CLOEXEC));
    record(l, 3 * ACCESS_LOG_BUFFER / 256);
    access_log_close(l);
    const char *first = strstr(place_log(p), "cannot be written");
    assert_non_null(first);
    assert_null(strstr(first + 1, "cannot be written"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_all_threads_record_is_in_the_file_at_the_end),
        cmocka_unit_test(a_record_is_written_before_long),
        cmocka_unit_test(each_piece_ends_with_a_line),
        cmocka_unit_test_setup_teardown(a_disk_that_stops_costs_records_and_no_time, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_once, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
