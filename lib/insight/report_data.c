/* SPDX-License-Identifier: 0BSD
 *
 * report_data.c - a report as JSON, for programs. docs/insight.md has a table of its members.
 *
 * Threads and channels are named by their places in the arrays "threads" and "channels". All times are seconds.
 */
#define _POSIX_C_SOURCE 200809L
#include "counter.h"
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

const char *leati_escape_in_json(unsigned char c, char room[8])
{
	if (c == '"')
		return "\\\"";
	if (c == '\\')
		return "\\\\";
	if (c >= ' ')
		return NULL;
	(void)snprintf(room, 8, "\\u%04x", (unsigned)c);
	return room;
}

/* ---------------------------------------------------------------------------------------------- values -- */

/* A value is a member, if it has a name, or an element of an array. */
static void data_name(leati_report *report, const char *name)
{
	leati_print(report, "%s", report->separator);
	if (name)
		leati_print(report, "\"%s\": ", name);
	report->separator = ", ";
}

static void data_open(leati_report *report, const char *name, const char *bracket)
{
	data_name(report, name);
	leati_print(report, "%s", bracket);
	report->separator = "";
}

static void data_close(leati_report *report, const char *bracket)
{
	leati_print(report, "%s", bracket);
	report->separator = ", ";
}

static void data_text(leati_report *report, const char *name, const char *text)
{
	data_name(report, name);
	leati_print(report, "\"");
	leati_print_escaped(report, text, leati_escape_in_json);
	leati_print(report, "\"");
}

static void data_number(leati_report *report, const char *name, uint64_t number)
{
	data_name(report, name);
	leati_print(report, "%" PRIu64, number);
}

/* A place in an array, or null. */
static void data_index(leati_report *report, const char *name, size_t index)
{
	data_name(report, name);
	if (index == LEATI_NONE)
		leati_print(report, "null");
	else
		leati_print(report, "%zu", index);
}

static void data_bool(leati_report *report, const char *name, bool value)
{
	data_name(report, name);
	leati_print(report, value ? "true" : "false");
}

/* Not printed as a double: the locale may write a comma. */
static void data_thousandths(leati_report *report, const char *name, int64_t thousandths)
{
	data_name(report, name);
	if (thousandths < 0)
		thousandths = 0;
	leati_print(report, "%" PRId64 ".%03d", thousandths / 1000, (int)(thousandths % 1000));
}

static void data_seconds(leati_report *report, const char *name, leat_time duration)
{
	data_thousandths(report, name, duration / 1000000);
}

static void data_address(leati_report *report, const char *name, const void *address)
{
	data_name(report, name);
	leati_print(report, "\"%p\"", (void *)(uintptr_t)address);
}

/* --------------------------------------------------------------------------------------------- threads -- */

static void data_case(leati_report *report, const leati_seen_case *c)
{
	static const char *const operations[] = { "off", "send", "receive", "ready", "gone", "over", "alone" };

	data_open(report, NULL, "{");
	data_text(report, "operation", operations[c->kind]);
	data_index(report, "channel", c->channel);
	data_text(report, "place", c->where);
	data_close(report, "}");
}

static void data_wait(leati_report *report, const leati_seen_thread *thread)
{
	data_open(report, "wait", "{");
	data_seconds(report, "waited", report->survey->at - thread->since);
	if (thread->until != LEAT_NEVER)
		data_seconds(report, "left", leati_time_left(report, thread->until));
	if (thread->what[0]) {
		data_text(report, "for", thread->what);
		data_address(report, "lock", thread->lock);
		data_index(report, "holder", thread->holder);
	}
	data_open(report, "cases", "[");
	for (size_t i = 0; i < thread->cases; i++)
		data_case(report, &report->survey->cases[thread->first_case + i]);
	data_close(report, "]");
	data_close(report, "}");
}

static void data_handles(leati_report *report, const char *name, size_t first, size_t n)
{
	data_open(report, name, "[");
	for (size_t i = 0; i < n; i++)
		data_index(report, NULL, report->survey->handles[first + i]);
	data_close(report, "]");
}

static void data_stage(leati_report *report, const leati_seen_thread *thread, const leati_shares *shares)
{
	size_t ins = thread->first_handle, outs = ins + thread->ins, done = outs + thread->outs;

	data_open(report, "stage", "{");
	data_handles(report, "inputs", ins, thread->ins);
	data_handles(report, "outputs", outs, thread->outs);
	data_index(report, "done", report->survey->handles[done]);
	data_number(report, "values", thread->values);
	if (shares->looks) {
		data_number(report, "busy_percent", leati_percent(shares->busy, shares->looks));
		data_number(report, "starved_percent", leati_percent(shares->starved, shares->looks));
		data_number(report, "held_up_percent", leati_percent(shares->held_up, shares->looks));
		data_thousandths(report, "values_per_second", (int64_t)(shares->rate * 1000));
	}
	data_close(report, "}");
}

