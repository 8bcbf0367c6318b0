/* SPDX-License-Identifier: 0BSD
 *
 * waiting COUNT MILLISECONDS SECONDS - stages that wait for values which do not come. Each of COUNT stages has an input
 * of its own and waits on it for MILLISECONDS at most, again and again, until the inputs are closed after SECONDS.
 */
#include <errno.h>
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 100000 };

struct job { leat_time patience; atomic_ulong missed; };

/* The body of a stage. */
static void wait_for_values(leat_stage *stage, void *of_job)
{
	struct job *job = of_job;
	unsigned long missed = 0;
	void *value;
	int got;

	while ((got = leat_next_by(stage, &value, leat_in(job->patience))) != 0)
		missed += got < 0;
	atomic_fetch_add(&job->missed, missed);
}

/* Start a stage, and give the sending end of its input. Returns its output, which carries nothing. */
static leat_rx start(struct job *job, leat_tx *input)
{
	leat_chan chan = leat_make(int, 0);

	*input = chan.tx;
	return leat_stage_start(&(leat_plan){ .name = "wait", .in = &chan.rx, .ins = 1, .body = wait_for_values,
	                                      .arg = job });
}

/* Returns 0 or an errno value. */
static int run(struct job *job, size_t count, leat_time time, leat_tx *inputs, leat_rx *outputs)
{
	int error = 0;

	for (size_t i = 0; i < count; i++)
		outputs[i] = start(job, &inputs[i]);
	leat_sleep(time);
	for (size_t i = 0; i < count; i++)
		leat_drop(inputs[i]); /* the input is over, and the stage ends */
	for (size_t i = 0; i < count; i++) {
		int cause = leat_drain(outputs[i]);

		error = error ? error : cause;
	}
	return error;
}

int main(int argc, char **argv)
{
	size_t count = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
	struct job job = { .patience = argc == 4 ? LEAT_MS(strtol(argv[2], NULL, 10)) : 0 };
	leat_tx *inputs = count <= MOST ? calloc(count, sizeof *inputs) : NULL;
	leat_rx *outputs = count <= MOST ? calloc(count, sizeof *outputs) : NULL;
	int error;

	if (count == 0 || job.patience <= 0 || !inputs || !outputs) {
		fprintf(stderr, "usage: waiting COUNT MILLISECONDS SECONDS\n");
		return 2;
	}
	error = run(&job, count, LEAT_S(strtol(argv[3], NULL, 10)), inputs, outputs);
	if (error)
		fprintf(stderr, "waiting: %s\n", leat_strerror(error));
	else
		printf("%zu stages have waited\n", count);
	fprintf(stderr, "%lu waits\n", (unsigned long)job.missed);
	free(inputs);
	free(outputs);
	return error != 0;
}
