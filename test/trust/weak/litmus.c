/* SPDX-License-Identifier: 0BSD
 *
 * litmus.c - the weak memory's own test. Each litmus test is run in all executions that the model has (of three and
 * four threads: those with up to PREEMPTIONS). Its outcomes must be exactly those that are listed: each of them
 * appears, and no other ever does.
 *
 * An outcome is what the threads have read, in the order of result[], and then the last values of the locations that
 * the test names. `race` says that plain memory must be found to be raced for.
 */
#include "litmus.h"

#include <stdio.h>
#include <string.h>

enum { OUTCOMES = 64, PREEMPTIONS = 2, MOST = 2000000 };

static char seen[OUTCOMES][2 * RESULTS];
static unsigned seen_count;

int result[RESULTS];

static void nothing(void)
{
}

static void note(const litmus *test)
{
	char outcome[2 * RESULTS] = "";
	unsigned length = 0, i = 0;

	for (; length < test->results; length++)
		outcome[length] = (char)('0' + result[length]);
	for (const char *each = test->last; *each; each++)
		outcome[length++] = (char)('0' + litmus_last(*each));
	while (i < seen_count && strcmp(seen[i], outcome) != 0)
		i++;
	if (i == seen_count && seen_count < OUTCOMES)
		memcpy(seen[seen_count++], outcome, sizeof outcome);
}

/* Returns whether there was a race. */
static bool execute(const litmus *test)
{
	const chooser by = { .method = ALL, .preemptions = test->threads > 2 ? PREEMPTIONS : MOST_STEPS };
	bool race;

	memset(result, 0, sizeof result);
	schedule_begin(&by);
	litmus_begin();
	race = !schedule_run(test->thread, test->threads, nothing);
	if (test->outcomes[0])
		note(test);
	schedule_end();
	return race;
}

static bool is_listed(const litmus *test, const char *outcome)
{
	for (const char *at = test->outcomes; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strncmp(at, outcome, strlen(outcome)) == 0 && strcspn(at, " ") == strlen(outcome))
			return true;
	return false;
}

static bool was_seen(const char *outcome, size_t length)
{
	for (unsigned i = 0; i < seen_count; i++)
		if (strlen(seen[i]) == length && strncmp(seen[i], outcome, length) == 0)
			return true;
	return false;
}

static bool is_right(const litmus *test, bool race)
{
	bool right = race == test->race;

	if (!right)
		printf("%s: a race was %s\n", test->name, race ? "found" : "not found");
	for (unsigned i = 0; i < seen_count; i++)
		if (!is_listed(test, seen[i])) {
			printf("%s: %s is not allowed\n", test->name, seen[i]);
			right = false;
		}
	for (const char *at = test->outcomes; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (!was_seen(at, strcspn(at, " "))) {
			printf("%s: %.*s did not appear\n", test->name, (int)strcspn(at, " "), at);
			right = false;
		}
	return right;
}

static bool run(const litmus *test, unsigned long *executions)
{
	unsigned long count = 0;
	bool race = false;

	seen_count = 0;
	choose_restart();
	do
		race |= execute(test);
	while (++count < MOST && choose_next_of_all());
	*executions += count;
	return is_right(test, race);
}

int main(void)
{
	unsigned count = 0, wrong = 0;
	unsigned long executions = 0;

	for (; litmus_tests[count].name; count++)
		wrong += !run(&litmus_tests[count], &executions);
	printf("litmus: %u tests, %lu executions, %u wrong\n", count, executions, wrong);
	return wrong > 0;
}
