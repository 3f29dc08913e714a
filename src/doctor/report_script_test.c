/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_testing.h"

#include "doctor/report_script.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SCRIPT_MAX = 1 << 18 };

static const char *script_of(struct buf *out, const json_t *document, enum script_kind kind) {
    buf_clear(out);
    report_script(out, document, kind);
    assert_false(out->failed);
    buf_add_byte(out, 0);
    return buf_str(out).p;
}

static const char *sample_script(struct buf *out, enum script_kind kind) {
    json_t *document = report_sample();
    const char *script = script_of(out, document, kind);
    json_decref(document);
    return script;
}

/* What /bin/sh prints when it runs `script` with nobody at the keyboard. */
static const char *run(const char *script, char *printed, size_t size) {
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(in[1]);
    close(out[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(out[0], printed + n, size - 1 - n)) > 0;)
        n += (size_t)got;
    printed[n] = 0;
    close(out[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return printed;
}

static void the_end_of_the_file_name_says_what_runs(void **state) {
    (void)state;
    static const struct {
        const char *file;
        enum script_kind kind;
    } ROWS[] = {{"fix.ps1", SCRIPT_POWERSHELL},
                {"/tmp/Fix.PS1", SCRIPT_POWERSHELL},
                {"fix.sh", SCRIPT_SHELL},
                {"fix", SCRIPT_BOTH},
                {"", SCRIPT_BOTH},
                {"fix.txt", SCRIPT_BOTH}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_int_equal(report_script_kind(ROWS[i].file), ROWS[i].kind);
}

static void each_block_says_what_it_mends_and_who_runs_it(void **state) {
    static const char BLOCK[] =
        "\n# App hr, check D3 spn-in-list\n"
        "# What is to hold: The connector may delegate to the SPN\n"
        "# What is wrong: HTTP/hr.corp.example is not in the list of svc-kerbgate\n"
        "# What is wrong: The list has HTTP/hr, which is the same host by another name, and that "
        "does not count\n"
        "\n"
        "# For a domain administrator\n"
        "#   in samba-tool\n"
        "if confirm 'D3 spn-in-list as a domain administrator'; then :\n"
        "samba-tool delegation add-service svc-kerbgate HTTP/hr.corp.example\n"
        "fi\n"
        "\n"
        "# For root on this host\n"
        "#   in Shell\n"
        "if confirm 'D3 spn-in-list as root on this host'; then :\n"
        "kerbgate tickets purge --user alice@CORP.EXAMPLE\n"
        "fi\n"
        "\n# App hr, check D8 person-may-be-delegated\n";
    assert_non_null(strstr(sample_script(*state, SCRIPT_SHELL), BLOCK));
}

static void powershell_has_its_own_commands_and_the_others_as_comments(void **state) {
    const char *script = sample_script(*state, SCRIPT_POWERSHELL);
    assert_ptr_equal(strstr(script, "\xef\xbb\xbf# What kerbgate doctor proposes"), script);
    assert_non_null(
        strstr(script,
               "\nif (Confirm-Block 'D3 spn-in-list as a domain administrator') {\n"
               "Set-ADUser svc-kerbgate -Add @{'msDS-AllowedToDelegateTo'='HTTP/hr.corp.example'}\n"
               "}\n"));
    assert_non_null(strstr(script, "\n#   kerbgate tickets purge --user alice@CORP.EXAMPLE\n"));
    assert_null(strstr(script, "samba-tool"));
}

static void without_a_hint_in_its_name_a_file_has_both(void **state) {
    const char *script = sample_script(*state, SCRIPT_BOTH);
    assert_non_null(strstr(script, "\n#   Set-ADUser svc-kerbgate -Add"));
    assert_non_null(strstr(script, "\nsamba-tool delegation add-service"));
}

static void warnings_and_what_passed_are_not_in_it(void **state) {
    const char *script = sample_script(*state, SCRIPT_SHELL);
    assert_null(strstr(script, "kdc-reachable"));
    assert_null(strstr(script, "clock"));
}

static void the_script_runs_its_commands_as_they_are(void **state) {
    static const struct {
        const char *command, *printed;
    } ROWS[] = {
        {"echo one\necho 'two  three'", "one\ntwo  three\n"},
        {"cat <<'X'\n  a $HOME\nX\necho end", "  a $HOME\nend\n"},
        {"# nothing", ""},
        {"", ""},
        {"false", ""},
        {"echo a\rb", ""},
    };
    char printed[1024];
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *document = report_with_command("shell", ROWS[i].command);
        const char *script = script_of(*state, document, SCRIPT_SHELL);
        /* The last status is the last command's. */
        struct buf whole;
        buf_init(&whole, SCRIPT_MAX);
        buf_add(&whole, str_of(script));
        buf_add(&whole, STR("exit 0\n\0"));
        assert_string_equal(run(buf_str(&whole).p, printed, sizeof printed), ROWS[i].printed);
        buf_fini(&whole);
        json_decref(document);
    }
}

static void a_command_is_run_once_however_many_checks_name_it(void **state) {
    json_t *one = report_with_command("shell", "echo once");
    json_array_append(facts_at(one, "reports"), facts_at(one, "reports.0"));
    char printed[64];
    const char *script = script_of(*state, one, SCRIPT_SHELL);
    assert_non_null(strstr(script, "\n#   As above: echo once\n"));
    assert_string_equal(run(script, printed, sizeof printed), "once\n");
    json_decref(one);
}

static const char *const HOSTILE[] = {
    "x\necho hit",           "x\r\necho hit",
    "x\xc2\x85\necho hit",   "x\xe2\x80\xa8\necho hit",
    "'; echo hit; '",        "\xe2\x80\x99; echo hit; \xe2\x80\x99",
    "$(echo hit)`echo hit`", "#>\necho hit",
    "\\\necho hit",
};
enum { HOSTILE_COUNT = sizeof HOSTILE / sizeof *HOSTILE };

/* Every text is an attempt to get out of where it stands; only `command` is what a check made. */
static json_t *hostile_document(const char *shell, const char *text, const char *command) {
    json_t *document = report_with_command(shell, "");
    report_poison(document, text);
    json_object_set_new(document, "host", json_string(text));
    if (command)
        json_string_set(facts_at(document, "reports.0.checks.0.remedies.0.command"), command);
    return document;
}

static void no_text_of_strangers_gets_out_of_its_comment(void **state) {
    static const char *const OTHER[] = {"text", "kerbgate.yaml", "powershell", "new"};
    char printed[64];
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        for (size_t k = 0; k < sizeof OTHER / sizeof *OTHER; k++) {
            json_t *document = hostile_document(OTHER[k], HOSTILE[i], NULL);
            const char *script = script_of(*state, document, SCRIPT_BOTH);
            assert_string_equal(run(script, printed, sizeof printed), "");
            assert_null(strchr(script, '\r'));
            json_decref(document);
        }
        json_t *document = hostile_document("shell", HOSTILE[i], "echo mine");
        const char *script = script_of(*state, document, SCRIPT_BOTH);
        assert_string_equal(run(script, printed, sizeof printed), "mine\n");
        json_decref(document);
    }
}

static void nor_in_powershell(void **state) {
    static const struct str MEANING = {"'\"$`\r\x80\xe2;", 8};
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        json_t *document = hostile_document("powershell", HOSTILE[i], "Write-Output mine");
        struct str rest = str_of(script_of(*state, document, SCRIPT_POWERSHELL)), line;
        assert_true(str_starts(rest, STR("\xef\xbb\xbf#")));
        rest = str_from(rest, 3);
        while (str_split(&rest, '\n', &line)) {
            size_t at;
            if (!str_find(line, STR("hit"), &at) || str_starts(line, STR("#")))
                continue;
            /* Between the two quotes of the question. */
            assert_true(str_starts(line, STR("if (Confirm-Block '")));
            assert_true(str_ends(line, STR("') {")));
            struct str said = str_head(str_from(line, 19), line.n - 19 - 4);
            for (size_t k = 0; k < said.n; k++)
                assert_true(str_index(MEANING, said.p[k]) == MEANING.n);
        }
        json_decref(document);
    }
}

static void with_nothing_broken_it_does_nothing(void **state) {
    json_t *document = json_pack("{s:[]}", "reports");
    char printed[64];
    const char *script = script_of(*state, document, SCRIPT_SHELL);
    assert_non_null(strstr(script, "\n# There is no command to run here.\n"));
    assert_string_equal(run(script, printed, sizeof printed), "");
    json_decref(document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_the_file_name_says_what_runs),
        WITH_BUFFER(each_block_says_what_it_mends_and_who_runs_it),
        WITH_BUFFER(powershell_has_its_own_commands_and_the_others_as_comments),
        WITH_BUFFER(without_a_hint_in_its_name_a_file_has_both),
        WITH_BUFFER(warnings_and_what_passed_are_not_in_it),
        WITH_BUFFER(the_script_runs_its_commands_as_they_are),
        WITH_BUFFER(a_command_is_run_once_however_many_checks_name_it),
        WITH_BUFFER(no_text_of_strangers_gets_out_of_its_comment),
        WITH_BUFFER(nor_in_powershell),
        WITH_BUFFER(with_nothing_broken_it_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
