/* cluster - three servers each keep all streams. No value is lost while the leader, a follower, or two of the servers
 * are killed and come back, and all sources see the end. A mirror has the same values. Other tools may make a group.
 *
 * A server of 2.9 that was killed after a stream was sealed may not start again: see docs/guide/8-more-machines.md. So
 * these tests remove a sealed stream before they kill a server that has seen the end.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "server.h"

#include <stdatomic.h>

enum { SERVERS = 3, WORKERS = 2, MOST = 1000 * 1000 };

static struct server servers[SERVERS];
static char urls[200];
static natsConnection *nc; /* for requests that leat has no call for */
static jsCtx *js;
static const leat_type long_type = { "long", sizeof(long), NULL, NULL };

#define RUN(test) \
	(argc > 1 && strcmp(argv[1], #test) != 0 ? (void)0 : \
	 (test(), printf("%d: %s\n", ++passed, #test), (void)fflush(stdout)))

static int passed;

/* ------------------------------------------------------------------------------------------------------ cluster -- */

static void set_options(struct server *server, const char *name, const char *own, const char *routes)
{
	const char *options[] = { "-n", name, "--cluster_name", "leat", "--cluster", own, "--routes", routes, NULL };

	memcpy(server->options, options, sizeof options);
}

static void start_cluster(void)
{
	static const char *const names[SERVERS] = { "a", "b", "c" };
	static char own[SERVERS][40], routes[130];

	for (int i = 0; i < SERVERS; i++) {
		servers[i] = server_make();
		snprintf(own[i], sizeof own[i], "nats://127.0.0.1:%d", server_free_port());
	}
	snprintf(routes, sizeof routes, "%s,%s,%s", own[0], own[1], own[2]);
	snprintf(urls, sizeof urls, "%s,%s,%s", servers[0].url, servers[1].url, servers[2].url);
	for (int i = 0; i < SERVERS; i++) {
		set_options(&servers[i], names[i], own[i], routes);
		server_launch(&servers[i]);
	}
	for (int i = 0; i < SERVERS; i++)
		server_await(&servers[i]);
}

static void connect_to_cluster(void)
{
	const char *list[SERVERS] = { servers[0].url, servers[1].url, servers[2].url };
	natsOptions *o;
	jsOptions short_waits;

	CHECK(natsOptions_Create(&o) == NATS_OK && natsOptions_SetServers(o, list, SERVERS) == NATS_OK);
	CHECK(natsOptions_SetMaxReconnect(o, -1) == NATS_OK && natsOptions_SetReconnectWait(o, 100) == NATS_OK);
	CHECK(natsConnection_Connect(&nc, o) == NATS_OK);
	CHECK(jsOptions_Init(&short_waits) == NATS_OK);
	short_waits.Wait = 500;
	CHECK(natsConnection_JetStream(&js, nc, &short_waits) == NATS_OK);
	natsOptions_Destroy(o);
}

/* A request has no answer while the servers choose a leader. So ask by `js` first, which waits less. */
static void make_stream(leat_nats *nats, const leat_nats_plan *plan, int groups)
{
	jsAccountInfo *info = NULL;

	while (js_GetAccountInfo(&info, js, NULL, NULL) != NATS_OK)
		usleep(50 * 1000);
	jsAccountInfo_Destroy(info);
	while (leat_nats_make(nats, plan, &(leat_nats_limits){ .replicas = SERVERS, .groups = groups }) < 0)
		usleep(100 * 1000);
}

static void end_stream(leat_nats *nats, const leat_nats_plan *plan, int cause)
{
	while (leat_nats_end(nats, plan, cause) < 0)
		CHECK(errno == ETIMEDOUT || errno == ENOTCONN || errno == EIO);
}

static void remove_stream(leat_nats *nats, const leat_nats_plan *plan)
{
	while (leat_nats_remove(nats, plan) < 0 && errno != ENOENT)
		CHECK(errno == ETIMEDOUT || errno == ENOTCONN || errno == EIO);
}

static int leader_of(const char *stream)
{
	jsStreamInfo *info = NULL;
	int leader = -1;

	while (leader < 0) {
		if (js_GetStreamInfo(&info, js, stream, NULL, NULL) != NATS_OK)
			continue;
		if (info->Cluster && info->Cluster->Leader)
			leader = *info->Cluster->Leader - 'a';
		jsStreamInfo_Destroy(info);
	}
	return leader;
}

/* --------------------------------------------------------------------------------------------------------- flow -- */

/* A sink sends 0, 1, 2 and so on until `enough` is set. It and the workers have a connection each. */
struct flow {
	leat_nats_plan plan;
	atomic_char *seen;
	atomic_long sent, distinct;
	atomic_int enough, sink, workers; /* the last two: what they returned, or -1 */
};

static leat_nats *open_patiently(void)
{
	return leat_nats_open(urls, &(leat_nats_login){ .patience = LEAT_NEVER });
}

static int count_up(void *of_flow, void *out)
{
	struct flow *flow = of_flow;

	if (flow->enough || flow->sent == MOST)
		return 0;
	usleep(200); /* the rest of the machine has work, too */
	*(long *)out = flow->sent++;
	return 1;
}

static void send_all(void *of_flow)
{
	struct flow *flow = of_flow;
	leat_nats *nats = open_patiently();
	leat_rx none = LEAT_NIL;

	flow->sink = leat_nats_sink(none, leat_repeat_fn(none, long, count_up, flow), nats, &flow->plan);
	leat_nats_close(nats);
}

static int note(void *of_flow, const void *number)
{
	struct flow *flow = of_flow;

	flow->distinct += !atomic_exchange(&flow->seen[*(const long *)number], 1);
	return 0;
}

static void work(void *of_flow)
{
	struct flow *flow = of_flow;
	leat_nats *nats = open_patiently();

	CHECK(leat_nats_each(LEAT_NIL, nats, &flow->plan, 2, note, flow) == ENOSPC);
	flow->workers++;
	leat_nats_close(nats);
}

static void begin(struct flow *flow, leat_nats *nats, const char *stream)
{
	*flow = (struct flow){ .plan = { .stream = stream, .type = &long_type, .ack_wait = LEAT_MS(2000) }, .sink = -1 };
	flow->seen = calloc(MOST, 1);
	CHECK(flow->seen);
	make_stream(nats, &flow->plan, 0);
	for (int i = 0; i < WORKERS; i++)
		CHECK(leat_go(work, flow) == 1);
	CHECK(leat_go(send_all, flow) == 1);
}

/* Wait until more than a window of values has passed. */
static void await_more(struct flow *flow)
{
	for (long before = flow->distinct; flow->distinct < before + 300;)
		usleep(1000);
}

static void await_sink(struct flow *flow)
{
	flow->enough = 1;
	while (flow->sink < 0)
		usleep(1000);
	CHECK(flow->sink == 0);
}

static void finish(struct flow *flow)
{
	CHECK(leat_wait_all(LEAT_NEVER) == 1);
	CHECK(flow->workers == WORKERS && flow->distinct == flow->sent && flow->sent < MOST);
	free(flow->seen);
}

/* -------------------------------------------------------------------------------------------------------- kills -- */

static void a_leader_and_a_follower_are_killed(void)
{
	leat_nats *nats = open_patiently();
	struct flow flow;
	int leader;

	begin(&flow, nats, "numbers");
	await_more(&flow);
	leader = leader_of("numbers");
	server_kill(&servers[leader]);
	await_more(&flow);
	server_start(&servers[leader]);
	leader = leader_of("numbers");
	server_kill(&servers[(leader + 1) % SERVERS]);
	await_more(&flow);
	server_start(&servers[(leader + 1) % SERVERS]);
	await_sink(&flow);
	leader = leader_of("numbers");
	server_kill(&servers[leader]);
	end_stream(nats, &flow.plan, ENOSPC); /* while there is no leader */
	finish(&flow);
	server_start(&servers[leader]);
	remove_stream(nats, &flow.plan);
	leat_nats_close(nats);
}

/* No publish is acknowledged then. */
static void a_sink_has_no_patience(const leat_nats_plan *plan)
{
	leat_nats *nats = leat_nats_open(urls, &(leat_nats_login){ .patience = LEAT_MS(1) });
	leat_rx zero = leat_generator(LEAT_NIL, LEAT_VALUES(long, 0));

	CHECK(leat_nats_sink(LEAT_NIL, zero, nats, plan) == ETIMEDOUT);
	leat_nats_close(nats);
}

static void two_of_three_are_killed(void)
{
	leat_nats *nats = open_patiently();
	struct flow flow;
	int leader;

	begin(&flow, nats, "minority");
	await_more(&flow);
	leader = leader_of("minority");
	server_kill(&servers[(leader + 1) % SERVERS]);
	server_kill(&servers[(leader + 2) % SERVERS]);
	a_sink_has_no_patience(&flow.plan);
	CHECK(flow.sink == -1 && flow.workers == 0); /* these wait */
	server_start(&servers[(leader + 1) % SERVERS]);
	await_more(&flow);
	await_sink(&flow);
	end_stream(nats, &flow.plan, ENOSPC);
	finish(&flow);
	server_start(&servers[(leader + 2) % SERVERS]);
	remove_stream(nats, &flow.plan);
	leat_nats_close(nats);
}

/* ------------------------------------------------------------------------------------------- mirrors and groups -- */

static int sum_up(void *sum, const void *n)
{
	atomic_fetch_add((atomic_long *)sum, *(const long *)n);
	return 0;
}

static void send_ones(leat_nats *nats, const leat_nats_plan *plan, long n)
{
	leat_rx none = LEAT_NIL, ones = leat_take(none, leat_repeat(none, LEAT_VALUES(long, 1)), n);

	CHECK(leat_nats_sink(none, ones, nats, plan) == 0);
}

static void must_sum_up(leat_nats *nats, const leat_nats_plan *plan, long expected)
{
	atomic_long sum = 0;

	CHECK(leat_nats_each(LEAT_NIL, nats, plan, 2, sum_up, &sum) == EDOM);
	CHECK(sum == expected);
}

static void make_mirror(const char *name, const char *of)
{
	jsStreamSource source;
	jsStreamConfig config;

	jsStreamSource_Init(&source);
	source.Name = of;
	jsStreamConfig_Init(&config);
	config.Name = name;
	config.Mirror = &source;
	config.Replicas = SERVERS;
	while (js_AddStream(NULL, js, &config, NULL, NULL) != NATS_OK)
		usleep(100 * 1000);
}

/* Returns how many values a stream ever had. */
static uint64_t last_of(const char *stream)
{
	jsStreamInfo *info = NULL;
	uint64_t last = 0;

	if (js_GetStreamInfo(&info, js, stream, NULL, NULL) == NATS_OK)
		last = info->State.LastSeq;
	jsStreamInfo_Destroy(info);
	return last;
}

/* A mirror does not hear of the end. So end it, too, when it has all values. */
static void a_mirror_has_the_same_values(void)
{
	leat_nats_plan plan = { .stream = "origin", .type = &long_type }, there = plan;
	leat_nats *nats = open_patiently();

	there.stream = "mirror";
	there.subject = "origin";
	there.group = "there";
	make_stream(nats, &plan, 1);
	make_mirror("mirror", "origin");
	send_ones(nats, &plan, 1000);
	end_stream(nats, &plan, EDOM);
	while (last_of("mirror") != last_of("origin"))
		usleep(10 * 1000);
	end_stream(nats, &there, EDOM);
	must_sum_up(nats, &there, 1000);
	must_sum_up(nats, &plan, 1000);
	leat_nats_close(nats);
}

/* Its mirror would be the one group of the queue. */
static void a_queue_with_a_mirror_is_refused(void)
{
	leat_nats_plan plan = { .stream = "queue", .type = &long_type };
	leat_nats *nats = open_patiently();
	atomic_long sum = 0;

	make_stream(nats, &plan, 0);
	make_mirror("image", "queue");
	send_ones(nats, &plan, 1);
	while (last_of("image") == 0)
		usleep(10 * 1000);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 1, sum_up, &sum) == EBUSY);
	leat_nats_close(nats);
}

/* It lets few values be unacknowledged, and few requests wait. */
static void a_group_of_other_tools_is_used(void)
{
	leat_nats_plan plan = { .stream = "other_tools", .type = &long_type };
	leat_nats *nats = open_patiently();
	jsConsumerConfig config;

	make_stream(nats, &plan, 0);
	jsConsumerConfig_Init(&config);
	config.Durable = "workers";
	config.AckPolicy = js_AckExplicit;
	config.AckWait = LEAT_MS(1000);
	config.MaxAckPending = 10;
	config.MaxWaiting = 2;
	while (js_AddConsumer(NULL, js, "other_tools", &config, NULL, NULL) != NATS_OK)
		usleep(100 * 1000);
	send_ones(nats, &plan, 1000);
	end_stream(nats, &plan, EDOM);
	must_sum_up(nats, &plan, 1000);
	leat_nats_close(nats);
}

int main(int argc, char **argv)
{
	start_cluster();
	connect_to_cluster();
	RUN(a_leader_and_a_follower_are_killed);
	RUN(two_of_three_are_killed);
	RUN(a_mirror_has_the_same_values);
	RUN(a_queue_with_a_mirror_is_refused);
	RUN(a_group_of_other_tools_is_used);
	jsCtx_Destroy(js);
	natsConnection_Destroy(nc);
	for (int i = 0; i < SERVERS; i++) {
		server_kill(&servers[i]);
		server_remove(&servers[i]);
	}
	CHECK(leat_wait_all(LEAT_NEVER) == 1);
	nats_CloseAndWait(0);
	printf("%d tests\n", passed);
	return 0;
}
