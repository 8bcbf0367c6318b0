/* SPDX-License-Identifier: 0BSD
 *
 * cancel.c - pthread_cancel of a thread that is inside a blocking call, for each such call. Nothing must happen. No
 * call is a cancellation point: it goes on waiting, does its work, and returns. The thread ends at the next
 * cancellation point of its own code. (threads.c has the calls that do not wait, made by a thread that is already
 * cancelled.)
 */
#include "../test.h"

#include <poll.h>

static const leat_rx nil;

/* The objects on which a call works. Each call has its own. For some calls, `chan` is a gate that holds up the work for
 * which the call waits. */
typedef struct patient {
	pthread_t thread;
	leat_chan chan;
	leat_mutex mutex;
	leat_rwmutex rwmutex;
	leat_cond cond;
	leat_waitgroup group;
	leat_semaphore semaphore;
	leat_gauge gauge;
	leat_token_bucket bucket;
	leat_broadcast *broadcast;
	leat_rx subscribed;
	leat_resources *resources;
	void *thing;
	leat_errgroup *errors;
	leat_forkjoin *pool;
	leat_once once;
	leat_snapshot *snapshot;
	int pipe[2];
	atomic_int goes_on, after, result;
} patient;

/* ----------------------------------------------------------------------------------------- receive, send, select -- */

static void no_preparation(patient *self)
{
	(void)self;
}

static void give(patient *self)
{
	check(leat_send(self->chan.tx, &(int){ 5 }) == 1);
}

static int receive(patient *self)
{
	int n = 0;

	return leat_recv(self->chan.rx, &n) == 1 && n == 5;
}

static int receive_by(patient *self)
{
	int n = 0;

	return leat_recv_by(self->chan.rx, &n, leat_in(LEAT_S(1000))) == 1 && n == 5;
}

static int receive_or(patient *self)
{
	int n = 0;

	return leat_recv_or(self->chan.rx, &n, nil) == 1 && n == 5;
}

static int receive_n(patient *self)
{
	int n[3] = { 0 };

	return leat_recv_n(self->chan.rx, n, 3, LEAT_NEVER) == 1 && n[0] == 5;
}

static int discard(patient *self)
{
	return leat_wait(self->chan.rx) == 1;
}

static int select_any(patient *self)
{
	int n = 0;
	leat_case on[] = { LEAT_WAIT(nil), LEAT_RECV(self->chan.rx, &n), LEAT_GONE(self->chan.tx) };

	return leat_select(on, LEAT_NEVER) == 1 && on[1].ok && n == 5;
}

static int select_first(patient *self)
{
	int n = 0;
	leat_case on[] = { LEAT_WAIT(nil), LEAT_RECV(self->chan.rx, &n), LEAT_GONE(self->chan.tx) };

	return leat_select_first(on, leat_in(LEAT_S(1000))) == 1 && on[1].ok && n == 5;
}

/* Fill the channel with fives. */
static void fill(patient *self)
{
	for (size_t i = 0; i < capacity; i++)
		give(self);
}

static void take_all(patient *self)
{
	for (size_t i = 0; i <= capacity; i++)
		check(receive(self));
}

static int send_five(patient *self)
{
	return leat_send(self->chan.tx, &(int){ 5 });
}

static int send_by(patient *self)
{
	return leat_send_by(self->chan.tx, (&(int){ 5 }), leat_in(LEAT_S(1000)));
}

static int send_or(patient *self)
{
	return leat_send_or(self->chan.tx, (&(int){ 5 }), nil);
}

static int send_n(patient *self)
{
	return (int)leat_send_n(self->chan.tx, (&(int){ 5 }), 1, LEAT_NEVER);
}

static int select_send(patient *self)
{
	leat_case on[] = { LEAT_WAIT(nil), LEAT_SEND(self->chan.tx, &(int){ 5 }) };

	return leat_select(on, LEAT_NEVER) == 1 && on[1].ok;
}

static int wait_gone(patient *self)
{
	return leat_wait_gone(self->chan.tx, LEAT_NEVER);
}

static void leave(patient *self)
{
	leat_drop(self->chan.rx);
	self->chan.rx = nil;
}

static void open_gate(patient *self)
{
	check(leat_close(self->chan.tx) == 1);
}

static int drain(patient *self)
{
	return leat_drain(leat_dup(self->chan.rx)) == 0;
}

/* ------------------------------------------------------------------------------------------------ synchronisers -- */

static void hold_mutex(patient *self)
{
	leat_mutex_lock(&self->mutex);
}

