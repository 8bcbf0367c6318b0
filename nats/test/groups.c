/* groups - what a source does about a group that the server has lost, or counts wrongly, and that it leaves a group alone
 * that is in order. The values that a source gives back at its end are no dead letters. This program speaks to the server
 * itself, by libnats, to make such groups.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "server.h"

#include <stdatomic.h>

enum { LOST = 500, KEPT = 600 };

static struct server server;
static const leat_type long_type = { "long", sizeof(long), NULL, NULL };
static const leat_time soon = 30000000000; /* a bound for what takes no time, on a machine that is busy */

#define RUN(test) (test(), printf("%d: %s\n", ++passed, #test), fflush(stdout))

static int passed;

/* ------------------------------------------------------------------------------------------------------ helpers -- */

/* `subject`: what the group takes of the stream. */
static leat_nats_plan plan_of(const char *stream, const char *subject)
{
	return (leat_nats_plan){ .stream = stream, .subject = subject, .type = &long_type, .ack_wait = LEAT_MS(200) };
}

/* The stream takes all subjects "<stream>.<word>". */
static leat_nats *open_with(const leat_nats_plan *plan, const leat_nats_limits *limits)
{
	leat_nats *nats = leat_nats_open(server.url, NULL);
	leat_nats_plan all = *plan;
	char subject[64];

	snprintf(subject, sizeof subject, "%s.*", plan->stream);
	all.subject = subject;
	CHECK(leat_nats_make(nats, &all, limits) == 0);
	return nats;
}

static void send_longs(leat_nats *nats, const leat_nats_plan *plan, long n)
{
	leat_rx none = LEAT_NIL, numbers = leat_take(none, leat_repeat(none, LEAT_VALUES(long, 1, 2, 3, 4, 5)), n);

	CHECK(leat_nats_sink(none, numbers, nats, plan) == 0);
}

static int count_up(void *count, const void *n)
{
	(void)n;
	atomic_fetch_add((atomic_long *)count, 1);
	return 0;
}

/* How many values come until the stream is over. */
static long take_all(leat_nats *nats, const leat_nats_plan *plan)
{
	leat_rx late = leat_after(soon);
	atomic_long count = 0;

	CHECK(leat_nats_each(late, nats, plan, 1, count_up, &count) == 0);
	leat_drop(late);
	return count;
}

