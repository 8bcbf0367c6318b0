/* streams - the calls of leat/nats.h do what the header says, with a server that this program starts.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "server.h"

#include <stdatomic.h>

static struct server server;
static const leat_type long_type = { "long", sizeof(long), NULL, NULL };
static const leat_time soon = 20000000000; /* more than a call that does not wait takes on a busy machine */

#define RUN(test) (test(), printf("%d: %s\n", ++passed, #test), fflush(stdout))

static int passed;

/* ------------------------------------------------------------------------------------------------------ helpers -- */

static leat_nats *open_one(void)
{
	leat_nats *nats = leat_nats_open(server.url, NULL);

	CHECK(leat_nats_cause(nats) == 0);
	return nats;
}

static leat_nats_plan plan_of(const char *stream)
{
	return (leat_nats_plan){ .stream = stream, .type = &long_type };
}

static leat_nats *open_with(const leat_nats_plan *plan, const leat_nats_limits *limits)
{
	leat_nats *nats = open_one();

	CHECK(leat_nats_make(nats, plan, limits) == 0);
	return nats;
}

static void send_longs(leat_nats *nats, const leat_nats_plan *plan, long n)
{
	leat_rx none = LEAT_NIL, numbers = leat_take(none, leat_repeat(none, LEAT_VALUES(long, 1, 2, 3, 4, 5)), n);

	CHECK(leat_nats_sink(none, numbers, nats, plan) == 0);
}

/* Receive a delivery within `soon`. */
static leat_delivery next_of(leat_rx deliveries)
{
	leat_delivery d;

	CHECK(leat_recv_by(deliveries, &d, leat_in(soon)) == 1);
	return d;
}

static long take_long(leat_rx deliveries)
{
	leat_delivery d = next_of(deliveries);
	long n = *(long *)d.value;

	CHECK(leat_nats_ack(&d) == 0);
	CHECK(leat_nats_ack(&d) == -1 && errno == EALREADY);
	leat_nats_release(&d);
	return n;
}

/* The stream is over soon, with this cause. */
static void must_end(leat_rx deliveries, int cause)
{
	leat_delivery d;

	CHECK(leat_recv_by(deliveries, &d, leat_in(soon)) == 0);
	if (leat_cause(deliveries) != cause)
		fprintf(stderr, "%s instead of %s\n", leat_strerror(leat_cause(deliveries)), leat_strerror(cause));
	CHECK(leat_cause(deliveries) == cause);
	leat_drop(deliveries);
}

static int sum_up(void *sum, const void *n)
{
	atomic_fetch_add((atomic_long *)sum, *(const long *)n);
	return 0;
}

/* -------------------------------------------------------------------------------------------------- values pass -- */

static void values_pass(void)
{
	leat_nats_plan plan = plan_of("pass");
	leat_nats *nats = open_with(&plan, NULL);
	atomic_long sum = 0;

	send_longs(nats, &plan, 1000);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 3, sum_up, &sum) == 0);
	CHECK(sum == 3000);
	leat_nats_close(nats);
}

/* The connection is closed first, and a delivery outlives its source. */
static void a_delivery_outlives_its_source(void)
{
	leat_nats_plan plan = plan_of("outlives");
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	leat_delivery d;

	send_longs(nats, &plan, 1);
	leat_nats_close(nats);
	d = next_of(deliveries);
	leat_drop(deliveries);
	CHECK(leat_wait_all(leat_in(soon)) == 1);
	CHECK(*(long *)d.value == 1 && leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
}

/* The acknowledgement still lies in a buffer of libnats when the connection is closed. */
static void what_was_acknowledged_is_sent(void)
{
	leat_nats_plan plan = plan_of("acknowledged");
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	leat_delivery d;

	send_longs(nats, &plan, 1);
	d = next_of(deliveries);
	leat_drop(deliveries);
	CHECK(leat_wait_all(leat_in(soon)) == 1 && leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	leat_nats_close(nats);
	nats = open_one();
	CHECK(leat_nats_end(nats, &plan, EDOM) == 0);
	must_end(leat_nats_source(LEAT_NIL, nats, &plan), EDOM);
	leat_nats_close(nats);
}

static void bytes_pass(void)
{
	leat_nats_plan plan = { .stream = "bytes" };
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	leat_chan chan = leat_make_exactly_(&leat_bytes_type, 2);
	leat_bytes bytes, *got;
	leat_delivery d;

	CHECK(leat_bytes_copy(&bytes, "two words", 9) == 0 && leat_send(chan.tx, &bytes) == 1);
	CHECK(leat_bytes_copy(&bytes, "", 0) == 0 && leat_send(chan.tx, &bytes) == 1);
	leat_drop(chan.tx);
	CHECK(leat_nats_sink(LEAT_NIL, chan.rx, nats, &plan) == 0);
	for (int i = 0; i < 2; i++) {
		d = next_of(deliveries);
		got = d.value;
		CHECK(i == 0 ? got->size == 9 && memcmp(got->at, "two words", 9) == 0 : got->size == 0);
		CHECK(d.attempt == 1 && d.number == (uint64_t)i + 1 && leat_nats_ack(&d) == 0);
		leat_nats_release(&d);
	}
	leat_drop(deliveries);
	leat_nats_close(nats);
}

static void a_put_is_acknowledged(void)
{
	leat_nats_plan plan = plan_of("put");
	leat_nats *nats = open_with(&plan, &(leat_nats_limits){ .values = 2 });
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan), late = leat_after(LEAT_MS(100));
	long n = 5;

	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, "five") == 0);
	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, "five") == 0); /* counts once */
	n = 6;
	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, NULL) == 0);
	CHECK(leat_nats_put(late, nats, &plan, &n, NULL) == -1 && errno == ETIMEDOUT); /* the stream is full */
	CHECK(take_long(deliveries) == 5 && take_long(deliveries) == 6);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, NULL) == -1 && errno == EPIPE);
	CHECK(leat_nats_remove(nats, &plan) == 0);
	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, NULL) == -1 && errno == ENOENT);
	leat_drop(deliveries);
	leat_drop(late);
	leat_nats_close(nats);
}

