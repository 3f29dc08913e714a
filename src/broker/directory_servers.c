/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/directory_servers.h"

#include "base/clock.h"
#include "broker/kdc_list.h"
#include "broker/ldap_gss.h"
#include "net/dial_wait.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PORT = 389,
    CATALOGUE_PORT = 3268,
    SLOW_US = 500000,     /* a failure that took less holds up nobody */
    PAUSE_US = 3000000,   /* after one that took more */
    RESOLVERS_MAX = 4096, /* of the configuration, as text */
};

struct directory_servers {
    bool is_in_krb5_conf;          /* as in the configuration */
    char resolvers[RESOLVERS_MAX]; /* empty: the system's */
    struct directory_server at[DIRECTORY_SERVERS_MAX];
    size_t count;
    pthread_mutex_t lock; /* guards all below */
    size_t first;         /* answered last */
    int64_t pause_until_us;
    struct err why;
};

bool directory_servers_host(const char *kdc, char *out, size_t size) {
    struct str s = str_of(kdc);
    /* Protocol and port are the KDC's alone. */
    for (size_t i = 0; i + 2 < s.n; i++) {
        if (memcmp(s.p + i, "://", 3) == 0)
            s = str_from(s, i + 3);
    }
    s = str_head(s, str_index(s, '/'));
    size_t colon = str_index(s, ':');
    bool is_v6 = str_index(str_from(s, colon + 1), ':') < str_from(s, colon + 1).n;
    s = str_head(s, colon);
    bool has_letter = false;
    for (size_t i = 0; i < s.n; i++)
        has_letter |= str_lower(s.p[i]) >= 'a' && str_lower(s.p[i]) <= 'z';
    snprintf(out, size, "%.*s", STR_ARG(s));
    return has_letter && !is_v6 && s.n < size;
}

static void add(struct directory_servers *s, const char *host, uint16_t port) {
    if (s->count == DIRECTORY_SERVERS_MAX)
        return;
    struct directory_server *to = &s->at[s->count++];
    snprintf(to->host, sizeof to->host, "%s", host);
    snprintf(to->dial, sizeof to->dial, "%s", host);
    to->port = port;
}

static const char *realm_of(const struct config_kerberos *k) {
    const char *at = strrchr(k->principal, '@');
    return at ? at + 1 : "";
}

static void add_kdc(void *user, const char *kdc) {
    char host[DIRECTORY_NAME_MAX];
    if (directory_servers_host(kdc, host, sizeof host))
        add(user, host, PORT);
}

struct directory_servers *directory_servers_new(const struct config *config, struct err *e) {
    struct directory_servers *s = calloc(1, sizeof *s);
    struct buf text;
    buf_init(&text, sizeof s->resolvers);
    config_resolvers(config, &text);
    if (!s || text.failed) {
        buf_fini(&text);
        free(s);
        err_set(e, ERR_NO_MEMORY, "no memory for the directory's servers");
        return NULL;
    }
    snprintf(s->resolvers, sizeof s->resolvers, "%.*s", STR_ARG(buf_str(&text)));
    buf_fini(&text);
    pthread_mutex_init(&s->lock, NULL);
    s->is_in_krb5_conf = config->ldap.is_in_krb5_conf;
    for (size_t i = 0; i < config->ldap.server_count; i++)
        add(s, config->ldap.servers[i].host, config->ldap.servers[i].port);
    if (s->count == 0 && config->kerberos.principal)
        kdc_list_each(&config->kerberos, realm_of(&config->kerberos), add_kdc, s);
    return s;
}

void directory_servers_free(struct directory_servers *s) {
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    free(s);
}

size_t directory_servers_list(const struct directory_servers *s,
                              struct directory_server out[DIRECTORY_SERVERS_MAX]) {
    memcpy(out, s->at, sizeof s->at);
    return s->count;
}

