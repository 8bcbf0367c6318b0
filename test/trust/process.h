/* SPDX-License-Identifier: 0BSD
 *
 * process.h - what this process uses: memory and threads. For programs that measure. Needs _DEFAULT_SOURCE.
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

/* What cannot be measured must not pass for nothing. */
static inline void told(int known)
{
	if (!known) {
		perror("what the process uses");
		_exit(1);
	}
}

/* Bytes that are allocated, and what of the process is in memory. */
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
	return 0; /* then what is in memory must do */
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

/* One that was joined, or that has run for the last time, may be seen for a while on a busy machine. */
static inline int threads_down_to(int wanted)
{
	int count;

	for (int looks = 0; (count = count_threads()) > wanted && looks < 1000; looks++)
		told(nanosleep(&(struct timespec){ 0, 10000000 }, NULL) == 0);
	return count;
}

#endif
