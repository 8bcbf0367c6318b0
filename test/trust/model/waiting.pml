/* SPDX-License-Identifier: 0BSD
 *
 * waiting.pml - a model of the waiting protocol: of lib/select.c, queue.h, transfer.c, park.c, channel.c, and of the
 * short ways in ring.h. spin runs it through each order in which the steps of the threads can follow each other. An
 * inline has the name of the function for which it stands, without leati_ and leat_. scenarios.pml says which thread
 * does what. `run` checks the scenarios. Then it plants one fault after the other, and each must be found.
 *
 * MODELLED: the channel's lock, state, length, capacity, ring and three queues; the cases, and the frames in which they
 * lie; the word of a wait (CLAIMED, DONE, ASLEEP); the mutex and the condition variable of a parker; deadlines, which
 * may pass at any moment; the counts of handles, and the memory of the channel. A condition variable may wake its
 * thread spuriously, but only once for each thread. Otherwise no thread would ever be seen to sleep for good.
 *
 * CHECKED: If nothing can move, all threads have ended. Before that, a scenario may wait until all is `quiet`, check
 * that no sleeping thread has a case that could be decided, and then wake the sleepers by a close. Invariants 1 and 3
 * of internal.h hold whenever a lock is released. A select has one winner. Each value that was sent with success was
 * received once, or is in a ring, or went with the last receiver. A value that was not sent is nowhere. The values of a
 * sender keep their order. No thread touches the frame of another thread after that has left it (`touch`). Between two
 * waits of a thread, its frame is free for a step of its own, so a thread that touches it late is noticed. No thread
 * touches a channel that was freed.
 *
 * STEPS: a thread runs on until it yields or has to wait. It yields wherever another thread could come between two
 * actions and notice it: before it takes a lock; before each DONE; and before each claim except the first one under a
 * lock, because a wait is claimed under different locks, so claims race. The actions between two yields touch only what
 * a held lock or mutex protects. So other threads could as well have acted before or after them. Comments explain the
 * places where this is not plain. With FINE defined, threads yield there too.
 *
 * Looks without a lock are hints. Here they may give any answer at any time, which covers all that the real ones do,
 * because only what is seen under locks counts. A select in order visits its cases in one of the orders that the model
 * tries.
 *
 * LEFT OUT: weak memory. Here all threads see all writes at once and in one order. The tests under the thread
 * sanitizer, and the comment at each atomic operation, cover that. The back-off: a thread that pauses takes its next
 * step late. The clock and timers: they are deadlines. Batches, counters, forced sends, and the place of a value in the
 * ring: they are more of the same under one lock, and are tested as plain code. Nil and failed channels. The ranking of
 * cases by address: here channels have numbers.
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

/* Bits of a wait's state. */
#define CLAIMED 1
#define DONE 2
#define ASLEEP 4

typedef Queue { byte first, last };

/* The three queues are those of senders, receivers and watchers. */
typedef Channel { bit lock; byte state, length, cap, slot[2]; byte txs, rxs, open_ends; bit freed; Queue queue[3] };

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
 * received: the receiver has returned with it. dropped: it went with the last receiver. The values 2k and 2k + 1 are
 * sent by one thread on one channel, in this order. */
byte sent, failed, taken, received, dropped;
byte ended; /* how many threads have ended */

#define owner(k) ((k) / CASES)
#define bit_of(value) (1 << (value))
#define over_for_senders(state) (((state) & (TX_OPEN | RX_OPEN)) != (TX_OPEN | RX_OPEN))
#define watcher_is_ready(kind, state) ((kind) == GONE && !((state) & RX_OPEN) || \
	(kind) == OVER && (over_for_senders(state) || ((state) & CAUSED)))
#define queue_of(k) ch[cases[k].ch].queue[(cases[k].kind == SEND -> 0 : (cases[k].kind == RECV -> 1 : 2))]
#define senders(nr) ch[nr].queue[0]
#define receivers(nr) ch[nr].queue[1]
#define watchers(nr) ch[nr].queue[2]

/* To be called before a thread reads or writes in the frame of another thread's wait. */
#define touch(t) assert(wait[t].alive)

