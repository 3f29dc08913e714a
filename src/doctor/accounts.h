/* SPDX-License-Identifier: Apache-2.0
 *
 * What checks of accounts have in common: whose account plays which part in the facts, what its
 * bits mean. Nothing here judges. Pure, any thread.
 */
#pragma once
#include "doctor/checking.h"

/* userAccountControl, MS-ADTS 2.2.16; and what msDS-User-Account-Control-Computed adds. */
enum {
    UAC_DISABLED = 0x2,
    UAC_LOCKED = 0x10,
    UAC_DES_ONLY = 0x200000,
    UAC_NEVER_EXPIRES = 0x10000,
    UAC_UNCONSTRAINED = 0x80000,
    UAC_SENSITIVE = 0x100000,
    UAC_PASSWORD_EXPIRED = 0x800000,
    UAC_ANY_PROTOCOL = 0x1000000,
    UAC_NO_PAC = 0x2000000,
};

/* RFC 4120 7.5.9, as it is in the facts. */
enum {
    KDC_NAME_EXPIRED = 1,
    KDC_CLIENT_UNKNOWN = 6,
    KDC_SERVER_UNKNOWN = 7,
    KDC_NOT_UNIQUE = 8,
    KDC_POLICY = 12,
    KDC_BADOPTION = 13,
    KDC_NO_ENCTYPE = 14,
    KDC_CLIENT_REVOKED = 18,
    KDC_SERVER_REVOKED = 19,
    KDC_KEY_EXPIRED = 23,
    KDC_PREAUTH_FAILED = 24,
    KDC_PREAUTH_REQUIRED = 25,
    KDC_USER_TO_USER = 27,
    KDC_BAD_INTEGRITY = 31,
};

/* What an NTSTATUS behind a refusal says of an account, of which these are the last 16 bits
 * (MS-KILE 3.3.5.7.1). */
enum {
    NT_LOGON_HOURS = 0x6f,
    NT_WORKSTATION = 0x70,
    NT_DISABLED = 0x72,
    NT_EXPIRED = 0x193,
    NT_LOCKED = 0x234,
};

/* NULL: not known. */
const json_t *the_connector(const struct checking *c);
/* Whom the KDC took for the person, by its SID; else the first whom the name leads to. */
const json_t *the_person(const struct checking *c);
/* Who has the SPN, by itself or by HOST; NULL also when two have it. */
const json_t *the_target(const struct checking *c);
/* How many have the very SPN; -1: not known. */
int target_count(const struct checking *c);

/* For people and for commands: the account's name, without the realm. Never NULL. */
const char *connector_name(struct checking *c);
const char *person_name(struct checking *c);
const char *account_name(const json_t *account);
bool has_uac(const json_t *account, unsigned bit);
/* Whether userAccountControl says that it is not so. */
bool lacks_uac(const json_t *account, unsigned bit);
/* "Set-ADUser", "Set-ADComputer", "Set-ADServiceAccount"; and "Get-…" */
const char *set_cmdlet(const json_t *account);
const char *get_cmdlet(const json_t *account);
/* An SPN of the directory's with all that is in it; as long-lived as the check. */
const char *shown(struct checking *c, const char *spn);
/* A line of evidence of one bit: "DN: userAccountControl = 0x10202 has ACCOUNTDISABLE (0x2)". */
void evidence_uac(struct checking *c, const json_t *account, unsigned bit, const char *name);
/* "kerberos.self" and so on: the KDC's refusal, as a line of evidence. */
void evidence_step(struct checking *c, const char *step);

/* Of "kerberos.tgt", "kerberos.self", "kerberos.proxy". */
bool step_ok(const struct checking *c, const char *step);
bool step_failed(const struct checking *c, const char *step);
bool step_failed_with(const struct checking *c, const char *step, int64_t code);
/* One of NT_…; 0: the refusal has none. */
unsigned step_status(const struct checking *c, const char *step);

/* The application's ticket came: whatever the directory says is enough. */
bool is_ticket_given(const struct checking *c);

/* "2026-11-29 19:02 UTC"; as long-lived as the check. */
const char *time_text(struct checking *c, int64_t s);
/* Whether the domain controllers are Samba's. */
bool is_samba(const struct checking *c);
/* Whether connector and target are in domains of their own. */
bool is_other_domain(const struct checking *c);
/* A ticket to the connector cannot be opened although the keytab has the account's newest key, or
 * the account may use no AES: what is lacking is a key of the ticket's type. */
bool is_ticket_of_other_type(const struct checking *c);
/* The realm that the person signs in to, where it is another than the connector's; NULL: it is the
 * same, or the name is one that a domain controller looks up. */
const char *foreign_realm(const struct checking *c);
/* Whether the SPN is in the connector's list, and whether the target lets it act. */
bool is_listed(const struct checking *c);
bool is_let_by_resource(const struct checking *c);
/* Whether the target names others whom it lets act, or the connector. */
bool has_resource_list(const struct checking *c);
/* Whether the person's ticket may be had by a list at all: free of flags that forbid it. */
bool is_person_free(const struct checking *c);
