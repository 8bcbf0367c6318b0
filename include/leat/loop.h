/* SPDX-License-Identifier: 0BSD
 *
 * loop.h - a thread with an event loop: other threads post functions to it.
 *
 * The loop's thread makes the channel, watches the descriptor of its receiving end, and runs the posts when that is
 * readable. docs/examples/ has this with epoll, libuv and GLib.
 *
 *     leat_chan posts = leat_make_posts(64);
 *     struct pollfd on = { leat_fd(posts.rx), POLLIN, 0 };
 *
 *     while (poll(&on, 1, -1) == 1 && leat_run_posts(posts.rx) >= 0)
 *             ;
 *
 * To receive values in an event loop, the descriptor is enough: see leat_fd in select.h.
 */
#ifndef LEAT_LOOP_H
#define LEAT_LOOP_H

#include "select.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- post.c -------------------------------------------------------------------------------------- */

/* A function that was posted. It is called once.
 *   arg       comes as it was given to leat_post
 *   cause     0: the call comes from leat_run_posts. ECANCELED: the posts were dropped before that; free what arg owns */
typedef void leat_post_fn(void *arg, int cause);

/* Make a channel of posts, with room for this many. With room 0, leat_post waits until leat_run_posts runs. Give
 * leat_dup of its sending end to threads that post.
 *   returns   as leat_make */
leat_chan leat_make_posts(size_t room);

/* Have fn(arg, 0) called by the thread that runs the posts.
 *   blocks    until there is room, or t has passed. The thread of the loop itself must use LEAT_NOW, because it would
 *             wait for itself
 *   returns   as leat_send_by: 1: fn is called once. Else it is never called, and what arg owns is still yours.
 *             -1 with EINVAL: fn is NULL
 *   arg       must stay valid until fn is called */
int leat_post(leat_tx posts, leat_post_fn *fn, void *arg, leat_time t);

/* Call the functions that are posted now, in their order. A function that posts another one does not keep the caller
 * here: that one is run by the next call. The functions must not leave by pthread_exit.
 *   returns   how many were called. -1 with EPIPE: no more will come, as the channel is over
 *   handles   borrows `posts`. Dropping it calls the functions that are left, with ECANCELED, in the thread that drops */
long leat_run_posts(leat_rx posts);

/* ---- private: post.c ----------------------------------------------------------------------------- */

#define leat_make_posts(...) leat_placed_chan_((leat_make_posts)(__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
