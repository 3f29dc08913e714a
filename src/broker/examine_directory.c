/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of the directory's servers come from the configuration or krb5.conf, as for the broker.
 * Where neither has one, the doctor also takes those that DNS or the servers themselves say, if
 * they are of the realm's domain: it decides nothing by what it hears, and the domain's KDC has to
 * know the name.
 */
#include "base/clock.h"
#include "base/json_text.h"
#include "broker/directory_servers.h"
#include "broker/examine_int.h"
#include "broker/kdc_list.h"
#include "directory/survey.h"
#include "net/srv.h"

#include <stdio.h>

enum { LDAP_PORT = 389, ROOT_US = 2000000, VISIT_US = 4000000, SRV_TIMEOUT_MS = 2000 };

/* A directory under examination. */
struct survey {
    const struct examine *x;
    struct krb *k;
    struct directory_servers *servers;
    struct directory_server at[DIRECTORY_SERVERS_MAX];
    size_t count;
    struct directory_survey_question question;
    json_t *facts; /* of the first that answered; NULL: none has */
    bool is_again;
};

static int64_t until(const struct survey *s, int64_t us) {
    int64_t end = clock_mono_us() + us;
    return end < s->x->until_us ? end : s->x->until_us;
}

static const char *realm_of(const struct survey *s) {
    const char *at = strrchr(s->x->config->kerberos.principal, '@');
    return at ? at + 1 : "";
}

static bool is_of_realm(const struct survey *s, const char *host) {
    struct str name = str_of(host), realm = str_of(realm_of(s));
    return name.n > realm.n + 1 && name.p[name.n - realm.n - 1] == '.' && str_ends_ci(name, realm);
}

static void add(struct survey *s, const char *host, const char *dial, uint16_t port) {
    for (size_t i = 0; i < s->count; i++) {
        if (str_eq_ci(str_of(s->at[i].host), str_of(host)))
            return;
    }
    if (s->count == DIRECTORY_SERVERS_MAX || !is_of_realm(s, host))
        return;
    struct directory_server *to = &s->at[s->count++];
    snprintf(to->host, sizeof to->host, "%s", host);
    snprintf(to->dial, sizeof to->dial, "%s", dial);
    to->port = port;
}

static void add_srv(struct survey *s) {
    char name[SRV_NAME_MAX], resolvers[4096];
    struct buf text;
    struct srv_answer answer;
    struct err e;
    buf_init(&text, sizeof resolvers - 1);
    config_resolvers(s->x->config, &text);
    snprintf(resolvers, sizeof resolvers, "%.*s", STR_ARG(buf_str(&text)));
    buf_fini(&text);
    snprintf(name, sizeof name, "_ldap._tcp.dc._msdcs.%.200s", realm_of(s));
    int64_t left_ms = (until(s, SRV_TIMEOUT_MS * 1000) - clock_mono_us()) / 1000;
    if (left_ms > 0 && srv_find(resolvers[0] ? resolvers : NULL, name, left_ms, &answer, &e)) {
        for (size_t i = 0; i < answer.count; i++)
            add(s, answer.at[i].host, answer.at[i].host, answer.at[i].port);
    }
}

static json_t *root_of(const struct survey *s, const struct directory_server *at, struct err *e) {
    struct directory_root_question q = {.host = at->host, .until_us = until(s, ROOT_US)};
    q.fd = directory_servers_dial(s->servers, at, q.until_us, e);
    return q.fd < 0 ? NULL : directory_root(&q, e);
}

/* An address of krb5.conf: what it calls itself. */
static void add_kdc(void *user, const char *line) {
    struct survey *s = user;
    struct kdc_name kdc;
    struct directory_server at = {.port = LDAP_PORT};
    struct err e;
    if (clock_mono_us() >= s->x->until_us || !kdc_list_parse(line, &kdc))
        return;
    snprintf(at.host, sizeof at.host, "%s", kdc.host);
    snprintf(at.dial, sizeof at.dial, "%s", kdc.host);
    json_t *root = root_of(s, &at, &e);
    const char *name = json_string_value(json_object_get(root, "dns_host_name"));
    if (name)
        add(s, name, kdc.host, LDAP_PORT);
    json_decref(root);
}

