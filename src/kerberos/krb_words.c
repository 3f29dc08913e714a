/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/krb_words.h"

#include "kerberos/ticket.h"

struct word {
    int64_t value;
    const char *name, *words;
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct word ERRORS[] = {
    {0, "KDC_ERR_NONE", "no error"},
    {1, "KDC_ERR_NAME_EXP", "the client's entry in the database has expired"},
    {2, "KDC_ERR_SERVICE_EXP", "the service's entry in the database has expired"},
    {3, "KDC_ERR_BAD_PVNO", "this protocol version is not supported"},
    {4, "KDC_ERR_C_OLD_MAST_KVNO", "the client's key is encrypted in an old master key"},
    {5, "KDC_ERR_S_OLD_MAST_KVNO", "the service's key is encrypted in an old master key"},
    {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN", "the client is not in the directory"},
    {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN", "no account, or more than one, has this service's name"},
    {8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE", "several entries have this name"},
    {9, "KDC_ERR_NULL_KEY", "the client or the service has no key"},
    {10, "KDC_ERR_CANNOT_POSTDATE", "the ticket may not begin later"},
    {11, "KDC_ERR_NEVER_VALID", "the times asked for leave none in which it would be valid"},
    {12, "KDC_ERR_POLICY", "a policy of the KDC forbids it"},
    {13, "KDC_ERR_BADOPTION", "the KDC cannot do what was asked for"},
    {14, "KDC_ERR_ETYPE_NOSUPP", "there is no encryption type that both sides have"},
    {15, "KDC_ERR_SUMTYPE_NOSUPP", "this type of checksum is not supported"},
    {16, "KDC_ERR_PADATA_TYPE_NOSUPP", "this pre-authentication data is not supported"},
    {17, "KDC_ERR_TRTYPE_NOSUPP", "this transited type is not supported"},
    {18, "KDC_ERR_CLIENT_REVOKED", "the client's account is disabled, locked out or expired"},
    {19, "KDC_ERR_SERVICE_REVOKED", "the service's account is disabled, locked out or expired"},
    {20, "KDC_ERR_TGT_REVOKED", "the ticket-granting ticket has been revoked"},
    {21, "KDC_ERR_CLIENT_NOTYET", "the client is not valid yet"},
    {22, "KDC_ERR_SERVICE_NOTYET", "the service is not valid yet"},
    {23, "KDC_ERR_KEY_EXPIRED", "the password has expired"},
    {24, "KDC_ERR_PREAUTH_FAILED", "the password or key is wrong"},
    {25, "KDC_ERR_PREAUTH_REQUIRED", "pre-authentication is needed, which is no failure"},
    {26, "KDC_ERR_SERVER_NOMATCH", "the ticket is not of this service"},
    {27, "KDC_ERR_MUST_USE_USER2USER", "the service takes user-to-user tickets alone"},
    {28, "KDC_ERR_PATH_NOT_ACCEPTED", "the KDC does not accept the path of realms"},
    {29, "KDC_ERR_SVC_UNAVAILABLE", "a service that the KDC needs is not available"},
    {31, "KRB_AP_ERR_BAD_INTEGRITY", "what was decrypted is not intact"},
    {32, "KRB_AP_ERR_TKT_EXPIRED", "the ticket has expired"},
    {33, "KRB_AP_ERR_TKT_NYV", "the ticket is not valid yet"},
    {34, "KRB_AP_ERR_REPEAT", "the request was seen before"},
    {35, "KRB_AP_ERR_NOT_US", "the ticket is not for this service"},
    {36, "KRB_AP_ERR_BADMATCH", "ticket and authenticator do not match"},
    {37, "KRB_AP_ERR_SKEW", "the clocks differ by too much"},
    {38, "KRB_AP_ERR_BADADDR", "the network address is another than the ticket's"},
    {39, "KRB_AP_ERR_BADVERSION", "the protocol version does not match"},
    {40, "KRB_AP_ERR_MSG_TYPE", "the type of the message is wrong"},
    {41, "KRB_AP_ERR_MODIFIED", "it could not be decrypted: another key, or changed on the way"},
    {42, "KRB_AP_ERR_BADORDER", "the message is out of order"},
    {44, "KRB_AP_ERR_BADKEYVER", "the service has no key of this version"},
    {45, "KRB_AP_ERR_NOKEY", "the service has no key for this ticket"},
    {46, "KRB_AP_ERR_MUT_FAIL", "the other side could not prove itself"},
    {47, "KRB_AP_ERR_BADDIRECTION", "the direction of the message is wrong"},
    {48, "KRB_AP_ERR_METHOD", "another way of authentication is needed"},
    {49, "KRB_AP_ERR_BADSEQ", "the sequence number is wrong"},
    {50, "KRB_AP_ERR_INAPP_CKSUM", "the type of the checksum does not fit"},
    {51, "KRB_AP_PATH_NOT_ACCEPTED", "the path of realms is not accepted"},
    {52, "KRB_ERR_RESPONSE_TOO_BIG", "the answer is too big for UDP: ask by TCP"},
    {60, "KRB_ERR_GENERIC", "an error that the text describes"},
    {61, "KRB_ERR_FIELD_TOOLONG", "a field is too long for this implementation"},
    {62, "KDC_ERR_CLIENT_NOT_TRUSTED", "the client's certificate is not trusted"},
    {63, "KDC_ERR_KDC_NOT_TRUSTED", "the KDC's certificate is not trusted"},
    {64, "KDC_ERR_INVALID_SIG", "the signature is invalid"},
    {65, "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED", "other key parameters are needed"},
    {66, "KDC_ERR_CERTIFICATE_MISMATCH", "the certificate does not match"},
    {67, "KRB_AP_ERR_NO_TGT", "there is no ticket-granting ticket for user-to-user"},
    {68, "KDC_ERR_WRONG_REALM", "another realm has this name"},
    {69, "KRB_AP_ERR_USER_TO_USER_REQUIRED", "the service takes user-to-user tickets alone"},
    {70, "KDC_ERR_CANT_VERIFY_CERTIFICATE", "the certificate cannot be verified"},
    {71, "KDC_ERR_INVALID_CERTIFICATE", "the certificate is invalid"},
    {72, "KDC_ERR_REVOKED_CERTIFICATE", "the certificate has been revoked"},
    {73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN", "whether the certificate is revoked is not known"},
    {75, "KDC_ERR_CLIENT_NAME_MISMATCH", "the certificate is of another name"},
    {76, "KDC_ERR_KDC_NAME_MISMATCH", "the KDC's certificate is of another name"},
    {90, "KDC_ERR_PREAUTH_EXPIRED", "the pre-authentication took too long"},
    {91, "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED", "more pre-authentication is needed"},
    {93, "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS", "an option of FAST is not known"},
    {100, "KDC_ERR_NO_ACCEPTABLE_KDF", "no key derivation is acceptable"},
};

static const struct word NAME_TYPES[] = {
    {0, "NT-UNKNOWN", NULL},
    {1, "NT-PRINCIPAL", NULL},
    {2, "NT-SRV-INST", NULL},
    {3, "NT-SRV-HST", NULL},
    {4, "NT-SRV-XHST", NULL},
    {5, "NT-UID", NULL},
    {6, "NT-X500-PRINCIPAL", NULL},
    {7, "NT-SMTP-NAME", NULL},
    {10, "NT-ENTERPRISE", NULL},
    {11, "NT-WELLKNOWN", NULL},
    {12, "NT-SRV-HST-DOMAIN", NULL},
    {-128, "NT-MS-PRINCIPAL", NULL},
    {-129, "NT-MS-PRINCIPAL-AND-ID", NULL},
    {-130, "NT-ENT-PRINCIPAL-AND-ID", NULL},
};

static const struct word PADATA[] = {
    {1, "PA-TGS-REQ", NULL},
    {2, "PA-ENC-TIMESTAMP", NULL},
    {3, "PA-PW-SALT", NULL},
    {10, "PA-AFS3-SALT", NULL},
    {11, "PA-ETYPE-INFO", NULL},
    {14, "PA-PK-AS-REQ-OLD", NULL},
    {15, "PA-PK-AS-REP-OLD", NULL},
    {16, "PA-PK-AS-REQ", NULL},
    {17, "PA-PK-AS-REP", NULL},
    {19, "PA-ETYPE-INFO2", NULL},
    {20, "PA-SVR-REFERRAL-INFO", NULL},
    {25, "PA-SERVER-REFERRAL", NULL},
    {111, "TD-CMS-DIGEST-ALGORITHMS", NULL},
    {128, "PA-PAC-REQUEST", NULL},
    {129, "PA-FOR-USER", NULL},
    {130, "PA-S4U-X509-USER", NULL},
    {131, "PA-AS-CHECKSUM", NULL},
    {132, "PA-CHECKSUM", NULL},
    {133, "PA-FX-COOKIE", NULL},
    {134, "PA-AUTHENTICATION-SET", NULL},
    {136, "PA-FX-FAST", NULL},
    {137, "PA-FX-ERROR", NULL},
    {138, "PA-ENCRYPTED-CHALLENGE", NULL},
    {141, "PA-OTP-CHALLENGE", NULL},
    {142, "PA-OTP-REQUEST", NULL},
    {144, "PA-OTP-PIN-CHANGE", NULL},
    {147, "PA-PKINIT-KX", NULL},
    {149, "PA-REQ-ENC-PA-REP", NULL},
    {150, "PA-AS-FRESHNESS", NULL},
    {151, "PA-SPAKE", NULL},
    {161, "KERB-KEY-LIST-REQ", NULL},
    {162, "KERB-KEY-LIST-REP", NULL},
    {165, "PA-SUPPORTED-ENCTYPES", NULL},
    {166, "PA-EXTENDED-ERROR", NULL},
    {167, "PA-PAC-OPTIONS", NULL},
    {655, "PA-GSS", NULL},
};

static const struct word MESSAGES[] = {
    {10, "AS-REQ", NULL},   {11, "AS-REP", NULL},   {12, "TGS-REQ", NULL},  {13, "TGS-REP", NULL},
    {14, "AP-REQ", NULL},   {15, "AP-REP", NULL},   {16, "TGT-REQ", NULL},  {17, "TGT-REP", NULL},
    {20, "KRB-SAFE", NULL}, {21, "KRB-PRIV", NULL}, {22, "KRB-CRED", NULL}, {30, "KRB-ERROR", NULL},
};

static const struct word OLD_ENCTYPES[] = {
    {1, "des-cbc-crc", NULL},     {2, "des-cbc-md4", NULL},
    {3, "des-cbc-md5", NULL},     {16, "des3-cbc-sha1", NULL},
    {24, "rc4-hmac-exp", NULL},   {-128, "rc4-md4 (Windows)", NULL},
    {-133, "rc4-hmac-old", NULL}, {-135, "rc4-hmac-old-exp", NULL},
};

const struct bit_word KRB_KDC_OPTIONS[] = {
    {0x40000000, "forwardable"},
    {KRB_OPTION_FORWARDED, "forwarded"},
    {0x10000000, "proxiable"},
    {0x08000000, "proxy"},
    {0x04000000, "allow-postdate"},
    {0x02000000, "postdated"},
    {0x00800000, "renewable"},
    {KRB_OPTION_S4U_PROXY, "cname-in-addl-tkt (constrained delegation)"},
    {0x00010000, "canonicalize"},
    {0x00008000, "request-anonymous"},
    {0x00000020, "disable-transited-check"},
    {0x00000010, "renewable-ok"},
    {KRB_OPTION_USER_TO_USER, "enc-tkt-in-skey (user-to-user)"},
    {KRB_OPTION_RENEW, "renew"},
    {KRB_OPTION_VALIDATE, "validate"},
};
const size_t KRB_KDC_OPTIONS_COUNT = COUNT(KRB_KDC_OPTIONS);

const struct bit_word KRB_AP_OPTIONS[] = {
    {0x40000000, "use-session-key"},
    {0x20000000, "mutual-required"},
};
const size_t KRB_AP_OPTIONS_COUNT = COUNT(KRB_AP_OPTIONS);

/* MS-KILE 2.2.10, MS-SFU 2.2.5 */
const struct bit_word KRB_PAC_OPTIONS[] = {
    {0x80000000, "claims"},
    {0x40000000, "branch-aware"},
    {0x20000000, "forward-to-full-dc"},
    {0x10000000, "resource-based-constrained-delegation"},
};
const size_t KRB_PAC_OPTIONS_COUNT = COUNT(KRB_PAC_OPTIONS);

/* MS-SFU 2.2.2 */
const struct bit_word KRB_S4U_OPTIONS[] = {
    {0x40000000, "check-logon-hours"},
    {0x20000000, "use-reply-key-usage"},
};
const size_t KRB_S4U_OPTIONS_COUNT = COUNT(KRB_S4U_OPTIONS);

static const struct word *find(const struct word *table, size_t n, int64_t value) {
    for (size_t i = 0; i < n; i++)
        if (table[i].value == value)
            return &table[i];
    return NULL;
}

static const char *name_in(const struct word *table, size_t n, int64_t value) {
    const struct word *w = find(table, n, value);
    return w ? w->name : NULL;
}

const char *krb_error_name(int64_t code) { return name_in(ERRORS, COUNT(ERRORS), code); }

const char *krb_error_words(int64_t code) {
    const struct word *w = find(ERRORS, COUNT(ERRORS), code);
    return w ? w->words : NULL;
}

const char *krb_name_type(int64_t type) { return name_in(NAME_TYPES, COUNT(NAME_TYPES), type); }

const char *krb_padata_name(int64_t type) { return name_in(PADATA, COUNT(PADATA), type); }

const char *krb_message_name(int64_t type) { return name_in(MESSAGES, COUNT(MESSAGES), type); }

const char *krb_enctype_name(int64_t enctype) {
    const char *old = name_in(OLD_ENCTYPES, COUNT(OLD_ENCTYPES), enctype);
    if (old || enctype < 17 || enctype > 26)
        return old;
    const char *name = ticket_enctype_name((int32_t)enctype);
    return strcmp(name, "unknown") == 0 ? NULL : name;
}
