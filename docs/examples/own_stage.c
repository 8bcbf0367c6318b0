/* SPDX-License-Identifier: 0BSD
 *
 * own_stage - write a stage of your own: leat_stage_start, and a body that loops over leat_next and leat_emit.
 *
 * This stage tells runs of equal letters: a a b -> (a, 2) (b, 1). It emits less than it gets, and once more after its
 * input has ended, which leat_map cannot do.
 */
#include <leat.h>
#include <stdio.h>

struct run { char letter; int length; };

static void runs_body(leat_stage *stage, void *arg)
{
	struct run *run = leat_scratch(stage); /* points to room for one output value */

	(void)arg;
	run->length = 0;
	for (const char *letter; (letter = leat_next(stage)) != NULL; run->length++) {
		if (run->length > 0 && run->letter != *letter) {
			if (!leat_emit(stage, run))
				return; /* it is time to return: done is over, or nobody receives */
			run->length = 0;
		}
		run->letter = *letter;
	}
	if (run->length > 0)
		leat_emit(stage, run);
}

/* A constructor like those of leat: it takes `letters`, and if it fails, its stream has the cause. */
static leat_rx runs(leat_rx done, leat_rx letters)
{
	return leat_stage_start(&(leat_plan){
		.name = "runs",
		.done = done,
		.in = &letters,
		.ins = 1,
		.type = LEAT_TYPE(struct run),
		.body = runs_body,
	});
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx letters = leat_generator(done.rx, LEAT_VALUES(char, 'a', 'a', 'b', 'c', 'c', 'c'));
	leat_rx counted = runs(done.rx, letters);
	int cause;

	for (struct run run; leat_recv(counted, &run) > 0;)
		printf("%c %d\n", run.letter, run.length);

	cause = leat_cause(counted);
	if (cause)
		fprintf(stderr, "own_stage: %s\n", leat_strerror(cause));
	leat_drop(counted);
	leat_drop(done);
	return cause != 0;
}
