/* SPDX-License-Identifier: Apache-2.0
 *
 * The subcommands, one file each; main.c has the table. Each gets its arguments as main() does,
 * argv[0] being "kerbgate NAME", and answers the exit status: EXIT_FINE, EXIT_FINDING after saying
 * on stderr what is wrong, EXIT_USAGE. Main thread.
 */
#pragma once

/* The file that is read when --config names no other. */
#define COMMAND_CONFIG "/etc/kerbgate/kerbgate.yaml"

enum {
    EXIT_FINE = 0,
    EXIT_FINDING = 1, /* a finding, or a failure */
    EXIT_USAGE = 2,
};

int check_main(int argc, char **argv);
int decode_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int events_main(int argc, char **argv);
int reload_main(int argc, char **argv);
int restart_main(int argc, char **argv);
int run_main(int argc, char **argv);
int sessions_main(int argc, char **argv);
int tickets_main(int argc, char **argv);
int totp_main(int argc, char **argv);
int trace_main(int argc, char **argv);
int version_main(int argc, char **argv);

/* Started by the supervisor alone (child.h). */
int broker_main(int argc, char **argv);
int checkup_main(int argc, char **argv);
int trial_main(int argc, char **argv);
int worker_main(int argc, char **argv);
