#include "cli/trained.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/backend_option.h"
#include "cli/data_option.h"
#include "cli/number_option.h"
#include "cli/run_folder.h"
#include "run/executable.h"
#include "train/loop/checkpoint.h"
#include "train/loop/run_folder.h"
#include "train/loop/torchvision.h"
#include "train/loop/transfer.h"
#include "zoo/load.h"
#include "zoo/toml.h"

namespace pullback::cli {

namespace {

/// The file of the parameters.
std::string checkpoint_file(const Trained& trained) {
  if (!trained.checkpoint.empty() && !trained.run.empty()) {
    throw Error("give --checkpoint or --run, not both");
  }
  if (!trained.checkpoint.empty()) return trained.checkpoint;
  if (trained.run.empty() && trained.net.empty()) {
    throw Error(
        "say which parameters: --run runs/mnist-mlp-1, or --net mnist-mlp for its latest "
        "run, or --checkpoint FILE");
  }
  std::string folder = trained.run.empty() ? latest_run_folder(trained.net) : trained.run;
  run_options(folder);
  return folder + (trained.best ? "/best.safetensors" : "/checkpoint.safetensors");
}

/// The network as given, or as the checkpoint has it.
Network network_of(const Trained& trained, const Checkpoint& checkpoint, const std::string& file) {
  if (!trained.net.empty()) return load_network(trained.net);
  auto text = checkpoint.metadata.find("network");
  if (text == checkpoint.metadata.end()) {
    throw Error("'" + file + "' does not say of which network it is; add --net");
  }
  return parse_network(text->second, file);
}

}  // namespace

void add_trained(CLI::App& command, Trained& trained) {
  auto option = [&](const char* name, auto& value, const std::string& text, const char* shown) {
    command.add_option(name, value, text)->option_text(shown);
  };
  option("--net", trained.net, "Its latest run; or, with --checkpoint, whose parameters they are",
         "NET");
  option("--run", trained.run, "The run in this folder", "FOLDER");
  option("--checkpoint", trained.checkpoint, "These parameters, in safetensors", "FILE");
  command.add_flag("--best", trained.best, "Of a run: its best evaluation, not its last state");
  add_data(command, trained.data);
  add_backend(command, trained.backend, trained.device);
  add_whole(command, "--threads", trained.threads, threads_limits, "0: one per core")
      ->option_text("N [0]");
}

std::unique_ptr<Evaluator> load(Trained& trained, int64_t batch) {
  TrainOptions checked;
  checked.threads = trained.threads;
  checked.backend = trained.backend;
  checked.device = trained.device;
  check_options(checked);
  std::string file = checkpoint_file(trained);
  Checkpoint checkpoint = read_checkpoint(file);
  Network network = network_of(trained, checkpoint, file);
  trained.net = network.name;
  if (auto text = checkpoint.metadata.find("data"); text != checkpoint.metadata.end()) {
    trained.trained_on = parse_run_data(text->second, file);
  }
  if (batch == 0) batch = Evaluator::suitable_batch(network);
  auto evaluator = std::make_unique<Evaluator>(
      network, batch, trained.backend,
      CompileOptions{.threads = trained.threads, .device = trained.device});
  std::vector<Tensor> weights;
  if (has_torchvision_names(checkpoint)) {
    checkpoint = from_torchvision(checkpoint, evaluator->model());
    trained.trained_on.normalization = imagenet_normalization;
  }
  for (const Parameter& p : evaluator->model().weights()) {
    weights.push_back(trained_weight(checkpoint, p, file));
  }
  evaluator->set_weights(weights);
  return evaluator;
}

}  // namespace pullback::cli
