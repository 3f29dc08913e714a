/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_handover.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIELDS_MAX = 6 };

#define TITLE "kerbgate handover 1"

/* One line: its word and its numbers. */
struct line {
    struct str word;
    uint64_t at[FIELDS_MAX];
    size_t count;
};

/* The lines there are, how many numbers each has, and which of them are descriptors. */
static const struct kind {
    struct str word;
    size_t count;
    unsigned fds; /* bit by bit */
} KINDS[] = {
    {STR("socket"), 1, 1},   {STR("client"), 2, 1}, {STR("generation"), 3, 2}, {STR("log"), 1, 1},
    {STR("listener"), 1, 1}, {STR("pair"), 2, 3},   {STR("child"), 6, 4},
};

static void put_generation(struct buf *out, const struct generation *g) {
    buf_printf(out, "generation %d %d %lld\n", (int)g->state, g->config_fd,
               (long long)g->deadline_us);
    if (g->access_log_fd >= 0)
        buf_printf(out, "log %d\n", g->access_log_fd);
    for (size_t i = 0; i < g->listeners.count; i++)
        buf_printf(out, "listener %d\n", g->listeners.items[i].fd);
    for (unsigned i = 0; i < g->pairs.count; i++)
        buf_printf(out, "pair %d %d\n", g->pairs.broker[i], g->pairs.worker[i]);
    for (int role = 0; role < GENERATION_CHILDREN; role++) {
        const struct child *c = &g->children[role];
        if (c->pid && c->control >= 0)
            buf_printf(out, "child %d %d %d %d %lld %u\n", role, (int)c->pid, c->control,
                       c->is_ready, (long long)c->since_us, c->crashes);
    }
}

void handover_write(const struct handover *h, struct buf *out) {
    const struct generation *g;
    buf_printf(out, TITLE "\nsocket %d\n", h->socket->fd);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        const struct control_client *c = &h->socket->clients[i];
        if (c->fd >= 0)
            buf_printf(out, "client %d %d\n", c->fd, (int)c->state);
    }
    TAILQ_FOREACH(g, h->generations, next)
    put_generation(out, g);
}

static const struct kind *read_line(struct str text, struct line *l) {
    struct str field;
    *l = (struct line){0};
    str_split(&text, ' ', &l->word);
    for (; l->count < FIELDS_MAX && str_split(&text, ' ', &field); l->count++)
        if (!str_to_u64(field, INT64_MAX, &l->at[l->count]))
            return NULL;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (!text.p && str_eq(l->word, KINDS[i].word) && l->count == KINDS[i].count)
            return &KINDS[i];
    return NULL;
}

void handover_keep(struct str text, bool is_kept) {
    struct str part;
    struct line l;
    while (str_split(&text, '\n', &part)) {
        const struct kind *kind = read_line(part, &l);
        for (size_t i = 0; kind && i < l.count; i++)
            if (kind->fds & 1U << i)
                fcntl((int)l.at[i], F_SETFD, is_kept ? 0 : FD_CLOEXEC);
    }
}

/* Every descriptor of the line must be open, and no longer outlives an exec. */
static bool take_fds(const struct kind *kind, const struct line *l) {
    for (size_t i = 0; i < l->count; i++)
        if (kind->fds & 1U << i && (l->at[i] > INT_MAX || l->at[i] <= STDERR_FILENO ||
                                    fcntl((int)l->at[i], F_SETFD, FD_CLOEXEC) != 0))
            return false;
    return true;
}

/* What it says of the file in force must be what this program makes of it, too. */
static struct config *read_config(int fd, const char *file, struct err *e) {
    struct buf text;
    struct config_report report;
    struct config *c = NULL;
    config_report_init(&report);
    if (sealed_read(fd, CONFIG_TEXT_MAX, &text, e) &&
        !(c = config_parse(file, buf_str(&text), &report)))
        err_set(e, ERR_CONFIG,
                "this program does not take the configuration that is in force: %.*s",
                STR_ARG(buf_str(&report.text)));
    buf_fini(&text);
    config_report_fini(&report);
    return c;
}

static struct generation *add_generation(struct handover *h, const struct line *l, const char *file,
                                         struct err *e) {
    struct config *c = read_config((int)l->at[1], file, e);
    struct generation *g = c ? generation_adopt(c, (int)l->at[1], e) : NULL;
    if (!g) {
        close((int)l->at[1]);
        return NULL;
    }
    g->state = (enum generation_state)l->at[0];
    g->deadline_us = (int64_t)l->at[2];
    /* Those that no line is about have died: they are due. */
    g->restart_us[CHILD_WORKER] = g->state == GENERATION_SERVING ? 0 : INT64_MAX;
    g->restart_us[CHILD_BROKER] = child_has_broker(c) ? g->restart_us[CHILD_WORKER] : INT64_MAX;
    TAILQ_INSERT_TAIL(h->generations, g, next);
    return g;
}

