/* SPDX-License-Identifier: Apache-2.0
 *
 * One call of the desk: is the certificate believed, whose is it, was it revoked. In that order, so
 * that nobody has a responder asked, or chooses its address, who has no certificate of ours.
 */
#include "base/clock.h"
#include "preauth/certificate_int.h"

#include <assert.h>
#include <string.h>

/* What is kept is one provider's: another one may ask another responder. */
static void make_key(struct certificate_call *c) {
    struct str name = str_of(c->source->config->name);
    unsigned char both[2 * SHA256_SIZE];
    secret_sha256(name, both);
    secret_sha256(c->ders[0], both + SHA256_SIZE);
    secret_sha256(str_n((const char *)both, sizeof both), c->key);
}

static struct certificate_kept *place_of(const struct certificate_call *c) {
    return &c->desk->kept[(c->key[0] << 8 | c->key[1]) % CERTIFICATE_KEPT_MAX];
}

static void believe(struct certificate_call *c, int64_t until_s) {
    struct certificate_answer *a = &c->answer;
    a->who = (struct identity){.provider = c->source->config->name,
                               .subject = (char *)c->person.subject,
                               .claims = c->person.claims};
    a->ends_s = until_s < c->verified.ends_s ? until_s : c->verified.ends_s;
    certificate_finish(c, NULL);
}

static void refuse(struct certificate_call *c, const struct err *e) {
    const struct config_ocsp *ocsp = &c->source->config->certificates.ocsp;
    if (e->code == ERR_CERTIFICATE_SILENT && ocsp->may_be_silent) {
        c->answer.doubt = *e;
        believe(c, clock_wall_s() + CERTIFICATE_SILENT_S);
        return;
    }
    certificate_finish(c, e);
}

/* What went wrong on the way, in the words of this room. */
static void translate(struct err *e) {
    if (e->code == ERR_IDP_DOWN)
        e->code = ERR_CERTIFICATE_SILENT;
    else if (e->code == ERR_IDP_ANSWER)
        e->code = ERR_CERTIFICATE_ANSWER;
}

static_assert(CERTIFICATE_ASKING_MAX - OIDC_HTTP_CONNECTIONS_MAX <= 0,
              "a request that waits inside libcurl would have its time run out there");

static void ask_or_wait(struct certificate_call *c);

/* One request has ended: whoever waited may ask, or find that somebody else has. With the desk all
 * end. */
static void go_on(struct certificate_desk *d, const struct err *ended) {
    struct certificate_call *c;
    d->asking--;
    while (d->asking < CERTIFICATE_ASKING_MAX && (c = STAILQ_FIRST(&d->waiting))) {
        STAILQ_REMOVE_HEAD(&d->waiting, in_queue);
        if (ended->code == ERR_SHUTTING_DOWN)
            certificate_finish(c, ended);
        else
            ask_or_wait(c);
    }
}

static void read_answer(struct certificate_call *c, int status, struct str body,
                        const struct err *failed) {
    const struct config_ocsp *ocsp = &c->source->config->certificates.ocsp;
    struct err e = *failed;
    int64_t now_s = clock_wall_s(), until_s = 0;
    if (e.code == ERR_NONE && status != 200)
        err_set(&e, ERR_CERTIFICATE_SILENT, "the responder answers with status %d", status);
    translate(&e);
    if (e.code != ERR_NONE || !certificate_ocsp_read(c->source->trust, ocsp, &c->verified,
                                                     &c->question, body, now_s, &until_s, &e)) {
        refuse(c, &e);
        return;
    }
    struct certificate_kept *kept = place_of(c);
    memcpy(kept->key, c->key, sizeof kept->key);
    kept->until_s = until_s;
    believe(c, until_s);
}

static void on_answer(void *user, int status, struct str body, const struct err *failed) {
    struct certificate_call *c = user;
    struct certificate_desk *d = c->desk;
    read_answer(c, status, body, failed);
    go_on(d, failed);
}

static void ask_responder(struct certificate_call *c) {
    const struct config_ocsp *ocsp = &c->source->config->certificates.ocsp;
    X509 *own = sk_X509_value(c->verified.chain, 0);
    struct err e;
    const char *url = certificate_ocsp_url(&c->arena, ocsp, own, &e);
    if (!url) {
        refuse(c, &e);
        return;
    }
    if (!certificate_ocsp_ask(&c->arena, ocsp, &c->verified, &c->question)) {
        err_set(&e, ERR_NO_MEMORY, "no memory to ask about a certificate");
        certificate_finish(c, &e);
        return;
    }
    struct oidc_http_request r = {.site = &c->source->site,
                                  .url = url,
                                  .form = &c->question.der,
                                  .content_type = "application/ocsp-request",
                                  .accept = "application/ocsp-response",
                                  .may_be_clear = true};
    if (oidc_http_ask(c->desk->http, &r, on_answer, c, &e))
        c->desk->asking++;
    else
        certificate_finish(c, &e);
}

static void ask_or_wait(struct certificate_call *c) {
    const struct certificate_kept *kept = place_of(c);
    struct err e;
    int64_t now_s = clock_wall_s();
    if (kept->until_s > now_s && memcmp(kept->key, c->key, sizeof kept->key) == 0) {
        believe(c, kept->until_s);
    } else if (c->waits_since_s && now_s - c->waits_since_s > CERTIFICATE_WAIT_S) {
        err_set(&e, ERR_CERTIFICATE_SILENT,
                "the responder did not come to it within %d seconds: %d others are asked about",
                CERTIFICATE_WAIT_S, CERTIFICATE_ASKING_MAX);
        refuse(c, &e);
    } else if (c->desk->asking < CERTIFICATE_ASKING_MAX) {
        ask_responder(c);
    } else {
        c->waits_since_s = now_s;
        STAILQ_INSERT_TAIL(&c->desk->waiting, c, in_queue);
    }
}

void certificate_step(struct certificate_call *c) {
    const struct config_certificates *config = &c->source->config->certificates;
    struct certificate_names names;
    struct err e;
    int64_t now_s = clock_wall_s();
    if (!certificate_trust_verify(c->source->trust, c->ders, c->count, now_s, &c->verified, &e) ||
        !certificate_read_names(&c->arena, sk_X509_value(c->verified.chain, 0), &names, &e) ||
        !certificate_person_of(&c->arena, config, &names, c->ders[0], &c->person, &e)) {
        certificate_finish(c, &e);
        return;
    }
    if (!config_asks_responder(config)) {
        believe(c, INT64_MAX);
        return;
    }
    make_key(c);
    ask_or_wait(c);
}
