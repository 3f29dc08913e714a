/* SPDX-License-Identifier: Apache-2.0
 *
 * What the numbers in Kerberos messages are called: RFC 4120 section 7.5, the registries of IANA
 * that grew from it, MS-KILE, MS-SFU. NULL where there is no name. Any thread.
 */
#pragma once
#include "kerberos/telling.h"

/* Of a KRB-ERROR (RFC 4120 7.5.9): "KDC_ERR_BADOPTION", and what that says in words. */
const char *krb_error_name(int64_t code);
const char *krb_error_words(int64_t code);
const char *krb_name_type(int64_t type);
const char *krb_padata_name(int64_t type);
const char *krb_message_name(int64_t type); /* msg-type, RFC 4120 7.5.7 */
/* As ticket_enctype_name, and also of what no domain of today uses. */
const char *krb_enctype_name(int64_t enctype);

extern const struct bit_word KRB_KDC_OPTIONS[], KRB_AP_OPTIONS[], KRB_PAC_OPTIONS[],
    KRB_S4U_OPTIONS[];
extern const size_t KRB_KDC_OPTIONS_COUNT, KRB_AP_OPTIONS_COUNT, KRB_PAC_OPTIONS_COUNT,
    KRB_S4U_OPTIONS_COUNT;

enum { /* of KDC options */
       KRB_OPTION_S4U_PROXY = 0x00020000,
       KRB_OPTION_RENEW = 0x00000002,
       KRB_OPTION_VALIDATE = 0x00000001,
       KRB_OPTION_FORWARDED = 0x20000000,
       KRB_OPTION_USER_TO_USER = 0x00000008,
};
