/* SPDX-License-Identifier: 0BSD
 *
 * disconnect.c - the answers of each kind of channel when nobody has left it, when the senders or the receivers have
 * left it, or when it was closed. It is one table, operation by operation, and no operation waits. crossbeam has such a
 * test for its six flavours. Its timers send messages and never disconnect; those of leat end when they are due.
 * crossbeam has no nil and no failed channels. In leat, a nil channel is never ready, and a failed one has ended from
 * the beginning.
 */
#include "../test.h"

enum kind { RENDEZVOUS, BUFFERED, UNIT, TIMER, DUE_TIMER, TICK, DUE_TICK, NIL, FAILED, KINDS };
enum left { NOBODY, SENDERS, RECEIVERS, CLOSED };

static const char *const kind_names[KINDS] = { "rendezvous", "buffered", "unit", "timer", "due timer",
	                                       "tick", "due tick", "nil", "failed" };

/* The questions, in the order of the table. Sends and receives are asked as a call and as a case. */
enum { SEND, SELECT_SEND, RECEIVE, SELECT_DRAINED, GONE, IS_CLOSED, QUESTIONS };

/* The answers: '1' done, '0' the channel is over, '-' not now, '.' there is no handle to ask with. For leat_closed: '1'
 * or '0'. */
static const struct { enum kind kind; enum left left; const char *answers; } table[] = {
	{ RENDEZVOUS, NOBODY, "-----0" },
	{ RENDEZVOUS, SENDERS, "..00.1" },
	{ RENDEZVOUS, RECEIVERS, "00..11" },
	{ RENDEZVOUS, CLOSED, "0000-1" },
	{ BUFFERED, NOBODY, "1-1--0" },
	{ BUFFERED, SENDERS, "..10.1" },
	{ BUFFERED, RECEIVERS, "00..11" },
	{ BUFFERED, CLOSED, "0010-1" },
	{ UNIT, NOBODY, "-----0" },
	{ UNIT, SENDERS, "..00.1" },
	{ UNIT, RECEIVERS, "00..11" },
	{ UNIT, CLOSED, "0000-1" },
	{ TIMER, NOBODY, "-----0" },
	{ TIMER, SENDERS, "..00.1" },
	{ TIMER, RECEIVERS, "00..11" },
	{ TIMER, CLOSED, "0000-1" },
	{ DUE_TIMER, NOBODY, "0000-1" },
	{ DUE_TIMER, SENDERS, "..00.1" },
	{ DUE_TIMER, RECEIVERS, "00..11" },
	{ DUE_TIMER, CLOSED, "0000-1" },
	{ TICK, SENDERS, "..--.0" },
	{ DUE_TICK, SENDERS, "..1-.0" },
	{ NIL, NOBODY, "-----0" },
	{ NIL, CLOSED, "-----0" },
	{ FAILED, NOBODY, "000011" },
	{ FAILED, SENDERS, "..00.1" },
	{ FAILED, RECEIVERS, "00..11" },
	{ FAILED, CLOSED, "000011" },
};

/* It has room for one more value. */
static leat_chan buffered(void)
{
	leat_chan chan = leat_make(int, capacity + 2);

	send_ints(chan.tx, 0, capacity + 1);
	return chan;
}

/* A tick has no sender from the beginning. */
static leat_chan of_ticks(leat_time advance)
{
	leat_chan chan = { { NULL }, leat_tick(LEAT_S(1)) };

	check(leat_clock_advance(advance) == 1);
	return chan;
}

static leat_chan make(enum kind kind)
{
	switch (kind) {
	case RENDEZVOUS: return leat_make(int, 0);
	case BUFFERED: return buffered();
	case UNIT: return leat_make_unit();
	case TIMER: return leat_make_until(leat_in(LEAT_S(3600)), 0);
	case DUE_TIMER: return leat_make_until(leat_now(), 0);
	case TICK: return of_ticks(0);
	case DUE_TICK: return of_ticks(LEAT_S(5));
	case FAILED: return leat_make(int, -1);
	default: return (leat_chan){ { NULL }, { NULL } };
	}
}

static void leave(leat_chan chan, enum left left)
{
	if (left == SENDERS)
		leat_drop(chan.tx);
	else if (left == RECEIVERS)
		leat_drop(chan.rx);
	else if (left == CLOSED)
		(void)leat_close(chan.tx); /* returns 0 for channels that were not open: nil, failed and due ones */
}

static void drop_rest(leat_chan chan, enum left left)
{
	if (left != SENDERS)
		leat_drop(chan.tx);
	if (left != RECEIVERS)
		leat_drop(chan.rx);
}

static char answer_of(int result)
{
	check(result >= 0 || errno == EAGAIN);
	return result < 0 ? '-' : result ? '1' : '0';
}

static char answer_of_case(leat_case on)
{
	leat_case ons[] = { on };

	return answer_of(leat_select(ons, LEAT_NOW) < 0 ? -1 : ons[0].ok);
}

static char ask(leat_chan chan, size_t size, int question)
{
	leat_time value = 7;
	char answer = '1';

	switch (question) {
	case SEND: return answer_of(leat_send_sized(chan.tx, &value, size, LEAT_NOW));
	case SELECT_SEND: return answer_of_case(LEAT_SEND_SIZED(chan.tx, &value, size));
	case RECEIVE: return answer_of(leat_recv_sized(chan.rx, &value, size, LEAT_NOW));
	case SELECT_DRAINED:
		for (int i = 0; answer == '1' && i < 2000; i++)
			answer = answer_of_case(LEAT_RECV_SIZED(chan.rx, &value, size));
		return answer;
	default: return answer_of(leat_wait_gone(chan.tx, LEAT_NOW));
	}
}

/* Asks the end that was not dropped. */
static char ask_closed(leat_chan chan, enum left left)
{
	return answer_of(left == RECEIVERS ? leat_closed(chan.tx) : leat_closed(chan.rx));
}

static void as_the_table_says(void)
{
	check(leat_clock_fake() == 1);
	for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
		leat_chan chan = make(table[row].kind);
		size_t size = leat_type_of(chan.rx).size;
		char answers[QUESTIONS + 1] = "";

		leave(chan, table[row].left);
		for (int i = 0; i < QUESTIONS; i++)
			if (table[row].answers[i] == '.')
				answers[i] = '.';
			else if (i == IS_CLOSED)
				answers[i] = ask_closed(chan, table[row].left);
			else
				answers[i] = ask(chan, size, i);
		if (strcmp(answers, table[row].answers) != 0)
			fprintf(stderr, "%s, left %d: %s\n", kind_names[table[row].kind], table[row].left, answers);
		check(strcmp(answers, table[row].answers) == 0);
		drop_rest(chan, table[row].left);
	}
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(as_the_table_says);
}
