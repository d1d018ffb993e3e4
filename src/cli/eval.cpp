#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/run_folder.h"
#include "cli/trained.h"
#include "data/mnist.h"

namespace pullback::cli {

namespace {

/// Rows: the true class; columns: the predicted one; with the share of each row that is right.
std::string confusion_text(const Evaluation& e, size_t classes, const Style& style) {
  using enum Table::Align;
  std::vector<Table::Column> columns{{"label", right}};
  for (size_t c = 0; c < classes; ++c) columns.push_back({std::to_string(c), right});
  columns.push_back({"right", right});
  Table table(columns);
  for (size_t r = 0; r < classes; ++r) {
    std::vector<std::string> cells{std::to_string(r)};
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

void run_eval(Trained& trained, bool as_json) {
  auto evaluator = load(trained, 250);
  Dataset test = load_mnist(data_folder(trained.data), Split::test);
  Evaluation e = evaluator->evaluate(test);
  if (as_json) {
    nlohmann::ordered_json result = {
        {"net", trained.net},   {"test_loss", e.loss},    {"test_accuracy", e.accuracy()},
        {"correct", e.correct}, {"test_images", e.count}, {"confusion", e.confusion}};
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{} on the test images: true labels down, predictions across\n\n{}\n", trained.net,
             confusion_text(e, static_cast<size_t>(test.classes), Style::of_stdout()));
  fmt::print("test loss {:.4f}\ntest accuracy {:.4f} ({}/{})\n", e.loss, e.accuracy(), e.correct,
             e.count);
}

}  // namespace

void add_eval(CLI::App& app) {
  auto* command = app.add_subcommand("eval", "Test a trained network on MNIST's test images");
  auto trained = std::make_shared<Trained>();
  auto as_json = std::make_shared<bool>(false);
  add_trained(*command, *trained);
  command->add_option("NET", trained->net, "The same as --net NET")
      ->option_text(" ")
      ->excludes("--net");
  command->add_flag("--json", *as_json, "One JSON object");
  command->callback([trained, as_json] { run_eval(*trained, *as_json); });
}

}  // namespace pullback::cli
