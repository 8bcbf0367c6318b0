/* SPDX-License-Identifier: 0BSD
 *
 * loop_uv - a libuv program that gets its work done by a pipeline, and lets other threads post to its loop.
 * Package: libuv
 *
 * All callbacks run in the loop's thread, so `sum` needs no lock.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <uv.h>

typedef struct {
	uv_poll_t on_value, on_post;
	leat_rx squares;
	leat_chan posts;
	int sum;
} app;

static int square(void *arg, const void *in, void *out)
{
	const int *n = in;

	(void)arg;
	*(int *)out = *n * *n;
	return 1;
}

/* The loop ends when it has nothing left to watch. */
static void close_all(app *self)
{
	uv_close((uv_handle_t *)&self->on_value, NULL);
	uv_close((uv_handle_t *)&self->on_post, NULL);
}

static void take_values(uv_poll_t *handle, int status, int events)
{
	app *self = handle->data;
	int n, result;

	(void)status;
	(void)events;
	while ((result = leat_recv_by(self->squares, &n, LEAT_NOW)) > 0)
		self->sum += n;
	if (result == 0) {
		printf("sum of the squares: %d\n", self->sum);
		close_all(self);
	}
}

static void run_posts(uv_poll_t *handle, int status, int events)
{
	app *self = handle->data;

	(void)status;
	(void)events;
	(void)leat_run_posts(self->posts.rx); /* there are no more when the loop ends */
}

static int start(uv_poll_t *handle, app *self, int fd, uv_poll_cb callback)
{
	handle->data = self;
	return fd < 0 || uv_poll_init(uv_default_loop(), handle, fd) < 0 ||
	       uv_poll_start(handle, UV_READABLE, callback) < 0;
}

/* A post: the loop's thread starts the pipeline. */
static void begin(void *of_app, int cause)
{
	app *self = of_app;

	if (cause)
		return;
	puts("a thread asks for squares");
	self->squares = leat_map(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3)), int, square, NULL);
	if (start(&self->on_value, self, leat_fd(self->squares), take_values))
		puts("they cannot be watched");
}

static void other_thread(void *of_app)
{
	app *self = of_app;

	if (leat_post(self->posts.tx, begin, self, LEAT_NEVER) <= 0)
		puts("the loop is gone");
}

int main(void)
{
	app self = { .posts = leat_make_posts(4) };

	if (start(&self.on_post, &self, leat_fd(self.posts.rx), run_posts) || leat_go(other_thread, &self) < 0)
		return 1;
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	leat_drop(self.squares);
	leat_drop(self.posts);
	return uv_loop_close(uv_default_loop()) < 0;
}
