/* SPDX-License-Identifier: Apache-2.0
 *
 * What is taken as an SVG says so behind nothing but a declaration and comments.
 */
#include "config/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str bytes = str_n((const char *)data, size);
    const char *type = image_type(bytes);
    size_t svg, doctype;
    if (!type || strcmp(type, "image/svg+xml") != 0)
        return 0;
    if (!str_find(bytes, STR("<svg"), &svg))
        abort();
    if (str_find(str_head(bytes, svg), STR("<!DOCTYPE"), &doctype) &&
        !str_find(str_head(bytes, svg), STR("<!--"), &doctype) &&
        !str_find(str_head(bytes, svg), STR("<?xml"), &doctype))
        abort();
    return 0;
}
