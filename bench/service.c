/* SPDX-License-Identifier: 0BSD
 *
 * service.c - many threads that mostly wait: clients whose requests are hedged calls in an error group with a deadline.
 * It is a small version of bench/programs/service.c. The columns of processor time and switches are those of a request.
 */
#include "bench.h"

#include <stdatomic.h>

enum { CLIENTS = 500, REQUESTS = 1000, RATE = 2000, CALLS = 3 };

struct service { leat_time begin, *latencies; long requests; atomic_long answers; };

struct client { struct service *service; long number; };

/* 2 to 5 ms, and 50 ms once in a hundred calls. The second replica is quick. */
static leat_time takes(long call, size_t replica)
{
	uint64_t random = (uint64_t)call * 0x9e3779b97f4a7c15u >> 32;

	return random % 100 == 0 && replica == 0 ? LEAT_MS(50) : LEAT_US(2000 + (long)(random % 3001));
}

static int back_end(leat_rx done, void *of_call, size_t replica, void *answer)
{
	long call = *(long *)of_call;

	if (leat_wait_ready_by(done, leat_in(takes(call, replica))) >= 0)
		return -ECANCELED;
	*(long *)answer = call;
	return 1;
}

static int hedged_call(leat_rx done, void *of_call)
{
	long answer;

	if (leat_replicate(done, 2, LEAT_MS(10), long, back_end, of_call, &answer) <= 0)
		return -errno;
	return answer == *(long *)of_call ? 0 : -EIO;
}

static void send_request(struct service *self, long number)
{
	leat_context *context = leat_context_with_timeout(leat_context_background(), LEAT_S(10));
	leat_errgroup *group = leat_errgroup_make(leat_context_done(context));
	long calls[CALLS];

	bench_check(group != NULL);
	for (long i = 0; i < CALLS; i++) {
		calls[i] = number * CALLS + i;
		bench_check(leat_errgroup_go(group, hedged_call, &calls[i]) == 1);
	}
	bench_check(leat_errgroup_wait(group) == 0);
	leat_context_drop(context);
	atomic_fetch_add(&self->answers, 1);
}

/* A request has a time of its own, however late the one before it has ended. */
static void be_client(void *of_client)
{
	const struct client *client = of_client;
	struct service *self = client->service;

	for (long i = client->number; i < self->requests; i += CLIENTS) {
		leat_time at = self->begin + i * LEAT_S(1) / RATE;

		leat_sleep(at - leat_now());
		send_request(self, i);
		self->latencies[i] = leat_now() - at;
	}
}

static int compare(const void *a, const void *b)
{
	const leat_time *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Returns the latency that this part of the requests did not exceed. */
static double run_service(long requests, int percent)
{
	struct service self = { .begin = leat_in(LEAT_MS(50)), .requests = requests }; /* by then all clients wait */
	struct client clients[CLIENTS];
	double latency;

	self.latencies = calloc((size_t)requests, sizeof *self.latencies);
	bench_check(self.latencies != NULL);
	for (long i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ &self, i };
		bench_check(leat_go(be_client, &clients[i]) == 1);
	}
	bench_check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&self.answers) == requests);
	qsort(self.latencies, (size_t)requests, sizeof *self.latencies, compare);
	latency = (double)self.latencies[(requests - 1) * percent / 100];
	free(self.latencies);
	return latency;
}

static double median(const bench_row *row, long n)
{
	(void)row;
	return run_service(n, 50);
}

static double worst_of_100(const bench_row *row, long n)
{
	(void)row;
	return run_service(n, 99);
}

#define LATENCY .unit = "ns/request", .fixed = REQUESTS, .after = leat_trim

static const bench_shape shapes[] = {
	{ "service", "500 clients, hedged calls, 2000 requests a second: median latency", median, LATENCY },
	{ "service_p99", "... the latency that one in a hundred exceeds", worst_of_100, LATENCY },
};

const bench_table bench_service = BENCH_TABLE("service", shapes);
