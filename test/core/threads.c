/* SPDX-License-Identifier: 0BSD
 *
 * threads.c - threads that leat starts. They are counted, waited for, reused, named, and have the signal mask of their
 * starter. A function may leave by pthread_exit. No call of leat is a cancellation point.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <signal.h>
#include <stdint.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static void nothing(void *arg)
{
	(void)arg;
}

static void set(void *arg)
{
	*(int *)arg = 1;
}

/* Run until the channel is closed. */
static void hold(void *arg)
{
	check(leat_wait(*(leat_rx *)arg) == 0);
}

/* ---------------------------------------------------------------------------------- counted, waited for -- */

/* The variables are plain ints. After leat_wait_all, the caller sees what the functions wrote, without more
 * synchronisation. */
static void what_they_wrote_is_visible(void)
{
	int written[20] = { 0 };

	for (int round = 0; round < 20; round++) {
		memset(written, 0, sizeof written);
		for (size_t i = 0; i < 20; i++)
			check(leat_go(set, &written[i]) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0);
		for (size_t i = 0; i < 20; i++)
			check(written[i] == 1);
	}
}

static void nothing_to_run_or_to_wait_for(void)
{
	check(leat_go(NULL, NULL) == -1 && errno == EINVAL);
	check(leat_live() == 0);
	check(leat_wait_all(LEAT_NOW) == 1 && leat_wait_all(leat_in(LEAT_MS(1))) == 1);
}

