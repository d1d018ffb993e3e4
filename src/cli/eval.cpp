#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/data_option.h"
#include "cli/format.h"
#include "cli/trained.h"
#include "train/loop/confusion.h"

namespace pullback::cli {

namespace {

/// Rows: the true class; columns: the predicted one; with the share of each row that is right.
std::string confusion_text(const Evaluation& e, const Dataset& data, const Style& style) {
  using enum Table::Align;
  auto classes = static_cast<size_t>(data.classes);
  bool named = !data.class_names.empty();
  std::vector<Table::Column> columns{{"label", named ? left : right}};
  for (size_t c = 0; c < classes; ++c) columns.push_back({std::to_string(c), right});
  columns.push_back({"right", right});
  Table table(columns);
  for (size_t r = 0; r < classes; ++r) {
    std::string number = std::to_string(r);
    std::vector<std::string> cells{named ? number + " " + data.class_names[r] : number};
    int64_t total = 0;
    for (size_t c = 0; c < classes; ++c) {
      int64_t n = e.confusion[r * classes + c];
      total += n;
      cells.push_back(n == 0 ? style.dim("·") : c == r ? style.bold(grouped(n)) : grouped(n));
    }
    auto hits = static_cast<double>(e.confusion[r * classes + r]);
    cells.push_back(total == 0 ? "" : fixed(100 * hits / static_cast<double>(total), 2) + " %");
    table.row(cells);
  }
  return table.text(style);
}

void run_eval(Trained& trained, const std::string& svg, bool as_json) {
  auto evaluator = load(trained, 0);
  Dataset test =
      load_split_for(trained.trained_on, trained.data, evaluator->network(), Split::test);
  Evaluation e = evaluator->evaluate(test);
  if (!svg.empty()) write_file(svg, draw_confusion(trained.net, e, test.class_names));
  if (as_json) {
    nlohmann::ordered_json result = {
        {"net", trained.net},      {"test_loss", e.loss},   {"test_accuracy", e.accuracy()},
        {"correct", e.correct},    {"test_top5", e.top5()}, {"test_images", e.count},
        {"confusion", e.confusion}};
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{} on the test images: true labels down, predictions across\n\n{}\n", trained.net,
             confusion_text(e, test, Style::of_stdout()));
  if (test.classes > 5) fmt::print("top-5 {:.4f}\n", e.top5());
  fmt::print("test loss {:.4f}\ntest accuracy {:.4f} ({}/{})\n", e.loss, e.accuracy(), e.correct,
             e.count);
}

}  // namespace

void add_eval(CLI::App& app) {
  auto* command = app.add_subcommand("eval", "Test a trained network on the test images");
  auto trained = std::make_shared<Trained>();
  auto as_json = std::make_shared<bool>(false);
  auto svg = std::make_shared<std::string>();
  add_trained(*command, *trained);
  command->add_option("NET", trained->net, "The same as --net NET")
      ->option_text(" ")
      ->excludes("--net");
  command->add_option("--svg", *svg, "Draw the confusion matrix as well")->option_text("FILE");
  command->add_flag("--json", *as_json, "One JSON object");
  command->callback([trained, svg, as_json] { run_eval(*trained, *svg, *as_json); });
}

}  // namespace pullback::cli
