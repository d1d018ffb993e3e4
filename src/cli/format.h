#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the commands print with: numbers, colours, tables.
namespace pullback::cli {

/// "669,706".
std::string grouped(int64_t number);
/// "1 step", "2 steps".
std::string counted(int64_t number, std::string_view noun);
/// "512 B", "2.6 MiB".
std::string bytes_text(double bytes);
/// A number with this many decimals: "0.9784".
std::string fixed(double number, int decimals);
/// "1.3e-08".
std::string scientific(double number);

/// Columns that `text` takes on a terminal: UTF-8 characters, without escape codes.
size_t width(std::string_view text);

/// The text with `margin` before each line that is not empty.
std::string indented(std::string_view text, std::string_view margin);
/// The words of a text in lines of at most `columns`, each with `margin` before it.
std::string wrapped(const std::string& text, size_t columns, std::string_view margin);

/// Text styles: escape codes when `out` is a terminal and NO_COLOR is not set, else nothing.
class Style {
 public:
  explicit Style(bool on) : on_(on) {}
  /// For what goes to stdout.
  static Style of_stdout();
  bool on() const { return on_; }
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string red(std::string_view text) const { return wrap("31", text); }
  std::string green(std::string_view text) const { return wrap("32", text); }
  std::string cyan(std::string_view text) const { return wrap("36", text); }

 private:
  std::string wrap(const char* code, std::string_view text) const;
  bool on_;
};

/// A table with aligned columns, two spaces apart.
class Table {
 public:
  enum class Align : uint8_t { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// One cell per column; missing ones are empty.
  void row(std::vector<std::string> cells);
  /// A line across.
  void rule() { rows_.push_back({}); }
  std::string text(const Style& style) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;  ///< an empty row is a line
};

}  // namespace pullback::cli
