/* leat.hpp: a pipeline in C++. Lambdas are stages, text travels by value, and an exception comes out at the end.
 *
 *     lines -> [split] -> [map_ordered: clean, 2 workers] -> [filter: long ones] -> count
 */
#include <leat.hpp>

#include <cctype>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

using lines = std::vector<std::string>;

/* A body of its own: one line makes any number of words. */
static void split(leat::input<std::string> &in, leat::output<std::string> &out)
{
	for (const std::string &line : in) {
		std::istringstream text(line);
		for (std::string word; text >> word;)
			if (!out.emit(word))
				return;
	}
}

static std::string clean(std::string word)
{
	std::string letters;

	for (const char c : word) {
		if (std::isdigit(static_cast<unsigned char>(c)))
			throw std::invalid_argument("no word: " + word);
		if (std::isalpha(static_cast<unsigned char>(c)))
			letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
	}
	return letters;
}

/* What is destroyed last is declared first: the pipeline may refer to `shortest` until the scope has waited for it. */
static std::map<std::string, int> count(const leat::context &request, lines text)
{
	const std::size_t shortest = 4;
	std::map<std::string, int> counts;
	const leat::scope scope(request);

	leat::from(scope, std::move(text)) | leat::buffer(128) | leat::stage<std::string>(scope, split) |
		leat::map_ordered(scope, 2, clean) |
		leat::filter(scope, [&](const std::string &word) { return word.size() >= shortest; }) |
		leat::each([&](std::string word) { counts[std::move(word)]++; });
	return counts;
}

int main()
{
	const leat::context request = leat::context().with_cancel();

	for (const auto &[word, n] : count(request, { "Water leads to water,", "and the Water leads on." }))
		std::cout << word << ' ' << n << '\n';
	try {
		count(request, { "four words, then 5" });
	} catch (const std::invalid_argument &error) {
		std::cout << error.what() << '\n';
	}
	request.cancel();
	try {
		count(request, { "too late" });
	} catch (const std::system_error &error) {
		std::cout << error.what() << '\n';
	}
}
