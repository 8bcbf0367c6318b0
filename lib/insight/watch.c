/* SPDX-License-Identifier: 0BSD
 *
 * watch.c - what LEAT_REPORT and leat_report_on start: a handler of SIGQUIT, and a thread that writes the reports.
 *
 * A process that does not ask has no such thread, no file and no handler. In one that asks, the watching thread looks
 * around every 20 ms. The handler, and others that want a report, only set a flag for it. So the handler needs no
 * pipe, whose numbers the program could close and use for a file of its own.
 *
 * The child of a fork has no watching thread, and SIGQUIT does there what it did before. leat_report_on works there.
 */
#define _XOPEN_SOURCE 700 /* SA_ONSTACK */
#include "sampler.h"
#include "trace.h"
#include "watch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WATCH_ALL = LEAT_ON_QUIT | LEAT_ON_DEADLOCK | LEAT_AT_EXIT | LEAT_ON_TOP };

enum {
	WATCH_PAUSE = 20,  /* ms */
	WATCH_SAMPLE = 250 /* ms before a report, which then says where the time goes */
};

static struct {
	leati_lock lock;           /* protects the members below, and serves one call of leat_report_on at a time */
	bool runs;                 /* the thread exists */
	pthread_t thread;
	bool handles;              /* SIGQUIT has our handler, unless the program has set another one since */
	struct sigaction former;   /* what it had before */
	atomic_uint events;        /* that were asked for */
	atomic_bool quit, now, ends; /* the thread is to write a report, to look for deadlocks at once, to end */
} watch;

/* ------------------------------------------------------------------------------------------ the thread -- */

static int write_on_quit(FILE *to, void *arg)
{
	(void)arg;
	return leat_report(to) < 0 ? errno : 0;
}

static void watch_once(unsigned events)
{
	if (atomic_exchange(&watch.quit, false)) {
		leati_sample_for(LEAT_MS(WATCH_SAMPLE));
		leati_put_out(write_on_quit, NULL);
	}
	if (events & LEAT_ON_DEADLOCK)
		leati_look(atomic_exchange(&watch.now, false));
	if (events & LEAT_ON_TOP)
		leati_serve_top();
}

static void watch_main(void)
{
	struct timespec pause = { 0, (long)LEAT_MS(WATCH_PAUSE) };

	while (!atomic_load(&watch.ends)) {
		watch_once(atomic_load(&watch.events));
		nanosleep(&pause, NULL); /* no signal comes to this thread */
	}
	watch_once(0); /* a SIGQUIT that came just before the end */
	leati_end_looks();
}

/* The caller holds the lock. Returns 0 or an errno value. */
static int start_watching(void)
{
	int error = 0;

	if (!watch.runs) {
		atomic_store(&watch.ends, false);
		error = leati_start_service(watch_main, &watch.thread);
		watch.runs = !error;
	}
	return error;
}

void leati_watch_now(void)
{
	atomic_store(&watch.now, true);
}

/* ---------------------------------------------------------------------------------------------- SIGQUIT -- */

static void note_quit(int number)
{
	(void)number;
	atomic_store(&watch.quit, true);
}

/* SIGQUIT may be ignored, as in a process that a shell script has started with &. It was asked for all the same. */
static void handle_quit(void)
{
	struct sigaction ours;

	if (watch.handles)
		return;
	memset(&ours, 0, sizeof ours);
	ours.sa_handler = note_quit;
	ours.sa_flags = SA_RESTART | SA_ONSTACK;
	sigemptyset(&ours.sa_mask);
	watch.handles = sigaction(SIGQUIT, &ours, &watch.former) == 0;
}

/* A handler that the program has set since stays. */
static void handle_quit_no_more(void)
{
	struct sigaction current;

	if (watch.handles && sigaction(SIGQUIT, NULL, &current) == 0 && current.sa_handler == note_quit)
		(void)sigaction(SIGQUIT, &watch.former, NULL); /* it was valid before */
	watch.handles = false;
}

