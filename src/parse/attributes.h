#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "parse/cursor.h"

namespace pullback {

/// The attributes of an op in generic form, {name = value, …}, in any order. Each value is read
/// when it is asked for, since its form follows from its name.
class AttributeDict {
 public:
  /// Reads "name = value, flag" up to and including `close`; the opening bracket is read already.
  void read(Cursor& in, std::string_view close);
  /// Reads "<{…}>" or "{…}" if it stands here.
  void read_optional(Cursor& in);

  /// An attribute that stands elsewhere: its value is at `value`.
  void add(std::string_view name, const Cursor& value);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Where the value of `name` stands; fails at `op` if there is none.
  Cursor at(std::string_view name, const Cursor& op, size_t op_at);
  int64_t integer(std::string_view name, int64_t otherwise);
  bool flag(std::string_view name, bool otherwise);
  /// A list with `size` entries, all `otherwise` where the attribute is left out.
  std::vector<int64_t> integers(std::string_view name, size_t size, int64_t otherwise);
  std::vector<std::pair<int64_t, int64_t>> padding(std::string_view name, size_t size);

  /// Fails at the first attribute that nobody has asked for, unless it does not touch the result:
  /// other dialects' (sharding, layouts) and hints about precision.
  void expect_no_more() const;

 private:
  struct Entry {
    std::string_view name;
    Cursor name_at, value_at;
    bool has_value = false;
    bool used = false;
  };
  const Entry* find(std::string_view name) const;
  Entry* use(std::string_view name);

  std::vector<Entry> entries_;
};

}  // namespace pullback
