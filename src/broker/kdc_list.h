/* SPDX-License-Identifier: Apache-2.0
 *
 * The domain controllers that krb5.conf names for a realm ([realms], kdc), and what such a line
 * means. Those that only DNS names are not among them. Any thread.
 */
#pragma once
#include "config/config.h"

/* Shows `take` each line, in its order: "dc1.corp.example", "10.0.0.10:88", "tcp/[fd00::1]:88". */
void kdc_list_each(const struct config_kerberos *k, const char *realm,
                   void (*take)(void *user, const char *kdc), void *user);

enum { KDC_HOST_MAX = 256, KDC_PORT = 88 };

struct kdc_name {
    char host[KDC_HOST_MAX]; /* a name or a numeric address, without brackets */
    uint16_t port;
};

/* False for what is neither a host nor an address with a port, and for a proxy of Kerberos over
 * HTTPS (MS-KKDCP), which is no domain controller. */
bool kdc_list_parse(const char *kdc, struct kdc_name *out);
