/* SPDX-License-Identifier: Apache-2.0
 *
 * The PROXY protocol at the start of a client's connection (net/proxy_protocol.h): read byte-exact,
 * so that what follows is left in the socket for TLS. Loop thread only.
 */
#pragma once
#include "gateway/client.h"

/* Whether this connection must begin with a header: it comes from a source that is listed. */
bool client_proxy_is_due(const struct client *c);

enum client_proxy {
    CLIENT_PROXY_MORE, /* the header is not whole yet */
    CLIENT_PROXY_DONE, /* c->peer is whom it speaks for */
    CLIENT_PROXY_FAILED,
};
/* Reads on; why it failed is logged. `in` of the client is empty again when it is done. */
enum client_proxy client_proxy_read(struct client *c);
