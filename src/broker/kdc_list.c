/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/kdc_list.h"

#include "broker/krb.h"

#include <profile.h>
#include <stdio.h>

void kdc_list_each(const struct config_kerberos *k, const char *realm,
                   void (*take)(void *user, const char *kdc), void *user) {
    krb5_context context = NULL;
    struct _profile_t *profile = NULL;
    char **kdcs = NULL;
    if (krb_context_new(k->krb5_conf, &context) == 0 && krb5_get_profile(context, &profile) == 0) {
        const char *const path[] = {"realms", realm, "kdc", NULL};
        profile_get_values(profile, path, &kdcs);
        for (char **kdc = kdcs; kdc && *kdc; kdc++)
            take(user, *kdc);
        profile_free_list(kdcs);
        profile_release(profile);
    }
    krb5_free_context(context);
}

bool kdc_list_parse(const char *kdc, struct kdc_name *out) {
    struct str s = str_of(kdc), host;
    uint64_t port = KDC_PORT;
    *out = (struct kdc_name){0};
    if (str_starts(s, STR("https://")))
        return false;
    if (str_starts(s, STR("tcp/")) || str_starts(s, STR("udp/")))
        s = str_from(s, 4);
    if (s.n && s.p[0] == '[') {
        size_t close = str_index(s, ']');
        if (close == s.n)
            return false;
        host = str_head(str_from(s, 1), close - 1);
        s = str_from(s, close + 1);
    } else {
        size_t colon = str_index(s, ':');
        bool is_v6 = str_index(str_from(s, colon + 1), ':') < str_from(s, colon + 1).n;
        host = is_v6 ? s : str_head(s, colon);
        s = str_from(s, host.n);
    }
    if (s.n && (s.p[0] != ':' || !str_to_u64(str_from(s, 1), 65535, &port)))
        return false;
    snprintf(out->host, sizeof out->host, "%.*s", STR_ARG(host));
    out->port = (uint16_t)port;
    return host.n > 0 && host.n < sizeof out->host && port > 0;
}
