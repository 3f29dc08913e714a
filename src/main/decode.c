/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate decode: what is in a header of authentication that somebody pasted. Needs no
 * configuration and no domain, and shows no secret: of passwords, challenges, responses and
 * tokens of bearers nothing is printed.
 */
#include "events/terminal.h"
#include "main/commands.h"
#include "main/decode_say.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: kerbgate decode [--json] [BLOB | -]\n"
    "\n"
    "Says what is in the value of an Authorization or WWW-Authenticate header:\n"
    "Kerberos, NTLM, SPNEGO; for whom, with which key, and what that means.\n"
    "\n"
    "  BLOB          the value, with or without the header's name and the scheme, in\n"
    "                base64 or hexadecimal; or a whole dump of headers, as of curl -v\n"
    "  -             read it from standard input, as without BLOB\n"
    "  -j, --json    one JSON object\n"
    "  -c, --config FILE\n"
    "                taken as by every subcommand, and not read\n"
    "  -h, --help    print this\n"
    "\n"
    "Exit status: 0 decoded, 1 it cannot be decoded, or not all of it, 2 usage.\n";

struct options {
    const char *blob; /* NULL: standard input */
    bool is_json;
};

enum { OUTPUT_MAX = 8 << 20, WIDTH_MIN = 40 };

static bool complain(const char *what) {
    fprintf(stderr, "kerbgate decode: %s\n", what);
    return false;
}

/* One byte more than is allowed tells that there is too much. */
static bool read_input(struct buf *text) {
    for (;;) {
        size_t room = 65536;
        char *to = buf_reserve(text, &room);
        ssize_t n = to ? read(STDIN_FILENO, to, room) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fprintf(stderr, "kerbgate decode: standard input cannot be read: %s\n",
                    strerror(errno));
            return false;
        }
        if (n == 0)
            return true;
        buf_commit(text, (size_t)n);
    }
}

static bool take(const struct options *o, struct buf *text) {
    if (o->blob)
        buf_add(text, str_of(o->blob));
    else if (!read_input(text))
        return false;
    struct str s = buf_str(text);
    if (text->failed || s.n > PASTED_MAX)
        return complain("the input is longer than 1 MB, expected one header, or a dump of some");
    while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\r'))
        s.n--;
    if (s.n == 0)
        return complain("there is no input, expected a token or a header, as in "
                        "'Authorization: Negotiate YII...'");
    if (s.n > 1 &&
        ((s.p[0] == '\xff' && s.p[1] == '\xfe') || (s.p[0] == '\xfe' && s.p[1] == '\xff')))
        return complain("the input is UTF-16; save it as UTF-8 or ASCII");
    return true;
}

static unsigned terminal_width(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 0;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

/* Lines of our own and of strangers: none is a command to the terminal. */
static void print(struct str text) {
    struct terminal_wrap wrap = {.width = terminal_width()};
    struct buf safe;
    struct str line;
    buf_init(&safe, OUTPUT_MAX);
    if (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    while (str_split(&text, '\n', &line)) {
        struct str words = str_trim(line);
        wrap.indent = (unsigned)(words.n ? words.p - line.p : 0);
        if (words.n > 0)
            terminal_lines(&safe, words, wrap);
        else
            buf_add_byte(&safe, '\n');
    }
    fwrite(buf_str(&safe).p, 1, buf_size(&safe), stdout);
    buf_fini(&safe);
}

static int explain(const struct options *o, struct str in) {
    static struct pasted pasted;
    struct decode_answer answer = {0};
    int status = EXIT_FINDING;
    if (!pasted_read(in, &pasted) || !decode_say(&pasted, &answer)) {
        complain("no memory");
    } else if (pasted.count == 0) {
        complain("there is no header of authentication in it, expected Authorization or "
                 "WWW-Authenticate");
    } else if (o->is_json) {
        char *text = json_dumps(answer.json, JSON_INDENT(2) | JSON_ENSURE_ASCII);
        puts(text ? text : "{}");
        free(text);
        status = answer.is_whole && text ? EXIT_FINE : EXIT_FINDING;
    } else {
        print(buf_str(&answer.text));
        status = answer.is_whole ? EXIT_FINE : EXIT_FINDING;
    }
    if (pasted.count > 0 && !answer.is_whole)
        fprintf(stderr, "kerbgate decode: %s\n", answer.problem);
    decode_answer_fini(&answer);
    return status;
}

static int take_options(struct options *o, int argc, char **argv) {
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "c:hj", OPTIONS, NULL)) != -1;) {
        if (option == 'h') {
            fputs(USAGE, stdout);
            return EXIT_FINE;
        }
        if (option == '?') {
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
        o->is_json |= option == 'j';
    }
    if (optind < argc && strcmp(argv[optind], "-") != 0)
        o->blob = argv[optind];
    if (optind + 1 < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'; quote a header with blanks in it\n", argv[0],
                argv[optind + 1]);
        return EXIT_USAGE;
    }
    return -1;
}

int decode_main(int argc, char **argv) {
    struct options o = {0};
    struct buf text;
    int status = take_options(&o, argc, argv);
    if (status >= 0)
        return status;
    /* It may hold a password (Basic) or a token that is still good. */
    buf_init_secret(&text, PASTED_MAX + 65536);
    status = take(&o, &text) ? explain(&o, buf_str(&text)) : EXIT_FINDING;
    buf_fini(&text);
    return status;
}
