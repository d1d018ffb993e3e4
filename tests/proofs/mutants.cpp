#include "tests/proofs/mutants.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <regex>

namespace pullback::test {

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  for (size_t at = 0, end; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
  }
  return lines;
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Makes one random change of one kind, or none if the place it tried does not allow it.
class Mutator {
 public:
  Mutator(const std::string& text, uint64_t seed) : text_(text), random_(seed) {}

  using Change = std::optional<std::string> (Mutator::*)();

  std::optional<std::string> number() {
    return change("[0-9]+", [&](const std::string& digits) {
      std::string changed = digits;
      char& digit = changed[below(changed.size())];
      digit = static_cast<char>('0' + (digit - '0' + 1 + static_cast<int>(below(9))) % 10);
      return changed;
    });
  }
  std::optional<std::string> constant() {
    return change("dense<[^>]*>", [&](const std::string&) {
      static const char* others[] = {"dense<0.5>", "dense<-1.0>", "dense<true>", "dense<7>"};
      return std::string(others[below(4)]);
    });
  }
  std::optional<std::string> operand() {
    std::vector<std::string> names = found(std::regex("%[A-Za-z0-9_.$-]+"), text_);
    return change("%[A-Za-z0-9_.$-]+",
                  [&](const std::string&) { return names[below(names.size())]; });
  }
  std::optional<std::string> sign() {
    switch (below(3)) {
      case 0:
        return change("dense<[0-9]",
                      [](const std::string& m) { return "dense<-" + m.substr(m.size() - 1); });
      case 1:
        return change("stablehlo\\.(add|subtract) ", [](const std::string& m) {
          return m == "stablehlo.add " ? "stablehlo.subtract " : "stablehlo.add ";
        });
      default:
        return change("\\[[0-9]", [](const std::string& m) { return "[-" + m.substr(1); });
    }
  }
  std::optional<std::string> op() {
    static const char* ops[] = {"add",    "multiply",    "divide", "maximum", "minimum",
                                "negate", "exponential", "log",    "power",   "select"};
    return change("stablehlo\\.[a-z_]+", [&](const std::string&) {
      return "stablehlo." + std::string(ops[below(std::size(ops))]);
    });
  }
  std::optional<std::string> operands_swapped() {
    return change("%[A-Za-z0-9_.$-]+, %[A-Za-z0-9_.$-]+", [](const std::string& m) {
      size_t comma = m.find(", ");
      return m.substr(comma + 2) + ", " + m.substr(0, comma);
    });
  }
  std::optional<std::string> lines_swapped() {
    Lines lines = lines_of(text_);
    size_t at = below(lines.size() - 1);
    std::swap(lines[at], lines[at + 1]);
    return text_of(lines);
  }
  /// a sum becomes its first term: "%z = add %x, %y" goes, and %x stands for %z
  std::optional<std::string> term_dropped() {
    static const std::regex sum("    (%\\S+) = stablehlo\\.add (%\\S+), %\\S+ : .*");
    Lines lines = lines_of(text_);
    size_t at = below(lines.size());
    std::smatch match;
    if (!std::regex_match(lines[at], match, sum)) return {};
    std::string result = match[1], first = match[2];
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
    for (std::string& line : lines) {
      for (size_t k = 0; (k = line.find(result, k)) != std::string::npos; k += first.size()) {
        size_t end = k + result.size();
        if (end == line.size() || std::string(" ,:)").find(line[end]) != std::string::npos) {
          line.replace(k, result.size(), first);
        }
      }
    }
    return text_of(lines);
  }
  std::optional<std::string> line_dropped() {
    Lines lines = lines_of(text_);
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(below(lines.size())));
    return text_of(lines);
  }
  std::optional<std::string> byte() {
    std::string changed = text_;
    changed[below(changed.size())] = static_cast<char>(1 + below(255));
    return changed;
  }
  std::optional<std::string> byte_removed() {
    std::string changed = text_;
    changed.erase(below(changed.size()), 1);
    return changed;
  }

 private:
  size_t below(size_t n) { return static_cast<size_t>(random_() % n); }

  static std::vector<std::string> found(const std::regex& pattern, const std::string& text) {
    return {std::sregex_token_iterator(text.begin(), text.end(), pattern), {}};
  }

  /// Replaces one of the pattern's matches in the text.
  std::optional<std::string> change(
      const std::string& pattern,
      const std::function<std::string(const std::string&)>& replacement) {
    std::regex regex(pattern);
    std::vector<std::smatch> matches(std::sregex_iterator(text_.begin(), text_.end(), regex), {});
    if (matches.empty()) return {};
    const std::smatch& match = matches[below(matches.size())];
    std::string changed = text_;
    changed.replace(static_cast<size_t>(match.position()), static_cast<size_t>(match.length()),
                    replacement(match.str()));
    return changed;
  }

  const std::string& text_;
  std::mt19937_64 random_;
};

size_t first_changed_line(const std::string& a, const std::string& b) {
  auto [end, ignored] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return 1 + static_cast<size_t>(std::count(a.begin(), end, '\n'));
}

}  // namespace

std::vector<Mutant> mutants_of(const std::string& text, size_t count, uint64_t seed) {
  const std::pair<const char*, Mutator::Change> kinds[] = {
      {"number", &Mutator::number},
      {"constant", &Mutator::constant},
      {"operand", &Mutator::operand},
      {"sign", &Mutator::sign},
      {"op", &Mutator::op},
      {"operands swapped", &Mutator::operands_swapped},
      {"lines swapped", &Mutator::lines_swapped},
      {"term dropped", &Mutator::term_dropped},
      {"line dropped", &Mutator::line_dropped},
      {"byte", &Mutator::byte},
      {"byte removed", &Mutator::byte_removed},
  };
  Mutator mutator(text, seed);
  std::vector<Mutant> mutants;
  for (const auto& [kind, change] : kinds) {
    size_t made = 0;
    // A change may change nothing, or find no place.
    for (int attempt = 0; attempt < 2000 && made < count; ++attempt) {
      std::optional<std::string> changed = (mutator.*change)();
      if (!changed || *changed == text) continue;
      mutants.push_back({kind, *changed, first_changed_line(text, *changed)});
      ++made;
    }
  }
  return mutants;
}

}  // namespace pullback::test
