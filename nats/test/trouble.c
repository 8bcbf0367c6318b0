/* trouble - calls and streams do what the header says when a server stops, refuses or forgets, and when a stream or a
 * group is not as the plan says.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "server.h"

#include <dirent.h>
#include <sched.h>
#include <stdatomic.h>

static struct server server;
static const leat_type long_type = { "long", sizeof(long), NULL, NULL };
static const leat_time soon = 30000000000; /* more than a call that does not wait takes on a busy machine */

#define RUN(test) \
	(argc > 1 && strcmp(argv[1], #test) != 0 ? (void)0 : \
	 (test(), printf("%d: %s\n", ++passed, #test), (void)fflush(stdout)))

static int passed;

/* ------------------------------------------------------------------------------------------------------ helpers -- */

static leat_nats *open_one(const char *url)
{
	leat_nats *nats = leat_nats_open(url, NULL);

	CHECK(leat_nats_cause(nats) == 0);
	return nats;
}

static leat_nats *open_with(const leat_nats_plan *plan, const leat_nats_limits *limits)
{
	leat_nats *nats = open_one(server.url);

	CHECK(leat_nats_make(nats, plan, limits) == 0);
	return nats;
}

static leat_nats_plan plan_of(const char *stream)
{
	return (leat_nats_plan){ .stream = stream, .type = &long_type };
}

static int run_sink(leat_rx done, leat_nats *nats, const leat_nats_plan *plan, long n)
{
	leat_rx none = LEAT_NIL;

	return leat_nats_sink(done, leat_take(none, leat_repeat(none, LEAT_VALUES(long, 7)), n), nats, plan);
}

static void must_be(int got, int expected)
{
	if (got != expected)
		fprintf(stderr, "errno %d instead of %d\n", got, expected);
	CHECK(got == expected);
}

static leat_delivery next_of(leat_rx deliveries)
{
	leat_delivery d;

	CHECK(leat_recv_by(deliveries, &d, leat_in(soon)) == 1);
	return d;
}

static void acknowledge(leat_delivery *d)
{
	CHECK(leat_nats_ack(d) == 0);
	leat_nats_release(d);
}

static void must_end(leat_rx deliveries, int cause)
{
	leat_delivery d;

	CHECK(leat_recv_by(deliveries, &d, leat_in(soon)) == 0);
	must_be(leat_cause(deliveries), cause);
	leat_drop(deliveries);
}

/* ------------------------------------------------------------------------------------------------- dead letters -- */

static int fail(void *calls, const void *n)
{
	(void)n;
	atomic_fetch_add((atomic_long *)calls, 1);
	return -EDOM;
}

/* The stream of dead letters takes no more. So the value stays where it is. */
static void a_dead_letter_that_is_refused_is_kept(void)
{
	leat_nats_plan plan = plan_of("kept"), dead = plan_of("kept-dead");
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx late = leat_after(LEAT_MS(500)), deliveries;
	leat_delivery d;
	atomic_long calls = 0;

	plan.tries = 1;
	CHECK(leat_nats_end(nats, &dead, 0) == 0);
	CHECK(run_sink(LEAT_NIL, nats, &plan, 1) == 0);
	must_be(leat_nats_each(late, nats, &plan, 1, fail, &calls), ETIMEDOUT);
	plan.tries = 0;
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	d = next_of(deliveries);
	CHECK(*(long *)d.value == 7 && leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	leat_drop(deliveries);
	leat_drop(late);
	leat_nats_close(nats);
}

static void one_try_is_one_call(void)
{
	leat_nats_plan plan = plan_of("one_try");
	leat_nats *nats = open_with(&plan, NULL);
	atomic_long calls = 0;

	plan.tries = 1;
	CHECK(run_sink(LEAT_NIL, nats, &plan, 10) == 0 && leat_nats_end(nats, &plan, 0) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 2, fail, &calls) == 0);
	CHECK(calls == 10);
	leat_nats_close(nats);
}

/* ------------------------------------------------------------------------------------------------------- groups -- */

/* Somebody has made a group that is not one of leat. */
static void a_group_of_another_kind_is_refused(void)
{
	leat_nats_plan plan = plan_of("pushed");
	leat_nats *nats = open_with(&plan, NULL);
	natsConnection *nc;
	jsCtx *js;
	jsConsumerConfig config;

	CHECK(natsConnection_ConnectTo(&nc, server.url) == NATS_OK && natsConnection_JetStream(&js, nc, NULL) == NATS_OK);
	jsConsumerConfig_Init(&config);
	config.Durable = "workers";
	config.DeliverSubject = "somewhere";
	config.AckPolicy = js_AckExplicit;
	CHECK(js_AddConsumer(NULL, js, "pushed", &config, NULL, NULL) == NATS_OK);
	must_end(leat_nats_source(LEAT_NIL, nats, &plan), EBUSY);
	jsCtx_Destroy(js);
	natsConnection_Destroy(nc);
	leat_nats_close(nats);
}

/* -------------------------------------------------------------------------------------------------------- plans -- */

/* A source may take all values whose subjects match one with wildcards. Nobody can publish to such a subject. */
static void a_wildcard_is_only_for_sources(void)
{
	const char *wrong[] = { "wild.*", "wild.>", "*", ".wild", "wild.", "wild..a" };
	leat_nats_plan plan = plan_of("wild"), to = plan;
	leat_nats *nats;
	leat_rx deliveries;
	leat_delivery d;
	long n = 3;

	plan.subject = "wild.>";
	nats = open_with(&plan, NULL);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		to.subject = wrong[i];
		CHECK(leat_nats_put(LEAT_NIL, nats, &to, &n, NULL) == -1);
		must_be(errno, EINVAL);
		must_be(run_sink(LEAT_NIL, nats, &to, 1), EINVAL);
	}
	must_end(leat_nats_source(LEAT_NIL, nats, &to), EINVAL);
	to.subject = "wild.a";
	CHECK(leat_nats_put(LEAT_NIL, nats, &to, &n, NULL) == 0);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	d = next_of(deliveries);
	CHECK(*(long *)d.value == 3);
	acknowledge(&d);
	leat_drop(deliveries);
	leat_nats_close(nats);
}

static void urls_may_have_spaces(void)
{
	char urls[128], many[65 * 10 + 1] = "";
	leat_nats *nats;

	snprintf(urls, sizeof urls, " nats://127.0.0.1:1 ,, %s , ", server.url);
	nats = leat_nats_open(urls, NULL);
	must_be(leat_nats_cause(nats), 0);
	leat_nats_close(nats);
	for (int i = 0; i < 65; i++)
		strcat(many, "nats://a, ");
	nats = leat_nats_open(many, NULL);
	must_be(leat_nats_cause(nats), EINVAL);
	leat_nats_close(nats);
}

/* --------------------------------------------------------------------------------------------------------- ends -- */

struct ending { leat_nats *nats; leat_nats_plan plan; int cause, result; atomic_int *ready; };

static void end_at_once(void *of_ending)
{
	struct ending *ending = of_ending;

	atomic_fetch_add(ending->ready, 1);
	while (atomic_load(ending->ready) < 2)
		sched_yield();
	ending->result = leat_nats_end(ending->nats, &ending->plan, ending->cause) < 0 ? errno : 0;
}

/* The first of two ends stands, and the other one hears of it. */
static void of_two_ends_one_stands(void)
{
	char name[32];

	for (int i = 0; i < 50; i++) {
		atomic_int ready = 0;
		struct ending one = { .cause = EDOM, .ready = &ready }, two = { .cause = ERANGE, .ready = &ready };

		snprintf(name, sizeof name, "ends%d", i);
		one.plan = two.plan = plan_of(name);
		one.nats = two.nats = open_with(&one.plan, NULL);
		CHECK(leat_go(end_at_once, &one) == 1 && leat_go(end_at_once, &two) == 1);
		CHECK(leat_wait_all(leat_in(soon)) == 1);
		must_be(one.result ? one.result : two.result, EALREADY);
		must_be(one.result ? two.result : one.result, 0);
		must_end(leat_nats_source(LEAT_NIL, one.nats, &one.plan), one.result ? ERANGE : EDOM);
		leat_nats_close(one.nats);
	}
}

/* Counts the requests for the state of the stream "quiet". */
static uint64_t looks(natsConnection *nc, natsSubscription *sub)
{
	uint64_t count = 0;

	CHECK(natsConnection_Flush(nc) == NATS_OK && natsSubscription_QueuedMsgs(sub, &count) == NATS_OK);
	return count;
}

/* The end of the quiet stream comes after all notes of the loud one. */
static void a_note_wakes_only_its_stream(void)
{
	leat_nats_plan quiet = plan_of("quiet"), loud = plan_of("loud");
	leat_nats *nats = open_with(&quiet, NULL);
	leat_rx deliveries;
	natsConnection *nc;
	natsSubscription *sub;
	leat_delivery d;
	uint64_t before;
	long n = 1;

	CHECK(leat_nats_make(nats, &loud, NULL) == 0);
	CHECK(natsConnection_ConnectTo(&nc, server.url) == NATS_OK);
	CHECK(natsConnection_SubscribeSync(&sub, nc, "$JS.API.STREAM.INFO.quiet") == NATS_OK);
	CHECK(natsConnection_Flush(nc) == NATS_OK);
	deliveries = leat_nats_source(LEAT_NIL, nats, &quiet);
	CHECK(leat_nats_put(LEAT_NIL, nats, &quiet, &n, NULL) == 0);
	d = next_of(deliveries);
	before = looks(nc, sub);
	CHECK(before > 0);
	for (int i = 0; i < 200; i++)
		CHECK(leat_nats_end(nats, &loud, 0) == 0);
	acknowledge(&d);
	CHECK(leat_nats_end(nats, &quiet, EDOM) == 0);
	must_end(deliveries, EDOM);
	if (looks(nc, sub) - before > 20)
		fprintf(stderr, "%lu looks\n", (unsigned long)(looks(nc, sub) - before));
	CHECK(looks(nc, sub) - before <= 20);
	natsSubscription_Destroy(sub);
	natsConnection_Destroy(nc);
	leat_nats_close(nats);
}

/* ------------------------------------------------------------------------------------------------------- window -- */

static leat_chan going; /* a byte for each call that has begun */

static int wait_for_end(void *done, const void *n)
{
	char unit = 0;

	(void)n;
	CHECK(leat_send(going.tx, &unit) == 1);
	(void)leat_wait_ready_by(*(leat_rx *)done, LEAT_NEVER);
	return 0;
}

struct hog { leat_nats *nats; leat_nats_plan plan; leat_rx done; int result; };

static void hog_each(void *of_hog)
{
	struct hog *hog = of_hog;

	hog->result = leat_nats_each(hog->done, hog->nats, &hog->plan, 1, wait_for_end, &hog->done);
}

/* One worker has two values, the one it works on and the window. The others are free. */
static void a_window_of_one_leaves_the_rest(void)
{
	struct hog hog = { .plan = plan_of("hog") };
	leat_chan done = leat_make_unit();
	leat_rx deliveries;
	leat_delivery d;
	char unit;

	going = leat_make(char, 0);
	hog.done = done.rx;
	hog.plan.window = 1;
	hog.nats = open_with(&hog.plan, NULL);
	CHECK(run_sink(LEAT_NIL, hog.nats, &hog.plan, 6) == 0);
	CHECK(leat_go(hog_each, &hog) == 1);
	CHECK(leat_recv(going.rx, &unit) == 1);
	usleep(300 * 1000); /* time to take values that it must not take */
	deliveries = leat_nats_source(LEAT_NIL, hog.nats, &hog.plan);
	for (int i = 0; i < 3; i++) {
		d = next_of(deliveries);
		acknowledge(&d);
	}
	CHECK(leat_close_with(done.tx, EINTR) == 1);
	leat_drop(deliveries);
	CHECK(leat_wait_all(leat_in(soon)) == 1);
	must_be(hog.result, EINTR);
	leat_drop(done);
	leat_drop(going);
	leat_nats_close(hog.nats);
}

/* ------------------------------------------------------------------------------------------------ a full stream -- */

static void take_slowly(void *of_deliveries)
{
	leat_delivery d;

	while (leat_recv(*(leat_rx *)of_deliveries, &d) == 1) {
		usleep(20 * 1000);
		acknowledge(&d);
	}
}

/* There is room for one value now and then. A sink does not send its whole window each time. */
static void a_full_stream_is_left_alone(void)
{
	leat_nats_plan plan = plan_of("alone"), slow = plan;
	leat_nats *nats = open_with(&plan, &(leat_nats_limits){ .values = 10 });
	leat_chan done = leat_make_unit();
	leat_rx deliveries, late;
	natsConnection *nc;
	natsSubscription *sub;
	uint64_t messages = 0;

	plan.window = 1000;
	slow.window = 1;
	CHECK(natsConnection_ConnectTo(&nc, server.url) == NATS_OK);
	CHECK(natsConnection_SubscribeSync(&sub, nc, "alone") == NATS_OK);
	CHECK(natsSubscription_SetPendingLimits(sub, -1, -1) == NATS_OK && natsConnection_Flush(nc) == NATS_OK);
	deliveries = leat_nats_source(done.rx, nats, &slow);
	CHECK(leat_go(take_slowly, &deliveries) == 1);
	late = leat_after(LEAT_MS(2000));
	must_be(run_sink(late, nats, &plan, 1000 * 1000), ETIMEDOUT);
	CHECK(natsConnection_Flush(nc) == NATS_OK);
	CHECK(natsSubscription_QueuedMsgs(sub, &messages) == NATS_OK);
	if (messages >= 10 * 1000)
		fprintf(stderr, "%lu publishes\n", (unsigned long)messages);
	CHECK(messages > 10 && messages < 10 * 1000);
	CHECK(leat_close_with(done.tx, EINTR) == 1);
	CHECK(leat_wait_all(leat_in(soon)) == 1);
	leat_drop(deliveries);
	leat_drop(late);
	leat_drop(done);
	natsSubscription_Destroy(sub);
	natsConnection_Destroy(nc);
	leat_nats_close(nats);
}

/* -------------------------------------------------------------------------------------------------------- sleep -- */

/* How often the threads of this process have waited. */
static long waits(void)
{
	DIR *folder = opendir("/proc/self/task");
	long all = 0, n;
	char path[320], line[128];

	CHECK(folder);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
		FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		while (file && fgets(line, sizeof line, file))
			all += sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1 ? n : 0;
		if (file)
			fclose(file);
	}
	closedir(folder);
	return all;
}

/* The ack_wait is so short that values are delivered again soon. Without values the source tells the server nothing. */
static void a_source_that_sleeps_costs_nothing(void)
{
	leat_nats_plan plan = plan_of("sleeps");
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries;
	leat_delivery d;
	long before;

	plan.ack_wait = LEAT_MS(20);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	CHECK(run_sink(LEAT_NIL, nats, &plan, 1) == 0);
	d = next_of(deliveries);
	acknowledge(&d);
	while (leat_recv_by(deliveries, &d, leat_in(LEAT_MS(500))) == 1)
		acknowledge(&d); /* it came again before the server had the acknowledgement */
	before = waits();
	CHECK(leat_recv_by(deliveries, &d, leat_in(LEAT_MS(2000))) == -1);
	if (waits() - before > 40)
		fprintf(stderr, "%ld waits\n", waits() - before);
	CHECK(waits() - before <= 40);
	leat_drop(deliveries);
	leat_nats_close(nats);
}

/* ------------------------------------------------------------------------------------------ a server that stops -- */

struct stopped { pid_t server; leat_tx in, done; int sent; };

/* Send values until the sink takes no more, then end. */
static void send_large(void *of_stopped)
{
	static const char zeros[500 * 1000];
	struct stopped *stopped = of_stopped;
	leat_bytes bytes;

	for (int sent = 1; sent > 0; stopped->sent += sent > 0) {
		CHECK(leat_bytes_copy(&bytes, zeros, sizeof zeros) == 0);
		sent = leat_send_by(stopped->in, &bytes, leat_in(LEAT_MS(1000)));
		if (sent <= 0)
			leat_bytes_drop(&bytes);
		if (stopped->sent == 3)
			CHECK(kill(stopped->server, SIGSTOP) == 0);
	}
	CHECK(leat_close_with(stopped->done, EINTR) == 1);
}

/* The server is there, and does nothing. The sink has more bytes for it than the system buffers. */
static void done_ends_a_sink_whose_server_is_stopped(void)
{
	leat_nats_plan plan = { .stream = "stopped" };
	struct server own = server_make();
	leat_chan in = leat_make_exactly_(&leat_bytes_type, 0), done = leat_make_unit();
	struct stopped stopped = { .in = in.tx, .done = done.tx };
	leat_nats *nats;

	server_start(&own);
	nats = open_one(own.url);
	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .memory = 1 }) == 0);
	stopped.server = own.pid;
	CHECK(leat_go(send_large, &stopped) == 1);
	must_be(leat_nats_sink(done.rx, in.rx, nats, &plan), EINTR);
	CHECK(leat_wait_all(leat_in(soon)) == 1 && stopped.sent > 3);
	CHECK(leat_nats_end(nats, &plan, 0) == -1);
	leat_nats_close(nats);
	leat_drop(in.tx);
	leat_drop(done);
	server_kill(&own);
	server_remove(&own);
}

