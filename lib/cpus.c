/* SPDX-License-Identifier: 0BSD
 *
 * cpus.c - how many processors this process may use.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* syscall */
#include "internal.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

/* Counts the bits of the affinity mask. It makes the system call itself: libc's function for it is no part of POSIX. */
static long in_mask(void)
{
	long count = 0;
#if defined(__linux__) && defined(SYS_sched_getaffinity)
	unsigned char mask[1024] = { 0 }; /* 8192 processors: no kernel is built for more */
	long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);

	for (long i = 0; i < bytes; i++)
		for (int bit = 0; bit < CHAR_BIT; bit++)
			count += mask[i] >> bit & 1;
#endif
	return count > 0 ? count : sysconf(_SC_NPROCESSORS_ONLN);
}

/* The quota of the control group, rounded up; LONG_MAX when there is none. */
static long in_quota(void)
{
	FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
	long quota, period, cpus = LONG_MAX;

	if (!file)
		return cpus;
	if (fscanf(file, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0)
		cpus = quota / period + (quota % period != 0);
	(void)fclose(file); /* it was only read */
	return cpus;
}

size_t leat_cpus(void)
{
	int former = leati_forbid_cancel(); /* reading a file is a cancellation point, but no call of leat is one */
	long mask = in_mask(), quota = in_quota();
	long cpus = mask < quota ? mask : quota;

	leati_allow_cancel(former);
	return cpus > 0 ? (size_t)cpus : 1;
}
