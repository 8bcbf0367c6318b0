// SPDX-License-Identifier: 0BSD
//
// pipelines.cpp - leat.hpp: sources, stages and ends; exceptions on their way to the reader; functions that own
// something; contexts and scopes.
#include "test.hpp"

#include <algorithm>
#include <functional>
#include <list>
#include <pthread.h>

static std::vector<int> up_to(int n)
{
	std::vector<int> numbers;

	for (int i = 1; i <= n; i++)
		numbers.push_back(i);
	return numbers;
}

// A source of the numbers from 0 on, for ever.
static leat::rx<int> numbers(leat::done_view done = {})
{
	return leat::generator(done, [n = 0]() mutable { return std::optional<int>(n++); }) | leat::buffer(capacity);
}

static leat::rx<only> objects(int n)
{
	return leat::from(up_to(n)) | leat::buffer(capacity) | leat::map([](int i) { return only(i); });
}

// ------------------------------------------------------------------------------------------------- stages

static void sources_give_their_values()
{
	std::list<std::string> words = { "a", "b" };
	int n = 0;

	check((leat::from(words) | leat::collect()) == std::vector<std::string>{ "a", "b" });
	check((leat::from({ 1, 2, 3 }) | leat::collect()) == up_to(3));
	check((leat::from(std::vector<int>()) | leat::collect()).empty());
	check((leat::generator([&] { return n < 4 ? std::optional<int>(++n) : std::nullopt; }) | leat::collect()) == up_to(4));
	check((leat::source<int>([](leat::output<int> &out) { out.emit(1) && out.running() && out.emit(2); }) |
	       leat::collect()) == up_to(2));
}

static void stages_change_and_choose()
{
	const auto odd = [](int i) { return i % 2 == 1; };
	const auto half = [](int i) { return i % 2 ? std::nullopt : std::optional<int>(i / 2); };

	check((leat::from(up_to(4)) | leat::map([](int i) { return std::to_string(i); }) | leat::collect()) ==
	      std::vector<std::string>{ "1", "2", "3", "4" });
	check((leat::from(up_to(6)) | leat::filter(odd) | leat::collect()) == std::vector<int>{ 1, 3, 5 });
	check((leat::from(up_to(8)) | leat::map(half) | leat::collect()) == up_to(4));
	check((numbers() | leat::filter(odd) | leat::take(2) | leat::collect()) == std::vector<int>{ 1, 3 });
	check((numbers() | leat::take(0) | leat::collect()).empty());
}

static void objects_pass_through_every_stage()
{
	const auto same = leat::map([](only value) { return value; }) | leat::filter([](const only &) { return true; });
	auto of_own = leat::stage<only>([](leat::input<only> &in, leat::output<only> &out) {
		for (only &value : in)
			if (!out.emit(std::move(value)))
				return;
	});
	int sum = 0;

	objects(100) | same | std::move(of_own) | leat::take(99) | leat::map_n(3, [](only &&value) { return std::move(value); }) |
		leat::each([&](only value) { sum += value.number(); });
	check(sum == 99 * 50);
}

static void workers_keep_the_order_if_asked()
{
	const auto text = [](int i) { return std::to_string(i); };
	std::vector<std::string> some = leat::from(up_to(200)) | leat::buffer(capacity) | leat::map_n(4, text) | leat::collect();
	std::vector<std::string> ordered =
		leat::from(up_to(200)) | leat::buffer(capacity) | leat::map_ordered(4, text) | leat::collect();
	const auto even = [](only value) {
		return value.number() % 2 ? std::nullopt : std::optional<int>(value.number() / 2);
	};

	check(some.size() == 200 && ordered.size() == 200);
	for (std::size_t i = 0; i < ordered.size(); i++)
		check(ordered[i] == std::to_string(i + 1));
	std::sort(some.begin(), some.end());
	std::sort(ordered.begin(), ordered.end());
	check(some == ordered);
	check((objects(100) | leat::map_ordered(3, even) | leat::collect()) == up_to(50));
}

