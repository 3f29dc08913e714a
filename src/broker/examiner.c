/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/examiner.h"

#include "base/json_text.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "broker/ldap_gss.h"
#include "broker/realm.h"
#include "directory/directory.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>

static void send_all(int fd, struct str s) {
    /* The pair is as large as all that is ever said; who forked us reads, or we end by signal. */
    if (send(fd, s.p, s.n, MSG_NOSIGNAL) < 0)
        _exit(1);
}

static void send_fact(void *user, const char *path, json_t *value) {
    const struct examiner_start *s = user;
    char *json = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    struct buf out;
    buf_init(&out, EXAMINER_MESSAGE_MAX);
    buf_add_byte(&out, EXAMINER_FACT);
    buf_add(&out, str_of(path));
    buf_add_byte(&out, '\0');
    buf_add(&out, json ? str_of(json) : STR("{\"error\":{\"detail\":\"no memory\"}}"));
    if (out.failed) {
        buf_clear(&out);
        buf_printf(&out, "%c%s%c{\"error\":{\"detail\":\"more was found than can be told\"}}",
                   EXAMINER_FACT, path, '\0');
    }
    send_all(s->fd, buf_str(&out));
    buf_fini(&out);
    free(json);
    json_decref(value);
}

static void send_ticket(const struct examiner_start *s, struct ticket *ticket) {
    struct broker_reply reply = {.kind = BROKER_TICKET, .ticket = ticket};
    struct buf out;
    buf_init_secret(&out, EXAMINER_MESSAGE_MAX);
    buf_add_byte(&out, EXAMINER_TICKET);
    broker_reply_encode(&out, &reply);
    if (!out.failed)
        send_all(s->fd, buf_str(&out));
    buf_fini(&out);
}

static void tell_failure(struct examiner_start *s, const char *path, const struct err *e) {
    send_fact(s, path, examine_error(e));
}

/* Which file, and whose key it should have. */
static void tell_no_keys(struct examiner_start *s, const struct realm *r, const struct err *e) {
    json_t *facts = examine_error(e);
    json_set_text(facts, "file", str_of(r->config.kerberos.keytab));
    json_set_text(facts, "principal", str_of(r->config.kerberos.principal));
    send_fact(s, "kerberos.keytab", facts);
}

/* The kernel's signal at a parent's death (PR_SET_PDEATHSIG) needs the rights of the parent, which
 * is another account by then; the end of the pair needs none. */
static void *end_with_parent(void *user) {
    const struct examiner_start *s = user;
    struct pollfd fd = {.fd = s->fd};
    while (poll(&fd, 1, -1) < 0 && errno == EINTR)
        ;
    _exit(1);
}

static void watch_parent(struct examiner_start *s) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, end_with_parent, s) == 0)
        pthread_detach(thread);
}

static void examine_with(struct examiner_start *s, struct realm *r) {
    struct examine x = {.config = &r->config,
                        .asked = s->asked,
                        .web_port = s->web_port,
                        .is_trace = s->is_trace,
                        .until_us = s->until_us,
                        .tell = send_fact,
                        .user = s};
    directory_init();
    ldap_gss_init(r->config.kerberos.krb5_conf);
    struct ticket *ticket = examine_chain(&x);
    if (ticket)
        send_ticket(s, ticket);
    ticket_free(ticket);
}

int examiner_process(const struct examiner_start *start) {
    struct examiner_start s = *start;
    struct realm realm;
    struct err e = {.code = ERR_NONE};
    const int room = 4 * EXAMINER_MESSAGE_MAX;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    log_process("examiner");
    if (setsockopt(s.fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) < 0)
        setsockopt(s.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    bool has_keys = realm_load(&realm, s.config, s.account, &e);
    if (!has_keys)
        tell_no_keys(&s, &realm, &e);
    if (!sandbox_enter(&(struct sandbox){.user = s.config->broker_user}, &e))
        tell_failure(&s, "host.rights", &e);
    else if (has_keys) {
        watch_parent(&s);
        examine_with(&s, &realm);
    }
    if (has_keys)
        realm_unload(&realm);
    send_all(s.fd, str_n((const char[]){EXAMINER_END}, 1));
    return 0;
}

static bool read_fact(struct str in, struct examiner_message *out) {
    size_t nul = str_index(in, '\0');
    if (nul == in.n || nul >= sizeof out->path)
        return false;
    memcpy(out->path, in.p, nul);
    struct str json = str_from(in, nul + 1);
    out->value = json_loadb(json.n ? json.p : "", json.n, JSON_DECODE_ANY, NULL);
    return out->value;
}

bool examiner_read(struct str in, struct examiner_message *out) {
    struct broker_reply reply;
    *out = (struct examiner_message){0};
    if (in.n == 0)
        return false;
    out->kind = in.p[0];
    switch (out->kind) {
    case EXAMINER_FACT:
        return read_fact(str_from(in, 1), out);
    case EXAMINER_TICKET:
        if (!broker_reply_decode(str_from(in, 1), &reply))
            return false;
        out->ticket = reply.ticket;
        return out->ticket;
    case EXAMINER_END:
        return in.n == 1;
    default:
        return false;
    }
}
