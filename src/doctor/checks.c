/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checks.h"

const struct check CHECKS[] = {
#define X(function, id, name, stage, link, title, symptom, cause, detected, remedy)                \
    {id, name, stage, link, function, title, symptom, cause, detected, remedy},
#include "doctor/checks.def"
#undef X
};

const size_t CHECK_COUNT = sizeof CHECKS / sizeof *CHECKS;
