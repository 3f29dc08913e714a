/* SPDX-License-Identifier: Apache-2.0
 *
 * How our own pages look and what they say: a part of config.h, which says who owns it and who may
 * read it.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_LANGUAGES_MAX = 64 };

/* Each 0xRRGGBB. */
struct config_colors {
    uint32_t text, muted;         /* what is read, and what is less important */
    uint32_t surface, background; /* under it, and around that */
    uint32_t accent;              /* buttons and links */
};

struct config_pages {
    char *title;                 /* of whom the pages are; NULL: nobody says */
    char *logo;                  /* an image, NULL: none */
    char *sign_in_text, *footer; /* NULL: none */
    struct config_colors light, dark;
    char **messages; /* catalogues (config/words.h), a file for each language beside English */
    size_t message_count;
};
