/* SPDX-License-Identifier: Apache-2.0 */
#include "events/reference.h"

#include "events/catalogue.h"
#include "events/event_row.h"

static const char HEAD[] =
    "# Events\n"
    "\n"
    "<!-- Made by: kerbgate events --print-catalogue > docs/events.md -->\n"
    "\n"
    "What kerbgate records, as lines of its log and as rows that `kerbgate events` reads. The\n"
    "numbers that administrators of the original know mean here what they mean there; those from\n"
    "20000 on are our own. A request leaves an event when it fails in a way that has a number; "
    "one\n"
    "that fails otherwise leaves a line of the log, and every request a line of the access log.\n"
    "\n"
    "## The access log\n"
    "\n"
    "`gateway.access_log` says where it is, and whether each line is a JSON object or\n"
    "`key=value`. The keys are the same, in this order; what a request had none of is left out.\n"
    "After the file was renamed (logrotate), `kerbgate reload` begins the next.\n"
    "\n"
    "| key | what it is |\n"
    "|---|---|\n"
    "| `time` | when its first byte came, UTC |\n"
    "| `id` | the activity, as on an error page and in `kerbgate events --activity` |\n"
    "| `client` | address, as `gateway.trusted_proxies` lets it be known |\n"
    "| `user` | who has signed in |\n"
    "| `app` | whose address it was |\n"
    "| `protocol` | `HTTP/1.1`, `HTTP/2` |\n"
    "| `method`, `host`, `path` | what was asked for; never the query |\n"
    "| `status` | what was answered; 0: the client was gone before |\n"
    "| `error` | what went wrong, by the names of the events below |\n"
    "| `bytes_in`, `bytes_out` | of the bodies |\n"
    "| `backend` | the address it was sent to |\n"
    "| `connection` | to the back end: `kept` or `new` |\n"
    "| `ticket` | `cached`, `new`, or `-` when none was got |\n"
    "| `claim`, `claim_value` | what named the person to the app |\n"
    "| `principal`, `realm`, `spn` | whose ticket, of which realm, and for what |\n"
    "| `total_us` | from the first byte to the last, in microseconds |\n"
    "| `head_us` | until the head was read |\n"
    "| `session_us` | from the cookie to the person |\n"
    "| `ticket_us` | the ticket, from the cache or the domain controller |\n"
    "| `connect_us` | a connection to the back end |\n"
    "| `mint_us` | the token |\n"
    "| `response_us` | from the request sent to the head of the answer |\n"
    "| `body_us` | the answer's body, at the pace of the slower side |\n"
    "\n"
    "As text, a value with a blank, `\"` or `=` stands in `\"`; `\"` and `\\` have a `\\` before "
    "them,\n"
    "and control characters are written as `\\x1b`.\n"
    "\n"
    "## Fields of `kerbgate events --json`\n"
    "\n"
    "One object on each line, the oldest first. Every key is always there: a text that is not "
    "known\n"
    "is `\"\"`, any other value `null`. The times of the steps are in the order of the walk; "
    "`null`\n"
    "means that the request did not come to that step, or failed in it.\n"
    "\n"
    "| key | type | what it is |\n"
    "|---|---|---|\n";

static const char *type_name(enum event_column_type type) {
    switch (type) {
    case COLUMN_TEXT:
    case COLUMN_LEVEL:
    case COLUMN_TIME:
        return "text";
    case COLUMN_BOOL:
        return "boolean";
    case COLUMN_STATUS:
        return "text or null";
    case COLUMN_INT:
    case COLUMN_US:
        return "number or null";
    default:
        return "number";
    }
}

static void write_fields(struct buf *out) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "| `%s` | %s | %s |\n", c[i].name, type_name(c[i].type), c[i].help);
        if (c[i].type == COLUMN_LEVEL)
            buf_printf(out, "| `title` | text | the event's title, see below |\n");
    }
}

void reference_write(struct buf *out) {
    size_t n;
    const struct catalogue_row *rows = catalogue_rows(&n);
    buf_add(out, STR(HEAD));
    write_fields(out);
    buf_printf(out, "\n## Catalogue\n\n| event | level | title |\n|---|---|---|\n");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "| [%d](#%d) | %s | %s |\n", rows[i].event, rows[i].event,
                   catalogue_level_name(rows[i].level), rows[i].title);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "\n### %d\n\n%s (%s).\n\n%s\n", rows[i].event, rows[i].title,
                   catalogue_level_name(rows[i].level), rows[i].meaning);
        if (rows[i].action[0])
            buf_printf(out, "\nWhat to do: %s\n", rows[i].action);
    }
}
