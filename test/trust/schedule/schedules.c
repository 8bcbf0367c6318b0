/* SPDX-License-Identifier: 0BSD
 *
 * schedules.c - small programs of two to four threads, each run in very many orders of leat's steps.
 *
 *     schedules [OPTION...] [SCENARIO...]                    (explore.h)
 *
 * A SCENARIO has its channels with their capacities, and then the calls of each thread, in a notation after Hoare's
 * CSP:
 *
 *     "A0 B1: A! B? | [A? B!] | A?@ A-"
 *
 *     A!  send the thread's next value     A?  receive          A!3  A?3  a batch of up to three
 *     A^  leat_force_send                  A#  close            A%   wait until nobody is left to receive
 *     A-  drop its sending end             A_  drop its receiving end    A+  give it room for one more
 *     A=  look whether it is closed, and with which cause      A.  wait until its receiving end is the only one
 *     A*  wait until a receive would not block: LEAT_READY
 *     [A? B! A%]  select of these          <A? B!>  the same, the earliest ready one preferred
 *     ~ after a call: without waiting      @ after a call: until a deadline
 *     A$  make two surveys: no thread may be said to be stuck, as each of them goes on some time
 *     A&  leat_own of its ends of A
 *
 * An f after a capacity makes the descriptors of both ends (leat_fd), as in "A1f: A! | A?".
 *
 * Each thread has its own ends of the channels to which it sends or from which it receives, and drops them when it is
 * done. So no thread waits for ever: a thread that is left alone sees the end.
 *
 * CHECKED before each step: the invariants of lib/internal.h and lib/descriptor.c.
 *
 * CHECKED after each schedule:
 *
 * - All threads have ended, and all memory is free.
 * - Each value was received once, or was released once with the channel, and the values of each sender came in order.
 *   No other value came.
 * - Nothing was written where no value was received.
 * - All threads that saw the end saw the same cause. A thread that was told that the receivers have gone was told so
 *   after they went.
 * - A thread that received a value, or released it, saw what its sender had written before. A thread that saw the end,
 *   or that the receivers were gone, saw what these threads had written before. (Only a weak memory can show another
 *   thing: test/trust/weak/.)
 * - The calls and their results are linearizable (test/trust/history/checker.h). Scenarios with a forced send, a wait
 *   until the (other) receivers have left, or more room are exempt.
 */
#include "explore.h"

#include "../../../lib/ends.h"
#include "../../../lib/insight/deadlock.h"
#include "../history/checker.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 3, CALLS = 8, CASES = 4, BATCH = 3 };

static const char *const scenarios[] = {
#include "scenarios.h"
};

/* ------------------------------------------------------------------------------------------- the notation -- */

typedef struct { char kind; unsigned channel; } action;

typedef struct {
	char kind;             /* one of ! ? * ^ # % - _ + = . $ & [ < */
	char how;              /* ' ', ~ or @ */
	size_t count;          /* the size of a batch, or the number of cases of a select */
	action cases[CASES];   /* if it is no select, only the first one is used */
} call;

typedef struct {
	const char *text;
	unsigned threads, channels;
	size_t capacity[CHANNELS];
	bool descriptors[CHANNELS];
	size_t call_count[THREADS];
	call calls[THREADS][CALLS];
	bool sends[THREADS][CHANNELS], receives[THREADS][CHANNELS], closes[THREADS][CHANNELS];
} scenario;

static action parse_action(const char **at, scenario *of, unsigned thread)
{
	action parsed = { (*at)[1], (unsigned)((*at)[0] - 'A') };

	if (parsed.channel >= of->channels || !strchr("!?*^#%-_+=.$&", parsed.kind))
		explore_refuse("no action", *at);
	of->sends[thread][parsed.channel] |= strchr("!^#%-", parsed.kind) != NULL;
	of->receives[thread][parsed.channel] |= strchr("?*_+=.", parsed.kind) != NULL;
	of->closes[thread][parsed.channel] |= parsed.kind == '#';
	*at += 2;
	return parsed;
}

