/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/examine.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "broker/accounts.h"
#include "broker/examine_int.h"
#include "broker/explain.h"
#include "broker/policy.h"
#include "broker/s4u.h"
#include "broker/tgt.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    ENTRIES_MAX = 64,         /* of a keytab */
    AUTHENTICATOR_SIZE = 500, /* of a token beside its ticket, about */
};

static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

void examine_tell(const struct examine *x, const char *path, json_t *value) {
    pthread_mutex_lock(&telling);
    x->tell(x->user, path, value);
    pthread_mutex_unlock(&telling);
}

static void set_int(json_t *object, const char *key, int64_t value) {
    json_object_set_new(object, key, json_integer(value));
}

json_t *examine_error(const struct err *e) {
    json_t *o = json_object();
    const struct err_info *info = err_info(e->code);
    json_object_set_new(o, "ok", json_false());
    json_set_text(o, "error", str_of(info->name));
    json_set_text(o, "title", str_of(info->title));
    json_set_text(o, "detail", str_of(e->detail));
    json_set_text(o, "hint", str_of(e->hint));
    json_set_text(o, "step", str_of(e->kdc.step));
    json_set_text(o, "kdc", str_of(e->kdc.address));
    set_int(o, "code", e->kdc.code);
    if (e->kdc.nt_status)
        set_int(o, "nt_status", e->kdc.nt_status);
    if (e->kdc.took_us)
        set_int(o, "us", e->kdc.took_us);
    return o;
}

static json_t *success(const struct err_kdc *kdc) {
    json_t *o = json_pack("{s:b,s:i}", "ok", 1, "code", 0);
    json_set_text(o, "kdc", str_of(kdc->address));
    set_int(o, "us", kdc->took_us);
    return o;
}

static void set_enctype(json_t *o, int32_t enctype) {
    set_int(o, "enctype", enctype);
    json_set_text(o, "enctype_name", str_of(ticket_enctype_name(enctype)));
}

static void set_flags(json_t *o, uint32_t flags) {
    char text[TICKET_FLAGS_SIZE];
    ticket_flags_text(flags, text);
    json_set_text(o, "flags", str_of(text));
    json_object_set_new(o, "forwardable", json_boolean(flags & TKT_FLG_FORWARDABLE));
}

static json_t *entry_of(struct krb *k, const krb5_keytab_entry *entry) {
    char *name = NULL;
    json_t *o = json_object();
    if (krb5_unparse_name(k->context, entry->principal, &name) == 0)
        json_set_text(o, "principal", str_of(name));
    krb5_free_unparsed_name(k->context, name);
    set_int(o, "kvno", entry->vno);
    set_int(o, "time", (int64_t)(uint32_t)entry->timestamp);
    set_enctype(o, entry->key.enctype);
    return o;
}

static void tell_keytab(const struct examine *x, struct krb *k) {
    json_t *keytab = json_object(), *entries = json_array();
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    json_set_text(keytab, "file", str_of(k->config->keytab));
    json_set_text(keytab, "principal", str_of(k->config->principal));
    if (krb5_kt_start_seq_get(k->context, k->keytab, &cursor) == 0) {
        while (json_array_size(entries) < ENTRIES_MAX &&
               krb5_kt_next_entry(k->context, k->keytab, &entry, &cursor) == 0) {
            json_array_append_new(entries, entry_of(k, &entry));
            krb5_free_keytab_entry_contents(k->context, &entry);
        }
        krb5_kt_end_seq_get(k->context, k->keytab, &cursor);
    }
    json_object_set_new(keytab, "entries", entries);
    examine_tell(x, "kerberos.keytab", keytab);
}

static json_t *tgt_facts(struct krb *k, const krb5_creds *creds) {
    json_t *o = success(&k->evidence.last);
    set_flags(o, (uint32_t)creds->ticket_flags);
    set_enctype(o, creds->keyblock.enctype);
    set_int(o, "ends_s", (int64_t)(uint32_t)creds->times.endtime);
    return o;
}

/* Our own ticket, into the cache of `k`. */
static bool get_tgt(const struct examine *x, struct krb *k) {
    krb5_creds *creds = NULL;
    struct err e = {.code = ERR_NONE};
    krb5_error_code code = tgt_fetch(k, &creds);
    if (code == 0)
        code = tgt_put(k, creds);
    if (code != 0)
        explain_krb(k, &(struct explain_case){.step = STEP_AS, .code = code}, &e);
    json_t *facts = code == 0 ? tgt_facts(k, creds) : examine_error(&e);
    if (code != 0 && !e.kdc.code)
        set_int(facts, "code", code);
    examine_tell(x, "kerberos.tgt", facts);
    krb5_free_creds(k->context, creds);
    krb_use_own_clock(k);
    return code == 0;
}

static json_t *self_facts(const struct s4u_seen *seen) {
    char sid[SID_TEXT_MAX];
    json_t *o = success(&seen->self_kdc);
    json_set_text(o, "client", str_of(seen->client));
    set_flags(o, seen->self_flags);
    set_enctype(o, seen->self_enctype);
    if (!seen->has_pac)
        return o;
    json_t *pac = json_pack("{s:b,s:b,s:I}", "sensitive", seen->is_sensitive, "protected",
                            seen->is_protected, "groups", (json_int_t)seen->groups);
    json_set_text(pac, "account", str_of(seen->account));
    json_set_text(pac, "upn", str_of(seen->upn));
    sid_text(&seen->sid, sid);
    if (seen->sid.count)
        json_set_text(pac, "sid", str_of(sid));
    json_object_set_new(o, "pac", pac);
    return o;
}

