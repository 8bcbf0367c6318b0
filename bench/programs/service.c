/* SPDX-License-Identifier: 0BSD
 *
 * service.c - a service in which nearly everything waits: 1,000 clients, 2,000 requests a second.
 *
 *     client --> request (a context of 1 s) --> [errgroup] --+--> hedged call: backend 0, after 10 ms also another one
 *                                                            +--> hedged call: backend 1, ...
 *                                                            +--> plain call:  backend 2
 *
 * It models a front end. Each request asks three back ends at once and needs all three answers. Two of the calls are
 * hedged: if there is no answer after 10 ms, a second replica is asked, and the slower one is cancelled. A back end is
 * a sleep of 2 to 5 ms, and of 50 ms once in a hundred calls. An error or a deadline would cancel the whole request.
 *
 * Each client sends its requests at fixed times, whatever the service does. A latency counts from that time, so a
 * request that starts late counts as slow. All numbers come from a hash of the request, so the answers are the same in
 * each run and in each language.
 *
 *     service [clients [rate [seconds]]]     requests a second in all. stdout: what must be equal. stderr: latencies
 */
#include <leat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CALLS = 3, HEDGED = 2, REPLICAS = 2 };

/* The clients share this. `latencies` has a place for each request. */
static struct { long clients, rate, requests; leat_time begin; leat_context *context; leat_time *latencies; } service;

struct call { uint64_t key, answer; };

struct client { long number, answered; uint64_t sum; };

/* The mixer of splitmix64 (Steele, Lea and Flood). */
static uint64_t hash(uint64_t x)
{
	x = (x + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* -------------------------------------------------------------------------------------------- a back end -- */

static leat_time time_of(uint64_t random)
{
	return random % 100 == 0 ? LEAT_MS(50) : LEAT_US(2000 + (int64_t)(random / 100 % 3001));
}

/* Returns 1 with the answer, or -ECANCELED. */
static int back_end(leat_rx done, void *of_key, size_t replica, void *answer)
{
	uint64_t key = *(uint64_t *)of_key;

	if (leat_wait_ready_by(done, leat_in(time_of(hash(key + replica)))) >= 0)
		return -ECANCELED;
	*(uint64_t *)answer = hash(key);
	return 1;
}

static int plain_call(leat_rx done, void *of_call)
{
	struct call *call = of_call;
	int result = back_end(done, &call->key, 0, &call->answer);

	return result > 0 ? 0 : result;
}

static int hedged_call(leat_rx done, void *of_call)
{
	struct call *call = of_call;
	int winner = leat_replicate(done, REPLICAS, LEAT_MS(10), uint64_t, back_end, &call->key, &call->answer);

	return winner > 0 ? 0 : winner < 0 ? -errno : -ENODATA;
}

/* ------------------------------------------------------------------------------------------------ clients -- */

/* Returns 0 or an errno value. */
static int request(uint64_t number, uint64_t *sum)
{
	leat_context *context = leat_context_with_timeout(service.context, LEAT_S(1));
	leat_errgroup *group = leat_errgroup_make(leat_context_done(context));
	struct call calls[CALLS];
	int error = group ? 0 : errno;

	for (uint64_t i = 0; group && i < CALLS; i++) {
		calls[i] = (struct call){ (number * CALLS + i) * REPLICAS, 0 };
		if (!error && leat_errgroup_go(group, i < HEDGED ? hedged_call : plain_call, &calls[i]) < 0)
			error = errno;
	}
	if (group) {
		int failed = leat_errgroup_wait(group);

		error = error ? error : failed;
	}
	leat_context_drop(context);
	for (int i = 0; !error && i < CALLS; i++)
		*sum += calls[i].answer;
	return error;
}

static int be_client(leat_rx done, void *of_client)
{
	struct client *self = of_client;

	for (long i = self->number; i < service.requests; i += service.clients) {
		leat_time at = service.begin + i * LEAT_S(1) / service.rate;

		if (leat_wait_ready_by(done, at) >= 0)
			return -ECANCELED;
		if (request((uint64_t)i, &self->sum) == 0)
			self->answered++;
		service.latencies[i] = leat_now() - at;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const leat_time *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double milliseconds(long percent)
{
	return (double)service.latencies[(service.requests - 1) * percent / 100] / 1e6;
}

static int report(const struct client *clients)
{
	long answered = 0;
	uint64_t sum = 0;

	for (long i = 0; i < service.clients; i++) {
		answered += clients[i].answered;
		sum += clients[i].sum;
	}
	qsort(service.latencies, (size_t)service.requests, sizeof *service.latencies, compare);
	printf("requests %ld answered %ld sum %016llx\n", service.requests, answered, (unsigned long long)sum);
	fprintf(stderr, "p50 %.1f ms  p99 %.1f ms  most %.1f ms\n", milliseconds(50), milliseconds(99),
	        milliseconds(100));
	return answered != service.requests;
}

static long argument(int argc, char **argv, int i, long otherwise)
{
	long n = argc > i ? strtol(argv[i], NULL, 10) : otherwise;

	if (n < 1 || n > 10000000) {
		fprintf(stderr, "usage: service [clients [rate [seconds]]]\n");
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct client *clients;
	leat_errgroup *group = leat_errgroup_make(LEAT_NIL);
	int error = 0;

	service.clients = argument(argc, argv, 1, 1000);
	service.rate = argument(argc, argv, 2, 2000);
	service.requests = service.rate * argument(argc, argv, 3, 6);
	service.context = leat_context_with_cancel(leat_context_background());
	service.latencies = calloc((size_t)service.requests, sizeof *service.latencies);
	clients = calloc((size_t)service.clients, sizeof *clients);
	if (!clients || !service.latencies || !group)
		return 1;
	service.begin = leat_in(LEAT_MS(200)); /* by then all clients wait */
	for (long i = 0; i < service.clients && !error; i++) {
		clients[i].number = i;
		if (leat_errgroup_go(group, be_client, &clients[i]) < 0)
			error = errno;
	}
	if (leat_errgroup_wait(group) != 0 || error)
		return 1;
	error = report(clients);
	leat_context_drop(service.context);
	free(service.latencies);
	free(clients);
	return error;
}
