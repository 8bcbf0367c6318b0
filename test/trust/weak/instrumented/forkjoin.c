/* SPDX-License-Identifier: 0BSD
 *
 * forkjoin.c - fork and join, with two or three workers. Each task runs once, and its joiner sees what it wrote.
 *
 * Under LEAT_SCHEDULE a deque has room for few tasks, and a worker soon sleeps (patterns/forkjoin.c).
 */
#include "../system.h"

#include "leat.h"

enum { CELLS = 8 };

static leat_forkjoin *pool;
static int first[CELLS], second[CELLS];

/* A task adds 1 to its cell. So each cell that was worked on has 1. */
static void leaf(void *cell)
{
	++*(int *)cell;
}

static void twig(void *of_cells)
{
	int *cells = of_cells;
	leat_fork fork;

	leat_forkjoin_fork(&fork, leaf, &cells[1]);
	leaf(cells);
	leat_forkjoin_join(&fork);
	cells[0] += cells[1];
}

/* Sums up to 4. */
static void tree(void *of_cells)
{
	int *cells = of_cells;
	leat_fork left, right;

	leat_forkjoin_fork(&left, twig, &cells[1]);
	leat_forkjoin_fork(&right, leaf, &cells[3]);
	leaf(cells);
	leat_forkjoin_join(&right);
	leat_forkjoin_join(&left);
	cells[0] += cells[1] + cells[3];
}

/* One after the other: each place of the deque is used again and again. Sums up to 5. */
static void row(void *of_cells)
{
	int *cells = of_cells;

	for (int i = 1; i < 6; i++) {
		leat_fork fork;

		leat_forkjoin_fork(&fork, leaf, &cells[i]);
		leat_forkjoin_join(&fork);
		cells[0] += cells[i];
	}
}

/* More than the deque has room for, joined in the order in which they were forked. Sums up to 6. */
static void many(void *of_cells)
{
	int *cells = of_cells;
	leat_fork forks[6];

	for (int i = 0; i < 6; i++)
		leat_forkjoin_fork(&forks[i], leaf, &cells[1 + i]);
	for (int i = 0; i < 6; i++) {
		leat_forkjoin_join(&forks[i]);
		cells[0] += cells[1 + i];
	}
}

/* The forked task is needed before the join. So another worker must take it, even if all others sleep at the fork. */
static leat_chan handed;

static void receive_one(void *cell)
{
	expect(leat_recv(handed.rx, (int *)cell) == 1);
}

static void hand_over(void *of_cells)
{
	int *cells = of_cells, one = 1;
	leat_fork fork;

	leat_forkjoin_fork(&fork, receive_one, &cells[1]);
	expect(leat_send(handed.tx, &one) == 1);
	leat_forkjoin_join(&fork);
	cells[0] += cells[1];
}

static void begin(void)
{
	for (int i = 0; i < CELLS; i++)
		first[i] = second[i] = 0;
	pool = NULL;
}

static void make(size_t workers)
{
	pool = leat_forkjoin_make(workers);
	expect(pool != NULL);
}

static void run(void (*task)(void *cells), int *cells, int sum)
{
	expect(leat_forkjoin_run(pool, task, cells) == 1);
	expect(cells[0] == sum);
}

static void drop(void)
{
	leat_forkjoin_drop(pool);
	leat_trim();
}

static void run_tree(void)
{
	make(2);
	run(tree, first, 4);
	drop();
}

static void run_tree_of_three(void)
{
	make(3);
	run(tree, first, 4);
	drop();
}

static void run_row(void)
{
	make(2);
	run(row, first, 5);
	drop();
}

static void run_many(void)
{
	make(2);
	run(many, first, 6);
	drop();
}

static void run_hand_over(void)
{
	handed = leat_make(int, 0);
	make(2);
	run(hand_over, first, 1);
	drop();
	leat_drop(handed);
}

static void run_two(void)
{
	make(2);
	run(twig, first, 2);
	run(twig, second, 2);
	drop();
}

/* Two threads run something at once. The workers are there before. */
static leat_monitor monitor;
static int ready, gone;

static void begin_shared(void)
{
	begin();
	monitor = (leat_monitor)LEAT_MONITOR;
	ready = gone = 0;
}

static void wait_until_ready(void)
{
	leat_monitor_enter(&monitor);
	if (!ready)
		expect(leat_monitor_wait(&monitor, &ready, LEAT_NIL, LEAT_NEVER) == 1);
	leat_monitor_leave(&monitor);
}

static void say_ready(void)
{
	leat_monitor_enter(&monitor);
	ready = 1;
	leat_monitor_wake_all(&monitor);
	leat_monitor_leave(&monitor);
}

static void leave(void)
{
	int last;

	leat_monitor_enter(&monitor);
	last = ++gone == 2;
	leat_monitor_leave(&monitor);
	if (last)
		drop();
}

static void run_first(void)
{
	make(2);
	say_ready();
	run(twig, first, 2);
	leave();
}

static void run_second(void)
{
	wait_until_ready();
	run(twig, second, 2);
	leave();
}

static void none_is_left(void)
{
	expect(leat_live() == 0);
	leat_trim();
}

const scenario forkjoin_scenarios[] = {
	{ "fork-join: a tree", begin, { run_tree }, none_is_left },
	{ "fork-join: a tree, three workers", begin, { run_tree_of_three }, none_is_left },
	{ "fork-join: one after the other", begin, { run_row }, none_is_left },
	{ "fork-join: more than there is room for", begin, { run_many }, none_is_left },
	{ "fork-join: another worker must take it", begin, { run_hand_over }, none_is_left },
	{ "fork-join: two runs", begin, { run_two }, none_is_left },
	{ "fork-join: two runs at once", begin_shared, { run_first, run_second }, none_is_left },
	{ NULL, NULL, { NULL }, NULL },
};