static void streams_merge_and_split()
{
	auto [a, b, c] = objects(10) | leat::map([](only value) { return std::to_string(value.number()); }) | leat::tee<3>();
	std::vector<leat::rx<int>> many;

	check((leat::merge(std::move(a), std::move(b), std::move(c)) | leat::collect()).size() == 30);
	check((leat::merge(std::move(many)) | leat::collect()).empty());
	for (int n = 0; n < 5; n++)
		many.push_back(leat::from({ n, n }));
	check((leat::merge(std::move(many)) | leat::reduce(0, std::plus<>())) == 20);
}

static void ends_read_all()
{
	std::atomic<int> sum{ 0 };
	const auto add = [&](int i) { sum += i; };

	leat::from(up_to(10)) | leat::each(add);
	leat::from(up_to(10)) | leat::each_n(3, add);
	check(sum == 110);
	objects(10) | leat::drain();
	check((objects(3) | leat::reduce(std::string(), [](std::string s, only value) {
		return s + std::to_string(value.number());
	})) == "123");
}

static void a_stage_in_c_stands_between()
{
	leat::rx<int> rest = leat::from(up_to(9)) | leat::via([](leat_rx in) { return leat_take(LEAT_NIL, in, 2); }) |
	                     leat::name("rest") | leat::buffer(64);

	check(rest.capacity() >= (getenv("LEAT_CAPACITY") ? 0 : 64) && (std::move(rest) | leat::collect()) == up_to(2));
	check(thrown_cause([] {
		leat::from({ 1 }) | leat::via<std::string>([](leat_rx in) { return in; }) | leat::drain();
	}) == EINVAL);
}

// --------------------------------------------------------------------------------------------- exceptions

[[noreturn]] static void fail()
{
	throw std::runtime_error("a text that is too long for the string itself");
}

// Whether the exception of fail reaches the reader of what `make` makes.
template <class F> static bool comes_out(F make)
{
	return thrown<std::runtime_error>([&] { make() | leat::drain(); }) == "a text that is too long for the string itself";
}

// fail, for a stage that gets and gives Ts.
template <class T> static T third(T value)
{
	if (value.number() == 3)
		fail();
	return value;
}

static void an_exception_comes_out_of_every_stage()
{
	check(comes_out([] { return leat::source<int>([](leat::output<int> &) { fail(); }); }));
	check(comes_out([] { return leat::generator([]() -> std::optional<int> { fail(); }); }));
	check(comes_out([] { return objects(9) | leat::map(third<only>); }));
	check(comes_out([] { return objects(9) | leat::map_n(2, third<only>); }));
	check(comes_out([] { return objects(9) | leat::map_ordered(2, third<only>); }));
	check(comes_out([] { return objects(9) | leat::filter([](const only &) -> bool { fail(); }); }));
	check(comes_out([] { return objects(9) | leat::stage<int>([](leat::input<only> &, auto &) { fail(); }); }));
	check(comes_out([] { return numbers() | leat::map([](int) -> only { fail(); }); }));
}

static void an_exception_comes_out_of_every_end()
{
	const auto through = [](auto end) {
		return thrown<std::runtime_error>([&] { objects(9) | std::move(end); }).size() == 45;
	};

	check(through(leat::each(third<only>)));
	check(through(leat::each_n(2, third<only>)));
	check(through(leat::reduce(0, [](int, only value) { return third(std::move(value)).number(); })));
	check(through(leat::map(third<only>) | leat::each([](only) {})));
	check(through(leat::map(third<only>) | leat::collect()));
	check(through(leat::map(third<only>) | leat::each_n(2, [](only) {})));
}

static void an_exception_passes_the_stages_behind()
{
	const auto same = leat::map([](only value) { return value; });
	const auto in_c = leat::via([](leat_rx in) { return leat_or_done(LEAT_NIL, leat_take(LEAT_NIL, in, -1)); });

	check(comes_out([&] { return objects(9) | leat::map(third<only>) | in_c | same | leat::take(9) | leat::buffer(3); }));
	check(comes_out([&] { return leat::merge(objects(9), objects(9) | leat::map(third<only>) | in_c); }));
	auto [a, b] = numbers() | leat::map([](int) -> int { fail(); }) | leat::tee<2>();
	check(comes_out([&a = a] { return std::move(a); }) && comes_out([&b = b] { return std::move(b); }));
}

