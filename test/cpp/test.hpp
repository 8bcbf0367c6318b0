// SPDX-License-Identifier: 0BSD
//
// test.hpp - the words that the tests in C++ share. A program is a list of functions, which run in order. Its argument
// is the capacity of the channels. After each function no thread and no object is left.
#ifndef TEST_HPP
#define TEST_HPP

#include <leat.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

static std::size_t capacity;
static const char *running;

#define check(...) \
	((__VA_ARGS__) ? (void)0 : \
	               (std::fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, running, #__VA_ARGS__), \
	                std::_Exit(1)))

// A number that can be moved only, and that counts how many of its kind are alive.
class only {
public:
	static inline std::atomic<int> alive{ 0 };

	explicit only(int n) : number_(std::make_unique<int>(n)) { alive++; }
	only(only &&from) noexcept : number_(std::move(from.number_)) { alive++; }
	only &operator=(only &&from) noexcept = default;
	~only() { alive--; }

	bool empty() const { return !number_; }
	int number() const { return *number_; }

private:
	std::unique_ptr<int> number_;
};

// The text of the E that f throws.
template <class E, class F> std::string thrown(F f)
{
	try {
		f();
	} catch (const E &e) {
		return e.what();
	}
	return "nothing was thrown";
}

// The errno value of the std::system_error that f throws; 0: it throws none.
template <class F> int thrown_cause(F f)
{
	try {
		f();
	} catch (const std::system_error &e) {
		return e.code().value();
	}
	return 0;
}

struct named {
	const char *name;
	void (*function)();
};

inline int run_tests(int argc, char **argv, std::initializer_list<named> tests)
{
	capacity = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
	for (const named &test : tests) {
		running = test.name;
		test.function();
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(only::alive == 0);
	}
	std::printf("%zu functions\n", tests.size());
	return 0;
}
#define TEST(function) named{ #function, function }

#endif
