/* SPDX-License-Identifier: Apache-2.0
 *
 * The small total parsers behind every value of the configuration. Each looks at all of `s`, sets
 * `*out` only when it answers true, and otherwise sets `*why` to a literal that continues the
 * sentence "the value …". What is kept as text points into `s`. Any thread.
 */
#pragma once
#include "base/str.h"

#include <netinet/in.h>

/* Decimal number. */
bool parse_count(struct str s, uint64_t *out, const char **why);
/* Bytes: a number alone or with KiB, MiB or GiB. */
bool parse_size(struct str s, uint64_t *out, const char **why);
/* A number with ms, s, m, h or d, or 0 alone; in milliseconds. */
bool parse_duration(struct str s, uint64_t *out, const char **why);

struct value_address {
    char text[INET6_ADDRSTRLEN]; /* numeric, in the one form of inet_ntop */
    uint16_t port;
};
/* "192.0.2.1:443" or "[2001:db8::1]:443"; with a `default_port` other than 0 also without port. */
bool parse_address(struct str s, uint16_t default_port, struct value_address *out,
                   const char **why);

/* "web1.corp.example:80", "192.0.2.1:80" or "[2001:db8::1]:80"; `*host` is without brackets. */
bool parse_backend(struct str s, struct str *host, uint16_t *port, const char **why);

/* Whether `s` is an IPv4 or IPv6 address, without brackets or port. */
bool is_numeric_address(struct str s);

/* Names that people give things: letters, digits, '.', '_' and '-', at most 64. */
bool parse_name(struct str s, struct str *out, const char **why);
/* A host name or numeric address, as a certificate names it. */
bool parse_host(struct str s, struct str *out, const char **why);
/* Upper-case Kerberos realm. */
bool parse_realm(struct str s, struct str *out, const char **why);
/* name@REALM or service/host@REALM. */
bool parse_principal(struct str s, struct str *out, const char **why);
/* class/host, optionally :port and /name, without realm; the first label of the host may be '*'. */
bool parse_spn(struct str s, struct str *out, const char **why);
/* An SPN in which one '*' may stand behind the class. */
bool parse_spn_pattern(struct str s, struct str *out, const char **why);
/* A group: a SID of a domain, as tickets name no others, or a name. */
bool parse_group(struct str s, struct str *out, const char **why);
/* A person: user name, user principal name, or DOMAIN\name. */
bool parse_user(struct str s, struct str *out, const char **why);
/* A file name, relative or absolute. */
bool parse_path(struct str s, struct str *out, const char **why);
/* Method of a request, in capital letters (RFC 9110 9.1). */
bool parse_method(struct str s, struct str *out, const char **why);
/* Name of a header (RFC 9110 5.1). */
bool parse_header(struct str s, struct str *out, const char **why);
/* Name of a claim. */
bool parse_claim(struct str s, struct str *out, const char **why);
/* Text that may stand in a header: no control characters (RFC 9110 5.5). */
bool parse_text(struct str s, struct str *out, const char **why);
/* sqlite:FILE; `*out` is the file. */
bool parse_store(struct str s, struct str *out, const char **why);
