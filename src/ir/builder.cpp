#include "ir/builder.h"

#include <algorithm>

#include "ir/regions.h"

namespace pullback {

namespace {

/// "x" of "x#1", or the name itself.
std::string pack_of(const std::string& name) { return name.substr(0, name.find('#')); }

}  // namespace

Builder::Builder(Graph& graph) : graph_(graph) {
  for (size_t i = 0; i < graph.value_count(); ++i) {
    const std::string& name = graph.name_of({static_cast<int32_t>(i)});
    names_.insert(name);
    names_.insert(pack_of(name));
  }
}

std::string Builder::result_name(const std::string& wanted, const Op& op, const Values& operands) {
  size_t hash = wanted.find('#');
  if (hash == wanted.npos) return unique(wanted);
  std::string pack = wanted.substr(0, hash);
  bool own = has_results(op) && wanted.substr(hash + 1) == std::to_string(result_index(op));
  bool more = false;
  if (own && !graph_.instrs.empty()) {
    const Instr& last = graph_.instrs.back();
    more = pack_of(last.name) == pack && last.name != pack && last.operands == operands &&
           result_index(last.op) < result_index(op) && with_result(last.op, result_index(op)) == op;
  }
  if (own && (more || names_.insert(pack).second) && names_.insert(wanted).second) return wanted;
  return unique(pack + "." + wanted.substr(hash + 1));
}

void Builder::adopt(Op& op, Values& operands) {
  if (adopted_ && adopted_->from_operands == operands && adopted_->from.index() == op.index() &&
      adopted_->from == with_result(op, result_index(adopted_->from))) {
    op = with_result(adopted_->op, result_index(op));
    operands = adopted_->operands;
    return;
  }
  Adopted adopted{op, operands, {}, {}};
  adopt_regions(graph_, names_, op, operands);
  adopted.op = op;
  adopted.operands = operands;
  adopted_ = std::move(adopted);
}

std::string Builder::unique(const std::string& wanted) {
  if (names_.insert(wanted).second) return wanted;
  for (;;) {
    std::string name = wanted + "_" + std::to_string(++counts_[wanted]);
    if (names_.insert(name).second) return name;
  }
}

Value Builder::argument(const std::string& name, const Type& type) {
  PULLBACK_CHECK(graph_.instrs.empty(), "argument '" + name + "' after an instruction");
  graph_.arguments.push_back({unique(name), type});
  names_.insert(pack_of(name));
  return {static_cast<int32_t>(graph_.arguments.size() - 1)};
}

Value Builder::emit(Op op, Values operands, std::string name) {
  std::vector<Type> types;
  for (Value operand : operands) types.push_back(graph_.type(operand));
  Type type;
  try {
    type = infer(op, types);
  } catch (const TypeError& error) {
    std::vector<std::string> names;
    for (Value operand : operands) names.push_back(graph_.name_of(operand));
    throw Error(describe(error, op, name, names, types));
  }
  if (regions_of(op).empty()) {
    adopted_.reset();
  } else {
    adopt(op, operands);
  }
  name = result_name(name.empty() ? std::string(info_of(op).name) : name, op, operands);
  graph_.instrs.push_back({std::move(op), std::move(operands), std::move(type), std::move(name)});
  return graph_.value_of(graph_.instrs.size() - 1);
}

void Builder::rename(Value v, const std::string& name) {
  PULLBACK_CHECK(!graph_.is_argument(v), name);
  Instr& instr = graph_.instrs[static_cast<size_t>(v.id) - graph_.arguments.size()];
  names_.erase(instr.name);
  std::string plain = name;
  std::replace(plain.begin(), plain.end(), '#', '.');
  instr.name = unique(plain);
}

Value Builder::constant(const Type& type, Decimal value, const std::string& name) {
  return emit(Constant{.type = type, .values = {value}}, {}, name);
}
Value Builder::iota(const Type& type, int64_t dimension, const std::string& name) {
  return emit(Iota{.type = type, .dimension = dimension}, {}, name);
}
Value Builder::negate(Value x, const std::string& name) { return emit(Negate{}, {x}, name); }
Value Builder::exponential(Value x, const std::string& name) {
  return emit(Exponential{}, {x}, name);
}
Value Builder::log(Value x, const std::string& name) { return emit(Log{}, {x}, name); }
Value Builder::sine(Value x, const std::string& name) { return emit(Sine{}, {x}, name); }
Value Builder::cosine(Value x, const std::string& name) { return emit(Cosine{}, {x}, name); }
Value Builder::add(Value x, Value y, const std::string& name) { return emit(Add{}, {x, y}, name); }
Value Builder::subtract(Value x, Value y, const std::string& name) {
  return emit(Subtract{}, {x, y}, name);
}
Value Builder::multiply(Value x, Value y, const std::string& name) {
  return emit(Multiply{}, {x, y}, name);
}
Value Builder::divide(Value x, Value y, const std::string& name) {
  return emit(Divide{}, {x, y}, name);
}
Value Builder::maximum(Value x, Value y, const std::string& name) {
  return emit(Maximum{}, {x, y}, name);
}
Value Builder::power(Value x, Value y, const std::string& name) {
  return emit(Power{}, {x, y}, name);
}
Value Builder::compare(Direction direction, Value x, Value y, const std::string& name) {
  return emit(Compare{.direction = direction}, {x, y}, name);
}
Value Builder::select(Value p, Value x, Value y, const std::string& name) {
  return emit(Select{}, {p, x, y}, name);
}
Value Builder::convert(Value x, ElementType to, const std::string& name) {
  return emit(Convert{.to = to}, {x}, name);
}
Value Builder::broadcast(Value x, const Shape& shape, const Axes& dimensions,
                         const std::string& name) {
  return emit(BroadcastInDim{.shape = shape, .broadcast_dimensions = dimensions}, {x}, name);
}
Value Builder::reshape(Value x, const Shape& shape, const std::string& name) {
  return emit(Reshape{.shape = shape}, {x}, name);
}
Value Builder::transpose(Value x, const Axes& permutation, const std::string& name) {
  return emit(Transpose{.permutation = permutation}, {x}, name);
}
Value Builder::reverse(Value x, const Axes& dimensions, const std::string& name) {
  return emit(Reverse{.dimensions = dimensions}, {x}, name);
}
Value Builder::reduce(Reduction kind, Value x, const Axes& dimensions, const std::string& name) {
  return emit(Reduce{.kind = kind, .dimensions = dimensions}, {x}, name);
}

Axes other_axes(int64_t rank, const Axes& axes) {
  Axes result;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) result.push_back(axis);
  }
  return result;
}

}  // namespace pullback
