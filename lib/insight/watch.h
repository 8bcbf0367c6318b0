/* SPDX-License-Identifier: 0BSD
 *
 * watch.h - what the watching thread does (watch.c), and where its reports go.
 */
#ifndef LEATI_WATCH_H
#define LEATI_WATCH_H

#include "deadlock.h"

/* fork.c calls these: by exit, or before the library is unloaded; and in the child of a fork. */
void leati_end_watch(void);
void leati_forget_watch(void);

/* output.c: have a function write a report into memory, and then put it out in one piece, to stderr or the file that was
 * set. The function returns 0, or an errno value if a part of the report is missing; it need not ask for errors of the
 * stream. */
void leati_set_report_file(const char *path);
void leati_put_out(int (*write_report)(FILE *to, void *arg), void *arg);

/* look.c: look for threads that are stuck or suspected, if it is time or `now`, and report those that are new. If all
 * threads are stuck, end the process. The watching thread alone calls the first two. */
void leati_look(bool now);
void leati_end_looks(void);
void leati_forget_looks(void); /* in the child of a fork */

/* How long a thread must have slept to be suspected, as the environment says. Any thread may ask. */
leat_time leati_suspect_after(void);

/* leaks.c: report the functions that still run and the handles that are still open. */
void leati_report_leaks(void);

/* top.c: open and close the socket for leat-top, and answer those that have connected to it. Returns 0 or an errno
 * value. */
int leati_begin_top(void);
void leati_serve_top(void);
void leati_end_top(void);
void leati_forget_top(void);

#endif