static call parse_call(const char **at, scenario *of, unsigned thread)
{
	call parsed = { .kind = **at, .how = ' ' };

	if (parsed.kind == '[' || parsed.kind == '<') {
		for (++*at; **at != ']' && **at != '>'; *at += strspn(*at, " ")) {
			if (parsed.count == CASES)
				explore_refuse("too many cases", *at);
			parsed.cases[parsed.count++] = parse_action(at, of, thread);
		}
		++*at;
	} else {
		parsed.cases[0] = parse_action(at, of, thread);
		parsed.kind = parsed.cases[0].kind;
		parsed.count = isdigit((unsigned char)**at) ? (size_t)(*(*at)++ - '0') : 1;
	}
	if (**at == '~' || **at == '@')
		parsed.how = *(*at)++;
	return parsed;
}

static scenario parse(const char *text)
{
	scenario parsed = { .text = text };
	const char *at = text;

	for (; isupper((unsigned char)*at) && parsed.channels < CHANNELS; at += strspn(at, " ")) {
		parsed.capacity[parsed.channels] = strtoul(at + 1, (char **)&at, 10);
		parsed.descriptors[parsed.channels++] = *at == 'f';
		at += *at == 'f';
	}
	if (*at++ != ':')
		explore_refuse("no ':' after the channels", text);
	for (parsed.threads = 1;; at++) {
		unsigned thread = parsed.threads - 1;

		at += strspn(at, " ");
		while (*at && *at != '|') {
			if (parsed.call_count[thread] == CALLS)
				explore_refuse("too many calls", at);
			parsed.calls[thread][parsed.call_count[thread]++] = parse_call(&at, &parsed, thread);
			at += strspn(at, " ");
		}
		if (!*at)
			return parsed;
		if (parsed.threads++ == THREADS)
			explore_refuse("too many threads", at);
	}
}

/* --------------------------------------------------------------------------------------- what was called -- */

/* A value tells the thread that sends it, and its number among that thread's values, from 1 on. */
enum { EACH = 64, VALUES = EACH * THREADS };

typedef struct {
	unsigned thread;
	const call *what;
	uint64_t start, slept, end;/* stamps; 0 means never */
	int chosen;                /* the chosen case of a select */
	long result;
	int error;
	action done;               /* the action of that case */
	int offered, values[BATCH];
} record;

static const scenario *run;
static leat_chan ends[THREADS][CHANNELS]; /* nil: the thread has no such end, or has dropped it */
static record records[THREADS * (CALLS + 2 * CHANNELS)];
static size_t record_count;
static int next_value[THREADS];
static unsigned sent[VALUES], received[VALUES], released[VALUES];
static unsigned receivers[CHANNELS];      /* how many threads have not begun to drop their receiving end */
static int causes[CHANNELS];              /* the cause that was seen, or -1 */
static char written[VALUES];              /* by the sender of a value before it sends it */
static char closing[THREADS][CHANNELS], leaving_tx[THREADS][CHANNELS], leaving_rx[THREADS][CHANNELS]; /* written by a
                                           * thread before it closes the channel, or drops its end */
static int last[THREADS][CHANNELS][THREADS]; /* the last value that a thread has received through a channel from another
                                              * thread */

static void count_value(unsigned *counts, int value, const char *what)
{
	if (value <= 0 || value >= VALUES)
		complain("%d was %s, which nobody sent", value, what);
	else if (++counts[value] > 1)
		complain("%d was %s twice", value, what);
}

static void release_value(void *value)
{
	memory_read(&written[*(int *)value], 1);
	count_value(released, *(int *)value, "released");
}

static const leat_type value_type = { "value", sizeof(int), NULL, release_value };

static void note_received(unsigned thread, unsigned channel, int value)
{
	count_value(received, value, "received");
	if (value <= 0 || value >= VALUES)
		return;
	memory_read(&written[value], 1);
	if (value <= last[thread][channel][value / EACH])
		complain("%d came after %d", value, last[thread][channel][value / EACH]);
	last[thread][channel][value / EACH] = value;
}