static void let_go_of_mutex(patient *self)
{
	leat_mutex_unlock(&self->mutex);
}

static int lock(patient *self)
{
	leat_mutex_lock(&self->mutex);
	leat_mutex_unlock(&self->mutex);
	return 1;
}

static int lock_by(patient *self)
{
	int locked = leat_mutex_lock_by(&self->mutex, leat_in(LEAT_S(1000)));

	leat_mutex_unlock(&self->mutex);
	return locked;
}

static void hold_rwmutex(patient *self)
{
	leat_rwmutex_lock(&self->rwmutex);
}

static void let_go_of_rwmutex(patient *self)
{
	leat_rwmutex_unlock(&self->rwmutex);
}

static int lock_to_write(patient *self)
{
	leat_rwmutex_lock(&self->rwmutex);
	leat_rwmutex_unlock(&self->rwmutex);
	return 1;
}

static int lock_to_read(patient *self)
{
	leat_rwmutex_read_lock(&self->rwmutex);
	leat_rwmutex_read_unlock(&self->rwmutex);
	return 1;
}

static int wait_cond(patient *self)
{
	int result = 1;

	leat_mutex_lock(&self->mutex);
	while (!atomic_load(&self->goes_on))
		result = leat_cond_wait(&self->cond, leat_mutex_locker(&self->mutex), nil, LEAT_NEVER);
	leat_mutex_unlock(&self->mutex);
	return result;
}

static void signal_cond(patient *self)
{
	leat_mutex_lock(&self->mutex);
	atomic_store(&self->goes_on, 1);
	leat_cond_signal(&self->cond);
	leat_mutex_unlock(&self->mutex);
}

static void add_one(patient *self)
{
	leat_waitgroup_add(&self->group, 1);
}

static void one_done(patient *self)
{
	leat_waitgroup_done(&self->group);
}

static int wait_group(patient *self)
{
	return leat_waitgroup_wait(&self->group, LEAT_NEVER);
}

static void take_units(patient *self)
{
	self->semaphore = (leat_semaphore)LEAT_SEMAPHORE(2);
	check(leat_semaphore_acquire(&self->semaphore, 2, nil, LEAT_NEVER) == 1);
}

static void release_units(patient *self)
{
	leat_semaphore_release(&self->semaphore, 2);
}

static int acquire(patient *self)
{
	return leat_semaphore_acquire(&self->semaphore, 1, nil, LEAT_NEVER);
}

static void fill_gauge(patient *self)
{
	self->gauge = leat_gauge_make(1);
	check(leat_gauge_enter(self->gauge, nil, LEAT_NOW) == 1);
}

static void leave_gauge(patient *self)
{
	leat_gauge_leave(self->gauge);
}

static int enter_gauge(patient *self)
{
	int entered = leat_gauge_enter(self->gauge, nil, LEAT_NEVER);

	leat_gauge_leave(self->gauge);
	leat_gauge_drop(self->gauge);
	return entered;
}

static void use_up(patient *self)
{
	check(leat_token_bucket_init(&self->bucket, 1e-6, 1) == 1 && leat_limiter_allow(&self->bucket.limiter, 1));
}

static int wait_for_limiter(patient *self)
{
	return leat_limiter_wait(&self->bucket.limiter, 1, self->chan.rx, LEAT_NEVER) == -1 && errno == ECANCELED;
}

static int pass_gate(patient *self)
{
	atomic_store(&self->goes_on, 1);
	return leat_wait(self->chan.rx) == 0;
}

static void work(void *of_patient)
{
	check(pass_gate(of_patient));
}

static void start_first(patient *self, void (*fn)(void *))
{
	check(leat_go(fn, self) == 1);
	while (!atomic_load(&self->goes_on))
		sched_yield();
}

static void begin_once(void *of_patient)
{
	patient *self = of_patient;

	check(leat_once_do(&self->once, work, self) == 1);
}

static void be_first(patient *self)
{
	start_first(self, begin_once);
}

static int be_second(patient *self)
{
	return leat_once_do(&self->once, work, self) == 0;
}

static void *change(void *of_patient, const void *value)
{
	(void)value;
	check(pass_gate(of_patient));
	return of_patient;
}

static void begin_update(void *of_patient)
{
	patient *self = of_patient;

	check(leat_snapshot_update(self->snapshot, change, self) == 1);
}

static void update_first(patient *self)
{
	self->snapshot = leat_snapshot_make(NULL, NULL);
	check(self->snapshot);
	start_first(self, begin_update);
}