int directory_servers_dial(const struct directory_servers *s, const struct directory_server *at,
                           int64_t until_us, struct err *e) {
    struct dial_wait w = {.servers = s->resolvers[0] ? s->resolvers : NULL,
                          .host = at->dial,
                          .port = at->port,
                          .timeout_ms = (until_us - clock_mono_us()) / 1000 + 1};
    struct err why;
    int fd = w.timeout_ms > 0 ? dial_and_wait(&w, &why) : -1;
    if (fd >= 0)
        return fd;
    if (w.timeout_ms > 0)
        err_set(e, ERR_DIRECTORY, "the directory cannot be reached: %s", why.detail);
    else
        err_set(e, ERR_DIRECTORY, "there was no time left to ask the directory at %s", at->host);
    err_hint(e, "Check %s, and that this machine may reach %s on port %u (TCP).",
             s->is_in_krb5_conf ? "[realms] of krb5.conf" : "connector.directory.servers", at->host,
             (unsigned)at->port);
    return fd;
}

bool directory_servers_visit(const struct directory_servers *s, struct krb *k,
                             const struct directory_server *at, int64_t until_us,
                             bool (*use)(void *user, struct directory *d, struct err *e),
                             void *user, struct err *e) {
    struct ldap_gss gss;
    struct directory *d = NULL;
    bool done = false;
    int fd = directory_servers_dial(s, at, until_us, e);
    if (fd < 0)
        return false;
    struct directory_open open = {.fd = fd,
                                  .host = at->host,
                                  .is_catalogue = at->port == CATALOGUE_PORT,
                                  .has_no_catalogue = s->is_in_krb5_conf,
                                  .security = &gss.security,
                                  .until_us = until_us};
    if (ldap_gss_open(&gss, k, at->host, e)) {
        d = directory_open(&open, e);
        done = d && use(user, d, e);
        directory_close(d);
    } else {
        close(fd);
    }
    ldap_gss_close(&gss);
    return done;
}

struct asking {
    const struct directory_question *question;
    struct directory_answer *answer;
};

static bool find(void *user, struct directory *d, struct err *e) {
    const struct asking *a = user;
    return directory_find(d, a->question, a->answer, e);
}

static bool ask_one(const struct directory_servers *s, struct krb *k,
                    const struct directory_server *at, const struct directory_question *q,
                    struct directory_answer *out, struct err *e) {
    struct asking asking = {q, out};
    return directory_servers_visit(s, k, at, q->until_us, find, &asking, e);
}

/* Whether nobody is to ask now; where to begin otherwise. */
static bool is_paused(struct directory_servers *s, size_t *first, struct err *e) {
    pthread_mutex_lock(&s->lock);
    bool is_paused = clock_mono_us() < s->pause_until_us;
    if (is_paused)
        *e = s->why;
    *first = s->first;
    pthread_mutex_unlock(&s->lock);
    return is_paused;
}

static void note(struct directory_servers *s, size_t good, int64_t began_us,
                 const struct err *why) {
    int64_t now_us = clock_mono_us();
    pthread_mutex_lock(&s->lock);
    if (!why) {
        s->first = good;
        s->pause_until_us = 0;
    } else if (now_us - began_us > SLOW_US) {
        s->pause_until_us = now_us + PAUSE_US;
        s->why = *why;
    }
    pthread_mutex_unlock(&s->lock);
}

bool directory_servers_ask(struct directory_servers *s, struct krb *k,
                           const struct directory_question *q, struct directory_answer *out,
                           struct err *e) {
    int64_t began_us = clock_mono_us();
    size_t first;
    if (s->count == 0) {
        err_set(e, ERR_DIRECTORY, "no server of the directory is known");
        if (s->is_in_krb5_conf)
            err_hint(e, "Name the realm's domain controllers as hosts in [realms] of krb5.conf, as "
                        "kdc = dc1.corp.example.");
        else
            err_hint(e, "Name the domain controllers in connector.directory.servers, as "
                        "[\"dc1.corp.example:389\"].");
        return false;
    }
    if (is_paused(s, &first, e))
        return false;
    for (size_t i = 0; i < s->count; i++) {
        size_t at = (first + i) % s->count;
        struct directory_question part = *q;
        int64_t now_us = clock_mono_us();
        part.until_us = now_us + (q->until_us - now_us) / (int64_t)(s->count - i);
        if (ask_one(s, k, &s->at[at], &part, out, e)) {
            note(s, at, began_us, NULL);
            *e = (struct err){.code = ERR_NONE}; /* of one before it */
            return true;
        }
    }
    note(s, 0, began_us, e);
    return false;
}
