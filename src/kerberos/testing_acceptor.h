/* SPDX-License-Identifier: Apache-2.0
 *
 * The service that judges tokens: GSS with the key that testing_kdc.h makes, and without a replay
 * cache, so that one token may be judged twice.
 */
#pragma once
#include "kerberos/testing_kdc.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

static inline gss_cred_id_t acceptor(void) {
    gss_key_value_element_desc elements[] = {{"keytab", KEYTAB}, {"rcache", "none:"}};
    gss_key_value_set_desc store = {2, elements};
    gss_cred_id_t cred;
    OM_uint32 minor;
    assert_int_equal(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                           &store, &cred, NULL, NULL),
                     GSS_S_COMPLETE);
    return cred;
}