/* For loops within one step. They have no meaning after it. */
hidden byte x, reading, writing;

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
#define waits(k) (cases[k].queued && !(wait[owner(k)].state & CLAIMED))

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
			:: waits(x) && cases[x].kind == RECV ->
				reading = reading | bit_of(owner(x));
				assert(ch[nr].length == 0 && (ch[nr].state & TX_OPEN))
			:: waits(x) && cases[x].kind == SEND ->
				writing = writing | bit_of(owner(x));
				assert(ch[nr].length == ch[nr].cap && !over_for_senders(ch[nr].state))
			:: else -> assert(!waits(x) || !watcher_is_ready(cases[x].kind, ch[nr].state))
			fi
		:: else
		fi;
		x++
	od;
	/* Invariant 1. But a select that would both send and receive may wait in both queues, if it is the only one. */
	assert(!reading || !writing || (reading == writing && (reading & (reading - 1)) == 0));
	assert(((ch[nr].state & RECEIVERS) != 0) == (receivers(nr).first != NONE));
	assert(((ch[nr].state & SENDERS) != 0) == (senders(nr).first != NONE));
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
	ch[nr].state = (ch[nr].state & ~(RECEIVERS | SENDERS)) |
		(receivers(nr).first != NONE -> RECEIVERS : 0) | (senders(nr).first != NONE -> SENDERS : 0)
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
	cases[k].queued = 0; cases[k].prev = NONE; /* next stays: claim_first and complete_watchers read it before */
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

/* The partners on all channels of a select, and its owner when the time is over, race for the word of its wait.
 * Exactly one of them finds it not CLAIMED. `won` tells whether it was this thread. */
inline claim(t)
{
	touch(t);
	won = !(wait[t].state & CLAIMED);
#ifdef TWO_WINNERS
	yield();
#endif
	wait[t].state = wait[t].state | CLAIMED
}

/* With the lock held. The frame is alive: before its owner leaves it, it must take this case off, and for that it
 * needs this lock. */
inline claim_case(k)
{
	if
	:: again -> yield()
	:: else -> again = true; fine()
	fi;
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
#ifdef CLAIMED_ENDS_THE_QUEUE
		:: else -> to = NONE
#else
		:: else -> to = cases[to].next
#endif
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
#ifdef WAKE_BEFORE_COMPLETE
	wake(owner(k));
	yield();
#endif
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
#ifdef TOUCH_AFTER_DONE
		wake(owner(to));
		yield();
		touch(owner(to)); woken = cases[to].next
#else
		touch(owner(to)); woken = cases[to].next;
		wake(owner(to))
#endif
	od;
	to = NONE; woken_end = NONE
}

/* ----------------------------------------------------------------------------------------------- values -- */

/* With the lock held. A receiver is given the value. No other receiver was given it before, and none was given the
 * same sender's next value. */
inline give(value_of)
{
	assert(value_of != NONE && !(taken & bit_of(value_of)));
	assert((value_of & 1) || !(taken & bit_of(value_of + 1)));
	taken = taken | bit_of(value_of)
}

inline push(nr, value_of)
{
	assert(ch[nr].length < ch[nr].cap);
	ch[nr].slot[ch[nr].length] = value_of;
	ch[nr].length++
}

inline pop(nr, k)
{
	cases[k].value = ch[nr].slot[0];
	ch[nr].slot[0] = ch[nr].slot[1];
	ch[nr].slot[1] = NONE;
	ch[nr].length--;
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
#ifndef NO_REFILL
	do
	:: ch[nr].length == ch[nr].cap -> break
	:: else ->
		claim_first(senders(nr));
		if
		:: to == NONE -> break
		:: else -> d_step { touch(owner(to)); push(nr, cases[to].value) };
			complete(to, 1)
		fi
	od;
#endif
	skip
}

inline attempt_send(k)
{
	if
	:: over_for_senders(state) -> d_step { set_result(k, 0); decided = k }
	:: else ->
		if
		:: state & RECEIVERS -> give_to_receivers(k)
		:: else
		fi;
		d_step {
			if
			:: !moved && ch[cases[k].ch].length < ch[cases[k].ch].cap ->
				push(cases[k].ch, cases[k].value); moved = 1
			:: else
			fi;
			if
			:: moved -> set_result(k, 1); decided = k
			:: else
			fi
		}
	fi
}