/* The calls that run while the server is stopped, until `done` comes, and their results. */
struct silence { leat_nats *nats; leat_nats_plan plan; leat_rx done; int put, sink, each; };

static void put_into_silence(void *of_silence)
{
	struct silence *silence = of_silence;

	silence->put = leat_nats_put(silence->done, silence->nats, &silence->plan, &(long){ 1 }, NULL) < 0 ? errno : 0;
}

static void sink_into_silence(void *of_silence)
{
	struct silence *silence = of_silence;

	silence->sink = run_sink(silence->done, silence->nats, &silence->plan, 3);
}

static void work_in_silence(void *of_silence)
{
	struct silence *silence = of_silence;

	silence->each = leat_nats_each(silence->done, silence->nats, &silence->plan, 1, fail, &(atomic_long){ 0 });
}

/* A new connection and leat_nats_make have limits of their own. Afterwards the server goes on, and the calls too. */
static void done_ends_all_calls_to_a_stopped_server(void)
{
	struct server own = server_make();
	struct silence silence = { .plan = plan_of("silence"), .done = leat_after(LEAT_MS(100)) };
	leat_nats *nats;

	server_start(&own);
	silence.nats = open_one(own.url);
	CHECK(leat_nats_make(silence.nats, &silence.plan, NULL) == 0 && kill(own.pid, SIGSTOP) == 0);
	/* Wait until all threads of the server have stopped. If it stopped between its first words and the rest, libnats 3.4
	 * would spin for ever. */
	CHECK(waitpid(own.pid, NULL, WUNTRACED) == own.pid);
	CHECK(leat_go(put_into_silence, &silence) == 1 && leat_go(sink_into_silence, &silence) == 1);
	CHECK(leat_go(work_in_silence, &silence) == 1);
	nats = leat_nats_open(own.url, NULL);
	must_be(leat_nats_cause(nats), ETIMEDOUT);
	leat_nats_close(nats);
	CHECK(leat_nats_end(silence.nats, &silence.plan, 0) == -1);
	must_be(errno, ETIMEDOUT);
	CHECK(leat_wait_all(LEAT_NEVER) == 1);
	must_be(silence.put, ETIMEDOUT);
	must_be(silence.sink, ETIMEDOUT);
	must_be(silence.each, ETIMEDOUT);
	leat_drop(silence.done);
	silence.done = LEAT_NIL;
	CHECK(kill(own.pid, SIGCONT) == 0);
	put_into_silence(&silence);
	CHECK(silence.put == 0 || silence.put == EPIPE); /* the end was sent before */
	leat_nats_close(silence.nats);
	server_kill(&own);
	server_remove(&own);
}

