/* SPDX-License-Identifier: 0BSD
 *
 * post.c - leat_post: each function is called once, by the thread that runs the posts, or with ECANCELED when they are
 * dropped.
 */
#include "../test.h"

#include <poll.h>

typedef struct {
	pthread_t loop;
	leat_tx posts;
	int runs, cancels;
} counts;

static void count(void *of_counts, int cause)
{
	counts *self = of_counts;

	check(pthread_equal(self->loop, pthread_self()));
	check(cause == 0 || cause == ECANCELED);
	*(cause ? &self->cancels : &self->runs) += 1;
}

static void post_again(void *of_counts, int cause)
{
	counts *self = of_counts;

	count(of_counts, cause);
	if (!cause && capacity > 0)
		check(leat_post(self->posts, post_again, self, LEAT_NOW) == 1);
}

static void runs_what_was_there(void)
{
	leat_chan posts = leat_make_posts(capacity + 2);
	counts self = { pthread_self(), posts.tx, 0, 0 };

	check(leat_run_posts(posts.rx) == 0);
	for (int i = 0; i < 2; i++)
		check(leat_post(posts.tx, count, &self, LEAT_NEVER) == 1);
	check(leat_run_posts(posts.rx) == 2 && self.runs == 2 && leat_run_posts(posts.rx) == 0);
	check(leat_post(posts.tx, post_again, &self, LEAT_NOW) == 1);
	check(leat_run_posts(posts.rx) == 1 && self.runs == 3);
	check(leat_run_posts(posts.rx) == (capacity > 0));
	leat_drop(posts);
}

static void says_what_does_not_happen(void)
{
	leat_chan posts = leat_make_posts(capacity + 1);
	counts self = { pthread_self(), posts.tx, 0, 0 };

	check(leat_post(posts.tx, NULL, &self, LEAT_NEVER) == -1 && errno == EINVAL);
	for (size_t i = 0; i <= capacity; i++)
		check(leat_post(posts.tx, count, &self, LEAT_NOW) == 1);
	check(leat_post(posts.tx, count, &self, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(posts.rx);
	check(self.runs == 0 && self.cancels == (int)capacity + 1);
	check(leat_post(posts.tx, count, &self, LEAT_NEVER) == 0);
	check(self.cancels == (int)capacity + 1);
	leat_drop(posts.tx);
}

static void ends(void)
{
	leat_chan posts = leat_make_posts(capacity + 1);
	counts self = { pthread_self(), posts.tx, 0, 0 };

	check(leat_post(posts.tx, count, &self, LEAT_NOW) == 1);
	leat_drop(posts.tx);
	check(leat_run_posts(posts.rx) == 1 && self.runs == 1);
	check(leat_run_posts(posts.rx) == -1 && errno == EPIPE);
	leat_drop(posts.rx);
}

enum { THREADS = 3, EACH = 300 };

static void post_many(void *of_counts)
{
	counts *self = of_counts;

	for (int i = 0; i < EACH; i++)
		check(leat_post(self->posts, count, self, LEAT_NEVER) == 1);
}

/* A loop that sleeps in poll is woken for each post. With room 0 the posting threads wait for it. */
static void a_loop_runs_the_posts_of_all_threads(void)
{
	leat_chan posts = leat_make_posts(capacity);
	counts self = { pthread_self(), posts.tx, 0, 0 };
	struct pollfd on = { leat_fd(posts.rx), POLLIN, 0 };
	background threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		begin(&threads[i], post_many, &self);
	while (self.runs < THREADS * EACH) {
		check(poll(&on, 1, -1) == 1);
		check(leat_run_posts(posts.rx) >= 0);
	}
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
	check(self.cancels == 0 && leat_run_posts(posts.rx) == 0);
	leat_drop(posts);
}

int main(int argc, char **argv)
{
	return RUN(runs_what_was_there, says_what_does_not_happen, ends, a_loop_runs_the_posts_of_all_threads);
}
