/* SPDX-License-Identifier: Apache-2.0
 *
 * Trust in back ends, from the files the configuration names. Made before a worker gives up its
 * rights; shared by threads, read-only.
 */
#pragma once
#include "config/config.h"
#include "net/tls.h"

struct trust;

/* ERR_CONFIG names the file. */
struct trust *trust_new(const struct config *c, struct err *e);
void trust_free(struct trust *t);
/* For connections to the app with this index in the configuration; NULL: it is not https. */
struct tls_client *trust_of(const struct trust *t, size_t app);
