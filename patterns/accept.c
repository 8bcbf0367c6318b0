/* leat_listen, leat_accept - the connections to a listening socket as a stream.
 * Needs connection.c, write.c, drain.c, read.c, bytes.c, poll.c and after_func.c.
 *
 *     listening socket -> [accept] -> connection connection ...
 *     places: [ unit unit . . ] <- the stage sends one, a connection that is closed receives one
 *
 * The limit of open connections is the capacity of a channel of units. The stage sends a unit before it accepts, and so
 * waits while the channel is full.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE /* accept4 */
#include "leat.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	ACCEPT_PAUSE = 50, /* ms, when there is no descriptor or no memory */
	ACCEPT_NAME = 256  /* bytes of a host's name */
};

/* ------------------------------------------------------------------------------------------------------ listen -- */

static int accept_socket(int family)
{
#ifdef SOCK_CLOEXEC
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
	int fd = socket(family, SOCK_STREAM, 0); /* a program that forks just now inherits it */

	if (fd >= 0)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
#endif
}

/* A server that starts again need not wait for its old connections. One for all addresses of IPv6 takes IPv4 too, as
 * some systems do by themselves. */
static void accept_set_options(int fd, int family)
{
	int yes = 1, no = 0;

	if (family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
}

/* Returns the listening socket, or -1. */
static int accept_bind(int family, const struct sockaddr *address, socklen_t size)
{
	int fd = accept_socket(family), error;

	if (fd < 0)
		return -1;
	accept_set_options(fd, family);
	if (bind(fd, address, size) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	return leat_refuse(error);
}

static int accept_listen_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path)
		return leat_refuse(ENAMETOOLONG);
	strcpy(address.sun_path, path);
	return accept_bind(AF_UNIX, (const struct sockaddr *)&address, sizeof address);
}

static int accept_errno_of(int result)
{
	switch (result) {
	case EAI_AGAIN: return EAGAIN;
	case EAI_MEMORY: return ENOMEM;
	case EAI_SYSTEM: return errno;
	default: return EADDRNOTAVAIL;
	}
}

/* getaddrinfo takes the last 16 bits of any number. */
static int accept_is_port(const char *port)
{
	char *end;
	unsigned long number = strtoul(port, &end, 10);

	return *end != '\0' || number <= 0xffff;
}

static int accept_listen_host(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *all;
	int result = accept_is_port(port) ? getaddrinfo(host, port, &hints, &all) : EAI_SERVICE, fd = -1;

	if (result != 0)
		return leat_refuse(accept_errno_of(result));
	errno = EADDRNOTAVAIL;
	for (struct addrinfo *one = all; one && fd < 0; one = one->ai_next)
		fd = accept_bind(one->ai_family, one->ai_addr, one->ai_addrlen);
	result = errno;
	freeaddrinfo(all);
	errno = result;
	return fd;
}

/* There may be no IPv6. */
static int accept_listen_all(const char *port)
{
	int fd = accept_listen_host("::", port);

	return fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) ? accept_listen_host("0.0.0.0", port) : fd;
}

int leat_listen(const char *where)
{
	const char *colon = where ? strrchr(where, ':') : NULL;
	char host[ACCEPT_NAME];
	size_t length;

	if (where && strchr(where, '/'))
		return accept_listen_path(where);
	if (!colon || !colon[1])
		return leat_refuse(EINVAL);
	length = (size_t)(colon - where);
	if (length >= 2 && where[0] == '[' && colon[-1] == ']') {
		where++;
		length -= 2;
	}
	if (length >= sizeof host)
		return leat_refuse(ENAMETOOLONG);
	memcpy(host, where, length);
	host[length] = '\0';
	return *host ? accept_listen_host(host, colon + 1) : accept_listen_all(colon + 1);
}

/* A Unix socket's path ends at a 0 or with the address. */
static int accept_print(const struct sockaddr_storage *address, socklen_t size, char *text, size_t room)
{
	const struct sockaddr_un *local = (const void *)address;
	char host[ACCEPT_NAME], port[16];
	int is_ip6 = address->ss_family == AF_INET6, result;

	if (address->ss_family == AF_UNIX)
		return snprintf(text, room, "%.*s", (int)(size - offsetof(struct sockaddr_un, sun_path)), local->sun_path);
	result = getnameinfo((const struct sockaddr *)address, size, host, sizeof host, port, sizeof port,
	                     NI_NUMERICHOST | NI_NUMERICSERV);
	if (result != 0)
		return leat_refuse(accept_errno_of(result));
	return snprintf(text, room, is_ip6 ? "[%s]:%s" : "%s:%s", host, port);
}

int leat_address(int fd, char *text, size_t size)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof address;
	int printed = getsockname(fd, (struct sockaddr *)&address, &length);

	if (printed == 0)
		printed = accept_print(&address, length, text, size);
	return printed >= 0 && (size_t)printed >= size ? leat_refuse(ENOBUFS) : printed;
}

