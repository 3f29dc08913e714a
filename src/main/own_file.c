/* SPDX-License-Identifier: Apache-2.0 */
#include "main/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(const char *name, int error, struct err *e) {
    return err_set(e, ERR_IO, "%s cannot be written: %s", name, strerror(error));
}

/* What is no plain file would be lost with the new one in its place. */
static bool may_be_replaced(const char *name, struct err *e) {
    struct stat st;
    if (lstat(name, &st) != 0 || S_ISREG(st.st_mode))
        return true;
    err_set(e, ERR_IO, "%s cannot be written: it is %s", name,
            S_ISLNK(st.st_mode)   ? "a symbolic link"
            : S_ISDIR(st.st_mode) ? "a folder"
                                  : "a device or a pipe");
    err_hint(e, "Name a file, which is made new or replaced.");
    return false;
}

bool own_file_open(struct own_file *f, const char *name, struct err *e) {
    *f = (struct own_file){.name = name, .fd = -1};
    if (!may_be_replaced(name, e))
        return false;
    if (asprintf(&f->beside, "%s.XXXXXX", name) < 0)
        return err_set(e, ERR_NO_MEMORY, "no memory for %s", name);
    f->fd = mkostemp(f->beside, O_CLOEXEC | O_NOFOLLOW); /* O_EXCL, and mode 0600 */
    if (f->fd >= 0)
        return true;
    refuse(name, errno, e);
    free(f->beside);
    return false;
}

bool own_file_write(const struct own_file *f, struct str text) {
    while (text.n > 0) {
        ssize_t n = write(f->fd, text.p, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool own_file_put(struct own_file *f, struct err *e) {
    if (rename(f->beside, f->name) != 0)
        return refuse(f->name, errno, e);
    free(f->beside);
    f->beside = NULL;
    return true;
}

bool own_file_close(struct own_file *f, struct err *e) {
    bool done = close(f->fd) == 0 || refuse(f->name, errno, e);
    if (f->beside)
        unlink(f->beside);
    free(f->beside);
    return done;
}

bool own_file_save(const char *name, struct str text, struct err *e) {
    struct own_file f;
    if (!own_file_open(&f, name, e))
        return false;
    bool done = own_file_write(&f, text) ? own_file_put(&f, e) : refuse(name, errno, e);
    return own_file_close(&f, e) && done;
}
