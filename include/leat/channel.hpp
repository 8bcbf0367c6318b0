/* SPDX-License-Identifier: 0BSD
 *
 * channel.hpp - channels in C++: the handles of their two ends, deadlines, sending and receiving.
 *
 *     auto [tx, rx] = leat::channel<std::string>(8);
 *
 *     leat::go([out = std::move(tx)] { out.send("hello"); });   // the end of `out` closes the channel
 *     for (std::string &word : rx)
 *             std::puts(word.c_str());
 */
#ifndef LEAT_CHANNEL_HPP
#define LEAT_CHANNEL_HPP

#include "value.hpp"
#include "report.h"
#include "select.h"
#include "send.h"
#include "threads.h"

#include <chrono>
#include <iterator>

namespace leat {

/* ---- how long a call waits ----------------------------------------------------------------------- */

/* The clock of leat as a clock of <chrono>. It is steady_clock, unless a test has made it fake (leat_clock_fake). */
struct clock {
	using duration = std::chrono::nanoseconds;
	using rep = duration::rep;
	using period = duration::period;
	using time_point = std::chrono::time_point<clock>;
	static constexpr bool is_steady = true;

	static time_point now() noexcept { return time_point(duration(leat_now())); }
};

/* A deadline is made of a duration from now on, or of a time_point of steady_clock or leat::clock. One that is too
 * far for 64 bits of nanoseconds never comes. */
class deadline {
public:
	constexpr deadline() noexcept : time_(LEAT_NEVER) {}
	explicit constexpr deadline(leat_time time) noexcept : time_(time) {}
	template <class Rep, class Period>
	deadline(std::chrono::duration<Rep, Period> from_now) : time_(leat_in(nanoseconds(from_now))) {}
	template <class Duration>
	deadline(std::chrono::time_point<std::chrono::steady_clock, Duration> t) : time_(nanoseconds(t.time_since_epoch())) {}
	template <class Duration>
	deadline(std::chrono::time_point<clock, Duration> t) : time_(nanoseconds(t.time_since_epoch())) {}

	constexpr leat_time get() const noexcept { return time_; }

	template <class Rep, class Period> static leat_time nanoseconds(std::chrono::duration<Rep, Period> duration)
	{
		const double about = std::chrono::duration<double, std::nano>(duration).count();
		if (about > 9.2e18)
			return LEAT_NEVER;
		if (about < -9.2e18)
			return -LEAT_NEVER;
		return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
	}

private:
	leat_time time_;
};

/* As a deadline: do not wait. */
inline constexpr deadline at_once{ LEAT_NOW };

template <class T> class rx;

/* A `done`, borrowed: any rx, context or leat_rx, which must live for as long as the call that gets it. A stage makes a
 * handle of its own. Without a stream `done` never comes. */
class done_view {
public:
	constexpr done_view() noexcept : done_{ nullptr } {}
	constexpr done_view(leat_rx done) noexcept : done_(done) {}
	template <class T> done_view(const rx<T> &done) noexcept : done_(done.get()) {}

	constexpr leat_rx get() const noexcept { return done_; }

	/* Whether `done` has come. */
	bool has_come() const noexcept { return done_.ch && leat_wait_ready_at_(done_, LEAT_NOW, nullptr) >= 0; }

private:
	leat_rx done_;
};

/* How long a call waits: for ever, until a deadline, until `done` comes, or until the first of both. It is made of
 * either, so write in.receive(50ms), in.receive(context), or in.receive({ context, 50ms }). */
class until {
public:
	constexpr until() noexcept {}
	constexpr until(done_view done, deadline t) noexcept : done_(done.get()), time_(t.get()) {}
	template <class D, std::enable_if_t<std::is_convertible_v<const D &, done_view>, int> = 0>
	until(const D &done) noexcept : done_(done_view(done).get()) {}
	template <class T, std::enable_if_t<std::is_convertible_v<const T &, deadline>, long> = 0>
	until(const T &t) : time_(deadline(t).get()) {}