/* ----------------------------------------------------------------------------------------------------- refusals -- */

static void set_user(struct server *own, const char *password)
{
	memcpy(own->options, (const char *[]){ "--user", "ann", "--pass", password, NULL }, 5 * sizeof(char *));
}

/* The server comes back with another password. */
static void a_user_is_refused_in_the_middle(void)
{
	for (int i = 0; i < 5; i++) {
		struct server own = server_make();
		leat_nats_plan plan = plan_of("user");
		char url[96];
		leat_nats *nats;
		leat_rx deliveries;

		snprintf(url, sizeof url, "nats://ann:secret@127.0.0.1:%d", own.port);
		set_user(&own, "secret");
		server_start(&own);
		nats = open_one(url);
		CHECK(leat_nats_make(nats, &plan, NULL) == 0);
		deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
		server_kill(&own);
		set_user(&own, "other");
		server_start(&own);
		must_end(deliveries, EACCES);
		must_be(leat_nats_cause(nats), EACCES);
		leat_nats_close(nats);
		server_kill(&own);
		server_remove(&own);
	}
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* This user may send requests, but not publish. The server tells the denial beside the answers. */
static void what_a_user_must_not_do_is_refused(void)
{
	struct server own = server_make();
	leat_nats_plan plan = plan_of("denied");
	leat_nats *nats;
	char file[96];
	long n = 1;
	leat_nats_plan secret = plan_of("secret");

	snprintf(file, sizeof file, "%s/conf", own.folder);
	write_file(file, "authorization { users = [ { user: a, password: a, permissions: { publish: { deny: [\"denied\","
	                 " \"$JS.API.STREAM.CREATE.secret\", \"$JS.API.CONSUMER.MSG.NEXT.>\"] } } } ] }\nno_auth_user: a\n");
	own.options[0] = "-c";
	own.options[1] = file;
	server_start(&own);
	nats = open_one(own.url);
	CHECK(leat_nats_make(nats, &plan, NULL) == 0);
	CHECK(leat_nats_make(nats, &secret, NULL) == -1);
	must_be(errno, EACCES);
	must_be(run_sink(LEAT_NIL, nats, &plan, 1), EACCES);
	must_end(leat_nats_source(LEAT_NIL, nats, &plan), EACCES);
	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, NULL) == -1);
	must_be(errno, EACCES);
	leat_nats_close(nats);
	server_kill(&own);
	server_remove(&own);
}