/* The server keeps message ids for a while. */
static void a_late_repetition_counts(void)
{
	leat_nats_plan plan = plan_of("late");
	leat_nats *nats = open_with(&plan, &(leat_nats_limits){ .duplicates = LEAT_MS(200) });
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	long n = 5;

	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, "five") == 0 && take_long(deliveries) == 5);
	usleep(2000 * 1000);
	CHECK(leat_nats_put(LEAT_NIL, nats, &plan, &n, "five") == 0 && take_long(deliveries) == 5);
	leat_drop(deliveries);
	leat_nats_close(nats);
}

/* Strings, with a release. An empty one cannot be decoded. */
static int encode(void *arg, const void *value, leat_bytes *out)
{
	const char *text = *(char *const *)value;

	(void)arg;
	return leat_bytes_copy(out, text, strlen(text)) == 0 ? 0 : -ENOMEM;
}

static int decode(void *arg, const leat_bytes *in, void *value)
{
	char *text = in->size ? strndup((const char *)in->at, in->size) : NULL;

	(void)arg;
	*(char **)value = text;
	return text ? 0 : -EILSEQ;
}

static leat_rx strings(const char *first, const char *second)
{
	leat_chan chan = leat_make_exactly_(&leat_string_type, 2);
	char *copies[] = { strdup(first), strdup(second) };

	CHECK(leat_send(chan.tx, &copies[0]) == 1 && leat_send(chan.tx, &copies[1]) == 1);
	leat_drop(chan.tx);
	return chan.rx;
}

static void a_codec_makes_values(void)
{
	leat_codec codec = { "text", &leat_string_type, encode, decode, NULL };
	leat_nats_plan plan = { .stream = "codec", .codec = &codec, .tries = 2 }, dead = { .stream = "codec-dead" };
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan), letters;
	leat_delivery d;

	CHECK(leat_nats_sink(LEAT_NIL, strings("", "hello"), nats, &plan) == 0);
	d = next_of(deliveries);
	CHECK(strcmp(*(char **)d.value, "hello") == 0 && leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	letters = leat_nats_source(LEAT_NIL, nats, &dead);
	d = next_of(letters);
	CHECK(strcmp(leat_nats_header(&d, "Leat-Reason"), leat_strerror(EILSEQ)) == 0);
	CHECK(leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	leat_drop(deliveries);
	leat_drop(letters);
	leat_nats_close(nats);
}

static int encode_never(void *arg, const void *value, leat_bytes *out)
{
	(void)arg;
	(void)value;
	(void)out;
	return -EDOM;
}

static void a_codec_or_an_input_that_fails_ends_the_sink(void)
{
	leat_codec codec = { "text", &leat_string_type, encode_never, decode, NULL };
	leat_nats_plan plan = { .stream = "fails_to_encode", .codec = &codec }, longs = plan_of("fails_to_encode");
	leat_nats *nats = open_with(&plan, NULL);

	CHECK(leat_nats_sink(LEAT_NIL, strings("one", "two"), nats, &plan) == EDOM);
	CHECK(leat_nats_sink(LEAT_NIL, leat_ended(EIO), nats, &longs) == EIO);
	leat_nats_close(nats);
}

/* ------------------------------------------------------------------------------------------------------ refused -- */

static void the_wrong_type_is_refused(void)
{
	leat_type int_type = { "int", sizeof(int), NULL, NULL }, other = { "double", sizeof(double), NULL, NULL };
	leat_codec codec = { "text", &leat_string_type, encode, decode, NULL };
	leat_nats_plan plan = plan_of("types"), wrong = plan;
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries;

	send_longs(nats, &plan, 1);
	wrong.type = &int_type;
	must_end(leat_nats_source(LEAT_NIL, nats, &wrong), EBADMSG);
	wrong.type = &other;
	must_end(leat_nats_source(LEAT_NIL, nats, &wrong), EBADMSG);
	wrong.codec = &codec;
	must_end(leat_nats_source(LEAT_NIL, nats, &wrong), EBADMSG);
	CHECK(leat_nats_sink(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(int, 1)), nats, &plan) == EINVAL);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	CHECK(take_long(deliveries) == 1); /* it is still there */
	leat_drop(deliveries);
	leat_nats_close(nats);
}

