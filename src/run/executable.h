#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/native/kernels/isa.h"
#include "run/processes/processes.h"
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
  /// Where the program runs: one of devices_of(backend).
  std::string device = "cpu";
  /// Copies of the program that run together, one device each. A copy gets its equal share, along
  /// the first axis, of the arguments from number `split` on, and the others whole.
  int replicas = 1;
  size_t split = 0;
  /// Those that run the same program on their shares: a replica each, if there are several.
  std::shared_ptr<Processes> processes = nullptr;
};

/// What a named argument or result of an executable is.
struct ValueInfo {
  std::string name;
  Type type;
};

/// A compiled program with its buffers, which stay on the device: kept arguments come back to the
/// host only when they are asked for. Arguments stay as they are from run to run until they are set
/// again, except the kept ones. With several replicas, the arguments that are split have the type
/// of all shares together, and results are those of the first replica. Not thread-safe; several
/// executables may run at once.
class Executable {
 public:
  virtual ~Executable() = default;

  virtual const std::vector<ValueInfo>& arguments() const = 0;
  virtual const std::vector<ValueInfo>& results() const = 0;

  /// The memory of an argument with its present value, row-major: write the batch straight into it.
  /// What is written before the next run counts; the span is good until then.
  virtual std::span<std::byte> argument(size_t index) = 0;
  /// Copies a tensor of the argument's type; throws Error if the type differs.
  void set_argument(size_t index, const Tensor& value);
  /// A copy of an argument's present value: how kept state is read.
  virtual Tensor argument_value(size_t index);

  /// Runs the program to its end. Throws Error with the backend's message and what to do about it.
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

  /// Bytes on the device while it runs, arguments included; 0 if the backend does not say.
  virtual int64_t device_memory() const { return 0; }
};

/// Backends by name: "native", "interp", "pjrt", "iree".
std::vector<std::string> backend_names();
/// The devices that a backend can be for, whether they are there or not; the first is the default.
std::vector<std::string> devices_of(std::string_view backend);
/// Throws Error for an unknown backend, or a device that it is not for, with those there are.
void check_backend(std::string_view backend, std::string_view device);

/// Throws Error for a number of replicas that the backend cannot run in that many processes.
void check_replicas(std::string_view backend, int64_t replicas, int processes = 1);

/// Compiles a StableHLO module. Throws Error for an unknown backend or device, one that is not
/// installed, or a text that does not parse; `file` names the text in messages.
std::unique_ptr<Executable> compile(std::string_view backend, std::string_view text,
                                    std::string_view file, const CompileOptions& options);

}  // namespace pullback