static void print_record(const record *each)
{
	const call *what = each->what;

	printf("  thread %u  %c", each->thread + 1, strchr("[<", what->kind) ? what->kind : ' ');
	for (size_t i = 0; i < (strchr("[<", what->kind) ? what->count : 1); i++)
		printf("%s%c%c", i ? " " : "", 'A' + (int)what->cases[i].channel, what->cases[i].kind);
	printf("%c  %ju to %ju: ", what->how, (uintmax_t)each->start, (uintmax_t)each->end);
	if (!each->end)
		printf("has not returned\n");
	else if (each->result < 0)
		printf("%s\n", strerror(each->error));
	else
		printf("%ld (%c%c)  %d %d %d\n", each->result, 'A' + (int)each->done.channel, each->done.kind,
		       each->values[0], each->values[1], each->values[2]);
}

/* ------------------------------------------------------------------------------------------------- calls -- */

static leat_time deadline_of(const call *what)
{
	return what->how == '~' ? LEAT_NOW : what->how == '@' ? leat_in(10) : LEAT_NEVER;
}

static int drop_sender(leat_chan *of)
{
	int closed = leat_drop_with(of->tx, 0);

	of->tx = (leat_tx){ NULL };
	return closed;
}

static void drop_receiver(leat_chan *of, unsigned channel)
{
	receivers[channel]--;
	leat_drop(of->rx);
	of->rx = LEAT_NIL;
}

/* Close the channel, or drop this end, after a write. */
static int close_end(unsigned thread, const call *what, leat_chan *of)
{
	unsigned channel = what->cases[0].channel;

	switch (what->kind) {
	case '#': memory_write(&closing[thread][channel], 1); return leat_close_with(of->tx, EPIPE);
	case '-': memory_write(&leaving_tx[thread][channel], 1); return drop_sender(of);
	default: memory_write(&leaving_rx[thread][channel], 1); return drop_receiver(of, channel), 0;
	}
}

/* Make the case of a select that sends `out` or receives into `in`. */
static leat_case case_of(action what, unsigned thread, int *out, int *in)
{
	leat_chan *on = &ends[thread][what.channel];

	switch (what.kind) {
	case '!': return LEAT_SEND(on->tx, out);
	case '?': return LEAT_RECV(on->rx, in);
	case '*': return LEAT_READY(on->rx);
	default: return LEAT_GONE(on->tx);
	}
}

static long call_select(record *of, unsigned thread, const int *values, int *in)
{
	const call *what = of->what;
	leat_case on[CASES];
	int chosen, out = values[0];

	for (size_t i = 0; i < what->count; i++)
		on[i] = case_of(what->cases[i], thread, &out, in);
	chosen = what->kind == '<' ? leat_select_first_n(on, what->count, deadline_of(what)) :
	                             leat_select_n(on, what->count, deadline_of(what));
	of->chosen = chosen;
	if (chosen < 0)
		return -1;
	of->done = what->cases[chosen];
	for (size_t i = 0; i < what->count; i++)
		if ((int)i != chosen && on[i].ok)
			complain("a case is ok that was not chosen");
	return of->done.kind == '%' ? 1 : on[chosen].ok;
}

static long call_one(unsigned thread, const call *what, const int *out, int *in)
{
	leat_chan *on = &ends[thread][what->cases[0].channel];
	leat_time t = deadline_of(what);

	switch (what->kind) {
	case '!': return what->count > 1 ? leat_send_n(on->tx, out, what->count, t) : leat_send_by(on->tx, out, t);
	case '?': return what->count > 1 ? leat_recv_n(on->rx, in, what->count, t) : leat_recv_by(on->rx, in, t);
	case '*': return leat_wait_ready_by(on->rx, t);
	case '^': return leat_force_send(on->tx, out);
	case '%': return leat_wait_gone(on->tx, t);
	case '.': return leat_wait_alone(on->rx, t);
	case '=': return leat_closed(on->rx);
	case '#':
	case '-':
	case '_': return close_end(thread, what, on);
	default: return on->rx = leat_buffer(on->rx, leat_cap(on->rx) + 1), 1;
	}
}

