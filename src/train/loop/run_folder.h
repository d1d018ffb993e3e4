#pragma once

#include <string>

#include "nn/network.h"
#include "train/loop/options.h"

namespace pullback {

/// The folder of a run:
///   options.json             what determines the run
///   network.toml             the network
///   data.json                what the network must know of its data
///   step.mlir, eval.mlir     the train step that is executed, and the evaluation
///   log.jsonl                loss and accuracy, a JSON object a line
///   curves.svg               the same as a picture
///   confusion.svg            what was taken for what in the last evaluation
///   events.out.tfevents.0    the log for TensorBoard
///   checkpoint.safetensors   everything needed to go on, written atomically
///   best.safetensors         the same at the evaluation with the best accuracy
/// While it is open no other process can open it. options.json is written last when a run begins,
/// so that a folder with it is a run, whole though it may have no checkpoint yet.
class RunFolder {
 public:
  /// Makes the folder of a new run unless it exists. Throws Error if there is a run in it already.
  static RunFolder begin(const std::string& path);
  /// Opens the folder of a run to go on with it. Throws Error if it is none.
  static RunFolder resume(const std::string& path);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  std::string checkpoint() const { return file("checkpoint.safetensors"); }
  std::string best() const { return file("best.safetensors"); }
  bool has(std::string_view name) const;

 private:
  explicit RunFolder(const std::string& path);
  std::string path_;
  int lock_ = -1;
};

/// The options and the network that the run in this folder was begun with. Throw Error if it is no
/// folder of a run.
TrainOptions run_options(const std::string& folder);
Network run_network(const std::string& folder);

}  // namespace pullback
