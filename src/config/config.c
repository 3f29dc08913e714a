/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_MEMORY_MAX = 64 << 20 };

/* The folder of `file`, absolute, without looking at the disk for more than where we are. */
static char *directory_of(struct arena *a, const char *file) {
    const char *slash = strrchr(file, '/');
    struct str folder = slash ? str_n(file, (size_t)(slash - file)) : STR_NONE;
    if (file[0] == '/')
        return arena_cstr(a, folder);
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here))
        return NULL;
    return arena_printf(a, "%s%s%.*s", here, folder.n ? "/" : "", STR_ARG(folder));
}

static struct config *config_new(const char *file) {
    struct config *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    arena_init(&c->arena, CONFIG_MEMORY_MAX);
    c->file = arena_cstr(&c->arena, str_of(file));
    c->directory = directory_of(&c->arena, file);
    if (c->file && c->directory)
        return c;
    config_free(c);
    return NULL;
}

struct config *config_parse(const char *file, struct str text, struct config_report *r) {
    struct findings findings;
    struct arena scratch;
    findings_init(&findings, file);
    arena_init(&scratch, CONFIG_MEMORY_MAX);
    struct config *c = config_new(file);
    struct node *root = NULL;
    if (!c)
        findings_error(&findings, (struct config_mark){0}, "the folder of the file is not known");
    else if (text.n > CONFIG_TEXT_MAX)
        findings_error(&findings, (struct config_mark){0}, "the file is larger than 1 MiB");
    else
        root = tree_parse(&scratch, text, &findings);
    if (root) {
        load_tree(c, root, &findings);
        rules_apply(c, &findings);
    }
    if (findings.errors) {
        config_free(c);
        c = NULL;
    }
    findings_finish(&findings, r);
    arena_fini(&scratch);
    return c;
}

void config_free(struct config *c) {
    if (!c)
        return;
    arena_fini(&c->arena);
    free(c);
}

struct config_mark config_mark_of(const struct config *c, const void *field) {
    const struct config_field *entry = load_field(c, field);
    return entry ? entry->mark : (struct config_mark){0};
}

/* Room for one byte more than is allowed shows that there is more. */
static bool read_all(int fd, struct buf *out) {
    for (;;) {
        size_t room = 1 << 16;
        char *to = buf_reserve(out, &room);
        if (!to) {
            errno = out->failed ? ENOMEM : EFBIG;
            return false;
        }
        ssize_t got = read(fd, to, room);
        if (got == 0)
            return true;
        if (got > 0)
            buf_commit(out, (size_t)got);
        else if (errno != EINTR)
            return false;
    }
}

bool config_read(const char *file, struct buf *out, struct err *e) {
    buf_init(out, CONFIG_TEXT_MAX + 1);
    struct stat st;
    /* Without waiting, should it be a pipe. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_file = fd >= 0 && fstat(fd, &st) == 0 && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode);
    bool ok = is_file && read_all(fd, out);
    if (fd >= 0 && !is_file)
        err_set(e, ERR_CONFIG, "%s: this is not a file", file);
    else if (!ok && errno == EFBIG)
        err_set(e, ERR_CONFIG, "%s: a configuration has at most %d bytes", file, CONFIG_TEXT_MAX);
    else if (!ok)
        err_set(e, ERR_CONFIG, "%s: %s", file, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

void config_resolvers(const struct config *c, struct buf *out) {
    for (size_t i = 0; i < c->dns_count; i++) {
        const struct config_dns *d = &c->dns[i];
        bool is_v6 = strchr(d->address, ':') != NULL;
        buf_printf(out, "%s%s%s%s:%u", i ? "," : "", is_v6 ? "[" : "", d->address, is_v6 ? "]" : "",
                   (unsigned)d->port);
    }
}

struct str config_account_realm(const struct config *c, size_t number) {
    const struct config_kerberos *k = &c->kerberos;
    struct str principal = str_of(number ? k->accounts[number - 1].principal : k->principal);
    return str_from(principal, str_index(principal, '@') + 1);
}

const struct config_provider *config_app_provider(const struct config_app *app, struct str name) {
    for (size_t i = 0; i < app->provider_count; i++)
        if (str_eq(str_of(app->providers[i]->name), name))
            return app->providers[i];
    return NULL;
}

const struct config_provider *config_app_provider_of(const struct config_app *app,
                                                     enum config_provider_type type) {
    for (size_t i = 0; i < app->provider_count; i++)
        if (app->providers[i]->type == type)
            return app->providers[i];
    return NULL;
}

bool config_app_has(const struct config_app *app, const struct config_provider *provider) {
    for (size_t i = 0; i < app->provider_count; i++)
        if (app->providers[i] == provider)
            return true;
    return false;
}

size_t config_negotiate_account(const struct config *c, const struct config_provider *p) {
    if (!p->negotiate.account)
        return 0;
    for (size_t i = 0; i < c->kerberos.account_count; i++)
        if (c->kerberos.accounts[i].name &&
            strcmp(c->kerberos.accounts[i].name, p->negotiate.account) == 0)
            return i + 1;
    return SIZE_MAX;
}

bool config_negotiate_takes(const struct config_provider *p, struct str host, struct str spn) {
    static const struct str CLASS = STR("HTTP/");
    for (size_t i = 0; i < p->negotiate.spn_count; i++)
        if (str_eq_ci(str_of(p->negotiate.spns[i]), spn))
            return true;
    return p->negotiate.spn_count == 0 && str_eq_ci(str_head(spn, CLASS.n), CLASS) &&
           str_eq_ci(str_from(spn, CLASS.n), host);
}

bool config_negotiate_feeds(const struct config_provider *p, const struct config_app *app) {
    const char *asks = app->account ? app->account->name : NULL, *opens = p->negotiate.account;
    return asks && opens ? strcmp(asks, opens) == 0 : asks == opens;
}
