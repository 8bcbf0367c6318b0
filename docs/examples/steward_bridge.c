/* SPDX-License-Identifier: 0BSD
 *
 * steward_bridge - a ward with parameters and results, under a steward that restarts it.
 *
 * Each life of the ward sends its numbers in a stream of its own. These streams go into a channel of streams, and
 * leat_bridge makes one stream of them. Its reader notices a restart only because the list begins again. The book's log
 * also has the time of day.
 * The book: P08, fig-more-complicated-ward.go
 */
#include <leat.h>
#include <stdio.h>

/* All lives of the ward share this. */
struct ward { const int *list; size_t count; leat_tx streams; };

/* One life. */
struct life { const struct ward *ward; leat_tx numbers; leat_time interval; };

static void life_release(void *of_life)
{
	leat_drop(((struct life *)of_life)->numbers);
}

/* Finding the next number takes some time. Returns 0 if it is time to return. */
static int works(leat_stage *stage)
{
	(void)leat_stage_select(stage, NULL, 0, leat_in(LEAT_US(10)));
	return leat_running(stage);
}

/* Send n. While that takes long, emit pulses, which are the output of the stage. Returns 0 if it is time to return. */
static int send_number(leat_stage *stage, const struct life *life, int n)
{
	leat_case on[] = { LEAT_SEND(life->numbers, &n) };
	int chosen;

	while ((chosen = leat_stage_select(stage, on, 1, leat_in(life->interval))) < 0 && leat_running(stage))
		(void)leat_emit_by(stage, leat_scratch(stage), LEAT_NOW);
	return chosen == 0 && on[0].ok;
}

/* Send the list again and again. At a negative number the ward falls silent: it waits until it is told to end.
 * (The book's ward returns there, and leaves its pulses open. Here returning would end the pulses.) */
static void ward_body(leat_stage *stage, void *of_life)
{
	const struct life *life = of_life;
	const struct ward *ward = life->ward;

	for (size_t i = 0; works(stage); i = (i + 1) % ward->count) {
		if (ward->list[i] < 0) {
			printf("negative value: %d\n", ward->list[i]);
			(void)leat_stage_select(stage, NULL, 0, LEAT_NEVER);
		} else if (!send_number(stage, life, ward->list[i])) {
			return;
		}
	}
}

static leat_rx start_ward(leat_rx done, leat_time interval, void *of_ward)
{
	leat_type taken = { "life", sizeof(struct life), NULL, life_release };
	leat_chan numbers = leat_make(int, 0);
	struct life life = { of_ward, numbers.tx, interval };

	if (leat_send_or(life.ward->streams, &numbers.rx, done) <= 0)
		leat_drop(numbers.rx); /* still ours: the bridge has ended */
	return leat_stage_start(&(leat_plan){
		.name = "ward",
		.done = done,
		.type = LEAT_TYPE(int),
		.body = ward_body,
		.arg = &life,
		.arg_type = &taken,
	});
}

static void tell(void *arg, const char *what)
{
	(void)arg;
	printf("steward: %s\n", what);
}

int main(void)
{
	static const int list[] = { 1, 2, -1, 3, 4, 5 };
	leat_chan done = leat_make_unit(), streams = leat_make_of(&leat_rx_type, 1);
	struct ward ward = { list, 6, streams.tx };
	leat_stewardship plan = { .ward = start_ward, .arg = &ward, .timeout = LEAT_MS(1), .restarts = 10,
	                          .within = LEAT_S(60), .grace = LEAT_S(1), .log = tell };
	leat_rx numbers, pulses;
	int n;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	numbers = leat_bridge(done.rx, streams.rx, int);
	pulses = leat_steward(done.rx, LEAT_S(3600), &plan);
	for (int i = 0; i < 6 && leat_recv(numbers, &n) > 0; i++)
		printf("Received: %d\n", n);

	leat_drop(done);
	leat_drop(numbers);
	while (leat_wait(pulses) > 0)
		; /* the pulses are over: the ward has ended */
	leat_drop(pulses);
	leat_drop(streams.tx);
	return 0;
}
