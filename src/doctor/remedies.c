/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/remedies.h"

#include "doctor/accounts.h"

static bool is_ascii(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] > 0x7e)
            return false;
    }
    return s.n > 0;
}

#define SAM_LDB "/var/lib/samba/private/sam.ldb"

/* `dn` is one word of the shell. */
static void remedy_ldb(struct checking *c, const char *dn, const char *attribute,
                       const char *value) {
    const char *line = value ? arena_printf(c->arena, " '%s: %s'", attribute, value) : "";
    if (line)
        check_remedy(
            c, REMEDY_SHELL, BY_DOMAIN_ADMIN,
            "printf '%%s\\n' %s 'changetype: modify' 'replace: %s'%s | ldbmodify -H " SAM_LDB, dn,
            attribute, line);
}

void remedy_attribute(struct checking *c, const json_t *account, const char *attribute,
                      const char *value) {
    const char *dn = arena_printf(c->arena, "dn: %s", facts_text(account, "dn"));
    if (dn && is_ascii(str_of(facts_text(account, "dn"))))
        remedy_ldb(c, sh(c, dn), attribute, value);
}

/* A name that stands for itself in a filter and in the shell. */
static bool is_plain(struct str name) {
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!str_is_alnum(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return name.n > 0;
}

void remedy_attribute_of(struct checking *c, const char *name, const char *attribute,
                         const char *value) {
    const char *dn = arena_printf(
        c->arena, "\"$(ldbsearch -H " SAM_LDB " '(sAMAccountName=%s)' dn | grep '^dn: ')\"", name);
    if (dn && is_plain(str_of(name)))
        remedy_ldb(c, dn, attribute, value);
}

/* The rest of the value is what it is when the command is run: other remedies of the report change
 * it, too. Without a value to begin with neither shell writes one. */
void remedy_uac(struct checking *c, const json_t *account, unsigned bit) {
    const char *name = account_name(account), *dn = facts_text(account, "dn");
    const char *first = arena_printf(c->arena, "dn: %s", dn);
    if (!facts_at(account, "uac"))
        return;
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "%s %s -Properties userAccountControl | Where-Object userAccountControl | "
                 "ForEach-Object { %s $_ -Replace @{userAccountControl=($_.userAccountControl "
                 "-band -bnot 0x%x)} }",
                 get_cmdlet(account), ps(c, name), set_cmdlet(account), bit);
    if (first && is_ascii(str_of(dn)))
        check_remedy(c, REMEDY_SHELL, BY_DOMAIN_ADMIN,
                     "printf '%%s\\n' %s 'changetype: modify' 'replace: userAccountControl' "
                     "\"userAccountControl: $(($(ldbsearch -H " SAM_LDB
                     " -s base -b %s userAccountControl | sed -n 's/^userAccountControl: //p') & "
                     "~0x%x))\" | ldbmodify -H " SAM_LDB,
                     sh(c, first), sh(c, dn), bit);
}

void remedy_enable(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Enable-ADAccount %s", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool user enable %s", sh(c, name));
}

void remedy_unlock(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Unlock-ADAccount %s", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool user unlock %s", sh(c, name));
}

/* samba-tool user setexpiry --noexpiry lets the password never expire either, which is more than
 * was asked for. */
void remedy_expiry(struct checking *c, const json_t *account, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Clear-ADAccountExpiration %s",
                 ps(c, name));
    if (account)
        remedy_attribute(c, account, "accountExpires", "0");
    else
        remedy_attribute_of(c, name, "accountExpires", "0");
}

void remedy_limit(struct checking *c, const json_t *account, const char *name,
                  const char *attribute) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Set-ADUser %s -Clear %s", ps(c, name),
                 attribute);
    if (account)
        remedy_attribute(c, account, attribute, NULL);
    else
        remedy_attribute_of(c, name, attribute, NULL);
}

const char *keytab_file(const struct checking *c) {
    const char *file = facts_text(c->facts, "kerberos.keytab.file");
    return file[0] ? file : "kerbgate.keytab";
}

void remedy_export(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN,
                 "samba-tool domain exportkeytab %s --principal=%s", sh(c, keytab_file(c)),
                 sh(c, name));
}

void remedy_keytab(struct checking *c, const char *name, const char *principal) {
    remedy_export(c, name);
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "ktpass /princ %s /mapuser %s /pass * /crypto AES256-SHA1 "
                 "/ptype KRB5_NT_PRINCIPAL /out kerbgate.keytab",
                 ps(c, principal), ps(c, name));
}

void remedy_sensitive(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "Set-ADAccountControl %s -AccountNotDelegated $false", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool user sensitive %s off", sh(c, name));
}

void remedy_protected(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "Remove-ADGroupMember 'Protected Users' -Members %s -Confirm:$false", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN,
                 "samba-tool group removemembers 'Protected Users' %s", sh(c, name));
}

void remedy_spn_add(struct checking *c, const char *spn, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "setspn -S %s %s", ps(c, spn), ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool spn add %s %s", sh(c, spn),
                 sh(c, name));
}

void remedy_spn_delete(struct checking *c, const char *spn, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "setspn -D %s %s", ps(c, spn), ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool spn delete %s %s", sh(c, spn),
                 sh(c, name));
}
