/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_home(const struct config *c) {
    if (c && c->has_home && (c->home.provider_count == 0 || !c->home.external.host.n))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct config_report r;
    config_report_init(&r);
    struct config *c = config_parse("/k.yaml", str_n((const char *)data, size), &r);
    /* Either a configuration that has what the program relies on, or a reason. */
    if (!c != (r.errors > 0) || !c != (buf_size(&r.text) > 0) || r.text.failed)
        __builtin_trap();
    check_home(c);
    for (size_t i = 0; c && i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        if (!app->name || !app->external.host.n || !app->internal.host.n ||
            (app->sso == SSO_KERBEROS &&
             (!app->spn || app->provider_count == 0 || !c->kerberos.keytab)))
            __builtin_trap();
        if (!app->backend_count || app->backend_count > CONFIG_BACKENDS_MAX ||
            !app->backends[0].host)
            __builtin_trap();
        for (size_t j = 0; j < app->cors_count; j++)
            if (!app->cors[j].path || !app->cors[j].origin_count || !app->cors[j].origins[0])
                __builtin_trap();
    }
    for (size_t i = 0; c && i < c->listen_count; i++) {
        const struct config_listen *l = &c->listen[i];
        if (!l->certificate != (l->mode != LISTEN_HTTPS) || !l->key != !l->certificate)
            __builtin_trap();
    }
    config_free(c);
    config_report_fini(&r);
    return 0;
}
