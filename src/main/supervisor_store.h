/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's folder, which must be the worker's before a worker is started. Supervisor only.
 */
#pragma once
#include "config/config.h"

/* Makes the folder, but none above it, and as root gives it to the worker; what is there is not
 * changed. False with `e` set (ERR_STORE): it cannot be made, or is not the worker's to write in.
 */
bool store_folder_prepare(const struct config *c, struct err *e);
