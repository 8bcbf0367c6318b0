/* SPDX-License-Identifier: 0BSD
 *
 * hello - a channel between two threads: leat_make, leat_go, leat_send, leat_recv.
 *
 * A channel without room is a rendezvous: leat_send returns when a receiver has the value.
 */
#include <leat.h>
#include <stdio.h>

static void greet(void *of_greetings)
{
	leat_tx greetings = *(leat_tx *)of_greetings;
	const char *words[] = { "hello", "from", "another", "thread" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (leat_send(greetings, &words[i]) <= 0)
			break; /* nobody is left to receive */
	leat_drop(greetings); /* the last sending end: this closes the channel */
}

int main(void)
{
	leat_chan greetings = leat_make(const char *, 0);
	int cause;

	if (leat_go(greet, &greetings.tx) < 0) {
		perror("leat_go");
		leat_drop(greetings);
		return 1;
	}
	for (const char *word; leat_recv(greetings.rx, &word) > 0;)
		printf("%s\n", word);
	cause = leat_cause(greetings.rx);
	if (cause)
		fprintf(stderr, "hello: %s\n", leat_strerror(cause));
	leat_drop(greetings.rx);
	return cause != 0;
}
