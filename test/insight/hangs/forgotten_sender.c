/* SPDX-License-Identifier: 0BSD
 *
 * forgotten_sender - a worker waits for jobs. Main has sent all that it had, and goes on, but keeps its sending end.
 * Only main knows that no further job will come.
 */
#include "../insight.h"

static void work(void *jobs)
{
	for (int job; leat_recv(*(leat_rx *)jobs, &job) > 0;)
		;
}

int main(void)
{
	leat_chan jobs = leat_make(int, 2);

	leat_name(jobs, "jobs");
	start(work, &jobs.rx);
	for (int i = 0; i < 3; i++)
		must(leat_send(jobs.tx, &i) > 0);
	live_until_reported();
}

/* status: 0
 * report: suspected: work waits to receive from jobs
 * never: STUCK
 */
