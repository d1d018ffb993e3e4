#include "run/pjrt/pjrt.h"

#include <algorithm>

#include "run/native/memory.h"
#include "run/pjrt/advice.h"
#include "run/pjrt/donate.h"
#include "run/pjrt/find.h"
#include "run/pjrt/startup_check.h"

namespace pullback {

namespace {

using namespace pjrt;

/// Runs f; what the plugin refuses becomes an Error with advice.
template <class F>
decltype(auto) explaining(const std::string& device, const std::string& doing, F f) {
  try {
    return f();
  } catch (const PluginError& error) {
    throw explained(error, device, doing);
  }
}

/// An argument: its value on the host, on the devices, or both.
struct Place {
  native::Block host;
  std::vector<Buffer> device;  ///< one per replica
  bool on_host = true;         ///< the host's value is the present one
  bool on_device = false;      ///< the devices' is
  bool split = false;
};

class PjrtExecutable : public Executable {
 public:
  PjrtExecutable(const Graph& graph, std::shared_ptr<const Client> client, std::string_view text,
                 std::string_view file, const CompileOptions& options)
      : options_(options), file_(file), client_(std::move(client)) {
    Settings settings = checked_settings(client_);
    explaining(options.device, "compile " + file_, [&] {
      program_.emplace(client_, with_donation(text, options.kept), settings, options.replicas);
    });
    describe(graph);
    if (program_->result_count() != results_.size()) {
      throw Error("pjrt: the compiled " + file_ + " has " +
                  std::to_string(program_->result_count()) + " results, not " +
                  std::to_string(results_.size()) + "; the plugin " + client_->plugin().path() +
                  " is at fault");
    }
  }

  const std::vector<ValueInfo>& arguments() const override { return arguments_; }
  const std::vector<ValueInfo>& results() const override { return results_; }

  std::span<std::byte> argument(size_t index) override {
    Place& place = fetch(index);
    // A buffer that borrows the host's memory ends before that changes.
    if (!kept(index)) place.device.clear();
    place.on_device = false;
    return bytes_of(index);
  }

  Tensor argument_value(size_t index) override {
    fetch(index);
    Tensor value(arguments_.at(index).type);
    std::span<std::byte> bytes = bytes_of(index);
    std::copy(bytes.begin(), bytes.end(), value.bytes().begin());
    return value;
  }

  void run() override {
    explaining(options_.device, "run " + file_, [&] {
      for (size_t i = 0; i < arguments_.size(); ++i) send(i);
      auto outputs = program_->run(handles());
      values_.clear();
      for (size_t i = 0; i < options_.kept; ++i) {
        places_[i].on_host = false;
        for (size_t r = 0; r < outputs.size(); ++r) {
          places_[i].device[r] = std::move(outputs[r][i]);
        }
      }
      for (size_t i = options_.kept; i < results_.size(); ++i) {
        values_.push_back(std::move(outputs[0][i]));
      }
    });
  }

  Tensor result(size_t index) const override {
    Tensor value(results_.at(index).type);
    bool is_kept = index < options_.kept;
    if (is_kept ? places_[index].device.empty() : values_.empty()) return value;
    const Buffer& buffer = is_kept ? places_[index].device[0] : values_.at(index - options_.kept);
    explaining(options_.device, "read '" + results_[index].name + "'",
               [&] { buffer.read(value.type(), value.bytes()); });
    return value;
  }

  int64_t device_memory() const override { return program_->memory(); }

 private:
  bool kept(size_t index) const { return index < options_.kept; }
  size_t replicas() const { return static_cast<size_t>(options_.replicas); }

  void describe(const Graph& graph) {
    for (size_t i = 0; i < graph.arguments.size(); ++i) {
      Type type = graph.arguments[i].type;
      Place place;
      place.split = replicas() > 1 && i >= options_.split;
      if (place.split) type.shape.at(0) *= options_.replicas;
      place.host = native::Block(std::max<size_t>(type.bytes(), 1));
      std::fill_n(place.host.data(), type.bytes(), std::byte{0});
      places_.push_back(std::move(place));
      arguments_.push_back({graph.arguments[i].name, type});
    }
    for (Value v : graph.results) results_.push_back({graph.name_of(v), graph.type(v)});
  }

  std::span<std::byte> bytes_of(size_t index) {
    return {places_.at(index).host.data(), arguments_.at(index).type.bytes()};
  }

  /// The argument with its present value on the host.
  Place& fetch(size_t index) {
    Place& place = places_.at(index);
    if (!place.on_host) {
      explaining(options_.device, "read '" + arguments_[index].name + "'",
                 [&] { place.device[0].read(arguments_[index].type, bytes_of(index)); });
      place.on_host = true;
    }
    return place;
  }

  /// The argument with its present value on the devices.
  void send(size_t index) {
    Place& place = places_[index];
    if (place.on_device) return;
    Type type = arguments_[index].type;
    std::span<std::byte> bytes = bytes_of(index);
    if (place.split) {
      type.shape[0] /= options_.replicas;
      bytes = bytes.first(type.bytes());
    }
    place.device.clear();
    // XLA writes into the memory of kept arguments, so they need one of their own.
    bool borrow = options_.device == "cpu" && !kept(index);
    for (abi::Device* device : program_->devices()) {
      place.device.push_back(upload(client_, type, bytes, device, borrow));
      if (place.split) bytes = {bytes.data() + type.bytes(), type.bytes()};
    }
    place.on_device = true;
  }

  std::vector<std::vector<abi::Buffer*>> handles() const {
    std::vector<std::vector<abi::Buffer*>> handles(replicas());
    for (size_t r = 0; r < replicas(); ++r) {
      for (const Place& place : places_) handles[r].push_back(place.device[r].handle());
    }
    return handles;
  }

  CompileOptions options_;
  std::string file_;
  std::shared_ptr<const Client> client_;
  std::optional<Program> program_;
  std::vector<ValueInfo> arguments_, results_;
  std::vector<Place> places_;   ///< of the arguments
  std::vector<Buffer> values_;  ///< of the results that are not kept
};

}  // namespace

std::unique_ptr<Executable> compile_pjrt(const Graph& graph, std::string_view text,
                                         std::string_view file, const CompileOptions& options) {
  auto plugin = Plugin::load(find_plugin(options.device));
  auto client = explaining(options.device, "open its devices", [&] {
    return Client::open(
        plugin,
        {.device = options.device, .replicas = options.replicas, .threads = options.threads});
  });
  return std::make_unique<PjrtExecutable>(graph, std::move(client), text, file, options);
}

}  // namespace pullback
