/* SPDX-License-Identifier: 0BSD
 *
 * process.h - how much memory and how many threads this process uses, for programs that measure. Define _DEFAULT_SOURCE
 * first.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef LEAT_JEMALLOC
#include <jemalloc/jemalloc.h>
#elif defined(__GLIBC__)
#include <malloc.h>
#if __GLIBC_PREREQ(2, 33)
#define HAS_MALLINFO2
#endif
#endif

/* A measurement that is impossible must not look like a measurement of zero. */
static inline void told(int known)
{
	if (!known) {
		perror("what the process uses");
		_exit(1);
	}
}

/* Bytes that are allocated. resident() gives the bytes of the process that are in memory. */
static inline size_t allocated(void)
{
#ifdef LEAT_JEMALLOC
	uint64_t epoch = 1;
	size_t bytes, size = sizeof bytes;

	told(mallctl("thread.tcache.flush", NULL, NULL, NULL, 0) == 0);
	told(mallctl("epoch", NULL, NULL, &epoch, sizeof epoch) == 0);
	told(mallctl("stats.allocated", &bytes, &size, NULL, 0) == 0);
	return bytes;
#elif defined(HAS_MALLINFO2)
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
#else
	return 0; /* unknown: the caller has to use resident() */
#endif
}

static inline size_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long total, pages = 0;

	told(file && fscanf(file, "%lu %lu", &total, &pages) == 2);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static inline int count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = 0;

	told(tasks != NULL);
	for (struct dirent *entry; (entry = readdir(tasks)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(tasks);
	return count;
}

/* Wait up to 10 s until at most `wanted` threads are left, and return their number. On a busy machine the system may
 * still count a thread for a while after it has ended. */
static inline int threads_down_to(int wanted)
{
	int count;

	for (int looks = 0; (count = count_threads()) > wanted && looks < 1000; looks++)
		told(nanosleep(&(struct timespec){ 0, 10000000 }, NULL) == 0);
	return count;
}

#endif
