#include "run/pjrt/client.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "run/pjrt/callbacks.h"
#include "tensor/decimal.h"

namespace pullback::pjrt {

namespace {

/// A number that an environment variable may hold; throws Error for another text.
double number_in(const char* name, double otherwise, double low, double high) {
  const char* text = std::getenv(name);
  if (text == nullptr || text[0] == '\0') return otherwise;
  char* end = nullptr;
  double value = std::strtod(text, &end);
  if (*end == '\0' && value >= low && value <= high) return value;
  throw Error(std::string(name) + " is '" + text + "'; it must be a number from " +
              Decimal::of(low).text() + " to " + Decimal::of(high).text());
}

/// What each kind of plugin is to be told.
Settings settings_for(const ClientOptions& options) {
  Settings settings;
  // The CPU plugin would divide the machine into four devices.
  if (options.device == "cpu") {
    settings.emplace_back("cpu_device_count", static_cast<int64_t>(options.replicas));
  }
  if (options.device == "cuda" || options.device == "rocm") {
    settings.emplace_back("memory_fraction",
                          static_cast<float>(number_in("PULLBACK_GPU_MEMORY", 0.9, 0.01, 1)));
    settings.emplace_back("preallocate", number_in("PULLBACK_GPU_PREALLOCATE", 0, 0, 1) != 0);
  }
  if (options.nodes > 1) {
    settings.emplace_back("num_nodes", static_cast<int64_t>(options.nodes));
    settings.emplace_back("node_id", static_cast<int64_t>(options.node));
  }
  return settings;
}

abi::NamedValue named_value(const Setting& setting) {
  abi::NamedValue value;
  value.head.size = sizeof value;
  value.name = setting.first.data();
  value.name_size = setting.first.size();
  value.value_size = 1;
  if (auto* text = std::get_if<std::string>(&setting.second)) {
    value.type = abi::ValueType::string;
    value.string = text->data();
    value.value_size = text->size();
  } else if (auto* flag = std::get_if<bool>(&setting.second)) {
    value.type = abi::ValueType::boolean;
    value.boolean = *flag;
  } else if (auto* number = std::get_if<int64_t>(&setting.second)) {
    value.type = abi::ValueType::int64;
    value.int64 = *number;
  } else {
    value.type = abi::ValueType::float32;
    value.float32 = std::get<float>(setting.second);
  }
  return value;
}

/// XLA's CPU client takes its number of threads from this variable, when it is created.
class ThreadsVariable {
 public:
  explicit ThreadsVariable(int threads) : set_(threads > 0) {
    if (const char* value = std::getenv(name)) old_ = value;
    if (set_) setenv(name, std::to_string(threads).c_str(), 1);
  }
  ~ThreadsVariable() {
    if (!set_) return;
    if (old_.empty()) {
      unsetenv(name);
    } else {
      setenv(name, old_.c_str(), 1);
    }
  }
  ThreadsVariable(const ThreadsVariable&) = delete;
  ThreadsVariable& operator=(const ThreadsVariable&) = delete;