static void wrong_plans_are_refused(void)
{
	leat_nats *nats = open_one();
	leat_nats_plan plans[] = { { 0 }, { .stream = "a.b" }, { .stream = "" }, { .stream = "s", .group = "a b" },
		                   { .stream = "s", .type = &leat_string_type }, { .stream = "s", .tries = -1 } };
	leat_nats_plan nowhere = plan_of("nowhere");

	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
		CHECK(leat_nats_make(nats, &plans[i], NULL) == -1 && errno == EINVAL);
		must_end(leat_nats_source(LEAT_NIL, nats, &plans[i]), EINVAL);
		CHECK(leat_nats_sink(LEAT_NIL, leat_ended(0), nats, &plans[i]) == EINVAL);
	}
	must_end(leat_nats_source(LEAT_NIL, nats, &nowhere), ENOENT);
	CHECK(leat_nats_sink(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(long, 1)), nats, &nowhere) == ENOENT);
	CHECK(leat_nats_end(nats, &nowhere, 0) == -1 && errno == ENOENT);
	CHECK(leat_nats_each(LEAT_NIL, nats, &nowhere, 1, NULL, NULL) == EINVAL);
	CHECK(leat_nats_each(LEAT_NIL, nats, &nowhere, 1, sum_up, NULL) == ENOENT);
	leat_nats_close(nats);
}

static void must_fail(const char *url, const leat_nats_login *login, int cause)
{
	leat_nats_plan plan = plan_of("pass");
	leat_nats *nats = leat_nats_open(url, login);

	if (leat_nats_cause(nats) != cause)
		fprintf(stderr, "%s: %s\n", url, leat_strerror(leat_nats_cause(nats)));
	CHECK(leat_nats_cause(nats) == cause);
	must_end(leat_nats_source(LEAT_NIL, nats, &plan), cause);
	CHECK(leat_nats_sink(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(long, 1)), nats, &plan) == cause);
	CHECK(leat_nats_make(nats, &plan, NULL) == -1 && errno == cause);
	leat_nats_close(nats);
}

static void no_server_answers(void)
{
	char url[64];

	snprintf(url, sizeof url, "nats://127.0.0.1:%d", server_free_port());
	must_fail(url, NULL, ECONNREFUSED);
	must_fail("", NULL, EINVAL);
	must_fail("nats://127.0.0.1:nonsense", NULL, EINVAL);
	must_fail(NULL, NULL, EINVAL);
	leat_nats_close(NULL);
}

static void a_user_is_refused(void)
{
	struct server closed = server_make();
	char url[96];

	closed.options[0] = "--user";
	closed.options[1] = "ann";
	closed.options[2] = "--pass";
	closed.options[3] = "secret";
	server_start(&closed);
	must_fail(closed.url, NULL, EACCES);
	snprintf(url, sizeof url, "nats://ann:wrong@127.0.0.1:%d", closed.port);
	must_fail(url, NULL, EACCES);
	snprintf(url, sizeof url, "nats://ann:secret@127.0.0.1:%d", closed.port);
	leat_nats *nats = leat_nats_open(url, NULL);
	CHECK(leat_nats_cause(nats) == 0);
	leat_nats_close(nats);
	must_fail(closed.url, &(leat_nats_login){ .credentials = "/does/not/exist" }, ENOENT);
	server_kill(&closed);
	server_remove(&closed);
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void a_server_without_jetstream_is_refused(void)
{
	struct server plain = server_make();
	leat_nats_plan plan = plan_of("plain");
	char config[96];
	leat_nats *nats;

	snprintf(config, sizeof config, "%s/config", plain.folder);
	write_file(config, "server_name: plain\n");
	plain.config = config;
	server_start(&plain);
	nats = leat_nats_open(plain.url, &(leat_nats_login){ .patience = LEAT_MS(100) });
	CHECK(leat_nats_cause(nats) == 0);
	CHECK(leat_nats_make(nats, &plan, NULL) == -1 && errno == EOPNOTSUPP);
	must_end(leat_nats_source(LEAT_NIL, nats, &plan), EOPNOTSUPP);
	leat_nats_close(nats);
	server_kill(&plain);
	server_remove(&plain);
}

static void a_stream_without_room_is_refused(void)
{
	leat_nats_plan plan = plan_of("no_room");
	leat_nats *nats = open_one();

	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .bytes = INT64_MAX / 2 }) == -1 && errno == ENOSPC);
	leat_nats_close(nats);
}

