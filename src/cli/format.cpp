#include "cli/format.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace pullback::cli {

namespace {

template <class... Args>
std::string printed(const char* format, Args... args) {
  char text[64];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

}  // namespace

std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > (number < 0 ? 4u : 3u);) text.insert(at -= 3, ",");
  return text;
}

std::string counted(int64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string bytes_text(double bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
  return printed(unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

std::string fixed(double number, int decimals) { return printed("%.*f", decimals, number); }
std::string scientific(double number) { return printed("%.1e", number); }

size_t width(std::string_view text) {
  size_t columns = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      i = std::min(text.find('m', i), text.size());
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++columns;
    }
  }
  return columns;
}

std::string indented(std::string_view text, std::string_view margin) {
  std::string result;
  bool begin = true;
  for (char c : text) {
    if (begin && c != '\n') result += margin;
    result += c;
    begin = c == '\n';
  }
  return result;
}

std::string wrapped(const std::string& text, size_t columns, std::string_view margin) {
  std::string result, line;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!line.empty() && width(line) + 1 + width(word) > columns) {
      result.append(margin).append(line).append("\n");
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? result : result.append(margin).append(line).append("\n");
}

Style Style::of_stdout() {
  const char* no_color = std::getenv("NO_COLOR");
  return Style(isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0'));
}

std::string Style::wrap(const char* code, std::string_view text) const {
  if (!on_) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(const Style& style) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(width(column.title));
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  auto line = [&](auto cell) {
    std::string text = " ";
    for (size_t c = 0; c < columns_.size(); ++c) {
      std::string content = cell(c);
      std::string fill(widths[c] - width(content), ' ');
      text += " " + std::string(c > 0 ? " " : "");
      text += columns_[c].align == Align::right ? fill + content : content + fill;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  size_t across = 2 * (columns_.size() - 1);
  for (size_t w : widths) across += w;
  std::string text = line([&](size_t c) { return style.bold(columns_[c].title); });
  for (const auto& row : rows_) {
    if (row.empty()) {
      text += "  ";
      for (size_t i = 0; i < across; ++i) text += "─";
      text += "\n";
    } else {
      text += line([&](size_t c) { return row[c]; });
    }
  }
  return text;
}

}  // namespace pullback::cli
