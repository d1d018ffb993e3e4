#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "tests/fuzz/parser_fuzz.h"

namespace pullback::test {
namespace {

std::vector<std::string> seeds() {
  std::vector<std::string> texts;
  for (const char* folder : {"/tests/fuzz/seeds", "/tests/golden"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(PULLBACK_ROOT) + folder)) {
      if (entry.path().extension() == ".mlir") texts.push_back(read_file(entry.path().string()));
    }
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// A few edits: bytes changed, removed, repeated; pieces of other seeds; numbers and brackets.
std::string mutant(const std::vector<std::string>& seeds, Random& random) {
  static const char* const pieces[] = {"-1",
                                       "0",
                                       "9223372036854775807",
                                       "18446744073709551616",
                                       "1e999",
                                       "0xFFFFFFFFFFFFFFFFF",
                                       "<",
                                       ">",
                                       "[",
                                       "]",
                                       "{",
                                       "}",
                                       "(",
                                       ")",
                                       "\"",
                                       "%",
                                       "#",
                                       "@",
                                       "x",
                                       "->",
                                       "tensor<",
                                       "dense<",
                                       "ui64",
                                       "bf16",
                                       "i1",
                                       "loc(",
                                       ": ",
                                       ", ",
                                       "stablehlo.",
                                       "check.",
                                       "^bb0",
                                       "tensor<0xf32>",
                                       "1099511627776x",
                                       "// -----"};
  auto place = [&](const std::string& text) { return random.below(text.size() + 1); };
  std::string text = seeds[random.below(seeds.size())];
  for (uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
    size_t at = place(text), length = random.below(1 + random.below(40));
    switch (random.below(5)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, pieces[random.below(std::size(pieces))]);
        break;
      case 2:
        text.insert(at, text.substr(place(text), length));
        break;
      case 3: {
        const std::string& other = seeds[random.below(seeds.size())];
        text.insert(at, other.substr(place(other), length));
        break;
      }
      default:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
    }
  }
  return text;
}

TEST(Fuzz, the_seeds_themselves) {
  for (const std::string& text : seeds()) check_parser(text);
}

TEST(Fuzz, mutants_of_the_seeds) {
  const char* wanted = std::getenv("PULLBACK_FUZZ_SECONDS");
  auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(wanted ? std::atoi(wanted) : 0);
  std::vector<std::string> texts = seeds();
  Random random(wanted ? static_cast<uint64_t>(std::time(nullptr)) : 1);
  int64_t count = 0;
  for (; count < 3000 || std::chrono::steady_clock::now() < end; ++count) {
    std::string text = mutant(texts, random);
    auto start = std::chrono::steady_clock::now();
    try {
      check_parser(text);
    } catch (const std::exception& error) {
      FAIL() << error.what() << "\n" << text;
    }
    std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    ASSERT_LT(spent.count(), 20) << text;
  }
  RecordProperty("mutants", std::to_string(count));
  if (wanted) std::cout << count << " mutants\n";
}

}  // namespace
}  // namespace pullback::test
