/* SPDX-License-Identifier: 0BSD
 *
 * waiting.pml - a model of the waiting protocol. It stands for lib/select.c, queue.h, transfer.c, park.c, channel.c,
 * for the short ways in ring.h, and for leat_force_send in discard.c. spin runs it through each order in which the
 * steps of the threads can follow each other. An inline has the name of the function for which it stands, without
 * leati_ and leat_. scenarios.pml says which thread does what. `run` checks the scenarios. Then it plants one fault
 * after the other, and each must be found.
 *
 * MODELLED: the channel's lock, state, length, capacity, ring and four queues; the cases, and the frames in which they
 * lie; the word of a wait (CLAIMED, DONE, ASLEEP); the mutex and the condition variable of a parker; deadlines, which
 * may pass at any moment; the counts of handles, and the memory of the channel. A condition variable may wake its
 * thread spuriously, but only once for each thread. Otherwise no thread would ever be seen to sleep for good.
 *
 * CHECKED: If nothing can move, all threads have ended. Before that, a scenario may wait until all is `quiet`, check
 * that no sleeping thread has a case that could be decided, and then wake the sleepers by a close. Invariants 1 and 3
 * of internal.h hold whenever a lock is released. A select has one winner. Each value that was sent with success was
 * received once, or is in a ring, or went with the last receiver, or was displaced. A value that was not sent is
 * nowhere. The values of a sender keep their order. An observer moves nothing. At the moment when it is told that a
 * receive would not block, a value is in the ring, or another select waits to send. No thread touches the frame of
 * another thread after that has left it (`touch`). Between two waits of a thread, its frame is free for a step of its
 * own, so a thread that touches it late is noticed. No thread touches a channel that was freed. A channel is gone only
 * when the values that went with its last receiver have been released.
 *
 * STEPS: a thread runs on until it yields or has to wait. It yields wherever another thread could come between two
 * actions and notice it: before it takes a lock; before each DONE; and before each claim except the first one under a
 * lock. Claims race, because a wait is claimed under different locks. A look whether a sender is claimed races in the
 * same way. The actions between two yields touch only what a held lock or mutex protects. So other threads could as
 * well have acted before or after them. Comments explain the places where this is not plain. With FINE defined, threads
 * yield there too.
 *
 * Looks without a lock are hints. Here they may give any answer at any time, which covers all that the real ones do,
 * because only what is seen under locks counts. A select in order visits its cases in one of the orders that the model
 * tries.
 *
 * LEFT OUT: weak memory. Here all threads see all writes at once and in one order. `make weak` searches other
 * orders. The back-off: a thread that pauses takes its next step late. The clock and timers: they are deadlines.
 * Batches, counters, and the place of a value in the ring: they are more of the same under one lock, and are tested as
 * plain code. Nil and failed channels. The ranking of cases by address: here channels have numbers. The second lock of
 * a channel with much room (ends.h): here a channel has one lock. A thread that holds the lock of one end may see an
 * old number of the other end. Then the ring looks fuller, or emptier, than it is, and the call goes on to lock all of
 * the channel. `make schedules` and `make weak` run channels with two locks.
 */

/* ------------------------------------------------------------------------------------------------ data -- */

#define THREADS 4
#define CHANNELS 2
#define CASES 2		/* of a select */
#define OPERATIONS 6	/* of a thread, with END */
#define NONE 255

/* The kinds of a case, as in the header. */
#define OFF 0
#define SEND 1
#define RECV 2
#define GONE 3
#define OVER 4
#define READY 5
#define ALONE 6

/* How long to wait. */
#define NEVER 0
#define LATER 1
#define NOW 2

/* Bits of a channel's state. */
#define TX_OPEN 1
#define RX_OPEN 2
#define RECEIVERS 4
#define SENDERS 8
#define CAUSED 16
#define OBSERVERS 32
#define RELEASING 64

/* Bits of a wait's state. */
#define CLAIMED 1
#define DONE 2
#define ASLEEP 4

typedef Queue { byte first, last };

/* The four queues are those of senders, receivers, observers and watchers. `left` tells that values which went with the
 * last receiver are not released yet. */
typedef Channel {
	bit lock; byte state, length, cap, slot[2]; byte txs, rxs, open_ends; bit freed, left; Queue queue[4]
};

/* Case i of thread t is cases[CASES * t + i]. `value` is the value that it sends, or has received. */
typedef Case { byte kind, ch, value, next, prev; bit queued, decided, ok };

/* Each thread has one wait at a time, and one parker. */
typedef Wait { byte state, chosen; bit alive };
typedef Parker { bit mutex, waiting, spurious };

Channel ch[CHANNELS];
Case cases[THREADS * CASES];
Wait wait[THREADS];
Parker parker[THREADS];

/* What became of the values, one bit each. sent, failed: by the result of the send. taken: it was given to a receiver.
 * received: the receiver has returned with it. dropped: it went with the last receiver, or was displaced. The values 2k
 * and 2k + 1 are sent by one thread on one channel, in this order. */
