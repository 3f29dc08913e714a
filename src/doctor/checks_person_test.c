/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_rows.h"

#define PERSON "'dn':'CN=alice','account':'alice','sid':'S-1-5-21-1','object':'user'"
#define FACTS(kerberos, person)                                                                    \
    "{" APP "'person':{'asked':'alice','name':'alice@CORP.EXAMPLE'},'kerberos':{'tgt':" GOOD       \
    "," kerberos "},'directory':{'connector':{'dn':'CN=gate','account':'gate','uac':16843264},'"   \
    "person':[{" PERSON "," person "}]}}"
#define HOLDS "'self':" GOOD ",'proxy':" GOOD
#define OUT(code) "'self':" REFUSED("S4U2Self", code, "krb-user-revoked")
#define OUT_FOR(status)                                                                            \
    "'self':{'ok':false,'step':'S4U2Self','kdc':'10.0.0.10:88','code':18,'error':"                 \
    "'krb-user-revoked','nt_status':" #status "}"
#define BY_CODE(status)                                                                            \
    "{" APP "'person':{'name':'bob@X'},'kerberos':{'tgt':" GOOD "," OUT_FOR(status) "}}"
#define NOT_BOUND "'self':" BOUND ",'proxy':" REFUSED("S4U2Proxy", 13, "krb-not-forwardable")
/* Every hour of the week but those of 2027-01-15 08:00 UTC, a Friday. */
#define NO_FRIDAYS "'logon_hours':'ffffffffffffffffffffffffffffff000000ffffff'"
#define NO_SUNDAYS "'logon_hours':'000000ffffffffffffffffffffffffffffffffffff'"

static void what_keeps_a_person_out_is_named(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"nothing", FACTS(HOLDS, "'uac':512"), check_person_flags, OUTCOME_PASS, NULL, NULL},
        {"disabled", FACTS(OUT(12), "'uac':514"), check_person_flags, OUTCOME_FAIL, "is disabled",
         "samba-tool user enable alice"},
        {"locked", FACTS(OUT(18), "'uac':512,'uac_computed':16,'lockout_time':1799999999"),
         check_person_flags, OUTCOME_FAIL, "locked out", "Unlock-ADAccount alice"},
        {"was locked once", FACTS(HOLDS, "'uac':512,'uac_computed':0,'lockout_time':1"),
         check_person_flags, OUTCOME_PASS, NULL, NULL},
        {"expired", FACTS(OUT(1), "'uac':512,'account_expires':1700000000"), check_person_flags,
         OUTCOME_FAIL, "has expired",
         "'dn: CN=alice' 'changetype: modify' 'replace: accountExpires' 'accountExpires: 0'"},
        {"expires later", FACTS(HOLDS, "'uac':512,'account_expires':1900000000"),
         check_person_flags, OUTCOME_PASS, NULL, NULL},
        {"outside the hours", FACTS(OUT(18), "'uac':512," NO_FRIDAYS), check_person_flags,
         OUTCOME_FAIL, "logon hours", "replace: logonHours"},
        {"outside the hours, and served", FACTS(HOLDS, "'uac':512," NO_FRIDAYS), check_person_flags,
         OUTCOME_WARN, "all the same", NULL},
        {"inside the hours", FACTS(HOLDS, "'uac':512," NO_SUNDAYS), check_person_flags,
         OUTCOME_PASS, NULL, NULL},
        {"password over",
         FACTS("'self':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 23, "krb-user-revoked"),
               "'uac':512,'uac_computed':8388608,'pwd_last_set':1"),
         check_person_flags, OUTCOME_FAIL, "has expired", "kpasswd alice@CORP.EXAMPLE"},
        {"password over, and served", FACTS(HOLDS, "'uac':512,'uac_computed':8388608"),
         check_person_flags, OUTCOME_PASS, NULL, NULL},
        {"password to be changed",
         FACTS("'self':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 23, "krb-user-revoked"),
               "'uac':512,'uac_computed':8388608,'pwd_last_set':0"),
         check_person_flags, OUTCOME_FAIL, "-ChangePasswordAtLogon $false",
         "samba-tool user setpassword alice\""},
        {"sensitive", FACTS(NOT_BOUND, "'uac':1049088,'admin_count':1"), check_person_flags,
         OUTCOME_FAIL, "sensitive", "samba-tool user sensitive alice off"},
        {"sensitive, and served", FACTS(HOLDS, "'uac':1049088"), check_person_flags, OUTCOME_PASS,
         NULL, NULL},
        {"protected", FACTS(NOT_BOUND, "'uac':512,'token_groups':{'protected':true}"),
         check_person_flags, OUTCOME_FAIL, "can never be delegated", "sso.mode: headers"},
        {"protected, and served", FACTS(HOLDS, "'uac':512,'token_groups':{'protected':true}"),
         check_person_flags, OUTCOME_WARN, "those of Windows do not", NULL},
        {"locked, as the code says",
         "{" APP "'person':{'name':'bob@X'},'kerberos':{'tgt':" GOOD "," OUT(18) "}}",
         check_person_flags, OUTCOME_FAIL, "locked", "Unlock-ADAccount bob"},
        {"outside the hours, as the code says", BY_CODE(3221225583), check_person_flags,
         OUTCOME_FAIL, "outside its logon hours", "(sAMAccountName=bob)"},
        {"at the wrong host, as the code says", BY_CODE(3221225584), check_person_flags,
         OUTCOME_FAIL, "may not log on from this host", "Set-ADUser bob -Clear userWorkstations"},
        {"at the wrong host", FACTS(OUT_FOR(3221225584), "'uac':512"), check_person_flags,
         OUTCOME_FAIL, "NTSTATUS C0000070",
         "'dn: CN=alice' 'changetype: modify' 'replace: userWorkstations'"},
        {"sensitive, as the ticket says",
         "{" APP "'kerberos':{'tgt':" GOOD
         ",'self':{'ok':true,'forwardable':false,'pac':{'account':"
         "'carol','sensitive':true}},'proxy':" REFUSED("S4U2Proxy", 13, "krb-not-forwardable") "}}",
         check_person_flags, OUTCOME_FAIL, "sensitive", "Set-ADAccountControl carol"},
        {"the connector is sensitive",
         "{" APP "'kerberos':{'tgt':{'ok':true,'forwardable':false}," NOT_BOUND "},'directory':{"
         "'connector':{'dn':'CN=gate','account':'gate','uac':17891840}}}",
         check_person_flags, OUTCOME_FAIL, "connector's own account gate is marked",
         "samba-tool user sensitive gate off"},
        {"the connector is protected",
         "{" APP "'kerberos':{'tgt':{'ok':true,'forwardable':false}," NOT_BOUND "},'directory':{"
         "'connector':{'dn':'CN=gate','account':'gate','uac':512,'token_groups':{'protected':true}}"
         "}}",
         check_person_flags, OUTCOME_FAIL, "is in Protected Users", "removemembers"},
        {"no ticket of the connector's",
         "{" APP "'kerberos':{'tgt':" REFUSED("AS-REQ", 18, "krb-connector") "}}",
         check_person_flags, OUTCOME_NONE, NULL, NULL},
    };
    RUN(ROWS);
}

