/* SPDX-License-Identifier: 0BSD
 *
 * message - stages like leat_repeat and leat_take do not care what they carry. A stage can check it where that
 * matters.
 *
 * This one passes only strings, and ends the stream when something else comes.
 * The book: P33, fig-utilizing-string-stage.go (the first line)
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>

/* Any value, with its kind. */
typedef struct { enum { STRING, NUMBER } is; union { const char *string; int number; } value; } any;

#define TEXT(text) { STRING, { .string = (text) } }

static int to_string(void *arg, const void *in, void *out)
{
	const any *something = in;

	(void)arg;
	if (something->is != STRING)
		return -EINVAL;
	*(const char **)out = something->value.string;
	return 1;
}

/* Prints the strings. Returns why the stream ended. */
static int print_message(leat_rx things)
{
	leat_rx never = LEAT_NIL;
	leat_rx tokens = leat_map(never, things, const char *, to_string, NULL);
	char message[64] = "";
	int cause;

	for (const char *token; leat_recv(tokens, &token) > 0;)
		strncat(message, token, sizeof message - strlen(message) - 1);
	cause = leat_cause(tokens);
	printf("message: %s...\n", message);
	leat_drop(tokens);
	return cause;
}

int main(void)
{
	static const any words[] = { TEXT("I"), TEXT("am.") };
	static const any with_a_number[] = { TEXT("I am"), { NUMBER, { .number = 7 } } };
	leat_rx never = LEAT_NIL;
	int well = print_message(leat_take(never, leat_repeat(never, sizeof *words, words, 2), 5));
	int bad = print_message(leat_repeat(never, sizeof *with_a_number, with_a_number, 2));

	if (bad == EINVAL)
		printf("that was no string\n");
	if (well || bad != EINVAL)
		fprintf(stderr, "message: %s\n", leat_strerror(well ? well : bad));
	return well != 0 || bad != EINVAL;
}
