/* SPDX-License-Identifier: Apache-2.0
 *
 * Small images of our pages, the logo and the icons of apps: known by their bytes, whatever their
 * names are. Pure, any thread.
 */
#pragma once
#include "base/str.h"

enum { IMAGE_MAX = 64 * 1024 }; /* bytes of one */

/* The media type of a PNG, an icon (ICO) or an SVG without a document type; NULL for all else. */
const char *image_type(struct str bytes);
