#include "train/loop/checkpoint.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace pullback {

namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

/// In the order of ElementType.
constexpr std::string_view dtypes[] = {"F32", "F64", "I32", "BOOL", "I8",  "I16", "I64",
                                       "U8",  "U16", "U32", "U64",  "F16", "BF16"};
static_assert(std::size(dtypes) == element_types.size());

std::string_view dtype_of(ElementType element) { return dtypes[static_cast<size_t>(element)]; }

std::optional<ElementType> element_of_dtype(std::string_view dtype) {
  for (ElementType e : element_types) {
    if (dtype_of(e) == dtype) return e;
  }
  return std::nullopt;
}

[[noreturn]] void reject(const std::string& path, const std::string& why) {
  throw Error("'" + path + "' is not a usable checkpoint: " + why);
}

json parse_header(const std::string& path, std::string_view bytes, size_t& data_begin) {
  if (bytes.size() < 8) reject(path, "it is cut short (no header)");
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  if (length > bytes.size() - 8) {
    reject(path, "it is cut short, or no safetensors file: its header would have " +
                     std::to_string(length) + " bytes");
  }
  data_begin = 8 + static_cast<size_t>(length);
  // Nesting is bounded before parsing, since the parser recurses.
  std::string_view text = bytes.substr(8, static_cast<size_t>(length));
  int depth = 0;
  for (char c : text) {
    depth += c == '[' || c == '{';
    depth -= c == ']' || c == '}';
    if (depth > 1000) reject(path, "its header is nested too deeply");
  }
  json header = json::parse(text, nullptr, false);
  if (!header.is_object()) reject(path, "its header is not JSON");
  return header;
}

/// The shape and the place of one tensor's data.
struct Place {
  Type type;
  uint64_t begin = 0, end = 0;
};

Place read_place(const std::string& path, const std::string& name, const json& entry) {
  auto bad = [&](const std::string& why) { reject(path, "tensor '" + name + "' " + why); };
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
      !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
      !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
    bad("lacks its dtype, shape or data_offsets");
  }
  Place place;
  auto element = element_of_dtype(entry["dtype"].get<std::string>());
  if (!element) bad("has the element type " + entry["dtype"].dump() + ", which is not supported");
  place.type.element = *element;
  for (const json& extent : entry["shape"]) {
    if (!extent.is_number_unsigned() || extent.get<uint64_t>() >= uint64_t{1} << 62) {
      bad("has a shape that is none");
    }
    place.type.shape.push_back(extent.get<int64_t>());
  }
  for (const json& offset : entry["data_offsets"]) {
    if (!offset.is_number_unsigned()) bad("has data_offsets that are none");
  }
  place.begin = entry["data_offsets"][0].get<uint64_t>();
  place.end = entry["data_offsets"][1].get<uint64_t>();
  uint64_t bytes = 0;
  try {
    bytes = place.type.bytes();
  } catch (const Error& error) {
    bad(error.what());
  }
  if (place.begin > place.end || place.end - place.begin != bytes) {
    bad("should have " + std::to_string(bytes) + " bytes for " + place.type.text());
  }
  return place;
}

}  // namespace

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  json header = json::object();
  header["__metadata__"] = checkpoint.metadata;
  size_t offset = 0;
  for (const auto& [name, tensor] : checkpoint.entries) {
    size_t end = offset + tensor.type().bytes();
    header[name] = {{"dtype", dtype_of(tensor.element())},
                    {"shape", tensor.shape()},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  uint64_t length = text.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  bytes += text;
  bytes.reserve(bytes.size() + offset);
  for (const auto& entry : checkpoint.entries) {
    bytes.append(reinterpret_cast<const char*>(entry.tensor.bytes().data()),
                 entry.tensor.type().bytes());
  }
  write_file(path, bytes);
}

Checkpoint read_checkpoint(const std::string& path) {
  std::string bytes = read_file(path);
  size_t data_begin = 0;
  json header = parse_header(path, bytes, data_begin);
  Checkpoint checkpoint;
  uint64_t size = bytes.size() - data_begin;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) reject(path, "its metadata is not an object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) reject(path, "its metadata '" + key + "' is not a text");
        checkpoint.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    Place place = read_place(path, name, entry);
    if (place.end > size) {
      reject(path, "it is cut short: the data of tensor '" + name + "' is missing");
    }
    if (place.begin != place.end) ranges.push_back({place.begin, place.end});
    Tensor tensor(place.type);
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()) + data_begin + place.begin,
                place.end - place.begin, tensor.bytes().data());
    checkpoint.entries.push_back({name, std::move(tensor)});
  }
  std::sort(ranges.begin(), ranges.end());
  uint64_t covered = 0;
  for (auto [begin, end] : ranges) {
    if (begin != covered) reject(path, "its tensors overlap or leave gaps");
    covered = end;
  }
  if (covered != size) reject(path, "it has data that belongs to no tensor");
  return checkpoint;
}

const Tensor& Checkpoint::tensor(const std::string& name, const Type& type,
                                 const std::string& file) const {
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    names.push_back(entry.name);
    if (entry.name != name) continue;
    if (entry.tensor.type() != type) {
      reject(file, "tensor '" + name + "' is " + entry.tensor.type().text() +
                       ", but the network "
                       "needs " +
                       type.text());
    }
    return entry.tensor;
  }
  reject(file, "it has no tensor '" + name + "'; it has " + (names.empty() ? "none" : join(names)) +
                   ". Is it of another network?");
}

const std::string& Checkpoint::text(const std::string& key, const std::string& file) const {
  auto found = metadata.find(key);
  if (found == metadata.end()) {
    reject(file, "it lacks '" + key + "', so it was not written by pullback train");
  }
  return found->second;
}

}  // namespace pullback
