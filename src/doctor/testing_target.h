/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the checks of an application share: answers as they come, and rows of facts
 * with what is to be said of them.
 */
#pragma once
#include "doctor/testing.h"

#include <stdio.h>

struct target_row {
    const char *what;
    void (*judge)(struct checking *c);
    const char *facts;
    enum doctor_link broken;
    enum doctor_outcome outcome;
    const char *words; /* in what is said; NULL: nothing is looked for */
};

#define ASKS "{'ok':true,'status':401,'www_authenticate':['Negotiate'],'us':1000,'head_size':200}"
#define ASKS_NTLM "{'ok':true,'status':401,'www_authenticate':['NTLM'],'us':1000,'head_size':200}"
#define SAYS(status)                                                                               \
    "{'ok':true,'status':" #status ",'www_authenticate':[],'us':1000,'head_size':2000}"
#define REFUSES(code)                                                                              \
    "{'ok':true,'status':401,'www_authenticate':['Negotiate'],'us':1000,'head_size':2000,"         \
    "'token':{'state':'rejected','mech':'krb5','content':'krb-error','krb_code':" #code "}}"
#define CUT "{'ok':false,'error':{'code':'closed','detail':'cut off'},'us':1000,'head_size':2000}"
#define HANGS "{'ok':false,'error':{'code':'timeout','detail':'no answer'},'us':8000000}"

/* A node at 10.0.0.N. */
#define NODE(n, more)                                                                              \
    "{'backend':'web.corp:80','address':'10.0.0." #n "','port':80,'tcp':{'ok':true}" more "}"
#define TOLD(nobody, person, more)                                                                 \
    NODE(1, ",'anonymous':" nobody ",'signed_in':" person ",'fresh':" nobody more)
#define APP                                                                                        \
    "'app':{'name':'hr','sso':'kerberos','spn':'HTTP/web.corp','realm':'CORP.EXAMPLE',"            \
    "'internal_url':'http://web.corp/','external_url':'https://hr.example.com/',"                  \
    "'host_header':'internal','timeout_ms':10000}"
#define TARGET(more, nodes)                                                                        \
    "{" APP ",'target':{'host':'web.corp','external_host':'hr.example.com','scheme':'http',"       \
    "'path':'/','nodes':[" nodes "]" more "}}"

static inline void target_rows(const struct target_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct checked *t = checked(rows[i].facts, rows[i].broken, rows[i].judge);
        bool is_mended = t->c.outcome != OUTCOME_FAIL ||
                         (json_array_size(t->c.remedies) > 0 && json_array_size(t->c.evidence) > 0);
        if (t->c.outcome != rows[i].outcome || (rows[i].words && !says(t, rows[i].words)) ||
            !is_mended) {
            char *said = json_dumps(t->c.detail, 0), *how = json_dumps(t->c.remedies, 0);
            fail_msg("%s: %d, %s, %s", rows[i].what, t->c.outcome, said, how);
        }
        checked_free(t);
    }
}
