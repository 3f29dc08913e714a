/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checks.h"

void check_kdc_reachable(struct checking *c) {
    if (!facts_at(c->facts, "kerberos.kdcs"))
        check_unknown(c, "no domain controller was asked");
}
