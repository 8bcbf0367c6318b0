/* SPDX-License-Identifier: 0BSD
 *
 * forkjoin.c - each forked task runs once, before its join returns, whatever the shape of the tree, the number of
 * threads and the order of the joins. That includes the tasks for which a deque has no room. The owner of a deque takes
 * the newest task, and a thief takes the oldest. No sleeping thread is forgotten: not for a run, a fork or a join, and
 * not when the processor delays its stores. Idle threads and stalled joins use no processor time. Runs come from many
 * threads, and from tasks of another pool, but not from tasks of the same pool. Misuses are reported.
 */
#include "../test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const leat_rx nil;

static leat_forkjoin *pool;

static void in_pool_of(size_t threads, void (*fn)(void *), void *arg)
{
	pool = leat_forkjoin_make(threads);
	check(pool);
	check(leat_forkjoin_run(pool, fn, arg) == 1);
	leat_forkjoin_drop(pool);
}

/* ---------------------------------------------------------------------------------------------- trees -- */

struct fib { int n; long result; };

static void fib(void *arg)
{
	struct fib *self = arg, one = { self->n - 1, 0 }, two = { self->n - 2, 0 };
	leat_fork fork;

	if (self->n < 2) {
		self->result = self->n;
		return;
	}
	leat_forkjoin_fork(&fork, fib, &one);
	fib(&two);
	leat_forkjoin_join(&fork);
	self->result = one.result + two.result;
}

/* The n-th power of the golden ratio, divided by the square root of 5 and rounded. */
static long closed_form(int n)
{
	long double power = 1;

	for (int i = 0; i < n; i++)
		power *= 1.61803398874989484820458683436563811L;
	return (long)(power / 2.23606797749978969640917366873127623L + 0.5L);
}

static void fib_is_right(void)
{
	for (size_t threads = 0; threads <= 5; threads++) {
		leat_forkjoin *own = leat_forkjoin_make(threads);

		check(own);
		for (int n = 0; n <= 20; n++) {
			struct fib all = { n, -1 };

			check(leat_forkjoin_run(own, fib, &all) == 1);
			check(all.result == closed_form(n));
		}
		leat_forkjoin_drop(own);
	}
}

/* A node has up to 5 children, which are forked and joined in random orders. Sometimes it waits in a call of leat. */
struct node { unsigned seed; int depth; long count; };

static void shuffle(unsigned *state, int *order, int n)
{
	for (int i = 0; i < n; i++) {
		int j = (int)random_below(state, (unsigned)i + 1);

		order[i] = order[j];
		order[j] = i;
	}
}

static void grow(void *arg)
{
	struct node *self = arg, children[5];
	leat_fork forks[5];
	int n = self->depth ? (int)random_below(&self->seed, 6) : 0, order[5];

	self->count = 1;
	shuffle(&self->seed, order, n);
	for (int i = 0; i < n; i++) {
		children[i] = (struct node){ self->seed + (unsigned)i * 7919u, self->depth - 1, -1 };
		leat_forkjoin_fork(&forks[i], grow, &children[i]);
	}
	if (random_below(&self->seed, 200) == 0)
		check(leat_wait_by(nil, leat_in(LEAT_US(50))) == -1 && errno == ETIMEDOUT);
	for (int i = 0; i < n; i++) {
		leat_forkjoin_join(&forks[order[i]]);
		self->count += children[order[i]].count;
	}
}

static long count_alone(unsigned seed, int depth)
{
	int n = depth ? (int)random_below(&seed, 6) : 0, order[5];
	long count = 1;

	shuffle(&seed, order, n);
	for (int i = 0; i < n; i++)
		count += count_alone(seed + (unsigned)i * 7919u, depth - 1);
	return count;
}

static void random_trees(void)
{
	for (size_t threads = 1; threads <= 4; threads++) {
		leat_forkjoin *own = leat_forkjoin_make(threads);

		check(own);
		for (unsigned seed = 1; seed <= 40; seed++) {
			struct node root = { seed, 7, -1 };

			check(leat_forkjoin_run(own, grow, &root) == 1);
			check(root.count == count_alone(seed, 7));
		}
		leat_forkjoin_drop(own);
	}
}

/* -------------------------------------------------------------------------------------- orders and deques -- */

