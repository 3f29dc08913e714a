/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"

#include "base/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void check_error(const struct named_file *n, const char *format, ...) {
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    findings_error(n->f, config_mark_of(n->c, n->value), "%s: %s: %s", n->key, *n->value, what);
}

void check_warning(const struct named_file *n, const char *format, ...) {
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    findings_warning(n->f, config_mark_of(n->c, n->value), "%s: %s: %s", n->key, *n->value, what);
}

const char *check_typed(const struct named_file *n, const char *command,
                        char out[CHECK_TYPED_MAX]) {
    struct buf text;
    buf_init(&text, CHECK_TYPED_MAX - 1);
    buf_printf(&text, "; type: %s ", command);
    bool is_whole = quote_word(&text, QUOTE_SHELL, str_of(*n->value)) && !text.failed;
    snprintf(out, CHECK_TYPED_MAX, "%.*s", is_whole ? (int)buf_size(&text) : 0,
             is_whole ? buf_str(&text).p : "");
    buf_fini(&text);
    return out;
}

FILE *check_open(const struct named_file *n) {
    struct stat st;
    /* Without waiting, should it be a pipe. */
    int fd = open(*n->value, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        check_error(n, "%s", strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        check_error(n, "this is not a regular file");
    } else {
        FILE *file = fdopen(fd, "r");
        if (file)
            return file;
        check_error(n, "%s", strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void check_kerberos(const struct config *c, struct findings *f) {
    const struct config_kerberos *k = &c->kerberos;
    if (!k->present)
        return;
    check_keytab(&(struct named_file){c, f, "connector.kerberos.keytab", &k->keytab});
    for (size_t i = 0; i < k->account_count; i++)
        check_keytab(&(struct named_file){c, f, "connector.kerberos.accounts.keytab",
                                          &k->accounts[i].keytab});
    if (k->krb5_conf) {
        FILE *file =
            check_open(&(struct named_file){c, f, "connector.kerberos.krb5_conf", &k->krb5_conf});
        if (file)
            fclose(file);
    }
}

/* The folder of `path`, with its slash, in the same memory. */
static void cut_to_folder(char *path) {
    char *end = strrchr(path, '/');
    while (end > path && end[-1] == '/')
        end--;
    end[end == path] = 0;
}

static int folder_error(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0)
        return errno;
    return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

/* Whether the folder of the file is there, or, with `may_be_made`, the one above it, in which it is
 * then made at the start. */
static void check_folder(const struct named_file *n, bool may_be_made) {
    char *folder = strdup(*n->value);
    if (!folder) {
        check_error(n, "%s", strerror(ENOMEM));
        return;
    }
    cut_to_folder(folder);
    int error = folder_error(folder);
    if (error == ENOENT && may_be_made) {
        cut_to_folder(folder);
        error = folder_error(folder);
    }
    if (error)
        check_error(n, "its folder cannot be used: %s: %s", folder, strerror(error));
    free(folder);
}

static void check_store(const struct config *c, struct findings *f) {
    struct named_file n = {c, f, "store", &c->store};
    struct stat st;
    if (stat(c->store, &st) == 0 && !S_ISREG(st.st_mode))
        check_error(&n, "this is not a regular file");
    check_folder(&n, true);
}

/* The file itself is made at the start. */
static void check_access_log(const struct config *c, struct findings *f) {
    struct named_file n = {c, f, "gateway.access_log.file", &c->access_log.file};
    const char *file = c->access_log.file;
    struct stat st;
    if (!file || strcmp(file, "-") == 0)
        return;
    if (stat(file, &st) == 0 && S_ISDIR(st.st_mode)) {
        check_error(&n, "this is a folder, expected the name of a file in it");
        return;
    }
    check_folder(&n, false);
}

static void check_listeners(const struct config *c, struct findings *f) {
    bool *covered = calloc(c->app_count + 1, sizeof *covered); /* the last one is the home's */
    if (!covered) {
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
        return;
    }
    bool has_tls = false;
    for (size_t i = 0; i < c->listen_count; i++) {
        has_tls |= c->listen[i].mode == LISTEN_HTTPS;
        check_listener(c, &c->listen[i], covered, f);
    }
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        if (!covered[i] && has_tls)
            findings_warning(f, config_mark_of(c, &app->external),
                             "apps.external_url: no certificate in gateway.listen names the host "
                             "%.*s",
                             STR_ARG(app->external.host));
    }
    if (c->has_home && !covered[c->app_count] && has_tls)
        findings_warning(f, config_mark_of(c, &c->home.external),
                         "home.external_url: no certificate in gateway.listen names the host %.*s",
                         STR_ARG(c->home.external.host));
    free(covered);
}

bool config_check_files(const struct config *c, struct config_report *r) {
    struct findings f;
    findings_init(&f, c->file);
    check_listeners(c, &f);
    check_kerberos(c, &f);
    check_assertion_keys(c, &f);
    check_providers(c, &f);
    check_store(c, &f);
    check_access_log(c, &f);
    check_pages(c, &f, r);
    if (geteuid() == 0)
        check_accounts(c, &f);
    for (size_t i = 0; i < c->app_count; i++)
        if (c->apps[i].backend_ca)
            check_authorities(
                &(struct named_file){c, &f, "apps.backend_tls.ca", &c->apps[i].backend_ca});
    bool ok = f.errors == 0;
    findings_finish(&f, r);
    return ok;
}
