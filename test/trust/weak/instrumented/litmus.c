/* SPDX-License-Identifier: 0BSD
 *
 * litmus.c - the threads of the litmus tests, after Alglave, Maranget and Tautschnig, "Herding cats" (2014). x, y and z
 * are 0 at first. Each operation is a step.
 */
#include "../litmus.h"

#include <stdatomic.h>

#define RELAXED memory_order_relaxed
#define ACQUIRE memory_order_acquire
#define RELEASE memory_order_release
#define ACQ_REL memory_order_acq_rel
#define SEQ_CST memory_order_seq_cst

static atomic_int x, y, z;
static int plain;

#define WRITE(location, value, order) atomic_store_explicit(&location, value, order)
#define READ(i, location, order) (result[i] = atomic_load_explicit(&location, order))
#define ADD(location, order) atomic_fetch_add_explicit(&location, 1, order)
#define FENCE(order) atomic_thread_fence(order)

void litmus_begin(void)
{
	atomic_init(&x, 0);
	atomic_init(&y, 0);
	atomic_init(&z, 0);
	plain = 0;
}

int litmus_last(char location)
{
	return atomic_load(location == 'x' ? &x : location == 'y' ? &y : &z);
}

/* TEST(name, thread 0, thread 1, ...): up to four threads. */
#define TEST(name, zero, one, two, three)     \
	static void name(unsigned thread)     \
	{                                     \
		switch (thread) {             \
		case 0: zero; break;          \
		case 1: one; break;           \
		case 2: two; break;           \
		default: three; break;        \
		}                             \
	}

#define NONE (void)0

/* Store buffering: each thread writes, then reads what the other writes. */
#define SB(name, write, read)                                                     \
	TEST(name, (WRITE(x, 1, write), READ(0, y, read)),                        \
	     (WRITE(y, 1, write), READ(1, x, read)), NONE, NONE)
SB(sb_relaxed, RELAXED, RELAXED)
SB(sb_acquire, RELEASE, ACQUIRE)
SB(sb_half, SEQ_CST, ACQUIRE)
SB(sb_seq_cst, SEQ_CST, SEQ_CST)
TEST(sb_fences, (WRITE(x, 1, RELAXED), FENCE(SEQ_CST), READ(0, y, RELAXED)),
     (WRITE(y, 1, RELAXED), FENCE(SEQ_CST), READ(1, x, RELAXED)), NONE, NONE)
TEST(sb_weak_fences, (WRITE(x, 1, RELAXED), FENCE(ACQ_REL), READ(0, y, RELAXED)),
     (WRITE(y, 1, RELAXED), FENCE(ACQ_REL), READ(1, x, RELAXED)), NONE, NONE)

/* Message passing: data in x, the flag in y. */
#define MP(name, write, read)                                                      \
	TEST(name, (WRITE(x, 1, RELAXED), WRITE(y, 1, write)),                     \
	     (READ(0, y, read), READ(1, x, RELAXED)), NONE, NONE)
MP(mp_relaxed, RELAXED, RELAXED)
MP(mp_release_alone, RELEASE, RELAXED)
MP(mp_acquire_alone, RELAXED, ACQUIRE)
MP(mp, RELEASE, ACQUIRE)
TEST(mp_fences, (WRITE(x, 1, RELAXED), FENCE(RELEASE), WRITE(y, 1, RELAXED)),
     (READ(0, y, RELAXED), FENCE(ACQUIRE), READ(1, x, RELAXED)), NONE, NONE)
TEST(mp_fence_too_early, (FENCE(RELEASE), WRITE(x, 1, RELAXED), WRITE(y, 1, RELAXED)),
     (READ(0, y, RELAXED), FENCE(ACQUIRE), READ(1, x, RELAXED)), NONE, NONE)

/* The same with plain data, for the races. */
TEST(plain_passed, (plain = 1, WRITE(y, 1, RELEASE)), (READ(0, y, ACQUIRE) ? result[1] = plain : 0), NONE, NONE)
TEST(plain_relaxed, (plain = 1, WRITE(y, 1, RELAXED)), (READ(0, y, ACQUIRE) ? result[1] = plain : 0), NONE, NONE)
TEST(plain_alone, plain = 1, plain = 2, NONE, NONE)
TEST(plain_overwritten, READ(0, x, RELAXED), *(int *)(uintptr_t)&x = 1, NONE, NONE)

/* Independent reads of independent writes. */
#define IRIW(name, write, read)                                                                         \
	TEST(name, WRITE(x, 1, write), WRITE(y, 1, write), (READ(0, x, read), READ(1, y, read)),        \
	     (READ(2, y, read), READ(3, x, read)))
IRIW(iriw_acquire, RELEASE, ACQUIRE)
IRIW(iriw_seq_cst, SEQ_CST, SEQ_CST)