 private:
  static constexpr const char* name = "NPROC";
  bool set_;
  std::string old_;
};

abi::ElementCode code_of(ElementType element) {
  std::string_view name = to_string(element);
  constexpr std::pair<std::string_view, abi::ElementCode> codes[] = {
      {"i1", abi::ElementCode::pred},  {"i8", abi::ElementCode::s8},
      {"i16", abi::ElementCode::s16},  {"i32", abi::ElementCode::s32},
      {"i64", abi::ElementCode::s64},  {"ui8", abi::ElementCode::u8},
      {"ui16", abi::ElementCode::u16}, {"ui32", abi::ElementCode::u32},
      {"ui64", abi::ElementCode::u64}, {"f16", abi::ElementCode::f16},
      {"f32", abi::ElementCode::f32},  {"f64", abi::ElementCode::f64},
      {"bf16", abi::ElementCode::bf16}};
  for (const auto& [known, code] : codes) {
    if (known == name) return code;
  }
  throw Error("the pjrt backend has no element type " + std::string(name));
}

}  // namespace

std::shared_ptr<const Client> Client::open(std::shared_ptr<const Plugin> plugin,
                                           const ClientOptions& options) {
  static std::mutex mutex;
  static auto& open = *new std::vector<std::weak_ptr<const Client>>;
  std::lock_guard lock(mutex);
  std::erase_if(open, [](const auto& client) { return client.expired(); });
  for (const auto& weak : open) {
    auto client = weak.lock();
    if (client && client->serves(*plugin, options)) return client;
  }
  std::shared_ptr<const Client> client(new Client(std::move(plugin), options));
  open.push_back(client);
  return client;
}

bool Client::serves(const Plugin& plugin, const ClientOptions& options) const {
  bool enough = devices_.size() >= static_cast<size_t>(options.replicas);
  return plugin_.get() == &plugin && options_.device == options.device &&
         options_.threads == options.threads && options_.store == options.store && enough;
}

Client::Client(std::shared_ptr<const Plugin> plugin, const ClientOptions& options)
    : plugin_(std::move(plugin)), options_(options) {
  Settings settings = settings_for(options);
  std::vector<abi::NamedValue> values;
  for (const Setting& setting : settings) values.push_back(named_value(setting));
  abi::ClientCreate create;
  create.create_options = values.data();
  create.num_options = values.size();
  if (options.store) share(*options.store, create);
  {
    ThreadsVariable threads(options.threads);
    plugin_->call(create);
  }
  client_.reset(create.client, [plugin = plugin_](abi::Client* client) {
    abi::ClientDestroy destroy;
    destroy.client = client;
    plugin->call_quietly(destroy);
  });
  check_platform();
  abi::ClientAddressableDevices devices;
  devices.client = handle();
  plugin_->call(devices);
  devices_.assign(devices.devices, devices.devices + devices.num_devices);
  if (devices_.size() < static_cast<size_t>(options.replicas)) {
    throw Error(std::to_string(options.replicas) + " replicas need as many devices; " +
                plugin_->path() + " has " + std::to_string(devices_.size()));
  }
}

void Client::check_platform() const {
  std::string found = platform();
  std::transform(found.begin(), found.end(), found.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  bool gpu = options_.device == "cuda" || options_.device == "rocm";
  if (found == options_.device || (gpu && found == "gpu")) return;
  throw Error("'" + plugin_->path() + "' is a plugin for the device " + found +
              ", not for --device " + options_.device);
}

std::string Client::platform() const {
  abi::ClientPlatformName name;
  name.client = handle();
  plugin_->call(name);
  return {name.text, name.text_size};
}

std::string Client::platform_version() const {
  abi::ClientPlatformVersion version;
  version.client = handle();
  plugin_->call(version);
  std::string text(version.text, version.text_size);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string Client::kind(abi::Device* device) const {
  abi::DeviceGetDescription description;
  description.device = device;
  plugin_->call(description);
  abi::DeviceDescriptionKind kind;
  kind.description = description.description;
  plugin_->call(kind);
  return {kind.text, kind.text_size};
}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(client_, other.client_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

Buffer::~Buffer() {
  if (buffer_ == nullptr) return;
  abi::BufferDestroy destroy;
  destroy.buffer = buffer_;
  client_->plugin().call_quietly(destroy);
}

void Buffer::read(const Type& type, std::span<std::byte> bytes) const {
  std::vector<int64_t> minor_to_major;
  for (int64_t axis = type.rank(); axis-- > 0;) minor_to_major.push_back(axis);
  abi::MemoryLayout layout;
  layout.head.size = sizeof layout;
  layout.tiled.head.size = sizeof layout.tiled;
  layout.tiled.minor_to_major = minor_to_major.data();
  layout.tiled.minor_to_major_size = minor_to_major.size();
  abi::BufferToHostBuffer copy;
  copy.src = buffer_;
  copy.host_layout = &layout;
  copy.dst = bytes.data();
  copy.dst_size = type.bytes();
  client_->plugin().call(copy);
  client_->plugin().wait(copy.event);
}

Buffer upload(const std::shared_ptr<const Client>& client, const Type& type,
              std::span<const std::byte> bytes, abi::Device* device, bool borrow) {
  const Plugin& plugin = client->plugin();
  abi::ClientBufferFromHostBuffer from;
  from.client = client->handle();
  from.data = bytes.data();
  from.type = code_of(type.element);
  from.dims = type.shape.data();
  from.num_dims = type.shape.size();
  from.device = device;
  if (borrow) from.semantics = abi::HostSemantics::immutable_zero_copy;
  plugin.call(from);
  Buffer buffer(client, from.buffer);
  if (borrow) {
    // That event comes when the buffer is gone.
    abi::EventDestroy destroy;
    destroy.event = from.done_with_host_buffer;
    if (destroy.event != nullptr) plugin.call_quietly(destroy);
  } else {
    plugin.wait(from.done_with_host_buffer);
  }
  return buffer;
}

Program::Program(std::shared_ptr<const Client> client, std::string_view text,
                 const Settings& settings, int replicas)
    : client_(std::move(client)) {
  constexpr std::string_view format = "mlir";
  abi::Program program;
  program.head.size = sizeof program;
  program.code = const_cast<char*>(text.data());
  program.code_size = text.size();
  program.format = format.data();
  program.format_size = format.size();
  std::string options = compile_options(replicas, settings);
  abi::ClientCompile compile;
  compile.client = client_->handle();
  compile.program = &program;
  compile.compile_options = options.data();
  compile.compile_options_size = options.size();
  client_->plugin().call(compile);
  executable_.reset(compile.executable, [client = client_](abi::LoadedExecutable* executable) {
    abi::LoadedExecutableDestroy destroy;
    destroy.executable = executable;
    client->plugin().call_quietly(destroy);
  });
  inspect();
}

void Program::inspect() {
  const Plugin& plugin = client_->plugin();
  abi::LoadedExecutableAddressableDevices devices;
  devices.executable = executable_.get();
  plugin.call(devices);
  devices_.assign(devices.devices, devices.devices + devices.num_devices);
  abi::LoadedExecutableGetExecutable get;
  get.loaded_executable = executable_.get();
  plugin.call(get);
  abi::ExecutableNumOutputs outputs;
  outputs.executable = get.executable;
  plugin.call_quietly(outputs);
  result_count_ = outputs.num_outputs;
  abi::ExecutableGetCompiledMemoryStats stats;
  stats.executable = get.executable;
  plugin.call_quietly(stats);
  memory_ = stats.arguments + stats.outputs + stats.temporaries - stats.aliased;
  abi::ExecutableDestroy destroy;
  destroy.executable = get.executable;
  plugin.call_quietly(destroy);
}

std::vector<std::vector<Buffer>> Program::run(
    const std::vector<std::vector<abi::Buffer*>>& arguments) const {
  size_t replicas = arguments.size();
  std::vector<std::vector<abi::Buffer*>> out(replicas, std::vector<abi::Buffer*>(result_count_));
  std::vector<abi::Buffer* const*> in_lists;
  std::vector<abi::Buffer**> out_lists;
  for (size_t r = 0; r < replicas; ++r) {
    in_lists.push_back(arguments[r].data());
    out_lists.push_back(out[r].data());
  }
  std::vector<abi::Event*> done(replicas);
  abi::ExecuteOptions options;
  options.head.size = sizeof options;
  abi::LoadedExecutableExecute execute;
  execute.executable = executable_.get();
  execute.options = &options;
  execute.argument_lists = in_lists.data();
  execute.num_devices = replicas;
  execute.num_args = arguments[0].size();
  execute.output_lists = out_lists.data();
  execute.device_complete_events = done.data();
  client_->plugin().call(execute);
  std::vector<std::vector<Buffer>> results(replicas);
  for (size_t r = 0; r < replicas; ++r) {
    for (abi::Buffer* buffer : out[r]) results[r].emplace_back(client_, buffer);
  }
  for (abi::Event* event : done) client_->plugin().wait(event);
  return results;
}

}  // namespace pullback::pjrt
