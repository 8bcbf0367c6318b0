/* SPDX-License-Identifier: 0BSD
 *
 * pair - a thread replaces a pair {kind, value} again and again; another reads it, and sometimes gets halves of two.
 *
 * Each half is one word, and is read and written in one step. The pair is not. An interface value in Go is such a pair.
 * In the cured version both threads hold a lock while they copy the pair; tearing.c does without a lock.
 */
#include "race.h"

enum { TIMES = 100000 };

static leat_mutex lock;
static volatile struct { long kind, value; } pair = { 0, 0 };
static int torn;

static void write_pair(long kind)
{
	pair.kind = kind; /* races */
	pair.value = 100 * kind; /* races */
}

static int read_torn(void)
{
	long kind = pair.kind; /* races */
	long value = pair.value; /* races */

	return value != 100 * kind;
}

static void write_broken(void)
{
	for (int i = 0; i < TIMES; i++)
		write_pair(i % 2);
}

static void read_broken(void)
{
	for (int i = 0; i < TIMES; i++)
		torn += read_torn();
}

static void write_cured(void)
{
	for (int i = 0; i < TIMES; i++) {
		leat_mutex_lock(&lock);
		write_pair(i % 2);
		leat_mutex_unlock(&lock);
	}
}

static void read_cured(void)
{
	for (int i = 0; i < TIMES; i++) {
		leat_mutex_lock(&lock);
		torn += read_torn();
		leat_mutex_unlock(&lock);
	}
}

int main(int argc, char **argv)
{
	int cured = race_is_cured(argc, argv);

	if (race_between(cured ? write_cured : write_broken, cured ? read_cured : read_broken) < 0)
		return 1;
	printf("%d of %d pairs were torn\n", torn, TIMES);
	return cured && torn;
}
