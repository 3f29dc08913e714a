/* SPDX-License-Identifier: Apache-2.0 */
#include "events/event_row.h"

#include "base/clock.h"
#include "events/catalogue.h"

#include <limits.h>

#define AT(field) offsetof(struct event_row, field), sizeof(((struct event_row *)NULL)->field)
#define STEP_AT(step) AT(activity.step_us[step])

static const struct event_column COLUMNS[] = {
    {"row", COLUMN_KEY, AT(row), "number of the event in the store, ascending"},
    {"time", COLUMN_TIME, AT(time_ms), "when it was recorded (RFC 3339, UTC)"},
    {"event", COLUMN_INT, AT(event), "number of the event, see below"},
    {"level", COLUMN_LEVEL, AT(level), "`info`, `warn` or `error`"},
    {"activity", COLUMN_TEXT, AT(activity.id), "id of the request; the error page shows it"},
    {"app", COLUMN_TEXT, AT(activity.app), "name of the app"},
    {"connector", COLUMN_TEXT, AT(activity.connector), "group of the connector"},
    {"user", COLUMN_TEXT, AT(activity.user), "who signed in, or tried to"},
    {"client", COLUMN_TEXT, AT(activity.client), "address of the client"},
    {"method", COLUMN_TEXT, AT(activity.method), "method of the request"},
    {"host", COLUMN_TEXT, AT(activity.host), "host the request was for"},
    {"path", COLUMN_TEXT, AT(activity.path), "path the request was for, without its query"},
    {"backend", COLUMN_TEXT, AT(activity.backend), "scheme, host and port of the back end"},
    {"claim", COLUMN_TEXT, AT(activity.claim), "claim that names the person to the app"},
    {"claim_value", COLUMN_TEXT, AT(activity.claim_value), "what it said in this sign-in"},
    {"principal", COLUMN_TEXT, AT(activity.principal), "Kerberos name a ticket was asked for"},
    {"realm", COLUMN_TEXT, AT(activity.realm),
     "realm of the person in the ticket; without one, the realm that was asked first"},
    {"spn", COLUMN_TEXT, AT(activity.spn), "SPN a ticket was asked to"},
    {"ticket_cached", COLUMN_BOOL, AT(activity.is_ticket_cached), "the ticket was at hand"},
    {"connection_reused", COLUMN_BOOL, AT(activity.is_connection_reused),
     "the connection to the back end had been kept"},
    {"status", COLUMN_INT, AT(activity.status), "HTTP status answered to the client"},
    {"bytes_in", COLUMN_COUNT, AT(activity.bytes_in), "bytes of the request's body"},
    {"bytes_out", COLUMN_COUNT, AT(activity.bytes_out), "bytes of the answer's body"},
    {"total_us", COLUMN_US, AT(activity.total_us), "the whole request, in microseconds"},
    {"head_us", COLUMN_US, STEP_AT(ACTIVITY_HEAD), "reading the request's head"},
    {"session_us", COLUMN_US, STEP_AT(ACTIVITY_SESSION), "from the cookie to the identity"},
    {"ticket_us", COLUMN_US, STEP_AT(ACTIVITY_TICKET), "getting the service ticket"},
    {"connect_us", COLUMN_US, STEP_AT(ACTIVITY_CONNECT), "connecting to the back end"},
    {"mint_us", COLUMN_US, STEP_AT(ACTIVITY_MINT), "making the token"},
    {"response_us", COLUMN_US, STEP_AT(ACTIVITY_RESPONSE), "waiting for the answer's head"},
    {"body_us", COLUMN_US, STEP_AT(ACTIVITY_BODY), "passing on the answer's body"},
    {"error", COLUMN_TEXT, AT(error), "stable name of the error"},
    {"detail", COLUMN_TEXT, AT(activity.err.detail), "what happened, in words"},
    {"hint", COLUMN_TEXT, AT(activity.err.hint), "what to type next"},
    {"kdc_step", COLUMN_TEXT, AT(activity.err.kdc.step),
     "`AS-REQ`, `S4U2Self`, `S4U2Proxy`, or `LDAP ticket` for one to the directory"},
    {"kdc_code", COLUMN_INT, AT(activity.err.kdc.code),
     "error code of the KDC (RFC 4120 section 7.5.9)"},
    {"nt_status", COLUMN_STATUS, AT(activity.err.kdc.nt_status),
     "NTSTATUS in the KDC's answer, hexadecimal"},
    {"kdc", COLUMN_TEXT, AT(activity.kdc),
     "address of the KDC that gave the ticket, or did not; the last that was tried when none "
     "answered"},
    {"kdc_us", COLUMN_US, AT(activity.kdc_us),
     "its exchanges for the ticket, whenever that was, or the last of those that failed, in "
     "microseconds"},
};