static void a_large_value_is_refused(void)
{
	leat_nats_plan plan = { .stream = "large" };
	leat_nats *nats = open_with(&plan, NULL);
	static char text[2000 * 1000];
	leat_chan chan = leat_make_exactly_(&leat_bytes_type, 1);
	leat_bytes bytes;

	CHECK(leat_bytes_copy(&bytes, text, sizeof text) == 0);
	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &bytes, NULL) == -1);
	must_be(errno, EMSGSIZE);
	CHECK(leat_send(chan.tx, &bytes) == 1);
	leat_drop(chan.tx);
	must_be(leat_nats_sink(LEAT_NIL, chan.rx, nats, &plan), EMSGSIZE);
	leat_nats_close(nats);
}

static int put_zeros(leat_rx done, leat_nats *nats, const leat_nats_plan *plan, size_t size)
{
	static const char zeros[2000];
	leat_bytes bytes;
	int result;

	CHECK(size <= sizeof zeros && leat_bytes_copy(&bytes, zeros, size) == 0);
	result = leat_nats_put(done, nats, plan, &bytes, NULL) < 0 ? errno : 0;
	leat_bytes_drop(&bytes);
	return result;
}

static int sink_zeros(leat_nats *nats, const leat_nats_plan *plan, size_t size)
{
	static const char zeros[2000];
	leat_chan chan = leat_make_exactly_(&leat_bytes_type, 1);
	leat_bytes bytes;

	CHECK(size <= sizeof zeros && leat_bytes_copy(&bytes, zeros, size) == 0 && leat_send(chan.tx, &bytes) == 1);
	leat_drop(chan.tx);
	return leat_nats_sink(LEAT_NIL, chan.rx, nats, plan);
}

