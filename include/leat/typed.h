/* SPDX-License-Identifier: 0BSD
 *
 * typed.h - handles that know the type of their values, so that the compiler finds a value of another type.
 *
 *     typedef leat_rx_of(int) int_rx;
 *     typedef leat_tx_of(int) int_tx;
 *
 *     static void pass_on(int_rx in, int_tx out)
 *     {
 *             for (int n; leat_get(in, &n) > 0;)       // double n: the compiler warns here
 *                     (void)leat_put(out, &n);
 *             leat_drop(in.rx);
 *             leat_drop(out.tx);
 *     }
 *
 *     pass_on(leat_typed(int_rx, numbers), leat_typed(int_tx, chan.tx));
 *
 * in.rx and out.tx are plain handles, for all other calls. A plain handle is no typed one: leat_typed makes one of it,
 * and the compiler believes what it says. leat still panics if the sizes differ. A typed handle is a struct that is
 * copied like a plain one, and owns what its plain one owns. It costs nothing at run time but a second word.
 *
 * gcc and clang tell of a "pointer type mismatch" without any option. With -Werror that is an error, as it always is in
 * C++. leat.hpp has handles that suit C++ better.
 */
#ifndef LEAT_TYPED_H
#define LEAT_TYPED_H

#include "select.h"

/* leat_rx_of(T), leat_tx_of(T): the type of a handle whose values are of the C type T. Each use makes a new type, so
 * give it a name by typedef. T is written so that a * after it makes the type of a pointer: not int[4], but a typedef
 * of it. */

/* leat_typed(H, h): the plain handle `h` as a handle of the type H, which was made by leat_rx_of or leat_tx_of.
 *   handles   the result is the same handle, not another one */

/* These are the plain calls and cases with a typed handle. Their rules are in send.h and select.h.
 *
 *     leat_get(in, v)               leat_recv(in.rx, v)
 *     leat_get_by(in, v, t)         leat_recv_by(in.rx, v, t)
 *     leat_get_or(in, v, done)      leat_recv_or(in.rx, v, done)
 *     leat_get_n(in, vs, n, t)      leat_recv_n(in.rx, vs, n, t)
 *     LEAT_GET(in, v)               LEAT_RECV(in.rx, v)
 *     leat_put(out, v)              leat_send(out.tx, v)
 *     leat_put_by(out, v, t)        leat_send_by(out.tx, v, t)
 *     leat_put_or(out, v, done)     leat_send_or(out.tx, v, done)
 *     leat_put_n(out, vs, n, t)     leat_send_n(out.tx, vs, n, t)
 *     LEAT_PUT(out, v)              LEAT_SEND(out.tx, v)
 */

/* ---- private ------------------------------------------------------------------------------------- */

#define leat_rx_of(...) struct { leat_rx rx; __VA_ARGS__ *type_; }
#define leat_tx_of(...) struct { leat_tx tx; __VA_ARGS__ *type_; }
#ifdef __cplusplus
#define leat_typed(H, ...) (H{ (__VA_ARGS__), nullptr })
#else
#define leat_typed(H, ...) ((H){ (__VA_ARGS__), NULL })
#endif

/* The pointer. It must point to the type of the handle's values, because the other branch does. That one is never
 * evaluated. */
#define LEAT_TYPED_(h, ...) (1 ? (__VA_ARGS__) : (h).type_)

#define leat_get(in, ...) leat_recv((in).rx, LEAT_TYPED_(in, __VA_ARGS__))
#define leat_get_by(in, v, ...) leat_recv_by((in).rx, LEAT_TYPED_(in, v), __VA_ARGS__)
#define leat_get_or(in, v, ...) leat_recv_or((in).rx, LEAT_TYPED_(in, v), __VA_ARGS__)
#define leat_get_n(in, vs, n, ...) leat_recv_n((in).rx, LEAT_TYPED_(in, vs), n, __VA_ARGS__)
#define LEAT_GET(in, ...) LEAT_RECV((in).rx, LEAT_TYPED_(in, __VA_ARGS__))
#define leat_put(out, ...) leat_send((out).tx, LEAT_TYPED_(out, __VA_ARGS__))
#define leat_put_by(out, v, ...) leat_send_by((out).tx, LEAT_TYPED_(out, v), __VA_ARGS__)
#define leat_put_or(out, v, ...) leat_send_or((out).tx, LEAT_TYPED_(out, v), __VA_ARGS__)
#define leat_put_n(out, vs, n, ...) leat_send_n((out).tx, LEAT_TYPED_(out, vs), n, __VA_ARGS__)
#define LEAT_PUT(out, ...) LEAT_SEND((out).tx, LEAT_TYPED_(out, __VA_ARGS__))

#endif