/* This server takes the connection, and says nothing. */
static void a_silent_server_is_given_up(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	leat_time start = leat_now();
	char url[64];

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, 9) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	snprintf(url, sizeof url, "nats://127.0.0.1:%d", ntohs(at.sin_port));
	must_fail(url, &(leat_nats_login){ .timeout = LEAT_MS(100) }, ETIMEDOUT);
	CHECK(leat_now() - start < soon);
	close(fd);
}

/* ------------------------------------------------------------------------------------------------------- TLS -- */

static int make_certificate(const char *folder, const char *name)
{
	char command[512];

	snprintf(command, sizeof command,
	         "openssl req -x509 -newkey rsa:2048 -nodes -keyout %s/%s.key -out %s/%s.crt -days 2 -subj /CN=127.0.0.1 "
	         "-addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1",
	         folder, name, folder, name);
	return system(command) == 0;
}

static void a_certificate_is_refused(void)
{
	struct server closed = server_make();
	char certificate[96], key[96], other[96];
	leat_nats *nats;

	snprintf(certificate, sizeof certificate, "%s/own.crt", closed.folder);
	snprintf(key, sizeof key, "%s/own.key", closed.folder);
	snprintf(other, sizeof other, "%s/other.crt", closed.folder);
	if (!make_certificate(closed.folder, "own") || !make_certificate(closed.folder, "other")) {
		printf("left out: openssl is not installed\n");
		return;
	}
	memcpy(closed.options, (const char *[]){ "--tls", "--tlscert", certificate, "--tlskey", key, NULL },
	       6 * sizeof(char *));
	server_start(&closed);
	must_fail(closed.url, NULL, EPROTO);
	must_fail(closed.url, &(leat_nats_login){ .authority = other }, EPROTO);
	must_fail(server.url, &(leat_nats_login){ .authority = certificate }, EPROTO);
	nats = leat_nats_open(closed.url, &(leat_nats_login){ .authority = certificate });
	CHECK(leat_nats_cause(nats) == 0);
	leat_nats_close(nats);
	server_kill(&closed);
	server_remove(&closed);
}

/* The server wants to see a certificate of its authority. */
static void our_own_certificate_is_shown(void)
{
	struct server closed = server_make();
	char certificate[96], key[96];
	leat_nats *nats;

	snprintf(certificate, sizeof certificate, "%s/own.crt", closed.folder);
	snprintf(key, sizeof key, "%s/own.key", closed.folder);
	if (!make_certificate(closed.folder, "own")) {
		printf("left out: openssl is not installed\n");
		return;
	}
	memcpy(closed.options, (const char *[]){ "--tlsverify", "--tlscert", certificate, "--tlskey", key, "--tlscacert",
	       certificate, NULL }, 8 * sizeof(char *));
	server_start(&closed);
	nats = leat_nats_open(closed.url, &(leat_nats_login){ .authority = certificate });
	CHECK(leat_nats_cause(nats) != 0);
	leat_nats_close(nats);
	nats = leat_nats_open(closed.url, &(leat_nats_login){ .authority = certificate, .certificate = certificate,
	                                                         .key = key });
	CHECK(leat_nats_cause(nats) == 0);
	leat_nats_close(nats);
	server_kill(&closed);
	server_remove(&closed);
}

/* ------------------------------------------------------------------------------------------------ back-pressure -- */

static int run_sink(leat_rx done, leat_nats *nats, const leat_nats_plan *plan, long n)
{
	leat_rx none = LEAT_NIL;

	return leat_nats_sink(done, leat_take(none, leat_repeat(none, LEAT_VALUES(long, 7)), n), nats, plan);
}

