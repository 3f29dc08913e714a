/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that a command writes for who typed it, who alone can read it (mode 0600): it may hold
 * names of the inside. It is begun beside the one that is asked for and then takes its name, so
 * that nobody who may write to the folder (/tmp) can lead it elsewhere by a link or have it opened
 * by others, and nobody sees half of it. Main thread.
 */
#pragma once
#include "base/err.h"

struct own_file {
    const char *name;
    char *beside; /* its name until own_file_put; NULL: it is in its place */
    int fd;
};

/* False with `e` set, and nothing to close: it cannot be written, or `name` is a link, a device or
 * a folder, which is left as it is. */
bool own_file_open(struct own_file *f, const char *name, struct err *e);
/* Writes all of it; false with errno set. */
bool own_file_write(const struct own_file *f, struct str text);
/* Gives it its name, which takes the rights it was opened with; what was there is lost. It can be
 * written to still. False with `e` set. */
bool own_file_put(struct own_file *f, struct err *e);
/* Without own_file_put nothing is left of it. False with `e` set. */
bool own_file_close(struct own_file *f, struct err *e);

/* All of these with one text. */
bool own_file_save(const char *name, struct str text, struct err *e);
