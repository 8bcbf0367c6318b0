/* SPDX-License-Identifier: 0BSD
 *
 * scenarios.pml - which thread does what in each scenario: a list of operations for each thread. A thread may wait
 * until nothing moves (QUIET), and then check that no thread sleeps that should not. After that it wakes the threads
 * that wait for good, so that all of them end.
 */
#include "waiting.pml"

/* The scenarios. The environment variable SCENARIO has the number of one of them, and CAPACITY the capacity of both
 * channels. */
#define two_senders 1		/* a select sleeps on two channels, and a thread sends to each; twice */
#define crossed 2		/* each could be the partner of each other one; the one left over waits for good */
#define crossed_timed 3		/* the same, but they may give up, or do not wait */
#define closing_senders 4	/* senders may give up, and then close */
#define all_timed 5		/* all threads may give up, and a channel closes */
#define blocked_sender 6	/* one thread sends without a deadline, one closes, and a receiver may give up */
#define same_twice 7		/* a channel is twice in a select: asleep, with a default, and closed */
#define both_ways 8		/* selects that both send and receive, but never with themselves */
#define last_receiver 9		/* the last receiver leaves while others send; the last drop frees the channel */
#define last_sender 10		/* the last sender leaves; the values it sent come before the end */
#define at_once 11		/* the short ways of send and receive, while selects sleep */
#define at_once_full 12		/* the same, while senders sleep, whose values must keep their order */
#define watching 13		/* waits until the receivers leave, or for the end or a cause */
#define growth 14		/* a channel without room gets room while senders wait */
#define two_closers 15		/* two selects are claimed from both of their channels */
#define done_by_value 16	/* two selects watch `done`, on which a value is sent; both end, and it stays */
#define observing 17		/* observers and a receiver, which may give up; one value; then the channel closes */
#define both_ends 18		/* selects that both observe and send on one channel never meet themselves; then room */
#define claimed_sender 19	/* an observer looks at a sender that is claimed through another channel */
#define forced 20		/* a forced send displaces values until the senders before it have got room */
#define forced_race 21		/* the same, while a sender is claimed, a receiver takes, and the channel closes */
#define last_of_three 22	/* a thread waits until the others have dropped their receivers */

/* The operations of a thread. */
#define END 0
#define SELECT 1	/* one or two cases */
#define OPERATE 2	/* leat_send or leat_recv, given as a case */
#define FORCE 3		/* leat_force_send; its first try is a select that does not wait, so until NOW */
#define CLOSE 4		/* a channel */
#define CAUSE 5		/* leave a cause, without closing */
#define DROP_TX 6
#define DROP_RX 7
#define GROW 8		/* leat_buffer, to one value */
#define QUIET 9		/* wait until nothing can move */

#define A 0
#define B 1

/* Cases. */
#define send(c, value) (SEND + 8 * (c) + 16 * (value))
#define recv(c) (RECV + 8 * (c))
#define gone(c) (GONE + 8 * (c))
#define over(c) (OVER + 8 * (c))
#define ready(c) (READY + 8 * (c))
#define alone(c) (ALONE + 8 * (c))

/* The operations of the threads. They are set before the first step, and do not change. */
hidden byte scenario, what[THREADS * OPERATIONS], until[THREADS * OPERATIONS], case0[THREADS * OPERATIONS],
	case1[THREADS * OPERATIONS];

/* This is in C, because spin would copy an inline for each line of a scenario. */
c_code {
	void add(int t, int operation, int time, int first, int second)
	{
		int at = OPERATIONS * t;

		while (what[at] != END)
			at++;
		if (at == OPERATIONS * (t + 1) - 1)
			abort();
		what[at] = operation; until[at] = time; case0[at] = first; case1[at] = second;
	}
};

#define does(t, operation, time, first, second) c_code { add(t, operation, time, first, second); }

inline handles(c, senders, receivers)
{
	ch[c].txs = senders; ch[c].rxs = receivers
}