inline attempt_receive(k)
{
	d_step {
		if
		:: ch[cases[k].ch].length > 0 -> pop(cases[k].ch, k); moved = 1
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

/* With the lock held. `decided` becomes this case if it could be decided. */
inline attempt(k)
{
	state = ch[cases[k].ch].state;
	if
	:: cases[k].kind == SEND -> attempt_send(k)
	:: cases[k].kind == RECV -> attempt_receive(k)
	:: else ->
		d_step {
			if
			:: watcher_is_ready(cases[k].kind, state) -> set_result(k, 0); decided = k
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
#ifdef SIGNAL_WITHOUT_MUTEX
	yield(); /* the mutex no longer keeps the waker out between the check and the sleep */
#endif
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
#ifdef NO_RECHECK
	if
	:: !is_done(me) -> cond_wait(limited)
	:: else
	fi
#else
	do
	:: is_done(me) -> break
	:: else ->
		if
		:: limited && passed -> break
		:: else -> cond_wait(limited)
		fi
	od
#endif
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
#ifdef TIMEOUT_IGNORES_CLAIM
		:: else
#else
		:: else -> sleep_until(false)
#endif
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

inline wake_sleeper(t)
{
#ifdef SIGNAL_WITHOUT_MUTEX
	touch(t); wait[t].state = CLAIMED | DONE;
	cond_signal(t)
#else
	lock_mutex(t);
#ifdef DONE_AFTER_UNLOCK
	cond_signal(t);
	unlock_mutex(t);
	yield();
	touch(t); wait[t].state = CLAIMED | DONE
#else
	touch(t); wait[t].state = CLAIMED | DONE;
	cond_signal(t);
	unlock_mutex(t)
#endif
#endif
}

/* The exchange fails if the owner has fallen asleep meanwhile. Only this thread can set DONE. */
inline wake(t)
{
	yield();
	touch(t);
	if
	:: wait[t].state == CLAIMED -> wait[t].state = CLAIMED | DONE
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
	:: i == CHANNELS -> break
	:: i < CHANNELS && uses(i) -> acquire(i); i++
	:: i < CHANNELS && !uses(i) -> i++
	od;
	i = 0
}

inline unlock_all()
{
	i = CHANNELS;
	do
	:: i == 0 -> break
	:: i > 0 && uses(i - 1) -> i--; release(i)
	:: i > 0 && !uses(i - 1) -> i--
	od
}

/* Pass 2. To other threads, the looks at all channels and the registration on all of them are one step. So of two
 * selects that could meet, the later one finds the earlier one registered. */
inline register_cases(with_wait)
{
#ifdef ONE_LOCK_AT_A_TIME
	do
	:: i == n || decided != NONE -> break
	:: else -> yield(); acquire(cases[nth(i)].ch); attempt(nth(i)); release(cases[nth(i)].ch); i++
	od;
	i = 0;
	do
	:: i == n || decided != NONE || !with_wait -> break
	:: else -> yield(); acquire(cases[nth(i)].ch); enqueue(nth(i)); release(cases[nth(i)].ch); i++
	od;
	i = 0;
#else
	lock_all();
	do
#ifdef NO_SECOND_LOOK
	:: !with_wait && i < n && decided == NONE -> attempt(nth(i)); i++
	:: with_wait || i == n || decided != NONE -> break
#else
	:: i == n || decided != NONE -> break
	:: else -> attempt(nth(i)); i++
#endif
	od;
	i = 0;
	do
	:: i == n || decided != NONE || !with_wait -> break
	:: else -> enqueue(nth(i)); i++
	od;
	unlock_all();
#endif
	wake_all()
}

/* Take the cases that lost off their queues. Until then, partners may find them there, claimed. */
inline unregister_cases()
{
#ifndef NO_UNREGISTER
	do
	:: i == n -> break
	:: i < n && mine(i) != decided -> dequeue(mine(i)); i++
	:: i < n && mine(i) == decided -> i++
	od;
	i = 0
#else
	skip
#endif
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
	wait_begin();
	register_cases(true);
	if
	:: decided == NONE ->
		park();
		if
		:: is_done(me) -> decided = wait[me].chosen; assert(decided != NONE && cases[decided].decided)
		:: else -> assert(wait[me].chosen == NONE)
		fi;
		unregister_cases()
	:: else
	fi;
	wait_end()
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

/* A select reports that its time is over only after a look under all locks. */
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
	   if
	   :: passed -> register_cases(false); break
	   :: else -> wait_for_one()
	   fi;
	   if
	   :: decided != NONE -> break
	   :: else
	   fi
	od
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
	:: else -> assert(cases[k].kind == OFF || decided != k ||
		watcher_is_ready(cases[k].kind, ch[cases[k].ch].state))
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
	d_step {
		assert(decided != mine(1) || !cases[mine(0)].decided);
		account(mine(0)); account(mine(1));
		decided = NONE; passed = false; turn = 0
	}
}

/* --------------------------------------------------------------------------------------------- at once -- */

/* is_buffered is only a hint, so the short way may be tried or not. */
inline send_at_once(k)
{
	if
	:: true
	:: true ->
		yield();
		acquire(cases[k].ch);
		d_step {
			if
#ifdef AT_ONCE_PASSES_RECEIVERS
			:: !over_for_senders(ch[cases[k].ch].state) &&
#else
			:: !over_for_senders(ch[cases[k].ch].state) && !(ch[cases[k].ch].state & RECEIVERS) &&
#endif
			   ch[cases[k].ch].length < ch[cases[k].ch].cap ->
				push(cases[k].ch, cases[k].value);
				decided = k; cases[k].ok = 1
			:: else
			fi
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
#ifdef AT_ONCE_PASSES_SENDERS
			:: ch[cases[k].ch].length > 0 ->
#else
			:: !(ch[cases[k].ch].state & SENDERS) && ch[cases[k].ch].length > 0 ->
#endif
				pop(cases[k].ch, k);
				decided = k; cases[k].ok = 1
			:: else
			fi
		};
		release(cases[k].ch)
	fi
}

/* A select. With `plain`, leat_send or leat_recv: by the short way, or else by a select of one case. */
inline operate(plain)
{
	if
	:: plain && cases[mine(0)].kind == SEND -> send_at_once(mine(0))
	:: plain && cases[mine(0)].kind == RECV -> receive_at_once(mine(0))
	:: else
	fi;
	if
	:: decided != NONE -> d_step { account(mine(0)); decided = NONE }
	:: else -> leati_select()
	fi
}

/* ------------------------------------------------------------------------------------ channel's life -- */

inline complete_all(list)
{
	do
	:: claim_first(list);
	   if
	   :: to == NONE -> break
	   :: else -> complete(to, 0)
	   fi
	od
}

/* The next one is read first, because a completed case is linked into another list. */
inline complete_watchers(nr)
{
	k = watchers(nr).first;
	do
	:: k == NONE -> break
	:: k != NONE ->
		next = cases[k].next;
		if
		:: watcher_is_ready(cases[k].kind, ch[nr].state) ->
			claim_case(k);
			if
			:: won -> won = false; complete(k, 0)
			:: else
			fi
		:: else
		fi;
		k = next
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
			complete_all(receivers(nr));
#ifndef CLOSE_FORGETS_SENDERS
			complete_all(senders(nr))
#endif
		:: else -> ch[nr].state = ch[nr].state | CAUSED
		fi;
#ifndef CLOSE_FORGETS_WATCHERS
		complete_watchers(nr)
#endif
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

/* The values in the ring go with the last receiver. A send that comes after the lock was released, and before the ring
 * is emptied, sees that the channel is over. */
inline drop_last_rx(nr)
{
	acquire(nr);
	unref(ch[nr].rxs);
	if
	:: last ->
		last = false;
		d_step {
			do
			:: ch[nr].length == 0 -> break
			:: else ->
				ch[nr].length--;
				dropped = dropped | bit_of(ch[nr].slot[ch[nr].length]);
				ch[nr].slot[ch[nr].length] = NONE
			od
		};
		ch[nr].state = ch[nr].state & ~RX_OPEN;
#ifndef DROP_FORGETS_SENDERS
		complete_all(senders(nr));
#endif
		complete_watchers(nr);
		release(nr);
		wake_all();
		unref_end(nr)
	:: else ->
		release(nr)
	fi
}

/* The count falls to 1 and 0 only under the lock. */
inline drop_rx(nr)
{
	yield();
	if
	:: d_step { ch[nr].rxs > 2 -> ch[nr].rxs-- }
	:: else -> drop_last_rx(nr)
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