byte sent, failed, taken, received, dropped;
byte ended; /* how many threads have ended */

#define owner(k) ((k) / CASES)
#define bit_of(value) (1 << (value))
#define over_for_senders(state) (((state) & (TX_OPEN | RX_OPEN)) != (TX_OPEN | RX_OPEN))
#define is_gone(state) (!((state) & RX_OPEN) && (!((state) & RELEASING) || planted(GONE_BEFORE_RELEASE)))
#define watcher_is_ready(k, state) (cases[k].kind == GONE && is_gone(state) || \
	cases[k].kind == OVER && (over_for_senders(state) || ((state) & CAUSED)) || \
	cases[k].kind == ALONE && ch[cases[k].ch].rxs == 1)
#define place_of(kind) ((kind) == SEND -> 0 : ((kind) == RECV -> 1 : ((kind) == READY -> 2 : 3)))
#define queue_of(k) ch[cases[k].ch].queue[place_of(cases[k].kind)]
#define senders(nr) ch[nr].queue[0]
#define receivers(nr) ch[nr].queue[1]
#define observers(nr) ch[nr].queue[2]
#define watchers(nr) ch[nr].queue[3]

/* To be called before a thread reads or writes in the frame of another thread's wait. */
#define touch(t) assert(wait[t].alive)

/* For loops within one step. They have no meaning after it. */
hidden byte x, reading, writing;

/* -------------------------------------------------------------------------------------- planted faults -- */

/* The one that is planted, or 0. It is chosen by the environment variable FAULT, and does not change. */
hidden byte fault;

#define planted(nr) (fault == nr)

#define NO_SECOND_LOOK 1		/* pass 2 registers without a look */
#define ONE_LOCK_AT_A_TIME 2		/* pass 2 is not one step */
#define NO_UNREGISTER 3			/* a select leaves its lost cases in their queues */
#define TWO_WINNERS 4			/* a claim is two steps */
#define CLAIMED_ENDS_THE_QUEUE 5	/* the cases after a claimed one are not seen */
#define WAKE_BEFORE_COMPLETE 6
#define TOUCH_AFTER_DONE 7		/* a case is read after its owner was woken */
#define NO_RECHECK 8			/* any end of a sleep counts as DONE */
#define TIMEOUT_IGNORES_CLAIM 9		/* a thread that was claimed leaves before it is DONE */
#define SIGNAL_WITHOUT_MUTEX 10
#define DONE_AFTER_UNLOCK 11
#define NO_REFILL 12			/* a receive does not let a sender into the room that it made */
#define AT_ONCE_PASSES_RECEIVERS 13	/* the short ways do not look for those that wait */
#define AT_ONCE_PASSES_OBSERVERS 14
#define AT_ONCE_PASSES_SENDERS 15
#define CLOSE_FORGETS_SENDERS 16
#define CLOSE_FORGETS_OBSERVERS 17
#define CLOSE_FORGETS_WATCHERS 18
#define DROP_FORGETS_SENDERS 19
#define DROP_FORGETS_WATCHERS 20
#define RELEASE_FORGETS_WATCHERS 21
#define GONE_BEFORE_RELEASE 22		/* the last receiver is gone, but queued values are not released */
#define VALUE_PASSES_OBSERVERS 23	/* a value in the ring does not complete observers */
#define SENDER_PASSES_OBSERVERS 24	/* a sender that begins to wait does not complete them */
#define MEETS_ITSELF 25			/* a select that sends completes its own observer */
#define COUNTS_CLAIMED_SENDERS 26	/* an observer is content with a sender that was claimed */
#define FORCE_PASSES_SENDERS 27		/* a forced send does not wait behind senders that sleep */

/* -------------------------------------------------------------------------------------------- yielding -- */

/* A rendezvous ends the thread's atomic sequence. Now any thread may run, and this one goes on when it is chosen
 * again. */
chan others = [0] of { bit };

active proctype scheduler()
{
end:	do
	:: others?_
	od
}

#define yield() others!0
#ifdef FINE
#define fine() others!0
#else
#define fine() skip
#endif

/* --------------------------------------------------------------------------------------- channel's lock -- */

/* A waiting case that another select could decide. To be asked with the lock held, or when all is quiet. */
#define is_waiting(k) (cases[k].queued && !(wait[owner(k)].state & CLAIMED))

