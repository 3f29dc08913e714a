/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the probe share: one address of a back end, and the requests that are sent
 * there. A node belongs to the thread that works on it.
 */
#pragma once
#include "doctor/probe.h"
#include "doctor/probe_wire.h"
#include "kerberos/mint.h"

struct probe_node {
    const struct probe *probe;
    struct tls_client *trust; /* NULL: cannot be had */
    const struct config_backend *backend;
    union resolve_address address; /* with port */
    bool is_ourselves;
    struct mint *mint; /* NULL: no ticket */
    struct mint_die *die;
    json_t *facts; /* an entry of target.nodes */
};

enum { PROBE_NAME_SIZE = 256 };

/* How a request is sent. */
struct probe_order {
    bool is_tls;
    bool has_token;
    bool is_challenged; /* asked without the token first, and with it after that */
    bool is_bound;      /* to the certificate, with TLS */
    enum mint_form form;
    enum config_host_header host;
    size_t filler;      /* bytes of a header that says nothing */
    const char *target; /* NULL: the probe's */
};

/* As the connector would. */
struct probe_order probe_configured(const struct probe_node *n);

/* One exchange over `w`, which is connected first where it is not: an ANSWER. NULL: the time was
 * over before, or no memory. After a failure `w` is closed. */
json_t *probe_ask(const struct probe_node *n, struct probe_wire *w, const struct probe_order *o);
/* The same over a connection of its own. */
json_t *probe_ask_alone(const struct probe_node *n, const struct probe_order *o);
struct probe_wire probe_wire_new(const struct probe_node *n);
/* The name that the certificate must have; in `out`, or the app's own. */
const char *probe_tls_name(const struct config_app *app, char out[PROBE_NAME_SIZE]);
/* "host:port"; NULL: no memory. */
json_t *probe_backend_json(const struct config_backend *b);
/* When a step that may take `ms` has to be over. */
int64_t probe_until(const struct probe_node *n, int64_t ms);
bool probe_is_over(const struct probe_node *n);

/* All about one address. Any thread; wants `probe`, `trust`, `backend`, `address`. */
void probe_node_run(struct probe_node *n);
/* Whatever else tells why the configured way did not succeed. */
void probe_variants_run(struct probe_node *n);
