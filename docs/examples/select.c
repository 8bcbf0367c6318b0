/* SPDX-License-Identifier: 0BSD
 *
 * select - wait for several channels at once: leat_select.
 *
 * The deadline says how long: LEAT_NOW is Go's default clause, leat_in(d) is a timeout, LEAT_NEVER waits. A case
 * whose other side has gone is ready too, with ok 0.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

static void look(leat_rx numbers, leat_rx words, leat_time deadline)
{
	enum { NUMBER, WORD };
	const char *word;
	int number;
	leat_case on[] = { [NUMBER] = LEAT_RECV(numbers, &number), [WORD] = LEAT_RECV(words, &word) };

	switch (leat_select(on, deadline)) {
	case NUMBER:
		if (on[NUMBER].ok)
			printf("a number: %d\n", number);
		else
			printf("no more numbers\n");
		break;
	case WORD:
		printf("a word: %s\n", on[WORD].ok ? word : "none");
		break;
	default:
		if (errno == EAGAIN)
			printf("nothing now\n");
		else if (errno == ETIMEDOUT)
			printf("nothing in time\n");
		else
			fprintf(stderr, "select: %s\n", leat_strerror(errno));
	}
}

int main(void)
{
	leat_chan numbers = leat_make(int, 1), words = leat_make(const char *, 1);
	int sent = 0;

	look(numbers.rx, words.rx, LEAT_NOW);
	look(numbers.rx, words.rx, leat_in(LEAT_MS(10)));

	sent += leat_send(numbers.tx, &(int){ 7 });
	look(numbers.rx, words.rx, LEAT_NEVER);

	sent += leat_send(words.tx, &(const char *){ "seven" });
	look(numbers.rx, words.rx, LEAT_NEVER);

	leat_close(numbers.tx);
	look(numbers.rx, words.rx, LEAT_NEVER);

	look(LEAT_NIL, words.rx, LEAT_NOW); /* a nil handle switches its case off */

	leat_drop(numbers);
	leat_drop(words);
	if (sent != 2)
		fprintf(stderr, "select: only %d values could be sent\n", sent);
	return sent != 2;
}
