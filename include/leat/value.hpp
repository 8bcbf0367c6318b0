/* SPDX-License-Identifier: 0BSD
 *
 * value.hpp - how C++ values travel through channels, and where the exception of a stream is kept.
 *
 * leat moves values by memcpy. So a value of a trivially copyable type travels as it is, and costs what it costs in C.
 * A value of any other type travels in a BOX: the element is a pointer to an object on the heap. Sending moves the
 * value into a new box, and receiving moves it out and frees the box. That takes one new and one delete for each value.
 */
#ifndef LEAT_VALUE_HPP
#define LEAT_VALUE_HPP

#include "channel.h"

#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace leat {

/* A value without bytes, for signals: leat::channel<leat::unit>. */
struct unit {};

/* Whether the values of a stream can be copied, as tee does. It looks into containers, because a vector of unique_ptr
 * claims to be copyable. A struct that contains such a vector claims it too. Then say it yourself:
 *
 *     template <> struct leat::is_copyable<page> : std::false_type {}; */
template <class T, class = void> struct is_copyable : std::is_copy_constructible<T> {};
template <class T>
struct is_copyable<T, std::enable_if_t<!std::is_same_v<T, typename T::value_type>>>
	: std::bool_constant<std::is_copy_constructible_v<T> && is_copyable<typename T::value_type>::value> {};

/* ---- private ------------------------------------------------------------------------------------- */

namespace detail {

/* For a catch (...): the exception that was caught. pthread_exit and pthread_cancel unwind the stack too, but there is
 * no exception then. They must get on, or the program ends. */
inline std::exception_ptr caught()
{
	std::exception_ptr exception = std::current_exception();

	if (!exception)
		throw;
	return exception;
}

/* The cause that stands for an exception. */
inline int cause_of(const std::exception_ptr &exception)
{
	try {
		std::rethrow_exception(exception);
	} catch (const std::bad_alloc &) {
		return ENOMEM;
	} catch (const std::system_error &e) {
		const bool is_errno = e.code().category() == std::generic_category() ||
		                      e.code().category() == std::system_category();
		return is_errno ? leat_errno_value_(e.code().value()) : ENOTRECOVERABLE;
	} catch (...) {
		return ENOTRECOVERABLE;
	}
}

/* Each stage has a failure, and so has each channel. A cause, which is a number, travels inside leat. The exception
 * behind it stays here, and a reader finds it upstream. */
class failure {
public:
	explicit failure(std::vector<std::shared_ptr<failure>> upstream = {}) : upstream_(std::move(upstream)) {}

	/* Keep it, if it is the first one. Returns the cause that stands for it. */
	int keep(const std::exception_ptr &exception)
	{
		const std::lock_guard<std::mutex> lock(mutex_);
		if (!exception_)
			exception_ = exception;
		return cause_of(exception);
	}

	std::exception_ptr find() const
	{
		std::exception_ptr found = own();
		for (auto at = upstream_.begin(); !found && at != upstream_.end(); ++at)
			found = *at ? (*at)->find() : nullptr;
		return found;
	}

private:
	std::exception_ptr own() const
	{
		const std::lock_guard<std::mutex> lock(mutex_);
		return exception_;
	}

	mutable std::mutex mutex_;
	std::exception_ptr exception_;
	const std::vector<std::shared_ptr<failure>> upstream_;
};

using failure_ptr = std::shared_ptr<failure>;

[[noreturn]] inline void raise(int cause, const failure_ptr &failure)
{
	if (const std::exception_ptr exception = failure ? failure->find() : nullptr)
		std::rethrow_exception(exception);
	throw std::system_error(cause, std::generic_category(), "leat");
}

/* leat aligns values to 64 bytes at most. */
template <class T> inline constexpr bool is_boxed = !std::is_trivially_copyable_v<T> || alignof(T) > 64;

/* The type of the elements that carry a T, and the T behind an element. */
template <class T, bool = is_boxed<T>> struct element {
	static constexpr leat_type type = { "C++ values", std::is_same_v<T, unit> ? 0 : sizeof(T), nullptr, nullptr };

	static T &at(void *from) { return *static_cast<T *>(from); }
};

template <class T> struct element<T, true> {
	static int copy(void *to, const void *from)
	{
		try {
			*static_cast<T **>(to) = new T(**static_cast<T *const *>(from));
			return 0;
		} catch (...) {
			return -cause_of(caught());
		}
	}
	static void release(void *box) { delete *static_cast<T **>(box); }

	/* `copy` exists only where it compiles. */
	static constexpr auto copy_if_any() -> int (*)(void *, const void *)
	{
		if constexpr (is_copyable<T>::value)
			return copy;
		else
			return nullptr;
	}
	static constexpr leat_type type = { "C++ objects", sizeof(T *), copy_if_any(), release };

	static T &at(void *box) { return **static_cast<T **>(box); }
};

/* Room for one received element. The caller takes the value out if one has arrived. */
template <class T, bool = is_boxed<T>> class room {
public:
	room() noexcept {}
	void *bytes() noexcept { return &value_; }
	std::optional<T> take() { return std::optional<T>(std::move(value_)); }

private:
	union { T value_; };
};

template <class T> class room<T, true> {
public:
	void *bytes() noexcept { return &box_; }
	std::optional<T> take()
	{
		const std::unique_ptr<T> box(box_);
		return std::optional<T>(std::move(*box));
	}

private:
	T *box_ = nullptr;
};

/* An element on its way into a channel. The V that it is made of is a T &&, or a const T &, which is copied. A T that
 * was not sent goes back, if it can be assigned. */
template <class T, class V, bool = is_boxed<T>> class parcel {
public:
	explicit parcel(V value) noexcept : value_(&value) {}
	const void *bytes() const noexcept { return value_; }
	void sent() noexcept {}

private:
	const T *value_;
};

template <class T, class V> class parcel<T, V, true> {
public:
	explicit parcel(V value) : value_(&value), box_(new T(std::forward<V>(value))) {}
	parcel(const parcel &) = delete;
	parcel &operator=(const parcel &) = delete;
	~parcel()
	{
		if constexpr (!std::is_const_v<std::remove_reference_t<V>> && std::is_move_assignable_v<T>)
			if (box_)
				*value_ = std::move(*box_);
		delete box_;
	}
	const void *bytes() const noexcept { return &box_; }
	void sent() noexcept { box_ = nullptr; }

private:
	std::remove_reference_t<V> *value_;
	T *box_;
};

} // namespace detail
} // namespace leat
#endif
