#pragma once

#include <memory>
#include <span>
#include <vector>

#include "run/pjrt/compile_options.h"
#include "run/pjrt/key_value.h"
#include "run/pjrt/plugin.h"
#include "tensor/type.h"

namespace pullback::pjrt {

/// How to open a device.
struct ClientOptions {
  std::string device = "cpu";  ///< "cpu", "cuda", "rocm" or "tpu"
  int replicas = 1;            ///< devices at least; the CPU is divided into so many
  int threads = 0;             ///< of the CPU; 0: one per core
  /// Processes that share the run, on GPUs; this one's number; and what they share.
  int nodes = 1, node = 0;
  std::shared_ptr<KeyValueStore> store = {};
};

/// A plugin with its devices open.
class Client {
 public:
  /// Opens the devices, or gives those that are open, if they are enough. Throws PluginError, or
  /// Error if there are fewer devices than replicas. Thread-safe.
  static std::shared_ptr<const Client> open(std::shared_ptr<const Plugin> plugin,
                                            const ClientOptions& options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Plugin& plugin() const { return *plugin_; }
  abi::Client* handle() const { return client_.get(); }
  const std::vector<abi::Device*>& devices() const { return devices_; }
  const ClientOptions& options() const { return options_; }
  std::string platform() const;                 ///< "cpu"
  std::string platform_version() const;         ///< the plugin's words, in one line
  std::string kind(abi::Device* device) const;  ///< "NVIDIA H100 80GB HBM3"

 private:
  void check_platform() const;
  bool serves(const Plugin& plugin, const ClientOptions& options) const;
  Client(std::shared_ptr<const Plugin> plugin, const ClientOptions& options);

  std::shared_ptr<const Plugin> plugin_;
  ClientOptions options_;
  std::shared_ptr<abi::Client> client_;
  std::vector<abi::Device*> devices_;
};

/// An array on a device.
class Buffer {
 public:
  Buffer() = default;
  Buffer(std::shared_ptr<const Client> client, abi::Buffer* buffer)
      : client_(std::move(client)), buffer_(buffer) {}
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  explicit operator bool() const { return buffer_ != nullptr; }
  abi::Buffer* handle() const { return buffer_; }
  /// Copies it to the host, row-major.
  void read(const Type& type, std::span<std::byte> bytes) const;

 private:
  std::shared_ptr<const Client> client_;
  abi::Buffer* buffer_ = nullptr;
};

/// Copies a row-major array to a device. With `borrow`, where the device can read the host's memory
/// (a CPU; 64-byte aligned), it does so: the memory must then stay as it is while the buffer lives.
Buffer upload(const std::shared_ptr<const Client>& client, const Type& type,
              std::span<const std::byte> bytes, abi::Device* device, bool borrow);

/// A compiled program on its devices, one for each replica.
class Program {
 public:
  /// Compiles StableHLO text for so many replicas, a device each. Throws PluginError.
  Program(std::shared_ptr<const Client> client, std::string_view text, const Settings& settings,
          int replicas = 1);
  const std::shared_ptr<const Client>& client() const { return client_; }
  /// The device of each replica.
  const std::vector<abi::Device*>& devices() const { return devices_; }
  size_t result_count() const { return result_count_; }
  /// Bytes on a device while the program runs, its arguments included; 0 if the plugin does not
  /// say.
  int64_t memory() const { return memory_; }

  /// Runs it to its end on arguments[replica][index] and returns results[replica][index].
  std::vector<std::vector<Buffer>> run(
      const std::vector<std::vector<abi::Buffer*>>& arguments) const;

 private:
  void inspect();

  std::shared_ptr<const Client> client_;
  std::shared_ptr<abi::LoadedExecutable> executable_;
  std::vector<abi::Device*> devices_;
  size_t result_count_ = 0;
  int64_t memory_ = 0;
};

}  // namespace pullback::pjrt
