/* SPDX-License-Identifier: 0BSD
 *
 * logger - a small logger: each line has the UTC time, a level and the name of the thread. Nothing is lost at exit.
 *
 * The threads send entries into a channel, and one thread writes them, so lines never mix. At exit the channel is closed,
 * and log_end waits until the last entry is written. When the reader of the output is gone, the writing thread drops its
 * end. Then log_say returns 0, and the program goes on without a log. The output shows the time that the book has.
 */
#define _GNU_SOURCE /* names of threads */
#include <leat.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum { INFO, WARN, FAIL } log_level;
struct entry { leat_time at; log_level level; char thread[16], text[200]; };

static struct { leat_tx tx; int fd; leat_time (*utc)(void); } the_log = { .utc = leat_utc };

static int write_entry(const struct entry *entry)
{
	static const char *const levels[] = { "INFO", "WARN", "FAIL" };
	int second = (int)(entry->at / LEAT_S(1) % 86400);

	return dprintf(the_log.fd, "%02d:%02d:%02d %s [%s] %s\n", second / 3600, second / 60 % 60, second % 60,
	               levels[entry->level], entry->thread, entry->text) > 0;
}

static void write_log(void *of_in)
{
	leat_rx in = *(leat_rx *)of_in;

	for (struct entry entry; leat_recv(in, &entry) > 0 && write_entry(&entry);)
		;
	leat_drop(in);
}

static int log_begin(int fd)
{
	leat_chan entries = leat_make(struct entry, 64);

	the_log.tx = entries.tx;
	the_log.fd = fd;
	return leat_go_copy(write_log, &entries.rx);
}

/* Wait until the writing thread has dropped its end: it has written everything, or cannot write any more. */
static void log_end(void)
{
	(void)leat_close(the_log.tx); /* 0 if nobody reads any more */
	(void)leat_wait_gone(the_log.tx, LEAT_NEVER); /* 1, always */
	leat_drop(the_log.tx);
}

/* Returns 0 if nobody reads the log. */
__attribute__((format(printf, 2, 3))) static int log_say(log_level level, const char *format, ...)
{
	struct entry entry = { .at = the_log.utc(), .level = level };
	va_list arguments;

	(void)pthread_getname_np(pthread_self(), entry.thread, sizeof entry.thread);
	va_start(arguments, format);
	(void)vsnprintf(entry.text, sizeof entry.text, format, arguments); /* a long text is cut */
	va_end(arguments);
	return leat_send(the_log.tx, &entry);
}

static void divide(void *of_divisor)
{
	int divisor = *(int *)of_divisor;

	log_say(divisor ? INFO : FAIL, "%s by %d", divisor ? "a division" : "no division", divisor);
}

static leat_time book_time(void) { return LEAT_S(7 * 3600 + 24 * 60 + 13); }

int main(void)
{
	leat_waitgroup group = { 0 };
	int ends[2], said = 0;

	(void)signal(SIGPIPE, SIG_IGN); /* a write to a pipe without a reader fails instead */
	the_log.utc = book_time;
	if (pthread_setname_np(pthread_self(), "main") || pipe(ends) < 0 || close(ends[0]) < 0 || log_begin(ends[1]) < 0)
		return 1;
	while (said < 1000 && log_say(INFO, "nobody reads this"))
		said++;
	log_end();
	if (close(ends[1]) < 0 || log_begin(STDOUT_FILENO) < 0 || atexit(log_end) != 0)
		return 1;
	log_say(said < 1000 ? INFO : FAIL, "without a reader the program goes on");
	for (int divisor = 2; divisor >= 0; divisor--)
		if (leat_waitgroup_go(&group, divide, &divisor) < 0 || leat_waitgroup_wait(&group, LEAT_NEVER) < 0)
			return 1;
	log_say(WARN, "main returns");
	return 0;
}
