/* SPDX-License-Identifier: Apache-2.0
 *
 * Input: header lines, "name: value", of a client's request. Whatever a CGI-like back end would
 * take for a header of ours or of the next hop is dropped, told by other means than the filter's:
 * both names are written as such a back end sees them, as an environment variable. What Connection
 * names is dropped, in requests, answers and trailers alike.
 */
#include "http/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS_MAX = 32, VARIABLE_MAX = 128 };

static void must(bool is_true) {
    if (!is_true)
        abort();
}

/* "X-Real-IP" is HTTP_X_REAL_IP there (RFC 3875 4.1.18). */
static void as_variable(struct str name, char out[VARIABLE_MAX]) {
    size_t n = name.n < VARIABLE_MAX - 1 ? name.n : VARIABLE_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        char c = str_lower(name.p[i]);
        out[i] = strchr("abcdefghijklmnopqrstuvwxyz0123456789", c) && c ? c : '_';
    }
    out[n] = 0;
}

static bool is_forbidden(const char *variable) {
    static const char *const NAMES[] = {
        "authorization", "connection", "content_length",     "forwarded",
        "keep_alive",    "te",         "proxy_authenticate", "proxy_authorization",
        "trailer",       "upgrade",    "proxy_connection",   "transfer_encoding",
        "x_forwarded",   "x_real_ip"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(variable, NAMES[i]) == 0)
            return true;
    return strncmp(variable, "x_forwarded_", 12) == 0 || strncmp(variable, "kerbgate_", 9) == 0;
}

static void check(const struct headers *all, const struct header *h) {
    char variable[VARIABLE_MAX];
    as_variable(h->name, variable);
    bool is_dropped = header_is_dropped_inbound(all, h->name, false);
    bool is_named = headers_has_token(all, STR("Connection"), h->name);
    must(is_dropped || (!is_forbidden(variable) && !is_named));
    must(!is_dropped || is_forbidden(variable) || is_named);
    must(!is_named || header_is_hop_by_hop(all, h->name));
    must(!is_forbidden(variable) || header_is_barred_from_trailers(h->name));
    must(header_is_dropped_inbound(all, h->name, true) || !is_dropped ||
         strcmp(variable, "authorization") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct header at[HEADERS_MAX];
    struct headers all = {.at = at, .capacity = HEADERS_MAX};
    struct str line, rest = str_n((const char *)data, size);
    while (all.count < HEADERS_MAX && str_split(&rest, '\n', &line)) {
        size_t colon = str_index(line, ':');
        if (colon > 0 && colon < line.n)
            at[all.count++] =
                (struct header){str_head(line, colon), str_trim(str_from(line, colon + 1))};
    }
    for (size_t i = 0; i < all.count; i++)
        check(&all, &at[i]);
    return 0;
}
