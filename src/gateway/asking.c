/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/asking.h"

#include "config/wildcard.h"

#include <stdlib.h>

/* Whether what is asked for on `host` can come to `app`: by its name, or by the wildcard for it,
 * whose paths are everybody's that no app of that name has. */
static bool may_come_to(struct str host, const struct config_app *app) {
    struct str label;
    return str_eq_ci(host, app->external.host) ||
           (!wildcard_is(host) && wildcard_match(app->external.host, host, &label));
}

/* One entry for each provider, and one without for the host itself: else a wildcard's would be
 * taken for it. */
static void add_host(struct asking *a, const struct config *c, struct str host) {
    a->asks[a->count++] = (struct tls_ask){.host = host};
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        if (!may_come_to(host, app))
            continue;
        for (size_t k = 0; k < app->provider_count; k++)
            if (app->providers[k]->type == PROVIDER_CERTIFICATE)
                a->asks[a->count++] = (struct tls_ask){host, app->providers[k]->certificates.ca};
    }
}

static bool is_first_of_host(const struct config *c, size_t number) {
    for (size_t i = 0; i < number; i++)
        if (str_eq_ci(c->apps[i].external.host, c->apps[number].external.host))
            return false;
    return true;
}

static bool wants_any(const struct config *c) {
    for (size_t i = 0; i < c->provider_count; i++)
        if (c->providers[i].type == PROVIDER_CERTIFICATE)
            return true;
    return false;
}

/* How many entries there may be: few apps have such a provider, and a host has few apps. */
static size_t count_room(const struct config *c) {
    size_t room = 0;
    for (size_t i = 0; i < c->app_count; i++) {
        room++;
        for (size_t k = 0; k < c->app_count; k++)
            if (may_come_to(c->apps[i].external.host, &c->apps[k]))
                room += c->apps[k].provider_count;
    }
    return room;
}

bool asking_init(struct asking *a, const struct config *c) {
    *a = (struct asking){0};
    if (!wants_any(c))
        return true;
    a->asks = calloc(count_room(c) + 1, sizeof *a->asks);
    for (size_t i = 0; a->asks && i < c->app_count; i++)
        if (is_first_of_host(c, i))
            add_host(a, c, c->apps[i].external.host);
    return a->asks != NULL;
}

void asking_fini(struct asking *a) {
    free(a->asks);
    *a = (struct asking){0};
}
