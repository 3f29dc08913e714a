/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_rows.h"

#define US "'dn':'CN=gate','account':'gate','realm':'CORP.EXAMPLE'"
#define KEYTAB(kvno, type)                                                                         \
    "'keytab':{'file':'/k','principal':'gate@CORP.EXAMPLE','entries':[{'principal':"               \
    "'gate@CORP.EXAMPLE','kvno':" #kvno ",'enctype':" #type ",'enctype_name':'t','time':1}]}"
#define FACTS(kerberos, us)                                                                        \
    "{" APP "'host':{'name':'gw'},'kerberos':{" KEYTAB(2, 18) "," kerberos                         \
                                                              "},'directory':{'connector':{" US    \
                                                              "," us "}}}"
#define REVOKED(status)                                                                            \
    "{" APP "'kerberos':{" KEYTAB(2, 18) ",'tgt':{'ok':false,'step':'AS-REQ','code':18,"           \
                                         "'nt_status':" #status "}}}"

static void the_connectors_account_is_judged(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"all is well",
         FACTS("'tgt':" GOOD ",'self':" GOOD, "'uac':512,'kvno':2,'spns':['HTTP/g']"),
         check_connector_account, OUTCOME_PASS, "version 2", NULL},
        {"a keytab of a number that the account has not",
         FACTS("'tgt':" GOOD ",'self':" GOOD, "'uac':512,'kvno':1,'spns':['HTTP/g']"),
         check_connector_account, OUTCOME_WARN, "no key of the number",
         "samba-tool domain exportkeytab /k --principal=gate"},
        {"nothing was asked", "{" APP "'kerberos':{}}", check_connector_account, OUTCOME_NONE, NULL,
         NULL},
        {"disabled", REVOKED(3221225586), check_connector_account, OUTCOME_FAIL, "is disabled",
         "samba-tool user enable gate"},
        {"expired", REVOKED(3221225875), check_connector_account, OUTCOME_FAIL, "has expired",
         "'replace: accountExpires' 'accountExpires: 0'"},
        {"locked", REVOKED(3221226036), check_connector_account, OUTCOME_FAIL, "is locked out",
         "Unlock-ADAccount gate"},
        {"revoked, and the KDC does not say why", REVOKED(0), check_connector_account, OUTCOME_FAIL,
         "or else disabled or expired", "samba-tool user unlock gate"},
        {"hours", REVOKED(3221225583), check_connector_account, OUTCOME_FAIL, "at this hour",
         "Set-ADUser gate -Clear logonHours\""},
        {"workstations", REVOKED(3221225584), check_connector_account, OUTCOME_FAIL,
         "from this host", "Set-ADUser gate -Clear userWorkstations\""},
        {"workstations, as policy",
         "{" APP "'kerberos':{" KEYTAB(2, 18) ",'tgt':{'ok':false,'step':'AS-REQ','code':12,"
                                              "'nt_status':3221225584}}}",
         check_connector_account, OUTCOME_FAIL, "from this host", "-Clear userWorkstations\""},
        {"expired, as others say it",
         "{" APP "'kerberos':{" KEYTAB(2, 18) ",'tgt':" REFUSED("AS-REQ", 1, "krb-connector") "}}",
         check_connector_account, OUTCOME_FAIL, "has expired", "Clear-ADAccountExpiration gate"},
        {"password over",
         "{" APP "'kerberos':{" KEYTAB(2, 18) ",'tgt':" REFUSED("AS-REQ", 23, "krb-connector") "}}",
         check_connector_account, OUTCOME_FAIL, "must be changed",
         "samba-tool user setexpiry gate --noexpiry"},
        {"unknown",
         "{" APP "'kerberos':{'keytab':{'principal':'gete@CORP.EXAMPLE','entries':[{'principal':"
         "'gate@CORP.EXAMPLE'}]},'tgt':" REFUSED("AS-REQ", 6, "krb-connector") "}}",
         check_connector_account, OUTCOME_FAIL, "does not know", "principal: 'gate@CORP.EXAMPLE'"},
        {"unknown to one, and known to another",
         "{'app':{'realm':'CORP.EXAMPLE'},'kerberos':{" KEYTAB(
             2, 18) ",'kdcs':[{'realm':'CORP.EXAMPLE','host':'dc1','address':'10.0.0.1:88','as':{"
                    "'code':25}}],'tgt':" REFUSED("AS-REQ", 6, "krb-connector") "}}",
         check_connector_account, OUTCOME_FAIL, "is of another domain", "kdc = 10.0.0.1"},
        {"another key",
         "{" APP "'kerberos':{" KEYTAB(2, 18) ",'tgt':" REFUSED("AS-REQ", 24, "krb-connector") "}}",
         check_connector_account, OUTCOME_FAIL, "is not the one that the domain has",
         "samba-tool domain exportkeytab /k --principal=gate"},
        {"no domain controller answers",
         "{" APP "'kerberos':{'tgt':" REFUSED("AS-REQ", 0, "krb-kdc-unreachable") "}}",
         check_connector_account, OUTCOME_NONE, NULL, NULL},
        {"no SPN",
         FACTS("'tgt':" GOOD ",'self':" REFUSED("S4U2Self", 7, "krb-connector"),
               "'uac':512,'kvno':2,'spns':[]"),
         check_connector_account, OUTCOME_FAIL, "has no SPN of its own",
         "samba-tool spn add HTTP/kerbgate-gw gate"},
        {"called otherwise by now",
         "{" APP "'kerberos':{'keytab':{'principal':'old@CORP.EXAMPLE','file':'/k'},'tgt':" GOOD
         ",'self':" REFUSED("S4U2Self", 7,
                            "krb-connector") "},'directory':{'connector':{'account':"
                                             "'gate','dn':'CN=gate','spns':['HTTP/g']}}}",
         check_connector_account, OUTCOME_FAIL, "is called gate by now", "principal: 'gate@"},
        {"no SPN, and it works",
         FACTS("'tgt':" GOOD ",'self':" GOOD, "'uac':512,'kvno':2,'spns':[]"),
         check_connector_account, OUTCOME_PASS, NULL, NULL},
        {"a keytab that opens nothing",
         FACTS("'tgt':" GOOD ",'self':" REFUSED("S4U2Self", 0, "krb-connector"),
               "'uac':512,'kvno':3,'spns':['HTTP/g']"),
         check_connector_account, OUTCOME_FAIL, "older than the account's password",
         "msDS-KeyVersionNumber = 3"},
        {"a keytab with the newest key, which opens nothing for its type",
         FACTS("'tgt':" GOOD ",'self':" REFUSED("S4U2Self", 0, "krb-connector"),
               "'uac':512,'kvno':2,'spns':['HTTP/g']"),
         check_encryption_types, OUTCOME_FAIL, "are RC4", "msDS-SupportedEncryptionTypes"},
        {"and is not called old",
         FACTS("'tgt':" GOOD ",'self':" REFUSED("S4U2Self", 0, "krb-connector"),
               "'uac':512,'kvno':2,'spns':['HTTP/g']"),
         check_connector_account, OUTCOME_PASS, NULL, NULL},
        {"a keytab that is older and works",
         FACTS("'tgt':" GOOD ",'self':" GOOD, "'uac':512,'kvno':3,'spns':['HTTP/g']"),
         check_connector_account, OUTCOME_WARN, "older than the password", "exportkeytab"},
        {"a number of a read-only domain controller",
         FACTS("'tgt':" GOOD ",'self':" GOOD, "'uac':512,'kvno':131074,'spns':['HTTP/g']"),
         check_connector_account, OUTCOME_PASS, NULL, NULL},
        {"a password that ends soon",
         FACTS("'tgt':" GOOD, "'uac':512,'kvno':2,'pwd_expires':1800604800"),
         check_connector_account, OUTCOME_WARN, "expires in 7 days", "-PasswordNeverExpires"},
        {"a password that never ends",
         FACTS("'tgt':" GOOD, "'uac':66048,'kvno':2,'pwd_expires':1800604800"),
         check_connector_account, OUTCOME_PASS, NULL, NULL},
        {"a password that ends later",
         FACTS("'tgt':" GOOD, "'uac':512,'kvno':2,'pwd_expires':1801296000"),
         check_connector_account, OUTCOME_PASS, NULL, NULL},
        {"an account that ends soon",
         FACTS("'tgt':" GOOD, "'uac':512,'kvno':2,'account_expires':1800086400"),
         check_connector_account, OUTCOME_WARN, "expires in 1 days",
         "'dn: CN=gate' 'changetype: modify' 'replace: accountExpires' 'accountExpires: 0'"},
        {"disabled, and served all the same", FACTS("'tgt':" GOOD, "'uac':514,'kvno':2"),
         check_connector_account, OUTCOME_WARN, "still gets tickets", "Enable-ADAccount gate"},
        {"unconstrained", FACTS("'tgt':" GOOD, "'uac':524800"), check_unconstrained, OUTCOME_WARN,
         "any service", "samba-tool delegation for-any-service gate off"},
        {"constrained", FACTS("'tgt':" GOOD, "'uac':512"), check_unconstrained, OUTCOME_PASS, NULL,
         NULL},
    };
    RUN(ROWS);
}