static void a_full_stream_holds_the_sink(void)
{
	leat_nats_plan plan = plan_of("full");
	leat_nats *nats = open_with(&plan, &(leat_nats_limits){ .values = 10 });
	leat_rx deliveries, late;

	CHECK(run_sink(LEAT_NIL, nats, &plan, 10) == 0);
	late = leat_after(LEAT_MS(300));
	CHECK(run_sink(late, nats, &plan, 100) == ETIMEDOUT); /* the cause of leat_after */
	leat_drop(late);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	for (int i = 0; i < 10; i++)
		CHECK(take_long(deliveries) == 7);
	CHECK(run_sink(LEAT_NIL, nats, &plan, 10) == 0); /* there is room again */
	for (int i = 0; i < 10; i++)
		CHECK(take_long(deliveries) == 7);
	leat_drop(deliveries);
	leat_nats_close(nats);
}

struct slow { leat_nats *nats; leat_nats_plan plan; int result; };

static void sink_in_a_thread(void *of_slow)
{
	struct slow *slow = of_slow;

	slow->result = run_sink(LEAT_NIL, slow->nats, &slow->plan, 100);
}

static void a_held_sink_goes_on(void)
{
	struct slow slow = { .plan = plan_of("goes_on") };
	leat_rx deliveries;

	slow.nats = open_with(&slow.plan, &(leat_nats_limits){ .values = 10 });
	CHECK(leat_go(sink_in_a_thread, &slow) == 1);
	deliveries = leat_nats_source(LEAT_NIL, slow.nats, &slow.plan);
	for (int i = 0; i < 100; i++)
		CHECK(take_long(deliveries) == 7);
	leat_drop(deliveries);
	CHECK(leat_wait_all(leat_in(soon)) == 1 && slow.result == 0);
	leat_nats_close(slow.nats);
}

/* --------------------------------------------------------------------------------------------------- redelivery -- */

static void a_release_gives_back(void)
{
	leat_nats_plan plan = plan_of("gives_back");
	leat_nats *nats = open_with(&plan, NULL), *other = open_one();
	leat_rx first = leat_nats_source(LEAT_NIL, nats, &plan), second;
	leat_delivery d;

	send_longs(nats, &plan, 1);
	d = next_of(first);
	CHECK(d.attempt == 1);
	second = leat_nats_source(LEAT_NIL, other, &plan);
	leat_drop(first);
	leat_nats_release(&d);
	d = next_of(second);
	CHECK(*(long *)d.value == 1 && leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	leat_drop(second);
	leat_nats_close(nats);
	leat_nats_close(other);
}

static int fail_three(void *calls, const void *n)
{
	atomic_fetch_add((atomic_long *)calls, 1);
	return *(const long *)n == 3 ? -EDOM : 0;
}

static void a_failure_becomes_a_dead_letter(void)
{
	leat_nats_plan plan = plan_of("fails"), dead = plan_of("fails-dead");
	leat_nats *nats;
	leat_rx letters;
	atomic_long calls = 0;
	leat_delivery d;

	plan.tries = 3;
	nats = open_with(&plan, NULL);
	send_longs(nats, &plan, 5);
	CHECK(leat_nats_end(nats, &plan, EIO) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 2, fail_three, &calls) == EIO);
	CHECK(calls == 7);
	letters = leat_nats_source(LEAT_NIL, nats, &dead);
	d = next_of(letters);
	CHECK(*(long *)d.value == 3 && strcmp(leat_nats_header(&d, "Leat-Number"), "3") == 0);
	CHECK(strcmp(leat_nats_header(&d, "Leat-Reason"), leat_strerror(EDOM)) == 0);
	CHECK(leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	leat_drop(letters);
	leat_nats_close(nats);
}

/* Take the value without an answer, as if each worker that gets it were killed. */
static void a_value_without_answers_is_a_dead_letter(void)
{
	leat_nats_plan plan = plan_of("kills"), dead = plan_of("kills-dead");
	leat_nats *nats;
	leat_rx deliveries, letters;
	leat_delivery first, second, d;

	plan.tries = 2;
	plan.ack_wait = LEAT_MS(300);
	nats = open_with(&plan, NULL);
	send_longs(nats, &plan, 1);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	first = next_of(deliveries);
	second = next_of(deliveries);
	CHECK(first.attempt == 1 && second.attempt == 2 && first.number == second.number);
	CHECK(leat_recv_by(deliveries, &d, leat_in(LEAT_MS(100))) == -1);
	letters = leat_nats_source(LEAT_NIL, nats, &dead);
	CHECK(leat_recv_by(deliveries, &d, leat_in(LEAT_MS(900))) == -1); /* the source makes the dead letter */
	d = next_of(letters);
	CHECK(*(long *)d.value == 1 && strcmp(leat_nats_header(&d, "Leat-Reason"), leat_strerror(ETIMEDOUT)) == 0);
	CHECK(leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	leat_nats_release(&first);
	leat_nats_release(&second);
	leat_drop(deliveries);
	leat_drop(letters);
	leat_nats_close(nats);
}

/* A busy machine may tell the server too late that a value is in progress. With a longer ack_wait it is in time. `test`
 * returns whether it was in time. */
static void in_time(bool (*test)(leat_time ack_wait))
{
	leat_time ack_wait = LEAT_MS(500);

	while (!test(ack_wait)) {
		ack_wait *= 2;
		CHECK(ack_wait < 2 * soon);
	}
}

struct long_work { leat_time ack_wait; atomic_long calls; };

static int work_long(void *of_work, const void *n)
{
	struct long_work *work = of_work;

	(void)n;
	atomic_fetch_add(&work->calls, 1);
	leat_sleep(3 * work->ack_wait);
	return 0;
}

/* The work takes three times the ack_wait. Two values make two calls. */
static bool work_for_long(leat_time ack_wait)
{
	leat_nats_plan plan = plan_of("long_work");
	struct long_work work = { .ack_wait = ack_wait };
	leat_nats *nats;

	plan.ack_wait = ack_wait;
	nats = open_with(&plan, NULL);
	send_longs(nats, &plan, 2);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 2, work_long, &work) == 0);
	CHECK(leat_nats_remove(nats, &plan) == 0);
	leat_nats_close(nats);
	return work.calls == 2;
}