/* A value of any size has a place in an empty stream, or is refused. Around the limit no call waits for ever. */
static void a_value_larger_than_its_stream_is_refused(void)
{
	leat_nats_plan plan = { .stream = "small" };
	leat_nats *nats = open_one(server.url);
	leat_rx late = leat_after(LEAT_MS(100));
	int stored = 0, refused[2] = { 0 }, result;

	for (size_t size = 900; size < 980; size++) {
		CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .bytes = 1000, .memory = 1 }) == 0);
		result = size % 2 ? put_zeros(LEAT_NIL, nats, &plan, size) : sink_zeros(nats, &plan, size);
		must_be(result, result ? EMSGSIZE : 0);
		CHECK(result || !refused[size % 2]);
		stored += !result;
		refused[size % 2] += !!result;
		CHECK(leat_nats_remove(nats, &plan) == 0);
	}
	CHECK(stored > 0 && refused[0] > 0 && refused[1] > 0);
	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .bytes = 1000, .memory = 1 }) == 0);
	must_be(put_zeros(LEAT_NIL, nats, &plan, 600), 0);
	must_be(put_zeros(late, nats, &plan, 600), ETIMEDOUT); /* it has room later */
	leat_drop(late);
	leat_nats_close(nats);
}

/* The client shows a certificate, and trusts the authorities of the system. */
static void a_certificate_alone_means_tls(void)
{
	struct server own = server_make();
	char certificate[96], key[96], command[512];
	leat_nats *nats;

	snprintf(certificate, sizeof certificate, "%s/own.crt", own.folder);
	snprintf(key, sizeof key, "%s/own.key", own.folder);
	snprintf(command, sizeof command,
	         "openssl req -x509 -newkey rsa:2048 -nodes -keyout %s -out %s -days 2 -subj /CN=127.0.0.1 "
	         "-addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1", key, certificate);
	if (system(command) != 0) {
		printf("left out: openssl is not installed\n");
		return;
	}
	memcpy(own.options, (const char *[]){ "--tlsverify", "--tlscert", certificate, "--tlskey", key, "--tlscacert",
	                                      certificate, NULL }, 8 * sizeof(char *));
	server_start(&own);
	CHECK(setenv("SSL_CERT_FILE", certificate, 1) == 0);
	nats = leat_nats_open(own.url, &(leat_nats_login){ .certificate = certificate, .key = key });
	must_be(leat_nats_cause(nats), 0);
	leat_nats_close(nats);
	nats = leat_nats_open(server.url, &(leat_nats_login){ .certificate = certificate, .key = key });
	must_be(leat_nats_cause(nats), EPROTO); /* that server has no TLS */
	leat_nats_close(nats);
	nats = leat_nats_open(own.url, &(leat_nats_login){ .certificate = certificate });
	must_be(leat_nats_cause(nats), EINVAL);
	leat_nats_close(nats);
	CHECK(unsetenv("SSL_CERT_FILE") == 0);
	server_kill(&own);
	server_remove(&own);
}

