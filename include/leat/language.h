/* SPDX-License-Identifier: 0BSD
 *
 * language.h - private: what the other headers say differently in C and in C++, and the place of a call.
 */
#ifndef LEAT_LANGUAGE_H
#define LEAT_LANGUAGE_H

#ifndef __cplusplus
#if !defined __STDC_VERSION__ || __STDC_VERSION__ < 201112L
#error "leat needs C11: compile with -std=c11, -std=gnu11 or later."
#elif defined __STDC_NO_ATOMICS__
#error "leat needs the atomics of C11, which this compiler does not have."
#endif
#endif

#include <stddef.h>

/* The place of a call, for messages: "file.c:12". */
#define LEAT_LINE_OF_(line) #line
#define LEAT_LINE_(line) LEAT_LINE_OF_(line)
#define LEAT_HERE_ __FILE__ ":" LEAT_LINE_(__LINE__)

#ifndef __cplusplus

typedef _Atomic unsigned char leat_byte_;
typedef _Atomic unsigned leat_word_;
typedef _Atomic long leat_number_;
typedef void *_Atomic leat_link_;
#define LEAT_NORETURN_ _Noreturn
#define LEAT_ALIGNED_(n) _Alignas(n)
#define LEAT_NULL_ NULL
#define LEAT_SIZE_(...) ((size_t)(__VA_ARGS__))
#define LEAT_INT_(...) ((int)(__VA_ARGS__))
#define LEAT_SIZEOF_(T) sizeof(T)
#define LEAT_SIZE_AT_(...) sizeof *(__VA_ARGS__)

/* Two arguments: the address and the number of these values. LEAT_LIST_ leaves out the first value, which is there so
 * that the list may be empty. */
#define LEAT_LIST_(T, ...) (T const[]){ __VA_ARGS__ } + 1, sizeof((T const[]){ __VA_ARGS__ }) / sizeof(T) - 1
#define LEAT_ARRAY_(T, ...) (T const[]){ __VA_ARGS__ }, sizeof((T const[]){ __VA_ARGS__ }) / sizeof(T)

#else

#include <initializer_list>
#include <type_traits>

/* C++ never looks inside an atomic: it needs only the layout. */
typedef unsigned char leat_byte_;
typedef unsigned leat_word_;
typedef long leat_number_;
typedef void *leat_link_;
#define LEAT_NORETURN_ [[noreturn]]
#define LEAT_ALIGNED_(n) alignas(n)
#define LEAT_NULL_ nullptr
#define LEAT_SIZE_(...) static_cast<size_t>(__VA_ARGS__)
#define LEAT_INT_(...) static_cast<int>(__VA_ARGS__)
#define LEAT_SIZEOF_(T) sizeof(leat_plain_<T>)
#define LEAT_SIZE_AT_(...) sizeof(leat_plain_<decltype(*(__VA_ARGS__))>)
#define LEAT_LIST_(T, ...) \
	std::initializer_list<T>{ __VA_ARGS__ }.begin() + 1, sizeof(leat_count_<T>({ __VA_ARGS__ })) - 1
#define LEAT_ARRAY_(T, ...) std::initializer_list<T>{ __VA_ARGS__ }.begin(), sizeof(leat_count_<T>({ __VA_ARGS__ }))

template <class T> struct leat_check_ {
	typedef typename std::remove_reference<T>::type plain;
	static_assert(std::is_trivially_copyable<plain>::value, "leat moves values by memcpy: send a pointer instead");
};
/* T without a reference, if memcpy may move its values. */
template <class T> using leat_plain_ = typename leat_check_<T>::plain;
/* Used in sizeof alone: as many bytes as the list has members. */
template <class T, size_t N> char (&leat_count_(const T (&)[N]))[N];

#endif
#endif