inline make_channel(c)
{
	c_code { now.ch[0].cap = now.ch[1].cap = atoi(getenv("CAPACITY")); };
	ch[c].state = TX_OPEN | RX_OPEN;
	ch[c].slot[0] = NONE; ch[c].slot[1] = NONE;
	senders(c).first = NONE; senders(c).last = NONE;
	receivers(c).first = NONE; receivers(c).last = NONE;
	observers(c).first = NONE; observers(c).last = NONE;
	watchers(c).first = NONE; watchers(c).last = NONE;
	ch[c].txs = 9; ch[c].rxs = 9; ch[c].open_ends = 2
}

inline case_of(k, code)
{
	cases[k].kind = code % 8;
	if
	:: cases[k].kind == OFF
	:: else ->
		cases[k].ch = (code / 8) % 2;
		cases[k].value = (cases[k].kind == SEND -> code / 16 : NONE)
	fi
}

inline fetch()
{
	d_step {
		code = what[OPERATIONS * me + pc];
		time = until[OPERATIONS * me + pc];
		if
		:: code <= FORCE && code != END ->
			case_of(mine(0), case0[OPERATIONS * me + pc]);
			case_of(mine(1), case1[OPERATIONS * me + pc]);
			n = (cases[mine(1)].kind == OFF -> 1 : 2)
		:: else -> c = case0[OPERATIONS * me + pc]
		fi;
		pc++
	}
}

/* Nothing can move. So each sleeping thread is unclaimed, and no other thread could decide its cases. */
inline quiet()
{
	timeout;
	d_step {
		x = 0;
		do
		:: x == THREADS -> break
		:: else ->
			assert(!wait[x].alive || (wait[x].state == ASLEEP && parker[x].waiting));
			assert(!parker[x].mutex);
			x++
		od;
		check_invariants(A);
		check_invariants(B);
		assert(!ch[A].lock && !ch[B].lock)
	}
}

proctype caller(byte me)
{
	atomic {
	byte pc, code, time, n, c;
	byte decided = NONE, i, state, to = NONE, waiter = NONE, next, woken = NONE, woken_end = NONE;
	bool passed, waits, turn, ready, moved, won, last, again;

	next = NONE;
	do
	:: fetch();
	   if
	   :: code == END -> break
	   :: code == SELECT || code == OPERATE || code == FORCE -> operate(code != SELECT, code == FORCE)
	   :: code == CLOSE || code == CAUSE -> close_channel(c, code == CLOSE)
	   :: code == DROP_TX -> drop_tx(c)
	   :: code == DROP_RX -> drop_rx(c)
	   :: code == GROW -> grow(c, 1)
	   :: code == QUIET -> quiet()
	   fi
	od;
	ended++
	}
}

/* No value is lost or doubled, and a value that was not sent is nowhere. */
inline in_ring(c)
{
	x = 0;
	do
	:: x == ch[c].length -> break
	:: else ->
		assert(!(reading & bit_of(ch[c].slot[x])));
		reading = reading | bit_of(ch[c].slot[x]);
		check_order(ch[c].slot[x]);
		x++
	od;
	x = 0
}

inline check_end()
{
	d_step {
		reading = 0;
		in_ring(A);
		in_ring(B);
		assert(!(received & reading) && !(received & dropped) && !(reading & dropped));
		assert((received | reading | dropped) == sent && taken == received);
		assert(!(sent & failed));
		reading = 0;
		assert(!ch[A].lock && !ch[B].lock)
	}
}

