/* SPDX-License-Identifier: 0BSD
 *
 * poll.c - leat_poll waits for a file descriptor and for done together. Either may come, in any order. Nothing is left
 * behind.
 */
#include "../test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

static const leat_rx nil;

typedef struct { int in, out; } pipe_ends;

static pipe_ends make_tube(void)
{
	int ends[2];

	check(pipe(ends) == 0);
	return (pipe_ends){ ends[0], ends[1] };
}

static void drop_tube(pipe_ends tube)
{
	check(close(tube.in) == 0 && close(tube.out) == 0);
}

static void put(int out)
{
	check(write(out, "x", 1) == 1);
}

static void take(int in)
{
	char byte;

	check(read(in, &byte, 1) == 1 && byte == 'x');
}

/* Three dones that do not come: nil; one that has a deadline, so that a thread waits for it; one that has a
 * descriptor. */
enum { DONES = 3 };

typedef struct { leat_rx of[DONES]; leat_chan chan; } three_dones;

static three_dones make_dones(void)
{
	leat_chan chan = leat_make_unit();

	check(leat_fd(chan.rx) >= 0); /* before descriptors() is called */
	return (three_dones){ { nil, leat_at(LEAT_NEVER), chan.rx }, chan };
}

static void drop_dones(three_dones dones)
{
	check(leat_closed(dones.chan) == 0);
	leat_drop(dones.of[1]);
	leat_drop(dones.chan);
}

/* How many descriptors are open. The tests must leave none. */
static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* -------------------------------------------------------------------------------------------- what is ready -- */

static void ready_at_once(void)
{
	pipe_ends tube = make_tube();
	leat_chan done = leat_make_unit();
	leat_rx polled[] = { nil, done.rx };
	leat_time times[] = { LEAT_NEVER, LEAT_NOW, 0, leat_in(LEAT_S(3600)) };

	put(tube.out);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 4; j++) {
			check(leat_poll(tube.in, POLLIN, polled[i], times[j]) == POLLIN);
			check(leat_poll(tube.out, POLLOUT, polled[i], times[j]) == POLLOUT);
			check(leat_poll(tube.out, POLLIN | POLLOUT, polled[i], times[j]) == POLLOUT);
			check(leat_live() == 0);
		}
	take(tube.in);
	drop_tube(tube);
	leat_drop(done);
}

static void hung_up(void)
{
	pipe_ends tube = make_tube();

	check(close(tube.out) == 0);
	check(leat_poll(tube.in, POLLIN, nil, LEAT_NEVER) == POLLHUP);
	check(leat_poll(tube.in, 0, nil, LEAT_NEVER) == POLLHUP);
	check(close(tube.in) == 0);
}

static void nonsense(void)
{
	pipe_ends tube = make_tube();
	three_dones dones = make_dones();

	for (int i = 0; i < DONES; i++) {
		errno = 0;
		check(leat_poll(-1, POLLIN, dones.of[i], LEAT_NEVER) == -1 && errno == EBADF);
		errno = 0;
		check(leat_poll(1000, POLLIN, dones.of[i], LEAT_NEVER) == -1 && errno == EBADF);
		errno = 0;
		check(leat_poll(tube.in, -1, dones.of[i], LEAT_NEVER) == -1 && errno == EINVAL);
		errno = 0;
		check(leat_poll(tube.in, 1 << 20, dones.of[i], LEAT_NEVER) == -1 && errno == EINVAL);
	}
	drop_dones(dones);
	drop_tube(tube);
}

/* ------------------------------------------------------------------------------------------------- in time -- */

