/* SPDX-License-Identifier: 0BSD
 *
 * report_picture.c - the topology as a picture, in the language of graphviz (dot) or of Mermaid.
 *
 * A box is a stage, or a function with a thread that sleeps. An arrow is a channel, from the boxes that send to it to
 * the boxes that receive from it. If only the program's own code holds an end, the arrow begins or ends at the box "the
 * program". A channel without a box at either end is left out. So are timers, and the done of stages.
 */
#define _POSIX_C_SOURCE 200809L
#include "report.h"

enum box_kind { BOX_PLAIN, BOX_BOTTLENECK, BOX_SUSPECTED, BOX_STUCK, BOX_KINDS };

struct picture_language {
	leati_escape *escape;
	const char *begin, *end;      /* of the picture */
	const char *open;             /* after the name of a box, before its text */
	const char *close[BOX_KINDS]; /* after its text */
	const char *line;             /* begins another line of a text */
	void (*arrow)(leati_report *report, size_t from, size_t to, size_t channel);
};

static const struct picture_language picture_dot, picture_mermaid;

/* ----------------------------------------------------------------------------------------------- texts -- */

static void print_id(leati_report *report, size_t box)
{
	if (box == LEATI_NONE)
		leati_print(report, "program");
	else
		leati_print(report, "t%zu", box);
}

static enum box_kind kind_of(const leati_report *report, size_t i)
{
	switch (report->boxes[i].verdict) {
	case LEATI_STUCK: return BOX_STUCK;
	case LEATI_SUSPECTED: return BOX_SUSPECTED;
	default: return leati_is_bottleneck(report, i) ? BOX_BOTTLENECK : BOX_PLAIN;
	}
}

static void print_box(leati_report *report, const struct picture_language *in, size_t i)
{
	static const char *const words[BOX_KINDS] = { "", "the bottleneck", "suspected", "stuck" };
	const leati_box *box = &report->boxes[i];
	enum box_kind kind = kind_of(report, i);

	leati_print(report, "  ");
	print_id(report, i);
	leati_print(report, "%s", in->open);
	leati_print_thread(report, i, in->escape);
	if (box->threads > 1)
		leati_print(report, "%s%zu threads", in->line, box->threads);
	if (report->survey->threads[i].what[0]) {
		leati_print(report, "%swaits for ", in->line);
		leati_print_escaped(report, report->survey->threads[i].what, in->escape);
	}
	if (box->shares.looks)
		leati_print(report, "%sbusy %u %%", in->line, leati_percent(box->shares.busy, box->shares.looks));
	if (kind != BOX_PLAIN)
		leati_print(report, "%s%s", in->line, words[kind]);
	leati_print(report, "%s", in->close[kind]);
}

static void print_program(leati_report *report, const struct picture_language *in)
{
	enum box_kind kind = report->times->reader ? BOX_BOTTLENECK : BOX_PLAIN;

	leati_print(report, "  program%sthe program%s", in->open, in->close[kind]);
}

/* The name of a channel, and its fill. */
static void print_fill(leati_report *report, const struct picture_language *in, size_t i)
{
	const leati_seen_channel *channel = &report->survey->channels[i];
	char name[LEATI_SENTENCE];

	leati_channel_text(report->survey, i, name, sizeof name);
	leati_print_escaped(report, name, in->escape);
	if (channel->cap)
		leati_print(report, "%s%zu of %zu", in->line, channel->len, channel->cap);
}

static bool is_full(const leati_report *report, size_t i)
{
	const leati_seen_channel *channel = &report->survey->channels[i];

	return channel->cap > 0 && channel->len >= channel->cap;
}

/* ---------------------------------------------------------------------------------------------- arrows -- */

/* A box may have several threads, and so several holders, which are neighbours. */
static const leati_holder *next_box(const leati_report *report, const leati_holder *holder)
{
	size_t box = holder->box;

	while (holder && holder->box == box)
		holder = leati_next_holder(report, holder);
	return holder;
}

/* `from` and `to` are NULL for the program. */
static void print_arrows_from(leati_report *report, const struct picture_language *in, const leati_holder *from,
                              size_t channel)
{
	const leati_holder *to = leati_first_holder(report, channel, LEATI_RECEIVES);
	size_t source = from ? from->box : LEATI_NONE;

	if (!to && from && leati_program_handles(report, channel, LEATI_RECEIVES))
		in->arrow(report, source, LEATI_NONE, channel);
	for (; to; to = next_box(report, to))
		in->arrow(report, source, to->box, channel);
}

