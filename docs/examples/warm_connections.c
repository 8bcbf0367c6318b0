/* SPDX-License-Identifier: 0BSD
 *
 * warm_connections - a daemon needs a connection to a service for each request. It makes them one by one, or has ten
 * that were made in advance: leat_resources.
 *
 * The daemon and its client speak TCP over loopback. The book's benchmarks measure the time of a request, as the rows
 * request_cold and request_warm of leat-bench do. This program counts the connections to the service instead.
 * The book: P71, fig-benchmark-slow-network-service_test.go (cold)
 * The book: P70, fig-benchmark-fast-network-service_test.go (warm)
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READY = 10, REQUESTS = 20 };

static const leat_rx never;

struct server { leat_rx done; int listening; size_t warm; leat_resources *services; };

static atomic_int made;

/* In the book this takes a second. */
static int connect_to_service(void *arg, void **service)
{
	(void)arg;
	*service = &made; /* a connection would be here */
	atomic_fetch_add(&made, 1);
	return 0;
}

static void disconnect(void *arg, void *service)
{
	(void)arg;
	(void)service;
}

/* The answer is an empty line. If no connections are kept, this one is closed. */
static int answer(void *of_server, const void *of_client)
{
	const struct server *self = of_server;
	const leat_connection *client = of_client;
	void *service;
	int failed;

	if (leat_resources_get(self->services, &service, self->done, LEAT_NEVER) < 0)
		return -errno;
	failed = write(client->fd, "\n", 1) != 1;
	if (self->warm)
		leat_resources_put(self->services, service);
	else
		leat_resources_put_broken(self->services, service);
	return failed ? -EIO : 0;
}

static void serve(void *of_server)
{
	const struct server *self = of_server;
	leat_rx clients = leat_accept(self->done, self->listening, &(leat_accepting){ 0, 0 });
	int cause = leat_each(self->done, clients, 1, answer, of_server);

	if (cause != ECANCELED)
		fprintf(stderr, "warm_connections: %s\n", leat_strerror(cause));
}

/* Connect, and read to the end. Returns 0, or why not. */
static int request(int listening)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0), cause;
	leat_connection connection;

	if (getsockname(listening, (struct sockaddr *)&address, &size) < 0 ||
	    connect(fd, (struct sockaddr *)&address, size) < 0 || leat_connection_make(&connection, fd, 0) < 0)
		return errno;
	cause = leat_drain(leat_connection_in(never, &connection));
	leat_connection_drop(&connection);
	return cause;
}

/* Twenty requests, one after the other. Returns 0, or why one failed. */
static int request_all(const char *name, const struct server *daemon)
{
	int cause = 0, in_advance = atomic_exchange(&made, 0);

	for (int i = 0; i < REQUESTS && cause == 0; i++)
		cause = request(daemon->listening);
	printf("%s: %d connections made in advance, %d for %d requests\n", name, in_advance, atomic_exchange(&made, 0),
	       REQUESTS);
	return cause;
}

static int run(const char *name, size_t warm)
{
	leat_chan done = leat_make_unit();
	leat_resources_plan plan = { READY, warm, connect_to_service, disconnect, NULL };
	struct server daemon = { done.rx, leat_listen("127.0.0.1:0"), warm, leat_resources_make(&plan) };
	int cause = !daemon.services || leat_go(serve, &daemon) < 0 ? errno : request_all(name, &daemon);

	leat_close(done.tx);
	(void)leat_wait_all(LEAT_NEVER);
	leat_resources_drop(daemon.services);
	leat_drop(done);
	return cause;
}

int main(void)
{
	int cause = run("cold", 0);

	if (cause == 0)
		cause = run("warm", READY);
	if (cause)
		fprintf(stderr, "warm_connections: %s\n", leat_strerror(cause));
	return cause != 0;
}
