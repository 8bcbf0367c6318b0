/* SPDX-License-Identifier: 0BSD
 *
 * stages.hpp - pipelines in C++: stages made of lambdas, chained by |.
 *
 *     int sum = leat::from({ 1, 2, 3 }) | leat::map([](int n) { return n * n; })
 *                                       | leat::filter([](int n) { return n > 1; })
 *                                       | leat::reduce(0, [](int a, int b) { return a + b; });
 *
 * A stage is a thread, as stages.h says: it takes the stream on its left, and gives a stream. `done` may be the first
 * argument of each stage: leat::map(done, f). These rules hold for all of them:
 *
 *  - The function is moved into the stage, which owns it. It is destroyed when the stage has ended, and that may be a
 *    moment after the stream is over. A variable that it refers to must outlive the stage: see leat::scope.
 *  - A function gets its value as an rvalue, T &&, so it may move from it. It may leave by pthread_exit.
 *  - If a function throws, the stage fails. The reader of the pipeline gets the exception (see leat::rx). Values that
 *    were made before may still be lost on their way, if several workers work on them.
 *  - A stage that cannot start gives a stream that failed: with EAGAIN, no thread; ENOMEM; or EINVAL, no worker.
 *    Without memory for what it owns it throws std::bad_alloc.
 *  - Two stages without a stream on their left are one: auto both = leat::map(f) | leat::filter(g).
 */
#ifndef LEAT_STAGES_HPP
#define LEAT_STAGES_HPP

#include "stage.hpp"

#include <array>
#include <initializer_list>