static int update_second(patient *self)
{
	return leat_snapshot_update(self->snapshot, change, self);
}

static int publish_second(patient *self)
{
	leat_snapshot_publish(self->snapshot, self);
	return 1;
}

/* ------------------------------------------------------------------------------------------------------ patterns -- */

static void subscribe(patient *self)
{
	self->broadcast = leat_broadcast_make(int);
	check(self->broadcast);
	self->subscribed = leat_subscribe(self->broadcast, 0, LEAT_BLOCK);
}

static void receive_published(patient *self)
{
	int n;

	check(leat_recv(self->subscribed, &n) == 1 && n == 5);
}

static int publish(patient *self)
{
	int n = 5, published = (int)leat_publish(self->broadcast, &n, nil, LEAT_NEVER);

	leat_drop(self->subscribed);
	leat_broadcast_drop(self->broadcast);
	return published;
}

static int open_thing(void *arg, void **thing)
{
	*thing = arg;
	return 0;
}

static void close_thing(void *arg, void *thing)
{
	check(thing == arg);
}

static void get_only_thing(patient *self)
{
	leat_resources_plan plan = { .most = 1, .open = open_thing, .close = close_thing, .arg = self };

	self->resources = leat_resources_make(&plan);
	check(self->resources && leat_resources_get(self->resources, &self->thing, nil, LEAT_NOW) == 1);
}

static void put_thing(patient *self)
{
	leat_resources_put(self->resources, self->thing);
}

static int get_thing(patient *self)
{
	void *thing = NULL;
	int got = leat_resources_get(self->resources, &thing, nil, LEAT_NEVER);

	leat_resources_put(self->resources, thing);
	leat_resources_drop(self->resources);
	return got && thing == self;
}

static int drop_resources(patient *self)
{
	leat_resources_drop(self->resources);
	return 1;
}

static int wait_in_group(leat_rx done, void *of_patient)
{
	(void)done;
	return pass_gate(of_patient) ? 0 : -EIO;
}

static void begin_group(patient *self)
{
	self->errors = leat_errgroup_make(nil);
	check(self->errors && leat_errgroup_set_limit(self->errors, 1) == 1);
	check(leat_errgroup_go(self->errors, wait_in_group, self) == 1);
}

static int wait_for_errors(patient *self)
{
	return leat_errgroup_wait(self->errors) == 0;
}

static int go_in_group(patient *self)
{
	return leat_errgroup_go(self->errors, wait_in_group, self) == 1 && leat_errgroup_wait(self->errors) == 0;
}

static int in_each(void *of_patient, const void *in)
{
	(void)in;
	return pass_gate(of_patient) ? 0 : -EIO;
}

static int each(patient *self)
{
	return leat_each(nil, leat_generator(nil, LEAT_VALUES(int, 1, 2, 3)), 2, in_each, self) == 0;
}

static int in_replica(leat_rx done, void *of_patient, size_t replica, void *out)
{
	(void)done;
	*(int *)out = (int)replica;
	return pass_gate(of_patient);
}

static int replicate(patient *self)
{
	int out;

	return leat_replicate(nil, 2, 0, int, in_replica, self, &out) > 0;
}

static int forkjoin(patient *self)
{
	int ran;

	self->pool = leat_forkjoin_make(2);
	check(self->pool);
	ran = leat_forkjoin_run(self->pool, work, self);
	leat_forkjoin_drop(self->pool);
	return ran;
}

static void open_pipe(patient *self)
{
	check(pipe(self->pipe) == 0);
}

static void put_byte(patient *self)
{
	check(write(self->pipe[1], "x", 1) == 1);
}

static int poll_pipe(patient *self)
{
	return leat_poll(self->pipe[0], POLLIN, nil, LEAT_NEVER) == POLLIN;
}

static int poll_or_done(patient *self)
{
	return leat_poll(self->pipe[0], POLLIN, self->chan.rx, LEAT_NEVER) == -1 && errno == ECANCELED;
}

static int wait_for_all(patient *self)
{
	(void)self;
	return leat_wait_all(LEAT_NEVER);
}

static void stand_before_gate(patient *self)
{
	start_first(self, work);
}

/* --------------------------------------------------------------------------------------------------- all at once -- */

