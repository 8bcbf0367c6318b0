/* SPDX-License-Identifier: 0BSD
 *
 * number.h - a number on the command line of a test.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns the number that the text says. If it says none between these limits, the program ends with status 2. */
static inline uint64_t number_between(uint64_t least, uint64_t most, const char *text)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && errno == 0 && number >= least && number <= most)
		return number;
	fprintf(stderr, "not a number from %llu to %llu: '%s'\n", (unsigned long long)least, (unsigned long long)most,
	        text);
	exit(2);
}

#endif
