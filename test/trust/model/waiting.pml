/* SPDX-License-Identifier: 0BSD
 *
 * waiting.pml - that the protocol of waiting is right: a model of lib/select.c, transfer.c, park.c, channel.c and of
 * the calls "at once" in ring.h, which spin runs through every order in which the threads' steps can follow each other.
 * The inlines have the names of the functions they stand for, without leati_ and leat_. scenarios.pml says who does
 * what; `run` goes through the scenarios, then plants one fault after the other and wants each to be found.
 *
 * MODELLED: the channel's lock, state, length, capacity, ring and three queues; cases and the frames they lie in; the
 * word of a wait (CLAIMED, DONE, ASLEEP); a parker's mutex and condition variable, which may wake its one waiter for no
 * reason (once a thread, else nothing could ever be seen to sleep for good); deadlines, which may pass at any moment;
 * counts of handles, and the channel's memory.
 *
 * CHECKED: in every state in which nothing can move, all threads have come to their end, or are woken by a close after
 * nobody was found asleep whose case could be decided (`quiet`). Invariants 1 and 3 of internal.h whenever a lock is
 * given back. A select has one winner. Each value that was sent with success was received once, or is in a ring, or
 * went with the last receiver; one that was not is nowhere. Values of one sender keep their order. Nobody else touches
 * a frame whose owner has left it (`touch`; that the frame is free for a step of its own between two waits of a thread
 * shows those who come late, for they could always have come then), nor anybody a channel that was freed.
 *
 * STEPS: a thread runs on until it yields, or has to wait. It yields wherever another thread could come between two
 * things and tell: before it takes a lock, before each claim but the first under a lock (a wait is claimed under
 * different locks, so they race), before each DONE. What is between only touches what a held lock or mutex protects, so
 * whatever others do meanwhile they could as well have done before or after it. Where that is not plain, it is said;
 * and with FINE defined threads yield there too.
 *
 * Looks without a lock are hints. Here they may say anything at any time, which is more than they do: whatever they
 * say, only what is seen under locks counts. The order of visit of a select in order is one of those it may have.
 *
 * LEFT OUT: weak memory - here all see all writes at once and in one order; the tests under tsan, and the comment at
 * each atomic operation, answer for that. Patience: to pause is to take the next step late. The clock, fake or real,
 * and timers: they are deadlines. Batches, counters, pushing, and where in the ring a value lies: more of the same
 * under one lock, and tested as plain code. Nil and failed channels, and ranking cases by address: here channels have
 * numbers.
 */

/* ------------------------------------------------------------------------------------------------ data -- */

#define THREADS 4
#define CHANNELS 2
#define CASES 2		/* of a select */
#define OPERATIONS 6	/* of a thread, with the end */
#define NONE 255

/* A case's kind, as in leat.h. */
#define OFF 0
#define SEND 1
#define RECV 2
#define GONE 3
#define OVER 4

/* Until when to wait. */
#define NEVER 0
#define LATER 1
#define NOW 2

/* Bits of a channel's state. */
#define TX_OPEN 1
#define RX_OPEN 2
#define RECEIVERS 4
#define SENDERS 8
#define CAUSED 16

/* Bits of a wait's. */
#define CLAIMED 1
#define DONE 2
#define ASLEEP 4

typedef Queue { byte first, last };

/* queues: of senders, receivers and watchers. */
typedef Channel { bit lock; byte state, length, cap, slot[2]; byte txs, rxs, sides; bit freed; Queue queue[3] };

/* Case i of thread t is on[CASES * t + i]; what it sends, or has received, is `value`. */
typedef Case { byte kind, ch, value, next, prev; bit queued, decided, ok };

/* A thread has one at a time, and one parker. */
typedef Wait { byte state, chosen; bit alive };
typedef Parker { bit mutex, waiting, spurious };

Channel ch[CHANNELS];
Case on[THREADS * CASES];
Wait wait[THREADS];
Parker parker[THREADS];

/* What became of the values, a bit each: the send has succeeded, or failed; a receiver was given it, has returned
 * with it; it went with the last receiver. Values 2k and 2k + 1 are sent by one thread on one channel, in this
 * order. */
byte sent, failed, taken, received, dropped;
byte ended; /* threads */

