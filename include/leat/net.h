/* SPDX-License-Identifier: 0BSD
 *
 * net.h - a server: a listening socket as a stream of connections, a connection as a stream in and an end out.
 *
 *     static int echo(void *of_done, const void *of_connection)
 *     {
 *             leat_rx done = *(leat_rx *)of_done;
 *             leat_rx in = leat_connection_in(done, of_connection);
 *             (void)leat_connection_out(done, in, of_connection);        // one that fails does not end the server
 *             return 0;
 *     }
 *     ...
 *     leat_rx all = leat_accept(done, leat_listen("localhost:7"), &(leat_accepting){ .idle = LEAT_S(60) });
 *     error = leat_each(done, all, 64, echo, &done);                     // 64 connections at once
 */
#ifndef LEAT_NET_H
#define LEAT_NET_H

#include "bytes.h"
#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- accept.c ------------------------------------------------------------------------------------ */

/* Make a listening socket. `where` is "host:port", "[::1]:port", ":port" for all addresses of this host, of IPv6 and of
 * IPv4, or the path of a Unix socket, which has a "/" in it. A port of 0 is any free port; leat_address tells it. A path
 * must not exist yet, and stays when the socket is closed: remove it yourself. Where the system does not know
 * SOCK_CLOEXEC and accept4 (not Linux), a program that another thread starts just then may inherit a new socket.
 *   blocks    while the system looks a host name up
 *   returns   a descriptor, which is yours, or leat_accept's. -1 with EINVAL, ENAMETOOLONG, EADDRINUSE, EACCES and
 *             other errors of bind; EADDRNOTAVAIL: no such host or port; EAGAIN: the look-up may work later; EMFILE */
int leat_listen(const char *where);

/* Write the address of this end of a socket, as leat_listen takes it, and a 0.
 *   returns   the length. -1 with ENOBUFS: it does not fit into `size` bytes; EBADF, ENOTSOCK */
int leat_address(int fd, char *text, size_t size);

/* How to accept. A member that is 0 sets no limit. */
typedef struct leat_accepting {
	size_t most;       /* connections that are open at once. Others wait in the system's queue */
	leat_time idle;    /* the longest duration for which a stream or an end of a connection waits for its peer */
} leat_accepting;

/* A source of the connections to a listening socket: leat_connection.
 *
 * Where the system has no descriptor, no memory or no thread, the stage tries again after 50 ms, and does not end.
 * Connections that have ended before they were accepted are passed by. Dropping the stream closes the socket, and the
 * connections that nobody received.
 *   handles   takes `fd`, also when it fails; borrows `done`
 *   errors    EBADF: fd is -1, as leat_listen returns it; its errno says more. EINVAL, ENOTSOCK: fd does not listen */
leat_rx leat_accept(leat_rx done, int fd, const leat_accepting *how);

/* ---- connection.c -------------------------------------------------------------------------------- */

/* A connection. Several leat_connection may refer to one: each is a reference, and the last drop closes the socket.
 * `fd` is O_NONBLOCK and close-on-exec, and is the connection's.
 *   threads   one stream in and one end out may work at once. Stages keep a reference of their own */
typedef struct leat_connection { int fd; struct leat_connection_ *own_; } leat_connection;

extern const leat_type leat_connection_type; /* copied by one more reference, released by leat_connection_drop */

/* Make a connection of a connected socket, `fd`, such as that of a client. `idle` is as in leat_accepting.
 *   returns   0. -1 with ENOMEM, or EBADF: *made refers to nothing, and its fd is -1
 *   handles   takes `fd`, also when it fails */
int leat_connection_make(leat_connection *made, int fd, leat_time idle);

void leat_connection_drop(leat_connection *connection); /* afterwards it refers to nothing */

/* A source of the bytes that the peer sends: leat_bytes, as they come, up to 16 KiB in each. It is over when the peer
 * has ended its side; then one can still send.
 *   handles   borrows both
 *   errors    ETIMEDOUT: the peer was silent for `idle`. ECONNRESET */
leat_rx leat_connection_in(leat_rx done, const leat_connection *connection);

/* An end: send the bytes of `in`, and then end this side (a half-close): the peer sees the end after the last byte. The
 * peer may still send.
 *   blocks    as leat_write
 *   returns   0, or the cause: as leat_write. EPIPE, ECONNRESET: the peer has left. ETIMEDOUT: the peer took nothing
 *             for `idle`
 *   handles   takes `in`, borrows `done` and the connection */
int leat_connection_out(leat_rx done, leat_rx in, const leat_connection *connection);

/* ---- private: accept.c --------------------------------------------------------------------------- */

#define leat_accept(...) LEAT_PLACED_(leat_accept, __VA_ARGS__)

/* ---- private: connection.c ----------------------------------------------------------------------- */

/* leat_connection_make for one that holds a place: a unit of `places`, which it receives at its end. */
int leat_connection_make_(leat_connection *made, int fd, leat_time idle, leat_rx places);

#define leat_connection_in(...) LEAT_PLACED_(leat_connection_in, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
