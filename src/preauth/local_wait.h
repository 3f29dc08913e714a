/* SPDX-License-Identifier: Apache-2.0
 *
 * What an answer waits for, so that it can be given up: for the files of this room alone.
 */
#pragma once
#include "preauth/local.h"

struct local_wait {
    void (*cancel)(struct local_wait *w); /* gives up what is under way and frees it */
};
