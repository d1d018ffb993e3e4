#include "run/native/simplify.h"

#include <map>
#include <optional>
#include <unordered_map>

#include "ir/builder.h"

namespace pullback::native {

namespace {

std::string text_of(const AttributeValue& value) {
  struct Writer {
    std::string operator()(int64_t v) const { return std::to_string(v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const std::vector<int64_t>& v) const {
      std::string text = "[";
      for (int64_t x : v) text += std::to_string(x) + ",";
      return text + "]";
    }
    std::string operator()(const std::vector<std::pair<int64_t, int64_t>>& v) const {
      std::string text = "[";
      for (auto [x, y] : v) text += std::to_string(x) + ":" + std::to_string(y) + ",";
      return text + "]";
    }
    std::string operator()(const std::vector<Decimal>& v) const {
      std::string text = "[";
      for (const Decimal& d : v) {
        text += std::to_string(d.mantissa) + "e" + std::to_string(d.exponent) + "k" +
                std::to_string(static_cast<int>(d.kind)) + ",";
      }
      return text + "]";
    }
    std::string operator()(const Type& v) const { return v.text(); }
    std::string operator()(const Subgraph& v) const {
      return std::to_string(reinterpret_cast<uintptr_t>(&*v));
    }
  };
  return std::visit(Writer{}, value);
}

std::string key_of(const Op& op, const Values& operands, const Type& type) {
  std::string key(info_of(op).name);
  for (const Attribute& a : attributes_of(op)) key += ";" + a.name + "=" + text_of(a.value);
  for (Value v : operands) key += "," + std::to_string(v.id);
  return key + ":" + type.text();
}

class Simplifier {
 public:
  explicit Simplifier(const Graph& graph) : old_(graph), builder_(new_) {
    new_.name = graph.name;
    for (const Argument& a : graph.arguments) {
      new_.arguments.push_back(a);
      map_.push_back({static_cast<int32_t>(map_.size())});
    }
  }

  Graph run() {
    for (const Instr& instr : old_.instrs) {
      Values operands;
      for (Value v : instr.operands) operands.push_back(map_[static_cast<size_t>(v.id)]);
      map_.push_back(rewrite(instr, operands));
    }
    for (Value v : old_.results) new_.results.push_back(map_[static_cast<size_t>(v.id)]);
    return without_dead();
  }

 private:
  Value rewrite(const Instr& instr, Values operands) {
    if (auto* compare = std::get_if<Compare>(&instr.op)) {
      if (compare->direction == Direction::lt && is_zero(operands[0])) {
        auto relu = relu_of_.find(operands[1].id);
        if (relu != relu_of_.end()) operands[1] = {relu->second};
      }
    }
    if (std::holds_alternative<Select>(instr.op)) {
      if (auto sunk = sink_mask(operands)) return *sunk;
    }
    Value v = emit(instr.op, operands, instr.type, instr.name);
    if (std::holds_alternative<Maximum>(instr.op) && is_zero(operands[0])) {
      relu_of_.try_emplace(operands[1].id, v.id);
    }
    if (auto* pool = std::get_if<ReduceWindow>(&instr.op)) {
      if (pool->kind == Reduction::max) pools_.try_emplace(operands[0].id, v.id);
    }
    return v;
  }

  Value emit(const Op& op, const Values& operands, const Type& type, const std::string& name) {
    auto [found, fresh] = known_.try_emplace(key_of(op, operands, type), -1);
    if (fresh) found->second = builder_.emit(op, operands, name).id;
    return {found->second};
  }

  bool is_zero(Value v) const {
    if (new_.is_argument(v)) return false;
    auto* constant = std::get_if<Constant>(&new_.instr(v).op);
    return constant && constant->is_splat() && constant->values[0] == Decimal(0);
  }

  /// select(0 < x, select_and_scatter(x, g), 0) -> select_and_scatter(x, select(0 < p, g, 0))
  std::optional<Value> sink_mask(const Values& in) {
    if (new_.is_argument(in[0]) || new_.is_argument(in[1]) || !is_zero(in[2])) return {};
    auto* compare = std::get_if<Compare>(&new_.instr(in[0]).op);
    auto* unpool = std::get_if<SelectAndScatter>(&new_.instr(in[1]).op);
    if (!compare || !unpool || compare->direction != Direction::lt) return {};
    Values compared = new_.instr(in[0]).operands;
    Values scattered = new_.instr(in[1]).operands;
    auto pooled = pools_.find(scattered[0].id);
    if (!is_zero(compared[0]) || compared[1] != scattered[0] || pooled == pools_.end()) return {};
    Value p{pooled->second};
    if (std::get<ReduceWindow>(new_.instr(p).op).window != unpool->window) return {};
    SelectAndScatter op = *unpool;
    std::string name = new_.name_of(in[1]);
    Type type = new_.type(p);
    Value zero = emit(Constant{.type = type, .values = {0}}, {}, type, name + "$zero");
    Value mask = emit(Compare{.direction = Direction::lt}, {zero, p}, type.with(ElementType::i1),
                      name + "$mask");
    Value masked = emit(Select{}, {mask, scattered[1], zero}, type, name + "$masked");
    return emit(op, {scattered[0], masked}, new_.type(scattered[0]), name + "$sunk");
  }

  Graph without_dead() {
    std::vector<bool> live(new_.value_count(), false);
    for (Value v : new_.results) live[static_cast<size_t>(v.id)] = true;
    for (size_t i = new_.instrs.size(); i-- > 0;) {
      if (!live[static_cast<size_t>(new_.value_of(i).id)]) continue;
      for (Value v : new_.instrs[i].operands) live[static_cast<size_t>(v.id)] = true;
    }
    Graph result;
    result.name = new_.name;
    result.arguments = new_.arguments;
    Values map;
    for (size_t i = 0; i < new_.arguments.size(); ++i) map.push_back({static_cast<int32_t>(i)});
    for (size_t i = 0; i < new_.instrs.size(); ++i) {
      if (!live[static_cast<size_t>(new_.value_of(i).id)]) {
        map.push_back({});
        continue;
      }
      Instr instr = new_.instrs[i];
      for (Value& v : instr.operands) v = map[static_cast<size_t>(v.id)];
      result.instrs.push_back(std::move(instr));
      map.push_back(result.value_of(result.instrs.size() - 1));
    }
    for (Value v : new_.results) result.results.push_back(map[static_cast<size_t>(v.id)]);
    return result;
  }

  const Graph& old_;
  Graph new_;
  Builder builder_;
  Values map_;
  std::unordered_map<std::string, int32_t> known_;
  std::unordered_map<int32_t, int32_t> relu_of_;  // z -> max(0, z)
  std::unordered_map<int32_t, int32_t> pools_;    // x -> its maximum over windows
};

}  // namespace

Graph simplify(const Graph& graph) { return Simplifier(graph).run(); }

}  // namespace pullback::native
