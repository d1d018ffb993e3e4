#include "run/pjrt/key_value.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"

namespace pullback::pjrt {

namespace {

using std::chrono::milliseconds;

// A request is 'P' key value, or 'G' key milliseconds; the answer to G is '1' value, or '0'. Texts
// and numbers are preceded by, or are, 4 bytes, the lowest first.

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool receive_all(int socket, char* bytes, size_t count) {
  while (count > 0) {
    ssize_t n = recv(socket, bytes, count, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    count -= static_cast<size_t>(n);
  }
  return true;
}

std::string number_text(size_t number) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift);
  return text;
}

std::string sized(std::string_view text) { return number_text(text.size()) + std::string(text); }

bool receive_number(int socket, uint32_t& number) {
  unsigned char bytes[4];
  if (!receive_all(socket, reinterpret_cast<char*>(bytes), 4)) return false;
  number = bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
  return true;
}

bool receive_text(int socket, std::string& text) {
  constexpr uint32_t limit = 1U << 28;
  uint32_t size = 0;
  if (!receive_number(socket, size) || size > limit) return false;
  text.resize(size);
  return receive_all(socket, text.data(), size);
}

/// An open socket.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

struct StoreServer::State {
  explicit State(int fd) : listener(fd) {}

  void put(std::string_view key, std::string_view value) {
    {
      std::lock_guard lock(mutex);
      values[std::string(key)] = value;
    }
    changed.notify_all();
  }

  std::optional<std::string> get(std::string_view key, milliseconds timeout) {
    std::unique_lock lock(mutex);
    auto there = [&] { return stopped || values.count(std::string(key)) > 0; };
    changed.wait_for(lock, timeout, there);
    auto found = values.find(std::string(key));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }

  /// Answers one client until it leaves.
  void serve(int client) {
    for (char kind; receive_all(client, &kind, 1);) {
      std::string key, value;
      uint32_t timeout = 0;
      if (!receive_text(client, key)) return;
      if (kind == 'P') {
        if (!receive_text(client, value)) return;
        put(key, value);
      } else {
        if (!receive_number(client, timeout)) return;
        auto found = get(key, milliseconds(timeout));
        if (!send_all(client, found ? "1" + sized(*found) : "0")) return;
      }
    }
  }

  void accept_clients() {
    for (;;) {
      int client = accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0 && errno == EINTR) continue;
      if (client < 0) return;
      std::lock_guard lock(mutex);
      if (stopped) {
        close(client);
        return;
      }
      clients.emplace_back(client);
      threads.emplace_back([this, client] { serve(client); });
    }
  }

  /// Ends all threads; shutting the sockets down ends what they wait for.
  void stop() {
    {
      std::lock_guard lock(mutex);
      stopped = true;
      shutdown(listener.fd(), SHUT_RDWR);
      for (const Socket& client : clients) shutdown(client.fd(), SHUT_RDWR);
    }
    changed.notify_all();
    acceptor.join();
    for (std::thread& thread : threads) thread.join();
  }

  Socket listener;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, std::string> values;
  bool stopped = false;
  std::list<Socket> clients;
  std::list<std::thread> threads;
  std::thread acceptor;
};

StoreServer::StoreServer(int port) {
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), off = 0, on = 1;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_any;
  address.sin6_port = htons(static_cast<uint16_t>(port));
  state_ = std::make_unique<State>(fd);
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 64) != 0) {
    throw Error("cannot serve the processes of this run at port " + std::to_string(port) + ": " +
                std::strerror(errno));
  }
  state_->acceptor = std::thread([state = state_.get()] { state->accept_clients(); });
}

StoreServer::~StoreServer() { state_->stop(); }

int StoreServer::port() const {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  getsockname(state_->listener.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin6_port);
}

void StoreServer::put(std::string_view key, std::string_view value) { state_->put(key, value); }

std::optional<std::string> StoreServer::get(std::string_view key, milliseconds timeout) {
  return state_->get(key, timeout);
}

namespace {

class StoreClient : public KeyValueStore {
 public:
  StoreClient(Socket socket, std::string address)
      : socket_(std::move(socket)), address_(std::move(address)) {}

  void put(std::string_view key, std::string_view value) override {
    std::lock_guard lock(mutex_);
    require(send_all(socket_.fd(), "P" + sized(key) + sized(value)));
  }

  std::optional<std::string> get(std::string_view key, milliseconds timeout) override {
    // Short waits, so that others of this process get their turn.
    auto until = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      if (auto found = get_once(key, std::min(timeout, milliseconds(100)))) return found;
      if (std::chrono::steady_clock::now() >= until) return std::nullopt;
    }
  }

 private:
  std::optional<std::string> get_once(std::string_view key, milliseconds timeout) {
    std::lock_guard lock(mutex_);
    std::string value;
    char there = '0';
    require(send_all(socket_.fd(),
                     "G" + sized(key) + number_text(static_cast<size_t>(timeout.count()))) &&
            receive_all(socket_.fd(), &there, 1));
    if (there == '0') return std::nullopt;
    require(receive_text(socket_.fd(), value));
    return value;
  }

  void require(bool done) const {
    if (!done) throw Error("the process at " + address_ + ", which this run depends on, has ended");
  }

  std::mutex mutex_;
  Socket socket_;
  std::string address_;
};

/// A connection to one of the addresses that a name has, or -1.
int try_connect(const std::string& host, const std::string& port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
  int fd = -1, on = 1;
  for (addrinfo* a = found; a != nullptr && fd < 0; a = a->ai_next) {
    fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

}  // namespace

std::unique_ptr<KeyValueStore> connect_store(const std::string& address, milliseconds timeout) {
  size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
    throw Error("'" + address + "' is no address; write HOST:PORT");
  }
  auto until = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    int fd = try_connect(address.substr(0, colon), address.substr(colon + 1));
    if (fd >= 0) return std::make_unique<StoreClient>(Socket(fd), address);
    if (std::chrono::steady_clock::now() >= until) {
      throw Error("no process of this run answers at " + address + "; is process 0 running there?");
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
}

}  // namespace pullback::pjrt
