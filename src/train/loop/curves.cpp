#include "train/loop/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace pullback {

namespace {

constexpr double width = 720, panel_height = 270;
constexpr double left = 64, right = 24, top = 46, bottom = 40;
constexpr const char* training_color = "#2f6fb2";
constexpr const char* test_color = "#d1661c";

using Field = std::function<double(const LogEntry&)>;  // NaN where there is none

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  }
  return result;
}

/// An axis from data to pixels with its ticks; from < to, both finite.
struct Axis {
  double from = 0, to = 1;      ///< data
  double pixel_from, pixel_to;  ///< where they are
  bool logarithmic = false;
  std::vector<double> ticks;

  double operator()(double v) const {
    auto place = [&](double x) { return logarithmic ? std::log10(x) : x; };
    double share = (place(v) - place(from)) / (place(to) - place(from));
    return pixel_from + std::clamp(share, -1.0, 2.0) * (pixel_to - pixel_from);
  }
};

/// Ticks at multiples of 1, 2 or 5 times a power of ten, about `count` of them.
std::vector<double> even_ticks(double from, double to, int count, double least) {
  double rough = std::max((to - from) / count, least);
  double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power * 10;
  for (double m : {5.0, 2.0, 1.0}) {
    if (m * power >= rough * 0.999) step = m * power;
  }
  std::vector<double> ticks;
  for (double i = std::ceil(from / step - 1e-9) + 0.0; i * step <= to + step * 1e-6; ++i) {
    ticks.push_back(i * step);
  }
  return ticks;
}

Axis epoch_axis(const std::vector<LogEntry>& entries) {
  double epochs = 1;
  for (const LogEntry& e : entries) {
    if (std::isfinite(e.epoch)) epochs = std::max(epochs, std::ceil(e.epoch - 1e-9));
  }
  return {.to = epochs,
          .pixel_from = left,
          .pixel_to = width - right,
          .ticks = even_ticks(0, epochs, 12, 1)};
}

/// An axis for accuracies of least to most, widened to whole 50ths, with a little room above.
Axis accuracy_axis(double least, double most, double y0) {
  double from = std::max(0.0, std::floor(least * 50 - 0.5) / 50);
  double room = std::max(0.1 * (most - from), 0.01);
  double to = std::min(1.0, std::ceil((most + room) * 50 - 1e-9) / 50);
  return {.from = from,
          .to = std::max(to, from + 0.02),
          .pixel_from = y0 + panel_height - bottom,
          .pixel_to = y0 + top,
          .ticks = even_ticks(from, std::max(to, from + 0.02), 5, 1e-4)};
}

/// A logarithmic axis with ticks at 1, 2 and 5 times powers of ten.
Axis loss_axis(double low, double high, double y0) {
  if (high < 2.5 * low) {  // too few of those ticks: even ones
    double room = std::max(0.1 * (high - low), 0.02 * low);
    return {.from = low - room,
            .to = high + room,
            .pixel_from = y0 + panel_height - bottom,
            .pixel_to = y0 + top,
            .logarithmic = true,
            .ticks = even_ticks(low - room, high + room, 5, 1e-12)};
  }
  Axis axis{.from = low,
            .to = high,
            .pixel_from = y0 + panel_height - bottom,
            .pixel_to = y0 + top,
            .logarithmic = true,
            .ticks = {}};
  std::vector<double> all;
  for (int p = static_cast<int>(std::floor(std::log10(low))) - 1; std::pow(10, p) <= high; ++p) {
    for (double m : {1.0, 2.0, 5.0}) all.push_back(m * std::pow(10, p));
  }
  auto last_below = std::upper_bound(all.begin(), all.end(), low * 1.0001);
  if (last_below != all.begin()) axis.from = *(last_below - 1);
  // One tick a decade where there are many, or fewer.
  double decades = std::log10(high / axis.from);
  size_t every = decades < 2.3 ? 1 : 3 * static_cast<size_t>(std::ceil(decades / 8));
  for (size_t i = 0; i < all.size(); i += every) {
    if (all[i] >= axis.from * 0.999 && all[i] <= high) axis.ticks.push_back(all[i]);
  }
  return axis;
}

void frame(std::string& svg, const Axis& x, const Axis& y, double y0, const char* title) {
  double base = y0 + panel_height - bottom;
  svg += fmt::format("<text x='{}' y='{}' class='h'>{}</text>\n", left, y0 + top - 14, title);
  for (double v : y.ticks) {
    svg += fmt::format(
        "<path d='M{} {:.1f}H{}' class='g'/><text x='{}' y='{:.1f}' class='e'>{:.4g}</text>\n",
        left, y(v), width - right, left - 8, y(v) + 4, v);
  }
  for (double v : x.ticks) {
    svg += fmt::format(
        "<path d='M{:.1f} {}v5' class='a'/><text x='{:.1f}' y='{}' class='m'>{:g}</text>\n", x(v),
        base, x(v), base + 18, v);
  }
  svg += fmt::format("<path d='M{} {}V{}H{}' class='a'/>\n", left, y0 + top, base, width - right);
  svg += fmt::format("<text x='{}' y='{}' class='m'>epoch</text>\n", (left + width - right) / 2,
                     base + 34);
}