inline check_invariants(nr)
{
	x = 0; reading = 0; writing = 0;
	do
	:: x == THREADS * CASES -> break
	:: else ->
		if
		:: cases[x].queued && cases[x].ch == nr ->
			assert(wait[owner(x)].alive); /* invariant 3 */
			if
			:: is_waiting(x) && (cases[x].kind == RECV || cases[x].kind == READY) ->
				reading = reading | bit_of(owner(x));
				assert(ch[nr].length == 0 && (ch[nr].state & TX_OPEN))
			:: is_waiting(x) && cases[x].kind == SEND ->
				writing = writing | bit_of(owner(x));
				assert(ch[nr].length == ch[nr].cap && !over_for_senders(ch[nr].state))
			:: else -> assert(!is_waiting(x) || !watcher_is_ready(x, ch[nr].state))
			fi
		:: else
		fi;
		x++
	od;
	/* Invariant 1. But a select that would both send and receive, or send and observe, may wait in both queues, if
	 * it is the only one. */
	assert(!reading || !writing || (reading == writing && (reading & (reading - 1)) == 0));
	assert(((ch[nr].state & RECEIVERS) != 0) == (receivers(nr).first != NONE));
	assert(((ch[nr].state & SENDERS) != 0) == (senders(nr).first != NONE));
	assert(((ch[nr].state & OBSERVERS) != 0) == (observers(nr).first != NONE));
	x = 0; reading = 0; writing = 0
}

inline acquire(nr)
{
	fine();
	!ch[nr].lock;
	assert(!ch[nr].freed);
	ch[nr].lock = 1;
	again = false
}

inline release(nr)
{
	fine();
	d_step { assert(ch[nr].lock); check_invariants(nr); ch[nr].lock = 0 }
}

/* ----------------------------------------------------------------------------------------------- queues -- */

/* With the lock held, and as part of one step, because hints see the state change at once. */
inline show_queues(nr)
{
	ch[nr].state = (ch[nr].state & ~(RECEIVERS | SENDERS | OBSERVERS)) |
		(receivers(nr).first != NONE -> RECEIVERS : 0) | (senders(nr).first != NONE -> SENDERS : 0) |
		(observers(nr).first != NONE -> OBSERVERS : 0)
}

inline unlink(k)
{
	assert(ch[cases[k].ch].lock && cases[k].queued);
	if
	:: cases[k].prev != NONE -> cases[cases[k].prev].next = cases[k].next
	:: else -> queue_of(k).first = cases[k].next
	fi;
	if
	:: cases[k].next != NONE -> cases[cases[k].next].prev = cases[k].prev
	:: else -> queue_of(k).last = cases[k].prev
	fi;
	cases[k].queued = 0; cases[k].prev = NONE; /* next stays: claim_first reads it */
	if
	:: queue_of(k).first == NONE -> show_queues(cases[k].ch)
	:: else
	fi
}

inline enqueue(k)
{
	d_step {
		assert(ch[cases[k].ch].lock && !cases[k].queued);
		cases[k].next = NONE;
		cases[k].prev = queue_of(k).last;
		cases[k].queued = 1;
		if
		:: queue_of(k).last != NONE -> cases[queue_of(k).last].next = k
		:: else -> queue_of(k).first = k
		fi;
		queue_of(k).last = k;
		if
		:: queue_of(k).first == k -> show_queues(cases[k].ch)
		:: else
		fi
	}
}

inline dequeue(k)
{
	yield();
	acquire(cases[k].ch);
	d_step { unlink(k); cases[k].next = NONE };
	release(cases[k].ch)
}

/* Before a claim, or a look whether a wait is claimed. With the lock held. */
inline race()
{
	if
	:: again -> yield()
	:: else -> again = true; fine()
	fi
}

/* The partners on all channels of a select, and its owner when the time is over, race for the word of its wait.
 * Exactly one of them finds it not CLAIMED. `won` tells whether it was this thread. */
inline claim(t)
{
	touch(t);
	won = !(wait[t].state & CLAIMED);
	if
	:: planted(TWO_WINNERS) -> yield()
	:: else
	fi;
	wait[t].state = wait[t].state | CLAIMED
}

/* With the lock held. The frame is alive: before its owner leaves it, it must take this case off, and for that it
 * needs this lock. */
inline claim_case(k)
{
	race();
	claim(owner(k));
	if
	:: won ->
		d_step {
			assert(wait[owner(k)].chosen == NONE);
			wait[owner(k)].chosen = k;
			unlink(k)
		}
	:: else
	fi
}

/* `to` becomes the first case that could be claimed. Cases whose wait has been claimed are passed over: a partner on
 * another channel has claimed it, or the time of its owner is over. They may stay here until their owner gets the
 * lock. */
inline claim_first(list)
{
	to = list.first;
	do
	:: to == NONE -> break
	:: to != NONE ->
		claim_case(to);
		if
		:: won -> won = false; break
		:: !won && planted(CLAIMED_ENDS_THE_QUEUE) -> to = NONE
		:: else -> to = cases[to].next
		fi
	od
}

inline set_result(k, moved)
{
	assert(!cases[k].decided);
	cases[k].decided = 1;
	cases[k].ok = moved
}

/* With the lock held. The owner is woken later, when no lock is held. Until then, `woken` links the cases by their
 * `next`. They lie in the frames of their owners, which cannot go away before they are DONE. */
