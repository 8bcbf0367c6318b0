/* throughput - values a second through leat_nats_sink and leat_nats_each, beside the same with libnats alone.
 *
 * The server is on this machine, and keeps the values in memory. Publishing with libnats alone is js_PublishAsync with a
 * message id and as many pending messages as the window. Receiving is the pull protocol with natsSubscription_NextMsg, as
 * many messages in a request as the window, and an acknowledgement for each. Both take turns, ROUNDS times. The
 * figures are medians.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "../test/server.h"

#include <inttypes.h>

enum { ROUNDS = 7 };

static struct server server;
static char payload[64 * 1024];

struct work { int size; long window, count; };

/* ------------------------------------------------------------------------------------------------------------ leat -- */

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

static void leat_send_all(leat_nats *nats, const struct work *work)
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

static void leat_receive_all(leat_nats *nats, const struct work *work)
{
	leat_nats_plan plan = plan_of(work);
	long count = 0;

	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 1, count_one, &count) == 0 && count == work->count);
}

/* --------------------------------------------------------------------------------------------------------- libnats -- */

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

/* --------------------------------------------------------------------------------------------------------- measure -- */

enum which { LEAT_SEND, BARE_SEND, LEAT_RECEIVE, BARE_RECEIVE, WHICH };

struct rates { double of[WHICH][ROUNDS]; int round; };

static void note(struct rates *rates, enum which which, const struct work *work, leat_time began)
{
	rates->of[which][rates->round] = (double)work->count * 1e9 / (double)(leat_now() - began);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(struct rates *rates, enum which which)
{
	qsort(rates->of[which], ROUNDS, sizeof(double), compare);
	return rates->of[which][ROUNDS / 2];
}

static void measure_leat(leat_nats *nats, const struct work *work, struct rates *rates)
{
	leat_nats_plan plan = plan_of(work);
	leat_time began;

	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .memory = 1 }) == 0);
	began = leat_now();
	leat_send_all(nats, work);
	note(rates, LEAT_SEND, work, began);
	began = leat_now();
	leat_receive_all(nats, work);
	note(rates, LEAT_RECEIVE, work, began);
	CHECK(leat_nats_remove(nats, &plan) == 0);
}

static void measure_bare(leat_nats *nats, const struct work *work, struct rates *rates)
{
	leat_nats_plan plan = plan_of(work);
	leat_time began;

	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .memory = 1 }) == 0);
	began = leat_now();
	bare_send_all(work);
	note(rates, BARE_SEND, work, began);
	began = leat_now();
	bare_receive_all(work);
	note(rates, BARE_RECEIVE, work, began);
	CHECK(leat_nats_remove(nats, &plan) == 0);
}

static void print_pair(double leat, double bare)
{
	printf(" %10.0f %10.0f %5.2f", leat, bare, leat / bare);
}

static void measure(leat_nats *nats, const struct work *work)
{
	struct rates rates = { .round = 0 };

	for (; rates.round < ROUNDS; rates.round++) {
		measure_leat(nats, work, &rates);
		measure_bare(nats, work, &rates);
	}
	printf("%7d %7ld", work->size, work->window);
	print_pair(median(&rates, LEAT_SEND), median(&rates, BARE_SEND));
	print_pair(median(&rates, LEAT_RECEIVE), median(&rates, BARE_RECEIVE));
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct work works[] = {
		{ 100, 1, 1000 },        { 100, 16, 16000 },      { 100, 256, 100000 },    { 100, 4096, 200000 },
		{ 64 * 1024, 1, 1000 }, { 64 * 1024, 16, 2000 }, { 64 * 1024, 256, 3000 }, { 64 * 1024, 512, 3000 },
	};
	leat_nats *nats;

	server = server_make();
	server_start(&server);
	nats = leat_nats_open(server.url, NULL);
	printf("%7s %7s %10s %10s %5s %10s %10s %5s\n", "bytes", "window", "sink/s", "libnats/s", "", "each/s", "libnats/s", "");
	for (size_t i = argc > 1 ? (size_t)atoi(argv[1]) : 0; i < sizeof works / sizeof *works; i++)
		measure(nats, &works[i]);
	leat_nats_close(nats);
	server_kill(&server);
	server_remove(&server);
	return 0;
}