static json_t *proxy_facts(const struct s4u_seen *seen, const struct ticket *t) {
    json_t *o = success(&seen->proxy_kdc), *ticket = json_object();
    set_flags(o, t->flags);
    json_set_text(o, "client", str_of(t->client));
    json_set_text(ticket, "server", str_of(t->server));
    set_int(ticket, "size", (int64_t)t->der_size);
    set_int(ticket, "token_size",
            (int64_t)((t->der_size + AUTHENTICATOR_SIZE) * 4 / 3)); /* base64 */
    set_enctype(ticket, t->ticket_enctype);
    set_int(ticket, "kvno", t->kvno);
    set_int(ticket, "ends_s", t->ends_s);
    json_object_set_new(o, "ticket", ticket);
    return o;
}

/* Where a failure belongs: to the step that the KDC refused or, when none was asked, to our own
 * lists and names, which come before. */
static const char *place_of(const struct err *e, const struct s4u_seen *seen) {
    /* Denied groups are seen in the ticket that the KDC gave. */
    if (e->code == ERR_KRB_USER_DENIED || e->code == ERR_KRB_GROUPS_UNKNOWN)
        return "kerberos.policy";
    if (seen->has_self)
        return "kerberos.proxy";
    return str_eq(str_of(e->kdc.step), STR("S4U2Self")) || seen->self_kdc.step[0]
               ? "kerberos.self"
               : "kerberos.policy";
}

static struct ticket *get_ticket(const struct examine *x, struct krb *k, struct accounts *accounts,
                                 struct err *e) {
    struct ticket *ticket = NULL;
    struct s4u_seen seen = {0};
    k->seen = &seen;
    bool done = accounts_ticket(accounts, k, &x->asked, x->until_us, &ticket, e);
    k->seen = NULL;
    if (seen.has_self)
        examine_tell(x, "kerberos.self", self_facts(&seen));
    if (done)
        examine_tell(x, "kerberos.proxy", proxy_facts(&seen, ticket));
    else
        examine_tell(x, place_of(e, &seen), examine_error(e));
    return ticket;
}

static struct ticket *get_first_ticket(const struct examine *x, struct krb *k) {
    struct err e = {.code = ERR_NONE};
    struct accounts *accounts = accounts_new(x->config, &e);
    struct ticket *ticket = accounts ? get_ticket(x, k, accounts, &e) : NULL;
    if (!accounts)
        examine_tell(x, "kerberos.policy", examine_error(&e));
    accounts_free(accounts);
    return ticket;
}

static void *run_kdcs(void *user) {
    examine_kdcs(user);
    return NULL;
}

static struct ticket *walk(const struct examine *x, struct krb *k) {
    struct ticket *ticket = NULL;
    tell_keytab(x, k);
    if (!get_tgt(x, k))
        return NULL;
    if (x->asked.user.n && x->asked.spn.n)
        ticket = get_first_ticket(x, k);
    if (!x->is_trace)
        examine_directory(x, k);
    return ticket;
}

struct ticket *examine_chain(const struct examine *x) {
    struct krb k;
    struct err e = {.code = ERR_NONE};
    struct ticket *ticket = NULL;
    pthread_t beside;
    bool has_beside = !x->is_trace && pthread_create(&beside, NULL, run_kdcs, (void *)x) == 0;
    if (krb_open(&k, &x->config->kerberos, &e)) {
        ticket = x->is_trace ? examine_traced(x, &k, walk) : walk(x, &k);
        krb_close(&k);
    } else {
        examine_tell(x, "kerberos.tgt", examine_error(&e));
    }
    if (has_beside)
        pthread_join(beside, NULL);
    return ticket;
}

/* Paths are of two names here, "kerberos.self", or of one. */
static void collect(void *user, const char *path, json_t *value) {
    json_t *at = user;
    const char *dot = strchr(path, '.');
    if (dot) {
        json_t *inner = json_object_getn(at, path, (size_t)(dot - path));
        if (!inner) {
            inner = json_object();
            json_object_setn_new(at, path, (size_t)(dot - path), inner);
        }
        at = inner;
    }
    json_object_set_new(at, dot ? dot + 1 : path, value);
}

/* Lists of groups and the like are what may be too much. */
static char *dump(json_t *facts) {
    char *text = json_dumps(facts, JSON_COMPACT);
    if (text && strlen(text) > BROKER_FACTS_MAX) {
        free(text);
        json_object_del(facts, "directory");
        text = json_dumps(facts, JSON_COMPACT);
    }
    return text;
}

/* A worker that was broken into is not to look around in the directory: not by what it must not
 * have a ticket to, nor at people whom it must have none of. */
static bool may_look(const struct examine_held *h, enum err_code refused) {
    struct err e;
    return refused != ERR_KRB_USER_DENIED && refused != ERR_KRB_GROUPS_UNKNOWN &&
           policy_allows_spn(h->config, h->asked->spn, &e);
}

char *examine_held(const struct examine_held *h) {
    struct err e = {.code = ERR_NONE};
    json_t *facts = json_object();
    if (!facts)
        return NULL;
    struct examine x = {.config = h->config,
                        .asked = *h->asked,
                        .is_brief = true,
                        .until_us = h->until_us,
                        .tell = collect,
                        .user = facts};
    if (h->no_tgt) {
        examine_tell(&x, "kerberos.tgt", examine_error(h->no_tgt));
    } else {
        json_t *tgt = success(&(struct err_kdc){0});
        json_object_set_new(tgt, "forwardable", json_boolean(h->krb->is_tgt_forwardable));
        examine_tell(&x, "kerberos.tgt", tgt);
        tell_keytab(&x, h->krb);
        ticket_free(get_ticket(&x, h->krb, h->accounts, &e));
        if (may_look(h, e.code))
            examine_directory(&x, h->krb);
    }
    char *text = dump(facts);
    json_decref(facts);
    return text;
}
