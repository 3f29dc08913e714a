/* SPDX-License-Identifier: Apache-2.0
 *
 * How our own pages look and what they say: a part of config.h, which says who owns it and who may
 * read it.
 */
#pragma once
#include <stddef.h>

enum { CONFIG_LANGUAGES_MAX = 64 };

struct config_pages {
    char **messages; /* catalogues (config/words.h), a file for each language beside English */
    size_t message_count;
};
