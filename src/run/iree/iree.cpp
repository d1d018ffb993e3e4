#include "run/iree/iree.h"

#include <algorithm>

#include "base/error.h"
#include "run/iree/compiler.h"
#include "run/iree/runtime.h"
#include "run/native/memory.h"

namespace pullback {

namespace {

using namespace iree;

class IreeExecutable : public Executable {
 public:
  IreeExecutable(const Graph& graph, DeviceHandle device, std::string_view module,
                 std::string_view file, const CompileOptions& options)
      : file_(file), kept_(options.kept), device_(std::move(device)) {
    program_ = load_program(device_.get(), module, "load " + file_);
    for (const Argument& argument : graph.arguments) {
      arguments_.push_back({argument.name, argument.type});
      host_.emplace_back(std::max<size_t>(argument.type.bytes(), 1));
      std::fill_n(host_.back().data(), argument.type.bytes(), std::byte{0});
    }
    for (Value v : graph.results) results_.push_back({graph.name_of(v), graph.type(v)});
    on_device_.resize(arguments_.size());
    on_host_.assign(arguments_.size(), true);
    sent_.assign(arguments_.size(), false);
  }

  const std::vector<ValueInfo>& arguments() const override { return arguments_; }
  const std::vector<ValueInfo>& results() const override { return results_; }

  std::span<std::byte> argument(size_t index) override {
    std::span<std::byte> bytes = fetch(index);
    sent_[index] = false;
    return bytes;
  }

  Tensor argument_value(size_t index) override {
    std::span<std::byte> bytes = fetch(index);
    Tensor value(arguments_[index].type);
    std::copy(bytes.begin(), bytes.end(), value.bytes().begin());
    return value;
  }

  void run() override {
    for (size_t i = 0; i < arguments_.size(); ++i) {
      if (sent_[i]) continue;
      on_device_[i] = upload(program_.get(), arguments_[i].type, host_bytes(i),
                             "copy '" + arguments_[i].name + "' to the device");
      sent_[i] = true;
    }
    values_ = iree::run(program_.get(), on_device_, results_.size(), "run " + file_);
    for (size_t i = 0; i < kept_; ++i) {
      on_device_[i] = std::move(values_[i]);
      on_host_[i] = false;
    }
  }

  Tensor result(size_t index) const override {
    Tensor value(results_.at(index).type);
    if (values_.empty()) return value;
    const BufferHandle& buffer = index < kept_ ? on_device_[index] : values_[index];
    read(program_.get(), buffer.get(), value.bytes().first(value.type().bytes()),
         "read '" + results_[index].name + "'");
    return value;
  }

  int64_t device_memory() const override { return runtime().memory(program_.get()); }

 private:
  std::span<std::byte> host_bytes(size_t index) {
    return {host_.at(index).data(), arguments_.at(index).type.bytes()};
  }

  /// The argument's present value on the host.
  std::span<std::byte> fetch(size_t index) {
    std::span<std::byte> bytes = host_bytes(index);
    if (!on_host_[index]) {
      read(program_.get(), on_device_[index].get(), bytes, "read '" + arguments_[index].name + "'");
      on_host_[index] = true;
    }
    return bytes;
  }

  std::string file_;
  size_t kept_;
  DeviceHandle device_;  // outlives the program, which outlives the buffers
  ProgramHandle program_;
  std::vector<ValueInfo> arguments_, results_;
  std::vector<native::Block> host_;      ///< the arguments
  std::vector<BufferHandle> on_device_;  ///< the arguments
  std::vector<bool> on_host_, sent_;     ///< whether the host's is the present value, the device's
  std::vector<BufferHandle> values_;     ///< of the last run; the kept ones have moved
};

}  // namespace

std::unique_ptr<Executable> compile_iree(const Graph& graph, std::string_view text,
                                         std::string_view file, const CompileOptions& options) {
  find_compiler();
  DeviceHandle device = open_device(options.device, options.threads);
  std::string module = compile_module(text, file, options.device);
  return std::make_unique<IreeExecutable>(graph, std::move(device), module, file, options);
}

}  // namespace pullback
