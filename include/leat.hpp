/* SPDX-License-Identifier: 0BSD
 *
 * leat.hpp - leat for C++17: channels, select and pipelines with types, lambdas and exceptions.
 *
 *     #include <leat.hpp>
 *     #include <iostream>
 *
 *     int main()
 *     {
 *             auto squares = leat::from({ 1, 2, 3 }) | leat::buffer(128)
 *                            | leat::map([](int n) { return n * n; });
 *
 *             for (int n : squares)
 *                     std::cout << n << '\n';
 *     }
 *
 * It is a header on top of leat.h: link with the same library. The words and the rules of leat.h hold here too. These
 * things are different:
 *
 *  - HANDLES are classes that own: leat::rx, leat::tx, leat::context. They move, and their end drops them. Only dup makes
 *    another handle.
 *  - VALUES may have any type that can be moved, such as std::string or std::unique_ptr. One that is trivially copyable
 *    costs what it costs in C; others travel in a box (see value.hpp).
 *  - FUNCTIONS are lambdas, which a stage owns.
 *  - ERRORS of streams are exceptions: what a function throws comes out where the stream is read (see leat::rx).
 *  - TIMES are those of <chrono>. Every call that waits takes one, or a `done`, as its last argument.
 *
 * WHERE TO FIND A CALL. This file includes all of these; each can also be included alone.
 *
 *     leat/value.hpp     how values travel: unit, is_copyable
 *     leat/channel.hpp   tx, rx, channel; deadline, done_view, until; go
 *     leat/select.hpp    select: on, on_send, on_done, after, otherwise
 *     leat/stages.hpp    from, generator; map, filter, take, buffer, merge, tee; each, reduce, collect, drain
 *     leat/ordered.hpp   map_ordered
 *     leat/stage.hpp     stages of your own: stage, source, via
 *     leat/context.hpp   context, scope
 *
 * It needs exceptions. Names in leat::detail are private.
 */
#ifndef LEAT_HPP
#define LEAT_HPP

#if !defined __cplusplus || __cplusplus < 201703L
#error "leat.hpp needs C++17: compile with -std=c++17 or later."
#elif !defined __cpp_exceptions
#error "leat.hpp needs exceptions, which -fno-exceptions takes away."
#endif

#include "leat.h"
#include "leat/value.hpp"
#include "leat/channel.hpp"
#include "leat/select.hpp"
#include "leat/stage.hpp"
#include "leat/stages.hpp"
#include "leat/ordered.hpp"
#include "leat/context.hpp"

#endif
