/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens of strangers: whatever is taken apart is in its limits, and no key of a fixed set has
 * signed it.
 */
#include "base/jws_public.h"

#include <jansson.h>
#include <stdlib.h>

static const char KEYS[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct jws_public *keys;
    struct jws_token t;
    const char *why = NULL;
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (root)
        jws_public_free(jws_public_read(root, &why));
    json_decref(root);
    if (!keys) {
        json_t *set = json_loads(KEYS, 0, NULL);
        keys = jws_public_read(set, &why);
        json_decref(set);
    }
    if (!jws_token_parse(&t, str_n((const char *)data, size), &why))
        return 0;
    if (!json_is_object(t.payload) || buf_size(&t.signature) == 0 || t.algorithm >= JWS_ALGORITHMS)
        abort();
    jws_public_verify(keys, &t);
    jws_token_fini(&t);
    return 0;
}
