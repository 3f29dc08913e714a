/* SPDX-License-Identifier: Apache-2.0
 *
 * Search filters of LDAP (RFC 4515) with values that come from outside: in a filter they stand for
 * themselves and nothing else. Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"
#include "base/sid.h"

/* Appends "(name=value)" with every byte of `value` escaped that is not a plain printable one. */
void filter_equals(struct buf *out, const char *name, struct str value);
/* "(name=value*)", and "(name=*value*)". `value` is not to be empty. */
void filter_begins(struct buf *out, const char *name, struct str value);
void filter_contains(struct buf *out, const char *name, struct str value);
/* The same as filter_equals for a SID, as the directory stores it. */
void filter_equals_sid(struct buf *out, const char *name, const struct sid *sid);
