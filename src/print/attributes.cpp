#include "print/attributes.h"

namespace pullback {

std::string list(const std::vector<int64_t>& items) { return "[" + join(items) + "]"; }

std::string dimension_numbers(int64_t first, const char* first_name, int64_t second,
                              const char* second_name, const Axes& spatial) {
  std::vector<std::string> names(spatial.size() + 2);
  names[static_cast<size_t>(first)] = first_name;
  names[static_cast<size_t>(second)] = second_name;
  for (size_t d = 0; d < spatial.size(); ++d) {
    names[static_cast<size_t>(spatial[d])] = std::to_string(d);
  }
  return "[" + join(names) + "]";
}

std::string array(const std::vector<int64_t>& items) {
  return items.empty() ? "array<i64>" : "array<i64: " + join(items) + ">";
}
std::string array(const std::vector<WindowDimension>& window, int64_t WindowDimension::*field) {
  std::vector<int64_t> items;
  for (const WindowDimension& w : window) items.push_back(w.*field);
  return array(items);
}

std::string window_numbers(const WindowNumbers& n, const std::array<const char*, 5>& names) {
  const Axes* lists[] = {&n.offset_dims, &n.collapsed_slice_dims, &n.operand_batching_dims,
                         &n.start_indices_batching_dims, &n.start_index_map};
  std::vector<std::string> fields;
  for (size_t k = 0; k < names.size(); ++k) {
    if (!lists[k]->empty()) fields.push_back(std::string(names[k]) + " = " + list(*lists[k]));
  }
  if (n.index_vector_dim != 0) {
    fields.push_back("index_vector_dim = " + std::to_string(n.index_vector_dim));
  }
  return join(fields);
}

std::string padding_attribute(const std::vector<WindowDimension>& window) {
  return "padding = dense<" + (window.empty() ? "" : padding_list(window)) + "> : tensor<" +
         std::to_string(window.size()) + "x2xi64>";
}

}  // namespace pullback
