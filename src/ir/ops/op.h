#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "tensor/decimal.h"
#include "tensor/tensor.h"
#include "tensor/type.h"

/// What every op is made of. An op is a plain struct that holds its attributes and its rules:
///   info        its name, its structural trick and its equation
///   attributes  name and value of each attribute, for printers, equality and docs
///   infer       the result's type from the operands' types, enforcing StableHLO's constraints
///   eval        the result from the operands: the reference semantics, written for reading
///   vjp         instructions that compute the operands' cotangents from the result's
namespace pullback {

class Builder;
struct Graph;

/// A value of a graph: an argument or an instruction's result. Arguments come first, then
/// instructions in order.
struct Value {
  int32_t id = -1;
  explicit operator bool() const { return id >= 0; }
  auto operator<=>(const Value&) const = default;
};
using Values = std::vector<Value>;

/// How an op's vector–Jacobian product gets its shape from the structure of its Jacobian.
enum class Trick : uint8_t {
  constant,       ///< no operand, or a result that is locally constant: no cotangent
  linear,         ///< moves or sums elements: the adjoint mirrors it
  diagonal,       ///< elementwise: the Jacobian is a diagonal
  toeplitz,       ///< convolution: a sparse Toeplitz matrix
  selection,      ///< each output copies one input: a binary selection matrix
  rank1,          ///< a diagonal plus a rank-1 correction
  outer_product,  ///< bilinear: dense layers and matmuls
};
std::string_view to_string(Trick trick);

struct OpInfo {
  std::string_view name;  ///< its name in the text without the dialect
  Trick trick;
  std::string_view equation;  ///< one line, in indices
  bool composite = false;     ///< lowered to core ops before printing
  /// Why no certificate can contain it, and what becomes of it before; "" for all that have lemmas.
  std::string_view outside = "";
  std::string_view dialect = "stablehlo";  ///< or "chlo", which StableHLO's tools take as well
};

/// A program inside an op: a branch, a loop's body. Never null; equal if the programs are.
class Subgraph {
 public:
  Subgraph();  ///< the empty program
  Subgraph(Graph graph);
  Subgraph(std::shared_ptr<const Graph> graph) : graph_(std::move(graph)) {}
  const Graph& operator*() const { return *graph_; }
  const Graph* operator->() const { return graph_.get(); }
  bool operator==(const Subgraph& other) const;

 private:
  std::shared_ptr<const Graph> graph_;
};

using AttributeValue =
    std::variant<int64_t, bool, std::string, std::vector<int64_t>,
                 std::vector<std::pair<int64_t, int64_t>>, std::vector<Decimal>, Type, Subgraph>;
struct Attribute {
  std::string name;
  AttributeValue value;
  bool operator==(const Attribute&) const = default;
};
using Attributes = std::vector<Attribute>;

using Types = std::span<const Type>;
using Tensors = std::span<const Tensor* const>;

/// A violated typing rule of one op, before the place is known; Builder turns it into an Error that
/// names the instruction and its operands.
struct TypeError : Error {
  /// `clause` is StableHLO's label, e.g. "dot_general_c10", or "" where the specification has none.
  TypeError(std::string_view clause, std::string message);
  std::string clause;
};
/// Throws TypeError(clause, message) unless `holds`; the message is a text or a function making it.
template <class Message>
void require(bool holds, std::string_view clause, Message&& message) {
  if (holds) return;
  if constexpr (std::is_invocable_v<Message>) {
    throw TypeError(clause, message());
  } else {
    throw TypeError(clause, std::string(message));
  }
}
void require_operands(Types in, size_t count);

/// A result of an op with several, its place among them and its cotangent.
struct ResultCotangent {
  int64_t index = 0;
  Value result;
  Value cotangent;
};

/// Appends to a region's program what computes the cotangents of `wrt` from those of `results`:
/// the reverse walk (autodiff/backward.h), for ops that hold programs.
using PullBack = Values (*)(Builder& region, const Values& results, const Values& cotangents,
                            const Values& wrt);

/// What a vjp rule gets: the instruction's operands and result, the result's cotangent, and which
/// operands need a cotangent (the others get none). It returns one value per operand, Value{} for
/// none. An op with several results is asked once for all of them: `group` has those with a
/// cotangent, by place.
struct VjpArgs {
  Values operands;
  Value result;
  Value cotangent;
  std::vector<bool> needs;
  std::vector<ResultCotangent> group = {};
  PullBack pull_back = nullptr;
};

/// The rules an op must have; a missing one does not compile.
template <class T>
concept IsOp = requires(const T& op, Types types, Tensors tensors, const Type& out,
                        Builder& builder, const VjpArgs& args) {
  { T::info } -> std::convertible_to<OpInfo>;
  { op.attributes() } -> std::same_as<Attributes>;
  { op.infer(types) } -> std::same_as<Type>;
  { op.eval(tensors, out) } -> std::same_as<Tensor>;
  { op.vjp(builder, args) } -> std::same_as<Values>;
  { op == op } -> std::convertible_to<bool>;
};

/// An op of several results stands for one of them, number `result`; its rules are those of all.
template <class T>
concept HasResults = IsOp<T> && requires(const T& op, Types types, Tensors tensors) {
  { op.result } -> std::convertible_to<int64_t>;
  { op.infer_all(types) } -> std::same_as<std::vector<Type>>;
  { op.eval_all(tensors) } -> std::same_as<std::vector<Tensor>>;
};

/// An op that holds programs. Argument i of each is operand `first_input` + i; those from operand
/// `first_capture` on are values of the outer program, which a region may use by name.
template <class T>
concept HasRegions = IsOp<T> && requires(T& op) {
  { op.regions() } -> std::same_as<std::vector<Subgraph*>>;
  { op.first_input() } -> std::convertible_to<size_t>;
  { op.first_capture() } -> std::convertible_to<size_t>;
};

}  // namespace pullback