static int trace[8], traced;

static void leave_trace(void *arg)
{
	trace[traced++] = *(int *)arg;
}

static void join_in_order(void *arg)
{
	const int *order = arg;
	int names[] = { 0, 1, 2, 3 };
	leat_fork forks[4];

	traced = 0;
	for (int i = 0; i < 4; i++)
		leat_forkjoin_fork(&forks[i], leave_trace, &names[i]);
	for (int i = 0; i < 4; i++) {
		leat_forkjoin_join(&forks[order[i]]);
		for (int ran = 0; ran <= traced; ran++) {
			check(ran < traced); /* the task has been joined, so its entry is there */
			if (trace[ran] == order[i])
				break;
		}
	}
	check(traced == 4);
	for (int i = 0; i < 4; i++)
		check(trace[i] == 3 - i);
}

static void the_newest_first_in_one_thread(void)
{
	in_pool_of(1, join_in_order, (int[]){ 3, 2, 1, 0 });
	in_pool_of(1, join_in_order, (int[]){ 0, 1, 2, 3 });
	in_pool_of(1, join_in_order, (int[]){ 2, 0, 3, 1 });
}

struct told { leat_chan chan; int name; };

static void tell(void *arg)
{
	const struct told *told = arg;

	check(leat_send(told->chan.tx, &told->name) == 1);
}

/* No task is joined before the end, so the other thread runs them. */
static void look_at_thief(void *arg)
{
	leat_chan chan = leat_make(int, capacity);
	struct told told[3];
	leat_fork forks[3];

	(void)arg;
	for (int i = 0; i < 3; i++) {
		told[i] = (struct told){ chan, i };
		leat_forkjoin_fork(&forks[i], tell, &told[i]);
	}
	receive_ints(chan.rx, 0, 3);
	for (int i = 2; i >= 0; i--)
		leat_forkjoin_join(&forks[i]);
	leat_drop(chan);
}

static void the_oldest_is_stolen_first(void)
{
	for (int i = 0; i < 50; i++)
		in_pool_of(2, look_at_thief, NULL);
}

enum { FLOOD = 20000 };

static atomic_int flooded;

static void count_one(void *nothing)
{
	(void)nothing;
	atomic_fetch_add(&flooded, 1);
}

static void flood(void *arg)
{
	leat_fork *forks = arg;

	atomic_store(&flooded, 0);
	for (int i = 0; i < FLOOD; i++)
		leat_forkjoin_fork(&forks[i], count_one, NULL);
	for (int i = FLOOD; i-- > 0;)
		leat_forkjoin_join(&forks[i]);
	check(atomic_load(&flooded) == FLOOD);
	for (int i = 0; i < FLOOD; i++)
		leat_forkjoin_join(&forks[i]); /* a join of a task that has run does nothing */
	check(atomic_load(&flooded) == FLOOD);
}

static void more_forks_than_room(void)
{
	leat_fork *forks = calloc(FLOOD, sizeof *forks);

	check(forks);
	for (size_t threads = 1; threads <= 3; threads++)
		in_pool_of(threads, flood, forks);
	free(forks);
}

/* The owner takes the last one or two tasks while other threads steal. */
static void fork_few(void *arg)
{
	int times = *(int *)arg, expected = 0;
	leat_fork forks[2];

	atomic_store(&flooded, 0);
	for (int i = 0; i < times; i++) {
		int n = 1 + i % 2;

		for (int j = 0; j < n; j++)
			leat_forkjoin_fork(&forks[j], count_one, NULL);
		if (i % 5 == 0)
			sched_yield();
		for (int j = n; j-- > 0;)
			leat_forkjoin_join(&forks[j]);
		expected += n;
		check(atomic_load(&flooded) == expected);
	}
}

static void each_runs_once(void)
{
	in_pool_of(2, fork_few, &(int){ 300000 });
	in_pool_of(4, fork_few, &(int){ 20000 });
}

/* ------------------------------------------------------------------------------------------- wake-ups -- */

/* Takes at most about as long as a thread spins before it sleeps. */
static void dawdle(unsigned *state)
{
	for (volatile unsigned left = random_below(state, 30000); left > 0; left--)
		if (left % 1024 == 0)
			sched_yield();
}