static void values_before_an_exception_arrive()
{
	const leat::rx<only> out = objects(9) | leat::map(third<only>);

	check(out.receive()->number() == 1 && out.receive()->number() == 2);
	check(thrown<std::runtime_error>([&] { out.receive(); }).size() == 45 && out.over());
}

// The cause that a stage in C sees behind a function that throws e.
template <class E> static int cause_of(E e)
{
	leat::rx<int> out = numbers() | leat::map([e](int) -> int { throw e; });

	return leat_drain(out.release());
}

static void an_exception_has_a_cause_for_c()
{
	check(cause_of(std::bad_alloc()) == ENOMEM && cause_of(7) == ENOTRECOVERABLE);
	check(cause_of(std::system_error(EACCES, std::generic_category())) == EACCES);
	check(cause_of(std::system_error(EACCES, std::system_category())) == EACCES);
	check(cause_of(std::system_error(4711, std::system_category())) == EINVAL);
}

struct grumpy {
	grumpy() = default;
	grumpy(grumpy &&) = default;
	grumpy(const grumpy &) { throw std::system_error(EPERM, std::generic_category()); }
	std::string text;
};

static void a_copy_that_throws_fails_the_tee()
{
	auto [a, b] = leat::generator([] { return std::optional<grumpy>(grumpy()); }) | leat::tee<2>();

	check(thrown_cause([&a = a] { std::move(a) | leat::drain(); }) == EPERM);
	check(thrown_cause([&b = b] { std::move(b) | leat::drain(); }) == EPERM);
}

// ------------------------------------------------------------------------- what functions own; their ends

static void functions_are_destroyed()
{
	only here(7);
	const auto owning = [](only mine) {
		return [mine = std::make_shared<only>(std::move(mine))](int n) { return n + mine->number(); };
	};

	check((leat::from({ 1 }) | leat::map(owning(only(1))) | leat::map_n(3, owning(only(2))) |
	       leat::map_ordered(3, owning(only(3))) | leat::collect()) == std::vector<int>{ 7 });
	leat::from({ 1 }) | leat::map([mine = only(1)](int) { return mine.number(); }) |
		leat::map_ordered(2, [mine = only(1)](int) { return mine.number(); }) | leat::drain();
	check(thrown_cause([&] { leat::from({ 1 }) | leat::map_n(0, owning(only(4))) | leat::drain(); }) == EINVAL);
	check(thrown_cause([&] { leat::from({ 1 }) | leat::map_ordered(0, owning(only(4))) | leat::drain(); }) == EINVAL);
	const auto ended = [] { return leat::rx<int>::adopt(leat_ended(EXDEV)); };
	check(thrown_cause([&] { ended() | leat::map(owning(only(5))) | leat::drain(); }) == EXDEV);
	check(thrown_cause([&] { ended() | leat::map_ordered(2, owning(only(5))) | leat::drain(); }) == EXDEV);
	(void)owning(std::move(here));
}

// The address sanitizer does not see that pthread_exit leaves frames, and then reports their red zones.
static void a_function_may_leave_its_thread()
{
#ifndef __SANITIZE_ADDRESS__
	const auto leave = [mine = std::make_shared<only>(1)](int n) {
		const only on_the_stack(n);
		if (n == 3)
			pthread_exit(nullptr);
		return on_the_stack.number() + mine->number();
	};

	check(thrown_cause([&] { numbers() | leat::map(leave) | leat::drain(); }) == EOWNERDEAD);
	check(thrown_cause([&] { numbers() | leat::map_ordered(2, leave) | leat::drain(); }) == EOWNERDEAD);
	check(thrown_cause([&] { numbers() | leat::each_n(2, leave); }) == EOWNERDEAD);
	check(thrown_cause([] {
		numbers() | leat::map([mine = only(1)](int n) {
			pthread_cancel(pthread_self());
			pthread_testcancel();
			return n;
		}) | leat::drain();
	}) == EOWNERDEAD);
#endif
}

