/* SPDX-License-Identifier: Apache-2.0 */
#include "session/identity.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool copy(char **to, const char *from) {
    *to = from ? strdup(from) : NULL;
    return !from || *to;
}

static bool copy_own_ticket(struct identity *to, const struct identity *from) {
    if (!from->own_ticket)
        return true;
    to->own_ticket = malloc(from->own_ticket_size);
    if (!to->own_ticket)
        return false;
    memcpy(to->own_ticket, from->own_ticket, from->own_ticket_size);
    to->own_ticket_size = from->own_ticket_size;
    to->own_ends_s = from->own_ends_s;
    return true;
}

bool identity_copy(struct identity *to, const struct identity *from) {
    memset(to, 0, sizeof *to);
    to->parsed = json_loads(from->claims ? from->claims : "{}", JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(to->parsed) && copy(&to->provider, from->provider) &&
        copy(&to->subject, from->subject) && copy(&to->principal, from->principal) &&
        copy(&to->claims, from->claims) && copy_own_ticket(to, from))
        return true;
    identity_fini(to);
    return false;
}

void identity_fini(struct identity *i) {
    free(i->provider);
    free(i->subject);
    free(i->principal);
    free(i->claims);
    free(i->own_ticket);
    json_decref(i->parsed);
    memset(i, 0, sizeof *i);
}

const char *identity_claim(const struct identity *i, const char *name) {
    return json_string_value(json_object_get(i->parsed, name));
}

size_t identity_claim_count(const struct identity *i, const char *name) {
    const json_t *claim = json_object_get(i->parsed, name);
    if (json_is_string(claim))
        return 1;
    for (size_t n = 0; n < json_array_size(claim); n++)
        if (!json_is_string(json_array_get(claim, n)))
            return 0;
    return json_array_size(claim);
}

const char *identity_claim_at(const struct identity *i, const char *name, size_t n) {
    const json_t *claim = json_object_get(i->parsed, name);
    return json_string_value(json_is_array(claim) ? json_array_get(claim, n) : claim);
}