init
{
	d_step {
		c_code { scenario = atoi(getenv("SCENARIO")); fault = atoi(getenv("FAULT")); };
		make_channel(A);
		make_channel(B);
		x = 0;
		do
		:: x == THREADS * CASES -> break
		:: else ->
			cases[x].ch = NONE; cases[x].value = NONE; cases[x].next = NONE; cases[x].prev = NONE;
			wait[owner(x)].chosen = NONE;
			x++
		od;

/* ------------------------------------------------------------------------------------------ scenarios -- */

		if
		:: scenario == two_senders ->
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(1, SELECT, NEVER, send(A, 0), OFF);
			does(2, SELECT, NEVER, send(B, 2), OFF)
		:: scenario == crossed ->
			does(0, SELECT, NEVER, send(A, 0), recv(B));
			does(1, SELECT, NEVER, recv(A), send(B, 2));
			does(2, SELECT, NEVER, recv(A), recv(B));
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0);
			does(3, CLOSE, NEVER, B, 0)
		:: scenario == crossed_timed ->
			does(0, SELECT, LATER, send(A, 0), recv(B));
			does(1, SELECT, LATER, recv(A), send(B, 2));
			does(2, SELECT, NOW, recv(B), send(A, 4))
		:: scenario == closing_senders ->
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(1, SELECT, LATER, send(A, 0), OFF);
			does(1, CLOSE, NEVER, A, 0);
			does(2, SELECT, LATER, send(B, 2), OFF);
			does(2, CLOSE, NEVER, B, 0)
		:: scenario == all_timed ->
			does(0, SELECT, LATER, recv(A), recv(B));
			does(1, SELECT, LATER, send(A, 0), send(B, 2));
			does(2, SELECT, LATER, recv(B), OFF);
			does(2, CLOSE, NEVER, A, 0)
		:: scenario == blocked_sender ->
			does(0, OPERATE, NEVER, send(A, 0), OFF);
			does(0, OPERATE, NEVER, send(A, 1), OFF);
			does(1, OPERATE, LATER, recv(A), OFF);
			does(2, CLOSE, NEVER, A, 0)
		:: scenario == same_twice ->
			does(0, SELECT, NEVER, recv(A), recv(A));
			does(1, SELECT, NEVER, send(A, 0), OFF);
			does(2, SELECT, NOW, recv(A), recv(A));
			does(2, SELECT, LATER, send(A, 2), send(A, 4));
			does(2, CLOSE, NEVER, A, 0)
		:: scenario == both_ways ->
			does(0, SELECT, NEVER, send(A, 0), recv(A));
			does(1, SELECT, NEVER, send(A, 2), recv(A));
			does(2, SELECT, LATER, send(A, 4), recv(A));
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0)
		:: scenario == last_receiver ->
			handles(A, 2, 1);
			does(0, OPERATE, LATER, recv(A), OFF);
			does(0, DROP_RX, NEVER, A, 0);
			does(1, OPERATE, NEVER, send(A, 0), OFF);
			does(1, OPERATE, NEVER, send(A, 1), OFF);
			does(1, DROP_TX, NEVER, A, 0);
			does(2, SELECT, NEVER, send(A, 2), recv(B));
			does(2, DROP_TX, NEVER, A, 0)
		:: scenario == last_sender ->
			handles(A, 2, 1);
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(0, OPERATE, NEVER, recv(A), OFF);
			does(0, DROP_RX, NEVER, A, 0);
			does(1, OPERATE, NEVER, send(A, 0), OFF);
			does(1, DROP_TX, NEVER, A, 0);
			does(2, SELECT, LATER, send(A, 2), OFF);
			does(2, DROP_TX, NEVER, A, 0)
		:: scenario == at_once ->
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(0, SELECT, LATER, recv(A), recv(B));
			does(1, OPERATE, NEVER, send(A, 0), OFF);
			does(1, OPERATE, NEVER, send(A, 1), OFF);
			does(2, OPERATE, LATER, recv(A), OFF);
			does(2, OPERATE, LATER, send(B, 2), OFF);
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0)
		:: scenario == at_once_full ->
			does(0, SELECT, NEVER, send(A, 4), send(B, 2));
			does(1, OPERATE, NEVER, send(A, 0), OFF);
			does(1, OPERATE, NEVER, send(A, 1), OFF);
			does(2, OPERATE, NEVER, recv(A), OFF);
			does(2, OPERATE, NEVER, recv(A), OFF);
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0);
			does(3, CLOSE, NEVER, B, 0)
		:: scenario == watching ->
			handles(A, 9, 1);
			does(0, SELECT, NEVER, gone(A), send(A, 0));
			does(0, SELECT, NEVER, gone(A), OFF);
			does(1, SELECT, NEVER, over(A), recv(B));
			does(1, SELECT, LATER, over(B), OFF);
			does(2, SELECT, LATER, recv(A), OFF);
			does(2, CAUSE, NEVER, B, 0);
			does(2, DROP_RX, NEVER, A, 0)
		:: scenario == growth ->
			does(0, SELECT, NEVER, send(A, 0), send(B, 2));
			does(1, SELECT, LATER, send(A, 4), OFF);
			does(1, OPERATE, LATER, send(A, 5), OFF);
			does(2, GROW, NEVER, A, 0);
			does(2, OPERATE, LATER, recv(A), OFF);
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0)
		:: scenario == two_closers ->
			does(0, SELECT, NEVER, recv(A), recv(B));
			does(1, SELECT, NEVER, send(A, 0), over(B));
			does(2, CLOSE, NEVER, A, 0);
			does(3, CLOSE, NEVER, B, 0)
		:: scenario == done_by_value ->
			does(0, SELECT, NEVER, ready(A), recv(B));
			does(0, SELECT, NEVER, ready(A), OFF);
			does(1, SELECT, NEVER, ready(A), send(B, 2));
			does(2, OPERATE, NEVER, send(A, 0), OFF);
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0)
		:: scenario == observing ->
			does(0, SELECT, NEVER, ready(A), ready(B));
			does(1, SELECT, LATER, ready(A), OFF);
			does(2, OPERATE, NEVER, recv(A), OFF);
			does(3, OPERATE, LATER, send(A, 0), OFF);
			does(3, CLOSE, NEVER, A, 0)
		:: scenario == both_ends ->
			does(0, SELECT, NEVER, ready(A), send(A, 0));
			does(1, SELECT, NEVER, ready(A), send(A, 2));
			does(2, SELECT, LATER, ready(A), recv(A));
			does(2, GROW, NEVER, A, 0);
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0)
		:: scenario == claimed_sender ->
			does(0, SELECT, LATER, send(A, 0), send(B, 2));
			does(1, OPERATE, LATER, recv(B), OFF);
			does(2, SELECT, NEVER, ready(A), ready(B));
			does(3, QUIET, NEVER, 0, 0);
			does(3, CLOSE, NEVER, A, 0);
			does(3, CLOSE, NEVER, B, 0)
		:: scenario == forced ->
			does(0, SELECT, NEVER, send(A, 4), send(B, 2));
			does(1, OPERATE, NEVER, send(A, 0), OFF);
			does(2, FORCE, NOW, send(A, 6), OFF);
			does(2, OPERATE, LATER, recv(A), OFF);
			does(3, QUIET, NEVER, 0, 0);
			does(3, FORCE, NOW, send(A, 1), OFF);
			does(3, OPERATE, NOW, recv(A), OFF);
			does(3, CLOSE, NEVER, A, 0);
			does(3, CLOSE, NEVER, B, 0)
		:: scenario == forced_race ->
			does(0, SELECT, NEVER, send(A, 4), send(B, 2));
			does(1, OPERATE, NEVER, send(A, 0), OFF);
			does(1, FORCE, NOW, send(A, 1), OFF);
			does(2, OPERATE, LATER, recv(B), OFF);
			does(2, CLOSE, NEVER, A, 0);
			does(3, FORCE, NOW, send(A, 6), OFF);
			does(3, OPERATE, NOW, recv(A), OFF)
		:: scenario == last_of_three ->
			handles(A, 9, 3);
			does(0, SELECT, NEVER, alone(A), OFF);
			does(0, DROP_RX, NEVER, A, 0);
			does(1, SELECT, LATER, recv(A), OFF);
			does(1, DROP_RX, NEVER, A, 0);
			does(2, OPERATE, LATER, send(A, 0), OFF);
			does(2, DROP_RX, NEVER, A, 0)
		fi
	}
	atomic { run caller(0); run caller(1); run caller(2); run caller(3) };
	ended == THREADS;
	check_end()
}