inline complete(k, moved)
{
	if
	:: planted(WAKE_BEFORE_COMPLETE) -> wake(owner(k)); yield()
	:: else
	fi;
	d_step {
		touch(owner(k));
		set_result(k, moved);
		cases[k].next = NONE;
		if
		:: woken == NONE -> woken = k
		:: else -> touch(owner(woken_end)); cases[woken_end].next = k
		fi;
		woken_end = k
	}
}

/* After the wake the case may be gone, so its next is read before. */
inline wake_all()
{
	do
	:: woken == NONE -> break
	:: else ->
		to = woken;
		touch(owner(to)); woken = cases[to].next;
		wake(owner(to));
		if
		:: planted(TOUCH_AFTER_DONE) -> yield(); touch(owner(to)); woken = cases[to].next
		:: else
		fi
	od;
	to = NONE; woken_end = NONE
}

/* ------------------------------------------------------------------------------------------- observers -- */

/* An observer is told that a receive would not block. So at this moment a value is in the ring, or another select waits
 * to send. */
inline check_observed(k)
{
	x = 0;
	do
	:: ch[cases[k].ch].length > 0 -> break
	:: ch[cases[k].ch].length == 0 ->
		assert(x < THREADS * CASES);
		if
		:: is_waiting(x) && cases[x].kind == SEND && cases[x].ch == cases[k].ch && owner(x) != owner(k) -> break
		:: else -> x++
		fi
	od;
	x = 0
}

/* The next one is read first, because a completed case is linked into another list. `own` is the thread whose select
 * must not meet itself, or NONE. */
inline complete_observers(nr, own)
{
	waiter = observers(nr).first;
	do
	:: waiter == NONE -> break
	:: waiter != NONE ->
		next = cases[waiter].next;
		if
		:: owner(waiter) != own || planted(MEETS_ITSELF) ->
			claim_case(waiter);
			if
			:: won -> won = false; d_step { check_observed(waiter) }; complete(waiter, 1)
			:: else
			fi
		:: else
		fi;
		waiter = next
	od;
	next = NONE
}

/* `to` becomes the first sender whose select is not claimed. The claims are seen in one step: a claim stays, so the
 * answer is right at the moment of the last look. */
inline has_sender(nr)
{
	race();
	d_step {
		to = senders(nr).first;
		do
		:: to == NONE -> break
		:: else ->
			touch(owner(to));
			if
			:: is_waiting(to) || planted(COUNTS_CLAIMED_SENDERS) -> break
			:: else -> to = cases[to].next
			fi
		od
	}
}

/* A sender is what the observers wait for. */
inline register(k)
{
	enqueue(k);
	if
	:: cases[k].kind == SEND && !planted(SENDER_PASSES_OBSERVERS) -> complete_observers(cases[k].ch, me)
	:: else
	fi
}

/* ----------------------------------------------------------------------------------------------- values -- */

/* This value has not left yet. So the next value of the same sender must not have left either. */
inline check_order(value_of)
{
	assert((value_of & 1) || !((taken | dropped) & bit_of(value_of + 1)))
}

/* With the lock held. A receiver is given the value. It was given to no other one before. */
inline give(value_of)
{
	assert(value_of != NONE && !((taken | dropped) & bit_of(value_of)));
	check_order(value_of);
	taken = taken | bit_of(value_of)
}

inline push(nr, value_of)
{
	assert(ch[nr].length < ch[nr].cap);
	ch[nr].slot[ch[nr].length] = value_of;
	ch[nr].length++
}

inline pop(nr)
{
	assert(ch[nr].length > 0);
	ch[nr].slot[0] = ch[nr].slot[1];
	ch[nr].slot[1] = NONE;
	ch[nr].length--
}

inline pop_into(nr, k)
{
	cases[k].value = ch[nr].slot[0];
	pop(nr);
	give(cases[k].value)
}

/* --------------------------------------------------------------------------------------------- attempts -- */

/* These write straight into the frame of a claimed waiter, or read from it. The waiter looks at it only when it is
 * DONE. `moved` tells whether a value went over. */
inline give_to_receivers(k)
{
	claim_first(receivers(cases[k].ch));
	if
	:: to != NONE ->
		d_step { touch(owner(to)); cases[to].value = cases[k].value; give(cases[to].value); moved = 1 };
		complete(to, 1)
	:: else
	fi
}

inline take_from_senders(k)
{
	claim_first(senders(cases[k].ch));
	if
	:: to != NONE ->
		d_step { touch(owner(to)); cases[k].value = cases[to].value; give(cases[k].value); moved = 1 };
		complete(to, 1)
	:: else
	fi
}

inline refill(nr)
{
	do
	:: ch[nr].length == ch[nr].cap || planted(NO_REFILL) -> break
	:: else ->
		claim_first(senders(nr));
		if
		:: to == NONE -> break
		:: else -> d_step { touch(owner(to)); push(nr, cases[to].value) };
			complete(to, 1)
		fi
	od;
	to = NONE
}

