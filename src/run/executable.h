#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/native/kernels/isa.h"
#include "tensor/tensor.h"

namespace pullback {

struct CompileOptions {
  /// Threads that a run may use; 0: one per core.
  int threads = 0;
  /// The first `kept` results become the first `kept` arguments of the next run, in place: the
  /// parameters and optimizer state of a train step.
  size_t kept = 0;
  /// The native backend's instruction set; without one, kernels::active_isa().
  std::optional<kernels::Isa> isa = std::nullopt;
};

/// What a named argument or result of an executable is.
struct ValueInfo {
  std::string name;
  Type type;
};

/// A compiled program with its buffers. Arguments stay as they are from run to run until they are
/// set again, except the kept ones. Not thread-safe.
class Executable {
 public:
  virtual ~Executable() = default;

  virtual const std::vector<ValueInfo>& arguments() const = 0;
  virtual const std::vector<ValueInfo>& results() const = 0;

  /// The buffer of an argument, row-major: write the batch straight into it.
  virtual std::span<std::byte> argument(size_t index) = 0;
  /// Copies a tensor of the argument's type; throws Error if the type differs.
  void set_argument(size_t index, const Tensor& value);
  /// A copy of an argument's present value: how kept state is read.
  Tensor argument_value(size_t index);

  virtual void run() = 0;
  /// A copy of a result of the last run.
  virtual Tensor result(size_t index) const = 0;

  /// Milliseconds and work of each part of the last runs, if the backend measures them.
  struct Phase {
    std::string name;
    double milliseconds = 0;  ///< per run, the least of the runs measured
    double flops = 0;
  };
  virtual std::vector<Phase> profile(int runs);
};

/// Backends by name: "native", "interp".
std::vector<std::string> backend_names();

/// Compiles a StableHLO module. Throws Error for an unknown backend or a text that does not parse;
/// `file` names the text in messages.
std::unique_ptr<Executable> compile(std::string_view backend, std::string_view text,
                                    std::string_view file, const CompileOptions& options);

}  // namespace pullback