void curve(std::string& svg, const std::vector<LogEntry>& entries, const Axis& x, const Axis& y,
           const char* color, bool dots, const Field& field) {
  std::string line, circles;
  for (const LogEntry& e : entries) {
    double v = field(e);
    if (!std::isfinite(v) || !std::isfinite(e.epoch)) continue;
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x(e.epoch), y(v));
    circles += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3.2'/>", x(e.epoch), y(v));
  }
  if (line.empty()) return;
  double inset = std::min(y.pixel_from, y.pixel_to);
  svg += fmt::format("<svg x='0' y='{0}' width='{1}' height='{2}' viewBox='0 {0} {1} {2}'>",
                     inset - 4, width, std::abs(y.pixel_from - y.pixel_to) + 4);
  svg += fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='{}'/>", line, color,
                     dots ? 2 : 1.3);
  if (dots) svg += fmt::format("<g fill='{}'>{}</g>", color, circles);
  svg += "</svg>\n";
}

void legend(std::string& svg, double y, double x, const char* color, const std::string& text) {
  svg += fmt::format(
      "<path d='M{0} {1}h20' stroke='{2}' stroke-width='3'/><text x='{3}' y='{4}'>{5}</text>\n", x,
      y, color, x + 26, y + 4, text);
}

std::string svg_head(double height) {
  return fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' viewBox='0 0 {0} {1}'>\n"
      "<style>text{{font:12px sans-serif;fill:#333}}.h{{font-weight:bold;font-size:14px}}"
      ".e{{text-anchor:end}}.m{{text-anchor:middle}}.g{{stroke:#e3e3e3}}"
      ".a{{stroke:#777;fill:none}}</style>\n"
      "<rect width='100%' height='100%' fill='white'/>\n",
      width, height);
}

/// The smaller of two values, of which the second may be NaN.
double smaller(double x, double y) { return y < x ? y : x; }

std::string last_of(const std::vector<LogEntry>& entries, const Field& field) {
  for (auto e = entries.rbegin(); e != entries.rend(); ++e) {
    double v = field(*e);
    if (std::isfinite(v)) return v < 1e4 ? fmt::format(" {:.4f}", v) : fmt::format(" {:.3g}", v);
  }
  return "";
}

void panel(std::string& svg, const std::vector<LogEntry>& entries, const Axis& y, double y0,
           const char* title, const Field& training, const Field& test) {
  Axis x = epoch_axis(entries);
  frame(svg, x, y, y0, title);
  curve(svg, entries, x, y, training_color, false, training);
  curve(svg, entries, x, y, test_color, true, test);
  legend(svg, y0 + top - 18, width - 300, training_color, "training" + last_of(entries, training));
  legend(svg, y0 + top - 18, width - 140, test_color, "test" + last_of(entries, test));
}

}  // namespace

std::string draw_curves(const std::string& title, const std::vector<LogEntry>& entries) {
  // A mean loss of exactly 0 has no place on a logarithmic axis.
  Field loss = [](const LogEntry& e) { return e.loss > 0 ? e.loss : NAN; };
  Field accuracy = [](const LogEntry& e) { return e.accuracy; };
  Field test_loss = [](const LogEntry& e) { return e.test_loss > 0 ? e.test_loss : NAN; };
  Field test_accuracy = [](const LogEntry& e) {
    return e.test_accuracy >= 0 ? e.test_accuracy : NAN;
  };
  double low = 1e6, high = 1e-8, least = 1, most = 0;
  for (const LogEntry& e : entries) {
    for (double v : {loss(e), test_loss(e)}) {
      if (!std::isfinite(v)) continue;
      low = std::min(low, std::max(v, 1e-8));
      high = std::max(high, std::min(v, 1e6));
    }
    for (double v : {accuracy(e), test_accuracy(e)}) most = v > most ? v : most;
    // Of the training only once there is a test: the first steps would squeeze all others.
    if (e.test_accuracy >= 0) least = std::min(least, smaller(e.test_accuracy, e.accuracy));
  }
  if (least == 1 && !entries.empty()) least = smaller(least, entries.back().accuracy);
  if (low > high) low = high = 1;
  std::string svg = svg_head(2 * panel_height + 24);
  svg += fmt::format("<text x='{}' y='24' class='h' style='font-size:16px'>{}</text>\n", left,
                     escaped(title));
  panel(svg, entries, loss_axis(low, high, 24), 24, "loss", loss, test_loss);
  double y0 = 24 + panel_height;
  panel(svg, entries, accuracy_axis(least, std::max(least, most), y0), y0, "accuracy", accuracy,
        test_accuracy);
  return svg + "</svg>\n";
}

std::string draw_comparison(const std::vector<NamedLog>& runs) {
  const char* const colors[] = {"#2f6fb2", "#d1661c", "#3c8d40", "#8b4fb0",
                                "#b8323f", "#1a8c8c", "#a07b1d", "#555555"};
  Field accuracy = [](const LogEntry& e) { return e.test_accuracy >= 0 ? e.test_accuracy : NAN; };
  std::vector<LogEntry> all;
  double least = 1, most = 0;
  for (const NamedLog& run : runs) {
    for (const LogEntry& e : run.entries) {
      all.push_back(e);
      if (!(e.test_accuracy >= 0)) continue;
      least = std::min(least, e.test_accuracy);
      most = std::max(most, e.test_accuracy);
    }
  }
  double height = panel_height + 20 * static_cast<double>(runs.size()) + 12;
  std::string svg = svg_head(height);
  Axis x = epoch_axis(all);
  Axis y = accuracy_axis(least, std::max(least, most), 0);
  frame(svg, x, y, 0, "test accuracy");
  for (size_t i = 0; i < runs.size(); ++i) {
    const char* color = colors[i % std::size(colors)];
    curve(svg, runs[i].entries, x, y, color, true, accuracy);
    legend(svg, panel_height + 12 + 20 * static_cast<double>(i), left, color,
           escaped(runs[i].name) + last_of(runs[i].entries, accuracy));
  }
  return svg + "</svg>\n";
}

}  // namespace pullback
