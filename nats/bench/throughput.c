/* throughput - measures the values a second of leat_nats_sink and leat_nats_each, beside libnats alone and nats.go.
 *
 *     throughput [-n ROUNDS] [-g PROGRAM] [BYTES/WINDOW ...]
 *
 * The server is on this machine, and keeps the values in memory. With libnats alone, publishing is js_PublishAsync with
 * a message id, and at most as many pending messages as the window. Receiving is the pull protocol with
 * natsSubscription_NextMsg: a request for as many messages as the window, and an acknowledgement for each message.
 * PROGRAM is throughput.go, compiled. Without it there are no figures for Go. All take turns, ROUNDS times. The figures
 * are medians. Behind each figure of a peer stands the rate of leat divided by it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "../test/server.h"

#include <stdbool.h>

enum { MOST_ROUNDS = 100 };

static struct server server;
static leat_nats *nats;
static char payload[64 * 1024];
static const char *go_program;
static int rounds = 7;

struct work { int size; long window, count; };

/* --------------------------------------------------------------------------------------------------------- leat -- */

struct made { long left; int size; };

static int make_bytes(void *of_made, void *out)
{
	struct made *made = of_made;

	*(leat_bytes *)out = (leat_bytes){ .at = (unsigned char *)payload, .size = (size_t)made->size };
	return made->left-- > 0;
}

static leat_nats_plan plan_of(const struct work *work)
{
	return (leat_nats_plan){ .stream = "bench", .window = (size_t)work->window };
}

static void leat_send_all(const struct work *work)
{
	leat_nats_plan plan = plan_of(work);
	struct made made = { work->count, work->size };
	leat_rx in = leat_buffer(leat_repeat_fn_of(LEAT_NIL, &leat_bytes_type, make_bytes, &made), 256);

	CHECK(leat_nats_sink(LEAT_NIL, in, nats, &plan) == 0);
}

static int count_one(void *of_count, const void *value)
{
	(void)value;
	++*(long *)of_count;
	return 0;
}

static void leat_receive_all(const struct work *work)
{
	leat_nats_plan plan = plan_of(work);
	long count = 0;

	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 1, count_one, &count) == 0 && count == work->count);
}

/* ------------------------------------------------------------------------------------------------------ libnats -- */

static natsConnection *bare_open(void)
{
	natsConnection *nc = NULL;

	CHECK(natsConnection_ConnectTo(&nc, server.url) == NATS_OK);
	return nc;
}

static void bare_send_all(const struct work *work)
{
	natsConnection *nc = bare_open();
	jsCtx *js = NULL;
	jsOptions options;
	jsPubOptions publish;
	char id[32];

	CHECK(jsOptions_Init(&options) == NATS_OK && jsPubOptions_Init(&publish) == NATS_OK);
	options.PublishAsync.MaxPending = work->window;
	options.PublishAsync.StallWait = 60 * 1000;
	CHECK(natsConnection_JetStream(&js, nc, &options) == NATS_OK);
	publish.MsgId = id;
	for (long i = 0; i < work->count; i++) {
		snprintf(id, sizeof id, "%ld", i);
		CHECK(js_PublishAsync(js, "bench", payload, work->size, &publish) == NATS_OK);
	}
	CHECK(js_PublishAsyncComplete(js, NULL) == NATS_OK);
	jsCtx_Destroy(js);
	natsConnection_Destroy(nc);
}

static void bare_make_group(natsConnection *nc)
{
	jsCtx *js = NULL;
	jsConsumerConfig config;

	CHECK(natsConnection_JetStream(&js, nc, NULL) == NATS_OK && jsConsumerConfig_Init(&config) == NATS_OK);
	config.Durable = "workers";
	config.MaxAckPending = 1000 * 1000;
	CHECK(js_AddConsumer(NULL, js, "bench", &config, NULL, NULL) == NATS_OK);
	jsCtx_Destroy(js);
}

static void bare_ask(natsConnection *nc, const char *inbox, long n)
{
	char request[64];

	snprintf(request, sizeof request, "{\"batch\": %ld, \"expires\": 30000000000}", n);
	CHECK(natsConnection_PublishRequestString(nc, "$JS.API.CONSUMER.MSG.NEXT.bench.workers", inbox, request) == NATS_OK);
}

static void bare_receive_all(const struct work *work)
{
	natsConnection *nc = bare_open();
	natsInbox *inbox = NULL;
	natsSubscription *sub = NULL;
	natsMsg *msg;
	long asked = 0;

	bare_make_group(nc);
	CHECK(natsInbox_Create(&inbox) == NATS_OK && natsConnection_SubscribeSync(&sub, nc, inbox) == NATS_OK);
	CHECK(natsSubscription_SetPendingLimits(sub, -1, -1) == NATS_OK);
	for (long i = 0; i < work->count; i++, asked--) {
		if (asked <= work->window / 2) {
			bare_ask(nc, inbox, work->window - asked);
			asked = work->window;
		}
		CHECK(natsSubscription_NextMsg(&msg, sub, 10 * 1000) == NATS_OK);
		CHECK(natsConnection_PublishString(nc, natsMsg_GetReply(msg), "+ACK") == NATS_OK);
		natsMsg_Destroy(msg);
	}
	CHECK(natsConnection_Flush(nc) == NATS_OK);
	natsSubscription_Destroy(sub);
	natsInbox_Destroy(inbox);
	natsConnection_Destroy(nc);
}

