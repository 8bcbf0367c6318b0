/* SPDX-License-Identifier: 0BSD
 *
 * steps.h - makes each atomic operation a step, before which another thread may go on.
 *
 * For controlled schedules (schedule.h), the Makefile includes this before each file of patterns/, which need not
 * mention it. <stdatomic.h> consists of functions of the compiler: gcc's begin with __atomic, and clang's with
 * __c11_atomic. Here each of them becomes a macro: a step, and then the function itself, because a macro is not
 * expanded again in its own result.
 *
 * The next line silences the compiler's warnings about such reserved names.
 */
#pragma GCC system_header
#ifndef TEST_STEPS_H
#define TEST_STEPS_H

/* As in schedule.h. That header is not included, because the file that comes next must first say which parts of POSIX
 * it needs. */
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

/* All threads of a schedule are one system thread. once.c knows a thread by the address of a thread-local variable.
 * Here that becomes an array of four where it is declared, outside of functions, and elsewhere the element of the
 * current thread. */
#pragma clang diagnostic ignored "-Wpredefined-identifier-outside-function"
#define once_self once_selves[__builtin_choose_expr(sizeof __func__ == 1, 4, schedule_thread())]
#define _Thread_local

#endif
