/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool may_write(const struct stat *st, const struct passwd *account) {
    if (st->st_uid == account->pw_uid)
        return (st->st_mode & S_IRWXU) == S_IRWXU;
    if (st->st_gid == account->pw_gid)
        return (st->st_mode & S_IRWXG) == S_IRWXG;
    return (st->st_mode & S_IRWXO) == S_IRWXO;
}

static bool is_empty(const char *folder) {
    DIR *d = opendir(folder);
    bool has_entry = !d;
    for (struct dirent *e; d && !has_entry && (e = readdir(d));)
        has_entry = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return !has_entry;
}

static bool check_folder(const char *folder, const struct passwd *account, struct err *e) {
    struct stat st;
    if (stat(folder, &st) != 0)
        return err_set(e, ERR_STORE, "store: %s: %s", folder, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(e, ERR_STORE, "store: %s is no folder", folder);
    if (!account || may_write(&st, account))
        return true;
    err_set(e, ERR_STORE, "store: the account \"%s\" may not write in %s", account->pw_name,
            folder);
    /* Never to be typed for a folder that others live in, such as /etc. */
    if (is_empty(folder))
        err_hint(e, "Type: chown %s: %s && chmod u=rwx,go= %s", account->pw_name, folder, folder);
    else
        err_hint(e,
                 "Give the store a folder of its own, which kerbgate makes: store: "
                 "sqlite:%s/kerbgate/state.db",
                 strcmp(folder, "/") == 0 ? "" : folder);
    return false;
}

/* Gives away what we have just made, and nothing that somebody has put in its place. */
static bool give(const char *folder, const struct passwd *account, struct err *e) {
    struct stat st;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
              fchown(fd, account->pw_uid, account->pw_gid) == 0;
    if (!ok)
        err_set(e, ERR_STORE, "store: %s cannot be given to \"%s\": %s", folder, account->pw_name,
                strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

bool store_folder_prepare(const struct config *c, struct err *e) {
    const struct passwd *account = geteuid() == 0 ? getpwnam(c->user) : NULL;
    const char *slash = strrchr(c->store, '/');
    char *folder = strndup(c->store, slash == c->store ? 1 : (size_t)(slash - c->store));
    if (!folder)
        return err_set(e, ERR_NO_MEMORY, "no memory");
    bool ok = true;
    if (mkdir(folder, S_IRWXU) == 0)
        ok = !account || give(folder, account, e);
    else if (errno == EEXIST)
        ok = check_folder(folder, account, e);
    else
        ok = err_set(e, ERR_STORE, "store: %s cannot be made: %s", folder, strerror(errno));
    free(folder);
    return ok;
}