static void long_work_is_not_delivered_again(void)
{
	in_time(work_for_long);
}

static void report_progress(leat_delivery *d, leat_time ack_wait)
{
	for (int i = 0; i < 30; i++) {
		CHECK(leat_nats_progress(d) == 0);
		leat_sleep(ack_wait / 10);
	}
}

/* Tell progress for three times the ack_wait. Returns whether the value was not delivered again meanwhile. */
static bool tell_of_long_work(leat_time ack_wait)
{
	leat_nats_plan plan = plan_of("progress");
	leat_nats *nats;
	leat_rx deliveries;
	leat_delivery d, again;
	int came;

	plan.ack_wait = ack_wait;
	nats = open_with(&plan, NULL);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	send_longs(nats, &plan, 1);
	d = next_of(deliveries);
	report_progress(&d, ack_wait);
	came = leat_recv_by(deliveries, &again, leat_in(LEAT_MS(100))) == 1;
	CHECK(leat_nats_ack(&d) == 0 && leat_nats_progress(&d) == -1 && errno == EALREADY);
	leat_nats_release(&d);
	if (came)
		leat_nats_release(&again);
	leat_drop(deliveries);
	CHECK(leat_nats_remove(nats, &plan) == 0);
	leat_nats_close(nats);
	return !came;
}

static void progress_gives_more_time(void)
{
	in_time(tell_of_long_work);
}

/* Nobody takes the values of a source for three times the ack_wait. Returns whether they come once. */
static bool wait_in_a_source(leat_time ack_wait)
{
	leat_nats_plan plan = plan_of("wait_in_source");
	leat_nats *nats;
	leat_rx deliveries;
	leat_delivery again;
	int came;

	plan.ack_wait = ack_wait;
	nats = open_with(&plan, NULL);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	send_longs(nats, &plan, 8);
	leat_sleep(3 * ack_wait);
	for (int i = 0; i < 8; i++)
		(void)take_long(deliveries);
	came = leat_recv_by(deliveries, &again, leat_in(LEAT_MS(100))) == 1;
	if (came)
		leat_nats_release(&again);
	leat_drop(deliveries);
	CHECK(leat_nats_remove(nats, &plan) == 0);
	leat_nats_close(nats);
	return !came;
}

static void values_that_wait_have_more_time(void)
{
	in_time(wait_in_a_source);
}

/* The value comes at once: the ack_wait is longer than `soon`. */
static void what_a_source_holds_goes_back(void)
{
	leat_nats_plan plan = plan_of("goes_back");
	leat_nats *nats, *other = open_one();
	leat_rx first, second;
	leat_delivery d;

	plan.ack_wait = 10 * soon;
	nats = open_with(&plan, NULL);
	first = leat_nats_source(LEAT_NIL, nats, &plan);
	send_longs(nats, &plan, 8);
	d = next_of(first);
	leat_nats_release(&d);
	leat_drop(first);
	second = leat_nats_source(LEAT_NIL, other, &plan);
	for (int i = 0; i < 8; i++)
		(void)take_long(second);
	leat_drop(second);
	leat_nats_close(nats);
	leat_nats_close(other);
}