inline deliver(k)
{
	if
	:: state & RECEIVERS -> give_to_receivers(k)
	:: else
	fi;
	if
	:: !moved && ch[cases[k].ch].length < ch[cases[k].ch].cap ->
		d_step { push(cases[k].ch, cases[k].value); moved = 1 };
		if
		:: planted(VALUE_PASSES_OBSERVERS)
		:: else -> complete_observers(cases[k].ch, NONE)
		fi
	:: else
	fi
}

inline attempt_send(k)
{
	if
	:: over_for_senders(state) -> d_step { set_result(k, 0); decided = k }
	:: else ->
		deliver(k);
		if
		:: moved -> d_step { set_result(k, 1); decided = k }
		:: else
		fi
	fi
}

inline attempt_receive(k)
{
	d_step {
		if
		:: ch[cases[k].ch].length > 0 -> pop_into(cases[k].ch, k); moved = 1
		:: else
		fi
	};
	if
	:: state & SENDERS ->
		if
		:: !moved -> take_from_senders(k)
		:: else
		fi;
		refill(cases[k].ch)
	:: else
	fi;
	d_step {
		if
		:: moved || !(state & TX_OPEN) -> set_result(k, moved); decided = k
		:: else
		fi
	}
}

inline attempt_ready(k)
{
	if
	:: ch[cases[k].ch].length > 0 -> ready = true
	:: else -> has_sender(cases[k].ch); ready = (to != NONE)
	fi;
	d_step {
		if
		:: ready -> check_observed(k)
		:: else
		fi;
		if
		:: ready || !(state & TX_OPEN) -> set_result(k, ready); decided = k
		:: else
		fi;
		ready = false
	}
}

/* With the lock held. `decided` becomes this case if it could be decided. */
inline attempt(k)
{
	state = ch[cases[k].ch].state;
	if
	:: cases[k].kind == SEND -> attempt_send(k)
	:: cases[k].kind == RECV -> attempt_receive(k)
	:: cases[k].kind == READY -> attempt_ready(k)
	:: else ->
		d_step {
			if
			:: watcher_is_ready(k, state) -> set_result(k, 0); decided = k
			:: else
			fi
		}
	fi;
	d_step { moved = 0; state = 0; to = NONE }
}

/* Without the lock: is an attempt worth the lock? */
inline looks_ready(k)
{
	if
	:: ready = true
	:: ready = false
	fi
}

/* ------------------------------------------------------------------------------------------- parking -- */

#define is_done(t) (wait[t].state & DONE)

inline lock_mutex(t)
{
	fine();
	!parker[t].mutex;
	parker[t].mutex = 1
}

inline unlock_mutex(t)
{
	fine();
	parker[t].mutex = 0
}

/* Release the mutex and sleep, in one step. Then a signal, a spurious wake-up, or the time ends the sleep. */
inline cond_wait(limited)
{
	if
	:: planted(SIGNAL_WITHOUT_MUTEX) -> yield() /* nothing keeps the waker out between the check and the sleep */
	:: else
	fi;
	fine();
	parker[me].waiting = 1;
	parker[me].mutex = 0;
	yield();
	if
	:: !parker[me].waiting
	:: parker[me].waiting && !parker[me].spurious -> parker[me].spurious = 1
	:: parker[me].waiting && limited && time == LATER -> passed = true
	fi;
	parker[me].waiting = 0;
	lock_mutex(me)
}

/* With the mutex held. A deadline that has passed stays so. A look at the clock may also set `passed`. */
inline sleep_until(limited)
{
	do
	:: is_done(me) || (limited && passed) -> break
	:: else ->
		cond_wait(limited);
		if
		:: planted(NO_RECHECK) -> break
		:: else
		fi
	od
}

/* The end of the time races with partners. If the thread finds its wait claimed after all, it must wait for DONE,
 * because the partner still writes here. DONE cannot be seen without the mutex, so the partner that set it does not
 * need the frame any more. */
inline sleep_on()
{
	yield();
	lock_mutex(me);
	wait[me].state = wait[me].state | ASLEEP;
	sleep_until(true);
	if
	:: is_done(me)
	:: else ->
		claim(me);
		if
		:: won -> won = false
		:: !won && planted(TIMEOUT_IGNORES_CLAIM)
		:: else -> sleep_until(false)
		fi
	fi;
	unlock_mutex(me)
}

/* The back-off may see DONE before the thread sleeps. Only then is DONE seen without the mutex. It was set by one
 * exchange, after which the partner touches nothing. */
inline park()
{
	yield();
	if
	:: is_done(me)
	:: else -> sleep_on()
	fi
}

inline cond_signal(t)
{
	fine();
	parker[t].waiting = 0
}

inline set_done(t)
{
	touch(t);
	wait[t].state = CLAIMED | DONE
}

inline wake_sleeper(t)
{
	if
	:: planted(SIGNAL_WITHOUT_MUTEX) -> set_done(t); cond_signal(t)
	:: planted(DONE_AFTER_UNLOCK) -> lock_mutex(t); cond_signal(t); unlock_mutex(t); yield(); set_done(t)
	:: else -> lock_mutex(t); set_done(t); cond_signal(t); unlock_mutex(t)
	fi
}