/* ------------------------------------------------------------------------------------------------------- storms -- */

struct storm { leat_nats *nats; leat_nats_plan plan; int sent, taken; atomic_long sum; };

static int slowly(void *arg, const void *n)
{
	(void)n;
	usleep(500);
	atomic_fetch_add((atomic_long *)arg, 1);
	return 0;
}

static void storm_send(void *of_storm)
{
	struct storm *storm = of_storm;

	storm->sent = run_sink(LEAT_NIL, storm->nats, &storm->plan, 5000);
	for (int i = 0; storm->sent == 0 && leat_nats_end(storm->nats, &storm->plan, 0) < 0; i++) {
		CHECK(i < 200);
		usleep(100 * 1000);
	}
}

static void storm_take(void *of_storm)
{
	struct storm *storm = of_storm;

	storm->taken = leat_nats_each(LEAT_NIL, storm->nats, &storm->plan, 2, slowly, &storm->sum);
}

/* The server is killed ten times, mostly before all have found it again. */
static void ten_kills_in_a_row(void)
{
	struct server own = server_make();
	struct storm storm = { .plan = plan_of("storm") };

	storm.plan.ack_wait = LEAT_MS(1000);
	server_start(&own);
	storm.nats = open_one(own.url);
	CHECK(leat_nats_make(storm.nats, &storm.plan, NULL) == 0);
	CHECK(leat_go(storm_send, &storm) == 1 && leat_go(storm_take, &storm) == 1);
	for (int i = 0; i < 10; i++) {
		usleep((useconds_t)(i % 4) * 70 * 1000);
		server_kill(&own);
		server_start(&own);
	}
	CHECK(leat_wait_all(leat_in(2 * soon)) == 1);
	must_be(storm.sent, 0);
	must_be(storm.taken, 0);
	CHECK(storm.sum >= 5000);
	leat_nats_close(storm.nats);
	server_kill(&own);
	server_remove(&own);
}