/* ------------------------------------------------------------------------------------------ stopped, killed -- */

static const leat_nats_plan shared = { .stream = "shared", .type = &long_type, .ack_wait = 1000000000, .window = 8 };

/* This runs in another process. It takes a value, says so, and keeps the value. */
static int hold_one(const char *url)
{
	leat_nats *nats = leat_nats_open(url, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &shared);
	leat_delivery d = next_of(deliveries);

	(void)d;
	CHECK(write(STDOUT_FILENO, "!", 1) == 1);
	for (;;)
		pause();
}

static const long bits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512 };

static int note_bit(void *all, const void *n)
{
	atomic_fetch_or((atomic_long *)all, *(const long *)n);
	return 0;
}

static pid_t start_holder(void)
{
	int ends[2], out = dup(STDOUT_FILENO);
	pid_t pid;
	char c;

	CHECK(out >= 0 && pipe(ends) == 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
	pid = another("hold", server.url, NULL);
	CHECK(dup2(out, STDOUT_FILENO) >= 0 && close(out) == 0 && close(ends[1]) == 0);
	CHECK(read(ends[0], &c, 1) == 1 && close(ends[0]) == 0);
	return pid;
}

/* A worker holds values, is stopped or killed, and another gets all of them. */
static void the_others_get_them(int signal)
{
	leat_nats *nats = open_with(&shared, NULL);
	pid_t holder;
	atomic_long all = 0;

	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		CHECK(leat_nats_put(LEAT_NIL, nats, &shared, &bits[i], NULL) == 0);
	holder = start_holder();
	CHECK(kill(holder, signal) == 0);
	CHECK(leat_nats_end(nats, &shared, 0) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &shared, 2, note_bit, &all) == 0);
	CHECK(all == 1023);
	if (signal != SIGKILL)
		CHECK(kill(holder, SIGKILL) == 0);
	CHECK(status_of(holder) == -SIGKILL);
	CHECK(leat_nats_remove(nats, &shared) == 0);
	leat_nats_close(nats);
}

static void a_stopped_worker_loses_its_values(void)
{
	the_others_get_them(SIGSTOP);
}

static void a_killed_worker_loses_its_values(void)
{
	the_others_get_them(SIGKILL);
}

/* ---------------------------------------------------------------------------------------------------------- end -- */

static void all_workers_see_the_end(void)
{
	leat_nats_plan plan = plan_of("ends");
	leat_nats *nats[3] = { open_with(&plan, NULL), open_one(), open_one() };
	leat_rx workers[3];

	for (int i = 0; i < 3; i++)
		workers[i] = leat_nats_source(LEAT_NIL, nats[i], &plan);
	send_longs(nats[0], &plan, 1);
	leat_case cases[3];
	leat_delivery d;
	for (int i = 0; i < 3; i++)
		cases[i] = LEAT_RECV(workers[i], &d);
	CHECK(leat_select(cases, leat_in(soon)) >= 0);
	CHECK(leat_nats_end(nats[1], &plan, ENOSPC) == 0);
	CHECK(leat_nats_end(nats[1], &plan, ENOSPC) == 0);
	CHECK(leat_nats_end(nats[1], &plan, EIO) == -1 && errno == EALREADY);
	CHECK(run_sink(LEAT_NIL, nats[0], &plan, 1) == EPIPE);
	CHECK(leat_select(cases, leat_in(LEAT_MS(200))) == -1); /* one value is not acknowledged */
	CHECK(leat_nats_ack(&d) == 0);
	leat_nats_release(&d);
	for (int i = 0; i < 3; i++) {
		must_end(workers[i], ENOSPC);
		leat_nats_close(nats[i]);
	}
}

static void each_group_gets_everything(void)
{
	leat_nats_plan plan = plan_of("groups"), other = plan;
	leat_nats *nats = open_with(&plan, &(leat_nats_limits){ .groups = 1 });
	atomic_long sum = 0;

	other.group = "others";
	send_longs(nats, &plan, 100);
	CHECK(leat_nats_end(nats, &plan, 0) == 0);
	CHECK(leat_nats_each(LEAT_NIL, nats, &plan, 2, sum_up, &sum) == 0 && sum == 300);
	CHECK(leat_nats_each(LEAT_NIL, nats, &other, 2, sum_up, &sum) == 0 && sum == 600);
	leat_nats_close(nats);
}