static void note_cause(unsigned channel, leat_rx rx)
{
	int cause = leat_cause(rx);

	if (causes[channel] >= 0 && causes[channel] != cause)
		complain("the cause was %d, then %d", causes[channel], cause);
	causes[channel] = cause;
}

/* The channel has been closed by the only thread that closes it, or else by all threads that drop a sending end. */
static void see_end(unsigned channel)
{
	unsigned closers = 0;

	for (unsigned i = 0; i < run->threads; i++)
		closers += run->closes[i][channel];
	for (unsigned i = 0; i < run->threads && closers < 2; i++)
		if (closers ? run->closes[i][channel] : run->sends[i][channel])
			memory_read(closers ? &closing[i][channel] : &leaving_tx[i][channel], 1);
}

/* The receivers have left, except this thread, if it waited until it was alone. */
static void see_gone(unsigned channel, unsigned self)
{
	for (unsigned i = 0; i < run->threads; i++)
		if (run->receives[i][channel] && i != self)
			memory_read(&leaving_rx[i][channel], 1);
}

/* The only channel is gone. By now, each value that was sent has been received or released. (A value that a forced send
 * has displaced may still be in the hands of that sender.) */
static void see_released(void)
{
	if (run->channels > 1 || strchr(run->text, '^'))
		return;
	for (int value = 0; value < VALUES; value++)
		if (sent[value] > received[value] + released[value])
			complain("the receivers are said to be gone, and %d is not released", value);
}

/* Note which values the result says were sent or received. */
static void settle(record *of, const int *out, const int *in)
{
	bool sends = strchr("!^", of->done.kind) != NULL, receives = of->done.kind == '?';

	for (long i = 0; i < of->result && (sends || receives); i++) {
		of->values[i] = sends ? out[i] : in[i];
		if (sends)
			sent[out[i]]++;
		else
			note_received(of->thread, of->done.channel, in[i]);
	}
	if (sends && of->result > 0)
		next_value[of->thread] += (int)of->result;
	for (long i = of->result > 1 ? of->result : 1; receives && i < BATCH; i++)
		if (in[i] != -1)
			complain("%d was written after the %ld values received", in[i], of->result);
	if (receives && of->result == 0 && in[0] != 0)
		complain("at the end %d was received", in[0]);
	if (of->done.kind == '%' && of->result > 0 && receivers[of->done.channel] > 0)
		complain("the receivers are said to be gone, and %u are left", receivers[of->done.channel]);
	if (of->done.kind == '%' && of->result > 0)
		see_released();
	if (of->done.kind == '.' && of->result > 0 && receivers[of->done.channel] > 1)
		complain("the receiver is said to be alone, and %u are left", receivers[of->done.channel]);
	if (strchr("%.", of->done.kind) && of->result > 0)
		see_gone(of->done.channel, of->thread);
	if ((strchr("?*", of->done.kind) && of->result == 0) || (of->done.kind == '=' && of->result == 1)) {
		see_end(of->done.channel);
		note_cause(of->done.channel, ends[of->thread][of->done.channel].rx);
	}
}

