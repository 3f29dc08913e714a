/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_handover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CONFIG                                                                                     \
    "gateway:\n"                                                                                   \
    "  listen: [{address: '127.0.0.1:8080', mode: http}]\n"                                        \
    "  threads: 2\n"                                                                               \
    "store: sqlite:/tmp/handover-test/state.db\n"                                                  \
    "apps:\n"                                                                                      \
    "- {name: a, external_url: 'https://a.example.com/', internal_url: 'http://b.example/',\n"     \
    "   pre_authentication: passthrough, sso: {mode: none}}\n"

/* What is handed over, and what comes of it. */
struct place {
    struct control_socket socket;
    struct generation_list generations;
    struct handover h;
};

static void place_init(struct place *p) {
    control_socket_init(&p->socket);
    TAILQ_INIT(&p->generations);
    p->h = (struct handover){.socket = &p->socket, .generations = &p->generations};
}

static void place_fini(struct place *p) {
    struct generation *g;
    while ((g = TAILQ_FIRST(&p->generations))) {
        TAILQ_REMOVE(&p->generations, g, next);
        generation_free(g);
    }
    control_socket_close(&p->socket);
}

/* Some descriptor that is open. */
static int some_fd(void) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static int sealed(const char *text) {
    struct err e;
    int fd = sealed_text(str_of(text), &e);
    assert_true(fd >= 0);
    return fd;
}

static bool read_text(struct place *p, const char *text, struct err *e) {
    place_init(p);
    return handover_read(&p->h, sealed(text), "k.yaml", e);
}

/* A generation that serves, its worker with two listeners. */
static char *written(void) {
    char *text;
    assert_true(asprintf(&text,
                         "kerbgate handover 1\nsocket %d\nclient %d 1\n"
                         "generation 1 %d 9223372036854775807\nlistener %d\nlistener %d\n"
                         "child 1 4711 %d 1 123456 2\n",
                         some_fd(), some_fd(), sealed(CONFIG), some_fd(), some_fd(),
                         some_fd()) > 0);
    return text;
}

static void what_is_written_is_what_is_read(void **state) {
    (void)state;
    struct place p;
    struct buf again;
    struct err e = {0};
    char *text = written();
    if (!read_text(&p, text, &e))
        fail_msg("%s", e.detail);
    const struct generation *g = TAILQ_FIRST(&p.generations);
    const struct child *worker = &g->children[CHILD_WORKER];
    assert_int_equal(g->state, GENERATION_SERVING);
    assert_int_equal(g->listeners.items[1].thread, 1);
    assert_int_equal(g->listeners.items[1].port, 8080);
    assert_int_equal(worker->pid, 4711);
    assert_true(worker->is_ready);
    assert_int_equal(worker->crashes, 2);
    assert_int_equal(g->restart_us[CHILD_WORKER], INT64_MAX);
    assert_int_equal(g->restart_us[CHILD_BROKER], INT64_MAX);
    assert_int_equal(p.socket.clients[0].state, CONTROL_CLIENT_ASKED);
    buf_init(&again, HANDOVER_MAX);
    handover_write(&p.h, &again);
    assert_int_equal(buf_size(&again), strlen(text));
    assert_memory_equal(buf_str(&again).p, text, strlen(text));
    buf_fini(&again);
    free(text);
    place_fini(&p);
}

static void a_worker_that_died_meanwhile_is_due_at_once(void **state) {
    (void)state;
    struct place p;
    struct err e = {0};
    char *text = written();
    *strstr(text, "child") = 0;
    assert_true(read_text(&p, text, &e));
    assert_int_equal(TAILQ_FIRST(&p.generations)->restart_us[CHILD_WORKER], 0);
    free(text);
    place_fini(&p);
}

/* `more` generations that drain, before the one that serves. */
static bool reads_with(unsigned more, struct err *e) {
    struct place p;
    struct buf text;
    char *one = written(), *serving = strstr(one, "generation");
    buf_init(&text, HANDOVER_MAX);
    buf_add(&text, str_n(one, (size_t)(serving - one)));
    for (unsigned i = 0; i < more; i++)
        buf_printf(&text, "generation 2 %d 0\nlistener %d\nlistener %d\n", sealed(CONFIG),
                   some_fd(), some_fd());
    buf_printf(&text, "%s%c", serving, 0);
    bool ok = read_text(&p, buf_str(&text).p, e);
    place_fini(&p);
    buf_fini(&text);
    free(one);
    return ok;
}

static void more_generations_than_there_is_room_for_are_not_taken_over(void **state) {
    (void)state;
    struct err e = {0};
    if (!reads_with(GENERATIONS_MAX - 1, &e))
        fail_msg("%s", e.detail);
    assert_false(reads_with(GENERATIONS_MAX, &e));
}

static void descriptors_outlive_exec_only_while_they_are_to(void **state) {
    (void)state;
    struct place p;
    struct err e = {0};
    char *text = written();
    assert_true(read_text(&p, text, &e));
    int fd = TAILQ_FIRST(&p.generations)->listeners.items[0].fd;
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    handover_keep(str_of(text), true);
    assert_int_equal(fcntl(fd, F_GETFD), 0);
    handover_keep(str_of(text), false);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    free(text);
    place_fini(&p);
}

/* `from` of what is right becomes `to`. */
static void what_is_not_whole_is_not_taken_over(void **state) {
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } ROWS[] = {
        {"handover 1", "handover 2", "does not know"},
        {"handover 1", "handover 1 ", "does not know"},
        {"\nsocket ", "\nsockets ", "does not understand"},
        {"\nsocket ", "\nsocket 99999", "does not understand"},
        {"\nsocket ", "\nsocket -", "does not understand"},
        {"\nclient ", "\nclient 1 ", "does not understand"},
        {" 1\ngeneration", " 9\ngeneration", "does not understand"},
        {"\ngeneration 1", "\ngeneration 2", "is missing"},
        {"\ngeneration 1", "\ngeneration 0", "is missing"},
        {"\ngeneration 1", "\ngeneration 7", "is missing"},
        {"\nlistener ", "\nlog ", "is missing"},
        {"child 1", "child 2", "does not understand"},
        {"child 1 4711", "child 1 0", "does not understand"},
        {"123456 2\n", "123456 2\n\n", "does not understand"},
        {"123456 2\n", "123456 2\npair 1 2\n", "does not understand"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct place p;
        struct err e = {0};
        char *text = written(), *at = strstr(text, ROWS[i].from), *bad;
        assert_non_null(at);
        assert_true(asprintf(&bad, "%.*s%s%s", (int)(at - text), text, ROWS[i].to,
                             at + strlen(ROWS[i].from)) > 0);
        if (read_text(&p, bad, &e) || !strstr(e.detail, ROWS[i].words))
            fail_msg("row %zu: %s\n%s", i, e.detail, bad);
        place_fini(&p);
        free(bad);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_what_is_read),
        cmocka_unit_test(a_worker_that_died_meanwhile_is_due_at_once),
        cmocka_unit_test(more_generations_than_there_is_room_for_are_not_taken_over),
        cmocka_unit_test(descriptors_outlive_exec_only_while_they_are_to),
        cmocka_unit_test(what_is_not_whole_is_not_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
