/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/bindings.h"

enum { SIZES = 20 }; /* the lengths of addresses and data, in front of the data */

#define UNIQUE_PREFIX "tls-server-end-point:" /* RFC 5929 4 */

bool bindings_hash(krb5_context context, struct str end_point, unsigned char out[BINDINGS_SIZE]) {
    /* Neither side has an address: four zeros; then the length of the data, little-endian, and the
     * data. */
    char memory[SIZES + sizeof UNIQUE_PREFIX + BINDINGS_END_POINT_MAX] = {0};
    size_t prefix = sizeof UNIQUE_PREFIX - 1;
    krb5_checksum sum;
    if (end_point.n == 0 || end_point.n > BINDINGS_END_POINT_MAX)
        return false;
    memory[SIZES - 4] = (char)(prefix + end_point.n);
    memcpy(memory + SIZES, UNIQUE_PREFIX, prefix);
    memcpy(memory + SIZES + prefix, end_point.p, end_point.n);
    krb5_data in = {.length = (unsigned)(SIZES + prefix + end_point.n), .data = memory};
    if (krb5_c_make_checksum(context, CKSUMTYPE_RSA_MD5, NULL, 0, &in, &sum) != 0)
        return false;
    bool is_whole = sum.length == BINDINGS_SIZE;
    if (is_whole)
        memcpy(out, sum.contents, BINDINGS_SIZE);
    krb5_free_checksum_contents(context, &sum);
    return is_whole;
}
