/* SPDX-License-Identifier: 0BSD
 *
 * argument - a loop starts three threads, and passes all of them the address of its variable.
 *
 * The threads read the variable while the loop goes on. Here all of them read it after its last change, so each is given
 * number 3. In the cured version each thread has a variable of its own, which nobody writes after the thread has
 * started.
 */
#include "race.h"

enum { THREADS = 3 };

static atomic_int given[THREADS + 1];

static void work(void *number)
{
	int mine;

	race_meet(THREADS + 1); /* the threads and the loop */
	mine = *(const int *)number; /* races */
	atomic_fetch_add(&given[mine], 1);
}

static int start_broken(void)
{
	static int i; /* static, because the threads may read it after this function has returned */

	for (i = 0; i < THREADS; i++) /* races */
		if (leat_go(work, &i) < 0)
			return -1;
	return 1;
}

static int start_cured(void)
{
	static int own[THREADS];

	for (int i = 0; i < THREADS; i++) {
		own[i] = i;
		if (leat_go(work, &own[i]) < 0)
			return -1;
	}
	return 1;
}

int main(int argc, char **argv)
{
	int cured = race_is_cured(argc, argv), wrong = 0;

	if ((cured ? start_cured() : start_broken()) < 0)
		return 1;
	race_meet(THREADS + 1);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	for (int i = 0; i <= THREADS; i++) {
		printf("%d threads were given number %d\n", given[i], i);
		wrong += given[i] != (i < THREADS);
	}
	return cured && wrong;
}
