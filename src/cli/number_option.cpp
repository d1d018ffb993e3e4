#include "cli/number_option.h"

#include <charconv>
#include <limits>

#include "base/error.h"

namespace pullback::cli {

namespace {

[[noreturn]] void wrong(const std::string& name, const std::string& text, const std::string& hint) {
  throw CLI::ValidationError(name, "'" + text + "' is not " + hint);
}

template <class T>
T whole_number(const std::string& name, const std::string& text, T low, T high) {
  size_t digits = text.starts_with('-') ? 1 : 0;
  std::string range = std::to_string(low) + " and " + std::to_string(high);
  if (text.size() == digits || text.find_first_not_of("0123456789", digits) != text.npos) {
    wrong(name, text, "a whole number; give one between " + range);
  }
  T value = 0;
  // An unsigned type knows no '-'.
  bool is_read = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
  if (is_read && value >= low && value <= high) return value;
  throw Error(name + " is " + text + "; it must be between " + range);
}

template <class T>
CLI::Option* whole_option(CLI::App& command, const std::string& name, T& value, T low, T high,
                          const std::string& help) {
  return command.add_option_function<std::string>(
      name,
      [name, &value, low, high](const std::string& text) {
        value = whole_number(name, text, low, high);
      },
      help);
}

double number(const std::string& name, const std::string& text) {
  double value = 0;
  const char* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, value);
  if (end != last || error == std::errc::invalid_argument) {
    wrong(name, text, "a number; give one like 0.05 or 1e-3");
  }
  if (error != std::errc{}) {
    throw Error(name + " is " + text + "; that is beyond double precision, 1e-307 to 1e308");
  }
  return value;
}

}  // namespace

CLI::Option* add_whole(CLI::App& command, const std::string& name, int& value, Limits limits,
                       const std::string& help) {
  return whole_option(command, name, value, static_cast<int>(limits.low),
                      static_cast<int>(limits.high), help);
}

CLI::Option* add_whole(CLI::App& command, const std::string& name, int64_t& value, Limits limits,
                       const std::string& help) {
  return whole_option(command, name, value, limits.low, limits.high, help);
}

CLI::Option* add_whole(CLI::App& command, const std::string& name, uint64_t& value,
                       const std::string& help) {
  return whole_option(command, name, value, uint64_t{0}, std::numeric_limits<uint64_t>::max(),
                      help);
}

CLI::Option* add_number(CLI::App& command, const std::string& name, double& value,
                        const std::string& help) {
  return command.add_option_function<std::string>(
      name, [name, &value](const std::string& text) { value = number(name, text); }, help);
}

CLI::Option* add_batch(CLI::App& command, int64_t& batch) {
  return add_whole(command, "--batch", batch, batch_limits, "Images per step")
      ->option_text("N [" + std::to_string(batch) + "]");
}

}  // namespace pullback::cli
