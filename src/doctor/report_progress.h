/* SPDX-License-Identifier: Apache-2.0
 *
 * The line that says what a long run is doing, for whoever waits at a terminal. It stands on stderr
 * where that is a terminal, and nowhere otherwise; the report comes when it is erased. One thread.
 */
#pragma once

/* Shows `what` in the place of what was shown before, cut to the width of the terminal and escaped
 * (events/terminal.h); NULL erases the line. */
void report_progress(const char *what);
