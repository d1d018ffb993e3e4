#include "train/loop/confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pullback {

namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  }
  return result;
}

/// Where the cells are.
struct Grid {
  size_t classes;
  bool numbers;  ///< and names
  double cell, left = 150, top = 150;

  double x(size_t column) const { return left + cell * static_cast<double>(column); }
  double y(size_t row) const { return top + cell * static_cast<double>(row); }
  double side() const { return cell * static_cast<double>(classes); }
};

std::string draw_cell(const Grid& grid, size_t r, size_t c, int64_t n, double share) {
  if (n == 0) return "";
  std::string svg = fmt::format(
      "<rect x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' fill='{}' "
      "fill-opacity='{:.3f}'/>\n",
      grid.x(c), grid.y(r), grid.cell, grid.cell, r == c ? "#2f6fb2" : "#d1661c",
      0.08 + 0.92 * share);
  if (!grid.numbers) return svg;
  return svg + fmt::format("<text x='{:.1f}' y='{:.1f}' class='m'{}>{}</text>\n",
                           grid.x(c) + grid.cell / 2, grid.y(r) + grid.cell / 2 + 4,
                           share > 0.6 ? " style='fill:white'" : "", n);
}

std::string draw_name(const Grid& grid, size_t r, const std::string& name) {
  return fmt::format("<text x='{}' y='{}' class='e'>{}</text>\n", grid.left - 8,
                     grid.y(r) + grid.cell / 2 + 4, name) +
         fmt::format("<text transform='translate({} {}) rotate(-50)'>{}</text>\n",
                     grid.x(r) + grid.cell / 2, grid.top - 8, name);
}

std::string draw_head(const Grid& grid, const std::string& title, const Evaluation& e) {
  return fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' viewBox='0 0 {0} {1}'>\n"
      "<style>text{{font:12px sans-serif;fill:#333}}.m{{text-anchor:middle}}.e{{text-anchor:end}}"
      "</style>\n<rect width='100%' height='100%' fill='white'/>\n"
      "<text x='20' y='28' style='font-size:16px;font-weight:bold'>{2}</text>\n"
      "<text x='20' y='48'>accuracy {3:.4f} ({4} of {5}); true classes down, predictions "
      "across</text>\n",
      std::max(grid.left + grid.side() + 60, 480.0), grid.top + grid.side() + 20, title,
      e.accuracy(), e.correct, e.count);
}

}  // namespace

std::string draw_confusion(const std::string& title, const Evaluation& evaluation,
                           const std::vector<std::string>& class_names) {
  auto classes =
      static_cast<size_t>(std::lround(std::sqrt(static_cast<double>(evaluation.confusion.size()))));
  Grid grid{.classes = classes, .numbers = classes <= 30, .cell = 46};
  if (!grid.numbers) grid.cell = std::max(700.0 / static_cast<double>(classes), 1.0);
  std::string svg = draw_head(grid, escaped(title), evaluation);
  for (size_t r = 0; r < classes; ++r) {
    const int64_t* row = evaluation.confusion.data() + r * classes;
    int64_t total = std::accumulate(row, row + classes, int64_t{0});
    std::string name = r < class_names.size() ? escaped(class_names[r]) : std::to_string(r);
    if (grid.numbers) svg += draw_name(grid, r, name);
    for (size_t c = 0; c < classes; ++c) {
      double share = total > 0 ? static_cast<double>(row[c]) / static_cast<double>(total) : 0;
      svg += draw_cell(grid, r, c, row[c], share);
    }
  }
  return svg + fmt::format(
                   "<rect x='{}' y='{}' width='{}' height='{}' fill='none' stroke='#777'/>\n"
                   "</svg>\n",
                   grid.left, grid.top, grid.side(), grid.side());
}

}  // namespace pullback
