#include "run/pjrt/compile_options.h"

#include <bit>

namespace pullback::pjrt {

void ProtoWriter::varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
  text_ += static_cast<char>(value);
}

ProtoWriter& ProtoWriter::number(int field, int64_t value) {
  varint(static_cast<uint64_t>(field) << 3);
  varint(static_cast<uint64_t>(value));
  return *this;
}

ProtoWriter& ProtoWriter::bytes(int field, std::string_view value) {
  varint(static_cast<uint64_t>(field) << 3 | 2);
  varint(value.size());
  text_ += value;
  return *this;
}

ProtoWriter& ProtoWriter::real(int field, double value) {
  varint(static_cast<uint64_t>(field) << 3 | 1);
  auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) text_ += static_cast<char>(bits >> shift);
  return *this;
}

namespace {

/// OptionOverrideProto: string_field = 1, bool_field = 2, int_field = 3, double_field = 4.
std::string override_text(const Setting& setting) {
  ProtoWriter value;
  if (auto* text = std::get_if<std::string>(&setting.second)) value.bytes(1, *text);
  if (auto* flag = std::get_if<bool>(&setting.second)) value.number(2, *flag);
  if (auto* number = std::get_if<int64_t>(&setting.second)) value.number(3, *number);
  if (auto* real = std::get_if<float>(&setting.second)) value.real(4, *real);
  return value.text();
}

}  // namespace

std::string compile_options(int replicas, const Settings& settings) {
  // ExecutableBuildOptionsProto: device_ordinal = 1 (none), num_replicas = 4, num_partitions = 5.
  ProtoWriter build;
  build.number(1, -1).number(4, replicas).number(5, 1);
  // CompileOptionsProto: executable_build_options = 3, env_option_overrides = 7 (a map: entries
  // with key = 1 and value = 2).
  ProtoWriter options;
  options.bytes(3, build.text());
  for (const Setting& setting : settings) {
    ProtoWriter entry;
    entry.bytes(1, setting.first).bytes(2, override_text(setting));
    options.bytes(7, entry.text());
  }
  return options.text();
}

}  // namespace pullback::pjrt