TEST(iriw_fences, WRITE(x, 1, RELAXED), WRITE(y, 1, RELAXED),
     (READ(0, x, RELAXED), FENCE(SEQ_CST), READ(1, y, RELAXED)),
     (READ(2, y, RELAXED), FENCE(SEQ_CST), READ(3, x, RELAXED)))

/* Write to read causality. */
#define WRC(name, write, read)                                                                          \
	TEST(name, WRITE(x, 1, RELAXED), (READ(0, x, RELAXED), WRITE(y, 1, write)),                     \
	     (READ(1, y, read), READ(2, x, RELAXED)), NONE)
WRC(wrc_relaxed, RELAXED, RELAXED)
TEST(wrc, WRITE(x, 1, RELEASE), (READ(0, x, ACQUIRE), WRITE(y, 1, RELEASE)), (READ(1, y, ACQUIRE), READ(2, x, RELAXED)),
     NONE)

/* Coherence: the stores of one location have one order for all. */
TEST(corr, (WRITE(x, 1, RELAXED), WRITE(x, 2, RELAXED)), (READ(0, x, RELAXED), READ(1, x, RELAXED)), NONE, NONE)

/* Returns 1 if the thread saw 1 before 2, and 2 if it saw 2 before 1. */
static int order_seen(void)
{
	int first = atomic_load_explicit(&x, RELAXED), second = atomic_load_explicit(&x, RELAXED);

	return first == 1 && second == 2 ? 1 : first == 2 && second == 1 ? 2 : 0;
}
TEST(corr_two, WRITE(x, 1, RELAXED), WRITE(x, 2, RELAXED), result[0] = order_seen(), result[1] = order_seen())

/* Two threads write to two locations in opposite orders. */
#define TWO_WRITES(name, order)                                                                                   \
	TEST(name, (WRITE(x, 1, order), WRITE(y, 2, order)), (WRITE(y, 1, order), WRITE(x, 2, order)), NONE, NONE)
TWO_WRITES(two_writes_relaxed, RELAXED)
TWO_WRITES(two_writes_release, RELEASE)
TWO_WRITES(two_writes_seq_cst, SEQ_CST)
TEST(s_relaxed, (WRITE(x, 2, RELAXED), WRITE(y, 1, RELAXED)), (READ(0, y, RELAXED), WRITE(x, 1, RELAXED)), NONE, NONE)
TEST(s, (WRITE(x, 2, RELAXED), WRITE(y, 1, RELEASE)), (READ(0, y, ACQUIRE), WRITE(x, 1, RELAXED)), NONE, NONE)

#define R(name, order) \
	TEST(name, (WRITE(x, 1, order), WRITE(y, 1, order)), (WRITE(y, 2, order), READ(0, x, order)), NONE, NONE)
R(r_relaxed, RELAXED)
R(r_seq_cst, SEQ_CST)

/* Read-modify-writes: none is lost, and an old store may be read as long as none has read it. */
TEST(adds, ADD(x, RELAXED), ADD(x, RELAXED), ADD(x, RELAXED), NONE)
TEST(add_relaxed, (WRITE(x, 1, RELAXED), WRITE(y, 1, RELAXED)),
     (READ(0, y, RELAXED), result[1] = ADD(x, RELAXED)), NONE, NONE)
TEST(add_acquire, (WRITE(x, 1, RELAXED), WRITE(y, 1, RELEASE)),
     (READ(0, y, ACQUIRE), result[1] = ADD(x, RELAXED)), NONE, NONE)

static int exchange(atomic_int *location, int from, int to)
{
	return atomic_compare_exchange_strong_explicit(location, &from, to, RELAXED, RELAXED) ? 9 : from;
}
static int exchange_weakly(atomic_int *location, int from, int to)
{
	return atomic_compare_exchange_weak_explicit(location, &from, to, RELAXED, RELAXED) ? 9 : from;
}
TEST(weak_exchange, result[0] = exchange_weakly(&x, 0, 1), NONE, NONE, NONE)

TEST(one_exchanges, result[0] = exchange(&x, 0, 1), result[1] = exchange(&x, 0, 2), NONE, NONE)
TEST(exchange_fails, (WRITE(x, 1, RELAXED), WRITE(y, 1, RELAXED)),
     (READ(0, y, RELAXED), result[1] = exchange(&x, 2, 3)), NONE, NONE)

/* Release sequences: a read-modify-write passes on what the store released that it reads. A later relaxed store of the
 * same thread does not. */
TEST(sequence, (WRITE(x, 1, RELAXED), WRITE(y, 1, RELEASE)), exchange(&y, 1, 2),
     (READ(0, y, ACQUIRE), READ(1, x, RELAXED)), NONE)
