/* SPDX-License-Identifier: Apache-2.0
 *
 * What must not be guessed, compared in varying time, or left in memory. Nothing here prints.
 * Any thread.
 */
#pragma once
#include "base/str.h"

enum { SHA256_SIZE = 32 };

/* Overwrites memory in a way the compiler keeps. */
void secret_wipe(void *p, size_t n);
/* Compares in time that depends on the lengths alone. */
bool secret_equal(struct str a, struct str b);
/* Fills `out` from the system's generator; a process that cannot get randomness aborts. */
void secret_random(void *out, size_t n);
void secret_sha256(struct str in, unsigned char out[SHA256_SIZE]);
