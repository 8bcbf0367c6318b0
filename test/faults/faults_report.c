/* SPDX-License-Identifier: 0BSD
 *
 * faults_report.c - allocations fail in a report: the first one, then the second, and so on. The report is whole, or
 * nothing is written and the call says why.
 */
#include "faults.h"

#include <stdbool.h>

static int format;

static int negate(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = -*(const int *)in;
	return 1;
}

static void lock_and_unlock(void *of_mutex)
{
	leat_mutex_lock(of_mutex);
	leat_mutex_unlock(of_mutex);
}

static bool is_whole(const char *text)
{
	static const char *const last[] = { "\n", "]}\n", "}\n", "\n" };
	size_t length = strlen(text), end = strlen(last[format]);

	return length > 20 && strcmp(text + length - end, last[format]) == 0;
}

static int write_report(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int error;

	check(to);
	error = leat_report_as(to, format) < 0 ? errno : 0;
	check(fclose(to) == 0);
	check(error ? size == 0 : is_whole(text));
	free(text);
	return error;
}

/* Whether or not the stage and the thread could be started. */
static int run_report(void)
{
	leat_mutex mutex = LEAT_MUTEX(LEAT_HANDOFF);
	leat_chan chan = leat_make(int, capacity);
	leat_rx mapped = leat_map_n(LEAT_NIL, chan.rx, 2, int, negate, NULL);
	int error;

	leat_mutex_lock(&mutex);
	(void)leat_go(lock_and_unlock, &mutex);
	error = write_report();
	leat_mutex_unlock(&mutex);
	leat_drop(mapped);
	leat_drop(chan.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	return error;
}

static void without_memory(void)
{
	for (format = LEAT_TEXT; format <= LEAT_MERMAID; format++) {
		check(run_report() == 0);
		check(fail_each(&allocations, ENOMEM, run_report) >= 6);
	}
}

static void a_counter_without_memory(void)
{
	atomic_store(&allocations.left, 0);
	check(!leat_counter_named("counted") && errno == ENOMEM);
	atomic_store(&allocations.left, -1);
	check(leat_counter_named("counted"));
}

int main(int argc, char **argv)
{
	return RUN(without_memory, a_counter_without_memory);
}
