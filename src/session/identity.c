/* SPDX-License-Identifier: Apache-2.0 */
#include "session/identity.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool copy(char **to, const char *from) {
    *to = from ? strdup(from) : NULL;
    return !from || *to;
}

bool identity_copy(struct identity *to, const struct identity *from) {
    memset(to, 0, sizeof *to);
    to->parsed = json_loads(from->claims ? from->claims : "{}", JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(to->parsed) && copy(&to->provider, from->provider) &&
        copy(&to->subject, from->subject) && copy(&to->principal, from->principal) &&
        copy(&to->claims, from->claims))
        return true;
    identity_fini(to);
    return false;
}

void identity_fini(struct identity *i) {
    free(i->provider);
    free(i->subject);
    free(i->principal);
    free(i->claims);
    json_decref(i->parsed);
    memset(i, 0, sizeof *i);
}

const char *identity_claim(const struct identity *i, const char *name) {
    return json_string_value(json_object_get(i->parsed, name));
}