#define owner(k) ((k) / CASES)
#define bit_of(value) (1 << (value))
#define over_for_senders(state) (((state) & (TX_OPEN | RX_OPEN)) != (TX_OPEN | RX_OPEN))
#define watched_for(kind, state) ((kind) == GONE && !((state) & RX_OPEN) || \
	(kind) == OVER && (over_for_senders(state) || ((state) & CAUSED)))
#define queue_of(k) ch[on[k].ch].queue[(on[k].kind == SEND -> 0 : (on[k].kind == RECV -> 1 : 2))]
#define senders(nr) ch[nr].queue[0]
#define receivers(nr) ch[nr].queue[1]
#define watchers(nr) ch[nr].queue[2]

/* Whoever is about to read or write in the frame of another thread's wait. */
#define touch(t) assert(wait[t].alive)

/* For loops within one step: they mean nothing after it. */
hidden byte x, reading, writing;

/* -------------------------------------------------------------------------------------------- yielding -- */

/* A meeting breaks the thread's atomic sequence: now anybody may run, and it goes on when it is chosen again. */
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

/* Whether a waiting case could be decided, by somebody other than its own select. Locked, or all is quiet. */
#define waits(k) (on[k].queued && !(wait[owner(k)].state & CLAIMED))

inline check_invariants(nr)
{
	x = 0; reading = 0; writing = 0;
	do
	:: x == THREADS * CASES -> break
	:: else ->
		if
		:: on[x].queued && on[x].ch == nr ->
			assert(wait[owner(x)].alive); /* 3 */
			if
			:: waits(x) && on[x].kind == RECV ->
				reading = reading | bit_of(owner(x));
				assert(ch[nr].length == 0 && (ch[nr].state & TX_OPEN))
			:: waits(x) && on[x].kind == SEND ->
				writing = writing | bit_of(owner(x));
				assert(ch[nr].length == ch[nr].cap && !over_for_senders(ch[nr].state))
			:: else -> assert(!waits(x) || !watched_for(on[x].kind, ch[nr].state))
			fi
		:: else
		fi;
		x++
	od;
	/* 1; but a select that would as well send as receive may wait for others on both sides, if it is the only
	 * one. */
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

/* Locked, and part of one step: hints see the state change at once. */
inline show_queues(nr)
{
	ch[nr].state = (ch[nr].state & ~(RECEIVERS | SENDERS)) |
		(receivers(nr).first != NONE -> RECEIVERS : 0) | (senders(nr).first != NONE -> SENDERS : 0)
}

inline unlink_case(k)
{
	assert(ch[on[k].ch].lock && on[k].queued);
	if
	:: on[k].prev != NONE -> on[on[k].prev].next = on[k].next
	:: else -> queue_of(k).first = on[k].next
	fi;
	if
	:: on[k].next != NONE -> on[on[k].next].prev = on[k].prev
	:: else -> queue_of(k).last = on[k].prev
	fi;
	on[k].queued = 0; on[k].prev = NONE; /* next is left: claim_first and decide_watchers read it before */
	if
	:: queue_of(k).first == NONE -> show_queues(on[k].ch)
	:: else
	fi
}

inline enqueue(k)
{
	d_step {
		assert(ch[on[k].ch].lock && !on[k].queued);
		on[k].next = NONE;
		on[k].prev = queue_of(k).last;
		on[k].queued = 1;
		if
		:: queue_of(k).last != NONE -> on[queue_of(k).last].next = k
		:: else -> queue_of(k).first = k
		fi;
		queue_of(k).last = k;
		if
		:: queue_of(k).first == k -> show_queues(on[k].ch)
		:: else
		fi
	}
}

inline dequeue(k)
{
	yield();
	acquire(on[k].ch);
	d_step { unlink_case(k); on[k].next = NONE };
	release(on[k].ch)
}

/* The word of a wait is what the partners on both channels and the owner whose time has passed race for: exactly one
 * finds it not CLAIMED. `won` says whether it is we. */
inline claim(t)
{
	touch(t);
	won = !(wait[t].state & CLAIMED);
#ifdef TWO_WINNERS
	yield();
#endif
	wait[t].state = wait[t].state | CLAIMED
}

/* Locked. The frame is there, for its owner takes this case off, which needs the lock we have, before it leaves. */
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
			unlink_case(k)
		}
	:: else
	fi
}

