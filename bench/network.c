/* SPDX-License-Identifier: 0BSD
 *
 * network.c - requests over TCP to a daemon on loopback. For each request the daemon needs a connection to another
 * service, which is expensive to make: here a sleep of 1 ms, and of a second in the book. Either it makes one for each
 * request, or it has made ten in advance.
 */
#include "bench.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { SERVICES = 10 };

/* --------------------------------------------------------------------------------------------- the daemon -- */

typedef struct {
	leat_chan done;
	int listening;
	struct sockaddr_in address;
	size_t warm;              /* how many connections to the service are made in advance; 0: one for each request */
	leat_resources *services;
} server;

static int connect_to_service(void *unused, void **service)
{
	static char any;

	(void)unused;
	leat_sleep(LEAT_MS(1));
	*service = &any;
	return 0;
}

static void disconnect(void *unused, void *service)
{
	(void)unused;
	(void)service;
}

/* The answer is an empty line, as in the book. The client's connection ends when this returns. */
static int answer(void *of_server, const void *of_connection)
{
	const server *self = of_server;
	const leat_connection *connection = of_connection;
	void *service;

	bench_check(leat_resources_get(self->services, &service, self->done.rx, LEAT_NEVER) == 1);
	bench_check(write(connection->fd, "\n", 1) == 1);
	if (self->warm)
		leat_resources_put(self->services, service);
	else
		leat_resources_put_broken(self->services, service);
	return 0;
}

static void serve(void *of_server)
{
	const server *self = of_server;
	leat_rx connections = leat_accept(self->done.rx, self->listening, &(leat_accepting){ 0, 0 });

	bench_check(leat_each(self->done.rx, connections, 1, answer, of_server) == ECANCELED);
}

static void start(server *self)
{
	leat_resources_plan plan = { SERVICES, self->warm, connect_to_service, disconnect, NULL };
	socklen_t size = sizeof self->address;

	self->done = leat_make_unit();
	self->services = leat_resources_make(&plan);
	self->listening = leat_listen("127.0.0.1:0");
	bench_check(self->services != NULL && self->listening >= 0);
	bench_check(getsockname(self->listening, (struct sockaddr *)&self->address, &size) == 0);
	bench_check(leat_go(serve, self) == 1);
}

static void stop(server *self)
{
	bench_check(leat_close(self->done.tx) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	leat_resources_drop(self->services);
	leat_drop(self->done);
}

/* --------------------------------------------------------------------------------------------- its client -- */

static void request(const server *self)
{
	char line[2];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	bench_check(connect(fd, (const struct sockaddr *)&self->address, sizeof self->address) == 0);
	bench_check(read(fd, line, sizeof line) == 1 && read(fd, line, sizeof line) == 0);
	bench_check(close(fd) == 0);
}

static double time_requests(size_t warm, long n)
{
	server daemon = { .warm = warm };
	double begin, time;

	start(&daemon);
	begin = bench_now();
	for (long i = 0; i < n; i++)
		request(&daemon);
	time = bench_each(begin, n);
	stop(&daemon);
	return time;
}

static double request_cold(const bench_row *row, long n)
{
	(void)row;
	return time_requests(0, n);
}

static double request_warm(const bench_row *row, long n)
{
	(void)row;
	return time_requests(SERVICES, n);
}

/* ------------------------------------------------------------------------------------------------ table -- */

#define REQUEST .unit = "ns/request", .after = leat_trim

static const bench_shape shapes[] = {
	{ "request_cold", "over TCP; for each the daemon makes a connection, in 1 ms", request_cold, REQUEST },
	{ "request_warm", "... it has made ten in advance: leat_resources", request_warm, REQUEST },
};

const bench_table bench_network = BENCH_TABLE("network", shapes);