static void storm_send_large(void *of_storm)
{
	static const char zeros[64 * 1024];
	struct storm *storm = of_storm;
	leat_chan in = leat_make_exactly_(&leat_bytes_type, 1000);
	leat_bytes all, one;

	CHECK(leat_bytes_copy(&all, zeros, sizeof zeros) == 0);
	for (int i = 0; i < 1000; i++) {
		one = leat_bytes_slice(&all, 0, SIZE_MAX);
		CHECK(leat_send(in.tx, &one) == 1);
	}
	leat_bytes_drop(&all);
	leat_drop(in.tx);
	storm->sent = leat_nats_sink(LEAT_NIL, in.rx, storm->nats, &storm->plan);
}

/* A write of libnats is in progress when the server is killed. */
static void a_sink_of_large_values_goes_on(void)
{
	struct server own = server_make();
	struct storm storm = { .plan = { .stream = "large_storm" } };

	server_start(&own);
	storm.nats = open_one(own.url);
	CHECK(leat_nats_make(storm.nats, &storm.plan, NULL) == 0);
	CHECK(leat_go(storm_send_large, &storm) == 1);
	for (int i = 0; i < 6; i++) {
		usleep((useconds_t)(i + 1) * 30 * 1000);
		server_kill(&own);
		server_start(&own);
	}
	CHECK(leat_wait_all(leat_in(2 * soon)) == 1);
	must_be(storm.sent, 0);
	leat_nats_close(storm.nats);
	server_kill(&own);
	server_remove(&own);
}

