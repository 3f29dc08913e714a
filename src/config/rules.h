/* SPDX-License-Identifier: Apache-2.0
 *
 * What only shows when values meet. Each rule looks at values that are there and right by
 * themselves; what load_tree refused already is not refused a second time. One thread.
 */
#pragma once
#include "config/load.h"

/* Adds to `f` what does not fit together. Fills in what follows from other values: the list of
 * SPNs when the file has none, the number of threads, the certificate of a listener that has only a
 * list of them, the back ends of apps without, and the paths of CORS rules without. */
void rules_apply(struct config *c, struct findings *f);

/* Parts of rules_apply: listeners, administration and proxies in front; every app; what follows
 * from an app's URLs. */
void rules_gateway(struct config *c, struct findings *f);
void rules_apps(const struct config *c, struct findings *f);
void rules_fill_apps(struct config *c, struct findings *f);

/* The rules of how our pages look, a part of rules_apply. */
void rules_pages(const struct config *c, struct findings *f);
/* The rules of the home, and what it has of an app. */
void rules_home(struct config *c, struct findings *f);
/* The rules of identity providers, a part of rules_apply. */
void rules_providers(const struct config *c, struct findings *f);

/* Those of one of type negotiate, and for an app that it signs people in to. */
void rules_negotiate(const struct config *c, const struct config_provider *p, struct findings *f);
/* The same of one provider of type certificate. */
void rules_certificates(const struct config *c, const struct config_provider *p,
                        struct findings *f);

struct app_rule {
    const struct config *c;
    const struct config_app *app;
    struct findings *f;
};

/* The rules of one app for its wildcards, back ends and other origins, a part of rules_apps. */
void rules_publish(const struct app_rule *r);
void rules_negotiate_app(const struct app_rule *r);
/* The rules for who may use it, a part of rules_apps. */
void rules_access(const struct app_rule *r);
/* Before them: what the paths of an app's rules are compared as. */
void rules_fill_access(struct config *c, struct findings *f);
/* Whether two apps let in the same people; false when that takes more than a look. */
bool rules_is_same_allow(const struct config_app *a, const struct config_app *b);
/* The rules for what tells an app who the person is, a part of rules_apps; and the list of all
 * headers that do. */
void rules_headers(const struct app_rule *r);
void rules_fill_headers(struct config *c, struct findings *f);
/* Where a value of the app stands, or the app when it does not have it. */
struct config_mark rules_mark(const struct app_rule *r, const void *field);
/* Whether the file has the value, and whether it is right by itself. */
bool rules_is_given(const struct app_rule *r, const void *field);
bool rules_is_right(const struct app_rule *r, const void *field);
/* Whether one request could go to both. */
bool rules_is_same_place(const struct url *a, const struct url *b);
