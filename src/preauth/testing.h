/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: a configuration, and a request to one of its hosts.
 */
#pragma once
#include "config/testing.h"

#include "preauth/local.h"

#include <stdio.h>
#include <stdlib.h>

#define AN_APP(name, external)                                                                     \
    "- {name: " name ", external_url: \"https://" external "\", "                                  \
    "internal_url: \"http://" name ".corp/\", pre_authentication: staff}\n"
#define TWO_PROVIDERS                                                                              \
    "identity_providers: [{name: staff, type: form, realm: CORP.EXAMPLE}, {name: partners, "       \
    "type: form, realm: PARTNERS.EXAMPLE, label: 'Partner <companies>'}]\n"
#define YAML                                                                                       \
    GATEWAY TWO_PROVIDERS CONNECTOR "apps:\n" AN_APP("hr", "hr.example.com/") AN_APP(              \
        "under", "apps.example.com/under/") AN_APP("deep", "apps.example.com/deep/er/")            \
        AN_APP("other", "apps.example.com:8443/other/") "- {name: open, external_url: "            \
                                                        "\"https://apps.example.com/open/\", "     \
                                                        "internal_url: \"http://open.corp/\", "    \
                                                        "pre_authentication: passthrough}\n"       \
                                                        "- {name: both, external_url: "            \
                                                        "\"https://both.example.com/\", "          \
                                                        "internal_url: \"http://both.corp/\", "    \
                                                        "pre_authentication: [staff, partners]}\n"

struct place {
    struct config *config;
    struct look *look;
    struct arena arena;
    struct activity activity;
    struct message message;
    struct target target;
    struct local_tools tools;
    struct local_request request;
    struct page page;
    char text[64 * 1024];
};

/* How the pages of this configuration look; the caller frees it. */
static inline struct look *look_of(const struct config *c) {
    struct err e;
    struct look *look = look_new(c, &e);
    if (!look)
        fail_msg("%s", e.detail);
    return look;
}

/* Another configuration. */
static inline void place_configure(struct place *p, const char *yaml) {
    look_free(p->look);
    config_free(p->config);
    p->config = parse_fine(yaml);
    p->look = look_of(p->config);
    page_init(p->look);
    p->tools.config = p->config;
}

static inline int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->config = parse_fine(YAML);
    p->look = look_of(p->config);
    page_init(p->look);
    arena_init(&p->arena, 1 << 20);
    activity_begin(&p->activity);
    p->tools.config = p->config;
    p->request = (struct local_request){.app = &p->config->apps[0],
                                        .message = &p->message,
                                        .target = &p->target,
                                        .arena = &p->arena,
                                        .activity = &p->activity};
    *state = p;
    return 0;
}

static inline int place_remove(void **state) {
    struct place *p = *state;
    arena_fini_wiped(&p->arena);
    look_free(p->look);
    config_free(p->config);
    free(p);
    return 0;
}

static inline const struct config_app *app_named(const struct place *p, const char *name) {
    for (size_t i = 0; i < p->config->app_count; i++) {
        if (strcmp(p->config->apps[i].name, name) == 0)
            return &p->config->apps[i];
    }
    fail_msg("no app %s", name);
    return NULL;
}

/* The request becomes this one, without headers and body. */
static inline void ask(struct place *p, const char *method, const char *target) {
    struct err e;
    p->message = (struct message){.method = str_of(method), .target = str_of(target), .minor = 1};
    p->request.body = STR_NONE;
    assert_true(target_parse(&p->arena, str_of(target), &p->target, &e));
}

static inline void say(struct place *p, const char *name, const char *value) {
    assert_true(headers_add(&p->arena, &p->message.headers, str_of(name), str_of(value)));
}

/* A header of the answer; "" when there is none. */
static inline const char *told(struct place *p, const char *name) {
    char *value = arena_cstr(&p->arena, headers_get(&p->page.head.headers, str_of(name)));
    return value ? value : "";
}

static inline const char *body_of(struct place *p) {
    assert_true(p->page.body.n < sizeof p->text);
    memcpy(p->text, p->page.body.p, p->page.body.n);
    p->text[p->page.body.n] = 0;
    return p->text;
}

static inline bool shows(struct place *p, const char *text) { return strstr(body_of(p), text); }