/* The forker waits for the other thread in a receive, not in a join. If the fork woke nobody, this would hang. */
static void fork_and_listen(void *arg)
{
	struct told *told = arg;
	leat_fork fork;
	int heard;

	leat_forkjoin_fork(&fork, tell, told);
	check(leat_recv(told->chan.rx, &heard) == 1 && heard == told->name);
	leat_forkjoin_join(&fork);
}

static void no_fork_is_forgotten(void)
{
	struct told told = { leat_make(int, capacity), 0 };
	unsigned state = 1;

	pool = leat_forkjoin_make(2);
	check(pool);
	for (told.name = 0; told.name < 6000; told.name++) {
		check(leat_forkjoin_run(pool, fork_and_listen, &told) == 1);
		dawdle(&state);
	}
	leat_forkjoin_drop(pool);
	leat_drop(told.chan);
}

/* The first thread is stalled in a join. The joined task forks another task and waits for it, so the stalled thread
 * must run that. Then the join ends at once, or after a while. */
struct stall { struct told told; unsigned state; };

static void fork_later(void *arg)
{
	struct stall *stall = arg;

	check(leat_signal(stall->told.chan.tx) == 1); /* the other thread has stolen this task */
	dawdle(&stall->state);
	stall->told.chan = leat_make(int, capacity);
	fork_and_listen(&stall->told);
	leat_drop(stall->told.chan);
	if (stall->told.name % 2)
		dawdle(&stall->state);
}

static void stall(void *arg)
{
	struct stall *stall = arg;
	leat_chan stolen = leat_make_unit();
	leat_fork fork;

	stall->told.chan = stolen;
	leat_forkjoin_fork(&fork, fork_later, stall);
	check(leat_wait(stolen.rx) == 1);
	leat_forkjoin_join(&fork);
	leat_drop(stolen);
}

static void no_stalled_join_is_forgotten(void)
{
	struct stall stalled = { .state = 1 };

	pool = leat_forkjoin_make(2);
	check(pool);
	for (stalled.told.name = 0; stalled.told.name < 1500; stalled.told.name++) {
		check(leat_forkjoin_run(pool, stall, &stalled) == 1);
		dawdle(&stalled.state);
	}
	leat_forkjoin_drop(pool);
}

/* Four threads. The first one forks `last`. That wakes the second thread, which sleeps in a join, just when its join
 * ends because `brief` ends. The third thread runs a long task inside a join that ended long ago. All three go on with
 * their own work. So the fourth thread, which sleeps, must be woken too. */
static atomic_int let_begin[3], long_begun, let_long_end, brief_begun, let_brief_end, last_done;

static void await(atomic_int *flag)
{
	while (!atomic_load(flag))
		check(leat_wait_by(nil, leat_in(LEAT_US(200))) == -1);
}

static void last(void *nothing)
{
	(void)nothing;
	atomic_store(&last_done, 1);
}

/* Ends sooner than a sleeping thread can wake up. */
static void brief(void *nothing)
{
	(void)nothing;
	atomic_store(&brief_begun, 1);
	for (int looks = 1; !atomic_load(&let_brief_end); looks++)
		if (looks % 256 == 0)
			sched_yield();
}

static void begin_long(void *nothing)
{
	(void)nothing;
	atomic_store(&long_begun, 1);
	await(&let_long_end);
}

static void fork_last(leat_fork *fork)
{
	leat_forkjoin_fork(fork, last, NULL);
	atomic_store(&let_brief_end, 1);
	await(&last_done);
}

static void fork_and_join(void *of_number)
{
	int number = *(int *)of_number;
	leat_fork fork;

	await(&let_begin[number]);
	if (number == 0)
		fork_last(&fork);
	else
		leat_forkjoin_fork(&fork, number == 1 ? brief : begin_long, NULL);
	await(number == 0 ? &last_done : number == 1 ? &brief_begun : &long_begun);
	leat_forkjoin_join(&fork);
	await(&last_done);
}

static void run_fork_and_join(void *number)
{
	check(leat_forkjoin_run(pool, fork_and_join, number) == 1);
}

static void allow(atomic_int *flag)
{
	atomic_store(flag, 1);
	nap(3); /* by then the idle threads most likely sleep */
}

