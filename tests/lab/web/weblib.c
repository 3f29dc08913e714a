/* SPDX-License-Identifier: Apache-2.0
 *
 * What the lab's back end (web.lua) needs and mod_lua lacks: header fields in order, a request body
 * read piece by piece however it is framed, SHA-256, the number of a connection and its closing.
 * The few functions of Lua and Apache are declared here, so that neither's headers are needed. */
#include <arpa/inet.h>
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

/* The socket of a connection, by the address and port of its other end and our port; or -1. */
static int find(lua_State *L) {
    struct in_addr address = {0};
    inet_pton(AF_INET, luaL_checklstring(L, 1, NULL), &address);
    in_port_t port = htons((in_port_t)luaL_checkinteger(L, 2));
    in_port_t our_port = htons((in_port_t)luaL_checkinteger(L, 3));
    for (int fd = 3; fd < 16384; fd++) {
        struct sockaddr_in peer, our;
        socklen_t size = sizeof peer, our_size = sizeof our;
        if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET &&
            peer.sin_port == port && peer.sin_addr.s_addr == address.s_addr &&
            getsockname(fd, (struct sockaddr *)&our, &our_size) == 0 && our.sin_port == our_port)
            return fd;
    }
    return -1;
}

/* connection(address, port, our port): the kernel's number of the socket, which is never reused. */
static int connection(lua_State *L) {
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    getsockopt(find(L), SOL_SOCKET, SO_COOKIE, &cookie, &size);
    lua_pushinteger(L, (long long)cookie);
    return 1;
}

/* drop(address, port, our port): shuts the connection down. */
static int drop(lua_State *L) {
    shutdown(find(L), SHUT_RDWR);
    return 0;
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
    } library[] = {
        {"sha256", sha256},       {"fields", fields},           {"open_body", open_body},
        {"read_body", read_body}, {"digest_body", digest_body}, {"connection", connection},
        {"drop", drop},           {"pause", pause_for}};
    lua_createtable(L, 0, 8);
    for (size_t i = 0; i < sizeof library / sizeof *library; i++) {
        lua_pushcclosure(L, library[i].function, 0);
        lua_setfield(L, -2, library[i].name);
    }
    return 1;
}