/* --------------------------------------------------------------------------------------------------- the stage -- */

struct accept {
	int fd;
	leat_time idle;
	leat_chan places;  /* nil: no limit */
};

/* Wait for a place. Returns 0 when it is time to return. */
static int accept_place(leat_stage *stage, const struct accept *self)
{
	leat_case place = LEAT_SIGNAL(self->places.tx);

	return leat_is_nil(self->places) ? leat_running(stage) : leat_stage_select(stage, &place, 1, LEAT_NEVER) == 0;
}

static int accept_one(int fd)
{
#ifdef __linux__
	return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
	return accept(fd, NULL, NULL); /* leat_connection_make sets the flags: a program that forks just now inherits it */
#endif
}

/* The peer has gone, or its network has failed: the listening socket is as good as before. Another process that has the
 * socket too may have been faster. */
static int accept_passes_by(int error)
{
	switch (error) {
	case EINTR: case EAGAIN: case ECONNABORTED: case EPROTO: case ENOPROTOOPT: case EHOSTUNREACH: case ENETDOWN:
	case ENETUNREACH: case EOPNOTSUPP: case EPERM: case ETIMEDOUT:
		return 1;
	default:
		return 0;
	}
}

static int accept_is_short(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* The queue of the socket stays full, so the socket stays readable: without a pause the stage would spin. This needs
 * neither a descriptor nor memory. Returns -1 when it is time to return. */
static int accept_pause(leat_stage *stage)
{
	return leat_stage_select(stage, NULL, 0, leat_in(LEAT_MS(ACCEPT_PAUSE))) < 0 && errno != ETIMEDOUT ? -1 : 0;
}

/* Wait for a connection. For a done that ends by time, this needs two descriptors and a thread each time. No thread is
 * EAGAIN, which is ENOMEM here: accept has EAGAIN for another reason. */
static int accept_wait(leat_stage *stage, int fd)
{
	int result = leat_stage_poll(stage, fd, POLLIN, LEAT_NEVER);

	return result < 0 && errno == EAGAIN ? leat_refuse(ENOMEM) : result;
}

/* Answers should leave at once, not when a packet is full. */
static int accept_furnish(const struct accept *self, int fd, leat_connection *made)
{
	int yes = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* it fails for a Unix socket */
	return leat_connection_make_(made, fd, self->idle, self->places.rx);
}

/* Returns 0, or -1 with errno: then it is time to return, or the stage must fail. */
static int accept_next(leat_stage *stage, const struct accept *self, leat_connection *made)
{
	for (;;) {
		int fd = accept_wait(stage, self->fd) < 0 ? -1 : accept_one(self->fd);

		if (fd >= 0 && accept_furnish(self, fd, made) == 0)
			return 0;
		if (accept_is_short(errno) ? accept_pause(stage) < 0 : !accept_passes_by(errno))
			return -1;
	}
}

static void accept_body(leat_stage *stage, void *of_accept)
{
	const struct accept *self = of_accept;
	leat_connection made;

	while (accept_place(stage, self)) {
		if (accept_next(stage, self, &made) < 0) {
			leat_fail(stage, errno);
			return;
		}
		if (!leat_emit(stage, &made))
			return;
	}
}

/* Closing the socket refuses all that wait in its queue. */
static void accept_release(void *of_accept)
{
	struct accept *self = of_accept;

	if (self->fd >= 0)
		(void)close(self->fd);
	leat_drop(self->places);
}

/* Returns 0 or an errno value. Of a socket that does not listen, accept may say EOPNOTSUPP. But that may also be the
 * error of a connection that has failed. */
static int accept_check(int fd)
{
	int listens = 0;
	socklen_t size = sizeof listens;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0)
		return errno;
	return listens ? 0 : EINVAL;
}

leat_rx (leat_accept)(leat_rx done, int fd, const leat_accepting *how)
{
	leat_accepting limits = how ? *how : (leat_accepting){ 0 };
	leat_type unit = { "unit", 0, NULL, NULL }, type = { "accept", sizeof(struct accept), NULL, accept_release };
	struct accept self = { fd, limits.idle, { { NULL }, { NULL } } };
	int error = accept_check(fd);

	if (!error && limits.most) {
		self.places = leat_make_exactly_(&unit, limits.most);
		error = leat_cause(self.places);
	}
	if (error) {
		accept_release(&self);
		return leat_ended(error);
	}
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); /* another thread may accept what poll has seen */
	return leat_stage_start(&(leat_plan){
		.name = "accept",
		.done = done,
		.type = &leat_connection_type,
		.body = accept_body,
		.arg = &self,
		.arg_type = &type,
	});
}
