/* SPDX-License-Identifier: 0BSD
 *
 * report.h - what the four formats of a report share: what is reported, which threads use which channel, and
 * words for both.
 *
 * report.c makes the survey and has it written by one of report_text.c, report_data.c and report_picture.c. They write
 * into memory. So the report goes out in one piece, and reports of several threads do not mix.
 */
#ifndef LEATI_REPORT_H
#define LEATI_REPORT_H

#include "deadlock.h"
#include "sampler.h"

enum { LEATI_SENTENCE = 512 }; /* bytes of a sentence */

/* A thread that uses a channel. */
typedef enum { LEATI_SENDS, LEATI_RECEIVES, LEATI_WATCHES } leati_role;

typedef struct leati_holder {
	size_t channel;
	leati_role role;        /* WATCHES: the channel is the stage's done */
	bool holds;             /* it has a handle, as a stage or by leat_own. Else it only sleeps here */
	const char *name;       /* of the thread */
	size_t box;             /* see leati_report */
} leati_holder;

/* Threads that do the same are one box of the picture: the workers of a stage, or threads of one function that were
 * started at one place. */
typedef struct leati_box {
	size_t first;           /* the index of its first thread. Only that thread's box has what follows */
	size_t threads;
	leati_shares shares;    /* of all of them together */
	leati_verdict verdict;  /* the worst one */
	bool drawn;             /* a stage, or one of them sleeps */
} leati_box;

typedef struct leati_report {
	const leati_survey *survey;
	const leati_judgement *judgement;
	const leati_times *times;
	FILE *to;
	int error;              /* 0 or ENOMEM */
	const char *separator;  /* of report_data.c: it comes before the next value */
	leati_holder *holders;  /* sorted by channel, role, name, box */
	size_t n_holders;
	leati_box *boxes;       /* boxes[i] is about thread i */
	const leat_counter *counter; /* the last one that was written */
} leati_report;

/* How a format writes an ASCII character that has a meaning in it, or NULL: as it is. It may use the room. */
typedef const char *leati_escape(unsigned char c, char room[8]);

/* report.c: what leat_report_as does, with a survey of the caller's. Returns 1, or -1 with errno. */
int leati_write_report(FILE *to, int format, const leati_survey *survey, const leati_judgement *judgement,
                       const leati_times *times);
char *leati_reasons(leati_report *report);

/* report_holders.c. leati_begin_holders returns 0 or ENOMEM. leati_end_holders frees in both cases. */
int leati_begin_holders(leati_report *report);
void leati_end_holders(leati_report *report);
bool leati_is_bottleneck(const leati_report *report, size_t box);
const leati_holder *leati_first_holder(const leati_report *report, size_t channel, leati_role role);
const leati_holder *leati_next_holder(const leati_report *report, const leati_holder *holder);
unsigned leati_program_handles(const leati_report *report, size_t channel, leati_role role);

/* report_words.c */
void leati_print(leati_report *report, const char *format, ...);
char *leati_print_apart(leati_report *report, void (*fn)(leati_report *report, size_t i), size_t n);
char *leati_cut_line(char **rest);
void leati_print_escaped(leati_report *report, const char *text, leati_escape *escape);
void leati_print_name(leati_report *report, const char *text);
void leati_print_thread(leati_report *report, size_t thread, leati_escape *escape);
void leati_print_lock_holder(leati_report *report, size_t holder);
void leati_print_channel(leati_report *report, size_t channel);
void leati_print_holders(leati_report *report, size_t channel, leati_role role);
leat_time leati_time_left(const leati_report *report, leat_time until);
const char *leati_duration_text(leat_time duration, char *text, size_t size);

/* report_data.c */
const char *leati_escape_in_json(unsigned char c, char room[8]);

/* The writers. */
void leati_write_text(leati_report *report);
void leati_write_lists(leati_report *report);
void leati_write_data(leati_report *report);
void leati_write_dot(leati_report *report);
void leati_write_mermaid(leati_report *report);

#endif
