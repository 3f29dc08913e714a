/* SPDX-License-Identifier: Apache-2.0
 *
 * The words for the NTSTATUS values (MS-ERREF 2.3.1) that domain controllers put behind a Kerberos
 * error. Any thread.
 */
#pragma once
#include <stdint.h>

enum {
    NT_ACCOUNT_RESTRICTION = 0x6E,
    NT_ACCOUNT_DISABLED = 0x72,
    NT_NOT_SUPPORTED = 0xBB,
    NT_ACCOUNT_EXPIRED = 0x193,
    NT_NOT_FOUND = 0x225,
    NT_ACCOUNT_LOCKED_OUT = 0x234,
    NT_NO_MATCH = 0x272,
    NT_AUTHENTICATION_FIREWALL = 0x413,
};

/* All that matter are errors of the system: severity 3, facility 0. */
#define NT_ERROR(code) (UINT32_C(0xC0000000) | (code))

/* "account disabled"; NULL for a value without words here. */
const char *nt_status_text(uint32_t status);
