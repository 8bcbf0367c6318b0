/* leat_post - functions that any thread posts, and that the thread of an event loop runs.
 *
 *     thread - f -+
 *                 +-> posts -> [leat_run_posts] f() g()
 *     thread - g -+
 *
 * A post owns itself: to release it is to call its function with ECANCELED. So a function is called also if the loop
 * ends before it comes to it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <limits.h>

struct post {
	leat_post_fn *fn;
	void *arg;
};

static void post_cancel(void *of_post)
{
	const struct post *post = of_post;

	post->fn(post->arg, ECANCELED);
}

static const leat_type post_type = { "post", sizeof(struct post), NULL, post_cancel };

leat_chan (leat_make_posts)(size_t room)
{
	return (leat_make_of)(&post_type, room);
}

int leat_post(leat_tx posts, leat_post_fn *fn, void *arg, leat_time t)
{
	struct post post = { fn, arg };

	return fn ? leat_send_by(posts, &post, t) : leat_refuse(EINVAL);
}

/* With room 0, the number of queued posts is 0 though threads wait with theirs: then one post is run. */
long leat_run_posts(leat_rx posts)
{
	size_t most = leat_len(posts) > 0 ? leat_len(posts) : 1;
	struct post post;
	long run = 0;
	int result = 1;

	while ((size_t)run < most && (result = leat_recv_by(posts, &post, LEAT_NOW)) == 1) {
		post.fn(post.arg, 0);
		run++;
	}
	return result == 0 && run == 0 ? leat_refuse(EPIPE) : run;
}
