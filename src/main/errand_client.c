/* SPDX-License-Identifier: Apache-2.0 */
#include "main/errand_client.h"

#include "events/terminal.h"
#include "gateway/errand.h"
#include "main/commands.h"
#include "main/control_client.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CELL_MAX = 16 * BROKER_NAME_MAX };

static void say(FILE *to, struct str words) {
    struct buf safe;
    buf_init(&safe, CELL_MAX);
    bool has_end = words.n && words.p[words.n - 1] == '\n';
    terminal_lines(&safe, str_head(words, words.n - has_end), (struct terminal_wrap){0});
    fwrite(buf_str(&safe).p ? buf_str(&safe).p : "", 1, buf_size(&safe), to);
    buf_fini(&safe);
}

/* Until the last datagram. */
static int hear(const char *name, int fd, struct buf *lines) {
    static char said[1 + ERRAND_CHUNK_MAX];
    ssize_t n;
    while ((n = recv(fd, said, sizeof said, 0)) > 0 && said[0] == ERRAND_SAYS_MORE &&
           !lines->failed)
        buf_add(lines, str_n(said + 1, (size_t)n - 1));
    if (n <= 0 || lines->failed || said[0] == ERRAND_SAYS_MORE) {
        fprintf(stderr, "%s: the answer broke off; try again\n", name);
        return EXIT_FINDING;
    }
    bool is_done = said[0] == ERRAND_SAYS_DONE;
    if (n > 1)
        say(is_done ? stdout : stderr, str_n(said + 1, (size_t)n - 1));
    return is_done ? EXIT_FINE : EXIT_FINDING;
}

int errand_call(const char *name, const char *file, struct str question, struct buf *lines) {
    struct err e = {0};
    struct buf asked;
    int fd = control_call(file, &e);
    if (fd < 0)
        return control_fail(name, &e);
    buf_init(&asked, CONTROL_ASK_MAX);
    buf_add_byte(&asked, CONTROL_TICKETS);
    buf_add(&asked, question);
    struct str s = buf_str(&asked);
    /* One that turns us away answers without being asked. */
    (void)!send(fd, s.p, s.n, MSG_NOSIGNAL);
    int status = hear(name, fd, lines);
    close(fd);
    buf_fini(&asked);
    return status;
}

static bool read_lines(struct str lines, struct errand_lines *out) {
    size_t most = 0;
    struct str line, rest = lines;
    while (str_split(&rest, '\n', &line))
        most++;
    out->at = calloc(most + 1, sizeof(json_t *));
    while (out->at && str_split(&lines, '\n', &line)) {
        if (line.n == 0)
            continue;
        json_t *object = json_loadb(line.p, line.n, 0, NULL);
        out->at[out->count++] = object;
        if (!json_is_object(object))
            return false;
    }
    return out->at;
}

bool errand_read(const char *name, struct str lines, struct errand_lines *out) {
    *out = (struct errand_lines){0};
    if (read_lines(lines, out))
        return true;
    errand_lines_free(out);
    fprintf(stderr, "%s: the answer cannot be read; is this the kerbgate that runs?\n", name);
    return false;
}

void errand_lines_free(struct errand_lines *l) {
    for (size_t i = 0; i < l->count; i++)
        json_decref(l->at[i]);
    free(l->at);
    *l = (struct errand_lines){0};
}

/* In ASCII: a terminal takes U+009B for the start of an escape sequence, too. */
void errand_print_json(const struct errand_lines *l) {
    for (size_t i = 0; i < l->count; i++) {
        char *text = json_dumps(l->at[i], JSON_COMPACT | JSON_ENSURE_ASCII);
        puts(text ? text : "{}");
        free(text);
    }
}

static void measure(const struct errand_table *t, int widths[]) {
    struct buf cell;
    buf_init(&cell, CELL_MAX);
    for (int c = 0; c < t->columns; c++)
        widths[c] = (int)strlen(t->heads[c]);
    for (size_t i = 0; i < t->rows; i++) {
        for (int c = 0; c < t->columns; c++) {
            buf_clear(&cell);
            t->cell(t->user, i, c, &cell);
            widths[c] = (int)buf_size(&cell) > widths[c] ? (int)buf_size(&cell) : widths[c];
        }
    }
    buf_fini(&cell);
}

/* The last column is as long as it is. */
static void print_cell(const struct errand_table *t, int column, struct str text,
                       const int widths[]) {
    bool is_last = column == t->columns - 1;
    printf("%-*.*s%s", is_last ? 0 : widths[column], STR_ARG(text), is_last ? "\n" : "  ");
}

void errand_print_table(const struct errand_table *t) {
    struct buf cell;
    int widths[ERRAND_COLUMNS_MAX];
    measure(t, widths);
    buf_init(&cell, CELL_MAX);
    for (int c = 0; c < t->columns; c++)
        print_cell(t, c, str_of(t->heads[c]), widths);
    for (size_t i = 0; i < t->rows; i++) {
        for (int c = 0; c < t->columns; c++) {
            buf_clear(&cell);
            t->cell(t->user, i, c, &cell);
            print_cell(t, c, buf_str(&cell), widths);
        }
    }
    buf_fini(&cell);
}
