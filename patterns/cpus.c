/* leat_cpus - how many processors this process may use.
 *
 *     affinity mask: 8, quota of the control group: 2.5 -> 3
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#include "leat.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>

/* syscall is no part of POSIX, so unistd.h declares it only for files that ask for more. */
long syscall(long number, ...);
#endif

/* Count the bits of the affinity mask, by the system call itself: libc's function for it is no part of POSIX. */
static long cpus_in_mask(void)
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
static long cpus_in_quota(void)
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

/* Reading a file is a cancellation point, but no call of leat is one. */
size_t leat_cpus(void)
{
	long mask, quota, cpus;
	int former;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
	mask = cpus_in_mask();
	quota = cpus_in_quota();
	pthread_setcancelstate(former, NULL);
	cpus = mask < quota ? mask : quota;
	return cpus > 0 ? (size_t)cpus : 1;
}
