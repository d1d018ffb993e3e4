#include "train/loop/log.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/file.h"

namespace pullback {

namespace {

using nlohmann::json;

std::string line_of(const LogEntry& e) {
  json line = {{"step", e.step}, {"epoch", e.epoch},
               {"loss", e.loss}, {"accuracy", e.accuracy},
               {"lr", e.rate},   {"images_per_second", e.images_per_second}};
  if (e.test_accuracy >= 0) {
    line["test_loss"] = e.test_loss;
    line["test_accuracy"] = e.test_accuracy;
  }
  return line.dump() + "\n";
}

/// The entry of a line; a line cut short by a crash has none.
bool read_line(const std::string& text, LogEntry& e) {
  json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return false;
  auto number = [&](const char* key, double otherwise) {
    return line.contains(key) && line[key].is_number() ? line[key].get<double>() : otherwise;
  };
  e.step = static_cast<int64_t>(number("step", 0));
  e.epoch = number("epoch", 0);
  e.loss = number("loss", 0);
  e.accuracy = number("accuracy", 0);
  e.rate = number("lr", 0);
  e.images_per_second = number("images_per_second", 0);
  e.test_loss = number("test_loss", -1);
  e.test_accuracy = number("test_accuracy", -1);
  return true;
}

}  // namespace

RunLog::RunLog(std::string path, int64_t steps) : path_(std::move(path)) {
  std::string kept;
  if (steps > 0 && std::filesystem::exists(path_)) {
    std::istringstream text(read_file(path_));
    for (std::string line; std::getline(text, line);) {
      LogEntry entry;
      if (!read_line(line, entry) || entry.step > steps) continue;
      entries_.push_back(entry);
      kept += line + "\n";
    }
  }
  write_file(path_, kept);
}

void RunLog::append(const LogEntry& entry) {
  entries_.push_back(entry);
  std::ofstream file(path_, std::ios::app | std::ios::binary);
  file << line_of(entry) << std::flush;
  if (!file) throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
}

namespace {

constexpr double width = 720, height = 300, left = 64, right = 24, top = 56, bottom = 48;

std::string number(double x) {
  std::ostringstream text;
  text.precision(4);
  text << x;
  return text.str();
}

/// One panel: axes, grid, curves.
class Panel {
 public:
  Panel(double y0, double x_max, double y_min, double y_max)
      : y0_(y0), x_max_(x_max), y_min_(y_min), y_max_(y_max) {}

  double x(double v) const { return left + v / x_max_ * (width - left - right); }
  double y(double v) const {
    double share = (v - y_min_) / (y_max_ - y_min_);
    return y0_ + height - bottom - share * (height - top - bottom);
  }

  void frame(std::ostringstream& svg, const char* title) const {
    svg << "<text x='" << left << "' y='" << y0_ + top - 14 << "' class='h'>" << title
        << "</text>\n";
    for (int i = 0; i <= 4; ++i) {
      double v = y_min_ + (y_max_ - y_min_) * i / 4;
      svg << "<line x1='" << left << "' x2='" << width - right << "' y1='" << y(v) << "' y2='"
          << y(v) << "' class='g'/><text x='" << left - 8 << "' y='" << y(v) + 4
          << "' text-anchor='end'>" << number(v) << "</text>\n";
    }
    double step = std::max(1.0, std::ceil(x_max_ / 10));
    for (double v = 0; v <= x_max_ + 1e-9; v += step) {
      svg << "<text x='" << x(v) << "' y='" << y0_ + height - bottom + 18
          << "' text-anchor='middle'>" << number(v) << "</text>\n";
    }
    svg << "<text x='" << (left + width - right) / 2 << "' y='" << y0_ + height - 10
        << "' text-anchor='middle'>epoch</text>\n";
  }

  template <class Field>
  void curve(std::ostringstream& svg, const std::vector<LogEntry>& entries, const char* color,
             bool dots, Field field) const {
    svg << "<polyline fill='none' stroke='" << color << "' stroke-width='2' points='";
    for (const LogEntry& e : entries) {
      double v = field(e);
      if (std::isfinite(v) && v >= 0) svg << x(e.epoch) << "," << clamp_y(v) << " ";
    }
    svg << "'/>\n";
    for (const LogEntry& e : entries) {
      double v = field(e);
      if (dots && std::isfinite(v) && v >= 0) {
        svg << "<circle cx='" << x(e.epoch) << "' cy='" << clamp_y(v) << "' r='3' fill='" << color
            << "'/>\n";
      }
    }
  }

 private:
  double clamp_y(double v) const { return y(std::min(std::max(v, y_min_), y_max_)); }
  double y0_, x_max_, y_min_, y_max_;
};

void legend(std::ostringstream& svg, double y, double x, const char* color, const char* text) {
  svg << "<line x1='" << x << "' x2='" << x + 22 << "' y1='" << y << "' y2='" << y << "' stroke='"
      << color << "' stroke-width='3'/><text x='" << x + 28 << "' y='" << y + 4 << "'>" << text
      << "</text>\n";
}

}  // namespace

std::string draw_curves(const std::string& title, const std::vector<LogEntry>& entries) {
  double epochs = 1, loss = 0.1, lowest = 1;
  for (const LogEntry& e : entries) {
    epochs = std::max(epochs, std::ceil(e.epoch - 1e-9));
    if (std::isfinite(e.loss)) loss = std::max(loss, e.loss);
    if (e.test_accuracy >= 0) lowest = std::min({lowest, e.test_accuracy, e.accuracy});
  }
  double accuracy_min = std::max(0.0, std::floor(lowest * 20 - 0.5) / 20);
  const char *blue = "#2f6fb2", *orange = "#d9822b";
  std::ostringstream svg;
  svg << "<svg xmlns='http://www.w3.org/2000/svg' width='" << width << "' height='" << 2 * height
      << "' viewBox='0 0 " << width << " " << 2 * height << "'>\n<style>text{font:12px "
      << "sans-serif;fill:#333}.h{font-weight:bold;font-size:14px}.g{stroke:#ddd}</style>\n"
      << "<rect width='100%' height='100%' fill='white'/>\n<text x='" << left
      << "' y='22' class='h'>" << title << "</text>\n";
  Panel losses(0, epochs, 0, std::ceil(loss * 10) / 10);
  losses.frame(svg, "loss");
  losses.curve(svg, entries, blue, false, [](const LogEntry& e) { return e.loss; });
  losses.curve(svg, entries, orange, true, [](const LogEntry& e) { return e.test_loss; });
  Panel accuracies(height, epochs, accuracy_min, 1);
  accuracies.frame(svg, "accuracy");
  accuracies.curve(svg, entries, blue, false, [](const LogEntry& e) { return e.accuracy; });
  accuracies.curve(svg, entries, orange, true, [](const LogEntry& e) { return e.test_accuracy; });
  legend(svg, top - 18, width - 200, blue, "training");
  legend(svg, top - 18, width - 100, orange, "test");
  svg << "</svg>\n";
  return svg.str();
}

}  // namespace pullback
