/* SPDX-License-Identifier: Apache-2.0
 *
 * The checks: one function for each row of checks.def, which says what it is about. Pure, any
 * thread.
 */
#pragma once
#include "doctor/checking.h"

#define X(function, id, name, stage, link, title, symptom, cause, detected, remedy)                \
    void function(struct checking *c);
#include "doctor/checks.def"
#undef X