static void not_in_time(void)
{
	pipe_ends tube = make_tube();
	three_dones dones = make_dones();
	int open = descriptors();

	for (int i = 0; i < DONES; i++) {
		leat_time until = leat_in(LEAT_US(2500));

		check(leat_wait_all(LEAT_NEVER) == 1); /* the thread of the poll before may still return */
		errno = 0;
		check(leat_poll(tube.in, POLLIN, dones.of[i], LEAT_NOW) == -1 && errno == EAGAIN && leat_live() == 0);
		errno = 0;
		check(leat_poll(tube.in, POLLIN, dones.of[i], until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
		errno = 0;
		check(leat_poll(tube.in, POLLIN, dones.of[i], until) == -1 && errno == ETIMEDOUT);
		errno = 0;
		check(leat_poll(tube.in, POLLIN, dones.of[i], 0) == -1 && errno == ETIMEDOUT);
		check(descriptors() == open);
	}
	drop_dones(dones);
	drop_tube(tube);
}

/* The fake clock stands still, but the wait returns, because it uses real time. */
static void while_the_clock_is_fake(void)
{
	pipe_ends tube = make_tube();
	leat_rx done;
	leat_time before;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	done = leat_after(LEAT_S(3600));
	before = leat_now();
	errno = 0;
	check(leat_poll(tube.in, POLLIN, nil, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	errno = 0;
	check(leat_poll(tube.in, POLLIN, done, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	check(leat_now() == before && leat_wait_by(done, LEAT_NOW) == -1);
	leat_drop(done);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
	drop_tube(tube);
}

/* ---------------------------------------------------------------------------------------------------- done -- */

static void done_wins(void)
{
	pipe_ends tube = make_tube();
	leat_rx dones[] = { leat_ended(0), leat_ended(EIO), leat_at(0) };

	put(tube.out);
	for (int i = 0; i < 3; i++) {
		errno = 0;
		check(leat_poll(tube.in, POLLIN, dones[i], LEAT_NEVER) == -1 && errno == ECANCELED);
		errno = 0;
		check(leat_poll(tube.in, POLLIN, dones[i], LEAT_NOW) == -1 && errno == ECANCELED && leat_live() == 0);
		leat_drop(dones[i]);
	}
	take(tube.in);
	drop_tube(tube);
}

typedef struct {
	background behind;
	int fd, result, error;
	leat_rx done;
	leat_time t;
} poller;

static void poll_it(void *of_poller)
{
	poller *self = of_poller;

	errno = 0;
	self->result = leat_poll(self->fd, POLLIN, self->done, self->t);
	self->error = errno;
}

static void begin_poll(poller *self, int fd, leat_rx done, leat_time t)
{
	self->fd = fd;
	self->done = done;
	self->t = t;
	begin(&self->behind, poll_it, self);
}

static void it_blocks_until_it_is_ready(void)
{
	pipe_ends tube = make_tube();
	three_dones dones = make_dones();
	int open = descriptors();

	for (int i = 0; i < DONES; i++) {
		poller self;

		begin_poll(&self, tube.in, dones.of[i], i ? leat_in(LEAT_S(3600)) : LEAT_NEVER);
		must_block(&self.behind);
		put(tube.out);
		must_return(&self.behind);
		check(self.result == POLLIN);
		take(tube.in);
	}
	check(descriptors() == open);
	drop_dones(dones);
	drop_tube(tube);
}

static void it_blocks_until_done(void)
{
	pipe_ends tube = make_tube();
	leat_context *context = leat_context_with_timeout(leat_context_background(), LEAT_S(3600));
	leat_chan done = leat_make(int, 1);
	int open = leat_fd(done.rx) >= 0 ? descriptors() : -1;
	poller self;

	begin_poll(&self, tube.in, leat_context_done(context), LEAT_NEVER);
	must_block(&self.behind);
	check(leat_context_cancel(context) == 1);
	must_return(&self.behind);
	check(self.result == -1 && self.error == ECANCELED);
	begin_poll(&self, tube.in, done.rx, leat_in(LEAT_S(3600)));
	check(leat_send(done.tx, &(int){ 1 }) == 1); /* done has a value instead of an end */
	must_return(&self.behind);
	check(self.result == -1 && self.error == ECANCELED);
	check(descriptors() == open);
	leat_context_drop(context);
	leat_drop(done);
	drop_tube(tube);
}

static void done_comes_by_the_clock(void)
{
	pipe_ends tube = make_tube();
	leat_context *context;
	poller self;

	check(leat_clock_fake() == 1);
	context = leat_context_with_timeout(leat_context_background(), LEAT_S(60));
	begin_poll(&self, tube.in, leat_context_done(context), LEAT_NEVER);
	must_block(&self.behind);
	check(leat_clock_advance(LEAT_S(60)) == 1);
	must_return(&self.behind);
	check(self.result == -1 && self.error == ECANCELED && leat_context_err(context) == ETIMEDOUT);
	leat_context_drop(context);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
	drop_tube(tube);
}

/* The thread may give up because of done's value, but does not take it. */
static void all_at_once(void)
{
	pipe_ends tube = make_tube();
	int open = descriptors();

	for (int i = 0; i < 200; i++) {
		leat_chan done = leat_make(int, 1);
		poller self;

		begin_poll(&self, tube.in, done.rx, leat_in(LEAT_US(50 * (i % 8))));
		if (i % 2)
			put(tube.out);
		check(leat_send(done.tx, &i) == 1);
		must_return(&self.behind);
		check(self.result == POLLIN || self.result == -1);
		check(self.result != -1 || self.error == ECANCELED || self.error == ETIMEDOUT);
		check(leat_len(done) == 1);
		if (i % 2)
			take(tube.in);
		leat_drop(done);
	}
	check(descriptors() == open);
	drop_tube(tube);
}

/* ------------------------------------------------------------------------------------- interrupted, cancelled -- */

static void nothing(int number)
{
	(void)number;
}

static void a_signal_does_not_end_it(void)
{
	struct sigaction action = { 0 }, former;
	three_dones dones = make_dones();
	pipe_ends tube = make_tube();

	action.sa_handler = nothing;
	check(sigaction(SIGUSR1, &action, &former) == 0);
	for (int i = 0; i < DONES; i++) {
		poller self;

		begin_poll(&self, tube.in, dones.of[i], LEAT_NEVER);
		must_block(&self.behind);
		check(pthread_kill(self.behind.thread, SIGUSR1) == 0);
		must_block(&self.behind);
		put(tube.out);
		must_return(&self.behind);
		check(self.result == POLLIN);
		take(tube.in);
	}
	check(sigaction(SIGUSR1, &former, NULL) == 0);
	drop_dones(dones);
	drop_tube(tube);
}

static void it_is_no_cancellation_point(void)
{
	three_dones dones = make_dones();
	pipe_ends tube = make_tube();

	for (int i = 0; i < DONES; i++) {
		poller self;

		begin_poll(&self, tube.in, dones.of[i], LEAT_NEVER);
		must_block(&self.behind);
		check(pthread_cancel(self.behind.thread) == 0);
		must_block(&self.behind);
		put(tube.out);
		must_return(&self.behind);
		check(self.result == POLLIN && atomic_load(&self.behind.returned) == 1);
		take(tube.in);
	}
	drop_dones(dones);
	drop_tube(tube);
}

static void cancel_soon(void *of_chan)
{
	const leat_chan *done = of_chan;

	check(leat_send_by(done->tx, &(int){ 1 }, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
}

/* A sender waits with a value for done, and gives up. The wait ends with ECANCELED if it has seen the sender; else it
 * goes on. */
static void done_may_go_again(void)
{
	pipe_ends tube = make_tube();
	leat_chan done = leat_make(int, 0);

	for (int i = 0; i < 20; i++) {
		background sender;
		poller self;

		begin(&sender, cancel_soon, &done);
		begin_poll(&self, tube.in, done.rx, LEAT_NEVER);
		must_return(&sender);
		put(tube.out);
		must_return(&self.behind);
		check(self.result == POLLIN || (self.result == -1 && self.error == ECANCELED));
		take(tube.in);
	}
	leat_drop(done);
	drop_tube(tube);
}

/* ---------------------------------------------------------------------------------------------- in a stage -- */

/* The body waits for its descriptor, and tells how each wait ended. */
static void polling_body(leat_stage *stage, void *fd)
{
	int result = leat_stage_poll(stage, *(int *)fd, POLLIN, LEAT_NEVER);

	if (result > 0) {
		check(result == POLLIN);
		take(*(int *)fd);
		check(leat_emit(stage, &result) == 1);
		result = leat_stage_poll(stage, *(int *)fd, POLLIN, LEAT_NEVER);
	}
	check(result == -1 && errno == ECANCELED && !leat_running(stage));
}

static leat_rx poll_in_stage(leat_rx done, const int *fd)
{
	return leat_stage_start(&(leat_plan){
		.name = "polls", .done = done, .type = LEAT_TYPE(int), .body = polling_body, .arg = fd });
}

/* First the descriptor is ready, then done comes or the consumer leaves. */
static void a_stage_sees_done_and_its_consumer(void)
{
	pipe_ends tube = make_tube();

	for (int i = 0; i < 3; i++) {
		leat_context *context = i == 2 ? leat_context_with_timeout(leat_context_background(), LEAT_S(3600)) :
		                                 leat_context_with_cancel(leat_context_background());
		leat_rx out = poll_in_stage(leat_context_done(context), &tube.in);
		int events;

		put(tube.out);
		check(leat_recv(out, &events) == 1 && events == POLLIN);
		if (i > 0) {
			check(leat_context_cancel(context) == 1);
			check(leat_recv(out, &events) == 0 && leat_cause(out) == ECANCELED);
		}
		leat_drop(out);
		check(leat_wait_all(LEAT_NEVER) == 1);
		leat_context_drop(context);
	}
	drop_tube(tube);
}

static void failing_body(leat_stage *stage, void *fd)
{
	leat_fail(stage, EIO);
	check(leat_stage_poll(stage, *(int *)fd, POLLIN, LEAT_NEVER) == -1 && errno == ECANCELED);
}

static void a_stage_that_has_failed_does_not_wait(void)
{
	pipe_ends tube = make_tube();
	leat_rx out = leat_stage_start(&(leat_plan){
		.name = "fails", .type = LEAT_TYPE(int), .body = failing_body, .arg = &tube.in });

	check(leat_wait(out) == 0 && leat_cause(out) == EIO);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	drop_tube(tube);
}

static void body_without_output(leat_stage *stage, void *fd)
{
	check(leat_stage_poll(stage, *(int *)fd, POLLIN, LEAT_NOW) == -1 && errno == EINVAL);
}

static void a_stage_needs_one_output(void)
{
	pipe_ends tube = make_tube();
	leat_rx out[2];

	(void)leat_stage_start(&(leat_plan){ .name = "two", .type = LEAT_TYPE(int), .body = body_without_output,
	                                     .arg = &tube.in, .out = out, .outs = 2 });
	leat_drop(out[0]);
	leat_drop(out[1]);
	check(leat_wait_all(LEAT_NEVER) == 1);
	drop_tube(tube);
}

/* There is no descriptor left for done. That does not matter to a call that needs none. */
static void no_more_descriptors(void)
{
	struct rlimit former, low;
	leat_chan done = leat_make_unit();
	leat_rx after = leat_at(LEAT_NEVER);
	pipe_ends tube = make_tube();

	check(getrlimit(RLIMIT_NOFILE, &former) == 0);
	low = former;
	low.rlim_cur = (rlim_t)tube.out + 1;
	check(setrlimit(RLIMIT_NOFILE, &low) == 0);
	errno = 0;
	check(leat_poll(tube.in, POLLIN, done.rx, LEAT_NEVER) == -1 && errno == EMFILE);
	errno = 0;
	check(leat_poll(tube.in, POLLIN, nil, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	check(leat_poll(tube.out, POLLOUT, done.rx, LEAT_NEVER) == POLLOUT);
	low.rlim_cur++; /* one descriptor is not enough for a pipe */
	check(setrlimit(RLIMIT_NOFILE, &low) == 0);
	check(leat_poll(tube.in, POLLIN, after, LEAT_NEVER) == -1 && errno == EMFILE);
	check(setrlimit(RLIMIT_NOFILE, &former) == 0);
	check(leat_closed(done) == 0);
	leat_drop(after);
	leat_drop(done);
	drop_tube(tube);
}

int main(int argc, char **argv)
{
	return RUN(ready_at_once, hung_up, nonsense, not_in_time, while_the_clock_is_fake, done_wins,
	           it_blocks_until_it_is_ready, it_blocks_until_done, done_comes_by_the_clock, all_at_once,
	           done_may_go_again, a_signal_does_not_end_it, it_is_no_cancellation_point,
	           a_stage_sees_done_and_its_consumer, a_stage_that_has_failed_does_not_wait,
	           a_stage_needs_one_output, no_more_descriptors);
}