/* It would also let the password never expire. */
static void nothing_lasts_for_ever_that_was_not_to(void **state) {
    (void)state;
    static const struct unsaid ROWS[] = {
        {"an account that has expired", FACTS(OUT(1), "'uac':512,'account_expires':1700000000"),
         check_person_flags, "--noexpiry"},
        {"a password that has expired",
         FACTS("'self':" GOOD ",'proxy':" REFUSED("S4U2Proxy", 23, "krb-user-revoked"),
               "'uac':512,'uac_computed':8388608,'pwd_last_set':1"),
         check_person_flags, "--noexpiry"},
    };
    RUN_UNSAID(ROWS);
}

#define NAMED(name, kerberos, directory)                                                           \
    "{" APP "'person':{'asked':'x','name':'" name "'},'kerberos':{" kerberos "},'directory':{"     \
    "'server':'dc1','domains':[{'name':'corp.example'}],'upn_suffixes':['mail.example']"           \
    "," directory "}}"
#define UNKNOWN(code) "'self':" REFUSED("S4U2Self", code, "krb-user-unknown")
#define NEAR(how)                                                                                  \
    "'person':[],'person_near':[{'dn':'CN=alice','account':'alice','upn':'alice@corp.example',"    \
    "'mail':'a@x','matched':'" how "'}]"