static void make_call(unsigned thread, const call *what)
{
	record *of = &records[record_count++];
	int out[BATCH], in[BATCH] = { -1, -1, -1 };
	long most = strchr("[<", what->kind) ? 1 : (long)what->count;

	for (int i = 0; i < BATCH; i++) {
		out[i] = (int)thread * EACH + next_value[thread] + i;
		memory_write(&written[out[i]], 1);
	}
	*of = (record){ .thread = thread, .what = what, .done = what->cases[0], .start = schedule_stamp() };
	of->offered = out[0];
	(void)schedule_slept(); /* forget earlier sleeps */
	of->result = strchr("[<", what->kind) ? call_select(of, thread, out, in) :
	                                        call_one(thread, what, out, in);
	of->error = errno;
	of->slept = schedule_slept();
	of->end = schedule_stamp();
	if (of->result > most) {
		complain("%ld values went over, and %ld were asked for", of->result, most);
		of->result = most;
	}
	if (of->result < 0 && (of->error != (what->how == '@' ? ETIMEDOUT : EAGAIN) ||
	                       (what->how == ' ' && what->kind != '^')))
		complain("a call failed with %s", strerror(of->error));
	settle(of, out, in);
}

/* The ends that each thread drops when it is done. */
static const call drops[CHANNELS][2] = {
	{ { '-', ' ', 1, { { '-', 0 } } }, { '_', ' ', 1, { { '_', 0 } } } },
	{ { '-', ' ', 1, { { '-', 1 } } }, { '_', ' ', 1, { { '_', 1 } } } },
	{ { '-', ' ', 1, { { '-', 2 } } }, { '_', ' ', 1, { { '_', 2 } } } },
};

static void look_twice(void)
{
	leati_survey first, second;
	leati_judgement judgement;

	if (leati_begin_survey(&first) != 0 || leati_begin_survey(&second) != 0 ||
	    leati_judge(&first, &second, LEATI_SUSPECT, &judgement) != 0)
		complain("there is no memory for a survey");
	if (judgement.stuck > 0)
		complain("%zu threads are said to be stuck", judgement.stuck);
	leati_end_judgement(&judgement);
	leati_end_survey(&first);
	leati_end_survey(&second);
}

/* Calls that do nothing with channels are not recorded. */
static void call_or_look(unsigned thread, const call *what)
{
	if (what->kind == '$')
		look_twice();
	else if (what->kind == '&')
		(void)leat_own(ends[thread][what->cases[0].channel]); /* a schedule has memory enough */
	else
		make_call(thread, what);
}

static void thread_calls(unsigned thread)
{
	for (size_t i = 0; i < run->call_count[thread]; i++)
		call_or_look(thread, &run->calls[thread][i]);
	for (unsigned i = 0; i < run->channels; i++) {
		if (ends[thread][i].tx.ch)
			make_call(thread, &drops[i][0]);
		if (ends[thread][i].rx.ch)
			make_call(thread, &drops[i][1]);
	}
}

/* -------------------------------------------------------------------------------------------- invariants -- */

static struct leat_channel *made_channels[CHANNELS];

static bool is_claimed(const leat_case *on)
{
	return atomic_load(&on->wait_->state) & LEATI_CLAIMED;
}

/* The first case in the queue that is not claimed yet. */
static const leat_case *first_waiting(const leati_queue *queue)
{
	const leat_case *on = queue->first;

	while (on && is_claimed(on))
		on = on->next_;
	return on;
}

/* The queue is a correctly linked list, and all its cases are of this channel. */
static void check_queue(const struct leat_channel *ch, const leati_queue *queue)
{
	const leat_case *before = NULL;

	for (const leat_case *on = queue->first; on; before = on, on = on->next_)
		if (on->prev_ != before || on->ch != ch) {
			complain("a queue's links are wrong");
			return;
		}
	if (queue->last != before)
		complain("a queue's end is wrong");
}

/* A select that waits to send and to receive on one channel does not meet itself. */
static void check_pair(const leat_case *receiver, const leat_case *sender, const struct leat_channel *ch)
{
	if (receiver && leati_len(ch) > 0)
		complain("somebody waits who need not: %zu values are there", leati_len(ch));
	if (receiver && sender && receiver->wait_ != sender->wait_)
		complain("a sender and a receiver wait for each other");
	if (receiver && !(atomic_load(&ch->state) & LEATI_TX_OPEN))
		complain("somebody waits to receive on a channel that is closed");
}

static bool shows(unsigned state, unsigned bit, const leati_queue *queue)
{
	return !(state & bit) == !queue->first;
}