/* `to`: the first case that could be claimed. Those that have been claimed under another channel's lock, or whose
 * time has passed, are passed over: they may stand here until their owner gets the lock. */
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
		:: else -> to = on[to].next
#endif
		fi
	od
}

inline finish(k, moved)
{
	assert(!on[k].decided);
	on[k].decided = 1;
	on[k].ok = moved
}

/* Locked: to be woken when no lock is held any more. `woken` lists the cases by their `next`, in their owners'
 * frames, which cannot go away as long as they are not DONE. */
inline decide_case(k, moved)
{
#ifdef WAKE_BEFORE_FIRE
	wake(owner(k));
	yield();
#endif
	d_step {
		touch(owner(k));
		finish(k, moved);
		on[k].next = NONE;
		if
		:: woken == NONE -> woken = k
		:: else -> touch(owner(woken_end)); on[woken_end].next = k
		fi;
		woken_end = k
	}
}

/* After the wake the case is gone, so the next is read before. */
inline wake_all()
{
	do
	:: woken == NONE -> break
	:: else ->
		to = woken;
#ifdef TOUCH_AFTER_DONE
		wake(owner(to));
		yield();
		touch(owner(to)); woken = on[to].next
#else
		touch(owner(to)); woken = on[to].next;
		wake(owner(to))
#endif
	od;
	to = NONE; woken_end = NONE
}

/* ----------------------------------------------------------------------------------------------- values -- */

/* Locked: a receiver is given the value, and nobody before it, nor the same sender's next one. */
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
	on[k].value = ch[nr].slot[0];
	ch[nr].slot[0] = ch[nr].slot[1];
	ch[nr].slot[1] = NONE;
	ch[nr].length--;
	give(on[k].value)
}

/* --------------------------------------------------------------------------------------------- attempts -- */

/* Each of these gives straight into, or takes straight from, the frame of a claimed waiter, who looks at it only
 * when DONE. `moved`: whether a value went over. */
inline give_to_receivers(k)
{
	claim_first(receivers(on[k].ch));
	if
	:: to != NONE ->
		d_step { touch(owner(to)); on[to].value = on[k].value; give(on[to].value); moved = 1 };
		decide_case(to, 1)
	:: else
	fi
}

inline take_from_senders(k)
{
	claim_first(senders(on[k].ch));
	if
	:: to != NONE ->
		d_step { touch(owner(to)); on[k].value = on[to].value; give(on[k].value); moved = 1 };
		decide_case(to, 1)
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
		:: else -> d_step { touch(owner(to)); push(nr, on[to].value) };
			decide_case(to, 1)
		fi
	od;
#endif
	skip
}

inline attempt_send(k)
{
	if
	:: over_for_senders(state) -> d_step { finish(k, 0); decided = k }
	:: else ->
		if
		:: state & RECEIVERS -> give_to_receivers(k)
		:: else
		fi;
		d_step {
			if
			:: !moved && ch[on[k].ch].length < ch[on[k].ch].cap -> push(on[k].ch, on[k].value); moved = 1
			:: else
			fi;
			if
			:: moved -> finish(k, 1); decided = k
			:: else
			fi
		}
	fi
}

inline attempt_receive(k)
{
	d_step {
		if
		:: ch[on[k].ch].length > 0 -> pop(on[k].ch, k); moved = 1
		:: else
		fi
	};
	if
	:: state & SENDERS ->
		if
		:: !moved -> take_from_senders(k)
		:: else
		fi;
		refill(on[k].ch)
	:: else
	fi;
	d_step {
		if
		:: moved || !(state & TX_OPEN) -> finish(k, moved); decided = k
		:: else
		fi
	}
}

/* Locked. `decided` becomes the case, if it could be. */
inline attempt(k)
{
	state = ch[on[k].ch].state;
	if
	:: on[k].kind == SEND -> attempt_send(k)
	:: on[k].kind == RECV -> attempt_receive(k)
	:: else ->
		d_step {
			if
			:: watched_for(on[k].kind, state) -> finish(k, 0); decided = k
			:: else
			fi
		}
	fi;
	d_step { moved = 0; state = 0; to = NONE }
}

