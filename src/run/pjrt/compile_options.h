#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// XLA's compile options, which a plugin takes as a serialized protocol buffer.
namespace pullback::pjrt {

/// A named setting, of a client or of the compiler.
using Setting = std::pair<std::string, std::variant<std::string, bool, int64_t, float>>;
using Settings = std::vector<Setting>;

/// Writes protocol buffers, fields in the order of the calls.
/// https://protobuf.dev/programming-guides/encoding
class ProtoWriter {
 public:
  /// int32, int64, bool, enum: wire type 0.
  ProtoWriter& number(int field, int64_t value);
  /// string, bytes, message: wire type 2.
  ProtoWriter& bytes(int field, std::string_view value);
  /// double: wire type 1.
  ProtoWriter& real(int field, double value);
  const std::string& text() const { return text_; }

 private:
  void varint(uint64_t value);
  std::string text_;
};

/// CompileOptionsProto (xla/pjrt/proto/compile_options.proto) for `replicas` copies of a program,
/// one device each, with settings of XLA's debug options.
std::string compile_options(int replicas, const Settings& settings);

}  // namespace pullback::pjrt