	constexpr leat_rx done() const noexcept { return done_; }
	constexpr leat_time time() const noexcept { return time_; }

private:
	leat_rx done_{ nullptr };
	leat_time time_ = LEAT_NEVER;
};

namespace detail {

/* Do one operation, unless `done` comes first. Returns as leat_recv. */
inline int operate(leat_case operation, const until &limit)
{
	leat_case cases[] = { leat_case_ready_(limit.done(), nullptr), operation };

	return leat_select_first(cases, limit.time()) == 1 ? cases[1].ok : -1;
}

inline int receive(leat_rx in, void *room, std::size_t size, const until &limit)
{
	if (!limit.done().ch)
		return leat_recv_at_(in, room, size, limit.time(), nullptr);
	return operate(leat_case_recv_(in, room, size, nullptr), limit);
}

inline int send(leat_tx out, const void *value, std::size_t size, const until &limit)
{
	if (!limit.done().ch)
		return leat_send_at_(out, value, size, limit.time(), nullptr);
	return operate(leat_case_send_(out, value, size, nullptr), limit);
}

} // namespace detail

/* ---- the sending end ----------------------------------------------------------------------------- */

/* A handle of the sending end, which moves like a unique_ptr. Its end drops it; the end of the last one closes the
 * channel. Threads may call the const members at the same time. A default tx is nil, as in channel.h. */
template <class T> class tx {
	static_assert(std::is_move_constructible_v<T>, "the values of a channel must be movable");

public:
	using value_type = T;

	tx() noexcept = default;
	tx(tx &&from) noexcept : tx_(std::exchange(from.tx_, leat_tx{})), failure_(std::move(from.failure_)) {}
	tx &operator=(tx &&from) noexcept
	{
		tx old(std::move(*this));
		tx_ = std::exchange(from.tx_, leat_tx{});
		failure_ = std::move(from.failure_);
		return *this;
	}
	~tx() { leat_drop_tx_(tx_, nullptr); }

	/* Send a value.
	 *   blocks    as leat_send, but not longer than `limit` says
	 *   returns   true: sent. false: the channel is over (see closed), the deadline passed, or `done` came. A value
	 *             that was to be moved is as it was then. (If a T cannot be assigned, it is lost.)
	 *   throws    what the move or copy of a T throws, and std::bad_alloc for its box; nothing was sent then */
	bool send(const T &value, const until &limit = {}) const { return send_as<const T &>(value, limit); }
	bool send(T &&value, const until &limit = {}) const { return send_as<T &&>(std::move(value), limit); }

	/* Close the channel: with a natural end; with an errno value as its cause; or with an exception, such as
	 * std::current_exception(). A reader gets an exception as it is, or std::system_error with the cause.
	 *   returns   whether this call closed the channel */
	bool close(int cause = 0) const noexcept { return leat_close_with(tx_, cause) > 0; }
	bool close(const std::exception_ptr &exception) const
	{
		if (!exception)
			return close();
		return close(failure_ ? failure_->keep(exception) : detail::cause_of(exception));
	}

	/* Whether no more can be sent. */
	bool closed() const noexcept { return leat_closed_(tx_.ch); }
	std::size_t size() const noexcept { return leat_len_(tx_.ch); }
	std::size_t capacity() const noexcept { return leat_cap_(tx_.ch); }
	explicit operator bool() const noexcept { return tx_.ch; }

	/* Make another handle of the same end. */
	tx dup() const { return tx(leat_dup_tx_(tx_, nullptr), failure_); }

	/* For calls in C: get lends the handle, release gives it away, adopt takes one, also when it fails.
	 *   throws    adopt: std::system_error with EINVAL if the channel has values of another type */
	leat_tx get() const noexcept { return tx_; }
	leat_tx release() noexcept { return std::exchange(tx_, leat_tx{}); }
	static tx adopt(leat_tx out)
	{
		tx adopted(out, nullptr);
		const leat_type type = leat_type_of_(out.ch);
		if (!leat_same_type(&type, &detail::element<T>::type))
			detail::raise(EINVAL, nullptr);
		return adopted;
	}

private:
	template <class> friend class channel;
	tx(leat_tx out, detail::failure_ptr failure) noexcept : tx_(out), failure_(std::move(failure)) {}

	template <class V> bool send_as(V value, const until &limit) const
	{
		detail::parcel<T, V> parcel(std::forward<V>(value));
		const bool sent = detail::send(tx_, parcel.bytes(), detail::element<T>::type.size, limit) > 0;
		if (sent)
			parcel.sent();
		return sent;
	}

	leat_tx tx_{};
	detail::failure_ptr failure_;
};

/* ---- the receiving end --------------------------------------------------------------------------- */

namespace detail { struct access; }

/* A handle of the receiving end: a stream. It moves like a unique_ptr, and its end drops it. The stages above it stop
 * when the last handle has ended. Threads may call the const members at the same time. A default rx is nil.
 *
 * A stream that FAILED says so to its reader: the call that would say that it is over throws. It throws the exception
 * that a function of a stage has thrown, or that tx::close was given. Where there is none, because a stage in C has
 * failed or `done` has come, it throws std::system_error with the cause. */
template <class T> class rx {
	static_assert(std::is_move_constructible_v<T>, "the values of a channel must be movable");

public:
	using value_type = T;

	rx() noexcept = default;
	rx(rx &&from) noexcept : rx_(std::exchange(from.rx_, leat_rx{})), failure_(std::move(from.failure_)) {}
	rx &operator=(rx &&from) noexcept
	{
		rx old(std::move(*this));
		rx_ = std::exchange(from.rx_, leat_rx{});
		failure_ = std::move(from.failure_);
		return *this;
	}
	~rx() { leat_drop_rx_(rx_, nullptr); }

	/* Receive the next value.
	 *   blocks    as leat_recv, but not longer than `limit` says
	 *   returns   the value. Nothing: the stream is over (see over), the deadline passed, or `done` came
	 *   throws    the failure of the stream */
	std::optional<T> receive(const until &limit = {}) const
	{
		detail::room<T> room;
		const int got = detail::receive(rx_, room.bytes(), detail::element<T>::type.size, limit);
		if (got > 0)
			return room.take();
		if (got == 0)
			throw_failure();
		return std::nullopt;
	}

	/* The rest of the stream, for a loop: for (auto &&value : in). It is an input range, and may be read once.
	 *   throws    begin and ++ throw as receive does */
	class iterator {
	public:
		using iterator_category = std::input_iterator_tag;
		using value_type = T;
		using difference_type = std::ptrdiff_t;
		using pointer = T *;
		using reference = T &;

		iterator() = default;
		explicit iterator(const rx *in) : in_(in) { ++*this; }
		T &operator*() const { return *value_; }
		T *operator->() const { return &*value_; }
		iterator &operator++()
		{
			std::optional<T> next = in_->receive();
			value_.reset();
			if (next)
				value_.emplace(std::move(*next));
			return *this;
		}
		void operator++(int) { ++*this; }
		friend bool operator==(const iterator &a, const iterator &b) { return a.value_.has_value() == b.value_.has_value(); }
		friend bool operator!=(const iterator &a, const iterator &b) { return !(a == b); }

	private:
		const rx *in_ = nullptr;
		mutable std::optional<T> value_;
	};
	iterator begin() const { return iterator(this); }
	iterator end() const { return iterator(); }

	/* Whether the stream is over: closed, and all values were received. */
	bool over() const noexcept { return rx_.ch && leat_wait_ready_at_(rx_, LEAT_NOW, nullptr) == 0; }
	/* The cause that the stream has, an errno value; 0: none. */
	int cause() const noexcept { return leat_cause_(rx_.ch); }
	/* Throw the failure of the stream, if it has one. */
	void throw_failure() const
	{
		if (const int failed = cause())
			detail::raise(failed, failure_);
	}
	std::size_t size() const noexcept { return leat_len_(rx_.ch); }
	std::size_t capacity() const noexcept { return leat_cap_(rx_.ch); }
	explicit operator bool() const noexcept { return rx_.ch; }

	/* Make another handle of the same end. */
	rx dup() const { return rx(leat_dup_rx_(rx_, nullptr), failure_); }

	/* For calls in C: get lends the handle, release gives it away, adopt takes one. If its values are not of this
	 * type, adopt returns a stream that failed with EINVAL (see leat_expect). An exception does not travel through
	 * release and adopt: its cause does. Use leat::via for a stage in C. */
	leat_rx get() const noexcept { return rx_; }
	leat_rx release() noexcept { return std::exchange(rx_, leat_rx{}); }
	static rx adopt(leat_rx in) { return rx(leat_expect_of(in, &detail::element<T>::type), nullptr); }

private:
	template <class> friend class channel;
	friend struct detail::access;
	rx(leat_rx in, detail::failure_ptr failure) noexcept : rx_(in), failure_(std::move(failure)) {}

	leat_rx rx_{};
	detail::failure_ptr failure_;
};

namespace detail {

/* For stages: a stream's failure, and a stream that has one. */
struct access {
	template <class T> static const failure_ptr &failure_of(const rx<T> &in) { return in.failure_; }
	template <class T> static rx<T> make(leat_rx in, failure_ptr failure) { return rx<T>(in, std::move(failure)); }
};

/* Call *fn, which this thread owns from now on. */
template <class F> void run(void *fn)
{
	const std::unique_ptr<F> owned(static_cast<F *>(fn));

	try {
		(*owned)();
	} catch (...) {
		(void)caught();
		std::terminate();
	}
}

} // namespace detail

/* ---- make, start --------------------------------------------------------------------------------- */

/* Both ends of a new channel with room for n values: auto [tx, rx] = leat::channel<int>(8).
 *   throws    std::bad_alloc; std::system_error with EINVAL for a capacity that no memory can have */
template <class T> class channel {
public:
	leat::tx<T> tx;
	leat::rx<T> rx;

	/* The braces say that the failure is made first: the handles of `made` have no owner before they are here. */
	explicit channel(std::size_t n = 0) : channel{ std::make_shared<detail::failure>(), make(n) } {}

private:
	channel(const detail::failure_ptr &failure, leat_chan made) : tx(made.tx, failure), rx(made.rx, failure)
	{
		if (rx.cause() == ENOMEM)
			throw std::bad_alloc();
		rx.throw_failure();
	}
	static leat_chan make(std::size_t n) { return (leat_make_of)(&detail::element<T>::type, n); }
};

/* Run f() in a thread of its own, which leat counts (leat_wait_all). It may leave by pthread_exit. If it throws, the
 * program ends, as with std::thread.
 *   throws    std::system_error with EAGAIN or ENOMEM: no thread; std::bad_alloc */
template <class F> void go(F f)
{
	auto owned = std::make_unique<F>(std::move(f));

	if (leat_go_as_("go", detail::run<F>, owned.get(), nullptr) < 0)
		throw std::system_error(errno, std::generic_category(), "leat::go");
	(void)owned.release();
}

} // namespace leat
#endif