TEST(no_sequence, (WRITE(x, 1, RELAXED), WRITE(y, 1, RELEASE), WRITE(y, 2, RELAXED)),
     (READ(0, y, ACQUIRE), READ(1, x, RELAXED)), NONE, NONE)

TEST(sequence_of_fence, (WRITE(x, 1, RELAXED), FENCE(RELEASE), WRITE(y, 1, RELAXED)), exchange(&y, 1, 2),
     (READ(0, y, RELAXED), FENCE(ACQUIRE), READ(1, x, RELAXED)), NONE)

/* Load buffering does not appear, though C11 allows 11 (memory.h). */
TEST(lb, (READ(0, x, RELAXED), WRITE(y, 1, RELAXED)), (READ(1, y, RELAXED), WRITE(x, 1, RELAXED)), NONE, NONE)

const litmus litmus_tests[] = {
	{ "SB relaxed", sb_relaxed, 2, 2, "", "00 01 10 11", false },
	{ "SB release, acquire", sb_acquire, 2, 2, "", "00 01 10 11", false },
	{ "SB seq_cst stores alone", sb_half, 2, 2, "", "00 01 10 11", false },
	{ "SB seq_cst", sb_seq_cst, 2, 2, "", "01 10 11", false },
	{ "SB with seq_cst fences", sb_fences, 2, 2, "", "01 10 11", false },
	{ "SB with acq_rel fences", sb_weak_fences, 2, 2, "", "00 01 10 11", false },
	{ "MP relaxed", mp_relaxed, 2, 2, "", "00 01 10 11", false },
	{ "MP release alone", mp_release_alone, 2, 2, "", "00 01 10 11", false },
	{ "MP acquire alone", mp_acquire_alone, 2, 2, "", "00 01 10 11", false },
	{ "MP", mp, 2, 2, "", "00 01 11", false },
	{ "MP with fences", mp_fences, 2, 2, "", "00 01 11", false },
	{ "MP with a fence too early", mp_fence_too_early, 2, 2, "", "00 01 10 11", false },
	{ "plain data passed on", plain_passed, 2, 2, "", "00 11", false },
	{ "plain data, a relaxed store", plain_relaxed, 2, 2, "", "00 11", true },
	{ "two plain writes", plain_alone, 2, 0, "", "", true },
	{ "a plain write of an atomic", plain_overwritten, 2, 1, "", "0 1", true },
	{ "IRIW release, acquire", iriw_acquire, 4, 4, "",
	  "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1010 1011 1100 1101 1110 1111", false },
	{ "IRIW seq_cst", iriw_seq_cst, 4, 4, "",
	  "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1011 1100 1101 1110 1111", false },
	{ "IRIW with seq_cst fences", iriw_fences, 4, 4, "",
	  "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1011 1100 1101 1110 1111", false },
	{ "WRC relaxed", wrc_relaxed, 3, 3, "", "000 001 010 011 100 101 110 111", false },
	{ "WRC", wrc, 3, 3, "", "000 001 010 011 100 101 111", false },
	{ "CoRR", corr, 2, 2, "", "00 01 02 11 12 22", false },
	{ "CoRR, two writers and two readers", corr_two, 4, 2, "", "00 01 02 10 11 20 22", false },
	{ "2+2W relaxed", two_writes_relaxed, 2, 0, "xy", "11 12 21 22", false },
	{ "2+2W release", two_writes_release, 2, 0, "xy", "11 12 21 22", false },
	{ "2+2W seq_cst", two_writes_seq_cst, 2, 0, "xy", "12 21 22", false },
	{ "S relaxed", s_relaxed, 2, 1, "x", "01 02 11 12", false },
	{ "S", s, 2, 1, "x", "01 02 11", false },
	{ "R relaxed", r_relaxed, 2, 1, "y", "01 02 11 12", false },
	{ "R seq_cst", r_seq_cst, 2, 1, "y", "01 11 12", false },
	{ "three add", adds, 3, 0, "x", "3", false },
	{ "MP and an add, relaxed", add_relaxed, 2, 2, "", "00 01 10 11", false },
	{ "MP and an add", add_acquire, 2, 2, "", "00 01 11", false },
	{ "a weak exchange", weak_exchange, 1, 1, "x", "00 91", false },
	{ "one of two exchanges", one_exchanges, 2, 2, "x", "911 292", false },
	{ "an exchange that fails", exchange_fails, 2, 2, "", "00 01 10 11", false },
	{ "a release sequence", sequence, 3, 2, "", "00 01 11 21", false },
	{ "a release sequence of a fence", sequence_of_fence, 3, 2, "", "00 01 11 21", false },
	{ "no release sequence", no_sequence, 2, 2, "", "00 01 11 20 21", false },
	{ "LB", lb, 2, 2, "", "00 01 10", false },
	{ NULL, NULL, 0, 0, NULL, NULL, false },
};