static void print_arrows(leati_report *report, const struct picture_language *in, size_t channel)
{
	const leati_holder *from = leati_first_holder(report, channel, LEATI_SENDS);

	if (report->survey->channels[channel].timer)
		return;
	if (!from && leati_program_handles(report, channel, LEATI_SENDS))
		print_arrows_from(report, in, NULL, channel);
	for (; from; from = next_box(report, from))
		print_arrows_from(report, in, from, channel);
}

static void print_picture(leati_report *report, const struct picture_language *in)
{
	leati_print(report, "%s", in->begin);
	print_program(report, in);
	for (size_t i = 0; i < report->survey->n_threads; i++)
		if (report->boxes[i].first == i && report->boxes[i].drawn)
			print_box(report, in, i);
	for (size_t i = 0; i < report->survey->n_channels; i++)
		print_arrows(report, in, i);
	leati_print(report, "%s", in->end);
}

/* ------------------------------------------------------------------------------------------------- dot -- */

/* In a text of graphviz, a backslash begins a name of its own, and "&" one of HTML. */
static const char *escape_in_dot(unsigned char c, char room[8])
{
	(void)room;
	switch (c) {
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case '&': return "&amp;";
	default: return c < ' ' || c == 127 ? "?" : NULL;
	}
}

static void print_dot_arrow(leati_report *report, size_t from, size_t to, size_t channel)
{
	leati_print(report, "  ");
	print_id(report, from);
	leati_print(report, " -> ");
	print_id(report, to);
	leati_print(report, " [label=\"");
	print_fill(report, &picture_dot, channel);
	leati_print(report, is_full(report, channel) ? "\", color=red, penwidth=2];\n" : "\"];\n");
}

static const struct picture_language picture_dot = {
	.escape = escape_in_dot,
	.begin = "digraph leat {\n  rankdir=LR;\n  node [shape=box];\n  program [shape=ellipse];\n",
	.end = "}\n",
	.open = " [label=\"",
	.close = {
		[BOX_PLAIN] = "\"];\n",
		[BOX_BOTTLENECK] = "\", style=filled, fillcolor=gold];\n",
		[BOX_SUSPECTED] = "\", style=filled, fillcolor=orange];\n",
		[BOX_STUCK] = "\", style=filled, fillcolor=salmon];\n",
	},
	.line = "\\n",
	.arrow = print_dot_arrow,
};

void leati_write_dot(leati_report *report)
{
	print_picture(report, &picture_dot);
}

/* --------------------------------------------------------------------------------------------- mermaid -- */

/* In a text of Mermaid, "#" begins the number of a character. "`" begins Markdown, and "\n" a line. */
static const char *escape_in_mermaid(unsigned char c, char room[8])
{
	static const char special[] = "\"#&<>`\\";

	if (c < ' ' || c == 127)
		return "?";
	for (const char *s = special; *s; s++)
		if (c == (unsigned char)*s) {
			(void)snprintf(room, 8, "#%u;", (unsigned)c);
			return room;
		}
	return NULL;
}

/* A thick arrow is a full channel. */
static void print_mermaid_arrow(leati_report *report, size_t from, size_t to, size_t channel)
{
	leati_print(report, "  ");
	print_id(report, from);
	leati_print(report, is_full(report, channel) ? " ==>|\"" : " -->|\"");
	print_fill(report, &picture_mermaid, channel);
	leati_print(report, "\"| ");
	print_id(report, to);
	leati_print(report, "\n");
}

static const struct picture_language picture_mermaid = {
	.escape = escape_in_mermaid,
	.begin = "flowchart LR\n"
	         "  classDef bottleneck fill:gold\n"
	         "  classDef suspected fill:orange\n"
	         "  classDef stuck fill:salmon\n",
	.end = "",
	.open = "[\"",
	.close = {
		[BOX_PLAIN] = "\"]\n",
		[BOX_BOTTLENECK] = "\"]:::bottleneck\n",
		[BOX_SUSPECTED] = "\"]:::suspected\n",
		[BOX_STUCK] = "\"]:::stuck\n",
	},
	.line = "<br>",
	.arrow = print_mermaid_arrow,
};

void leati_write_mermaid(leati_report *report)
{
	print_picture(report, &picture_mermaid);
}
