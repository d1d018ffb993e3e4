#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/graph.h"

namespace pullback {

/// Appends instructions to a graph, inferring and checking types. A wrong use throws Error that
/// names the instruction and its operands.
///
/// Names: letters, digits, '.', '_', '-'. An instruction given no name gets one from its op's name
/// and a number. '$' and a leading "d." belong to names that passes derive (see autodiff/). Results
/// of one StableHLO op may be named "x#0", "x#1", … by their places: the op is printed as %x:2.
///
/// The programs in an op are brought to the form that its printed text reads back as (regions.h).
class Builder {
 public:
  explicit Builder(Graph& graph);

  Graph& graph() { return graph_; }
  const Type& type(Value v) const { return graph_.type(v); }
  const Shape& shape(Value v) const { return graph_.type(v).shape; }
  const std::string& name(Value v) const { return graph_.name_of(v); }

  /// Arguments must precede all instructions.
  Value argument(const std::string& name, const Type& type);
  Value emit(Op op, Values operands, std::string name = "");
  /// Gives the value of an instruction another name, made unique.
  void rename(Value v, const std::string& name);
  void result(Value v) { graph_.results.push_back(v); }

  // Shorthands: each emits one instruction.
  Value constant(const Type& type, Decimal value, const std::string& name = "");
  Value iota(const Type& type, int64_t dimension, const std::string& name = "");
  Value negate(Value x, const std::string& name = "");
  Value exponential(Value x, const std::string& name = "");
  Value log(Value x, const std::string& name = "");
  Value sine(Value x, const std::string& name = "");
  Value cosine(Value x, const std::string& name = "");
  Value add(Value x, Value y, const std::string& name = "");
  Value subtract(Value x, Value y, const std::string& name = "");
  Value multiply(Value x, Value y, const std::string& name = "");
  Value divide(Value x, Value y, const std::string& name = "");
  Value maximum(Value x, Value y, const std::string& name = "");
  Value power(Value x, Value y, const std::string& name = "");
  Value compare(Direction direction, Value x, Value y, const std::string& name = "");
  Value select(Value p, Value x, Value y, const std::string& name = "");
  Value convert(Value x, ElementType to, const std::string& name = "");
  Value broadcast(Value x, const Shape& shape, const Axes& dimensions,
                  const std::string& name = "");
  Value reshape(Value x, const Shape& shape, const std::string& name = "");
  Value transpose(Value x, const Axes& permutation, const std::string& name = "");
  Value reverse(Value x, const Axes& dimensions, const std::string& name = "");
  Value reduce(Reduction kind, Value x, const Axes& dimensions, const std::string& name = "");

 private:
  std::string unique(const std::string& wanted);
  /// The name of a result of `op`: "x#1" if it is the op's and %x is free, else without '#'.
  std::string result_name(const std::string& wanted, const Op& op, const Values& operands);
  void adopt(Op& op, Values& operands);

  Graph& graph_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> counts_;
  /// The op with programs that was emitted last, before and after it was adopted: the next
  /// instruction may be another of its results.
  struct Adopted {
    Op from;
    Values from_operands;
    Op op;
    Values operands;
  };
  std::optional<Adopted> adopted_;
};

/// The axes of a tensor of this rank that are not in `axes`, ascending.
Axes other_axes(int64_t rank, const Axes& axes);

}  // namespace pullback
