/* SPDX-License-Identifier: 0BSD
 *
 * http.h - requests over HTTP to a server of this program, for result.c and its like. Include it first.
 *
 * No network is needed: a table of three names stands for the DNS. www.example.com is a server that answers each
 * request with "200 OK". At closed.example.com nobody listens. badhost is unknown.
 */
#ifndef HTTP_H
#define HTTP_H

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <leat.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HTTP_UNKNOWN_HOST = EADDRNOTAVAIL };

typedef struct { int status; char reason[32]; } http_response;

struct http { leat_chan done; int listening, closed; };

static struct http http;

/* ---- the server ---------------------------------------------------------------------------------- */

static inline int http_ok(void *arg, void *out)
{
	static unsigned char text[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\n";

	(void)arg;
	*(leat_bytes *)out = (leat_bytes){ .at = text, .size = sizeof text - 1 };
	return 1;
}

/* Read the request, after which the client ends its side, and answer it. A client that has left is no failure. */
static inline int http_answer(void *of_done, const void *connection)
{
	leat_rx done = *(leat_rx *)of_done;

	(void)leat_drain(leat_connection_in(done, connection));
	(void)leat_connection_out(done, leat_take(done, leat_repeat_fn_of(done, &leat_bytes_type, http_ok, NULL), 1),
	                          connection);
	return 0;
}

static inline void http_serve(void *of_done)
{
	leat_rx done = *(leat_rx *)of_done;
	leat_rx all = leat_accept(done, http.listening, &(leat_accepting){ .idle = LEAT_S(60) });

	(void)leat_each(done, all, 2, http_answer, &done);
}

/* A socket with a port of its own, to which nobody listens: connections are refused. */
static inline int http_bind(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0 ? fd : -1;
}

/* Returns 1, or -1. */
static inline int http_begin(void)
{
	http = (struct http){ leat_make_unit(), leat_listen("127.0.0.1:0"), http_bind() };
	return http.listening < 0 || http.closed < 0 ? -1 : leat_go(http_serve, &http.done.rx);
}

static inline int http_end(void)
{
	leat_close(http.done.tx);
	close(http.closed);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	leat_drop(http.done);
	return 1;
}

/* Call check_status while the server runs. Returns its result, or EIO if the server fails. */
static inline int http_run(int (*check_status)(leat_rx done))
{
	leat_chan done = leat_make_unit();
	int cause;

	if (http_begin() < 0)
		return EIO;
	cause = check_status(done.rx);
	leat_drop(done);
	return http_end() < 0 ? EIO : cause;
}

/* ---- the client ---------------------------------------------------------------------------------- */

/* Returns a socket of this program, or -1. */
static inline int http_look_up(const char *host)
{
	if (strcmp(host, "www.example.com") == 0)
		return http.listening;
	return strcmp(host, "closed.example.com") == 0 ? http.closed : -1;
}

/* Returns a descriptor, or the negated error. */
static inline int http_dial(const char *host)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	int of_host = http_look_up(host), fd = socket(AF_INET, SOCK_STREAM, 0), error;

	if (fd < 0)
		return -errno;
	if (of_host < 0)
		error = HTTP_UNKNOWN_HOST;
	else if (getsockname(of_host, (struct sockaddr *)&address, &size) < 0 ||
	         connect(fd, (struct sockaddr *)&address, size) < 0)
		error = errno;
	else
		return fd;
	close(fd);
	return -error;
}

/* Send a request, and read the answer to its end. Returns 1 or a negated error. */
static inline int http_ask(int fd, const char *host, http_response *response)
{
	char text[512];
	size_t size = (size_t)snprintf(text, sizeof text, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", host);
	ssize_t n = send(fd, text, size, MSG_NOSIGNAL);

	if (n != (ssize_t)size || shutdown(fd, SHUT_WR) < 0)
		return -EPIPE;
	for (size = 0; size < sizeof text - 1 && (n = read(fd, text + size, sizeof text - 1 - size)) > 0; size += (size_t)n)
		;
	text[size] = '\0';
	return sscanf(text, "HTTP/1.0 %d %31[^\r]", &response->status, response->reason) == 2 ? 1 : -EPROTO;
}

/* The function of a stage: `in` is a URL, `out` the response. Returns 1 or a negated error. */
static inline int http_get(void *arg, const void *in, void *out)
{
	const char *url = *(const char *const *)in, *host = url + strlen("http://");
	int fd, result;

	(void)arg;
	if (strncmp(url, "http://", strlen("http://")) != 0)
		return -EPROTONOSUPPORT;
	if ((fd = http_dial(host)) < 0)
		return fd;
	result = http_ask(fd, host, out);
	close(fd);
	return result;
}

/* What went wrong. The texts of the system differ from machine to machine. */
static inline const char *http_strerror(int code)
{
	switch (code) {
	case EPROTONOSUPPORT: return "unsupported protocol scheme \"\""; /* "a" has none */
	case HTTP_UNKNOWN_HOST: return "no such host";
	case ECONNREFUSED: return "connection refused";
	default: return leat_strerror(code);
	}
}

#endif