/* A case of a claimed select no longer counts, and stays in the queue for a while. */
static void check_sign(leati_sign sign, bool would, const leati_queue *partners)
{
	if (would && !sign.raised)
		complain("a descriptor is not readable, though the call would not block");
	if (!would && sign.raised && !partners->first)
		complain("a descriptor is readable, though the call would block");
}

static void check_signs(const struct leat_channel *ch)
{
	const leati_sign *signs = ch->signs->of;
	unsigned state = atomic_load(&ch->state);
	size_t len = *leati_sent(ch) - ch->received;

	check_sign(signs[LEATI_SIGN_RECEIVE], len > 0 || first_waiting(&ch->senders) || !(state & LEATI_TX_OPEN),
	           &ch->senders);
	check_sign(signs[LEATI_SIGN_SEND],
	           len < leati_cap(ch) || first_waiting(&ch->receivers) || leati_over_for_senders(state),
	           &ch->receivers);
}

static void check_channel(const struct leat_channel *ch)
{
	const leat_case *sender;
	unsigned state = atomic_load(&ch->state);
	size_t len = *leati_sent(ch) - ch->received;

	check_queue(ch, &ch->receivers);
	check_queue(ch, &ch->senders);
	check_queue(ch, &ch->observers);
	check_queue(ch, &ch->watchers);
	if (complaint())
		return;
	sender = first_waiting(&ch->senders);
	check_pair(first_waiting(&ch->receivers), sender, ch);
	check_pair(first_waiting(&ch->observers), sender, ch);
	if ((sender && len < leati_cap(ch)) || len > leati_cap(ch))
		complain("somebody waits who need not: %zu values, room for %zu", len, leati_cap(ch));
	if (!shows(state, LEATI_RECEIVERS, &ch->receivers) || !shows(state, LEATI_SENDERS, &ch->senders) ||
	    !shows(state, LEATI_OBSERVERS, &ch->observers))
		complain("the state does not show the queues");
	if (sender && leati_over_for_senders(state))
		complain("somebody waits to send on a channel that is over");
	if (state & LEATI_SIGNS)
		check_signs(ch);
	if (!leati_is_split(ch))
		return;
	if (atomic_load(&ch->sending_state) != state)
		complain("senders see another state");
	if (ch->known_sent - ch->received > len || ch->sent - ch->known_received < len)
		complain("an end knows too much of the other");
}

/* Check the channels that are not locked. (A freed channel looks locked.) */
static void check_invariants(void)
{
	for (unsigned i = 0; i < run->channels; i++)
		if (atomic_load(&made_channels[i]->lock.taken) == 0 && atomic_load(&made_channels[i]->sending.taken) == 0)
			check_channel(made_channels[i]);
}

/* Each thread gets its ends. A channel closes when the last sending end is dropped. */
static void make_channels(void)
{
	for (unsigned i = 0; i < run->channels; i++) {
		leat_chan made = leat_make_of(&value_type, run->capacity[i]);

		made_channels[i] = made.rx.ch;
		if (run->descriptors[i] && (leat_fd(made.rx) < 0 || leat_fd(made.tx) < 0))
			complain("there is no descriptor");
		receivers[i] = 0;
		for (unsigned thread = 0; thread < run->threads; thread++) {
			leat_rx no_rx = LEAT_NIL;
			leat_tx no_tx = { NULL };

			receivers[i] += run->receives[thread][i];
			ends[thread][i].tx = run->sends[thread][i] ? leat_dup(made.tx) : no_tx;
			ends[thread][i].rx = run->receives[thread][i] ? leat_dup(made.rx) : no_rx;
		}
		leat_drop(made);
	}
}

static void check_values(void)
{
	for (int value = 1; value < VALUES; value++)
		if (received[value] + released[value] != sent[value])
			complain("%d was sent %u times, received %u times and released %u times", value, sent[value],
			         received[value], released[value]);
}

/* ------------------------------------------------------------------------------------------- the history -- */

