/* SPDX-License-Identifier: Apache-2.0
 *
 * What one check of a configuration found, collected in any order and written in the order of the
 * file. Every message names its place; a value is quoted only through quote(), which keeps control
 * bytes and long text out of the terminal. Values that may hold a password (URLs, the store) are
 * never quoted at all. One thread.
 */
#pragma once
#include "config/config.h"

struct finding {
    struct config_mark mark; /* all zero: the file as a whole */
    unsigned order;          /* findings at one place stay in the order they were made */
    bool warning;
    const char *text;
};

struct findings {
    const char *file;
    struct arena arena; /* owns the texts */
    struct finding items[CONFIG_FINDINGS_MAX];
    unsigned count;
    unsigned errors, warnings; /* also those beyond the maximum */
};

void findings_init(struct findings *f, const char *file);
void findings_error(struct findings *f, struct config_mark mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void findings_warning(struct findings *f, struct config_mark mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Writes everything to `r` and frees it. */
void findings_finish(struct findings *f, struct config_report *r);

/* Whether there is a control character in the UTF-8 of `s`, C1 included. */
bool has_control(struct str s);

/* `s` in quotes, cut and cleaned, to be printed in the same expression: quote(s).text. */
struct quoted {
    char text[80];
};
struct quoted quote(struct str s);