int main(int argc, char **argv)
{
	server = server_make();
	server_start(&server);
	RUN(a_dead_letter_that_is_refused_is_kept);
	RUN(one_try_is_one_call);
	RUN(a_group_of_another_kind_is_refused);
	RUN(a_wildcard_is_only_for_sources);
	RUN(urls_may_have_spaces);
	RUN(of_two_ends_one_stands);
	RUN(a_note_wakes_only_its_stream);
	RUN(a_window_of_one_leaves_the_rest);
	RUN(a_full_stream_is_left_alone);
	RUN(a_source_that_sleeps_costs_nothing);
	RUN(done_ends_a_sink_whose_server_is_stopped);
	RUN(done_ends_all_calls_to_a_stopped_server);
	RUN(a_user_is_refused_in_the_middle);
	RUN(what_a_user_must_not_do_is_refused);
	RUN(a_large_value_is_refused);
	RUN(a_value_larger_than_its_stream_is_refused);
	RUN(a_certificate_alone_means_tls);
	RUN(ten_kills_in_a_row);
	RUN(a_sink_of_large_values_goes_on);
	server_kill(&server);
	server_remove(&server);
	CHECK(leat_wait_all(leat_in(soon)) == 1);
	nats_CloseAndWait(0);
	printf("%d tests\n", passed);
	return 0;
}
