/* SPDX-License-Identifier: 0BSD
 *
 * broadcast.c - leat_publish gives each value to all subscribers. A subscriber without room blocks the publisher, or
 * loses its oldest or its newest value, as it chose. The order in which subscribers read does not matter. Subscribers
 * come and go while a publisher is at work.
 */
#include "../test.h"

#include <sys/wait.h>

static const leat_rx nil;

static long publish(leat_broadcast *broadcast, int n)
{
	return leat_publish(broadcast, &n, nil, LEAT_NEVER);
}

/* A publisher in the background. */
struct publisher {
	background behind;
	leat_broadcast *broadcast;
	leat_rx done;
	leat_time t;
	int value;
	long result;
	int error;
};

static void run_publisher(void *arg)
{
	struct publisher *self = arg;

	self->result = leat_publish(self->broadcast, &self->value, self->done, self->t);
	self->error = errno;
}

static void begin_publish(struct publisher *self, leat_broadcast *broadcast, int value, leat_rx done, leat_time t)
{
	self->broadcast = broadcast;
	self->value = value;
	self->done = done;
	self->t = t;
	begin(&self->behind, run_publisher, self);
}

static void must_get(leat_rx rx, int expected)
{
	int n = -1;

	check(leat_recv(rx, &n) == 1 && n == expected);
}

