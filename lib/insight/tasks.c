/* SPDX-License-Identifier: 0BSD
 *
 * tasks.c - the threads that the system knows, for a survey: leat does not know those that have never waited in it.
 *
 * They are listed before the survey reads the first record. A thread that is not on the list was started afterwards, by
 * a thread that ran. A list that is made later would miss threads that woke a sleeper, which had been read already, and
 * then ended. deadlock.c relies on this.
 *
 * The kernel may end its list early when a thread ends meanwhile. So the list counts as complete only if it is as long
 * as the number of threads that the kernel gave before.
 */
#define _POSIX_C_SOURCE 200809L
#include "survey.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder has two links, and one more for each thread. 0: the system does not count them. */
static size_t count_tasks(DIR *tasks)
{
	struct stat status;

	return fstat(dirfd(tasks), &status) == 0 && status.st_nlink > 2 ? (size_t)status.st_nlink - 2 : 0;
}

/* Read a line that the system has for a thread. If the thread has ended meanwhile, it is empty. */
static void read_line(long tid, const char *about, char *line, int size)
{
	char path[64];
	FILE *file;

	line[0] = '\0';
	(void)snprintf(path, sizeof path, "/proc/self/task/%ld/%s", tid, about);
	if (!(file = fopen(path, "r")))
		return;
	if (fgets(line, size, file))
		line[strcspn(line, "\n")] = '\0';
	(void)fclose(file); /* it was only read */
}

/* If main leaves by pthread_exit, the system lists its thread as a zombie until the process ends. A thread whose line
 * cannot be read may live. */
static bool has_left(long tid)
{
	char line[256];
	const char *state;

	if (tid != (long)getpid())
		return false;
	read_line(tid, "stat", line, sizeof line);
	state = strrchr(line, ')'); /* after the name, which may have any characters */
	return state && strncmp(state, ") Z", 3) == 0;
}

static void list_task(leati_survey *survey, long tid)
{
	if (!has_left(tid) &&
	    leati_make_room(survey, &survey->tids, &survey->room_tids, survey->n_tids, sizeof *survey->tids))
		survey->tids[survey->n_tids++] = tid;
}

void leati_list_tasks(leati_survey *survey)
{
	DIR *tasks = opendir("/proc/self/task");
	size_t count, listed = 0;

	if (!tasks)
		return;
	count = count_tasks(tasks);
	for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
		if (task->d_name[0] == '.')
			continue;
		list_task(survey, strtol(task->d_name, NULL, 10));
		listed++;
	}
	survey->knows_all_threads = listed >= count;
	(void)closedir(tasks); /* it was only read */
}

/* The system lists threads in the order in which they were started, the registry in the reverse order. So the search
 * goes backwards, from the last find. */
static bool knows(const leati_survey *survey, long tid, size_t *last)
{
	for (size_t tried = 0; tried < survey->n_threads; tried++) {
		*last = (*last > 0 ? *last : survey->n_threads) - 1;
		if (survey->threads[*last].tid == tid)
			return true;
	}
	return false;
}

static void add_unknown(leati_survey *survey, long tid)
{
	leati_seen_thread *thread = leati_add_seen_thread(survey, tid);

	if (thread)
		thread->doing = LEATI_UNKNOWN;
}

void leati_see_tasks(leati_survey *survey)
{
	long main = (long)getpid();
	size_t last = 0;

	for (size_t i = 0; i < survey->n_tids; i++)
		if (!knows(survey, survey->tids[i], &last) && !leati_is_service_thread(survey->tids[i]))
			add_unknown(survey, survey->tids[i]);
	for (size_t i = 0; i < survey->n_threads; i++) {
		leati_seen_thread *thread = &survey->threads[i];

		thread->main = thread->tid == main;
		if (thread->main && !thread->fn)
			strcpy(thread->name, "main");
		else if (!thread->name[0])
			read_line(thread->tid, "comm", thread->name, LEATI_TEXT);
	}
}