static bool add_client(struct control_socket *s, const struct line *l) {
    int i = 0;
    while (i < CONTROL_CLIENTS_MAX && s->clients[i].fd >= 0)
        i++;
    if (i == CONTROL_CLIENTS_MAX || l->at[1] > CONTROL_CLIENT_WAITS)
        return false;
    s->clients[i] =
        (struct control_client){.fd = (int)l->at[0],
                                .state = (enum control_client_state)l->at[1],
                                .deadline_us = clock_mono_us() + CONTROL_WAIT_S * 1000000LL};
    return true;
}

static bool add_child(struct generation *g, const struct line *l) {
    if (l->at[0] >= GENERATION_CHILDREN || l->at[1] == 0 || l->at[1] > INT_MAX)
        return false;
    struct child *c = &g->children[l->at[0]];
    child_init(c, (enum child_role)l->at[0]);
    c->pid = (pid_t)l->at[1];
    c->control = (int)l->at[2];
    c->is_ready = l->at[3];
    c->since_us = (int64_t)l->at[4];
    c->crashes = (unsigned)l->at[5];
    g->restart_us[l->at[0]] = INT64_MAX;
    return true;
}

/* A line that belongs to the generation before it. */
static bool add_part(struct generation *g, const struct line *l) {
    if (str_eq(l->word, STR("log")))
        return g->access_log_fd < 0 && (g->access_log_fd = (int)l->at[0]) >= 0;
    if (str_eq(l->word, STR("listener")))
        return listeners_adopt(&g->listeners, g->config, (int)l->at[0]);
    if (str_eq(l->word, STR("pair")))
        return pairs_adopt(&g->pairs, g->config->threads, (int)l->at[0], (int)l->at[1]);
    return add_child(g, l);
}

static bool is_whole(const struct handover *h) {
    const struct generation *g;
    unsigned serving = 0, count = 0;
    TAILQ_FOREACH(g, h->generations, next) {
        const struct config *c = g->config;
        count++;
        serving += g->state == GENERATION_SERVING;
        if (g->state == GENERATION_STARTING || g->state > GENERATION_KILLED ||
            g->listeners.count != listeners_count(c) ||
            g->pairs.count != (child_has_broker(c) ? c->threads : 0) ||
            (g->access_log_fd >= 0) != child_has_access_log(c))
            return false;
    }
    return serving == 1 && count <= GENERATIONS_MAX && h->socket->fd >= 0;
}

static bool take_line(struct handover *h, struct str text, const char *file, struct err *e) {
    struct line l;
    struct generation *last = TAILQ_LAST(h->generations, generation_list);
    const struct kind *kind = read_line(text, &l);
    bool ok = kind && take_fds(kind, &l);
    e->code = ERR_NONE;
    if (ok && str_eq(l.word, STR("socket")))
        ok = h->socket->fd < 0 && (h->socket->fd = (int)l.at[0]) >= 0;
    else if (ok && str_eq(l.word, STR("client")))
        ok = add_client(h->socket, &l);
    else if (ok && str_eq(l.word, STR("generation")))
        ok = add_generation(h, &l, file, e);
    else if (ok)
        ok = last && add_part(last, &l);
    if (!ok && !e->code)
        err_set(e, ERR_INTERNAL, "this program does not understand what the other hands over: %.*s",
                STR_ARG(text));
    return ok;
}

bool handover_read(struct handover *h, int fd, const char *file, struct err *e) {
    struct buf text;
    struct str line;
    bool ok = sealed_read(fd, HANDOVER_MAX, &text, e);
    struct str rest = buf_str(&text);
    close(fd);
    str_split(&rest, '\n', &line);
    if (ok && !str_eq(line, STR(TITLE)))
        ok = err_set(e, ERR_INTERNAL, "this program does not know \"%.*s\"", STR_ARG(line));
    while (ok && str_split(&rest, '\n', &line) && (line.n || rest.p))
        ok = take_line(h, line, file, e);
    if (ok && !is_whole(h))
        ok = err_set(e, ERR_INTERNAL, "something is missing in what the other program hands over");
    buf_fini(&text);
    return ok;
}
