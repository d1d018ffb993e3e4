#include "parse/attributes.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "parse/literals.h"
#include "parse/stablehlo.h"

namespace pullback {

void AttributeDict::read(Cursor& in, std::string_view close) {
  if (in.accept(close)) return;
  do {
    size_t begin = in.here();
    Cursor name_at = in;
    std::string_view name = in.peek("\"") ? in.quoted() : in.word("an attribute's name");
    if (has(name)) in.fail(begin, "the attribute '" + printable(name) + "' is given twice");
    bool has_value = in.accept("=");
    entries_.push_back({name, name_at, in, has_value, false});
    if (has_value) in.skip_value();
  } while (in.accept(","));
  in.expect(close);
}

void AttributeDict::read_optional(Cursor& in) {
  if (in.accept("<{")) return read(in, "}>");
  if (in.accept("{")) return read(in, "}");
}

void AttributeDict::add(std::string_view name, const Cursor& value) {
  entries_.push_back({name, value, value, true, false});
}

const AttributeDict::Entry* AttributeDict::find(std::string_view name) const {
  auto found = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& entry) { return entry.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

AttributeDict::Entry* AttributeDict::use(std::string_view name) {
  auto* entry = const_cast<Entry*>(find(name));
  if (!entry) return nullptr;
  entry->used = true;
  if (!entry->has_value) entry->name_at.fail("this attribute needs a value");
  return entry;
}

Cursor AttributeDict::at(std::string_view name, const Cursor& op, size_t op_at) {
  Entry* entry = use(name);
  if (!entry) op.fail(op_at, "the attribute '" + std::string(name) + "' is missing");
  return entry->value_at;
}

int64_t AttributeDict::integer(std::string_view name, int64_t otherwise) {
  Entry* entry = use(name);
  if (!entry) return otherwise;
  Cursor in = entry->value_at;
  return in.integer();
}

bool AttributeDict::flag(std::string_view name, bool otherwise) {
  Entry* entry = use(name);
  if (!entry) return otherwise;
  Cursor in = entry->value_at;
  if (in.accept("true")) return true;
  in.expect("false");
  return false;
}

namespace {

template <class List>
List sized(List list, size_t size, const Cursor& in, size_t at) {
  if (list.size() == size) return list;
  in.fail(at, "expected " + std::to_string(size) + " entries, not " + std::to_string(list.size()));
}

}  // namespace

std::vector<int64_t> AttributeDict::integers(std::string_view name, size_t size,
                                             int64_t otherwise) {
  Entry* entry = use(name);
  if (!entry) return std::vector<int64_t>(size, otherwise);
  Cursor in = entry->value_at;
  size_t at = in.here();
  return sized(parse_integer_list(in), size, in, at);
}

std::vector<std::pair<int64_t, int64_t>> AttributeDict::padding(std::string_view name,
                                                                size_t size) {
  Entry* entry = use(name);
  if (!entry) return std::vector<std::pair<int64_t, int64_t>>(size);
  Cursor in = entry->value_at;
  size_t at = in.here();
  return sized(in.peek("[") ? parse_pairs(in) : parse_padding(in), size, in, at);
}

void AttributeDict::expect_no_more() const {
  static const std::set<std::string_view> hints{"precision_config", "precision", "algorithm",
                                                "result_accuracy"};
  for (const Entry& entry : entries_) {
    if (entry.used || hints.contains(entry.name) || entry.name.find('.') != entry.name.npos) {
      continue;
    }
    Cursor in = entry.name_at;
    in.fail("the attribute '" + printable(entry.name) + "' is not known");
  }
}

std::vector<std::string> skipped_attributes(std::string_view text) {
  auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '$';
  };
  std::set<std::string> names;
  char before = ' ';  // the last character that is no space
  for (size_t i = 0; i < text.size();) {
    size_t begin = i;
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
      ++i;
    } else if (text.substr(i).starts_with("//")) {
      i = std::min(text.find('\n', i), text.size());
      continue;
    } else if (in_name(text[i])) {
      while (i < text.size() && in_name(text[i])) ++i;
      std::string_view name = text.substr(begin, i - begin);
      size_t next = text.find_first_not_of(" \n\t\r", i);
      bool listed = before == '{' || before == ',';
      bool ends = next != text.npos && std::string_view("=,}").find(text[next]) != text.npos;
      if (listed && ends && name.find('.') != name.npos && !std::isdigit(name[0])) {
        names.emplace(name);
      }
    } else {
      ++i;
      if (std::isspace(static_cast<unsigned char>(text[begin])) != 0) continue;
    }
    before = text[std::min(i, text.size()) - 1];
  }
  return {names.begin(), names.end()};
}

}  // namespace pullback