/* One case for the history, with the values that it offered or took. */
static history_case case_in_history(action what, const record *of, bool chosen)
{
	history_case on = { .channel = (int)what.channel, .asked = 1 };

	on.sends = what.kind == '!';
	on.looks = what.kind == '*';
	if (!strchr("[<", of->what->kind))
		on.asked = (int)of->what->count;
	for (int i = 0; i < on.asked; i++)
		on.values[i] = (unsigned char)(on.sends ? of->offered + i : chosen ? of->values[i] : 0);
	return on;
}

static history_call call_in_history(const record *of)
{
	const call *what = of->what;
	history_call in = { .thread = (int)of->thread + 1, .start = of->start, .end = of->end, .chosen = -1,
	                    .channel = (int)what->cases[0].channel, .result = (int)of->result };

	switch (what->kind) {
	case '#': in.kind = HISTORY_CLOSE; in.cause = EPIPE; return in;
	case '-': in.kind = HISTORY_DROP_TX; return in;
	case '_': in.kind = HISTORY_DROP_RX; return in;
	case '=': in.kind = HISTORY_CLOSED; return in;
	default: break;
	}
	in.wait = what->how == '~' ? HISTORY_NOW : what->how == '@' ? HISTORY_TIMED : HISTORY_FOREVER;
	in.waiting = in.wait == HISTORY_FOREVER ? of->slept : 0;
	in.in_order = what->kind == '<';
	in.cases = strchr("[<", what->kind) ? (int)what->count : 1;
	in.error = of->error;
	if (of->result >= 0) {
		in.chosen = of->chosen;
		in.moved = (int)of->result;
	}
	for (int i = 0; i < in.cases; i++)
		in.on[i] = case_in_history(what->cases[i], of, i == in.chosen);
	return in;
}

static void check_history(void)
{
	static history h;
	const char *wrong;

	if (strpbrk(run->text, "^%+.") || !memory_tells_order())
		return;
	h.channels = (int)run->channels;
	h.calls = (int)record_count;
	for (unsigned i = 0; i < run->channels; i++) {
		h.channel[i].capacity = run->capacity[i];
		h.channel[i].txs = h.channel[i].rxs = 0;
		for (unsigned thread = 0; thread < run->threads; thread++) {
			h.channel[i].txs = (unsigned char)(h.channel[i].txs + run->sends[thread][i]);
			h.channel[i].rxs = (unsigned char)(h.channel[i].rxs + run->receives[thread][i]);
		}
	}
	for (size_t i = 0; i < record_count; i++)
		h.call[i] = call_in_history(&records[i]);
	if ((wrong = history_check(&h)) != NULL)
		complain("%s", wrong);
}

/* ------------------------------------------------------------------------------------------- one schedule -- */

static bool run_schedule(const chooser *by)
{
	record_count = 0;
	for (unsigned thread = 0; thread < THREADS; thread++)
		next_value[thread] = 1;
	for (unsigned i = 0; i < CHANNELS; i++)
		causes[i] = -1;
	memset(sent, 0, sizeof sent);
	memset(received, 0, sizeof received);
	memset(released, 0, sizeof released);
	memset(last, 0, sizeof last);
	schedule_begin(by);
	make_channels();
	schedule_run(thread_calls, run->threads, check_invariants);
	if (schedule_end()) {
		check_values();
		check_history();
	}
	return !complaint();
}

static void print_records(void)
{
	for (size_t i = 0; i < record_count; i++)
		print_record(&records[i]);
}

static const char *nth_scenario(size_t i)
{
	return i < sizeof scenarios / sizeof *scenarios ? scenarios[i] : NULL;
}

static void choose_scenario(const char *text)
{
	static scenario parsed;

	parsed = parse(text);
	run = &parsed;
}

int main(int argc, char **argv)
{
	const exploration program = { "schedules", nth_scenario, choose_scenario, run_schedule, print_records };

	return explore(&program, argc, argv);
}
