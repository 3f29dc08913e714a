/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/nt_status.h"

#include <stddef.h>

static const struct {
    uint32_t status;
    const char *text;
} TABLE[] = {
    {NT_ERROR(0x64), "no such user"},
    {NT_ERROR(0x6A), "wrong password"},
    {NT_ERROR(0x6D), "logon failure"},
    {NT_ERROR(NT_ACCOUNT_RESTRICTION), "account restriction"},
    {NT_ERROR(0x6F), "outside the account's logon hours"},
    {NT_ERROR(0x70), "not from this workstation"},
    {NT_ERROR(0x71), "password expired"},
    {NT_ERROR(NT_ACCOUNT_DISABLED), "account disabled"},
    {NT_ERROR(NT_NOT_SUPPORTED), "not supported"},
    {NT_ERROR(0x133), "clocks differ"},
    {NT_ERROR(0x15B), "logon type not granted"},
    {NT_ERROR(NT_ACCOUNT_EXPIRED), "account expired"},
    {NT_ERROR(0x224), "password must change"},
    {NT_ERROR(NT_NOT_FOUND), "not found"},
    {NT_ERROR(NT_ACCOUNT_LOCKED_OUT), "account locked out"},
    {NT_ERROR(NT_NO_MATCH), "no match"},
    {NT_ERROR(0x2FB), "no common encryption type"},
    {NT_ERROR(NT_AUTHENTICATION_FIREWALL), "authentication firewall"},
};

const char *nt_status_text(uint32_t status) {
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        if (TABLE[i].status == status)
            return TABLE[i].text;
    }
    return NULL;
}
