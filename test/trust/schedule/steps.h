/* SPDX-License-Identifier: 0BSD
 *
 * steps.h - each atomic operation is a step before which another thread could come.
 *
 * For controlled schedules (schedule.h) this is included before each file of patterns/ (Makefile), which has no word of
 * it. <stdatomic.h> is made of the compiler's own functions, __atomic ones of gcc's, __c11_atomic ones of clang's: each
 * of these becomes a step, then itself, as a macro is not expanded again in what it gives.
 *
 * The next line lets the compiler be silent about names that are its own.
 */
#pragma GCC system_header
#ifndef TEST_STEPS_H
#define TEST_STEPS_H

/* As in schedule.h, which is not included here: the file has yet to say what it wants of POSIX. */
void schedule_step(void);
unsigned schedule_thread(void);

#define STEP_THEN(...) (schedule_step(), __VA_ARGS__)
#define __atomic_load(...) STEP_THEN(__atomic_load(__VA_ARGS__))
#define __atomic_store(...) STEP_THEN(__atomic_store(__VA_ARGS__))
#define __atomic_exchange(...) STEP_THEN(__atomic_exchange(__VA_ARGS__))
#define __atomic_compare_exchange(...) STEP_THEN(__atomic_compare_exchange(__VA_ARGS__))
#define __atomic_fetch_add(...) STEP_THEN(__atomic_fetch_add(__VA_ARGS__))
#define __atomic_fetch_sub(...) STEP_THEN(__atomic_fetch_sub(__VA_ARGS__))
#define __atomic_fetch_or(...) STEP_THEN(__atomic_fetch_or(__VA_ARGS__))
#define __c11_atomic_load(...) STEP_THEN(__c11_atomic_load(__VA_ARGS__))
#define __c11_atomic_store(...) STEP_THEN(__c11_atomic_store(__VA_ARGS__))
#define __c11_atomic_exchange(...) STEP_THEN(__c11_atomic_exchange(__VA_ARGS__))
#define __c11_atomic_compare_exchange_strong(...) STEP_THEN(__c11_atomic_compare_exchange_strong(__VA_ARGS__))
#define __c11_atomic_fetch_add(...) STEP_THEN(__c11_atomic_fetch_add(__VA_ARGS__))
#define __c11_atomic_fetch_sub(...) STEP_THEN(__c11_atomic_fetch_sub(__VA_ARGS__))
#define __c11_atomic_fetch_or(...) STEP_THEN(__c11_atomic_fetch_or(__VA_ARGS__))

/* The threads of a schedule are all one thread of the system's. once.c knows each by the address of a variable of its
 * own: an array of four, where that is declared, outside of all functions; else its element. */
#pragma clang diagnostic ignored "-Wpredefined-identifier-outside-function"
#define once_self once_selves[__builtin_choose_expr(sizeof __func__ == 1, 4, schedule_thread())]
#define _Thread_local

#endif
