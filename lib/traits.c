/* SPDX-License-Identifier: 0BSD
 *
 * traits.c - what a thread has of its own, and what a function may change: its processors, its scheduling, its locale,
 * and how it does arithmetic. And what leat_start_with says that threads shall have.
 *
 * A thread whose function has changed any of these is not used for another function. It could not always change them
 * back: a thread may lower its own priority, but not raise it again. So traits are only compared. The affinity mask and
 * the scheduling are kept as one number each. They are read by system calls: libc's functions for the mask are no part
 * of POSIX, and those for the scheduling may answer from a copy of their own.
 */
#define _GNU_SOURCE /* syscall */
#include "internal.h"

#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <string.h>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum { CPUS = 8192 }; /* no kernel is built for more */

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t sum_up(const unsigned char *bytes, long count)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (long i = 0; i < count; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	return sum;
}

static uint64_t processors(void)
{
	long count = 0;
	unsigned char mask[CPUS / CHAR_BIT] = { 0 };

#if defined(__linux__) && defined(SYS_sched_getaffinity)
	count = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
#endif
	return sum_up(mask, count);
}

/* Where the system tells it, this includes the nice value. */
static uint64_t scheduling(void)
{
#if defined(__linux__) && defined(SYS_sched_getattr)
	unsigned char attributes[48] = { 0 }; /* struct sched_attr in its first version */
	long error = syscall(SYS_sched_getattr, 0, attributes, sizeof attributes, 0);

	return sum_up(attributes, error ? 0 : (long)sizeof attributes);
#else
	struct sched_param parameters;
	int policy, error = pthread_getschedparam(pthread_self(), &policy, &parameters);

	return error ? 0 : (uint64_t)policy << 32 | (uint32_t)parameters.sched_priority;
#endif
}

/* How the thread rounds. Where the control registers can be read, also whether it traps and flushes to zero. (The
 * functions of fenv.h for this would need -lm.) */
static uint32_t arithmetic(void)
{
#if defined(__SSE2__) && defined(__x86_64__)
	uint32_t sse = 0; /* set here too, because a memory sanitizer does not see what assembly writes */
	uint16_t x87 = 0;

	__asm__ volatile("stmxcsr %0" : "=m"(sse));
	__asm__ volatile("fnstcw %0" : "=m"(x87));
	return (sse & 0xffc0u) | (uint32_t)x87 << 16; /* without the flags of exceptions that were raised */
#elif defined(__aarch64__)
	uint64_t control;

	__asm__ volatile("mrs %0, fpcr" : "=r"(control));
	return (uint32_t)control;
#else
	volatile double one = 1, minus = -1, tiny = 1e-30;

	return (uint32_t)(one + tiny != one) | (uint32_t)(one - tiny != one) << 1 |
	       (uint32_t)(minus + tiny != minus) << 2;
#endif
}

void leati_note_traits(leati_traits *traits)
{
	traits->processors = processors();
	traits->scheduling = scheduling();
	traits->arithmetic = arithmetic();
	traits->locale = uselocale((locale_t)0);
}

/* `called` says that the function may have made a system call. If not, the processors and the scheduling need no look,
 * which would add a third to the cost of leat_go. */
bool leati_has_traits(const leati_traits *traits, bool called)
{
	return traits->arithmetic == arithmetic() && traits->locale == uselocale((locale_t)0) &&
	       (!called || (traits->processors == processors() && traits->scheduling == scheduling()));
}

/* --------------------------------------------------------------------------- what threads shall have -- */

static _Thread_local const leat_traits *given_traits;

const leat_traits *leat_start_with(const leat_traits *traits)
{
	const leat_traits *former = given_traits;

	given_traits = traits;
	return former;
}

const leat_traits *leati_given_traits(void)
{
	return given_traits;
}

bool leati_must_take_traits(const leat_traits *traits)
{
	return traits && (traits->nice || traits->cpus);
}

#if defined(__linux__) && defined(SYS_sched_setaffinity) && defined(SYS_sched_getaffinity)

enum { WORD = CHAR_BIT * sizeof(unsigned long) };

/* The kernel leaves out processors that the thread may not have. That would be silent, so the mask is read again. */
static int take_processors(const int *cpus, size_t count)
{
	unsigned long wanted[CPUS / WORD] = { 0 }, had[CPUS / WORD] = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (cpus[i] < 0 || cpus[i] >= CPUS)
			return EINVAL;
		wanted[(size_t)cpus[i] / WORD] |= 1ul << (size_t)cpus[i] % WORD;
	}
	if (syscall(SYS_sched_setaffinity, 0, sizeof wanted, wanted) < 0 ||
	    syscall(SYS_sched_getaffinity, 0, sizeof had, had) < 0)
		return errno;
	return memcmp(wanted, had, sizeof wanted) == 0 ? 0 : EINVAL;
}

/* Linux has a nice value for each thread, and means the calling one here. It gives the lowest or highest value to a
 * thread that asks for more. */
static int take_nice(int more)
{
	const int all = 40; /* from the one to the other */
	int before;

	more = more > all ? all : more < -all ? -all : more;
	errno = 0;
	before = getpriority(PRIO_PROCESS, 0);
	return errno || setpriority(PRIO_PROCESS, 0, before + more) < 0 ? errno : 0;
}

#else

static int take_processors(const int *cpus, size_t count)
{
	(void)cpus;
	(void)count;
	return ENOTSUP;
}

static int take_nice(int more)
{
	(void)more;
	return ENOTSUP;
}

#endif

int leati_take_traits(const leat_traits *traits)
{
	int error = traits->cpus ? take_processors(traits->cpus, traits->cpu_count) : 0;

	return error || !traits->nice ? error : take_nice(traits->nice);
}