static const struct blocking {
	void (*prepare)(patient *self);
	int (*call)(patient *self); /* 1: the result was right */
	void (*end)(patient *self);
} all[] = {
	{ no_preparation, receive, give }, { no_preparation, receive_by, give }, { no_preparation, receive_or, give },
	{ no_preparation, receive_n, give }, { no_preparation, discard, give }, { no_preparation, select_any, give },
	{ no_preparation, select_first, give }, { fill, send_five, take_all }, { fill, send_by, take_all },
	{ fill, send_or, take_all }, { fill, send_n, take_all }, { fill, select_send, take_all },
	{ no_preparation, wait_gone, leave }, { no_preparation, drain, open_gate },
	{ hold_mutex, lock, let_go_of_mutex }, { hold_mutex, lock_by, let_go_of_mutex },
	{ hold_rwmutex, lock_to_write, let_go_of_rwmutex }, { hold_rwmutex, lock_to_read, let_go_of_rwmutex },
	{ no_preparation, wait_cond, signal_cond }, { add_one, wait_group, one_done },
	{ take_units, acquire, release_units }, { fill_gauge, enter_gauge, leave_gauge },
	{ use_up, wait_for_limiter, open_gate }, { be_first, be_second, open_gate },
	{ update_first, update_second, open_gate }, { update_first, publish_second, open_gate },
	{ subscribe, publish, receive_published }, { get_only_thing, get_thing, put_thing },
	{ get_only_thing, drop_resources, put_thing }, { begin_group, wait_for_errors, open_gate },
	{ begin_group, go_in_group, open_gate }, { no_preparation, each, open_gate },
	{ no_preparation, replicate, open_gate }, { no_preparation, forkjoin, open_gate },
	{ open_pipe, poll_pipe, put_byte }, { open_pipe, poll_or_done, open_gate },
	{ stand_before_gate, wait_for_all, open_gate }, /* must be the last: it waits for the functions that the others
	                                                 * started */
};

enum { ALL = sizeof all / sizeof *all };

static patient patients[ALL];

static void *call_and_end(void *of_patient)
{
	patient *self = of_patient;

	atomic_store(&self->result, all[self - patients].call(self));
	atomic_store(&self->after, 1);
	pthread_testcancel();
	return NULL;
}

static void must_still_wait(void)
{
	nap(20);
	for (size_t i = 0; i < ALL; i++)
		check(!atomic_load(&patients[i].after));
}

/* To be called when no thread is inside a call any more. */
static void clean_up(patient *self)
{
	leat_drop(self->chan);
	if (self->snapshot)
		leat_snapshot_drop(self->snapshot);
	if (self->pipe[1])
		check(close(self->pipe[0]) == 0 && close(self->pipe[1]) == 0);
}

static void every_call_goes_on(void)
{
	void *end;

	for (size_t i = 0; i < ALL; i++) {
		memset(&patients[i], 0, sizeof patients[i]);
		patients[i].chan = leat_make(int, capacity);
		all[i].prepare(&patients[i]);
		check(pthread_create(&patients[i].thread, NULL, call_and_end, &patients[i]) == 0);
	}
	must_still_wait();
	for (size_t i = 0; i < ALL; i++)
		check(pthread_cancel(patients[i].thread) == 0);
	must_still_wait();
	for (size_t i = 0; i < ALL; i++) {
		all[i].end(&patients[i]);
		check(pthread_join(patients[i].thread, &end) == 0);
		check(end == PTHREAD_CANCELED && atomic_load(&patients[i].after));
		check(atomic_load(&patients[i].result) == 1);
	}
	for (size_t i = 0; i < ALL; i++)
		clean_up(&patients[i]);
}

static void *sleep_and_end(void *of_patient)
{
	patient *self = of_patient;
	leat_time t = leat_in(LEAT_MS(30));

	leat_sleep(LEAT_MS(30));
	atomic_store(&self->result, leat_now() >= t);
	while (!atomic_load(&self->goes_on)) /* the cancel may come late */
		sched_yield();
	pthread_testcancel();
	return NULL;
}

/* Only the passing of time ends the sleep. */
static void a_sleep_goes_on(void)
{
	patient self = { .result = 0 };
	void *end;

	check(pthread_create(&self.thread, NULL, sleep_and_end, &self) == 0);
	nap(5);
	check(pthread_cancel(self.thread) == 0);
	atomic_store(&self.goes_on, 1);
	check(pthread_join(self.thread, &end) == 0);
	check(end == PTHREAD_CANCELED && atomic_load(&self.result) == 1);
}

int main(int argc, char **argv)
{
	return RUN(every_call_goes_on, a_sleep_goes_on);
}