#define TYPES(key, kerberos, us, target)                                                           \
    "{" APP "'kerberos':{" KEYTAB(                                                                 \
        2, key) "," kerberos "},'directory':{'connector':{" US "," us                              \
                "},'target':[{'dn':'CN=web','account':'web','object':'user'," target "}]}}"

static void encryption_types_are_held_against_each_other(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"AES",
         TYPES(18,
               "'tgt':" GOOD ",'proxy':{'ok':true,'ticket':{'enctype':18,'enctype_name':'aes'}}",
               "'etypes':24", "'etypes':24"),
         check_encryption_types, OUTCOME_PASS, "aes", NULL},
        {"the domain's default", TYPES(18, "'tgt':" GOOD, "'uac':512", "'uac':512"),
         check_encryption_types, OUTCOME_PASS, NULL, NULL},
        {"nothing in common with the domain",
         TYPES(23, "'tgt':" REFUSED("AS-REQ", 14, "krb-enctype"), "'uac':512", "'uac':512"),
         check_encryption_types, OUTCOME_FAIL, "no encryption type in common",
         "-KerberosEncryptionType AES128,AES256"},
        {"RC4 to an AES keytab",
         TYPES(18, "'tgt':" GOOD ",'self':" REFUSED("S4U2Self", 0, "krb-connector"), "'etypes':4",
               "'uac':512"),
         check_encryption_types, OUTCOME_FAIL, "has no such", "msDS-SupportedEncryptionTypes: 24"},
        {"the application has DES alone",
         TYPES(18, "'tgt':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 14, "krb-enctype"), "'etypes':24",
               "'etypes':3"),
         check_encryption_types, OUTCOME_FAIL, "has no key of a type", "DES, which nobody uses"},
        {"the application has DES alone by its flag, beside others that stay",
         TYPES(18, "'tgt':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 14, "krb-enctype"), "'etypes':24",
               "'etypes':3,'uac':2097666"),
         check_encryption_types, OUTCOME_FAIL, "USE_DES_KEY_ONLY", "& ~0x200000))"},
        {"the application has RC4 alone", TYPES(18, "'tgt':" GOOD, "'etypes':24", "'etypes':4"),
         check_encryption_types, OUTCOME_WARN, "may use RC4 and no AES", "Set-ADUser web"},
        {"the ticket is RC4",
         TYPES(18, "'tgt':" GOOD ",'proxy':{'ok':true,'ticket':{'enctype':23}}", "'etypes':24",
               "'uac':512"),
         check_encryption_types, OUTCOME_WARN, "is RC4", "April 2026"},
        {"the keytab is RC4", TYPES(23, "'tgt':" GOOD, "'uac':512", "'etypes':28"),
         check_encryption_types, OUTCOME_WARN, "RC4 keys only", NULL},
        {"a password of 2005", TYPES(18, "'tgt':" GOOD, "'etypes':24", "'pwd_last_set':1120000000"),
         check_encryption_types, OUTCOME_WARN, "so old", "2005-06-28"},
    };
    RUN(ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_connectors_account_is_judged),
        cmocka_unit_test(encryption_types_are_held_against_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
