/* SPDX-License-Identifier: 0BSD
 *
 * report_words.c - the words of a report: names, durations, operations, and the program's texts without surprises.
 *
 * Names come from the program, and may have any bytes. Each format says how it writes a character that has a meaning in
 * it (leati_escape). Bytes that are not UTF-8, such as half a character at the end of a name that was cut, become "?".
 */
#define _POSIX_C_SOURCE 200809L
#include "report.h"

#include <stdarg.h>
#include <string.h>

void leati_print(leati_report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vfprintf(report->to, format, arguments) < 0 && !report->error)
		report->error = ENOMEM; /* it is a file in memory */
	va_end(arguments);
}

/* What fn prints for each of n things, in a text of its own. The caller frees it. After an error it is not whole. */
char *leati_print_apart(leati_report *report, void (*fn)(leati_report *report, size_t i), size_t n)
{
	FILE *to = report->to;
	char *text = NULL;
	size_t size;

	report->to = open_memstream(&text, &size);
	for (size_t i = 0; report->to && i < n; i++)
		fn(report, i);
	if (!report->to || fclose(report->to) != 0)
		report->error = ENOMEM;
	report->to = to;
	return text;
}

/* Take the first line from *rest. Returns it without its end, or NULL when nothing is left. */
char *leati_cut_line(char **rest)
{
	char *line = *rest;

	if (!line || !*line)
		return NULL;
	*rest = line + strcspn(line, "\n");
	if (**rest)
		*(*rest)++ = '\0';
	return line;
}

/* ------------------------------------------------------------------------------------------ characters -- */

/* The number of bytes of the UTF-8 character at `text`, or 0 if there is none. */
static size_t length_of_character(const char *text)
{
	static const struct { unsigned char mask, first; uint32_t least; } kinds[] = {
		{ 0x80, 0, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 }
	};
	size_t more = 0; /* bytes after the first */
	uint32_t code;

	while (((unsigned char)text[0] & kinds[more].mask) != kinds[more].first)
		if (++more == sizeof kinds / sizeof *kinds)
			return 0;
	code = (unsigned char)text[0] & (0xffu ^ kinds[more].mask);
	for (size_t i = 1; i <= more; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	return code >= kinds[more].least && code <= 0x10ffff && code >> 11 != 0x1b ? more + 1 : 0;
}

/* In text: a control character could move the cursor of a terminal, or begin a line. */
static const char *escape_in_text(unsigned char c, char room[8])
{
	(void)room;
	return c < ' ' || c == 127 ? "?" : NULL;
}

/* The length of the part of the text that is written as it is. */
static size_t plain_length(const char *text, leati_escape *escape)
{
	char room[8];
	size_t plain = 0, length;

	while (text[plain] && (length = length_of_character(text + plain)) > 0 &&
	       (length > 1 || !escape((unsigned char)text[plain], room)))
		plain += length;
	return plain;
}

void leati_print_escaped(leati_report *report, const char *text, leati_escape *escape)
{
	char room[8];

	for (size_t plain; *text; text += plain) {
		plain = plain_length(text, escape);
		if (plain == 0) {
			leati_print(report, "%s", length_of_character(text) ? escape((unsigned char)*text, room) : "?");
			plain = 1;
		} else {
			leati_print(report, "%.*s", (int)plain, text);
		}
	}
}

void leati_print_name(leati_report *report, const char *text)
{
	leati_print_escaped(report, text, escape_in_text);
}

void leati_print_thread(leati_report *report, size_t thread, leati_escape *escape)
{
	char name[LEATI_TEXT];

	leati_thread_text(&report->survey->threads[thread], name, sizeof name);
	leati_print_escaped(report, name, escape ? escape : escape_in_text);
}

/* ------------------------------------------------------------------------------------------- sentences -- */

/* ", held by main", or nothing. Of several threads with the same name, tell which. */
void leati_print_lock_holder(leati_report *report, size_t holder)
{
	if (holder == LEATI_NONE)
		return;
	leati_print(report, ", held by ");
	leati_print_thread(report, holder, NULL);
	if (report->boxes[report->boxes[holder].first].threads > 1)
		leati_print(report, " (thread %ld)", report->survey->threads[holder].tid);
}

/* How long it is until this time of the clock of all calls, which may be any time. */
leat_time leati_time_left(const leati_report *report, leat_time until)
{
	return until > report->survey->now ? until - report->survey->now : 0;
}

const char *leati_duration_text(leat_time duration, char *text, size_t size)
{
	double seconds = duration > 0 ? (double)duration / 1e9 : 0;

	if (seconds < 1)
		(void)snprintf(text, size, "%.0f ms", seconds * 1e3);
	else if (seconds < 10)
		(void)snprintf(text, size, "%.1f s", seconds);
	else if (seconds < 120)
		(void)snprintf(text, size, "%.0f s", seconds);
	else if (seconds < 7200)
		(void)snprintf(text, size, "%.0f min", seconds / 60);
	else
		(void)snprintf(text, size, "%.0f h", seconds / 3600);
	return text;
}

/* "requests, a channel of int with 3 of 8 values" */
void leati_print_channel(leati_report *report, size_t channel)
{
	const leati_seen_channel *seen = &report->survey->channels[channel];
	char name[LEATI_SENTENCE], due[LEATI_TEXT];

	leati_channel_text(report->survey, channel, name, sizeof name);
	leati_print_name(report, name);
	if (seen->timer) {
		leati_duration_text(leati_time_left(report, seen->due), due, sizeof due);
		leati_print(report, seen->due == LEAT_NEVER ? ", which is never due" : ", which is due in %s", due);
		return;
	}
	leati_print(report, ",");
	if (!strstr(name, "channel of ")) { /* else it has no name, and the text tells its type already */
		leati_print(report, " a channel of ");
		leati_print_name(report, seen->type);
	}
	if (seen->cap)
		leati_print(report, " with %zu of %zu values", seen->len, seen->cap);
	else
		leati_print(report, " without room");
}

static void print_namesakes(leati_report *report, const char *before, const char *name, unsigned n)
{
	leati_print(report, "%s", before);
	leati_print_name(report, name);
	if (n > 1)
		leati_print(report, " (%u threads)", n);
}

/* The threads that are known to hold a handle: "map (4 threads), take". Returns how many there are. */
static unsigned print_known_holders(leati_report *report, size_t channel, leati_role role, const char *before)
{
	const leati_holder *holder = leati_first_holder(report, channel, role), *last = NULL;
	unsigned all = 0, same = 0;

	for (; holder; holder = leati_next_holder(report, holder)) {
		if (!holder->holds)
			continue;
		if (last && strcmp(holder->name, last->name) != 0) {
			print_namesakes(report, before, last->name, same);
			before = ", ";
			same = 0;
		}
		last = holder;
		same++;
		all++;
	}
	if (last)
		print_namesakes(report, before, last->name, same);
	return all;
}

/* "map (4 threads), the program (1 handle)" */
void leati_print_holders(leati_report *report, size_t channel, leati_role role)
{
	unsigned others = leati_program_handles(report, channel, role);
	unsigned known = print_known_holders(report, channel, role, "");

	if (role == LEATI_RECEIVES)
		known += print_known_holders(report, channel, LEATI_WATCHES, known ? ", " : "");
	if (others)
		leati_print(report, "%sthe program (%u handle%s)", known ? ", " : "", others, others == 1 ? "" : "s");
	else if (!known)
		leati_print(report, "none");
}
