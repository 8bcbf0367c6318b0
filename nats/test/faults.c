/* SPDX-License-Identifier: 0BSD
 *
 * faults.c - in each run one allocation, thread start or call of libnats fails: first the first one, then the next,
 * until a run has no failure. A failure has a clear cause. Nothing hangs or leaks. The stream has all values whose
 * publish was acknowledged. It delivers again each value that no worker has acknowledged. A failure that may pass ends
 * no stream.
 */
#define _GNU_SOURCE
#include "inject.h"
#include "server.h"

static struct server server;
static leat_nats *nats;             /* a connection that is there before the faults */
static leat_nats_plan plan;         /* its stream is one of this run */
static const leat_type long_type = { "long", sizeof(long), NULL, NULL };

enum { VALUES = 5 };

/* ------------------------------------------------------------------------------------------------------ runs -- */

struct paused { long allocations, starts, calls, threads; };

/* The preparations and the checks of a test do not fail. */
static struct paused pause_faults(void)
{
	return (struct paused){ atomic_exchange(&allocations.left, -1), atomic_exchange(&starts.left, -1),
		                atomic_exchange(&calls.left, -1), atomic_exchange(&threads.left, -1) };
}

static void go_on(struct paused paused)
{
	atomic_store(&allocations.left, paused.allocations);
	atomic_store(&starts.left, paused.starts);
	atomic_store(&calls.left, paused.calls);
	atomic_store(&threads.left, paused.threads);
}

static void name_stream(void)
{
	static char name[32];
	static int count;

	snprintf(name, sizeof name, "s%d", ++count);
	plan = (leat_nats_plan){ .stream = name, .type = &long_type, .window = 2, .ack_wait = LEAT_MS(200) };
}

static void make_stream(void)
{
	struct paused paused = pause_faults();

	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .memory = 1 }) == 0);
	go_on(paused);
}

static void remove_stream(void)
{
	struct paused paused = pause_faults();

	CHECK(leat_nats_remove(nats, &plan) == 0 || errno == ENOENT);
	go_on(paused);
}

static uint64_t values_in(const char *stream)
{
	struct paused paused = pause_faults();
	natsConnection *nc;
	jsCtx *js;
	jsStreamInfo *info;
	uint64_t count;

	CHECK(natsConnection_ConnectTo(&nc, server.url) == NATS_OK && natsConnection_JetStream(&js, nc, NULL) == NATS_OK);
	CHECK(js_GetStreamInfo(&info, js, stream, NULL, NULL) == NATS_OK);
	count = info->State.Msgs;
	jsStreamInfo_Destroy(info);
	jsCtx_Destroy(js);
	natsConnection_Destroy(nc);
	go_on(paused);
	return count;
}

/* A kind of failure, and the cause that a run then has. */
struct trouble { const char *name; struct faults *faults; way how; int cause; };

static void must_be_clear(const struct trouble *trouble, long k, int result, int injected)
{
	if (result == 0 || (injected && result == trouble->cause))
		return;
	if (trouble->faults == &threads && injected && result == EAGAIN)
		return; /* the thread that did not start was one of leat */
	fprintf(stderr, "%s %ld (%s): %s\n", trouble->name, k, atomic_load(&failed), leat_strerror(result));
	exit(1);
}

/* Run `run` with the first call failing, then the second, and so on, until no call fails. */
static void fail_all(const struct trouble *trouble, scenario *run)
{
	int before, injected = 1, result = 0;

	atomic_store(&failing, trouble->how);
	for (long k = 0; injected; k++) {
		must_be_clean();
		leat_trim();
		name_stream();
		before = atomic_load(&trouble->faults->injected);
		atomic_store(&failed, "no call of libnats");
		atomic_store(&trouble->faults->left, k);
		result = run();
		atomic_store(&trouble->faults->left, -1);
		injected = atomic_load(&trouble->faults->injected) - before;
		must_be_clear(trouble, k, result, injected);
	}
	CHECK(result == 0);
}

/* `broken` and `lost` are the causes where such a failure ends the stream. */
static void fail_everything(scenario *run, int broken, int lost)
{
	const struct trouble troubles[] = {
		{ "allocation", &allocations, OUT_OF_MEMORY, ENOMEM }, { "start", &starts, OUT_OF_MEMORY, EAGAIN },
		{ "call", &calls, OUT_OF_MEMORY, ENOMEM },             { "broken call", &calls, BROKEN, broken },
		{ "lost answer", &calls, LOST, lost },                 { "thread", &threads, OUT_OF_MEMORY, EIO },
	};

	for (size_t i = 0; i < sizeof troubles / sizeof *troubles - !LIBNATS_STARTS_FAIL; i++)
		fail_all(&troubles[i], run);
}

/* ------------------------------------------------------------------------------------------------- scenarios -- */

