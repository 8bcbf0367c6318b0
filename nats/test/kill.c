/* kill - no value is lost while the server is killed and started again twice. A sender and three workers, each a
 * process of its own, send and receive meanwhile.
 *
 *     kill [number of values]
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "server.h"

#include <fcntl.h>

enum { WORKERS = 3, PAUSE = 300 * 1000 /* us */ };

static const leat_type long_type = { "long", sizeof(long), NULL, NULL };
static const leat_nats_plan plan = { .stream = "numbers", .type = &long_type, .ack_wait = 2000000000 };

/* ------------------------------------------------------------------------------------------------------- sender -- */

struct range { long next, end; };

static int count_up(void *of_range, void *out)
{
	struct range *range = of_range;

	*(long *)out = range->next;
	return range->next++ < range->end;
}

static int finish(leat_nats *nats, int error)
{
	leat_nats_close(nats);
	CHECK(leat_wait_all(leat_in(LEAT_MS(60000))) == 1);
	nats_CloseAndWait(0);
	if (error)
		fprintf(stderr, "kill: %s\n", leat_strerror(error));
	return error != 0;
}

static int send_all(const char *url, long count)
{
	leat_nats *nats = leat_nats_open(url, NULL);
	struct range range = { 0, count };
	leat_rx none = LEAT_NIL, numbers = leat_repeat_fn(none, long, count_up, &range);
	int error = leat_nats_sink(none, leat_buffer(numbers, 64), nats, &plan);

	for (int i = 0; !error && leat_nats_end(nats, &plan, 0) < 0; i++) {
		error = i < 200 ? 0 : errno; /* the server may be away just now, and a busy machine starts it late */
		usleep(PAUSE);
	}
	return finish(nats, error);
}

/* ------------------------------------------------------------------------------------------------------- worker -- */

/* The driver learns of a value before the server learns that it is done. */
static int tell(void *arg, const void *number)
{
	(void)arg;
	return write(STDOUT_FILENO, number, sizeof(long)) == sizeof(long) ? 0 : -EIO;
}

static int work(const char *url)
{
	leat_nats *nats = leat_nats_open(url, NULL);

	return finish(nats, leat_nats_each(LEAT_NIL, nats, &plan, 2, tell, NULL));
}

/* ------------------------------------------------------------------------------------------------------- driver -- */

struct seen { unsigned char *numbers; long distinct, again; };

static void kill_and_start(struct server *server)
{
	server_kill(server);
	usleep(PAUSE);
	server_start(server);
}

static void read_all(int from, long count, struct seen *seen, struct server *server)
{
	FILE *file = fdopen(from, "r");
	int kills = 0;

	for (long n; fread(&n, sizeof n, 1, file) == 1;) {
		CHECK(n >= 0 && n < count);
		seen->again += seen->numbers[n];
		seen->distinct += !seen->numbers[n];
		seen->numbers[n] = 1;
		if (seen->distinct >= (kills + 1) * count / 4 && kills < 2) {
			kill_and_start(server);
			kills++;
		}
	}
	fclose(file);
	CHECK(kills == 2);
}

static void make_stream(const char *url)
{
	leat_nats *nats = leat_nats_open(url, NULL);

	CHECK(leat_nats_make(nats, &plan, NULL) == 0);
	leat_nats_close(nats);
}

static int drive(const char *count)
{
	struct server server = server_make();
	struct seen seen = { calloc((size_t)atol(count), 1), 0, 0 };
	pid_t pids[WORKERS + 1];
	int ends[2];

	server_start(&server);
	make_stream(server.url);
	CHECK(seen.numbers && pipe2(ends, O_CLOEXEC) == 0);
	fflush(stdout);
	int out = dup(STDOUT_FILENO);
	CHECK(out >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
	for (int i = 0; i < WORKERS; i++)
		pids[i] = another("work", server.url, NULL);
	CHECK(dup2(out, STDOUT_FILENO) >= 0 && close(out) == 0 && close(ends[1]) == 0);
	pids[WORKERS] = another("send", server.url, count);
	read_all(ends[0], atol(count), &seen, &server);
	for (int i = 0; i <= WORKERS; i++)
		CHECK(status_of(pids[i]) == 0);
	server_kill(&server);
	server_remove(&server);
	printf("%s sent, %ld distinct, %ld again\n", count, seen.distinct, seen.again);
	free(seen.numbers);
	nats_CloseAndWait(0);
	return seen.distinct != atol(count);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "work") == 0)
		return work(argv[2]);
	if (argc > 3 && strcmp(argv[1], "send") == 0)
		return send_all(argv[2], atol(argv[3]));
	return drive(argc > 1 ? argv[1] : "200000");
}
