/* SPDX-License-Identifier: Apache-2.0 */
#include "main/check_access.h"

#include "base/clock.h"
#include "connector/authorize.h"
#include "doctor/subject.h"
#include "events/terminal.h"
#include "http/url.h"
#include "main/commands.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_MAX = 256 * 1024, TEXT_MAX = 16 * 1024, CLAIMS_MAX = 16 * 1024 };

/* One question, while it is made. */
struct question {
    const struct config *config;
    const struct check_access *asked;
    const char *name; /* of the command, for its messages */
    struct arena arena;
    struct identity who;
    struct target target;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } from;
    struct authorize_request r;
};

static bool refuse(const struct question *q, const char *what, const char *typed,
                   const char *expected) {
    fprintf(stderr, "%s: %s '%s' %s\n", q->name, what, typed, expected);
    return false;
}

static bool find_app(struct question *q) {
    for (size_t i = 0; i < q->config->app_count; i++)
        if (strcmp(q->config->apps[i].name, q->asked->app) == 0)
            q->r.app = &q->config->apps[i];
    return q->r.app || refuse(q, "--app", q->asked->app, "is no app of the configuration");
}

static bool read_path(struct question *q) {
    const struct url *url = &q->r.app->external;
    struct str typed = q->asked->path ? str_of(q->asked->path) : url->path;
    struct err e;
    if (!target_parse(&q->arena, typed, &q->target, &e) || q->target.authority.n > 0 ||
        !str_starts(q->target.path, url->path))
        return refuse(q, "--path", q->asked->path ? q->asked->path : "",
                      "is no path of the app, expected one that begins with that of external_url");
    q->r.path = q->target.path;
    return true;
}

static bool read_from(struct question *q) {
    const char *from = q->asked->from;
    if (!from)
        return true;
    if (inet_pton(AF_INET, from, &q->from.v4.sin_addr) == 1)
        q->from.any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, from, &q->from.v6.sin6_addr) == 1)
        q->from.any.sa_family = AF_INET6;
    else
        return refuse(q, "--from", from, "is not a numeric address such as 192.0.2.1");
    q->r.from = &q->from.any;
    return true;
}

/* What is said of the sign-in takes the place of what the form would say. */
static bool add_claims(struct question *q, const struct identity *form) {
    const char *typed = q->asked->claims;
    json_t *claims = json_loads(form->claims, 0, NULL);
    json_t *more = typed && strlen(typed) <= CLAIMS_MAX
                       ? json_loads(typed, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    bool is_fine = !typed || json_is_object(more);
    if (is_fine && more)
        json_object_update(claims, more);
    struct identity all = *form;
    all.claims = json_dumps(claims, JSON_COMPACT);
    bool is_made = is_fine && all.claims && identity_copy(&q->who, &all);
    free(all.claims);
    json_decref(claims);
    json_decref(more);
    return is_made ||
           refuse(q, "--claims", typed ? typed : "",
                  "is not a JSON object such as {\"groups\": [\"HR\"]}, of at most 16 KiB");
}

static bool read_person(struct question *q) {
    struct identity form;
    if (!subject_sign_in(q->config, q->r.app, q->asked->user, &form))
        return refuse(q, "--user", q->asked->user, "cannot be the name of a person");
    bool is_made = add_claims(q, &form);
    identity_fini(&form);
    q->r.who = &q->who;
    q->r.is_sketch = !q->asked->claims;
    return is_made;
}

static void print(struct str text) {
    struct buf safe;
    buf_init(&safe, 4 * TEXT_MAX);
    terminal_text(&safe, text);
    printf("%.*s\n", STR_ARG(buf_str(&safe)));
    buf_fini(&safe);
}

static void print_rule(struct question *q, const struct authorized *a) {
    char text[TEXT_MAX];
    if (a->rule)
        snprintf(text, sizeof text, "rule: %s:%u: path %s", q->config->file, a->mark.line,
                 a->rule->path);
    else if (a->mark.line)
        snprintf(text, sizeof text, "rule: %s:%u: allow of the app", q->config->file, a->mark.line);
    else
        snprintf(text, sizeof text, "rule: none; everybody who signed in may use the app %s",
                 q->r.app->name);
    print(str_of(text));
}

static int answer(struct question *q) {
    static const char *const SAYS[] = {
        [AUTHORIZE_NO] = "may not", [AUTHORIZE_UNKNOWN] = "perhaps may", [AUTHORIZE_YES] = "may"};
    struct authorized a;
    char text[TEXT_MAX];
    authorize_explain(&q->r, &a);
    snprintf(text, sizeof text, "%s %s %.*s %.*s of app %s%s%s", q->who.subject, SAYS[a.answer],
             STR_ARG(str_head(q->r.method, 32)), STR_ARG(str_head(q->r.path, 2048)), q->r.app->name,
             a.why[0] ? ": " : "", a.why);
    print(str_of(text));
    print_rule(q, &a);
    return a.answer == AUTHORIZE_YES ? EXIT_FINE : EXIT_FINDING;
}

static int answer_without(const struct question *q) {
    printf("everybody may use app %s, unasked: pre_authentication is passthrough (%s:%u)\n",
           q->r.app->name, q->config->file, config_mark_of(q->config, &q->r.app->providers).line);
    return EXIT_FINE;
}

int check_access(const struct config *c, const struct check_access *asked, const char *name) {
    struct question q = {.config = c, .asked = asked, .name = name};
    int status = EXIT_USAGE;
    q.r = (struct authorize_request){.config = c,
                                     .method = asked->method ? str_of(asked->method) : STR("GET"),
                                     .wall_s = clock_wall_s()};
    arena_init(&q.arena, ARENA_MAX);
    if (find_app(&q) && read_path(&q) && read_from(&q)) {
        if (q.r.app->provider_count == 0)
            status = answer_without(&q);
        else if (read_person(&q))
            status = answer(&q);
    }
    identity_fini(&q.who);
    arena_fini(&q.arena);
    return status;
}
