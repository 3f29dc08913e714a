/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_progress.h"

#include "events/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_MAX = 4096, WIDTH_DEFAULT = 80 };

static size_t width_of(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WIDTH_DEFAULT;
}

/* `text` up to `columns` characters. */
static struct str cut(struct str text, size_t columns) {
    size_t n = 0;
    for (; n < text.n && columns > 0; columns--)
        n += str_utf8(str_from(text, n)) ? str_utf8(str_from(text, n)) : 1;
    return str_head(text, n);
}

static void write_all(int fd, struct str s) {
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        s = str_from(s, (size_t)n);
    }
}

void report_progress(const char *what) {
    struct buf line, safe;
    if (!isatty(STDERR_FILENO))
        return;
    buf_init(&line, LINE_MAX * 2);
    buf_init(&safe, LINE_MAX);
    terminal_text(&safe, str_head(str_of(what), LINE_MAX / 4));
    /* In the last column some terminals break the line already. ECMA-48 EL: erase to its end. */
    buf_add_byte(&line, '\r');
    buf_add(&line, cut(buf_str(&safe), width_of(STDERR_FILENO) - 1));
    buf_add(&line, STR("\x1b[K"));
    write_all(STDERR_FILENO, buf_str(&line));
    buf_fini(&safe);
    buf_fini(&line);
}
