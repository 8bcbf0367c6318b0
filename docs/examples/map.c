/* SPDX-License-Identifier: 0BSD
 *
 * map - apply a function to each value: leat_map.
 *
 * The result may have another type. A function that returns 0 leaves the value out.
 */
#include <ctype.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>

static int length_of(void *arg, const void *in, void *out)
{
	const char *word = *(const char *const *)in;

	(void)arg;
	*(size_t *)out = strlen(word);
	return isupper((unsigned char)word[0]) ? 0 : 1; /* the name leaves blank */
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx words = leat_generator(done.rx, LEAT_VALUES(const char *, "a", "Wye", "leat", "carries", "water"));
	leat_rx lengths = leat_map(done.rx, words, size_t, length_of, NULL);
	int cause;

	for (size_t length; leat_recv(lengths, &length) > 0;)
		printf("%zu\n", length);

	cause = leat_cause(lengths);
	if (cause)
		fprintf(stderr, "map: %s\n", leat_strerror(cause));
	leat_drop(lengths);
	leat_drop(done);
	return cause != 0;
}
