/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_watch.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { PROVIDER_FILES = 6 };

/* What tells one content of a file from another. All zero: there is no file. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct watch_file {
    const char *path;
    struct stamp tried, seen;
};

static struct stamp stamp_of(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0)
        return (struct stamp){0};
    return (struct stamp){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
}

static bool is_same(const struct stamp *a, const struct stamp *b) {
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static void add(struct watch *w, const char *path) {
    if (!path)
        return;
    struct stamp now = stamp_of(path);
    w->files[w->count++] = (struct watch_file){path, now, now};
}

static void add_provider(struct watch *w, const struct config_provider *p) {
    const struct config_oidc *o = &p->oidc;
    add(w, p->second_factor.key_file);
    add(w, p->certificates.ca);
    for (size_t i = 0; i < p->certificates.crl_count; i++)
        add(w, p->certificates.crls[i]);
    add(w, o->client_secret_file);
    add(w, o->client_key_file);
    add(w, o->client_certificate);
    add(w, o->ca);
}

bool watch_start(struct watch *w, const struct config *c, int64_t now_us) {
    size_t files = 3 + c->app_count + c->pages.message_count + c->kerberos.account_count +
                   c->assertion_key_count + PROVIDER_FILES * c->provider_count;
    for (size_t i = 0; i < c->provider_count; i++)
        files += c->providers[i].certificates.crl_count;
    for (size_t i = 0; i < c->listen_count; i++)
        files += 2 + 2 * c->listen[i].certificate_count;
    *w = (struct watch){.files = calloc(files, sizeof *w->files),
                        .due_us = now_us + WATCH_S * 1000000LL};
    for (size_t i = 0; w->files && i < c->listen_count; i++) {
        const struct config_listen *l = &c->listen[i];
        add(w, l->certificate);
        add(w, l->key);
        for (size_t k = 0; k < l->certificate_count; k++) {
            add(w, l->certificates[k].certificate);
            add(w, l->certificates[k].key);
        }
    }
    for (size_t i = 0; w->files && i < c->pages.message_count; i++)
        add(w, c->pages.messages[i]);
    for (size_t i = 0; w->files && i < c->app_count; i++)
        add(w, c->apps[i].icon);
    if (w->files) {
        add(w, c->pages.logo);
        add(w, c->kerberos.keytab);
        for (size_t i = 0; i < c->kerberos.account_count; i++)
            add(w, c->kerberos.accounts[i].keytab);
        add(w, c->kerberos.krb5_conf);
        for (size_t i = 0; i < c->assertion_key_count; i++)
            add(w, c->assertion_keys[i]);
        for (size_t i = 0; i < c->provider_count; i++)
            add_provider(w, &c->providers[i]);
    }
    return w->files != NULL;
}

void watch_fini(struct watch *w) {
    free(w->files);
    *w = (struct watch){0};
}

bool watch_look(struct watch *w, int64_t now_us) {
    bool is_changed = false, is_stable = true;
    for (size_t i = 0; i < w->count; i++) {
        struct watch_file *f = &w->files[i];
        struct stamp now = stamp_of(f->path);
        is_changed = is_changed || !is_same(&now, &f->tried);
        is_stable = is_stable && is_same(&now, &f->seen);
        f->seen = now;
    }
    w->due_us = now_us + WATCH_S * 1000000LL;
    return is_changed && is_stable;
}

void watch_tried(struct watch *w) {
    for (size_t i = 0; i < w->count; i++)
        w->files[i].tried = w->files[i].seen;
}