/* The exchange fails if the owner has fallen asleep meanwhile. Only this thread can set DONE. */
inline wake(t)
{
	yield();
	touch(t);
	if
	:: wait[t].state == CLAIMED -> set_done(t)
	:: else -> assert(wait[t].state == (CLAIMED | ASLEEP)); wake_sleeper(t)
	fi
}

/* -------------------------------------------------------------------------------------------- two passes -- */

#define mine(i) (CASES * me + (i))

/* The i-th case in the order of visit. */
#define nth(i) mine((i + turn) % n)

inline try_one(k)
{
	yield();
	acquire(cases[k].ch);
	attempt(k);
	release(cases[k].ch);
	wake_all()
}

/* Pass 1. */
inline try_each()
{
	do
	:: i == n || decided != NONE -> break
	:: else ->
		looks_ready(nth(i));
		if
		:: ready -> ready = false; try_one(nth(i))
		:: else
		fi;
		i++
	od;
	i = 0
}

#define uses(nr) (cases[mine(0)].ch == nr || (n > 1 && cases[mine(1)].ch == nr))

/* Each channel once, in ascending order. */
inline lock_all()
{
	yield();
	do
	:: i == CHANNELS || planted(ONE_LOCK_AT_A_TIME) -> break
	:: else ->
		if
		:: uses(i) -> acquire(i)
		:: else
		fi;
		i++
	od;
	i = 0
}

inline unlock_all()
{
	i = (planted(ONE_LOCK_AT_A_TIME) -> 0 : CHANNELS);
	do
	:: i == 0 -> break
	:: else ->
		i--;
		if
		:: uses(i) -> release(i)
		:: else
		fi
	od
}

/* Only with the planted fault. Otherwise lock_all has locked all channels. */
inline lock_one(nr)
{
	if
	:: planted(ONE_LOCK_AT_A_TIME) -> yield(); acquire(nr)
	:: else
	fi
}

inline unlock_one(nr)
{
	if
	:: planted(ONE_LOCK_AT_A_TIME) -> release(nr)
	:: else
	fi
}

/* Pass 2. With `waits`, the select registers if no case was decided. To other threads, the looks at all channels and
 * the registration on all of them are one step. So of two selects that could meet, the later one finds the earlier one
 * registered. */
inline register_cases()
{
	lock_all();
	do
	:: i == n || decided != NONE || (waits && planted(NO_SECOND_LOOK)) -> break
	:: else -> lock_one(cases[nth(i)].ch); attempt(nth(i)); unlock_one(cases[nth(i)].ch); i++
	od;
	i = 0;
	do
	:: i == n || decided != NONE || !waits -> break
	:: else -> lock_one(cases[nth(i)].ch); register(nth(i)); unlock_one(cases[nth(i)].ch); i++
	od;
	unlock_all();
	wake_all()
}

/* Take the cases that lost off their queues. Until then, partners may find them there, claimed. */
inline unregister_cases()
{
	do
	:: i == n || planted(NO_UNREGISTER) -> break
	:: else ->
		if
		:: mine(i) != decided -> dequeue(mine(i))
		:: else
		fi;
		i++
	od;
	i = 0
}

inline wait_begin()
{
	wait[me].state = 0; wait[me].chosen = NONE; wait[me].alive = 1
}

/* The thread leaves the frame. From now on, nothing in a queue may lead to it. */
inline wait_end()
{
	wait[me].state = 0; wait[me].chosen = NONE; wait[me].alive = 0;
	assert(!cases[mine(0)].queued && !cases[mine(1)].queued);
	yield()
}

inline wait_for_one()
{
	park();
	if
	:: is_done(me) -> decided = wait[me].chosen; assert(decided != NONE && cases[decided].decided)
	:: else -> assert(wait[me].chosen == NONE)
	fi;
	unregister_cases()
}

/* Look at the clock, which may show that the time is over. */
inline has_passed()
{
	if
	:: time == LATER -> passed = true
	:: true
	fi
}

#define goes_to_pass_2 (n == 1)

/* A select reports that its time is over only after a look under all locks. Pass 2 is written once here, and not also
 * in wait_for_one, because spin copies each inline. */
inline decide()
{
	do
	:: if
	   :: !goes_to_pass_2 -> try_each()
	   :: else
	   fi;
	   if
	   :: decided != NONE -> break
	   :: else -> has_passed()
	   fi;
	   waits = !passed;
	   if
	   :: waits -> wait_begin()
	   :: else
	   fi;
	   register_cases();
	   if
	   :: waits && decided == NONE -> wait_for_one()
	   :: else
	   fi;
	   if
	   :: waits -> wait_end()
	   :: else
	   fi;
	   if
	   :: decided != NONE || !waits -> break
	   :: else
	   fi
	od;
	waits = false
}

