/* SPDX-License-Identifier: Apache-2.0
 *
 * Absolute URLs of the configuration and request targets of the wire, both brought into the one
 * form on which decisions are made and which is forwarded. Sans-I/O; results point into the arena
 * that is passed. Any thread.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

/* scheme://host[:port]/path, no user, query or fragment. */
struct url {
    struct str scheme;    /* "http" or "https" */
    struct str host;      /* lower case; IPv6 without brackets */
    uint16_t port;        /* the scheme's default when none was given */
    struct str path;      /* normalised, starts with '/' */
    struct str origin;    /* scheme://host[:port] as RFC 6454 serialises it (no default port) */
    struct str authority; /* host[:port] without the default port: what a Host header says */
};

/* A URL of the configuration. False with `why` set to a literal ("has no host") when it is none. */
bool url_parse(struct arena *a, struct str text, struct url *out, const char **why);

/* A request target in origin-form or absolute-form (RFC 9112 3.2), taken apart. */
struct target {
    struct str authority; /* of the absolute-form, else empty */
    struct str path;      /* normalised: dot segments removed, unreserved bytes decoded, what a
                             path cannot have encoded, percent encodings in upper case; starts with
                             '/'; empty segments ("//") and encoded slashes are kept */
    struct str query;     /* with its '?', as sent; empty when there is none */
};

/* Refuses (ERR_HTTP_BAD_REQUEST) what two readers could read differently: control bytes, blanks,
 * backslashes, '#', bad percent encodings, encoded control bytes, encoded slashes or backslashes
 * that would make a dot segment, also one behind ';' or blanks ("..;", "..%20"), dot segments above
 * the root. Of a query only control bytes, blanks, '#' and bytes beyond ASCII: it is passed on as
 * sent, and no app is chosen by it. */
bool target_parse(struct arena *a, struct str text, struct target *out, struct err *e);

/* The host and port of a Host header or authority (RFC 9110 7.2): lower-cased, IPv6 without its
 * brackets, a name without the dot of the root; port 0 when none is given, as in "host:". False for
 * anything with user information, blanks or bytes that no host name has. */
bool authority_parse(struct arena *a, struct str text, struct str *host, uint16_t *port);