/* Receive a delivery within `soon`, and acknowledge it. */
static void take_one(leat_rx deliveries)
{
	leat_delivery d;

	CHECK(leat_recv_by(deliveries, &d, leat_in(soon)) == 1);
	CHECK(leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
}

/* ------------------------------------------------------------------------------------- a program without leat -- */

struct bare { natsConnection *nc; jsCtx *js; };

static struct bare bare_open(void)
{
	struct bare bare = { 0 };
	jsOptions options;

	CHECK(jsOptions_Init(&options) == NATS_OK);
	options.Wait = soon / LEAT_MS(1);
	CHECK(natsConnection_ConnectTo(&bare.nc, server.url) == NATS_OK);
	CHECK(natsConnection_JetStream(&bare.js, bare.nc, &options) == NATS_OK);
	return bare;
}

static void bare_close(struct bare *bare)
{
	jsCtx_Destroy(bare->js);
	natsConnection_Destroy(bare->nc);
}

static void bare_make_group(struct bare *bare, const leat_nats_plan *plan, int64_t waiting)
{
	jsConsumerConfig config;

	CHECK(jsConsumerConfig_Init(&config) == NATS_OK);
	config.Durable = "workers";
	config.AckPolicy = js_AckExplicit;
	config.AckWait = plan->ack_wait;
	config.FilterSubject = plan->subject;
	config.MaxWaiting = waiting;
	config.MaxAckPending = 1000 * 1000;
	CHECK(js_AddConsumer(NULL, bare->js, plan->stream, &config, NULL, NULL) == NATS_OK);
}

/* Ask for n values of the group, for an hour. */
static natsSubscription *bare_ask(struct bare *bare, const char *stream, const char *inbox, int n)
{
	natsSubscription *sub = NULL;
	char subject[128], request[64];

	snprintf(subject, sizeof subject, "$JS.API.CONSUMER.MSG.NEXT.%s.workers", stream);
	snprintf(request, sizeof request, "{\"batch\": %d, \"expires\": 3600000000000}", n);
	CHECK(natsConnection_SubscribeSync(&sub, bare->nc, inbox) == NATS_OK);
	CHECK(natsConnection_PublishRequestString(bare->nc, subject, inbox, request) == NATS_OK);
	CHECK(natsConnection_Flush(bare->nc) == NATS_OK);
	return sub;
}

/* Take n values and never answer. */
static void bare_take(struct bare *bare, const char *stream, int n)
{
	natsSubscription *sub = bare_ask(bare, stream, "taken", n);
	natsMsg *msg;

	for (int i = 0; i < n; i++) {
		CHECK(natsSubscription_NextMsg(&msg, sub, soon / LEAT_MS(1)) == NATS_OK && natsMsg_GetReply(msg));
		natsMsg_Destroy(msg);
	}
	natsSubscription_Destroy(sub);
}

/* Take a value, and give it back for an hour. */
static natsMsg *bare_delay(struct bare *bare, const char *stream)
{
	natsSubscription *sub = bare_ask(bare, stream, "delayed", 1);
	natsMsg *msg;

	CHECK(natsSubscription_NextMsg(&msg, sub, soon / LEAT_MS(1)) == NATS_OK && natsMsg_GetReply(msg));
	CHECK(natsConnection_PublishString(bare->nc, natsMsg_GetReply(msg), "-NAK {\"delay\": 3600000000000}") == NATS_OK);
	CHECK(natsConnection_Flush(bare->nc) == NATS_OK);
	natsSubscription_Destroy(sub);
	return msg;
}

static void bare_ack(struct bare *bare, natsMsg *msg)
{
	CHECK(natsConnection_PublishString(bare->nc, natsMsg_GetReply(msg), "+ACK") == NATS_OK);
	CHECK(natsConnection_Flush(bare->nc) == NATS_OK);
	natsMsg_Destroy(msg);
}

static uint64_t bare_count(struct bare *bare, const char *stream)
{
	jsStreamInfo *info = NULL;
	uint64_t count;

	CHECK(js_GetStreamInfo(&info, bare->js, stream, NULL, NULL) == NATS_OK);
	count = info->State.Msgs;
	jsStreamInfo_Destroy(info);
	return count;
}

/* ---------------------------------------------------------------------------------------- a server that counts wrong -- */

/* What the server has written about a group. */
struct record { char path[256], bytes[64 * 1024]; size_t size; };

/* A server that is asked to stop writes everything first. */
static void server_stop(void)
{
	CHECK(kill(server.pid, SIGTERM) == 0 && waitpid(server.pid, NULL, 0) == server.pid);
}

static size_t record_read(const char *path, char *bytes, size_t most)
{
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(bytes, 1, most, file) : 0;

	CHECK(!file || fclose(file) == 0);
	return size;
}

/* The server writes the record a little later, each time anew. A server that ends may leave it empty. So wait until it has n
 * unacknowledged values, of 3 bytes at least, and two looks find the same. */
static void record_save(struct record *record, const char *stream, size_t n)
{
	static char again[sizeof record->bytes];

	snprintf(record->path, sizeof record->path, "%s/jetstream/$G/streams/%s/obs/workers/o.dat", server.folder, stream);
	for (leat_time t = leat_in(soon);;) {
		record->size = record_read(record->path, record->bytes, sizeof record->bytes);
		CHECK(record->size < sizeof record->bytes && leat_now() < t);
		usleep(100 * 1000);
		if (record->size > 3 * n && record_read(record->path, again, sizeof again) == record->size &&
		    memcmp(again, record->bytes, record->size) == 0)
			return;
	}
}

static void record_restore(const struct record *record)
{
	FILE *file = fopen(record->path, "wb");

	CHECK(file && fwrite(record->bytes, 1, record->size, file) == record->size && fclose(file) == 0);
}

static void bare_delete(const char *stream, uint64_t first, uint64_t last)
{
	struct bare bare = bare_open();

	for (uint64_t number = first; number <= last; number++)
		CHECK(js_DeleteMsg(bare.js, stream, number, NULL, NULL) == NATS_OK);
	bare_close(&bare);
}

static int64_t bare_delivered_again(struct bare *bare, const char *stream)
{
	jsConsumerInfo *info = NULL;
	int64_t again;

	CHECK(js_GetConsumerInfo(&info, bare->js, stream, "workers", NULL, NULL) == NATS_OK);
	again = info->NumRedelivered;
	jsConsumerInfo_Destroy(info);
	return again;
}

/* Ask for values until the server tries to deliver one again. From then on all that are unacknowledged come first. */
static void wait_until_delivered_again(const char *stream)
{
	struct bare bare = bare_open();
	natsSubscription *asked = bare_ask(&bare, stream, "asked", 1000);

	for (leat_time t = leat_in(soon); bare_delivered_again(&bare, stream) == 0;) {
		CHECK(leat_now() < t);
		usleep(10 * 1000);
	}
	natsSubscription_Destroy(asked);
	bare_close(&bare);
}

/* Run a command of the shell in the folder of a stream. */
static void in_folder(const char *stream, const char *command)
{
	char all[512];

	snprintf(all, sizeof all, "cd '%s/jetstream/$G/streams/%s' && %s", server.folder, stream, command);
	CHECK(system(all) == 0);
}

/* Acknowledge the first n values of the group: their numbers in the stream begin with 2, those in the group with 1. */
static void bare_acknowledge(const char *stream, int n)
{
	struct bare bare = bare_open();
	jsConsumerInfo *info = NULL;
	char subject[128];
	int64_t left;

	for (int i = 0; i < n; i++) {
		snprintf(subject, sizeof subject, "$JS.ACK.%s.workers.1.%d.%d.0.0", stream, 2 + i, 1 + i);
		CHECK(natsConnection_PublishString(bare.nc, subject, "+ACK") == NATS_OK);
	}
	do {
		CHECK(js_GetConsumerInfo(&info, bare.js, stream, "workers", NULL, NULL) == NATS_OK);
		left = info->NumAckPending;
		jsConsumerInfo_Destroy(info);
	} while (left > LOST);
	bare_close(&bare);
}

/* The stream has the acknowledged values again, as after a kill that came before the server had deleted them. */
static void keep_acknowledged(const char *stream, int kept)
{
	in_folder(stream, "cp -r msgs kept");
	server_start(&server);
	bare_acknowledge(stream, kept);
	server_stop();
	in_folder(stream, "rm -r msgs && mv kept msgs");
}

/* Make a group that has lost count, as that of a server which was killed: it waits for LOST values that are gone, because
 * the record of the group is older than that of the stream. An older value of the stream is there, of another subject. The
 * server forgets lost values only if they are older than all others. The stream also has `kept` acknowledged values. */
static void lose_count(const leat_nats_plan *plan, int kept)
{
	static struct record record;
	struct bare bare = bare_open();

	bare_make_group(&bare, plan, 512);
	bare_take(&bare, plan->stream, kept + LOST);
	bare_close(&bare);
	record_save(&record, plan->stream, (size_t)(kept + LOST));
	server_stop();
	server_start(&server);
	bare_delete(plan->stream, (uint64_t)(2 + kept), (uint64_t)(1 + kept + LOST));
	server_stop();
	record_restore(&record);
	if (kept > 0)
		keep_acknowledged(plan->stream, kept);
	server_start(&server);
	wait_until_delivered_again(plan->stream);
}

static void send_and_lose_count(const leat_nats_plan *plan, const leat_nats_plan *other, const leat_nats_limits *limits,
                                int kept)
{
	leat_nats *nats = open_with(plan, limits);

	send_longs(nats, other, 1);
	send_longs(nats, plan, kept + LOST);
	leat_nats_close(nats);
	lose_count(plan, kept);
}

/* Returns how many values come of a group that has lost count, when `more` were sent since then. */
static long take_from_wrong_group(const char *stream, int kept, long more)
{
	char subject[64], others[64];
	leat_nats_plan plan = plan_of(stream, subject), other = plan_of(stream, others);
	leat_nats *nats;
	long came;

	snprintf(subject, sizeof subject, "%s.this", stream);
	snprintf(others, sizeof others, "%s.other", stream);
	send_and_lose_count(&plan, &other, NULL, kept);
	nats = leat_nats_open(server.url, NULL);
	send_longs(nats, &plan, more);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	came = take_all(nats, &plan);
	leat_nats_close(nats);
	return came;
}

static void values_behind_lost_ones_come(void)
{
	CHECK(take_from_wrong_group("behind", 0, 3) == 3);
}

/* The stream has more values than the group says. So it cannot be told by counting that the group is wrong. */
static void values_behind_lost_ones_come_though_others_are_kept(void)
{
	CHECK(take_from_wrong_group("kept", KEPT, 3) == KEPT + 3);
}

static void lost_values_end_though_others_are_kept(void)
{
	CHECK(take_from_wrong_group("kept_end", KEPT, 0) == KEPT);
}

/* Here the server keeps acknowledged values, so a new group would get them again. */
static void lost_values_do_not_hold_the_end(void)
{
	leat_nats_plan plan = plan_of("held", "held.this"), other = plan_of("held", "held.other");
	leat_nats *nats;

	send_and_lose_count(&plan, &other, &(leat_nats_limits){ .groups = 1 }, 0);
	nats = leat_nats_open(server.url, NULL);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	CHECK(take_all(nats, &plan) == 0);
	leat_nats_close(nats);
}

/* ---------------------------------------------------------------------------------------------- a group that is gone -- */

static void a_deleted_group_is_made_again(void)
{
	leat_nats_plan plan = plan_of("regrouped", "regrouped.this");
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	struct bare bare = bare_open();

	send_longs(nats, &plan, 1);
	take_one(deliveries);
	CHECK(js_DeleteConsumer(bare.js, "regrouped", "workers", NULL, NULL) == NATS_OK);
	send_longs(nats, &plan, 1);
	take_one(deliveries);
	leat_drop(deliveries);
	bare_close(&bare);
	leat_nats_close(nats);
}

/* A group takes a limited number of requests. Here somebody else has sent the only one. */
static void a_refused_request_is_sent_again(void)
{
	leat_nats_plan plan = plan_of("crowded", "crowded.this");
	leat_nats *nats = open_with(&plan, NULL);
	struct bare bare = bare_open();
	natsSubscription *other;
	leat_rx deliveries;

	bare_make_group(&bare, &plan, 1);
	other = bare_ask(&bare, "crowded", "other", 1);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	CHECK(leat_wait_by(deliveries, leat_in(LEAT_MS(100))) == -1);
	send_longs(nats, &plan, 2);
	take_one(deliveries);
	natsSubscription_Destroy(other);
	leat_drop(deliveries);
	bare_close(&bare);
	leat_nats_close(nats);
}

/* ------------------------------------------------------------------------------------------------- a group in order -- */

/* Nothing happens for longer than a source waits for a server that has lost count. But it has not lost count: the source
 * gets the value no second time, and does not end before the value is done with. */
static void wait_for_a_delayed_value(const char *stream, const leat_nats_limits *limits)
{
	leat_nats_plan plan = plan_of(stream, stream);
	leat_nats *nats = leat_nats_open(server.url, NULL);
	struct bare bare = bare_open();
	leat_rx deliveries;
	leat_delivery d;
	natsMsg *delayed;

	CHECK(leat_nats_make(nats, &plan, limits) == 0);
	bare_make_group(&bare, &plan, 512);
	send_longs(nats, &plan, 1);
	delayed = bare_delay(&bare, stream);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	CHECK(leat_recv_by(deliveries, &d, leat_in(LEAT_MS(4000))) == -1);
	bare_ack(&bare, delayed);
	CHECK(leat_recv_by(deliveries, &d, leat_in(soon)) == 0);
	leat_drop(deliveries);
	bare_close(&bare);
	leat_nats_close(nats);
}

static void a_value_that_another_program_has_is_not_delivered_twice(void)
{
	wait_for_a_delayed_value("delayed", NULL);
}

static void a_value_that_another_program_has_holds_the_end(void)
{
	wait_for_a_delayed_value("delayed-for-groups", &(leat_nats_limits){ .groups = 1 });
}

/* --------------------------------------------------------------------------------------- what a source gives back -- */

/* The server delivers again at once what was given back. A source that ends takes it no more: else the attempts of the
 * values run out, and they become dead letters. Here a value has one attempt. */
struct values { leat_nats *nats; struct bare bare; leat_nats_plan plan; char stream[32], dead[64]; };

static void values_make(struct values *v, const char *stream, int number)
{
	v->nats = leat_nats_open(server.url, NULL);
	v->bare = bare_open();
	snprintf(v->stream, sizeof v->stream, "%s%d", stream, number);
	snprintf(v->dead, sizeof v->dead, "%s-dead", v->stream);
	v->plan = plan_of(v->stream, v->stream);
	v->plan.ack_wait = soon;
	CHECK(leat_nats_make(v->nats, &v->plan, NULL) == 0);
	send_longs(v->nats, &v->plan, 200);
	v->plan.tries = 1;
}

static void values_are_no_dead_letters(struct values *v)
{
	CHECK(bare_count(&v->bare, v->dead) == 0);
	bare_close(&v->bare);
	leat_nats_close(v->nats);
}

static void values_of_a_wrong_type_are_no_dead_letters(void)
{
	for (int i = 0; i < 10; i++) {
		struct values v;
		atomic_long count = 0;

		values_make(&v, "wrong", i);
		v.plan.type = LEAT_TYPE(double);
		CHECK((i < 5 ? leat_nats_each(LEAT_NIL, v.nats, &v.plan, 1, count_up, &count)
		             : leat_drain(leat_nats_source(LEAT_NIL, v.nats, &v.plan))) == EBADMSG);
		CHECK(count == 0 && bare_count(&v.bare, v.stream) == 200);
		values_are_no_dead_letters(&v);
	}
}

struct given { atomic_long count; leat_tx done; };

static int take_five(void *of_given, const void *value)
{
	struct given *given = of_given;

	(void)value;
	if (atomic_fetch_add(&given->count, 1) == 5)
		CHECK(leat_close_with(given->done, EINTR) == 1);
	usleep(2000);
	return 0;
}

static void values_that_done_gives_back_are_no_dead_letters(void)
{
	for (int i = 0; i < 10; i++) {
		leat_chan done = leat_make_unit();
		struct given given = { .done = done.tx };
		struct values v;

		values_make(&v, "given", i);
		CHECK(leat_nats_each(done.rx, v.nats, &v.plan, 4, take_five, &given) == EINTR);
		leat_drop(done);
		values_are_no_dead_letters(&v);
	}
}

int main(void)
{
	server = server_make();
	server_start(&server);
	RUN(values_behind_lost_ones_come);
	RUN(values_behind_lost_ones_come_though_others_are_kept);
	RUN(lost_values_end_though_others_are_kept);
	RUN(lost_values_do_not_hold_the_end);
	RUN(a_deleted_group_is_made_again);
	RUN(a_refused_request_is_sent_again);
	RUN(a_value_that_another_program_has_is_not_delivered_twice);
	RUN(a_value_that_another_program_has_holds_the_end);
	RUN(values_of_a_wrong_type_are_no_dead_letters);
	RUN(values_that_done_gives_back_are_no_dead_letters);
	CHECK(leat_wait_all(leat_in(soon)) == 1);
	nats_CloseAndWait(0);
	server_kill(&server);
	server_remove(&server);
	printf("%d tests\n", passed);
	return 0;
}