static void who_is_woken_in_vain_wakes_another(void)
{
	atomic_int *flags[] = { &let_begin[0], &let_begin[1], &let_begin[2], &long_begun, &let_long_end, &brief_begun,
	                        &let_brief_end, &last_done };
	int numbers[] = { 0, 1, 2 };
	background runs[3];

	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
			atomic_store(flags[i], 0);
		pool = leat_forkjoin_make(4);
		check(pool);
		for (int i = 0; i < 3; i++) {
			nap(3);
			begin(&runs[i], run_fork_and_join, &numbers[i]);
		}
		allow(&let_begin[2]);
		await(&long_begun);
		allow(&let_begin[1]);
		await(&brief_begun);
		allow(&let_long_end);
		allow(&let_begin[0]);
		for (int i = 0; i < 3; i++)
			must_return(&runs[i]);
		leat_forkjoin_drop(pool);
	}
}

static void many_runs(void *arg)
{
	unsigned state = *(unsigned *)arg;

	for (int i = 0; i < 400; i++) {
		struct fib all = { (int)random_below(&state, 8), -1 };

		check(leat_forkjoin_run(pool, fib, &all) == 1);
		check(all.result == closed_form(all.n));
		if (i % 4 == 0)
			dawdle(&state);
	}
}

static void runs_from_several_threads(void)
{
	for (size_t threads = 1; threads <= 3; threads += 2) {
		unsigned seeds[4];
		background runners[4];

		pool = leat_forkjoin_make(threads);
		check(pool);
		for (unsigned i = 0; i < 4; i++) {
			seeds[i] = i + 1;
			begin(&runners[i], many_runs, &seeds[i]);
		}
		for (int i = 0; i < 4; i++)
			must_return(&runners[i]);
		leat_forkjoin_drop(pool);
	}
}

/* As many runs at once as the pool has threads. Each of them waits for all others. */
static atomic_int met;

static void meet_in_run(void *parties)
{
	meet(&met, *(int *)parties);
}

static void run_meeting(void *parties)
{
	check(leat_forkjoin_run(pool, meet_in_run, parties) == 1);
}

static void runs_at_the_same_time(void)
{
	int parties = 3;
	background runners[3];

	pool = leat_forkjoin_make(3);
	check(pool);
	for (int i = 0; i < 50; i++) {
		for (int j = 0; j < parties; j++)
			begin(&runners[j], run_meeting, &parties);
		for (int j = 0; j < parties; j++)
			must_return(&runners[j]);
	}
	leat_forkjoin_drop(pool);
}

/* ---------------------------------------------------------------------------------------- stores that are late --
 *
 * A store becomes visible only after the stores before it, but a later load waits for none of them. So stores to memory
 * that is in no cache make the next store late by a microsecond instead of nanoseconds. If the order of a store and a
 * load is wrong, that shows then.
 */

static volatile char far_away[1 << 24];

static void hold_up_stores(unsigned *state)
{
	for (int i = 0; i < 40; i++)
		far_away[random_below(state, sizeof far_away)] = (char)i;
}

static void take_late(void *nothing)
{
	leat_time until = leat_in(LEAT_MS(500));
	unsigned state = 1;

	(void)nothing;
	while (leat_now() < until) {
		leat_fork forks[2];

		atomic_store(&flooded, 0);
		for (int j = 0; j < 2; j++)
			leat_forkjoin_fork(&forks[j], count_one, NULL);
		hold_up_stores(&state);
		for (int j = 2; j-- > 0;)
			leat_forkjoin_join(&forks[j]);
		check(atomic_load(&flooded) == 2);
	}
}

/* The thief has taken the older task and looks for more. At the same time the owner announces that it takes the newer
 * one. */
static void each_runs_once_though_stores_are_late(void)
{
	in_pool_of(2, take_late, NULL);
}

/* Returns how long it took until another thread had run the task. */
static leat_time fork_late(unsigned *state)
{
	leat_time before;
	leat_fork fork;

	atomic_store(&flooded, 0);
	hold_up_stores(state);
	leat_forkjoin_fork(&fork, count_one, NULL);
	before = leat_now();
	while (atomic_load(&flooded) == 0)
		sched_yield();
	before = leat_now() - before;
	leat_forkjoin_join(&fork);
	return before;
}

