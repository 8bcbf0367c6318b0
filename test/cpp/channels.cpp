// SPDX-License-Identifier: 0BSD
//
// channels.cpp - leat.hpp: handles, values of all kinds, deadlines, done, closing, select, and handles of C.
#include "test.hpp"

#include <array>
#include <pthread.h>

// ------------------------------------------------------------------------------------------------- values

static void plain_values_arrive_in_order()
{
	auto [tx, rx] = leat::channel<int>(capacity);
	int expected = 0;

	leat::go([out = std::move(tx)] {
		for (int n = 0; n < 100; n++)
			check(out.send(n));
	});
	for (int n : rx)
		check(n == expected++);
	check(expected == 100 && rx.over());
}

static void objects_arrive_in_order()
{
	auto [tx, rx] = leat::channel<std::string>(capacity);
	int expected = 0;

	leat::go([out = std::move(tx)] {
		for (int n = 0; n < 100; n++)
			check(out.send("a text that is too long for the string itself: " + std::to_string(n)));
	});
	for (const std::string &text : rx)
		check(text == "a text that is too long for the string itself: " + std::to_string(expected++));
	check(expected == 100);
}

static void queued_objects_end_with_the_channel()
{
	auto [tx, rx] = leat::channel<only>(3);

	for (int n = 0; n < 3; n++)
		check(tx.send(only(n)));
	check(only::alive == 3 && rx.size() == 3 && tx.capacity() == 3);
	check(rx.receive()->number() == 0);
	rx = {};
	check(only::alive == 0 && tx.closed());
}

static void a_refused_value_comes_back()
{
	auto [tx, rx] = leat::channel<only>();
	only one(1);

	check(!tx.send(std::move(one), leat::at_once));
	check(!one.empty() && one.number() == 1);
	rx = {};
	check(!tx.send(std::move(one)) && one.number() == 1 && only::alive == 1);
}

static void an_lvalue_is_copied()
{
	auto [tx, rx] = leat::channel<std::string>(2);
	const std::string text = "a text that is too long for the string itself";

	check(tx.send(text) && tx.send(text) && text.size() == 45);
	check(*rx.receive() == text && *rx.receive() == text);
}

struct alignas(128) wide { char bytes[128]; };

struct fixed {
	explicit fixed(int n) : number(n) {}
	const int number;
	const std::unique_ptr<int> *unused = nullptr;
};

struct fixed_text {
	explicit fixed_text(std::string t) : text(std::move(t)) {}
	const std::string text;
};

static void values_of_any_kind_travel()
{
	auto [wide_tx, wide_rx] = leat::channel<wide>(1);
	auto [fixed_tx, fixed_rx] = leat::channel<fixed>(1);
	auto [text_tx, text_rx] = leat::channel<fixed_text>(2);
	auto [unit_tx, unit_rx] = leat::channel<leat::unit>(2);
	int texts = 0;

	check(wide_tx.send(wide{ "wide" }) && fixed_tx.send(fixed(7)) && text_tx.send(fixed_text("a")));
	const auto received = wide_rx.receive();
	check(reinterpret_cast<std::uintptr_t>(&*received) % 128 == 0 && received->bytes[3] == 'e');
	check(fixed_rx.receive()->number == 7);
	check(text_tx.send(fixed_text("b")) && text_tx.close());
	for (const fixed_text &text : text_rx)
		check(text.text == (texts++ == 0 ? "a" : "b"));
	check(unit_tx.send({}) && unit_tx.send({}) && unit_rx.size() == 2);
	check(unit_rx.receive() && leat_wait(unit_rx.get()) == 1);
	check(leat_type_of(unit_rx.get()).size == 0 && leat_type_of(fixed_rx.get()).size == sizeof(fixed));
}

struct page { std::vector<std::unique_ptr<int>> parts; };
template <> struct leat::is_copyable<page> : std::false_type {};

static void a_type_says_whether_it_can_be_copied()
{
	check(leat_type_of(leat::channel<std::string>().rx.get()).copy);
	check(leat_type_of(leat::channel<std::vector<std::string>>().rx.get()).copy);
	check(!leat_type_of(leat::channel<std::unique_ptr<int>>().rx.get()).copy);
	check(!leat_type_of(leat::channel<std::vector<std::unique_ptr<int>>>().rx.get()).copy);
	check(!leat_type_of(leat::channel<page>().rx.get()).copy);
	check(!leat_type_of(leat::channel<int>().rx.get()).release);
}