static void a_name_leads_to_one_account_or_it_is_said_why_not(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"one", NAMED("alice@CORP.EXAMPLE", "'self':" GOOD, "'person':[{'account':'alice'}]"),
         check_one_account, OUTCOME_PASS, "is the account alice", NULL},
        {"nobody", NAMED("bob@corp.example", UNKNOWN(6), "'person':[],'person_near':[]"),
         check_one_account, OUTCOME_FAIL, "no account is called bob@corp.example",
         "login_identity"},
        {"a suffix of nowhere", NAMED("alice@wrong.example", UNKNOWN(7), NEAR("name")),
         check_one_account, OUTCOME_FAIL, "nor any UPN suffix", "on_premises_sam_account_name"},
        {"the domain's short name",
         NAMED("alice@CORP", UNKNOWN(6),
               "'person':[],'domains':[{"
               "'name':'corp.example','flat_name':'CORP'}]"),
         check_one_account, OUTCOME_FAIL, "write alice@corp.example", NULL},
        {"a suffix that somebody else has", NAMED("alice@mail.example", UNKNOWN(6), NEAR("name")),
         check_one_account, OUTCOME_FAIL, "its userPrincipalName is alice@corp.example",
         "samba-tool user rename alice --upn=alice@mail.example"},
        {"only the mail", NAMED("a@mail.example", UNKNOWN(6), NEAR("mail")), check_one_account,
         OUTCOME_FAIL, "mail = a@x", "Set-ADUser alice -UserPrincipalName a@mail.example"},
        {"two, and the directory's answer counts",
         NAMED("alice", "'policy':" REFUSED("", 0, "krb-user-ambiguous"),
               "'person':[{'account':'alice'},{'account':'bob'}]"),
         check_one_account, OUTCOME_FAIL, "several accounts: alice and bob", NULL},
        {"two, and one got the ticket",
         NAMED("alice", "'self':" GOOD, "'person':[{'account':'alice'},{'account':'bob'}]"),
         check_one_account, OUTCOME_WARN, "takes one of them", NULL},
        {"a guest", NAMED("a_x.org#EXT#@t.onmicrosoft.com", UNKNOWN(7), "'person':[]"), check_guest,
         OUTCOME_FAIL, "is a guest", "New-ADUser -Name guest-a "},
        {"of another realm",
         "{'app':{'realm':'CORP.EXAMPLE'},'person':{'name':'a@OTHER','name_type':'principal'},"
         "'kerberos':{'self':" REFUSED("S4U2Self", 7,
                                       "krb-user-unknown") "},'directory':{'realm':"
                                                           "'CORP.EXAMPLE','trusts':[]}}",
         check_one_account, OUTCOME_NONE, NULL, NULL},
        {"a guest is not merely unknown",
         NAMED("a_x.org#EXT#@t.onmicrosoft.com", UNKNOWN(7), "'person':[]"), check_one_account,
         OUTCOME_NONE, NULL, NULL},
        {"a guest with an account",
         NAMED("a_x.org#EXT#@corp.example", "'self':" GOOD, "'person':[]"), check_guest,
         OUTCOME_PASS, NULL, NULL},
        {"no guest", NAMED("a@corp.example", "'self':" GOOD, "'person':[]"), check_guest,
         OUTCOME_NONE, NULL, NULL},
        {"groups may be read", FACTS(HOLDS, "'tggau_readable':true"), check_group_expansion,
         OUTCOME_PASS, NULL, NULL},
        {"groups may not be read", FACTS(HOLDS, "'tggau_readable':false"), check_group_expansion,
         OUTCOME_WARN, "for some people", "Windows Authorization Access Group"},
        {"groups may not be read, and that is why", FACTS(OUT(12), "'tggau_readable':false"),
         check_group_expansion, OUTCOME_FAIL, "may not read which groups",
         "Add-ADGroupMember S-1-5-32-560 -Members gate"},
        {"few groups", FACTS(HOLDS, "'token_groups':{'count':3,'foreign':0}"), check_token_size,
         OUTCOME_PASS, "about 1224 bytes", NULL},
        {"too many groups", FACTS(HOLDS, "'token_groups':{'count':1011,'foreign':0}"),
         check_token_size, OUTCOME_WARN, "more than 1010", "LimitRequestFieldSize"},
        {"many groups of others", FACTS(HOLDS, "'token_groups':{'count':500,'foreign':400}"),
         check_token_size, OUTCOME_WARN, "16 KB", NULL},
    };
    RUN(ROWS);
}

static void whose_ticket_it_is_counts_more_than_who_was_found(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"the second of two",
         "{" APP "'kerberos':{'tgt':" GOOD
         ",'self':{'ok':true,'pac':{'sid':'S-2','account':'bob'}}},"
         "'directory':{'person':[{'sid':'S-1','account':'alice','uac':514},{'sid':'S-2','account':"
         "'bob','uac':512}]}}",
         check_person_flags, OUTCOME_PASS, "bob", NULL},
        {"neither",
         "{" APP "'kerberos':{'tgt':" GOOD
         ",'self':{'ok':true,'pac':{'sid':'S-3','account':'eve'}}},"
         "'directory':{'person':[{'sid':'S-1','account':'alice','uac':514}]}}",
         check_person_flags, OUTCOME_PASS, "eve", NULL},
    };
    RUN(ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_keeps_a_person_out_is_named),
        cmocka_unit_test(nothing_lasts_for_ever_that_was_not_to),
        cmocka_unit_test(a_name_leads_to_one_account_or_it_is_said_why_not),
        cmocka_unit_test(whose_ticket_it_is_counts_more_than_who_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