static void must_have_none(leat_rx rx)
{
	int n;

	check(leat_recv_by(rx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
}

/* ------------------------------------------------------------------------------------------ to all -- */

static void each_value_goes_to_all_subscribers(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx[20];

	check(broadcast && publish(broadcast, 0) == 0); /* there is no subscriber */
	for (int i = 0; i < 20; i++) {
		rx[i] = leat_subscribe(broadcast, 20, i % 3);
		check(leat_cap(rx[i]) == 20 && leat_cause(rx[i]) == 0);
		check(publish(broadcast, i) == i + 1);
	}
	for (int i = 0; i < 20; i++)
		receive_ints(rx[i], i, (size_t)(20 - i)); /* all values since it subscribed */
	leat_broadcast_drop(broadcast);
	for (int i = 0; i < 20; i++) {
		check(leat_wait(rx[i]) == 0 && leat_cause(rx[i]) == 0);
		leat_drop(rx[i]);
	}
}

/* The queued values can still be received after the broadcast is gone. */
static void the_end_comes_after_what_is_queued(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx = leat_subscribe(broadcast, 2, LEAT_BLOCK), late = leat_subscribe(broadcast, 1, LEAT_BLOCK);

	check(publish(broadcast, 1) == 2);
	leat_drop(leat_subscribe(broadcast, 1, LEAT_BLOCK));
	leat_broadcast_drop(broadcast);
	must_get(rx, 1);
	check(leat_wait(rx) == 0);
	must_get(late, 1);
	leat_drop(rx);
	leat_drop(late);
	leat_broadcast_drop(NULL);
}

/* ---------------------------------------------------------------------------------------- what "full" means -- */

static void a_blocking_subscriber_is_waited_for(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx = leat_subscribe(broadcast, capacity, LEAT_BLOCK);
	struct publisher publisher;

	for (int i = 0; i < (int)capacity; i++)
		check(publish(broadcast, i) == 1);
	begin_publish(&publisher, broadcast, (int)capacity, nil, LEAT_NEVER);
	must_block(&publisher.behind);
	receive_ints(rx, 0, capacity + 1);
	must_return(&publisher.behind);
	check(publisher.result == 1);
	leat_drop(rx);
	leat_broadcast_drop(broadcast);
}

static void the_oldest_is_lost(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx = leat_subscribe(broadcast, 3, LEAT_DROP_OLDEST);

	for (int i = 0; i < 10; i++)
		check(publish(broadcast, i) == 1);
	receive_ints(rx, 7, 3);
	must_have_none(rx);
	leat_drop(rx);
	leat_broadcast_drop(broadcast);
}

static void the_newest_is_lost(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx = leat_subscribe(broadcast, 3, LEAT_DROP_NEWEST);

	for (int i = 0; i < 10; i++)
		check(publish(broadcast, i) == (i < 3 ? 1 : 0));
	receive_ints(rx, 0, 3);
	must_have_none(rx);
	check(publish(broadcast, 10) == 1);
	must_get(rx, 10);
	leat_drop(rx);
	leat_broadcast_drop(broadcast);
}

/* Each subscriber gets what it chose. Only the one that blocks holds up the publisher. */
static void each_chooses_for_itself(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx oldest = leat_subscribe(broadcast, 1, LEAT_DROP_OLDEST);
	leat_rx block = leat_subscribe(broadcast, 0, LEAT_BLOCK);
	leat_rx newest = leat_subscribe(broadcast, 1, LEAT_DROP_NEWEST);
	struct publisher publisher;

	for (int i = 0; i < 3; i++) {
		begin_publish(&publisher, broadcast, i, nil, LEAT_NEVER);
		must_get(block, i);
		must_return(&publisher.behind);
		check(publisher.result == (i == 0 ? 3 : 2));
	}
	must_get(oldest, 2);
	must_get(newest, 0);
	leat_drop(oldest);
	leat_drop(block);
	leat_drop(newest);
	leat_broadcast_drop(broadcast);
}

/* ------------------------------------------------------------------------------------------------- order -- */

enum { READERS = 6 };

/* One thread reads from all subscribers, each time in another order. So the publisher must not wait for one subscriber
 * before it serves another. */
static void in_whatever_order_they_read(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx[READERS];

	for (int i = 0; i < READERS; i++)
		rx[i] = leat_subscribe(broadcast, 0, LEAT_BLOCK);
	for (int round = 0; round < 2 * READERS; round++) {
		struct publisher publisher;

		begin_publish(&publisher, broadcast, round, nil, LEAT_NEVER);
		for (int i = 0; i < READERS; i++)
			must_get(rx[round < READERS ? (round + i) % READERS : (round + READERS - i) % READERS], round);
		must_return(&publisher.behind);
		check(publisher.result == READERS);
	}
	for (int i = 0; i < READERS; i++)
		leat_drop(rx[i]);
	leat_broadcast_drop(broadcast);
}

enum { PUBLISHERS = 3, EACH = 200 };

struct many { leat_broadcast *broadcast; int first; };

static void publish_many(void *arg)
{
	const struct many *many = arg;

	for (int i = 0; i < EACH; i++)
		check(publish(many->broadcast, many->first + i) == 2);
}

/* Publishers take turns. All subscribers see the same order, in which the values of each publisher rise. */
static void all_see_the_same_order(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx[] = {
		leat_subscribe(broadcast, capacity, LEAT_BLOCK),
		leat_subscribe(broadcast, capacity, LEAT_BLOCK),
	};
	struct many many[PUBLISHERS];
	background publishers[PUBLISHERS];
	int next[PUBLISHERS] = { 0 };

	for (int i = 0; i < PUBLISHERS; i++) {
		many[i] = (struct many){ broadcast, i * EACH };
		begin(&publishers[i], publish_many, &many[i]);
	}
	for (int i = 0; i < PUBLISHERS * EACH; i++) {
		int n, same;

		check(leat_recv(rx[i % 2], &n) == 1 && leat_recv(rx[(i + 1) % 2], &same) == 1);
		check(n == same && n % EACH == next[n / EACH]++);
	}
	for (int i = 0; i < PUBLISHERS; i++)
		must_return(&publishers[i]);
	leat_drop(rx[0]);
	leat_drop(rx[1]);
	leat_broadcast_drop(broadcast);
}

/* ---------------------------------------------------------------------------------------- coming and going -- */

/* A subscriber may leave even while the publisher waits for it. */
static void who_leaves_is_not_waited_for(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx stays = leat_subscribe(broadcast, 3, LEAT_BLOCK), leaves = leat_subscribe(broadcast, 0, LEAT_BLOCK);
	struct publisher publisher;

	begin_publish(&publisher, broadcast, 1, nil, LEAT_NEVER);
	must_block(&publisher.behind);
	leat_drop(leaves);
	must_return(&publisher.behind);
	check(publisher.result == 1);
	for (int full = LEAT_BLOCK; full <= LEAT_DROP_NEWEST; full++)
		leat_drop(leat_subscribe(broadcast, 1, full));
	check(publish(broadcast, 2) == 1);
	receive_ints(stays, 1, 2);
	leat_drop(stays);
	check(publish(broadcast, 3) == 0);
	leat_broadcast_drop(broadcast);
}

/* Many threads subscribe while a publisher waits. They do not wait for it, and they get the next value. */
static void who_comes_does_not_wait_for_a_publisher(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx slow = leat_subscribe(broadcast, 0, LEAT_BLOCK), rx[20];
	struct publisher publisher;

	begin_publish(&publisher, broadcast, 1, nil, LEAT_NEVER);
	must_block(&publisher.behind);
	for (int i = 0; i < 20; i++)
		rx[i] = leat_subscribe(broadcast, 1, LEAT_BLOCK);
	must_block(&publisher.behind);
	must_get(slow, 1);
	must_return(&publisher.behind);
	check(publisher.result == 1);
	leat_drop(slow);
	check(publish(broadcast, 2) == 20);
	for (int i = 0; i < 20; i++) {
		must_get(rx[i], 2);
		leat_drop(rx[i]);
	}
	leat_broadcast_drop(broadcast);
}

/* Subscribers come and go while nobody publishes. Their memory is freed then too. The returned count shows how many are
 * left. */
static void many_come_and_go(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx stays = leat_subscribe(broadcast, 1, LEAT_BLOCK);

	for (int i = 0; i < 10000; i++)
		leat_drop(leat_subscribe(broadcast, 1, i % 3));
	check(publish(broadcast, 7) == 1);
	must_get(stays, 7);
	leat_drop(stays);
	leat_broadcast_drop(broadcast);
}

struct visitor { leat_broadcast *broadcast; atomic_int *stop; int room, when_full; };

/* Subscribe, read a few values, which must come in order, and leave. */
static void visit(void *arg)
{
	const struct visitor *visitor = arg;

	while (!atomic_load(visitor->stop)) {
		leat_rx rx = leat_subscribe(visitor->broadcast, (size_t)visitor->room, visitor->when_full);
		int last = -1, n;

		check(leat_cause(rx) == 0);
		for (int i = 0; i < 5 && leat_recv_by(rx, &n, leat_in(LEAT_MS(1))) > 0; i++, last = n)
			check(visitor->when_full == LEAT_BLOCK && last >= 0 ? n == last + 1 : n > last);
		leat_drop(rx);
	}
}

static void they_come_and_go_while_somebody_publishes(void)
{
	atomic_int stop = 0;
	leat_broadcast *broadcast = leat_broadcast_make(int);
	struct visitor visitors[] = {
		{ broadcast, &stop, 0, LEAT_BLOCK }, { broadcast, &stop, 2, LEAT_BLOCK },
		{ broadcast, &stop, 1, LEAT_DROP_OLDEST }, { broadcast, &stop, 1, LEAT_DROP_NEWEST },
	};
	background behind[4];

	for (int i = 0; i < 4; i++)
		begin(&behind[i], visit, &visitors[i]);
	for (int i = 0; i < 2000; i++)
		check(publish(broadcast, i) >= 0);
	atomic_store(&stop, 1);
	for (int i = 0; i < 4; i++)
		must_return(&behind[i]);
	leat_broadcast_drop(broadcast);
}

/* ------------------------------------------------------------------------------------- time, and being done -- */

static void a_publisher_that_gives_up(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx ready = leat_subscribe(broadcast, 10, LEAT_BLOCK), busy = leat_subscribe(broadcast, 0, LEAT_BLOCK);
	leat_chan done = leat_make_unit();
	struct publisher publisher;
	int n = 1;

	check(leat_publish(broadcast, &n, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	must_get(ready, 1); /* a publish that gives up may have served some subscribers */
	check(leat_publish(broadcast, &n, nil, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	must_get(ready, 1);
	begin_publish(&publisher, broadcast, 2, done.rx, LEAT_NEVER);
	must_get(ready, 2); /* now the publisher is at work */
	must_block(&publisher.behind);
	check(leat_close(done.tx) == 1);
	must_return(&publisher.behind);
	check(publisher.result == -1 && publisher.error == ECANCELED);
	check(leat_publish(broadcast, &n, done.rx, LEAT_NEVER) == -1 && errno == ECANCELED);
	must_have_none(ready); /* done comes first, so nobody got the value */
	leat_drop(done);
	leat_drop(busy);
	check(leat_publish(broadcast, &n, nil, LEAT_NOW) == 1); /* LEAT_NOW is enough for a subscriber with room */
	leat_drop(ready);
	leat_broadcast_drop(broadcast);
}

/* A publisher that waits for its turn gives up too, and the next one gets the turn. */
static void a_publisher_that_gives_up_its_turn(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx = leat_subscribe(broadcast, 0, LEAT_BLOCK);
	leat_chan done = leat_make_unit();
	struct publisher first, second, third;
	int n = 9;

	begin_publish(&first, broadcast, 1, nil, LEAT_NEVER);
	must_block(&first.behind);
	check(leat_publish(broadcast, &n, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_publish(broadcast, &n, nil, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	begin_publish(&second, broadcast, 2, done.rx, LEAT_NEVER);
	must_block(&second.behind);
	begin_publish(&third, broadcast, 3, nil, LEAT_NEVER);
	must_block(&third.behind);
	check(leat_close(done.tx) == 1);
	must_return(&second.behind);
	check(second.result == -1 && second.error == ECANCELED);
	must_get(rx, 1);
	must_return(&first.behind);
	must_get(rx, 3);
	must_return(&third.behind);
	leat_drop(done);
	leat_drop(rx);
	leat_broadcast_drop(broadcast);
}

/* --------------------------------------------------------------------------------------------- owned values -- */

/* The publisher keeps its value. The subscribers receive or lose copies. */
static void copies_are_released_once(void)
{
	leat_broadcast *broadcast = leat_broadcast_make_of(&owned_type);
	leat_rx rx[] = { leat_subscribe(broadcast, 2, LEAT_DROP_OLDEST), leat_subscribe(broadcast, 2, LEAT_DROP_NEWEST),
	                 leat_subscribe(broadcast, 5, LEAT_BLOCK), leat_subscribe(broadcast, 0, LEAT_BLOCK) };
	owned value = own(1), got;

	for (int i = 0; i < 5; i++)
		check(leat_publish(broadcast, &value, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(atomic_load(&owned_alive) == 1 + 2 + 2 + 5);
	leat_drop(rx[3]);
	check(leat_publish(broadcast, &value, nil, LEAT_NOW) == -1);
	for (int i = 0; i < 3; i++) {
		check(leat_recv(rx[i], &got) == 1 && *got.number == 1 && got.number != value.number);
		disown(got);
	}
	check(leat_publish(broadcast, &value, nil, LEAT_NEVER) == 3);
	disown(value);
	for (int i = 0; i < 3; i++)
		leat_drop(rx[i]);
	check(atomic_load(&owned_alive) == 0);
	leat_broadcast_drop(broadcast);
}

static int copies_left;

static int copy_some(void *to, const void *from)
{
	return copies_left-- > 0 ? owned_copy(to, from) : -EDOM;
}

static void a_copy_that_fails(void)
{
	leat_type type = { "copied some", sizeof(owned), copy_some, owned_release };
	leat_broadcast *broadcast = leat_broadcast_make_of(&type);
	leat_rx rx[3];
	owned value = own(1);

	for (int i = 0; i < 3; i++)
		rx[i] = leat_subscribe(broadcast, 1, LEAT_BLOCK);
	for (int left = 0; left < 3; left++) {
		copies_left = left;
		check(leat_publish(broadcast, &value, nil, LEAT_NEVER) == -1 && errno == EDOM);
		check(atomic_load(&owned_alive) == 1);
		for (int i = 0; i < 3; i++)
			check(leat_len(rx[i]) == 0);
	}
	copies_left = 3;
	check(leat_publish(broadcast, &value, nil, LEAT_NEVER) == 3);
	disown(value);
	for (int i = 0; i < 3; i++)
		leat_drop(rx[i]);
	leat_broadcast_drop(broadcast);
}

/* A copy and a release that use the broadcast: when they are told to, they publish a number, subscribe and leave. */
static struct { leat_broadcast *broadcast; int in_copy, in_release; } again;

static void publish_again(int *number)
{
	int say = *number;

	*number = 0;
	if (say == 0)
		return;
	check(publish(again.broadcast, say) >= 0);
	leat_drop(leat_subscribe(again.broadcast, 1, LEAT_BLOCK));
}

static int copy_again(void *to, const void *from)
{
	*(int *)to = *(const int *)from;
	publish_again(&again.in_copy);
	return 0;
}

static void release_again(void *value)
{
	(void)value;
	publish_again(&again.in_release);
}

static void copy_and_release_may_publish(void)
{
	leat_rx oldest, newest;

	again.broadcast = leat_broadcast_make_of(&(leat_type){ "again", sizeof(int), copy_again, release_again });
	oldest = leat_subscribe(again.broadcast, 1, LEAT_DROP_OLDEST);
	check(publish(again.broadcast, 1) == 1);
	again.in_release = 3;
	check(publish(again.broadcast, 2) == 1); /* 1 is lost, and 3 is published */
	must_get(oldest, 3);
	again.in_copy = 4;
	check(publish(again.broadcast, 5) == 1); /* 4 is published before 5, and is lost */
	must_get(oldest, 5);
	leat_drop(oldest);
	newest = leat_subscribe(again.broadcast, 1, LEAT_DROP_NEWEST);
	check(publish(again.broadcast, 6) == 1);
	again.in_release = 8;
	check(publish(again.broadcast, 7) == 0); /* nobody takes the copy of 7, and 8 is published */
	check(again.in_release == 0);
	must_get(newest, 6);
	leat_drop(newest);
	leat_broadcast_drop(again.broadcast);
}

/* ------------------------------------------------------------------------------------------------- odd ones -- */

static void what_was_lost_is_counted(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx oldest = leat_subscribe(broadcast, 2, LEAT_DROP_OLDEST);
	leat_rx newest = leat_subscribe(broadcast, 3, LEAT_DROP_NEWEST);
	leat_rx all = leat_subscribe(broadcast, 10, LEAT_BLOCK);

	for (int i = 0; i < 10; i++)
		check(leat_publish(broadcast, &i, nil, LEAT_NOW) == (i < 3 ? 3 : 2));
	check(leat_lost(oldest) == 8 && leat_lost(newest) == 7 && leat_lost(all) == 0);
	must_get(oldest, 8);
	check(leat_lost(oldest) == 8);
	leat_drop(oldest);
	leat_drop(newest);
	leat_drop(all);
	leat_broadcast_drop(broadcast);
}

static void subscribers_are_counted(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx a = leat_subscribe(broadcast, 1, LEAT_BLOCK), b = leat_subscribe(broadcast, 1, LEAT_BLOCK);
	leat_rx other = leat_dup(a);
	struct publisher behind;

	check(leat_subscribers(broadcast) == 2 && leat_subscribers(NULL) == 0);
	leat_drop(a);
	check(leat_subscribers(broadcast) == 2);
	check(leat_publish(broadcast, &(int){ 1 }, nil, LEAT_NOW) == 2);
	begin_publish(&behind, broadcast, 2, nil, LEAT_NEVER);
	must_block(&behind.behind);
	check(leat_subscribers(broadcast) == 2); /* while a publisher has the turn */
	leat_drop(other);
	check(leat_subscribers(broadcast) == 1);
	leat_drop(b);
	must_return(&behind.behind);
	check(leat_subscribers(broadcast) == 0);
	leat_broadcast_drop(broadcast);
}

static void units(void)
{
	leat_broadcast *broadcast = leat_broadcast_make_of(&(leat_type){ "unit", 0, NULL, NULL });
	leat_rx rx[] = { leat_subscribe(broadcast, 1, LEAT_BLOCK), leat_subscribe(broadcast, 1, LEAT_DROP_OLDEST) };

	check(leat_publish_sized(broadcast, NULL, 0, nil, LEAT_NEVER) == 2);
	for (int i = 0; i < 2; i++) {
		check(leat_wait(rx[i]) == 1);
		leat_drop(rx[i]);
	}
	leat_broadcast_drop(broadcast);
}

/* The program ends with a message that says where and what. */
static void judge_message(const char *message)
{
	_exit(strncmp(message, __FILE__ ":", sizeof __FILE__) == 0 && strstr(message, " int,") ? 42 : 1);
}

static void a_value_of_the_wrong_size_or_none(void)
{
	for (int none = 0; none < 2; none++) {
		leat_broadcast *broadcast = leat_broadcast_make_of(&(leat_type){ " int,", sizeof(int), NULL, NULL });
		pid_t child = fork();
		int status;

		check(child >= 0);
		if (child == 0) {
			leat_on_panic(judge_message);
			(void)(none ? leat_publish(broadcast, (int *)NULL, nil, LEAT_NEVER)
			            : leat_publish(broadcast, &(char){ 0 }, nil, LEAT_NEVER));
			_exit(0);
		}
		check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42);
		leat_broadcast_drop(broadcast);
	}
}

static void what_makes_no_sense(void)
{
	static const leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	leat_broadcast *broadcast = leat_broadcast_make(int);
	int n = 0;

	check(leat_broadcast_make_of(NULL) == NULL && errno == EINVAL);
	check(leat_broadcast_make_of(&uncopied) == NULL && errno == EINVAL);
	check(leat_publish(NULL, &n, nil, LEAT_NEVER) == -1 && errno == EINVAL);
	check(leat_cause(leat_subscribe(NULL, 1, LEAT_BLOCK)) == EINVAL);
	check(leat_cause(leat_subscribe(broadcast, 0, LEAT_DROP_OLDEST)) == EINVAL);
	check(leat_cause(leat_subscribe(broadcast, 0, LEAT_DROP_NEWEST)) == EINVAL);
	check(leat_cause(leat_subscribe(broadcast, 1, 3)) == EINVAL);
	check(leat_cause(leat_subscribe(broadcast, SIZE_MAX, LEAT_BLOCK)) == EINVAL);
	check(publish(broadcast, 1) == 0); /* none of the refused calls has subscribed */
	leat_broadcast_drop(broadcast);
}

int main(int argc, char **argv)
{
	return RUN(each_value_goes_to_all_subscribers, the_end_comes_after_what_is_queued,
	           a_blocking_subscriber_is_waited_for, the_oldest_is_lost, the_newest_is_lost, each_chooses_for_itself,
	           in_whatever_order_they_read, all_see_the_same_order, who_leaves_is_not_waited_for,
	           who_comes_does_not_wait_for_a_publisher, many_come_and_go, they_come_and_go_while_somebody_publishes,
	           a_publisher_that_gives_up, a_publisher_that_gives_up_its_turn, copies_are_released_once,
	           a_copy_that_fails, copy_and_release_may_publish, units,
	           a_value_of_the_wrong_size_or_none, what_makes_no_sense,
	           what_was_lost_is_counted, subscribers_are_counted);
}