/* In brief one of those that are known will do. */
static void find_servers(struct survey *s) {
    s->count = directory_servers_list(s->servers, s->at);
    if (s->count == 0)
        kdc_list_each(&s->x->config->kerberos, realm_of(s), add_kdc, s);
    if (s->count == 0 || !s->x->is_brief)
        add_srv(s);
}

static bool ask(void *user, struct directory *d, struct err *e) {
    struct survey *s = user;
    struct directory_survey_question q = s->question;
    q.until_us = until(s, VISIT_US);
    json_t *facts = s->is_again ? directory_survey_again(d, &q, e) : directory_survey(d, &q, e);
    s->facts = facts;
    return facts != NULL;
}

/* What this server says of itself and, behind the first that answers, of the accounts. */
static json_t *see_server(struct survey *s, const struct directory_server *at, json_t **first) {
    struct err e = {.code = ERR_NONE};
    json_t *o = json_object(), *root = root_of(s, at, &e);
    json_set_text(o, "host", str_of(at->host));
    json_object_set_new(o, "is_configured",
                        json_boolean((size_t)(at - s->at) < s->x->config->ldap.server_count));
    s->is_again = *first != NULL;
    s->facts = NULL;
    bool is_fine = directory_servers_visit(s->servers, s->k, at, until(s, VISIT_US), ask, s, &e);
    if (!is_fine)
        json_object_set_new(o, "error", examine_error(&e));
    if (root) {
        json_t *time = json_object_get(root, "current_time");
        if (json_is_integer(time))
            json_object_set_new(o, "skew_s",
                                json_integer(clock_wall_s() - json_integer_value(time)));
        json_object_set_new(o, "root", root);
    }
    if (s->facts && s->is_again) {
        json_object_update_missing(o, s->facts);
        json_decref(s->facts);
    } else if (s->facts) {
        *first = s->facts;
        json_set_text(*first, "server", str_of(at->host));
    }
    return o;
}

static json_t *nobody(const struct survey *s, json_t *servers) {
    struct err e;
    const json_t *first = json_object_get(json_array_get(servers, 0), "error");
    if (first)
        return json_pack("{s:O}", "error", first);
    err_set(&e, ERR_DIRECTORY, "no server of the directory of %s is known", realm_of(s));
    err_hint(&e, "Name the domain controllers in connector.directory.servers, as "
                 "[\"dc1.corp.example:389\"], or as hosts in [realms] of krb5.conf.");
    return json_pack("{s:o}", "error", examine_error(&e));
}

void examine_directory(const struct examine *x, struct krb *k) {
    struct err e;
    uint64_t port = 0;
    struct survey s = {.x = x, .k = k, .servers = directory_servers_new(x->config, &e)};
    json_t *servers = json_array(), *first = NULL;
    if (!s.servers) {
        json_decref(servers);
        return;
    }
    str_to_u64(x->web_port, UINT16_MAX, &port);
    s.question =
        (struct directory_survey_question){.principal = str_of(x->config->kerberos.principal),
                                           .person = x->asked.user,
                                           .spn = x->asked.spn,
                                           .port = (uint16_t)port};
    find_servers(&s);
    for (size_t i = 0; i < s.count && clock_mono_us() < x->until_us; i++) {
        json_array_append_new(servers, see_server(&s, &s.at[i], &first));
        if (first && x->is_brief)
            break;
    }
    json_t *facts = first ? first : nobody(&s, servers);
    json_object_set_new(facts, "servers", servers);
    examine_tell(x, "directory", facts);
    directory_servers_free(s.servers);
}