static int run_open(void)
{
	leat_nats *c = leat_nats_open(server.url, NULL);
	int cause = leat_nats_cause(c);
	leat_rx ended = leat_nats_source(LEAT_NIL, c, &plan);

	CHECK(!cause || leat_cause(ended) == cause || leat_cause(ended) == ENOMEM);
	leat_drop(ended);
	leat_nats_close(c);
	return cause;
}

static int result_of(int result)
{
	return result < 0 ? errno : 0;
}

/* Without a failure everything is as it should be, and after one it can be done again. */
static int run_life(void)
{
	int cause = result_of(leat_nats_make(nats, &plan, &(leat_nats_limits){ .memory = 1 }));

	if (!cause)
		cause = result_of(leat_nats_end(nats, &plan, EDOM));
	if (!cause)
		CHECK(leat_nats_end(nats, &plan, ERANGE) == -1);
	if (!cause)
		cause = result_of(leat_nats_remove(nats, &plan));
	remove_stream();
	return cause;
}

static int run_put(void)
{
	uint64_t stored = 0;
	int cause = 0;

	make_stream();
	for (long n = 0; n < 2; n++) {
		int result = result_of(leat_nats_put(LEAT_NIL, nats, &plan, &n, n ? "one" : NULL));

		cause = cause ? cause : result;
		stored += !result;
	}
	CHECK(values_in(plan.stream) >= stored && values_in(plan.stream) <= 2);
	remove_stream();
	return cause;
}

static int run_sink(void)
{
	static const long values[VALUES] = { 0, 1, 2, 3, 4 };
	int cause;

	make_stream();
	cause = leat_nats_sink(LEAT_NIL, leat_generator(LEAT_NIL, sizeof *values, values, VALUES), nats, &plan);
	CHECK(cause ? values_in(plan.stream) <= VALUES : values_in(plan.stream) == VALUES);
	remove_stream();
	return cause;
}

static void fill(void)
{
	struct paused paused = pause_faults();

	for (long n = 0; n < VALUES; n++)
		CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, NULL) == 0);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	go_on(paused);
}

static atomic_int seen[VALUES];

static int see(void *arg, const void *n)
{
	(void)arg;
	atomic_fetch_add(&seen[*(const long *)n], 1);
	return 0;
}

/* After a failure the values that were not acknowledged come again. */
static int run_each(void)
{
	int cause;

	make_stream();
	fill();
	memset(seen, 0, sizeof seen);
	cause = leat_nats_each(LEAT_NIL, nats, &plan, 2, see, NULL);
	if (cause) {
		struct paused paused = pause_faults();

		CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 2, see, NULL) == 0);
		go_on(paused);
	}
	for (int i = 0; i < VALUES; i++)
		CHECK(seen[i] > 0);
	CHECK(values_in(plan.stream) == 0);
	remove_stream();
	return cause;
}

static int fail(void *arg, const void *n)
{
	(void)arg;
	(void)n;
	return -EDOM;
}

static int run_dead(void)
{
	char dead[64];
	int cause;

	make_stream();
	fill();
	plan.tries = 1;
	cause = leat_nats_each(LEAT_NIL, nats, &plan, 2, fail, NULL);
	if (cause) {
		struct paused paused = pause_faults();

		CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 2, fail, NULL) == 0);
		go_on(paused);
	}
	snprintf(dead, sizeof dead, "%s-dead", plan.stream);
	CHECK(values_in(dead) == VALUES && values_in(plan.stream) == 0);
	remove_stream();
	return cause;
}

/* -------------------------------------------------------------------------------------------------- tests -- */

static void an_open_fails_clearly(void)
{
	fail_everything(run_open, ENOTCONN, 0);
}

static void a_life_fails_clearly(void)
{
	fail_everything(run_life, ENOTCONN, ETIMEDOUT);
}

static void a_put_goes_on(void)
{
	fail_everything(run_put, 0, 0);
}

/* Only the subscription at the beginning is not repeated. */
static void a_sink_goes_on(void)
{
	fail_everything(run_sink, ENOTCONN, 0);
}

static void workers_go_on(void)
{
	fail_everything(run_each, ENOTCONN, 0);
}

static void dead_letters_go_on(void)
{
	fail_everything(run_dead, ENOTCONN, 0);
}

int main(int argc, char **argv)
{
	server = server_make();
	server_start(&server);
	nats = leat_nats_open(server.url, NULL);
	CHECK(leat_nats_cause(nats) == 0);
	start_first_function();
	(void)RUN(an_open_fails_clearly, a_life_fails_clearly, a_put_goes_on, a_sink_goes_on, workers_go_on,
	          dead_letters_go_on);
	leat_nats_close(nats);
	server_kill(&server);
	server_remove(&server);
	CHECK(nats_CloseAndWait(0) == NATS_OK);
	printf("%d fault points\n", allocations.injected + starts.injected + calls.injected + threads.injected);
	return 0;
}
