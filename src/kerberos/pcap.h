/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages between a client and a KDC as a file that Wireshark and tshark open (libpcap's format,
 * LINKTYPE_RAW): each exchange is a connection of its own, with headers of IP and TCP or UDP made
 * up around what was really said, checksums included. There are no keys in it: only what the
 * messages hold. Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"

enum {
    PCAP_ADDRESS_SIZE = 16,
    PCAP_SEGMENT_MAX = 16384, /* bytes of a message in one packet of TCP */
    PCAP_UDP_MAX = 65507,     /* of one in a packet of UDP; a longer one goes by TCP */
    PCAP_KDC_PORT = 88,
};

struct pcap_flow {
    bool is_ipv6, is_udp;
    unsigned char client[PCAP_ADDRESS_SIZE], server[PCAP_ADDRESS_SIZE]; /* 4 or 16 bytes */
    uint16_t client_port, server_port;
    uint32_t sent[2]; /* bytes on the stream so far: of the client, of the server */
};

/* The head of a file. */
void pcap_begin(struct buf *out);
/* Connection `number` of a file, from `client`, "10.0.0.5", to `server`, "10.0.0.10:88" or
 * "[2001:db8::1]:88". What is no address, or of the other family, is 192.0.2.1 and 192.0.2.88,
 * which are nobody's (RFC 5737).
 */
void pcap_flow_init(struct pcap_flow *f, unsigned number, struct str client, struct str server,
                    bool is_udp);
/* One message: without the length that is before it on TCP, which is put there. `at_us`:
 * microseconds since 1970. */
void pcap_add(struct buf *out, struct pcap_flow *f, bool is_reply, int64_t at_us,
              struct str message);
/* What of a KDC's message a capture should have: `message`, or a copy of it in `memory`, which has
 * room for as many bytes, without its e-data. Wireshark takes the e-data of some errors for one
 * form alone (KERB-ERROR-DATA, or METHOD-DATA), and calls the packet malformed where the KDC has
 * sent the other one, as with FAST, whose content nobody can read there anyway. */
struct str pcap_fit(struct str message, char *memory);