// ------------------------------------------------------------------------------------------------ handles

static void a_handle_moves_and_drops()
{
	auto [tx, rx] = leat::channel<int>(1);
	leat::tx<int> other = std::move(tx);

	check(!tx && other && leat_senders(rx.get()) == 1);
	leat::tx<int> more = other.dup();
	check(leat_senders(rx.get()) == 2);
	other = std::move(more);
	check(leat_senders(rx.get()) == 1 && !more && !rx.over());
	other = {};
	check(!rx.receive() && rx.over() && rx.cause() == 0);
	check(!leat::rx<int>().receive(leat::at_once) && !leat::tx<int>().send(1, leat::at_once));
}

static void a_loop_may_be_left_and_gone_on_with()
{
	auto [tx, rx] = leat::channel<int>(4);

	for (int n = 0; n < 4; n++)
		check(tx.send(n));
	tx = {};
	for (int n : rx)
		if (n == 1)
			break;
	check(rx.receive() == 2);
	const std::vector<int> rest(rx.begin(), rx.end());
	check(rest == std::vector<int>{ 3 } && rx.begin() == rx.end());
}

static void handles_go_to_c_and_back()
{
	auto [tx, rx] = leat::channel<int>(3);
	const leat_tx c_tx = tx.release();
	const leat_rx c_rx = rx.release();
	int five = 5;

	check(!tx && !rx && leat_send(c_tx, &five) == 1);
	leat::rx<int> adopted = leat::rx<int>::adopt(c_rx);
	leat::tx<int> sender = leat::tx<int>::adopt(c_tx);
	check(adopted.receive() == 5 && sender.send(6) && adopted.receive() == 6);
}

static void adopt_looks_at_the_type()
{
	leat::channel<int> numbers(1);
	leat::channel<std::string> texts(1);
	leat::channel<only> objects(1);

	check(objects.tx.send(only(1)));
	check(thrown_cause([&] { leat::rx<std::string>::adopt(numbers.rx.release()).receive(); }) == EINVAL);
	check(thrown_cause([&] { leat::rx<std::string>::adopt(objects.rx.release()).receive(); }) == EINVAL);
	check(thrown_cause([&] { leat::tx<std::string>::adopt(numbers.tx.release()); }) == EINVAL);
	check(leat::rx<std::string>::adopt(texts.rx.release()).cause() == 0);
}

static void a_channel_that_cannot_be_made_throws()
{
	check(thrown_cause([] { leat::channel<int> too_large(SIZE_MAX); }) == EINVAL);
}

// --------------------------------------------------------------------------------------- deadlines, done

static void deadlines_are_those_of_chrono()
{
	auto [tx, rx] = leat::channel<int>();

	check(!rx.receive(1ns) && !rx.receive(-1h) && !tx.send(1, 1us) && !rx.receive(std::chrono::duration<double>(1e-6)));
	check(!rx.receive(std::chrono::steady_clock::now()) && !rx.receive(leat::clock::now() - 1s));
	check(leat::deadline(std::chrono::hours::max()).get() == LEAT_NEVER);
	check(leat::deadline(std::chrono::hours::min()).get() < leat_now());
	check(leat::deadline(leat::clock::time_point(5ns)).get() == 5 && leat::deadline().get() == LEAT_NEVER);
	check(!rx.over() && !tx.closed());
}

static void done_comes_first()
{
	auto [tx, rx] = leat::channel<int>(1);
	auto [stop, done] = leat::channel<leat::unit>();

	check(tx.send(1, done) && rx.receive(done) == 1 && !leat::done_view(done).has_come());
	check(!rx.receive({ done, 1ns }) && !rx.receive({ done, leat::at_once }));
}

static void done_ends_a_wait()
{
	auto [tx, rx] = leat::channel<only>();
	auto [stop, done] = leat::channel<leat::unit>();

	leat::go([closing = std::move(stop)] { closing.close(); });
	check(!rx.receive(done) && leat::done_view(done).has_come());
	only one(1);
	check(!tx.send(std::move(one), done) && one.number() == 1 && !tx.closed() && !rx.over());
}

// ------------------------------------------------------------------------------------------------ closing

static void a_cause_comes_after_the_values()
{
	auto [tx, rx] = leat::channel<int>(1);

	check(tx.send(1) && tx.close(EIO) && !tx.close(EBUSY) && !tx.send(2) && tx.closed());
	check(!rx.over() && rx.receive() == 1 && rx.over() && rx.cause() == EIO);
	check(thrown_cause([&rx = rx] { rx.receive(); }) == EIO && thrown_cause([&rx = rx] { rx.begin(); }) == EIO);
}

