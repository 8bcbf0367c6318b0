/* SPDX-License-Identifier: 0BSD
 *
 * jobs - the smallest whole program: one process sends, others work, and what always fails becomes a dead letter.
 *
 *     jobs URL send       makes the stream, sends 20 jobs, and ends the stream
 *     jobs URL work       works with two threads until the stream is over. Every 7th job fails
 *     jobs URL dead       shows the dead letters that are there
 *     jobs URL remove     deletes the stream, so that the next one can begin
 *
 * docs/guide/8-more-machines.md tells how to start a server for it.
 */
#include <leat/nats.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { JOBS = 20 };

struct job { int number; };

static int next_job(void *of_number, void *out)
{
	int *number = of_number;

	*(struct job *)out = (struct job){ ++*number };
	return *number <= JOBS;
}

/* The cause goes to all workers: 0, or why not all jobs are there. */
static int send_jobs(leat_nats *nats, const leat_nats_plan *jobs)
{
	int number = 0, cause;

	if (leat_nats_make(nats, jobs, NULL) < 0)
		return errno;
	cause = leat_nats_sink(LEAT_NIL, leat_repeat_fn(LEAT_NIL, struct job, next_job, &number), nats, jobs);
	if (leat_nats_end(nats, jobs, cause) < 0)
		return errno;
	return cause;
}

static int work(void *arg, const void *value)
{
	const struct job *job = value;

	(void)arg;
	printf("job %d\n", job->number);
	return job->number % 7 == 0 ? -EDOM : 0;        /* 0: acknowledge, -errno: try again */
}

/* Nobody ends a stream of dead letters. So stop when none has come for a second. */
static int show_dead(leat_nats *nats, const leat_nats_plan *dead)
{
	leat_rx letters = leat_nats_source(LEAT_NIL, nats, dead);
	int cause;

	for (leat_delivery d; leat_recv_by(letters, &d, leat_in(LEAT_S(1))) > 0; leat_nats_release(&d)) {
		printf("job %d: %s\n", ((struct job *)d.value)->number, leat_nats_header(&d, "Leat-Reason"));
		(void)leat_nats_ack(&d);                /* if it is lost, the letter comes again */
	}
	cause = leat_cause(letters);
	leat_drop(letters);
	return cause;
}

static int run(leat_nats *nats, const char *role)
{
	leat_nats_plan jobs = { .stream = "jobs", .type = LEAT_TYPE(struct job), .tries = 3 };
	leat_nats_plan dead = { .stream = "jobs-dead", .type = LEAT_TYPE(struct job) };

	if (strcmp(role, "send") == 0)
		return send_jobs(nats, &jobs);
	if (strcmp(role, "work") == 0)
		return leat_nats_each(LEAT_NIL, nats, &jobs, 2, work, NULL);
	if (strcmp(role, "dead") == 0)
		return show_dead(nats, &dead);
	if (strcmp(role, "remove") == 0)
		return leat_nats_remove(nats, &jobs) < 0 ? errno : 0;
	return EINVAL;
}

int main(int argc, char **argv)
{
	leat_nats *nats = leat_nats_open(argc > 1 ? argv[1] : NULL, NULL);
	int cause = leat_nats_cause(nats);

	cause = cause ? cause : run(nats, argc > 2 ? argv[2] : "");
	leat_nats_close(nats);
	if (cause)
		fprintf(stderr, "jobs: %s\n", leat_strerror(cause));
	return cause != 0;
}