/* Fork just when the other thread is about to fall asleep. If it ran the task very soon, it was still awake, so the
 * next fork comes later; else earlier. If it is always late, both threads may be on the same core; then let it fall
 * asleep, so that it is woken on another core. If a fork woke nobody, this would hang. */
static void fork_when_one_falls_asleep(void *nothing)
{
	leat_time end = leat_in(LEAT_MS(500)), wait = LEAT_US(20);
	unsigned state = 1;

	(void)nothing;
	while (leat_now() < end) {
		leat_time until = leat_now() + wait * (90 + random_below(&state, 21)) / 100;

		while (leat_now() < until)
			;
		wait += fork_late(&state) > LEAT_US(3) ? -wait / 32 : wait / 32;
		if (wait < LEAT_US(5) || wait > LEAT_US(100))
			wait = LEAT_US(50);
	}
}

static void no_fork_is_forgotten_though_stores_are_late(void)
{
	in_pool_of(2, fork_when_one_falls_asleep, NULL);
}

/* ----------------------------------------------------------------------------------------------- idleness -- */

static leat_time processor_time(void)
{
	struct timespec used;

	check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
	return LEAT_S(used.tv_sec) + used.tv_nsec;
}

static void nobody_works(void)
{
	leat_time before;

	nap(30);
	before = processor_time();
	nap(100);
	check(processor_time() - before < LEAT_MS(30));
}

static void run_stalled(void *arg)
{
	check(leat_forkjoin_run(pool, stall, arg) == 1);
}

/* The joined task waits until it may go on. */
static void hold(void *arg)
{
	leat_chan *chans = arg;

	check(leat_signal(chans[0].tx) == 1);
	check(leat_wait(chans[1].rx) == 0);
}

static void join_what_is_held(void *arg)
{
	leat_chan *chans = arg;
	leat_fork fork;

	leat_forkjoin_fork(&fork, hold, chans);
	check(leat_wait(chans[0].rx) == 1);
	leat_forkjoin_join(&fork);
}

static void run_held(void *chans)
{
	check(leat_forkjoin_run(pool, join_what_is_held, chans) == 1);
}

static void wait_for(void *chan)
{
	check(leat_wait(((leat_chan *)chan)->rx) == 0);
}

/* This run ends only after the join of the other run. So a thread must not begin it inside that join. */
static void run_wait(void *chan)
{
	check(leat_forkjoin_run(pool, wait_for, chan) == 1);
}

static void a_run_does_not_hold_up_a_join(void)
{
	leat_chan chans[] = { leat_make_unit(), leat_make_unit() }, other = leat_make_unit();
	background first, second;

	pool = leat_forkjoin_make(2);
	check(pool);
	begin(&first, run_held, chans);
	nap(10); /* by then both threads are most likely busy */
	begin(&second, run_wait, &other);
	must_block(&first);
	check(leat_close(chans[1].tx) == 1);
	must_return(&first);
	must_block(&second);
	check(leat_close(other.tx) == 1);
	must_return(&second);
	leat_forkjoin_drop(pool);
	leat_drop(chans[0]);
	leat_drop(chans[1]);
	leat_drop(other);
}

static void who_has_nothing_to_do_sleeps(void)
{
	leat_chan chans[] = { leat_make_unit(), leat_make_unit() };
	struct stall stalled = { .state = 1 };
	background runner;

	pool = leat_forkjoin_make(4);
	check(pool);
	nobody_works();
	run_stalled(&stalled);
	nobody_works();
	begin(&runner, run_held, chans);
	nobody_works();
	must_block(&runner);
	check(leat_close(chans[1].tx) == 1);
	must_return(&runner);
	leat_forkjoin_drop(pool);
	leat_drop(chans[0]);
	leat_drop(chans[1]);
}

static void wait_a_minute(void *nothing)
{
	(void)nothing;
	check(leat_wait_by(nil, leat_in(LEAT_S(60))) == -1 && errno == ETIMEDOUT);
}

static void wait_two_minutes(void *nothing)
{
	leat_fork fork;

	leat_forkjoin_fork(&fork, wait_a_minute, nothing);
	wait_a_minute(nothing);
	leat_forkjoin_join(&fork);
}

/* One thread waits twice; two threads wait at the same time. Idle threads of the pool do not stop a clock that runs by
 * itself. */
