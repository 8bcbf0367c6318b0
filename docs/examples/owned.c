/* SPDX-License-Identifier: 0BSD
 *
 * owned - values that own memory: leat_string_type, and the calls that take a type, leat_make_of and leat_map_of.
 *
 * A send gives a string away, and its receiver owns it. A function of a stage borrows its input, and the stage frees
 * the input. Strings that nobody received are freed with the channel.
 */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <ctype.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int shout(void *arg, const void *in, void *out)
{
	char *word = strdup(*(char *const *)in);

	(void)arg;
	if (!word)
		return -ENOMEM;
	for (char *c = word; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	*(char **)out = word;
	return 1;
}

/* Returns 1, or 0 if the word cannot be sent: then it is still ours. */
static int send_copy(leat_tx tx, const char *text)
{
	char *word = strdup(text);

	if (word && leat_send(tx, &word) > 0)
		return 1;
	free(word);
	return 0;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_chan words = leat_make_of(&leat_string_type, 3);
	leat_rx loud = leat_map_of(done.rx, words.rx, &leat_string_type, shout, NULL);
	int sent = send_copy(words.tx, "who") && send_copy(words.tx, "owns") && send_copy(words.tx, "what");
	char *word;

	leat_drop(words.tx);
	if (leat_recv(loud, &word) > 0)
		printf("%s\n", word);
	if (!sent || !word)
		fprintf(stderr, "owned: %s\n", leat_cause(loud) ? leat_strerror(leat_cause(loud)) : "out of memory");
	sent = sent && word;
	free(word);
	leat_drop(loud); /* the channel goes, with the values that are still in it */
	leat_drop(done);
	return !sent;
}
