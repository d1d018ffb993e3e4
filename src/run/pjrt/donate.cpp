#include "run/pjrt/donate.h"

#include <vector>

#include "base/error.h"

namespace pullback::pjrt {

namespace {

/// The ends of the arguments in the list that begins at text[at], just after its '(': each at the
/// comma or ')' that follows it.
std::vector<size_t> argument_ends(std::string_view text, size_t at) {
  std::vector<size_t> ends;
  int depth = 0;
  for (size_t i = at; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      while (++i < text.size() && text[i] != '"') i += text[i] == '\\';
      continue;
    }
    if (depth == 0 && (c == ',' || c == ')')) ends.push_back(i);
    if (depth == 0 && c == ')') return ends;
    if (c == '(' || c == '<' || c == '{' || c == '[') ++depth;
    if (c == ')' || c == '}' || c == ']' || (c == '>' && text[i - 1] != '-')) --depth;
  }
  throw Error("the arguments of @main do not end");
}

}  // namespace

std::string with_donation(std::string_view text, size_t kept) {
  if (kept == 0) return std::string(text);
  size_t main = text.find("@main(");
  if (main == std::string_view::npos) throw Error("the text has no function @main");
  std::vector<size_t> ends = argument_ends(text, main + 6);
  if (ends.size() < kept) {
    throw Error("@main has " + std::to_string(ends.size()) + " arguments, fewer than the " +
                std::to_string(kept) + " that are kept");
  }
  std::string donated(text.substr(0, main + 6));
  size_t done = main + 6;
  for (size_t i = 0; i < kept; ++i) {
    std::string_view argument = text.substr(done, ends[i] - done);
    std::string attribute = "tf.aliasing_output = " + std::to_string(i) + " : i32";
    bool has_attributes = argument.ends_with("}");
    if (has_attributes) argument.remove_suffix(1);
    donated += std::string(argument) + (has_attributes ? ", " : " {") + attribute + "}";
    done = ends[i];
  }
  return donated + std::string(text.substr(done));
}

}  // namespace pullback::pjrt