namespace leat {

/* ---- private ------------------------------------------------------------------------------------- */

namespace detail {

template <class T, class... All> using all_are = std::enable_if_t<(std::is_same_v<T, All> && ...)>;

/* U, if R is std::optional<U>; else R. */
template <class R> struct optional_value { using type = R; static constexpr bool is_optional = false; };
template <class U> struct optional_value<std::optional<U>> { using type = U; static constexpr bool is_optional = true; };

/* The values that F makes of a T. */
template <class F, class T> struct made_of {
	static_assert(std::is_invocable_v<F &, T &&>,
	              "the function of a stage must take the values of its input; with several workers, no mutable lambda");
	using type = optional_value<std::decay_t<std::invoke_result_t<F &, T &&>>>;
};
template <class F, class T> using made_by = typename made_of<F, T>::type;

/* The body of a map. F is const if several workers call it at once. */
template <class F, class T> void map_all(F &f, leat_stage *stage)
{
	using made = made_by<F, T>;
	input<T> in(stage);
	output<typename made::type> out(stage);

	for (T &value : in) {
		if constexpr (made::is_optional) {
			auto result = f(std::move(value));
			if (result && !out.emit(std::move(*result)))
				return;
		} else if (!out.emit(f(std::move(value)))) {
			return;
		}
	}
}

} // namespace detail

/* ---- sources ------------------------------------------------------------------------------------- */

/* leat::generator(done, f): a source of the values that f() makes. f returns a std::optional; an empty one is the end. */
template <class F> auto generator(done_view done, F f)
{
	using T = typename std::invoke_result_t<F &>::value_type;

	return source<T>(done, [f = std::move(f)](output<T> &out) mutable {
		while (std::optional<T> value = f())
			if (!out.emit(std::move(*value)))
				return;
	});
}
template <class F> auto generator(F f) { return generator(done_view(), std::move(f)); }

/* leat::from(done, values): a source of the values of a container, which are moved out of it, or of a list. */
template <class Container> auto from(done_view done, Container values)
{
	using T = typename Container::value_type;

	return source<T>(done, [values = std::move(values)](output<T> &out) mutable {
		for (auto &&value : values)
			if (!out.emit(std::move(value)))
				return;
	});
}
template <class Container, class = typename Container::value_type> auto from(Container values)
{
	return from(done_view(), std::move(values));
}
template <class T> rx<T> from(std::initializer_list<T> values) { return from(done_view(), std::vector<T>(values)); }
template <class T> rx<T> from(done_view done, std::initializer_list<T> values)
{
	return from(done, std::vector<T>(values));
}

/* ---- stages -------------------------------------------------------------------------------------- */

/* leat::map(done, f): what f makes of each value. If f returns a std::optional, empty ones are left out. */
template <class F> auto map(done_view done, F f)
{
	return detail::pipe{ [done, f = std::move(f)](auto in) mutable {
		using T = typename decltype(in)::value_type;
		using Out = typename detail::made_by<F, T>::type;
		return detail::start_one<Out>({ "map", done }, std::move(in), [f = std::move(f)](leat_stage *self) mutable {
			detail::map_all<F, T>(f, self);
		});
	} };
}
template <class F> auto map(F f) { return map(done_view(), std::move(f)); }

/* leat::map_n(done, n, f): map in n threads, with results in any order. All of them call f at once, so f is const. */
template <class F> auto map_n(done_view done, std::size_t n, F f)
{
	return detail::pipe{ [done, n, f = std::move(f)](auto in) mutable {
		using T = typename decltype(in)::value_type;
		using Out = typename detail::made_by<const F, T>::type;
		return detail::start_one<Out>({ "map_n", done, n }, std::move(in), [f = std::move(f)](leat_stage *self) {
			detail::map_all<const F, T>(f, self);
		});
	} };
}
template <class F> auto map_n(std::size_t n, F f) { return map_n(done_view(), n, std::move(f)); }

/* leat::filter(done, keep): the values for which keep(value) is true. It gets a const T &. */
template <class F> auto filter(done_view done, F keep)
{
	return detail::pipe{ [done, keep = std::move(keep)](auto in) mutable {
		using T = typename decltype(in)::value_type;
		return detail::start_one<T>({ "filter", done }, std::move(in),
		                            [keep = std::move(keep)](leat_stage *self) mutable {
			input<T> from(self);
			output<T> to(self);
			for (const T &value : from)
				if (keep(value) && !to.pass_on(from))
					return;
		});
	} };
}
template <class F> auto filter(F keep) { return filter(done_view(), std::move(keep)); }

/* leat::take(done, n): the first n values. After the n-th value the stage drops its input at once. */
inline auto take(done_view done, std::size_t n)
{
	return detail::pipe{ [done, n](auto in) {
		using T = typename decltype(in)::value_type;
		return detail::start_one<T>({ "take", done }, std::move(in), [n](leat_stage *self) {
			input<T> from(self);
			output<T> to(self);
			for (std::size_t left = n; left > 0 && from.next() && to.pass_on(from);)
				left--;
		});
	} };
}
inline auto take(std::size_t n) { return take(done_view(), n); }

/* leat::buffer(n): room for n values in the stream (see leat_buffer). It is no thread. Put it behind the source. */
inline auto buffer(std::size_t n)
{
	return via([n](leat_rx in) { return leat_buffer(in, n); });
}

/* leat::name(text): the name of the stream, for reports. `text` must outlive it: give a literal. It is no thread. */
inline auto name(const char *text)
{
	return via([text](leat_rx in) {
		leat_name_(in.ch, text);
		return in;
	});
}

/* ---- several streams ----------------------------------------------------------------------------- */

/* leat::merge(done, streams), leat::merge(done, a, b, ...): all values of all streams, as they come. The stream is over
 * when all are, or at the first one that fails. */
template <class T> rx<T> merge(done_view done, std::vector<rx<T>> streams)
{
	rx<T> out;

	if (streams.empty())
		return detail::access::make<T>(leat_ended(0), nullptr);
	detail::start({ "merge", done }, streams.data(), streams.size(), &out, 1, [](leat_stage *self) {
		leat_pass_on(self, nullptr);
	});
	return out;
}
template <class T> rx<T> merge(std::vector<rx<T>> streams) { return merge(done_view(), std::move(streams)); }
template <class T, class... More, class = detail::all_are<rx<T>, More...>>
rx<T> merge(done_view done, rx<T> first, More... more)
{
	std::vector<rx<T>> streams;

	streams.push_back(std::move(first));
	(streams.push_back(std::move(more)), ...);
	return merge(done, std::move(streams));
}
template <class T, class... More, class = detail::all_are<rx<T>, More...>> rx<T> merge(rx<T> first, More... more)
{
	return merge(done_view(), std::move(first), std::move(more)...);
}

/* leat::tee<N>(done): N streams, each with every value: auto [a, b] = in | leat::tee<2>(). Read them at the same time,
 * as streams.h says of leat_tee. */
template <std::size_t N> auto tee(done_view done = {})
{
	return detail::pipe{ [done](auto in) {
		using T = typename decltype(in)::value_type;
		static_assert(N > 0 && is_copyable<T>::value, "a tee copies each value");
		std::array<rx<T>, N> out;
		detail::start({ "tee", done }, &in, 1, out.data(), N, [](leat_stage *self) {
			leat_pass_on(self, nullptr);
		});
		return out;
	} };
}

/* ---- ends ---------------------------------------------------------------------------------------- */

/* An end reads its stream in the calling thread, until the stream is over or `done` comes. It throws the failure of the
 * stream, or what f throws; then the stages above stop, because their reader has left.
 *
 * leat::each(done, f): call f with every value. */
template <class F> auto each(done_view done, F f)
{
	return detail::pipe{ [done, f = std::move(f)](auto in) mutable {
		while (auto value = in.receive(done))
			f(std::move(*value));
	} };
}
template <class F> auto each(F f) { return each(done_view(), std::move(f)); }

/* leat::each_n(done, n, f): call f with every value, in n threads of a stage. All of them call f at once, so f is const.
 *   blocks    until all calls of f have returned */
template <class F> auto each_n(done_view done, std::size_t n, F f)
{
	return detail::pipe{ [done, n, f = std::move(f)](auto in) mutable {
		using T = typename decltype(in)::value_type;
		const rx<unit> end = detail::start_one<unit>({ "each_n", done, n }, std::move(in),
		                                             [f = std::move(f)](leat_stage *self) {
			for (T &value : input<T>(self))
				std::as_const(f)(std::move(value));
		});
		end.receive();
	} };
}
template <class F> auto each_n(std::size_t n, F f) { return each_n(done_view(), n, std::move(f)); }

/* leat::reduce(done, start, f): f(f(f(start, a), b), c) of the values a, b, c. */
template <class A, class F> auto reduce(done_view done, A start, F f)
{
	return detail::pipe{ [done, sum = std::move(start), f = std::move(f)](auto in) mutable {
		while (auto value = in.receive(done))
			sum = f(std::move(sum), std::move(*value));
		return std::move(sum);
	} };
}
template <class A, class F> auto reduce(A start, F f) { return reduce(done_view(), std::move(start), std::move(f)); }

/* leat::collect(done): all values, in a std::vector. leat::drain(done): discard them. */
inline auto collect(done_view done = {})
{
	return detail::pipe{ [done](auto in) {
		std::vector<typename decltype(in)::value_type> all;
		while (auto value = in.receive(done))
			all.push_back(std::move(*value));
		return all;
	} };
}
inline auto drain(done_view done = {})
{
	return each(done, [](auto &&) {});
}

} // namespace leat
#endif
