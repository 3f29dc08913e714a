/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_row.h"

#define COLOR(scheme, field, value, said)                                                          \
    {#field,                                                                                       \
     SCHEMA_COLOR,                                                                                 \
     0,                                                                                            \
     IN(struct config, pages.scheme.field),                                                        \
     .initial = (value),                                                                           \
     .example = "\"" value "\"",                                                                   \
     .help = (said)}
#define COLORS(scheme, a, b, c, d, e)                                                              \
    {                                                                                              \
        COLOR(scheme, text, a, "What is read."),                                                   \
            COLOR(scheme, muted, b, "What is less important, and the borders of fields."),         \
            COLOR(scheme, surface, c, "Under both, and the letters on buttons."),                  \
            COLOR(scheme, background, d, "Around the surface, under the footer."),                 \
            COLOR(scheme, accent, e, "Buttons, links and the ring around what has the focus."), {  \
            NULL                                                                                   \
        }                                                                                          \
    }

static const struct schema_key LIGHT[] =
    COLORS(light, "#1c2430", "#5b6675", "#ffffff", "#eef1f5", "#1f5fa8");
static const struct schema_key DARK[] =
    COLORS(dark, "#e8ecf1", "#a5b0bf", "#1d242e", "#12171e", "#7db4f0");

static const struct schema_key PAGE_COLORS[] = {
    {"light", SCHEMA_SECTION, 0, LIGHT, .help = "By day, and for whoever prefers nothing."},
    {"dark", SCHEMA_SECTION, 0, DARK, .help = "For whoever prefers dark pages."},
    {NULL}};

const struct schema_key SCHEMA_PAGES[] = {
    {"title", SCHEMA_TEXT, APART, IN(struct config, pages.title), .example = "Example Corp",
     .help = "Whose pages these are: in the window's title, and above each page where there is no "
             "logo."},
    {"logo", SCHEMA_FILE, APART, IN(struct config, pages.logo), .example = "logo.svg",
     .help = "Image above each page: PNG, ICO or SVG by its content, at most 64 KiB."},
    {"sign_in_text", SCHEMA_TEXT, APART, IN(struct config, pages.sign_in_text),
     .example = "\"For staff of Example Corp. Help: extension 4711.\"",
     .help = "Text above the fields of the sign-in form."},
    {"footer", SCHEMA_TEXT, APART, IN(struct config, pages.footer),
     .example = "\"Example Corp, IT services\"", .help = "Text below every page."},
    {"colors", SCHEMA_SECTION, 0, PAGE_COLORS,
     .help = "Each as \"#rrggbb\" in quotes; text must stand out from what is under it by 4.5 to 1 "
             "(WCAG 1.4.3)."},
    {"messages", SCHEMA_FILE, APART | LIST,
     LIST_IN(struct config, pages.messages, pages.message_count), .longest = CONFIG_LANGUAGES_MAX,
     .example = "[messages.de.yaml]",
     .help = "Catalogues of messages, one file for each language beside English, which browsers "
             "choose from (Accept-Language); kerbgate check --print-messages prints one to "
             "translate."},
    {NULL}};