static void a_queue_has_one_group(void)
{
	leat_nats_plan plan = plan_of("one_group"), other = plan;
	leat_nats *nats = open_with(&plan, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan);

	send_longs(nats, &plan, 1);
	CHECK(take_long(deliveries) == 1);
	other.group = "others";
	must_end(leat_nats_source(LEAT_NIL, nats, &other), EBUSY);
	CHECK(leat_nats_make(nats, &plan, &(leat_nats_limits){ .values = 3 }) == -1 && errno == EBUSY);
	CHECK(leat_nats_make(nats, &plan, NULL) == 0);
	leat_drop(deliveries);
	leat_nats_close(nats);
}

static void a_deleted_stream_ends_all(void)
{
	leat_nats_plan plan = plan_of("deleted");
	leat_nats *nats = open_with(&plan, NULL), *other = open_one();
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &plan);

	send_longs(nats, &plan, 1);
	CHECK(take_long(deliveries) == 1);
	CHECK(leat_nats_remove(other, &plan) == 0);
	must_end(deliveries, ENOENT);
	CHECK(run_sink(LEAT_NIL, nats, &plan, 1) == ENOENT);
	CHECK(leat_nats_remove(other, &plan) == -1 && errno == ENOENT);
	leat_nats_close(nats);
	leat_nats_close(other);
}

static void done_ends_both(void)
{
	leat_nats_plan plan = plan_of("done");
	leat_nats *nats = open_with(&plan, NULL);
	leat_chan done = leat_make_unit(), in = leat_make(long, 0);
	leat_rx deliveries = leat_nats_source(done.rx, nats, &plan), late = leat_after(LEAT_MS(100));

	CHECK(leat_nats_sink(late, leat_dup(in.rx), nats, &plan) == ETIMEDOUT);
	CHECK(leat_close_with(done.tx, EINTR) == 1);
	must_end(deliveries, EINTR);
	leat_drop(late);
	leat_drop(in);
	leat_drop(done);
	leat_nats_close(nats);
}

/* ------------------------------------------------------------------------------------------- the server is away -- */

/* This is the last test: the server stays away. */
static void the_server_stays_away(void)
{
	leat_nats_plan plan = plan_of("away");
	leat_nats *nats = leat_nats_open(server.url, &(leat_nats_login){ .patience = LEAT_MS(500) });
	leat_chan in = leat_make_unit();
	leat_rx deliveries;

	CHECK(leat_nats_make(nats, &plan, NULL) == 0);
	deliveries = leat_nats_source(LEAT_NIL, nats, &plan);
	send_longs(nats, &plan, 1);
	CHECK(take_long(deliveries) == 1);
	server_kill(&server);
	must_end(deliveries, ENOTCONN);
	CHECK(run_sink(LEAT_NIL, nats, &plan, 1) == ENOTCONN);
	leat_drop(in);
	leat_nats_close(nats);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "hold") == 0)
		return hold_one(argv[2]);
	server = server_make();
	server_start(&server);
	CHECK(argc < 2); /* with an argument the test fails here; nats/test/run checks that no server is left */
	RUN(values_pass);
	RUN(a_delivery_outlives_its_source);
	RUN(what_was_acknowledged_is_sent);
	RUN(bytes_pass);
	RUN(a_put_is_acknowledged);
	RUN(a_late_repetition_counts);
	RUN(a_codec_makes_values);
	RUN(a_codec_or_an_input_that_fails_ends_the_sink);
	RUN(the_wrong_type_is_refused);
	RUN(wrong_plans_are_refused);
	RUN(no_server_answers);
	RUN(a_server_without_jetstream_is_refused);
	RUN(a_stream_without_room_is_refused);
	RUN(a_silent_server_is_given_up);
	RUN(a_user_is_refused);
	RUN(a_certificate_is_refused);
	RUN(our_own_certificate_is_shown);
	RUN(a_full_stream_holds_the_sink);
	RUN(a_held_sink_goes_on);
	RUN(a_release_gives_back);
	RUN(a_failure_becomes_a_dead_letter);
	RUN(a_value_without_answers_is_a_dead_letter);
	RUN(long_work_is_not_delivered_again);
	RUN(progress_gives_more_time);
	RUN(values_that_wait_have_more_time);
	RUN(what_a_source_holds_goes_back);
	RUN(a_stopped_worker_loses_its_values);
	RUN(a_killed_worker_loses_its_values);
	RUN(all_workers_see_the_end);
	RUN(each_group_gets_everything);
	RUN(a_queue_has_one_group);
	RUN(a_deleted_stream_ends_all);
	RUN(done_ends_both);
	RUN(the_server_stays_away);
	server_remove(&server);
	CHECK(leat_wait_all(leat_in(soon)) == 1);
	nats_CloseAndWait(0);
	printf("%d tests\n", passed);
	return 0;
}