/* The results that the caller sees. If the caller learns of an end, the stream has ended. */
inline account(k)
{
	if
	:: cases[k].kind == SEND && decided == k && cases[k].ok -> sent = sent | bit_of(cases[k].value)
	:: cases[k].kind == SEND && !(decided == k && cases[k].ok) ->
		failed = failed | bit_of(cases[k].value);
		assert(decided != k || over_for_senders(ch[cases[k].ch].state))
	:: cases[k].kind == RECV && decided == k && cases[k].ok ->
		assert(cases[k].value != NONE && !(received & bit_of(cases[k].value)));
		received = received | bit_of(cases[k].value)
	:: cases[k].kind == RECV && !(decided == k && cases[k].ok) ->
		assert(cases[k].value == NONE);
		assert(decided != k || !(ch[cases[k].ch].state & TX_OPEN))
	:: cases[k].kind == READY ->
		assert(cases[k].value == NONE);
		assert(decided != k || cases[k].ok || !(ch[cases[k].ch].state & TX_OPEN))
	:: else ->
		assert(cases[k].kind == OFF || decided != k || watcher_is_ready(k, ch[cases[k].ch].state));
		assert(cases[k].kind != GONE || decided != k || !ch[cases[k].ch].left)
	fi;
	cases[k].kind = OFF; cases[k].ch = NONE; cases[k].value = NONE; cases[k].next = NONE;
	cases[k].decided = 0; cases[k].ok = 0
}

inline leati_select()
{
	if
	:: n > 1 -> turn = 1
	:: true -> turn = 0
	fi;
	passed = (time == NOW);
	decide();
	assert(decided != NONE || time != NEVER);
	d_step { assert(decided != mine(1) || !cases[mine(0)].decided); passed = false; turn = 0 }
}

/* --------------------------------------------------------------------------------------------- at once -- */

/* Whether a channel has room is only a hint there, so the short way may be tried or not. */
inline send_at_once(k)
{
	if
	:: true
	:: true ->
		yield();
		acquire(cases[k].ch);
		d_step {
			state = ch[cases[k].ch].state;
			if
			:: !over_for_senders(state) && ch[cases[k].ch].length < ch[cases[k].ch].cap &&
			   (!(state & RECEIVERS) || planted(AT_ONCE_PASSES_RECEIVERS)) &&
			   (!(state & OBSERVERS) || planted(AT_ONCE_PASSES_OBSERVERS)) ->
				push(cases[k].ch, cases[k].value);
				decided = k; cases[k].ok = 1
			:: else
			fi;
			state = 0
		};
		release(cases[k].ch)
	fi
}

/* A waiting sender must get its value into the freed room. Only a select does that. */
inline receive_at_once(k)
{
	if
	:: true
	:: true ->
		yield();
		acquire(cases[k].ch);
		d_step {
			if
			:: ch[cases[k].ch].length > 0 &&
			   (!(ch[cases[k].ch].state & SENDERS) || planted(AT_ONCE_PASSES_SENDERS)) ->
				pop_into(cases[k].ch, k);
				decided = k; cases[k].ok = 1
			:: else
			fi
		};
		release(cases[k].ch)
	fi
}

/* ------------------------------------------------------------------------------------------- displace -- */

/* With the lock held. */
inline discard_oldest(nr)
{
	d_step {
		x = ch[nr].slot[0];
		pop(nr);
		check_order(x);
		dropped = dropped | bit_of(x);
		x = 0
	}
}

/* If the case is not decided, it is queued. Then the ring is full, so no observer waits for this sender. */
inline take_place(k)
{
	yield();
	acquire(cases[k].ch);
	state = ch[cases[k].ch].state;
	attempt_send(k);
	if
	:: decided != NONE
	:: decided == NONE && (senders(cases[k].ch).first == NONE || planted(FORCE_PASSES_SENDERS)) ->
		discard_oldest(cases[k].ch);
		d_step { push(cases[k].ch, cases[k].value); set_result(k, 1); decided = k }
	:: else -> enqueue(k)
	fi;
	d_step { moved = 0; state = 0; to = NONE };
	release(cases[k].ch);
	wake_all()
}

/* `last` becomes true if the wait's own case is decided. */
inline make_room_for_first(nr)
{
	yield();
	acquire(nr);
	last = ((wait[me].state & CLAIMED) != 0);
	if
	:: !last -> discard_oldest(nr); refill(nr)
	:: else
	fi;
	release(nr);
	wake_all()
}

inline displace(k)
{
	wait_begin();
	take_place(k);
	if
	:: decided == NONE ->
		do
		:: last -> last = false; break
		:: else -> make_room_for_first(cases[k].ch)
		od;
		park();
		decided = wait[me].chosen;
		assert(decided == k && cases[k].decided)
	:: else
	fi;
	wait_end()
}

/* ------------------------------------------------------------------------------------------ operations -- */

/* A select. With `plain`, leat_send or leat_recv: by the short way, or else by a select of one case. With `force` too,
 * leat_force_send: it displaces values if a send that does not wait finds no room. */