/* ----------------------------------------------------------------------------------------------------------- Go -- */

static double go_run(const char *role, const struct work *work)
{
	char command[1024];
	double rate;
	FILE *said;

	snprintf(command, sizeof command, "'%s' %s %s %d %ld %ld", go_program, role, server.url, work->size, work->window,
	         work->count);
	said = popen(command, "r");
	CHECK(said && fscanf(said, "%lf", &rate) == 1 && pclose(said) == 0);
	return rate;
}

/* ------------------------------------------------------------------------------------------------------ measure -- */

enum peer { LEAT, BARE, GO, PEERS };
enum way { SEND, RECEIVE, WAYS };

struct rates { double of[PEERS][WAYS][MOST_ROUNDS]; };

static double run(enum peer peer, enum way way, const struct work *work)
{
	static void (*const all[][WAYS])(const struct work *) = {
		[LEAT] = { leat_send_all, leat_receive_all },
		[BARE] = { bare_send_all, bare_receive_all },
	};
	leat_time began = leat_now();

	if (peer == GO)
		return go_run(way == SEND ? "send" : "receive", work);
	all[peer][way](work);
	return (double)work->count * 1e9 / (double)(leat_now() - began);
}

static void measure_peer(enum peer peer, const struct work *work, struct rates *rates, int round)
{
	leat_nats_plan plan = plan_of(work);

	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .memory = 1 }) == 0);
	for (enum way way = SEND; way < WAYS; way++)
		rates->of[peer][way][round] = run(peer, way, work);
	CHECK(leat_nats_remove(nats, &plan) == 0);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *of)
{
	qsort(of, (size_t)rounds, sizeof *of, compare);
	return of[rounds / 2];
}

static void print_way(struct rates *rates, enum way way)
{
	double leat = median(rates->of[LEAT][way]);

	printf(" %9.0f", leat);
	for (enum peer peer = BARE; peer < PEERS; peer++) {
		double other = median(rates->of[peer][way]);

		if (peer == GO && !go_program)
			printf(" %9s %5s", "left out", "");
		else
			printf(" %9.0f %5.2f", other, leat / other);
	}
}

static void measure(const struct work *work)
{
	static struct rates rates;

	for (int round = 0; round < rounds; round++)
		for (enum peer peer = LEAT; peer < (go_program ? PEERS : GO); peer++)
			measure_peer(peer, work, &rates, round);
	printf("%6d %6ld", work->size, work->window);
	print_way(&rates, SEND);
	print_way(&rates, RECEIVE);
	printf("\n");
	fflush(stdout);
}

/* If no names are given, all works are wanted. */
static bool is_wanted(const struct work *work, char **names)
{
	char name[64];
	bool wanted = !*names;

	snprintf(name, sizeof name, "%d/%ld", work->size, work->window);
	for (; *names; names++)
		wanted = wanted || strcmp(*names, name) == 0;
	return wanted;
}

static void measure_all(char **names)
{
	static const struct work works[] = {
		{ 100, 1, 1000 },       { 100, 16, 16000 },      { 100, 256, 100000 },     { 100, 4096, 200000 },
		{ 64 * 1024, 1, 1000 }, { 64 * 1024, 16, 2000 }, { 64 * 1024, 256, 3000 }, { 64 * 1024, 512, 3000 },
	};

	printf("%6s %6s", "bytes", "window");
	printf(" %9s %9s %5s %9s %5s", "sink/s", "libnats/s", "", "Go/s", "");
	printf(" %9s %9s %5s %9s %5s\n", "each/s", "libnats/s", "", "Go/s", "");
	for (size_t i = 0; i < sizeof works / sizeof *works; i++)
		if (is_wanted(&works[i], names))
			measure(&works[i]);
}

int main(int argc, char **argv)
{
	for (int option; (option = getopt(argc, argv, "n:g:")) != -1;) {
		if (option == '?')
			return 2;
		rounds = option == 'n' ? atoi(optarg) : rounds;
		go_program = option == 'g' ? optarg : go_program;
	}
	CHECK(rounds >= 1 && rounds <= MOST_ROUNDS);
	CHECK(!go_program || access(go_program, X_OK) == 0);
	server = server_make();
	server_start(&server);
	nats = leat_nats_open(server.url, NULL);
	measure_all(argv + optind);
	leat_nats_close(nats);
	server_kill(&server);
	server_remove(&server);
	return 0;
}