const struct event_column *event_columns(size_t *n) {
    *n = sizeof COLUMNS / sizeof *COLUMNS;
    return COLUMNS;
}

void event_row_make(struct event_row *r, int event, const struct activity *a, const char *text) {
    const struct catalogue_row *known = catalogue_find(event);
    memset(r, 0, sizeof *r);
    r->time_ms = clock_wall_ms();
    r->event = event;
    r->level = known ? known->level : LOG_ERROR;
    if (a) {
        r->activity = *a;
    } else {
        r->activity.total_us = -1;
        r->activity.kdc_us = -1;
        for (size_t i = 0; i < ACTIVITY_STEPS; i++)
            r->activity.step_us[i] = -1;
    }
    if (r->activity.err.code != ERR_NONE)
        activity_text(r->error, sizeof r->error, str_of(err_info(r->activity.err.code)->name));
    if (text)
        activity_text(r->activity.err.detail, sizeof r->activity.err.detail, str_of(text));
}

static const void *field(const struct event_row *r, const struct event_column *c) {
    return (const char *)r + c->offset;
}

static struct event_value number(int64_t n, bool is_there) {
    return (struct event_value){.is_number = is_there, .number = n};
}

struct event_value event_get(const struct event_row *r, const struct event_column *c) {
    const void *p = field(r, c);
    int64_t n = 0;
    switch (c->type) {
    case COLUMN_TEXT:
        return (struct event_value){.text = p};
    case COLUMN_LEVEL:
        return (struct event_value){.text = catalogue_level_name(r->level)};
    case COLUMN_BOOL:
        return number(*(const bool *)p, true);
    case COLUMN_INT:
        return number(*(const int *)p, *(const int *)p != 0);
    case COLUMN_STATUS:
        return number(*(const uint32_t *)p, *(const uint32_t *)p != 0);
    case COLUMN_KEY:
    case COLUMN_TIME:
    case COLUMN_COUNT:
    case COLUMN_US:
        memcpy(&n, p, sizeof n);
        break;
    }
    if (c->type == COLUMN_COUNT && n < 0)
        n = INT64_MAX;
    return number(n, c->type == COLUMN_KEY ? n != 0 : c->type != COLUMN_US || n >= 0);
}

static enum log_level level_of(const char *name) {
    for (enum log_level level = LOG_DEBUG; name && level <= LOG_ERROR; level++)
        if (strcmp(name, catalogue_level_name(level)) == 0)
            return level;
    return LOG_ERROR;
}

void event_set(struct event_row *r, const struct event_column *c, struct event_value v) {
    void *p = (char *)r + c->offset;
    int64_t n = v.is_number ? v.number : c->type == COLUMN_US ? -1 : 0;
    switch (c->type) {
    case COLUMN_TEXT:
        activity_text(p, c->size, str_of(v.text));
        break;
    case COLUMN_LEVEL:
        r->level = level_of(v.text);
        break;
    case COLUMN_BOOL:
        *(bool *)p = n != 0;
        break;
    case COLUMN_INT:
        *(int *)p = n < INT_MIN || n > INT_MAX ? 0 : (int)n;
        break;
    case COLUMN_STATUS:
        *(uint32_t *)p = n < 0 || n > UINT32_MAX ? 0 : (uint32_t)n;
        break;
    case COLUMN_KEY:
    case COLUMN_TIME:
    case COLUMN_COUNT:
    case COLUMN_US:
        memcpy(p, &n, sizeof n);
        break;
    }
}
