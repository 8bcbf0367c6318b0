/* SPDX-License-Identifier: 0BSD
 *
 * loop_glib - a stream in GLib's main loop, as a GTK program would have it.
 * Package: glib-2.0
 */
#include <glib-unix.h>
#include <leat.h>
#include <stdio.h>

typedef struct {
	GMainLoop *loop;
	leat_rx squares;
	int sum;
} app;

static int square(void *arg, const void *in, void *out)
{
	const int *n = in;

	(void)arg;
	*(int *)out = *n * *n;
	return 1;
}

/* Called by the main loop while a receive would not block. */
static gboolean take_value(gint fd, GIOCondition condition, gpointer of_app)
{
	app *self = of_app;
	int n, result = leat_recv_by(self->squares, &n, LEAT_NOW);

	(void)fd;
	(void)condition;
	if (result > 0)
		self->sum += n;
	if (result != 0)
		return G_SOURCE_CONTINUE;
	g_main_loop_quit(self->loop);
	return G_SOURCE_REMOVE;
}

int main(void)
{
	leat_rx numbers = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));
	app self = { g_main_loop_new(NULL, FALSE), leat_map(LEAT_NIL, numbers, int, square, NULL), 0 };
	int fd = leat_fd(self.squares);

	if (fd < 0)
		return 1;
	(void)g_unix_fd_add(fd, G_IO_IN, take_value, &self);
	g_main_loop_run(self.loop);
	printf("sum of the squares: %d\n", self.sum);
	leat_drop(self.squares);
	g_main_loop_unref(self.loop);
	return 0;
}
