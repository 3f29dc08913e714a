/* SPDX-License-Identifier: Apache-2.0
 *
 * A signed statement of who somebody is, for one app and a short time: a JSON Web Token (RFC 7519)
 * that a back end can verify by the public keys at /.kerbgate/jwks.json. Each request has its own.
 * It is a credential: keep it in memory that is wiped. Any thread.
 */
#pragma once
#include "base/jws.h"
#include "config/config.h"
#include "session/identity.h"

/* The keys of connector.assertion_keys. NULL with `e` set (ERR_CONFIG names the file) when one is
 * no good; empty when the file has none. By a process that may still read them. */
struct jws_keys *assertion_keys(const struct config *c, struct err *e);

/* Whether the person has every claim that the app's assertion has to say, with no text in it that
 * is empty, and the one that its sub comes of. False with `e` set (ERR_CLAIM_MISSING, event 13016),
 * also when `who` is NULL. */
bool assertion_has_claims(const struct config_app *app, const struct identity *who, struct err *e);

/* Appends the assertion for an app that wants one; assertion_has_claims was true. False with `e`
 * set: ERR_CLAIM_UNFIT when it is longer than `out` has room for, ERR_NO_MEMORY, ERR_INTERNAL. */
bool assertion_make(const struct jws_keys *k, const struct config_app *app,
                    const struct identity *who, struct buf *out, struct err *e);
