/* SPDX-License-Identifier: 0BSD
 *
 * server - echo, and a small HTTP server: each connection is a stream in and an end out, 64 of them at once.
 *
 *     server echo :7000      sends back what it gets
 *     server http :8080      says what was asked for: curl localhost:8080/leat
 *     server                 serves a client of its own, and ends
 *
 * Ctrl-C ends it: then `done` comes, and ends every wait. A peer that is silent for a minute is hung up on.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 64, HEAD = 8 * 1024 };

static const leat_rx never;

/* What a server does with what its peer sends. It takes `in`. */
typedef leat_rx service_fn(leat_rx done, leat_rx in);

struct server { leat_rx done; service_fn *serve; };

/* --------------------------------------------------------------------------------------------------------- echo -- */

static leat_rx echo(leat_rx done, leat_rx in)
{
	(void)done;
	return in;
}

/* --------------------------------------------------------------------------------------------------------- http -- */

/* A request without a body ends at an empty line. What comes may have a part of one, or several. */
struct parser { size_t size; char head[HEAD]; };

static size_t answer(const char *head, char *text, size_t room)
{
	char method[16] = "", path[256] = "", body[320];
	int known = sscanf(head, "%15s %255s", method, path) == 2 && strcmp(method, "GET") == 0;
	int length = snprintf(body, sizeof body, known ? "you asked for %s\n" : "no such method\n", path);
	int size = snprintf(text, room, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
	                    known ? "200 OK" : "501 Not Implemented", length, body);

	return (size_t)size;
}

/* Answers to all whole requests that are there: they go out together. */
static int answer_all(struct parser *parser, leat_bytes *out)
{
	char text[HEAD], *begin = parser->head, *end;
	size_t size = 0;

	while (size < sizeof text - 512 && (end = strstr(begin, "\r\n\r\n")) != NULL) {
		*end = '\0';
		size += answer(begin, text + size, sizeof text - size);
		begin = end + 4;
	}
	parser->size -= (size_t)(begin - parser->head);
	memmove(parser->head, begin, parser->size + 1);
	if (size == 0)
		return 0;
	return leat_bytes_copy(out, text, size) < 0 ? -errno : 1;
}

static int parse(void *of_parser, const void *in, void *out)
{
	struct parser *parser = of_parser;
	const leat_bytes *bytes = in;

	if (bytes->size >= sizeof parser->head - parser->size)
		return -EMSGSIZE;
	memcpy(parser->head + parser->size, bytes->at, bytes->size);
	parser->size += bytes->size;
	parser->head[parser->size] = '\0';
	return answer_all(parser, out);
}

static int begin_parsing(void *arg, void **state)
{
	(void)arg;
	*state = calloc(1, sizeof(struct parser));
	return *state ? 0 : -ENOMEM;
}

static leat_rx http(leat_rx done, leat_rx in)
{
	return leat_map_with_of(done, in, &leat_bytes_type, parse, NULL,
	                        &(leat_workers){ .init = begin_parsing, .end = free });
}

/* ------------------------------------------------------------------------------------------------------- serve -- */

/* A connection that fails is no failure of the server. */
static int serve_one(void *of_server, const void *connection)
{
	const struct server *self = of_server;
	leat_rx in = leat_connection_in(self->done, connection);

	(void)leat_connection_out(self->done, self->serve(self->done, in), connection);
	return 0;
}

static int serve(leat_rx done, int fd, service_fn *service)
{
	struct server self = { done, service };
	leat_rx all = leat_accept(done, fd, &(leat_accepting){ .most = AT_ONCE, .idle = LEAT_S(60) });

	return leat_each(done, all, AT_ONCE, serve_one, &self);
}

static int serve_until_interrupted(const char *where, service_fn *service)
{
	leat_rx done = leat_signals(never, LEAT_SIGNALS(SIGINT, SIGTERM));
	int fd = leat_listen(where), cause;

	if (fd < 0) {
		fprintf(stderr, "server: %s: %s\n", where, leat_strerror(errno));
		return 1;
	}
	cause = serve(done, fd, service);
	printf("server: %s\n", leat_strerror(cause));
	leat_drop(done);
	return cause != ECANCELED;
}

/* ------------------------------------------------------------------------------------------ a client of its own -- */

static int dial(int listening)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (getsockname(listening, (struct sockaddr *)&address, &size) == 0 &&
	    connect(fd, (struct sockaddr *)&address, size) == 0)
		return fd;
	perror("server: connect");
	exit(1);
}

/* Send it all, end our side, and print what comes. */
static void ask(int fd, const char *text)
{
	char got[512];
	ssize_t n;

	if (write(fd, text, strlen(text)) < 0 || shutdown(fd, SHUT_WR) < 0)
		perror("server: write");
	while ((n = read(fd, got, sizeof got)) > 0)
		printf("%.*s", (int)n, got);
	close(fd);
}

struct serving { leat_rx done; int fd; service_fn *serve; };

static void serve_meanwhile(void *of_serving)
{
	struct serving *self = of_serving;

	printf("%s\n", serve(self->done, self->fd, self->serve) == ECANCELED ? "the end" : "failed");
}

static int try_it(service_fn *service, const char *text)
{
	leat_chan done = leat_make_unit();
	struct serving self = { done.rx, leat_listen("127.0.0.1:0"), service };
	int fd = self.fd < 0 ? -1 : dial(self.fd);

	if (fd < 0 || leat_go(serve_meanwhile, &self) < 0)
		return 1;
	ask(fd, text);
	leat_close(done.tx);
	leat_wait_all(LEAT_NEVER);
	leat_drop(done);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return serve_until_interrupted(argv[2], strcmp(argv[1], "echo") == 0 ? echo : http);
	return try_it(echo, "an echo\n") || try_it(http, "GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\n\r\n");
}
