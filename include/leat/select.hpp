/* SPDX-License-Identifier: 0BSD
 *
 * select.hpp - select in C++: wait for several channels, do one operation, and call its function.
 *
 *     leat::select(
 *             leat::on(words, [&](std::optional<std::string> word) { ... }),
 *             leat::on_send(out, std::move(line), [&](bool sent) { ... }),
 *             leat::on_done(context, [&] { ... }),
 *             leat::after(50ms, [&] { ... }));
 */
#ifndef LEAT_SELECT_HPP
#define LEAT_SELECT_HPP

#include "channel.hpp"

#include <algorithm>

namespace leat {
namespace detail {

/* Each case has two functions. begin() gives the case for leat_select. Where it is off, for a case of time, it lowers
 * the deadline *t instead. end() is called for the chosen case. */
template <class T, class F> struct receive_case {
	const rx<T> &in;
	F f;
	detail::room<T> room = {};

	leat_case begin(leat_time *) { return leat_case_recv_(in.get(), room.bytes(), element<T>::type.size, nullptr); }
	bool is_late(leat_time) const { return false; }
	void end(bool ok)
	{
		if (!ok)
			in.throw_failure();
		f(ok ? room.take() : std::nullopt);
	}
};

template <class T, class V, class F> struct send_case {
	const tx<T> &out;
	V value;
	F f;
	std::optional<parcel<T, V>> packed = {};

	leat_case begin(leat_time *)
	{
		packed.emplace(std::forward<V>(value));
		return leat_case_send_(out.get(), packed->bytes(), element<T>::type.size, nullptr);
	}
	bool is_late(leat_time) const { return false; }
	void end(bool ok)
	{
		if (ok)
			packed->sent();
		packed.reset();
		f(ok);
	}
};

template <class F> struct done_case {
	done_view done;
	F f;

	leat_case begin(leat_time *) { return leat_case_ready_(done.get(), nullptr); }
	bool is_late(leat_time) const { return false; }
	void end(bool) { f(); }
};

template <class F> struct time_case {
	leat_time time;
	F f;

	leat_case begin(leat_time *t)
	{
		*t = time < *t ? time : *t;
		return leat_case{};
	}
	bool is_late(leat_time t) const { return time == t; }
	void end(bool) { f(); }
};

/* If packing a value throws, the values of the cases before it go back. */
template <class... Cases> std::size_t select(bool in_order, Cases &...cases)
{
	constexpr std::size_t n = sizeof...(Cases);
	leat_time t = LEAT_NEVER;
	leat_case all[n] = { cases.begin(&t)... };
	const int chosen = in_order ? leat_select_first(all, t) : leat_select(all, t);
	const bool late[n] = { cases.is_late(t)... };
	const auto index = static_cast<std::size_t>(chosen >= 0 ? chosen : std::find(late, late + n, true) - late);
	std::size_t i = 0;

	((i++ == index ? cases.end(all[index].ok) : void()), ...);
	return index;
}

} // namespace detail

/* ---- cases --------------------------------------------------------------------------------------- */

/* Make the cases in the call of select: they have references to their channel and their value.
 *
 * leat::on(rx, f): receive, and call f(std::optional<T>). It is empty if the stream is over. If the stream failed, select
 * throws its failure instead (see leat::rx). */
template <class T, class F> auto on(const rx<T> &in, F f) { return detail::receive_case<T, F>{ in, std::move(f) }; }

/* leat::on_send(tx, value, f): send, and call f(sent), which is false if the channel is over. A value that is to be moved
 * is as it was if it was not sent. */
template <class T, class F> auto on_send(const tx<T> &out, const typename tx<T>::value_type &value, F f)
{
	return detail::send_case<T, const T &, F>{ out, value, std::move(f) };
}
template <class T, class F> auto on_send(const tx<T> &out, typename tx<T>::value_type &&value, F f)
{
	return detail::send_case<T, T &&, F>{ out, std::move(value), std::move(f) };
}

/* leat::on_done(done, f): call f() when `done` has come; nothing is received. */
template <class F> auto on_done(done_view done, F f) { return detail::done_case<F>{ done, std::move(f) }; }

/* leat::after(deadline, f): call f() if the deadline passes first. leat::otherwise(f): call f() if no other case is
 * possible at once. */
template <class F> auto after(deadline t, F f) { return detail::time_case<F>{ t.get(), std::move(f) }; }
template <class F> auto otherwise(F f) { return after(at_once, std::move(f)); }

/* ---- select -------------------------------------------------------------------------------------- */

/* Wait until one of the cases can proceed, do that one, and call its function. Every ready case has the same chance.
 *   blocks    until a case is ready. Without a case that is on (see LEAT_NIL), and without a time: for ever
 *   returns   the index of the case, from 0
 *   throws    what the function throws; the failure of a stream; what a move or copy of a value throws */
template <class... Cases> std::size_t select(Cases &&...cases) { return detail::select(false, cases...); }

/* The same, but the earliest ready case is chosen. */
template <class... Cases> std::size_t select_first(Cases &&...cases) { return detail::select(true, cases...); }

} // namespace leat
#endif
