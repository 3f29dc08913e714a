/* SPDX-License-Identifier: Apache-2.0
 *
 * What the lab's back end (web.lua) needs and mod_lua lacks: header fields in order, a request body
 * read piece by piece however it is framed, SHA-256, the number of a connection and its closing.
 * The few functions of Lua and Apache are declared here, so that neither's headers are needed. */
#include <netinet/in.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct lua_State lua_State;
void *lua_touserdata(lua_State *, int);
const char *luaL_checklstring(lua_State *, int, size_t *);
long long luaL_checkinteger(lua_State *, int);
const char *lua_pushlstring(lua_State *, const char *, size_t);
const char *lua_pushstring(lua_State *, const char *);
void lua_pushinteger(lua_State *, long long);
void lua_pushnil(lua_State *);
void lua_pushcclosure(lua_State *, int (*)(lua_State *), int);
void lua_createtable(lua_State *, int, int);
void lua_rawseti(lua_State *, int, long long);
void lua_setfield(lua_State *, int, const char *);

int ap_setup_client_block(void *request, int policy);
int ap_should_client_block(void *request);
long ap_get_client_block(void *request, char *buffer, size_t size);
void *ap_get_conn_socket(void *connection);
int apr_os_sock_get(int *fd, void *socket);
int apr_table_do(int (*)(void *, const char *, const char *), void *, const void *table, ...);

enum { DECHUNK = 2, PIECE = 64 * 1024 };

static void push_hex(lua_State *L, const unsigned char *bytes, unsigned size) {
    static const char digits[] = "0123456789abcdef";
    char text[2 * EVP_MAX_MD_SIZE];
    for (unsigned i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    lua_pushlstring(L, text, (size_t)2 * size);
}

/* sha256(text): hexadecimal */
static int sha256(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text, length, digest, &size, EVP_sha256(), NULL);
    push_hex(L, digest, size);
    return 1;
}

struct collect {
    lua_State *L;
    long long count;
};

static int collect_field(void *arg, const char *name, const char *value) {
    struct collect *c = arg;
    lua_createtable(c->L, 2, 0);
    lua_pushstring(c->L, name);
    lua_rawseti(c->L, -2, 1);
    lua_pushstring(c->L, value);
    lua_rawseti(c->L, -2, 2);
    lua_rawseti(c->L, -2, ++c->count);
    return 1;
}

/* fields(r.headers_in): {{name, value}, ...} in the order of the table. mod_lua boxes a pointer to
 * {request, table, name}. */
static int fields(lua_State *L) {
    void ***box = lua_touserdata(L, 1);
    struct collect c = {L, 0};
    lua_createtable(L, 16, 0);
    apr_table_do(collect_field, &c, (*box)[1], NULL);
    return 1;
}

static void *request(lua_State *L) { return *(void **)lua_touserdata(L, 1); }

/* open_body(r): 0, or the status to answer with. Then read_body(r): a piece, nil at the end, or nil
 * and an error. */
static int open_body(lua_State *L) {
    lua_pushinteger(L, ap_setup_client_block(request(L), DECHUNK));
    return 1;
}

static int read_body(lua_State *L) {
    char *piece = malloc(PIECE);
    long got = piece ? ap_get_client_block(request(L), piece, PIECE) : -1;
    if (got > 0)
        lua_pushlstring(L, piece, (size_t)got);
    else
        lua_pushnil(L);
    free(piece);
    if (got >= 0)
        return 1;
    lua_pushstring(L, "the body ended early");
    return 2;
}

/* digest_body(r): length and SHA-256 of what comes; nil and an error if it ends early. */
static int digest_body(lua_State *L) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    char *piece = malloc(PIECE);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    long long total = 0;
    long got = 0;
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    if (ap_should_client_block(request(L)))
        while ((got = ap_get_client_block(request(L), piece, PIECE)) > 0) {
            EVP_DigestUpdate(context, piece, (size_t)got);
            total += got;
        }
    EVP_DigestFinal_ex(context, digest, &size);
    EVP_MD_CTX_free(context);
    free(piece);
    if (got < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, total);
    push_hex(L, digest, size);
    return 2;
}

/* The socket of the connection that r came over: the second field of a request_rec. */
static int socket_of(lua_State *L) {
    int fd = -1;
    apr_os_sock_get(&fd, ap_get_conn_socket(((void **)request(L))[1]));
    return fd;
}

/* connection(r): the kernel's number of the socket, which is never reused. */
static int connection(lua_State *L) {
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    getsockopt(socket_of(L), SOL_SOCKET, SO_COOKIE, &cookie, &size);
    lua_pushinteger(L, (long long)cookie);
    return 1;
}

/* drop(r): shuts the connection down. */
static int drop(lua_State *L) {
    shutdown(socket_of(L), SHUT_RDWR);
    return 0;
}

/* Our port of a connection; 0: the descriptor is none. */
static in_port_t port_of(int fd) {
    struct sockaddr_in our = {0}, peer;
    socklen_t size = sizeof our, peer_size = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0)
        return 0;
    getsockname(fd, (struct sockaddr *)&our, &size);
    return our.sin_family == AF_INET ? our.sin_port : 0;
}

/* cut(r): ends another connection of the same port, whatever is happening on it, by FIN or by RST.
 * How many there were to end: 1 or 0. */
static int cut(lua_State *L) {
    int ours = socket_of(L), chosen = -1;
    in_port_t port = port_of(ours);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    unsigned count = 0, random[2] = {0};
    for (int fd = 3; fd < 4096; fd++) {
        if (fd != ours && port_of(fd) == port && getentropy(random, sizeof random) == 0 &&
            random[0] % ++count == 0)
            chosen = fd;
    }
    if (chosen >= 0 && random[1] % 2)
        shutdown(chosen, SHUT_RDWR);
    else if (chosen >= 0)
        connect(chosen, &none, sizeof none);
    lua_pushinteger(L, chosen >= 0);
    return 1;
}

/* pause(microseconds) */
static int pause_for(lua_State *L) {
    usleep((useconds_t)luaL_checkinteger(L, 1)); // lint: banned: a page that is slow on purpose
    return 0;
}

int luaopen_weblib(lua_State *L);
int luaopen_weblib(lua_State *L) {
    static const struct {
        const char *name;
        int (*function)(lua_State *);
    } library[] = {{"sha256", sha256},
                   {"fields", fields},
                   {"open_body", open_body},
                   {"read_body", read_body},
                   {"digest_body", digest_body},
                   {"connection", connection},
                   {"drop", drop},
                   {"cut", cut},
                   {"pause", pause_for}};
    lua_createtable(L, 0, 8);
    for (size_t i = 0; i < sizeof library / sizeof *library; i++) {
        lua_pushcclosure(L, library[i].function, 0);
        lua_setfield(L, -2, library[i].name);
    }
    return 1;
}