static void an_exception_closes_a_channel()
{
	auto [tx, rx] = leat::channel<int>();

	check(tx.close(std::make_exception_ptr(std::range_error("too far"))));
	check(thrown<std::range_error>([&rx = rx] { rx.receive(); }) == "too far" && rx.cause() == ENOTRECOVERABLE);
	check(thrown<std::range_error>([&rx = rx] { rx.dup().throw_failure(); }) == "too far");
	check(leat::channel<int>().tx.close(std::exception_ptr()));
}

// ------------------------------------------------------------------------------------------------- select

static void select_receives_and_tells_the_end()
{
	auto [tx, rx] = leat::channel<only>(1);
	leat::channel<int> idle;
	int received = 0, over = 0;
	const auto turn = [&, &rx = rx] {
		return leat::select(leat::on(idle.rx, [](std::optional<int>) { check(false); }),
		                    leat::on(rx, [&](std::optional<only> value) { value ? received = value->number() : over++; }));
	};

	check(tx.send(only(8)) && turn() == 1 && received == 8);
	tx = {};
	check(turn() == 1 && over == 1);
}

static void select_sends_or_gives_back()
{
	auto [tx, rx] = leat::channel<only>(1);
	only first(1), second(2);
	int sent = 0, late = 0;
	const auto turn = [&, &tx = tx](only &value) {
		return leat::select(leat::on_send(tx, std::move(value), [&](bool ok) { ok ? sent++ : late = 100; }),
		                    leat::otherwise([&] { late++; }));
	};

	check(turn(first) == 0 && sent == 1 && first.empty());
	check(turn(second) == 1 && late == 1 && second.number() == 2);
	rx = {};
	check(turn(second) == 0 && late == 100 && second.number() == 2);
}

static void select_knows_time_and_done()
{
	leat::channel<int> idle, full(1);
	auto [stop, done] = leat::channel<leat::unit>();
	const std::string text = "copied";
	leat::channel<std::string> texts(1);
	int calls = 0;

	check(leat::select(leat::after(1h, [] { check(false); }), leat::after(1ns, [&] { calls++; }),
	                   leat::on(idle.rx, [](auto) { check(false); })) == 1);
	check(leat::select(leat::on_done(done, [] { check(false); }), leat::on_send(full.tx, 1, [&](bool) { calls++; })) == 1);
	stop = {};
	check(leat::select_first(leat::on_done(done, [&] { calls++; }), leat::on(full.rx, [](auto) { check(false); })) == 0);
	check(leat::select(leat::on_send(texts.tx, text, [&](bool) { calls++; })) == 0 && *texts.rx.receive() == text);
	check(calls == 4 && text == "copied");
}

static void select_throws_what_a_stream_failed_with()
{
	leat::channel<int> failed;

	check(failed.tx.close(EACCES));
	check(thrown_cause([&] { leat::select(leat::on(failed.rx, [](auto) { check(false); })); }) == EACCES);
}

// ---------------------------------------------------------------------------------------------- functions

static void a_started_function_is_destroyed()
{
	leat::go([one = only(1)] { check(one.number() == 1); });
#ifndef __SANITIZE_ADDRESS__
	leat::go([one = only(2)] { pthread_exit(nullptr); });
#endif
}

int main(int argc, char **argv)
{
	return run_tests(argc, argv, {
		TEST(plain_values_arrive_in_order), TEST(objects_arrive_in_order), TEST(queued_objects_end_with_the_channel),
		TEST(a_refused_value_comes_back), TEST(an_lvalue_is_copied), TEST(values_of_any_kind_travel),
		TEST(a_type_says_whether_it_can_be_copied), TEST(a_handle_moves_and_drops),
		TEST(a_loop_may_be_left_and_gone_on_with), TEST(handles_go_to_c_and_back), TEST(adopt_looks_at_the_type),
		TEST(a_channel_that_cannot_be_made_throws), TEST(deadlines_are_those_of_chrono), TEST(done_comes_first),
		TEST(done_ends_a_wait), TEST(a_cause_comes_after_the_values), TEST(an_exception_closes_a_channel),
		TEST(select_receives_and_tells_the_end), TEST(select_sends_or_gives_back), TEST(select_knows_time_and_done),
		TEST(select_throws_what_a_stream_failed_with), TEST(a_started_function_is_destroyed) });
}
