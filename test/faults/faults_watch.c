/* SPDX-License-Identifier: 0BSD
 *
 * faults_watch.c - reports without a thread, which the caller is told, and without memory, which a later look has.
 */
#include "faults.h"
#include "../../lib/insight/watch.h"

#include <sys/wait.h>

static int ask_once(void)
{
	if (leat_report_on(LEAT_ON_QUIT | LEAT_ON_DEADLOCK | LEAT_ON_TOP) < 0)
		return errno;
	leati_end_watch();
	return 0;
}

/* One thread watches, the other one samples. */
static void no_reports_without_a_thread(void)
{
	char runtime[] = "/tmp/leat-test-XXXXXX", folder[64];

	check(mkdtemp(runtime) && setenv("XDG_RUNTIME_DIR", runtime, 1) == 0);
	check(fail_each(&starts, EAGAIN, ask_once) == 2);
	check(snprintf(folder, sizeof folder, "%s/leat", runtime) > 0 && rmdir(folder) == 0 && rmdir(runtime) == 0);
}

/* The child is stuck. The watching thread lacks memory once, at its n-th allocation. */
static int stuck_without_memory(long n)
{
	leat_rx nil = LEAT_NIL;
	int status, never;
	pid_t child;

	check((child = fork()) >= 0);
	if (child == 0) {
		check(freopen("/dev/null", "w", stderr) && leat_report_on(LEAT_ON_DEADLOCK) == 1);
		atomic_store(&allocations.left, n);
		(void)leat_recv(nil, &never);
	}
	check(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The thread sanitizer has a thread of its own, which might wake others as far as leat knows. */
static void a_deadlock_is_found_though_memory_is_short(void)
{
	for (long n = 0; n < 12 && !UNDER_TSAN; n++)
		check(stuck_without_memory(n) == 2);
}

int main(int argc, char **argv)
{
	return RUN(no_reports_without_a_thread, a_deadlock_is_found_though_memory_is_short);
}