static void live_counts_what_runs(void)
{
	leat_chan chan = leat_make(int, capacity);

	for (size_t i = 1; i <= 5; i++)
		check(leat_go(hold, &chan.rx) == 1 && leat_live() == i);
	check(leat_wait_all(LEAT_NOW) == -1 && errno == EAGAIN);
	leat_time t = leat_in(LEAT_MS(5));
	check(leat_wait_all(t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	check(leat_live() == 5);
	check(leat_close(chan.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0);
	leat_drop(chan);
}

static void live_counts_stages(void)
{
	leat_chan done = leat_make_unit();
	leat_rx values = leat_take(done.rx, leat_buffer(leat_repeat(done.rx, LEAT_VALUES(int, 1)), capacity), 1000);

	check(leat_live() == 2);
	check(leat_wait_all(LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(values);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0);
	leat_drop(done);
}

static void wait_all(void *arg)
{
	(void)arg;
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* Any number of threads may call leat_wait_all at once, again and again. */
static void several_wait(void)
{
	for (int round = 0; round < 3; round++) {
		leat_chan chan = leat_make(int, capacity);
		background waiters[4];

		check(leat_go(hold, &chan.rx) == 1 && leat_go(hold, &chan.rx) == 1);
		for (size_t i = 0; i < 4; i++)
			begin(&waiters[i], wait_all, NULL);
		must_block(&waiters[0]);
		must_block(&waiters[3]);
		check(leat_close(chan.tx) == 1);
		for (size_t i = 0; i < 4; i++)
			must_return(&waiters[i]);
		check(leat_wait_all(LEAT_NEVER) == 1);
		leat_drop(chan);
	}
}

static void start_and_wait(void *arg)
{
	for (int i = 0; i < 200; i++) {
		int written = 0;

		check(leat_go(set, &written) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1 && written == 1);
	}
	(void)arg;
}

/* Functions start and end while other threads wait until none runs. */
static void waiting_races_with_starting(void)
{
	background threads[3];

	for (size_t i = 0; i < 3; i++)
		begin(&threads[i], start_and_wait, NULL);
	for (size_t i = 0; i < 3; i++)
		must_return(&threads[i]);
}

static void wait_inside(void *arg)
{
	*(int *)arg = leat_wait_all(leat_in(LEAT_S(1))) == -1 ? errno : 0;
}

static int wait_in_map(void *arg, const void *in, void *out)
{
	(void)in;
	wait_inside(arg);
	*(int *)out = 1;
	return 1;
}

static void waiting_inside_would_be_for_ever(void)
{
	leat_rx none = LEAT_NIL, values;
	int in_go = 0, in_stage = 0, n;

	check(leat_go(wait_inside, &in_go) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && in_go == EDEADLK);
	values = leat_buffer(leat_generator(none, LEAT_VALUES(int, 1)), capacity);
	values = leat_map(none, values, int, wait_in_map, &in_stage);
	check(leat_recv(values, &n) == 1 && in_stage == EDEADLK);
	leat_drop(values);
}

/* -------------------------------------------------------------------------------------- kept and trimmed -- */

static pthread_key_t mine;           /* holds a value for each thread */
static atomic_int ended;             /* how many threads with a value have ended */

static void note_end(void *value)
{
	(void)value;
	atomic_fetch_add(&ended, 1);
}

/* Tells whether this thread has run this function before. */
static void leave_mark(void *arg)
{
	*(int *)arg = pthread_getspecific(mine) != NULL;
	check(pthread_setspecific(mine, &mine) == 0);
}

static int was_marked(void)
{
	int marked = -1;

	check(leat_go(leave_mark, &marked) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	return marked;
}

/* An idle thread ends after a second, so on a slow machine a round may come too late for it. */
static void idle_threads_are_reused(void)
{
	int reused = 0;

	check(pthread_key_create(&mine, note_end) == 0);
	for (int i = 0; i < 100 && !reused; i++) {
		(void)was_marked();
		nap(1);
		reused = was_marked();
	}
	check(reused == 1);
	leat_trim();
	check(pthread_key_delete(mine) == 0);
}

/* leat_trim also waits for the ends of the threads: the destructors of their values have run. */
static void trim_ends_what_is_idle(void)
{
	check(pthread_key_create(&mine, note_end) == 0);
	leat_trim();
	for (int i = 1; i <= 100; i++) {
		atomic_store(&ended, 0);
		check(was_marked() == 0);
		leat_trim();
		check(atomic_load(&ended) == 1);
	}
	leat_trim();
	check(pthread_key_delete(mine) == 0);
}

/* leat_trim does not touch threads that run a function. */
static void trim_leaves_what_runs(void)
{
	leat_chan chan = leat_make(int, capacity);

	check(leat_go(hold, &chan.rx) == 1);
	leat_trim();
	check(leat_live() == 1);
	check(leat_close(chan.tx) == 1);
	leat_drop(chan.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(chan.rx);
}

/* ----------------------------------------------------------------------------------- a copied argument -- */

struct message { _Alignas(64) long number; atomic_long *sum; char text[100]; };

static void add(void *arg)
{
	struct message *message = arg;

	check((uintptr_t)arg % 64 == 0 && strcmp(message->text, "a copy") == 0);
	atomic_fetch_add(message->sum, message->number);
	message->number = -1; /* the copy is the function's own */
}

static void add_and_leave(void *arg)
{
	add(arg);
	pthread_exit(NULL);
}

/* Each function gets what the variable was at its start, also when that changes before the function runs. */
static void each_function_gets_a_copy(void)
{
	atomic_long sum = 0;
	struct message message = { .sum = &sum, .text = "a copy" };

	for (message.number = 1; message.number <= 50; message.number++)
		check((message.number % 2 ? leat_go_copy(add, &message) : leat_go_copy(add_and_leave, &message)) == 1);
	memset(&message, 0, sizeof message);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&sum) == 50 * 51 / 2);
}

static void start_with_copies(atomic_long *sum)
{
	for (int i = 1; i <= 3; i++)
		check(leat_go_copy(add, &(struct message){ .number = i, .sum = sum, .text = "a copy" }) == 1);
}

/* The variables are gone when the functions run. */
static void a_copy_outlives_the_variable(void)
{
	atomic_long sum = 0;

	start_with_copies(&sum);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&sum) == 6);
}

static void nothing_to_copy(void)
{
	struct message message = { .number = 1 }, *none = NULL;
	void (*no_function)(void *) = NULL;

	check(leat_go_copy(no_function, &message) == -1 && errno == EINVAL);
	check(leat_go_copy(add, none) == -1 && errno == EINVAL && leat_live() == 0);
}

/* ------------------------------------------------------------------------------------------- their stack -- */

static void go_deep(void *arg)
{
	size_t *depth = arg;

	check(descend(*depth) == *depth);
}

static void use_stack(size_t depth)
{
	check(leat_go(go_deep, &depth) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* The thread that ran the previous function has a small stack, and may just become idle. It must not be reused. */
static void stacks_are_as_large_as_asked(void)
{
	for (int i = 0; i < 100; i++) {
		check(leat_stack_size((size_t)256 * 1024) == 1);
		use_stack(100);
		check(leat_stack_size((size_t)2048 * 1024 + 1) == 1); /* leat rounds it up as the system demands */
		nap(1);
		use_stack(1000);
	}
	check(leat_stack_size((size_t)256 * 1024) == 1);
}

/* The same, but the previous function may still be running. */
static void stacks_grow_while_functions_end(void)
{
	for (int i = 0; i < 100; i++) {
		check(leat_stack_size((size_t)256 * 1024) == 1);
		check(leat_go(nothing, NULL) == 1);
		check(leat_stack_size((size_t)2048 * 1024) == 1);
		nap(1);
		use_stack(1000);
	}
	check(leat_stack_size((size_t)256 * 1024) == 1);
}

static void sizes_that_are_refused_change_nothing(void)
{
	check(leat_stack_size((size_t)2048 * 1024) == 1);
	check(leat_stack_size(0) == -1 && errno == EINVAL);
	if (sysconf(_SC_THREAD_STACK_MIN) > 4096) /* elsewhere 1 is rounded up to a page, which is enough */
		check(leat_stack_size(1) == -1 && errno == EINVAL);
	check(leat_stack_size(SIZE_MAX) == -1 && errno == EINVAL);
	check(leat_stack_size(SIZE_MAX - 1) == -1 && errno == EINVAL);
	use_stack(1000);
	check(leat_stack_size((size_t)256 * 1024) == 1);
}

/* An absurd size is refused at once or, if the system accepts any size, when a thread is to be started with it. (Half
 * of the address space would not be absurd on a system with 32 bits.) */
static void an_absurd_size_is_told(void)
{
	if (leat_stack_size(SIZE_MAX / 4 * 3) == 1)
		check(leat_go(nothing, NULL) == -1 && (errno == EAGAIN || errno == ENOMEM || errno == EINVAL));
	else
		check(errno == EINVAL);
	check(leat_live() == 0);
	check(leat_stack_size((size_t)256 * 1024) == 1);
	use_stack(100);
}

/* ---------------------------------------------------------------------------------------------- many of them -- */

/* Slots of the kernel's table of sleeping threads. 0 or less: the table is that of all processes, or unknown. */
static int slots(void)
{
#ifdef __linux__
	return prctl(78, 2, 0L, 0L, 0L); /* PR_FUTEX_HASH, PR_FUTEX_HASH_GET_SLOTS */
#else
	return 0;
#endif
}

static void many_threads_have_many_slots(void)
{
	leat_chan chan = leat_make(int, capacity);

	for (size_t i = 0; i < 200; i++)
		check(leat_go(hold, &chan.rx) == 1);
	check(slots() <= 0 || slots() >= 1024);
	check(leat_close(chan.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(chan);
	leat_trim();
}

/* ------------------------------------------------------------------------------------------ their signals -- */

/* Each function must find the mask of the thread that started it. */
static sigset_t mask_of_starter;

static void must_have_mask_of_starter(void)
{
	sigset_t mask;

	check(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
	for (int i = 1; i < 32; i++)
		check(sigismember(&mask, i) == sigismember(&mask_of_starter, i));
}

static void look_at_mask(void *arg)
{
	must_have_mask_of_starter();
	*(int *)arg = 1;
}

static int look_at_mask_in_filter(void *arg, const void *in)
{
	(void)in;
	look_at_mask(arg);
	return 1;
}

static void look_at_masks(void)
{
	leat_rx none = LEAT_NIL, in = leat_generator(none, LEAT_VALUES(int, 1));
	int looked = 0, in_stage = 0;

	check(leat_drain(leat_filter(none, in, look_at_mask_in_filter, &in_stage)) == 0 && in_stage == 1);
	check(leat_go(look_at_mask, &looked) == 1 && leat_wait_all(LEAT_NEVER) == 1 && looked == 1);
	must_have_mask_of_starter();
}

/* The threads that run the functions have run others before, which were started with other masks. */
static void they_have_the_mask_of_the_starter(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGPIPE, SIGUSR1 };
	sigset_t former;

	check(pthread_sigmask(SIG_SETMASK, NULL, &former) == 0);
	for (int i = 0; i < 16; i++) {
		mask_of_starter = former;
		for (int each = 0; each < 4; each++)
			if (i >> each & 1)
				sigaddset(&mask_of_starter, numbers[each]);
		check(pthread_sigmask(SIG_SETMASK, &mask_of_starter, NULL) == 0);
		look_at_masks();
	}
	check(pthread_sigmask(SIG_SETMASK, &former, NULL) == 0);
}

static void change_mask(void *arg)
{
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	check(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
}

/* A function may change the signal mask of its thread. The next function finds the mask of its starter again. */
static void each_function_finds_the_mask_of_its_starter(void)
{
	check(pthread_sigmask(SIG_SETMASK, NULL, &mask_of_starter) == 0);
	for (int i = 0; i < 10; i++) {
		int looked = 0;

		check(leat_go(change_mask, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		nap(i % 2);
		check(leat_go(look_at_mask, &looked) == 1 && leat_wait_all(LEAT_NEVER) == 1 && looked == 1);
	}
}

/* -------------------------------------------------------------------------------------------- their names -- */

/* The system's name of this thread, or an empty string if the system does not tell. */
static void name_of_this(char *name, int size)
{
	FILE *file = fopen("/proc/thread-self/comm", "r");

	name[0] = '\0';
	if (!file)
		return;
	check(fgets(name, size, file));
	name[strcspn(name, "\n")] = '\0';
	check(fclose(file) == 0);
}

static void must_be_called(const char *expected)
{
	char name[32];

	name_of_this(name, sizeof name);
	check(!name[0] || strcmp(name, expected) == 0);
}

static void named_after_itself(void *arg)
{
	must_be_called("named_after_its"); /* the first 15 bytes */
	*(int *)arg = 1;
}

static int named_map(void *arg, const void *in, void *out)
{
	(void)arg;
	must_be_called("map");
	*(int *)out = *(const int *)in;
	return 1;
}

static int named_filter(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	must_be_called("filter");
	return 1;
}

static void named_itself(leat_stage *stage, void *arg)
{
	must_be_called("a stage of mine"); /* the first 15 bytes */
	leat_pass_on(stage, arg);
}

static void named_after_func(void *arg)
{
	must_be_called("after_func");
	*(int *)arg = 1;
}

static leat_rx my_stage(leat_rx in)
{
	leat_plan plan = { .name = "a stage of mine, with a long name", .in = &in, .ins = 1, .body = named_itself };

	return leat_stage_start(&plan);
}

/* The functions run in turns, so a thread is reused under another name. */
static void they_are_named(void)
{
	leat_rx none = LEAT_NIL;

	for (int i = 0; i < 5; i++) {
		int ran = 0;
		leat_rx in = leat_buffer(leat_generator(none, LEAT_VALUES(int, 1, 2, 3)), capacity);

		in = leat_filter(none, leat_map(none, in, int, named_map, NULL), named_filter, NULL);
		check(leat_drain(my_stage(in)) == 0);
		check(leat_wait_all(LEAT_NEVER) == 1);
		nap(1);
		check(leat_go(named_after_itself, &ran) == 1 && leat_wait_all(LEAT_NEVER) == 1 && ran == 1);
		ran = 0;
		check(leat_after_func(leat_ended(0), named_after_func, &ran, NULL) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1 && ran == 1);
	}
}

/* ------------------------------------------------------------------------------------------- pthread_exit -- */

static void leave_early(void *arg)
{
	*(int *)arg = 1;
	pthread_exit(NULL);
}

static void a_function_may_leave(void)
{
	int left[10] = { 0 };

	for (size_t i = 0; i < 10; i++)
		check(leat_go(leave_early, &left[i]) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0);
	for (size_t i = 0; i < 10; i++)
		check(left[i] == 1);
}

static int make_owned(void *arg, void *out)
{
	(void)arg;
	*(owned *)out = own(5);
	return 1;
}

/* Leave by pthread_exit at the fourth value. The thread then holds its input and an output that it has not emitted. */
static int leave_at_fourth(void *arg, const void *in, void *out)
{
	if (atomic_fetch_add((atomic_int *)arg, 1) == 3)
		pthread_exit(NULL);
	return owned_copy(out, in) < 0 ? -ENOMEM : 1;
}

/* The consumer learns of the pthread_exit, the stages upstream stop, and no owned value is lost. The stage drops its
 * handle of done.
 */
static void a_stage_left_by_its_function(void)
{
	leat_chan done = leat_make_unit();
	atomic_int calls = 0;
	leat_rx values = leat_buffer(leat_repeat_fn_of(done.rx, &owned_type, make_owned, NULL), capacity);
	owned value;
	int count = 0;

	values = leat_map_of(done.rx, values, &owned_type, leave_at_fourth, &calls);
	values = leat_take(done.rx, values, -1);
	for (; leat_recv(values, &value) > 0; count++)
		disown(value);
	check(count == 3 && leat_cause(values) == EOWNERDEAD);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(values);
	leat_drop(done.rx);
	check(leat_wait_gone(done.tx, LEAT_NOW) == 1);
	leat_drop(done.tx);
	check(atomic_load(&owned_alive) == 0);
}

/* The same happens when one of several workers leaves. */
static void a_worker_left_by_its_function(void)
{
	atomic_int calls = 0;
	leat_rx none = LEAT_NIL, values = leat_buffer(leat_repeat_fn_of(none, &owned_type, make_owned, NULL), capacity);
	owned value;

	values = leat_map_n_of(none, values, 3, &owned_type, leave_at_fourth, &calls);
	while (leat_recv(values, &value) > 0)
		disown(value);
	check(leat_cause(values) == EOWNERDEAD);
	leat_drop(values);
}

/* ------------------------------------------------------------------------------------------- cancellation -- */

typedef struct { leat_chan chan; int result; atomic_int after; } patient;

static void *receive_and_be_cancelled(void *arg)
{
	patient *self = arg;
	int n;

	self->result = leat_recv(self->chan.rx, &n);
	atomic_store(&self->after, 1);
	pthread_testcancel();
	return NULL;
}

static void *select_and_be_cancelled(void *arg)
{
	patient *self = arg;
	leat_case on[] = { LEAT_WAIT(self->chan.rx), LEAT_GONE(self->chan.tx) };

	self->result = leat_select(on, LEAT_NEVER) == 0 && on[0].ok;
	atomic_store(&self->after, 1);
	pthread_testcancel();
	return NULL;
}

static void cancel_asleep(void *(*fn)(void *))
{
	patient self = { .chan = leat_make(int, capacity) };
	pthread_t thread;
	void *result;
	int n = 1;

	check(pthread_create(&thread, NULL, fn, &self) == 0);
	nap(10);
	check(pthread_cancel(thread) == 0);
	nap(20);
	check(!atomic_load(&self.after));
	check(leat_send(self.chan.tx, &n) == 1);
	check(pthread_join(thread, &result) == 0);
	check(result == PTHREAD_CANCELED && atomic_load(&self.after) == 1 && self.result == 1);
	leat_drop(self.chan);
}

static void a_cancel_waits_for_the_call(void)
{
	cancel_asleep(receive_and_be_cancelled);
	cancel_asleep(select_and_be_cancelled);
}

/* After this call, the next cancellation point ends the thread. */
static void cancel_oneself(void)
{
	int state;

	check(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0);
	check(pthread_cancel(pthread_self()) == 0);
	check(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state) == 0);
}

/* The end is written into descriptors, and the last drop closes them: write and close are cancellation points. */
static void drop_with_descriptors(void)
{
	leat_chan chan = leat_make(int, capacity);

	check(leat_fd(chan.rx) >= 0 && leat_fd(chan.tx) >= 0);
	leat_drop(chan);
}

static void *operate_cancelled(void *arg)
{
	patient *self = arg;
	int n = 1;

	cancel_oneself();
	leat_chan chan = leat_dup(self->chan);
	chan.rx = leat_buffer(chan.rx, 1); /* room for one, so that a send returns without a receiver */
	self->result = leat_send(chan.tx, &n) == 1;
	self->result += leat_recv(chan.rx, &n) == 1;
	self->result += leat_recv_by(chan.rx, &n, leat_in(LEAT_MS(5))) == -1;
	self->result += leat_wait_gone(chan.tx, leat_in(LEAT_MS(5))) == -1;
	self->result += leat_close(chan.tx) == 1;
	leat_drop(chan);
	drop_with_descriptors();
	atomic_store(&self->after, 1);
	pthread_testcancel();
	return NULL;
}

static int count_value(void *arg, const void *in)
{
	*(int *)arg += *(const int *)in;
	return 0;
}

static void *start_cancelled(void *arg)
{
	patient *self = arg;
	leat_rx none = LEAT_NIL;
	int written = 0;

	cancel_oneself();
	self->result = leat_go(set, &written) == 1;
	self->result += leat_wait_all(LEAT_NEVER) == 1 && written == 1;
	self->result += leat_drain(leat_generator(none, LEAT_VALUES(int, 1, 2))) == 0;
	self->result += leat_each(none, leat_generator(none, LEAT_VALUES(int, 1)), 2, count_value, &written) == 0;
	self->result += leat_wait_all(LEAT_NEVER) == 1;
	atomic_store(&self->after, 1);
	pthread_testcancel();
	return NULL;
}

/* There are idle threads, and leat_trim waits until they have ended. */
static void *trim_cancelled(void *arg)
{
	patient *self = arg;

	cancel_oneself();
	leat_trim();
	self->result = 5;
	atomic_store(&self->after, 1);
	pthread_testcancel();
	return NULL;
}

static void run_cancelled(void *(*fn)(void *))
{
	patient self = { .chan = leat_make(int, capacity) };
	pthread_t thread;
	void *result;

	for (int i = 0; i < 8; i++)
		check(leat_go(nothing, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	nap(2);
	check(pthread_create(&thread, NULL, fn, &self) == 0);
	check(pthread_join(thread, &result) == 0);
	check(result == PTHREAD_CANCELED && atomic_load(&self.after) == 1 && self.result == 5);
	leat_drop(self.chan);
}

static void no_call_is_a_cancellation_point(void)
{
	run_cancelled(operate_cancelled);
	run_cancelled(start_cancelled);
}

static void trimming_is_no_cancellation_point(void)
{
	for (int i = 0; i < 5; i++)
		run_cancelled(trim_cancelled);
}

enum { HUGE = 16 << 20 };

static const leat_type huge_type = { "huge", HUGE, NULL, NULL };

static atomic_int huge_values; /* how many were received */

static void send_huge(void *arg)
{
	leat_tx *tx = arg;
	unsigned char *value = calloc(1, HUGE);

	check(value);
	while (leat_send_sized(*tx, value, HUGE, LEAT_NEVER) == 1)
		;
	free(value);
}

static void receive_huge(void *arg)
{
	leat_rx *rx = arg;
	unsigned char *value = malloc(HUGE);

	check(value);
	while (leat_recv_sized(*rx, value, HUGE, LEAT_NEVER) == 1)
		atomic_fetch_add(&huge_values, 1);
	free(value);
}

/* A select with two cases locks both channels. */
static void *look_cancelled(void *arg)
{
	patient *self = arg;
	leat_case on[] = { LEAT_GONE(self->chan.tx), LEAT_GONE(self->chan.tx) };

	cancel_oneself();
	while (atomic_load(&huge_values) < 12)
		self->result = leat_select(on, LEAT_NOW);
	atomic_store(&self->after, 1);
	pthread_testcancel();
	return NULL;
}

/* While a large value is copied, other threads wait long for the lock of the channel. That wait is no cancellation
 * point either. */
static void waiting_for_a_long_copy_is_no_cancellation_point(void)
{
	patient self = { .chan = leat_make_of(&huge_type, 1) };
	background sender, receiver;
	pthread_t thread;
	void *result;

	begin(&sender, send_huge, &self.chan.tx);
	begin(&receiver, receive_huge, &self.chan.rx);
	check(pthread_create(&thread, NULL, look_cancelled, &self) == 0);
	check(pthread_join(thread, &result) == 0);
	check(leat_close(self.chan.tx) == 1);
	must_return(&sender);
	must_return(&receiver);
	check(result == PTHREAD_CANCELED && atomic_load(&self.after) == 1 && self.result == -1);
	leat_drop(self.chan);
}

int main(int argc, char **argv)
{
	return RUN(what_they_wrote_is_visible, nothing_to_run_or_to_wait_for, live_counts_what_runs, live_counts_stages,
	           several_wait, waiting_races_with_starting, waiting_inside_would_be_for_ever, idle_threads_are_reused,
	           trim_ends_what_is_idle, trim_leaves_what_runs, each_function_gets_a_copy,
	           a_copy_outlives_the_variable, nothing_to_copy, stacks_are_as_large_as_asked,
	           stacks_grow_while_functions_end, sizes_that_are_refused_change_nothing, an_absurd_size_is_told,
	           many_threads_have_many_slots,
	           they_have_the_mask_of_the_starter, each_function_finds_the_mask_of_its_starter, they_are_named,
	           a_function_may_leave, a_stage_left_by_its_function, a_worker_left_by_its_function,
	           a_cancel_waits_for_the_call, no_call_is_a_cancellation_point, trimming_is_no_cancellation_point,
	           waiting_for_a_long_copy_is_no_cancellation_point);
}
