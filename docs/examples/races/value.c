/* SPDX-License-Identifier: 0BSD
 *
 * value - one thread looks at a number and prints it, while another thread changes it.
 *
 * Three outcomes are possible. The number is changed before the look, and nothing is printed. It is changed after the
 * print, and "the value is 0." is printed. Or it is changed in between: "the value is 1." In the cured version the look
 * and the print are one critical section, so the third outcome is impossible. Which of the other two comes is still
 * open: see race_condition.c.
 * The book: P04, fig-basic-race-condition.go
 */
#include "race.h"

static leat_mutex lock;
static int data, printed = -1;

static void increase_broken(void)
{
	data++; /* races */
}

static void look_broken(void)
{
	if (data == 0) /* races */
		printf("the value is %d.\n", printed = data); /* races */
}

static void increase_cured(void)
{
	leat_mutex_lock(&lock);
	increase_broken();
	leat_mutex_unlock(&lock);
}

static void look_cured(void)
{
	leat_mutex_lock(&lock);
	look_broken();
	leat_mutex_unlock(&lock);
}

int main(int argc, char **argv)
{
	int cured = race_is_cured(argc, argv);

	if (race_between(cured ? increase_cured : increase_broken, cured ? look_cured : look_broken) < 0)
		return 1;
	return cured && printed == 1;
}