static void a_reader_that_leaves_ends_all()
{
	leat::rx<only> out = numbers() | leat::map([](int n) { return only(n); }) | leat::map_ordered(2, third<only>);

	check(out.receive()->number() == 0);
	out = {};
	check(leat_wait_all(LEAT_NEVER) == 1 && only::alive == 0);
}

// --------------------------------------------------------------------------------------- contexts, scopes

static const leat::key<std::string> user;
static const leat::key<only> object;

static void a_context_stops_and_says_why()
{
	leat::context top, request = top.with_cancel(), query = request.with_deadline(1h);
	const auto stopped = [](const leat::context &context) {
		return thrown_cause([&] { numbers(context) | leat::map(context, [](int n) { return n; }) | leat::drain(); });
	};

	check(!top.cancel() && !query.over() && query.cause() == 0);
	check(request.cancel(EINTR) && !request.cancel() && query.over() && query.cause() == EINTR && !top.over());
	check(stopped(query) == EINTR && stopped(top.with_deadline(leat::at_once)) == ETIMEDOUT);
	check(!request.without_cancel().over() && request.dup().cause() == EINTR);
	check((numbers() | leat::map(request, [](int n) { return n; })).cause() != EINVAL);
	numbers() | leat::each(request, [](int) { check(false); });
	query = {};
	check(request.wait() && !leat::context().wait());
}

static void a_context_has_values()
{
	const leat::context named = leat::context().with_value(user, std::string("Ada")).with_value(object, only(3));

	check(*named.value(user) == "Ada" && named.with_cancel().value(object)->number() == 3);
	check(!leat::context().value(user));
}

static void a_scope_waits_for_what_it_started()
{
	std::atomic<int> inside{ 0 };

	for (int turn = 0; turn < 20; turn++) {
		std::string text = "a variable of the block";
		leat::scope scope;
		leat::rx<std::size_t> sizes = numbers(scope) | leat::map_n(scope, 2, [&](int) {
			inside++;
			const std::size_t size = text.size();
			inside--;
			return size;
		});
		check(sizes.receive() == 23);
	}
	check(inside == 0);
}

static void a_scope_waits_also_if_it_was_over_before()
{
	const leat::context request = leat::context().with_cancel();
	std::atomic<bool> ended{ false };

	request.cancel();
	{
		const leat::scope scope(request);
		(void)leat::source<int>(scope, [&](leat::output<int> &out) {
			while (out.running())
				sched_yield();
			ended = true;
		});
	}
	check(ended);
	leat::context moved = leat::context().with_cancel();
	const leat::context other = std::move(moved);
	check(thrown_cause([&] { const leat::scope scope(moved); }) == EINVAL);
}

static void a_scope_ends_with_an_exception()
{
	check(thrown<std::runtime_error>([] {
		const only around(1);
		const leat::context request = leat::context().with_deadline(1h);
		const leat::scope scope(request);
		numbers(scope) | leat::map(scope, [&](int n) { return n + around.number(); }) | leat::each([](int) { fail(); });
	}).size() == 45);
}

int main(int argc, char **argv)
{
	return run_tests(argc, argv, {
		TEST(sources_give_their_values), TEST(stages_change_and_choose), TEST(objects_pass_through_every_stage),
		TEST(workers_keep_the_order_if_asked), TEST(streams_merge_and_split), TEST(ends_read_all),
		TEST(a_stage_in_c_stands_between), TEST(an_exception_comes_out_of_every_stage),
		TEST(an_exception_comes_out_of_every_end), TEST(an_exception_passes_the_stages_behind),
		TEST(values_before_an_exception_arrive), TEST(an_exception_has_a_cause_for_c),
		TEST(a_copy_that_throws_fails_the_tee), TEST(functions_are_destroyed), TEST(a_function_may_leave_its_thread),
		TEST(a_reader_that_leaves_ends_all), TEST(a_context_stops_and_says_why), TEST(a_context_has_values),
		TEST(a_scope_waits_for_what_it_started),
		TEST(a_scope_waits_also_if_it_was_over_before), TEST(a_scope_ends_with_an_exception) });
}