/* ------------------------------------------------------------------------------------------ begin and end -- */

/* The caller holds the lock. Returns 0 or an errno value. */
static int begin_events(unsigned events)
{
	int error = events & ~(unsigned)LEAT_AT_EXIT ? start_watching() : 0;

	if (!error && events & LEAT_ON_TOP)
		error = leati_begin_top();
	if (error)
		return error;
	if (events & LEAT_ON_QUIT)
		handle_quit();
	atomic_fetch_or(&watch.events, events);
	atomic_fetch_or_explicit(&leati_asked, LEATI_ASKED_CHANNELS, memory_order_relaxed);
	return 0;
}

int leat_report_on(unsigned events)
{
	int error = events & ~(unsigned)WATCH_ALL ? EINVAL : leati_prepare_fork();
	int former = leati_forbid_cancel(); /* sockets and files are cancellation points */

	if (!error) {
		leati_acquire(&watch.lock);
		error = begin_events(events);
		leati_release(&watch.lock);
	}
	leati_allow_cancel(former);
	return error ? leat_refuse(error) : 1;
}

/* The thread finishes its report first. */
void leati_end_watch(void)
{
	int former = leati_forbid_cancel(); /* a thread may call exit that was cancelled */
	unsigned events;

	leati_acquire(&watch.lock);
	handle_quit_no_more();
	atomic_store(&watch.ends, true);
	if (watch.runs)
		pthread_join(watch.thread, NULL);
	watch.runs = false;
	leati_end_top();
	events = atomic_exchange(&watch.events, 0);
	leati_release(&watch.lock);
	if (events & LEAT_AT_EXIT)
		leati_report_leaks();
	leati_allow_cancel(former);
}

/* The child has no watching thread. Its channels are its parent's, so it reports none of them at its end. */
void leati_forget_watch(void)
{
	leati_release(&watch.lock);
	handle_quit_no_more();
	watch.runs = false;
	atomic_store(&watch.events, 0);
	atomic_store(&watch.quit, false);
	atomic_store(&watch.now, false);
	leati_forget_looks();
	leati_forget_top();
}

/* -------------------------------------------------------------------------------------- the environment -- */

static const struct { const char *word; unsigned event; } watch_words[] = {
	{ "quit", LEAT_ON_QUIT }, { "deadlock", LEAT_ON_DEADLOCK }, { "exit", LEAT_AT_EXIT }, { "top", LEAT_ON_TOP }
};

/* The event of a word, or 0. */
static unsigned event_of(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof watch_words / sizeof *watch_words; i++)
		if (strlen(watch_words[i].word) == length && strncmp(watch_words[i].word, word, length) == 0)
			return watch_words[i].event;
	return 0;
}

/* The words are separated by commas or blanks. */
static unsigned events_of(const char *words)
{
	unsigned events = 0, event;

	for (size_t length; *words; words += length + (words[length] != '\0')) {
		length = strcspn(words, ", ");
		event = event_of(words, length);
		if (length > 0 && !event)
			(void)fprintf(stderr, "leat: LEAT_REPORT has the word \"%.*s\", which is none of quit, deadlock, exit "
			              "and top\n", (int)length, words); /* nobody is left to tell if it fails */
		events |= event;
	}
	return events;
}

static void read_environment(void)
{
	const char *words = leati_setting("LEAT_REPORT"), *file = leati_setting("LEAT_REPORT_FILE");
	unsigned events = words ? events_of(words) : 0;

	if (file)
		leati_set_report_file(file);
	if (events && leat_report_on(events) < 0)
		(void)fprintf(stderr, "leat: no reports as LEAT_REPORT asks: %s\n", leat_strerror(errno)); /* as above */
}

#ifdef __GNUC__
/* Before main, so that SIGQUIT works before the program has made its first call. */
__attribute__((constructor)) static void begin_before_main(void)
{
	leati_begin_trace();
	read_environment();
}
#endif