inline operate(plain, force)
{
	if
	:: plain && cases[mine(0)].kind == SEND -> send_at_once(mine(0))
	:: plain && cases[mine(0)].kind == RECV -> receive_at_once(mine(0))
	:: else
	fi;
	if
	:: decided == NONE -> leati_select()
	:: else
	fi;
	if
	:: force && decided == NONE && ch[cases[mine(0)].ch].cap > 0 -> displace(mine(0))
	:: else
	fi;
	d_step { account(mine(0)); account(mine(1)); decided = NONE }
}

/* ------------------------------------------------------------------------------------ channel's life -- */

/* `forgotten` is the fault of not doing this, or 0. */
inline complete_all(list, forgotten)
{
	do
	:: forgotten && planted(forgotten) -> break
	:: else ->
		claim_first(list);
		if
		:: to == NONE -> break
		:: else -> complete(to, 0)
		fi
	od
}

inline complete_watchers(nr)
{
	waiter = watchers(nr).first;
	do
	:: waiter == NONE -> break
	:: waiter != NONE ->
		next = cases[waiter].next;
		if
		:: watcher_is_ready(waiter, ch[nr].state) ->
			claim_case(waiter);
			if
			:: won -> won = false; complete(waiter, 0)
			:: else
			fi
		:: else
		fi;
		waiter = next
	od;
	next = NONE
}

inline leave_cause(nr, close)
{
	if
	:: !(ch[nr].state & TX_OPEN)
	:: else ->
		if
		:: close ->
			ch[nr].state = ch[nr].state & ~TX_OPEN;
			complete_all(receivers(nr), 0);
			complete_all(observers(nr), CLOSE_FORGETS_OBSERVERS);
			complete_all(senders(nr), CLOSE_FORGETS_SENDERS)
		:: else -> ch[nr].state = ch[nr].state | CAUSED
		fi;
		if
		:: planted(CLOSE_FORGETS_WATCHERS)
		:: else -> complete_watchers(nr)
		fi
	fi
}

inline close_channel(nr, close)
{
	yield();
	acquire(nr);
	leave_cause(nr, close);
	release(nr);
	wake_all()
}

inline unref_end(nr)
{
	yield();
	d_step {
		assert(ch[nr].open_ends > 0);
		ch[nr].open_ends--;
		if
		:: ch[nr].open_ends == 0 -> ch[nr].freed = 1
		:: else
		fi
	}
}

/* `last` becomes true if this was the last handle. */
inline unref(count)
{
	yield();
	assert(count > 0);
	count--;
	last = (count == 0)
}

inline drop_tx(nr)
{
	unref(ch[nr].txs);
	if
	:: last -> last = false; close_channel(nr, true); unref_end(nr)
	:: else
	fi
}

/* The values in the ring go with the last receiver. They are released later, when the lock is free. A send that comes
 * before that sees that the channel is over. */
inline end_receivers(nr)
{
	d_step {
		ch[nr].left = (ch[nr].length > 0);
		ch[nr].state = (ch[nr].state & ~RX_OPEN) | (ch[nr].left -> RELEASING : 0);
		do
		:: ch[nr].length == 0 -> break
		:: else ->
			ch[nr].length--;
			dropped = dropped | bit_of(ch[nr].slot[ch[nr].length]);
			ch[nr].slot[ch[nr].length] = NONE
		od
	};
	complete_all(senders(nr), DROP_FORGETS_SENDERS)
}

/* The threads that wait until the channel is gone are told only now. */
inline end_release(nr)
{
	yield();
	acquire(nr);
	ch[nr].state = ch[nr].state & ~RELEASING;
	if
	:: planted(RELEASE_FORGETS_WATCHERS)
	:: else -> complete_watchers(nr)
	fi;
	release(nr);
	wake_all()
}

/* Only the thread that dropped the last receiver changes RELEASING, so it may read it without the lock. */
inline release_queued(nr)
{
	if
	:: ch[nr].state & RELEASING -> yield(); ch[nr].left = 0; end_release(nr)
	:: else
	fi;
	unref_end(nr)
}

inline drop_late_rx(nr)
{
	acquire(nr);
	unref(ch[nr].rxs);
	if
	:: last -> end_receivers(nr)
	:: else
	fi;
	if
	:: planted(DROP_FORGETS_WATCHERS)
	:: else -> complete_watchers(nr)
	fi;
	release(nr);
	wake_all();
	if
	:: last -> last = false; release_queued(nr)
	:: else
	fi
}

/* The count falls to 1 and 0 only under the lock. */
inline drop_rx(nr)
{
	yield();
	if
	:: d_step { ch[nr].rxs > 2 -> ch[nr].rxs-- }
	:: else -> drop_late_rx(nr)
	fi
}

/* leat_buffer: waiting senders get the new room. */
inline grow(nr, room)
{
	yield();
	acquire(nr);
	if
	:: ch[nr].cap < room -> ch[nr].cap = room; refill(nr)
	:: else
	fi;
	release(nr);
	wake_all()
}
