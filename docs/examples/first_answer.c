/* SPDX-License-Identifier: 0BSD
 *
 * first_answer - ask several threads at once and take the first answer.
 *
 * Each thread tries to send its answer, and gives up if it finds no room. The channel has room for one. Without room,
 * all threads might find that nobody receives yet, and every answer would be lost.
 */
#include <leat.h>
#include <stdio.h>

struct connection { const char *name; leat_time takes; leat_tx answers; };

static void query(void *of_connection)
{
	struct connection *connection = of_connection;

	leat_sleep(connection->takes);
	(void)leat_send_by(connection->answers, &connection->name, LEAT_NOW); /* a later answer is not needed */
}

int main(void)
{
	leat_chan answers = leat_make(const char *, 1);
	struct connection all[] = { { "far", LEAT_S(3), answers.tx }, { "near", LEAT_S(1), answers.tx },
		                    { "further", LEAT_S(5), answers.tx } };
	const char *first;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (leat_go(query, &all[i]) < 0)
			return 1;
	if (leat_recv(answers.rx, &first) > 0)
		printf("the answer of the %s one came first\n", first);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	leat_drop(answers);
	return 0;
}