static void data_thread(leati_report *report, size_t i)
{
	static const char *const doings[] = { "runs", "waits", "idle", "unknown" };
	static const char *const verdicts[] = { "live", "suspected", "stuck" };
	const leati_seen_thread *thread = &report->survey->threads[i];

	data_open(report, NULL, "{");
	data_name(report, "name");
	leati_print(report, "\"");
	leati_print_thread(report, i, leati_escape_in_json);
	leati_print(report, "\"");
	data_text(report, "started", thread->where);
	data_number(report, "tid", (uint64_t)thread->tid);
	data_bool(report, "main", thread->main);
	data_text(report, "does", doings[thread->doing]);
	data_text(report, "verdict", verdicts[report->judgement->verdicts[i]]);
	if (thread->stack_used) {
		data_number(report, "stack", thread->stack);
		data_number(report, "stack_used", thread->stack_used);
	}
	if (thread->stage)
		data_stage(report, thread, &report->times->stages[i]);
	if (thread->doing == LEATI_SLEEPS)
		data_wait(report, thread);
	data_close(report, "}");
}

/* -------------------------------------------------------------------------------------------- channels -- */

static void data_channel(leati_report *report, size_t i)
{
	const leati_seen_channel *channel = &report->survey->channels[i];
	const leati_fill *fill = &report->times->fills[i];
	char name[LEATI_SENTENCE];

	leati_channel_text(report->survey, i, name, sizeof name);
	data_open(report, NULL, "{");
	data_text(report, "name", name);
	data_text(report, "type", channel->type);
	data_address(report, "address", channel->address);
	data_number(report, "length", channel->len);
	data_number(report, "capacity", channel->cap);
	data_number(report, "senders", channel->txs);
	data_number(report, "receivers", channel->rxs);
	data_number(report, "stage_senders", channel->stage_txs);
	data_number(report, "stage_receivers", channel->stage_rxs);
	data_bool(report, "closed", !(channel->state & LEATI_TX_OPEN));
	data_text(report, "cause", channel->cause ? leat_strerror(channel->cause) : "");
	data_number(report, "lost", channel->lost);
	if (fill->looks) {
		data_number(report, "least", fill->least);
		data_number(report, "most", fill->most);
		data_thousandths(report, "mean", (int64_t)(fill->mean * 1000));
	}
	data_bool(report, "timer", channel->timer);
	if (channel->timer && channel->due != LEAT_NEVER)
		data_seconds(report, "due", leati_time_left(report, channel->due));
	data_close(report, "}");
}

/* -------------------------------------------------------------------------------------------- counters -- */

/* Called for each i in turn, from 0 on. */
static void data_counter(leati_report *report, size_t i)
{
	const leat_counter *counter = leati_next_counter(i ? report->counter : NULL);

	report->counter = counter;
	data_open(report, NULL, "{");
	data_text(report, "name", counter->name);
	data_name(report, "value");
	leati_print(report, "%ld", leat_counter_get(counter));
	data_close(report, "}");
}

/* ---------------------------------------------------------------------------------------------- report -- */

static void data_reasons(leati_report *report)
{
	char *reasons = leati_reasons(report), *rest = reasons;

	data_open(report, "why", "[");
	for (char *line; (line = leati_cut_line(&rest)) != NULL;)
		data_text(report, NULL, line);
	data_close(report, "]");
	free(reasons);
}

static void data_bottleneck(leati_report *report)
{
	char text[LEATI_SENTENCE];

	leati_bottleneck_text(report->survey, report->times, text, sizeof text);
	data_text(report, "bottleneck", text);
	data_index(report, "bottleneck_thread", report->times->bottleneck);
	data_bool(report, "bottleneck_is_reader", report->times->reader);
}

/* One of the two arrays: a line for each element. */
static void data_array(leati_report *report, const char *name, void (*fn)(leati_report *report, size_t i), size_t n)
{
	leati_print(report, ",\n  ");
	report->separator = "";
	data_open(report, name, "[");
	for (size_t i = 0; i < n; i++) {
		leati_print(report, i ? ",\n    " : "\n    ");
		report->separator = "";
		fn(report, i);
	}
	data_close(report, "]");
}

void leati_write_data(leati_report *report)
{
	report->separator = "";
	data_open(report, NULL, "{");
	data_text(report, "leat", LEAT_VERSION);
	data_number(report, "process", (uint64_t)getpid());
	data_bool(report, "all_threads", report->survey->knows_all_threads);
	data_number(report, "stuck", report->judgement->stuck);
	data_number(report, "suspected", report->judgement->suspected);
	data_reasons(report);
	data_bottleneck(report);
	data_array(report, "threads", data_thread, report->survey->n_threads);
	data_array(report, "channels", data_channel, report->survey->n_channels);
	data_array(report, "counters", data_counter, leati_counters());
	data_close(report, "}\n");
}