static void the_clock_runs_while_all_wait(void)
{
	for (size_t threads = 1; threads <= 3; threads++) {
		leat_time before;

		check(leat_clock_fake() == 1);
		check(leat_clock_run() == 1);
		before = leat_now();
		in_pool_of(threads, wait_two_minutes, NULL);
		check(leat_now() - before == LEAT_S(threads == 1 ? 120 : 60));
		check(leat_wait_all(LEAT_NEVER) == 1);
		leat_clock_real();
	}
}

/* ----------------------------------------------------------------------------------------- bad arguments -- */

static void run_inside(void *arg)
{
	leat_forkjoin *other = arg;
	struct fib all = { 10, -1 };

	check(leat_forkjoin_run(pool, fib, &all) == -1 && errno == EDEADLK);
	check(leat_forkjoin_run(other, fib, &all) == 1 && all.result == 55);
}

static void runs_inside_runs(void)
{
	leat_forkjoin *other = leat_forkjoin_make(1);

	check(other);
	in_pool_of(1, run_inside, other);
	leat_forkjoin_drop(other);
}

static void bad_arguments(void)
{
	struct fib all = { 10, -1 };

	check(leat_forkjoin_run(NULL, fib, &all) == -1 && errno == EINVAL);
	pool = leat_forkjoin_make(1);
	check(pool && leat_live() == 1);
	check(leat_forkjoin_run(pool, NULL, &all) == -1 && errno == EINVAL);
	leat_forkjoin_drop(pool);
	leat_forkjoin_drop(NULL);
	check(!leat_forkjoin_make(SIZE_MAX) && errno == ENOMEM);
	check(!leat_forkjoin_make(SIZE_MAX / 4096) && errno == ENOMEM);
}

static void fork_outside(void)
{
	struct fib all = { 10, -1 };
	leat_fork fork;

	leat_forkjoin_fork(&fork, fib, &all);
}

static void join_outside(void)
{
	leat_fork fork = { NULL, NULL, 0 };

	leat_forkjoin_join(&fork);
}

static void join_in_leat_go(void *nothing)
{
	(void)nothing;
	join_outside();
}

/* The thread was once a thread of a pool. */
static void join_in_a_former_thread(void)
{
	struct fib all = { 5, -1 };

	in_pool_of(1, fib, &all);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_go(join_in_leat_go, NULL) == 1);
	(void)leat_wait_all(LEAT_NEVER);
}

static void leave(void *nothing)
{
	pthread_exit(nothing);
}

static void leave_a_task(void)
{
	in_pool_of(1, leave, NULL);
}

static void must_panic(void (*mistake)(void), const char *message)
{
	char said[256] = "";
	int ends[2], status;
	pid_t child;

	leat_trim(); /* fork in a process with one thread, so that the child may start threads */
	fflush(NULL);
	check(pipe(ends) == 0);
	child = fork();
	check(child >= 0);
	if (child == 0) {
		check(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == 0);
		check(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
		mistake();
		_exit(0);
	}
	close(ends[1]);
	check(read(ends[0], said, sizeof said - 1) > 0);
	check(waitpid(child, &status, 0) == child);
	close(ends[0]); /* now: the child writes more than its message */
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	check(strstr(said, message));
}

static void mistakes(void)
{
	must_panic(fork_outside, "leat_forkjoin_fork outside");
	must_panic(join_outside, "leat_forkjoin_join outside");
	must_panic(join_in_a_former_thread, "leat_forkjoin_join outside");
	must_panic(leave_a_task, "pthread_exit");
}

int main(int argc, char **argv)
{
	return RUN(fib_is_right, random_trees, the_newest_first_in_one_thread, the_oldest_is_stolen_first,
	           more_forks_than_room, each_runs_once, no_fork_is_forgotten, no_stalled_join_is_forgotten,
	           who_is_woken_in_vain_wakes_another, runs_from_several_threads, runs_at_the_same_time,
	           each_runs_once_though_stores_are_late, no_fork_is_forgotten_though_stores_are_late,
	           who_has_nothing_to_do_sleeps, a_run_does_not_hold_up_a_join, the_clock_runs_while_all_wait,
	           runs_inside_runs, bad_arguments, mistakes);
}
