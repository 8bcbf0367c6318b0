/* SPDX-License-Identifier: 0BSD
 *
 * feeder - a cancelled worker must not leave behind the threads that work for it.
 *
 * This worker passes on what a feeder sends, until it is cancelled. The book's feeder would then wait for ever to
 * send its next string. Here its send returns 0, because nobody is left to receive.
 *
 * The clock is fake and runs by itself, so the second takes no time.
 */
#include <leat.h>
#include <stdio.h>

struct line { char text[16]; };
struct worker { leat_rx cancel, lines; leat_tx completed; };

static void work(void *of_worker)
{
	struct worker *worker = of_worker;

	for (struct line line; leat_recv_or(worker->lines, &line, worker->cancel) > 0;)
		(void)leat_send(worker->completed, &line); /* 0: nobody receives; the next send says so too */
	(void)leat_send(worker->completed, &(struct line){ "cancel" });
	leat_drop(worker->lines);
	leat_drop(worker->completed);
}

static void feed(void *lines)
{
	leat_tx out = *(leat_tx *)lines;
	struct line line;
	int i = 0;

	do {
		leat_sleep(LEAT_MS(100));
		(void)snprintf(line.text, sizeof line.text, "i:%d", i++);
	} while (i <= 50 && leat_send(out, &line) > 0);
	leat_drop(out);
}

int main(void)
{
	leat_chan lines = leat_make(struct line, 0), completed = leat_make(struct line, 0);
	struct worker worker = { { NULL }, lines.rx, completed.tx };

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	worker.cancel = leat_after(LEAT_S(1));
	leat_sleep(LEAT_NS(1));
	if (leat_go(work, &worker) < 0 || leat_go(feed, &lines.tx) < 0)
		return 1;
	for (struct line line; leat_recv(completed.rx, &line) > 0;)
		printf("%s\n", line.text);
	printf("Done.\n");
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("%zu still run\n", leat_live());
	leat_drop(completed.rx);
	leat_drop(worker.cancel);
	return 0;
}
