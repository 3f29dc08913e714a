/* SPDX-License-Identifier: Apache-2.0
 *
 * From facts to a diagnosis: which link of the chain does not hold, what is the first cause, what
 * follows from it, and what was not reached. All checks are asked; what they say is put in order by
 * the link that they are about, since a later link cannot be judged before the earlier ones hold.
 * Pure, any thread.
 */
#pragma once
#include "doctor/checking.h"

/* The report of one chain (docs/doctor.md): outcome, summary, first_cause, chain, checks and the
 * facts themselves, of which it holds a reference. `now_s`: this host's clock when they were
 * gathered. NULL: no memory. */
json_t *reason(json_t *facts, int64_t now_s);

/* "host", "tgt", …: the name in reports. */
const char *link_name(enum doctor_link link);
