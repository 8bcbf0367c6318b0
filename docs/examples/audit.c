/* SPDX-License-Identifier: 0BSD
 *
 * audit - carry commands out and write them down: leat_tee gives each command to both readers.
 *
 * Neither reader gets ahead of the other by more than the values in work. Each reader owns what it receives, so the
 * strings are copied for the second one.
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

struct journal { leat_rx commands; char text[128]; };

/* Runs in a thread of its own, because neither output goes on unless both are read. */
static void write_down(void *of_journal)
{
	struct journal *journal = of_journal;

	for (char *command; leat_recv(journal->commands, &command) > 0; leat_string_type.release(&command)) {
		strncat(journal->text, command, sizeof journal->text - strlen(journal->text) - 1);
		strncat(journal->text, "; ", sizeof journal->text - strlen(journal->text) - 1);
	}
	leat_drop(journal->commands);
}

static int to_string(void *arg, const void *in, void *out)
{
	(void)arg;
	return leat_string_type.copy(out, in) < 0 ? -ENOMEM : 1;
}

int main(void)
{
	leat_rx never = LEAT_NIL, out[2];
	leat_rx words = leat_generator(never, LEAT_VALUES(const char *, "open", "pay 5", "close"));
	leat_rx commands = leat_map_of(never, words, &leat_string_type, to_string, NULL);
	struct journal journal = { { NULL }, "" };
	int cause;

	(void)leat_tee(never, commands, out, 2); /* if it fails, the outputs say so */
	journal.commands = out[1];
	if (leat_go(write_down, &journal) < 0)
		return 1;
	for (char *command; leat_recv(out[0], &command) > 0; leat_string_type.release(&command))
		printf("executing: %s\n", command);
	cause = leat_cause(out[0]);
	if (cause)
		fprintf(stderr, "audit: %s\n", leat_strerror(cause));
	leat_drop(out[0]);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("the journal: %s\n", journal.text);
	return cause != 0;
}
