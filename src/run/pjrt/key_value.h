#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Texts by key that the processes of one run share: how the plugins on several machines find each
/// other (NCCL's identifiers and the like go through it). Process 0 keeps them; the others ask it
/// over TCP, in the clear: use it within a cluster's own network.
namespace pullback::pjrt {

class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;
  /// Replaces what was there.
  virtual void put(std::string_view key, std::string_view value) = 0;
  /// Waits for the key to be there; nothing after `timeout`. Throws Error if the connection is
  /// lost.
  virtual std::optional<std::string> get(std::string_view key,
                                         std::chrono::milliseconds timeout) = 0;
};

/// The store of process 0, served at `port` of all addresses (0: any free port). Throws Error that
/// names the port and the system's reason.
class StoreServer : public KeyValueStore {
 public:
  explicit StoreServer(int port);
  ~StoreServer() override;
  int port() const;
  void put(std::string_view key, std::string_view value) override;
  std::optional<std::string> get(std::string_view key, std::chrono::milliseconds timeout) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The store of another process, at "host:port"; waits up to `timeout` for it to be served. Throws
/// Error that names the address. Thread-safe, as StoreServer is.
std::unique_ptr<KeyValueStore> connect_store(const std::string& address,
                                             std::chrono::milliseconds timeout);

}  // namespace pullback::pjrt
