/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_row.h"

const struct schema_key SCHEMA_PAGES[] = {
    {"messages", SCHEMA_FILE, LIST, LIST_IN(struct config, pages.messages, pages.message_count),
     .longest = CONFIG_LANGUAGES_MAX, .example = "[messages.de.yaml]",
     .help = "Catalogues of messages, one file for each language beside English, which browsers "
             "choose from (Accept-Language); kerbgate check --print-messages prints one to "
             "translate."},
    {NULL}};
