/* SPDX-License-Identifier: 0BSD
 *
 * report.h - see what a running program does: which thread waits for what, what is stuck, where the time goes.
 *
 * A program need not be changed or built again: LEAT_REPORT=quit,deadlock,exit ./program. See docs/insight.md.
 *
 *     quit       SIGQUIT (Ctrl-\) writes a report, and the program goes on
 *     deadlock   a thread that nobody can wake any more is reported; if all are stuck, the program ends with status 2
 *     exit       functions that still run, and handles that are still open, are reported when the program ends
 *     top        leat-top PID shows the program, and every report says where the time goes
 *
 * Reports go to stderr, or are appended to the file that LEAT_REPORT_FILE names. LEAT_TRACE=file.json writes a trace.
 * A program that runs with more rights than its user has ignores these variables.
 */
#ifndef LEAT_REPORT_H
#define LEAT_REPORT_H

#include "channel.h"
#include "time.h"

#include <stdio.h>
#ifdef __cplusplus
extern "C" {
#endif

/* ---- reports ------------------------------------------------------------------------------------- */

/* leat_report: write for people what all threads do. First which threads are stuck and why. Then for each thread: its
 * stage or function, the place where it was started, and whether it runs or waits. If it waits: for which operations and
 * channels, for how long, and which stages could end the wait. Then lists of locks, channels, stages and counters.
 * leat_report_as: the same in a format: LEAT_TEXT; LEAT_JSON, for programs (docs/insight.md has a table of its members);
 * LEAT_DOT or LEAT_MERMAID, a picture of the stages and the channels between them, for graphviz or Mermaid.
 * With `top`, and in a report of SIGQUIT, they also say where the time of the last seconds went: how busy each stage
 * was, how many values it had, how full each channel was, and which stage, or the reader of the last one, is the
 * bottleneck.
 *   returns   1. -1 with ENOMEM, with EINVAL: `to` is NULL, or there is no such format, or with the errno of the write
 *   threads   any. Other threads go on, so each is shown at a slightly different moment. A report is written in one
 *             piece, and flushed: reports of several threads do not mix */
int leat_report(FILE *to);

enum { LEAT_TEXT, LEAT_JSON, LEAT_DOT, LEAT_MERMAID };
int leat_report_as(FILE *to, int format);

/* Do from now on what LEAT_REPORT does. A thread of leat's own writes the reports, in one piece each.
 *
 * LEAT_ON_QUIT sets a handler of SIGQUIT. If the program sets another one afterwards, that one stays. As with each
 * handler, calls such as poll and sleep end early.
 * LEAT_ON_DEADLOCK reports a stuck thread within about a third of a second, once. The program goes on. If all threads
 * are stuck, stdout is flushed, and the process ends by _exit(2): no handler of atexit runs. A thread that is only
 * suspected, because code of the program could still wake it, is reported once it has slept for ten seconds, or for as
 * many milliseconds as LEAT_REPORT_SUSPECT says. The program never ends for that.
 * LEAT_AT_EXIT reports when main returns or exit is called. Functions get a tenth of a second to end. Handles count from
 * this call on: those of the program's own, not those of stages.
 * LEAT_ON_TOP opens a socket, in a folder that only this user can enter. leat-top finds it there. A second thread looks
 * every 10 ms at what all threads do, so that reports say where the time goes.
 *
 * The child of a fork has no such thread and handler, but may call this itself.
 *   returns   1. -1 with EINVAL: no such event. EAGAIN or ENOMEM: no thread to write the reports. Or the error with
 *             which the socket could not be opened; EACCES if others can enter its folder */
enum { LEAT_ON_QUIT = 1, LEAT_ON_DEADLOCK = 2, LEAT_AT_EXIT = 4, LEAT_ON_TOP = 8 };
int leat_report_on(unsigned events);

/* ---- names --------------------------------------------------------------------------------------- */

/* leat_name(h, name): name the channel of `h`, a leat_tx, leat_rx or leat_chan, for reports. Without a name they show
 * the stage that sends to it, or the place where it was made. Nil, timers and streams that never started are left
 * alone. `name` must outlive the channel. */

/* ---- deadlocks and leaks ------------------------------------------------------------------------- */

/* leat_own(h): say that this thread alone uses the handle `h`, a leat_tx, a leat_rx or a leat_chan (then both). A thread
 * that waits for the other end of a channel can only be suspected of a deadlock if any thread of the program may have
 * the handle that it waits for. With this call the deadlock is proven.
 *   returns   1, also for nil, for timers, and for streams that never started. -1 with ENOMEM
 *   handles   borrows `h`. The call counts until this thread drops `h`, gives it to a constructor, or ends. Do not let
 *             another thread use it before: give that thread a leat_dup(h) */

/* Wait until no started function runs, for a test that must leave none behind. If some still run at t, write on stderr
 * which they are, where they were started, and what they wait for.
 *   returns   1. -1 with ETIMEDOUT, EAGAIN, or EDEADLK when a started function calls it */
int leat_expect_none(leat_time t);

/* ---- counters ------------------------------------------------------------------------------------ */

/* A number of the program's own, which reports show: it counts events, or it is a gauge, such as open connections.
 *
 *     static leat_counter served = LEAT_COUNTER("requests served");
 *
 *     leat_counter_add(&served, 1);
 *
 * Reports show a counter from its first use on. It must be static, and so must its name. It counts whether or not
 * somebody asks for reports. A plugin that uses counters must not be unloaded.
 *   threads   any. An addition is one atomic operation, which waits for nobody. It orders no other memory */
typedef struct leat_counter {
	const char *name;
	leat_link_ next_;
	leat_number_ value_;
	leat_byte_ listed_;
} leat_counter;

/* The counter of this name: the first with it that was used, or a new one, which is never freed. So parts of a program
 * share a counter by its name, and names may be made at run time. The name is copied. The call compares the names of
 * all counters, so keep what it returns.
 *   returns   NULL with ENOMEM */
leat_counter *leat_counter_named(const char *name);

/* Change a counter, and read it. */
void leat_counter_add(leat_counter *counter, long n); /* n may be negative. Beyond its limits a long wraps around */
void leat_counter_set(leat_counter *counter, long n);
long leat_counter_get(const leat_counter *counter);

/* ---- private ------------------------------------------------------------------------------------- */

void leat_name_(struct leat_channel *ch, const char *name);

int leat_own_tx_(leat_tx tx);
int leat_own_rx_(leat_rx rx);
int leat_own_chan_(leat_chan chan);

/* The calling thread gives this handle to another thread. */
void leat_given_(leat_rx rx);

#define LEAT_COUNTER(...) { (__VA_ARGS__), LEAT_NULL_, 0, 0 }
#define leat_name(h, ...) leat_name_(LEAT_CH_(h), (__VA_ARGS__))

#ifndef __cplusplus
#define leat_own(...) \
	_Generic((__VA_ARGS__), leat_tx: leat_own_tx_, leat_rx: leat_own_rx_, leat_chan: leat_own_chan_)(__VA_ARGS__)
#else
} /* extern "C" */

inline int leat_own(leat_tx tx) { return leat_own_tx_(tx); }
inline int leat_own(leat_rx rx) { return leat_own_rx_(rx); }
inline int leat_own(leat_chan chan) { return leat_own_chan_(chan); }
#endif
#endif