/* Not locked: whether an attempt is worth the lock. */
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

/* It gives the mutex back and sleeps in one step; then a signal, nothing at all, or the time wakes it. */
inline cond_wait(limited)
{
#ifdef SIGNAL_WITHOUT_MUTEX
	yield(); /* the mutex no longer keeps the waker from coming between the look and the sleep */
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

/* Mutex held. A deadline that has passed stays so; `passed` is also found true by looking at the clock. */
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

/* The time's passing races with partners: who finds itself claimed after all must wait for DONE, for the partner still
 * writes here. DONE cannot be seen without the mutex, so whoever set it needs the frame no more. */
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

/* Its patience may see DONE before it sleeps: the only time at which DONE is seen without the mutex, and then it
 * was set by one exchange that touches nothing after it. */
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

/* The exchange fails when the owner has fallen asleep meanwhile. Nobody but we can make it DONE. */
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
	acquire(on[k].ch);
	attempt(k);
	release(on[k].ch);
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

#define uses(nr) (on[mine(0)].ch == nr || (n > 1 && on[mine(1)].ch == nr))

/* Each once, in ascending order. */
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

/* Pass 2. Others see the looks at all channels and the announcement on all as one step: of two selects that could
 * meet, the later one finds the earlier one's cases in the queues. */
inline announce(with_wait)
{
#ifdef ONE_LOCK_AT_A_TIME
	do
	:: i == n || decided != NONE -> break
	:: else -> yield(); acquire(on[nth(i)].ch); attempt(nth(i)); release(on[nth(i)].ch); i++
	od;
	i = 0;
	do
	:: i == n || decided != NONE || !with_wait -> break
	:: else -> yield(); acquire(on[nth(i)].ch); enqueue(nth(i)); release(on[nth(i)].ch); i++
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

/* Take the losers off. Partners may find them, claimed, until then. */
inline withdraw()
{
#ifndef NO_WITHDRAW
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

/* The frame is left: nothing in any queue may lead to it any more. */
inline wait_end()
{
	wait[me].state = 0; wait[me].chosen = NONE; wait[me].alive = 0;
	assert(!on[mine(0)].queued && !on[mine(1)].queued);
	yield()
}

inline wait_for_one()
{
	wait_begin();
	announce(true);
	if
	:: decided == NONE ->
		park();
		if
		:: is_done(me) -> decided = wait[me].chosen; assert(decided != NONE && on[decided].decided)
		:: else -> assert(wait[me].chosen == NONE)
		fi;
		withdraw()
	:: else
	fi;
	wait_end()
}

/* The clock is looked at, and may show that the time has come. */
inline has_passed()
{
	if
	:: time == LATER -> passed = true
	:: true
	fi
}

#define announces_at_once (n == 1)

/* That the time has passed is said only after a look under all locks. */
inline decide()
{
	do
	:: if
	   :: !announces_at_once -> try_each()
	   :: else
	   fi;
	   if
	   :: decided != NONE -> break
	   :: else -> has_passed()
	   fi;
	   if
	   :: passed -> announce(false); break
	   :: else -> wait_for_one()
	   fi;
	   if
	   :: decided != NONE -> break
	   :: else
	   fi
	od
}

/* What the caller has afterwards. A stream of values that has not ended does not say that it has. */
inline account(k)
{
	if
	:: on[k].kind == SEND && decided == k && on[k].ok -> sent = sent | bit_of(on[k].value)
	:: on[k].kind == SEND && !(decided == k && on[k].ok) ->
		failed = failed | bit_of(on[k].value);
		assert(decided != k || over_for_senders(ch[on[k].ch].state))
	:: on[k].kind == RECV && decided == k && on[k].ok ->
		assert(on[k].value != NONE && !(received & bit_of(on[k].value)));
		received = received | bit_of(on[k].value)
	:: on[k].kind == RECV && !(decided == k && on[k].ok) ->
		assert(on[k].value == NONE);
		assert(decided != k || !(ch[on[k].ch].state & TX_OPEN))
	:: else -> assert(on[k].kind == OFF || decided != k || watched_for(on[k].kind, ch[on[k].ch].state))
	fi;
	on[k].kind = OFF; on[k].ch = NONE; on[k].value = NONE; on[k].next = NONE;
	on[k].decided = 0; on[k].ok = 0
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
		assert(decided != mine(1) || !on[mine(0)].decided);
		account(mine(0)); account(mine(1));
		decided = NONE; passed = false; turn = 0
	}
}

/* --------------------------------------------------------------------------------------------- at once -- */

/* is_buffered is a hint. */
inline send_at_once(k)
{
	if
	:: true
	:: true ->
		yield();
		acquire(on[k].ch);
		d_step {
			if
#ifdef AT_ONCE_PASSES_RECEIVERS
			:: !over_for_senders(ch[on[k].ch].state) &&
#else
			:: !over_for_senders(ch[on[k].ch].state) && !(ch[on[k].ch].state & RECEIVERS) &&
#endif
			   ch[on[k].ch].length < ch[on[k].ch].cap ->
				push(on[k].ch, on[k].value);
				decided = k; on[k].ok = 1
			:: else
			fi
		};
		release(on[k].ch)
	fi
}

/* Who waits to send must have its value in the ring afterwards: a select knows how. */
inline receive_at_once(k)
{
	if
	:: true
	:: true ->
		yield();
		acquire(on[k].ch);
		d_step {
			if
#ifdef AT_ONCE_PASSES_SENDERS
			:: ch[on[k].ch].length > 0 ->
#else
			:: !(ch[on[k].ch].state & SENDERS) && ch[on[k].ch].length > 0 ->
#endif
				pop(on[k].ch, k);
				decided = k; on[k].ok = 1
			:: else
			fi
		};
		release(on[k].ch)
	fi
}

/* A select; or leat_send or leat_recv (`plain`), which are done at once or by a select of one case. */
inline operate(plain)
{
	if
	:: plain && on[mine(0)].kind == SEND -> send_at_once(mine(0))
	:: plain && on[mine(0)].kind == RECV -> receive_at_once(mine(0))
	:: else
	fi;
	if
	:: decided != NONE -> d_step { account(mine(0)); decided = NONE }
	:: else -> leati_select()
	fi
}

/* ------------------------------------------------------------------------------------ channel's life -- */

inline end_all(list)
{
	do
	:: claim_first(list);
	   if
	   :: to == NONE -> break
	   :: else -> decide_case(to, 0)
	   fi
	od
}

/* The next one is read first, as a decided case is linked elsewhere. */
inline decide_watchers(nr)
{
	k = watchers(nr).first;
	do
	:: k == NONE -> break
	:: k != NONE ->
		next = on[k].next;
		if
		:: watched_for(on[k].kind, ch[nr].state) ->
			claim_case(k);
			if
			:: won -> won = false; decide_case(k, 0)
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
			end_all(receivers(nr));
#ifndef CLOSE_FORGETS_SENDERS
			end_all(senders(nr))
#endif
		:: else -> ch[nr].state = ch[nr].state | CAUSED
		fi;
#ifndef CLOSE_FORGETS_WATCHERS
		decide_watchers(nr)
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

inline leave_side(nr)
{
	yield();
	d_step {
		assert(ch[nr].sides > 0);
		ch[nr].sides--;
		if
		:: ch[nr].sides == 0 -> ch[nr].freed = 1
		:: else
		fi
	}
}

/* `last`: it was the last handle. */
inline lose(count)
{
	yield();
	assert(count > 0);
	count--;
	last = (count == 0)
}

inline drop_tx(nr)
{
	lose(ch[nr].txs);
	if
	:: last -> last = false; close_channel(nr, true); leave_side(nr)
	:: else
	fi
}

/* What is in the ring goes with the last receiver. A send that comes between the release of the lock and the
 * emptying of the ring sees that the channel is over. */
inline drop_rx(nr)
{
	lose(ch[nr].rxs);
	if
	:: last ->
		last = false;
		yield();
		acquire(nr);
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
		end_all(senders(nr));
#endif
		decide_watchers(nr);
		release(nr);
		wake_all();
		leave_side(nr)
	:: else
	fi
}

/* leat_buffer: who waits to send has room now. */
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
