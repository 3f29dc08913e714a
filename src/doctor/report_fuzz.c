/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever strangers say, in whichever place of the report: no control character reaches a terminal
 * or a page, nothing of it gets out of a comment of the script, and no account's name is left in a
 * redacted report.
 */
#include "base/json_text.h"
#include "doctor/facts.h"
#include "doctor/redact.h"
#include "doctor/report_html.h"
#include "doctor/report_script.h"
#include "doctor/report_terminal.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 4 << 20, ACCOUNT_MAX = 64 };

static const char COMMAND[] = "echo mine";

/* Where the lines of the input go, one after the other. */
static const char *const PLACES[] = {
    "host",
    "reports.0.app",
    "reports.0.user",
    "reports.0.summary",
    "reports.0.chain.0.title",
    "reports.0.chain.0.detail",
    "reports.0.checks.0.id",
    "reports.0.checks.0.name",
    "reports.0.checks.0.title",
    "reports.0.checks.0.detail.0",
    "reports.0.checks.0.evidence.0",
    "reports.0.checks.0.remedies.0.who",
    "reports.0.checks.0.remedies.1.command",
    "reports.0.facts.directory.person.0.dn",
    "reports.0.facts.directory.person.0.upn",
    "reports.0.facts.directory.person.0.spns.0",
    "reports.0.facts.directory.trusts.0.flat_name",
    "reports.0.facts.directory.trusts.0.name",
    "reports.0.facts.target.host",
    "reports.0.facts.target.url",
    "reports.0.facts.target.dns.chain.0",
    "reports.0.facts.target.nodes.0.tls.subject",
    "reports.0.facts.target.nodes.0.anonymous.location",
    "reports.0.facts.target.nodes.0.anonymous.via",
};

static const char TEMPLATE[] =
    "{\"reports\":[{\"outcome\":\"broken\",\"chain\":[{\"outcome\":\"fail\"}],\"checks\":[{"
    "\"outcome\":\"fail\",\"role\":\"cause\",\"detail\":[\"\"],\"evidence\":[\"\"],\"remedies\":["
    "{\"shell\":\"shell\",\"command\":\"echo mine\"},{\"shell\":\"text\"}]}],\"facts\":{"
    "\"directory\":{\"person\":[{\"spns\":[\"\"]}],\"trusts\":[{}]},"
    "\"target\":{\"dns\":{\"chain\":[\"\"]},\"nodes\":[{}]}}}]}";

static json_t *document_of(struct str in) {
    json_t *document = json_loads(TEMPLATE, 0, NULL);
    struct str line;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES && str_split(&in, '\n', &line); i++)
        facts_put(document, PLACES[i], json_text(line));
    return document;
}

static void assert_no_controls(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool is_c1 = i > 0 && c >= 0x80 && c < 0xa0 && s.p[i - 1] == '\xc2';
        if ((c < 0x20 && c != '\n') || c == 0x7f || is_c1)
            abort();
    }
}

/* Lines of the script that are no comment and none of its own. */
static void assert_only_ours(struct str script) {
    static const char *const OURS[] = {"", "fi", "}", "confirm() {", COMMAND};
    struct str line;
    while (str_split(&script, '\n', &line)) {
        bool is_ours = str_starts(line, STR("#")) || str_starts(line, STR("    "));
        for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
            is_ours |= str_eq(line, str_of(OURS[i]));
        struct str question = str_from(line, 12);
        bool is_question = str_starts(line, STR("if confirm '")) &&
                           str_ends(question, STR("'; then :")) &&
                           str_index(question, '\'') == question.n - 9;
        if (!is_ours && !is_question)
            abort();
    }
}

/* An account that no other text is part of: the first letters and digits of the input. */
static void add_account(json_t *document, struct str in, char account[ACCOUNT_MAX]) {
    size_t n = (size_t)snprintf(account, ACCOUNT_MAX, "zqx");
    char sentence[3 * ACCOUNT_MAX];
    for (size_t i = 0; i < in.n && n < ACCOUNT_MAX - 1; i++)
        if (str_is_alnum(in.p[i]))
            account[n++] = in.p[i];
    account[n] = 0;
    snprintf(sentence, sizeof sentence, "(%s) is 'CORP\\%s'", account, account);
    facts_put(document, "reports.0.facts.directory.person.0.account", json_string(account));
    facts_put(document, "reports.0.checks.0.detail.0", json_string(sentence));
}

static void assert_redacted(json_t *document, struct str in) {
    char account[ACCOUNT_MAX];
    add_account(document, in, account);
    json_t *made = redact(document);
    char *text =
        made ? json_dumps(facts_at(made, "reports.0.checks.0.detail.0"), JSON_ENCODE_ANY) : NULL;
    if (made && (!text || strcasestr(text, account)))
        abort();
    free(text);
    json_decref(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct report_look LOOK = {.width = 60, .is_verbose = true};
    struct str in = str_n((const char *)data, size);
    json_t *document = document_of(in);
    struct buf out;
    buf_init(&out, OUT_MAX);
    report_terminal(&out, document, &LOOK);
    assert_no_controls(buf_str(&out));
    buf_clear(&out);
    report_html(&out, document);
    assert_no_controls(buf_str(&out));
    buf_clear(&out);
    report_script(&out, document, SCRIPT_SHELL);
    assert_only_ours(buf_str(&out));
    assert_redacted(document, in);
    buf_fini(&out);
    json_decref(document);
    return 0;
}
