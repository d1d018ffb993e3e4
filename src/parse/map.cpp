#include <algorithm>
#include <optional>

#include "parse/function.h"
#include "parse/literals.h"

/// stablehlo.map is read as its program's ops on whole tensors, which must be elementwise.
namespace pullback {

namespace {

template <class T, class... List>
concept OneOf = (std::is_same_v<T, List> || ...);
template <class T>
concept Elementwise = std::is_base_of_v<UnaryOp<T>, T> || std::is_base_of_v<BinaryOp<T>, T> ||
    OneOf<T, Compare, Select, Convert, BitcastConvert, IsFinite, Clamp>;

/// An op on scalars as the same on tensors of this shape, if it is elementwise.
std::optional<Op> on_tensors(const Op& op, const Shape& shape) {
  return std::visit(
      [&]<class T>(const T& o) -> std::optional<Op> {
        if constexpr (std::is_same_v<T, Constant>) {
          return Constant{.type = o.type.with(shape), .values = o.values};
        }
        if constexpr (Elementwise<T>) return o;
        return std::nullopt;
      },
      op);
}

}  // namespace

/// The program's scalars as tensors of the shape of `inputs`, which are its first arguments.
Values FunctionParser::mapped(const Graph& program, const Values& inputs, const Values& captured) {
  const Shape shape = graph_.type(inputs[0]).shape;
  std::string prefix = graph_name(result_name_) + ".";
  Values map = inputs;
  for (Value v : captured) {
    if (graph_.type(v).rank() != 0) {
      in_.fail(op_at_,
               "the program of a map uses '%" + graph_.name_of(v) + "', which is no scalar");
    }
    map.push_back(append(BroadcastInDim{.shape = shape, .broadcast_dimensions = {}}, {v},
                         prefix + graph_.name_of(v)));
  }
  for (const Instr& instr : program.instrs) {
    std::optional<Op> op = on_tensors(instr.op, shape);
    if (!op) {
      in_.fail(op_at_, "the program of a map may have elementwise ops only, not '" +
                           std::string(info_of(instr.op).name) + "'");
    }
    Values operands;
    for (Value v : instr.operands) operands.push_back(map[static_cast<size_t>(v.id)]);
    if (++instructions_ > max_instructions) in_.fail(op_at_, "the program is too long");
    map.push_back(append(std::move(*op), std::move(operands), prefix + instr.name));
    if (graph_.type(map.back()) != instr.type.with(shape)) {
      in_.fail(op_at_, "the program of a map changes shapes at '%" + instr.name + "'");
    }
  }
  Values results;
  for (Value v : program.results) results.push_back(map[static_cast<size_t>(v.id)]);
  return results;
}

/// "stablehlo.map"(%x, %y) <{dimensions = array<i64: 0, 1>}> ({ ^bb0(…): … }) : (types) -> type
void FunctionParser::map_op(bool generic) {
  if (!generic) in_.fail(op_at_, "this op has the generic form only: \"stablehlo.map\"(…)");
  Values inputs = parenthesized();
  if (inputs.empty()) in_.fail(op_at_, "a map has at least one operand (map_c2)");
  AttributeDict attributes;
  if (in_.peek("<{")) attributes.read_optional(in_);
  Cursor ahead = in_;
  std::vector<std::string_view> names;
  ahead.names_inside(names);
  names = captured(names);
  in_.expect("(");
  Subgraph program = region({}, true, names);
  in_.expect(")");
  attributes.read_optional(in_);
  Signature declared = signature(inputs.size());
  check_operands(inputs, declared);
  const Shape shape = graph_.type(inputs[0]).shape;
  for (Value v : inputs) {
    if (graph_.type(v).shape == shape) continue;
    in_.fail(declared.at, "the operands of a map have one shape, but there are " +
                              graph_.type(inputs[0]).text() + " and " + graph_.type(v).text() +
                              " (map_c1)");
  }
  Axes axes;
  for (size_t d = 0; d < shape.size(); ++d) axes.push_back(static_cast<int64_t>(d));
  Cursor dimensions = attributes.at("dimensions", in_, op_at_);
  size_t dimensions_at = dimensions.here();
  if (parse_integer_list(dimensions) != axes) {
    in_.fail(dimensions_at, "the dimensions of a map are all axes, in order (map_c3)");
  }
  attributes.expect_no_more();
  size_t own = program->arguments.size() - captures(names).size();
  bool scalars = own == inputs.size() && program->results.size() == 1;
  for (size_t k = 0; scalars && k < own; ++k) {
    scalars = program->arguments[k].type == graph_.type(inputs[k]).with(Shape{});
  }
  if (!scalars) {
    in_.fail(op_at_,
             "the program of a map takes a scalar for each operand, of its element type, "
             "and returns one (map_c4)");
  }
  size_t before = graph_.instrs.size();
  Value result = mapped(*program, inputs, captures(names))[0];
  if (graph_.instrs.size() > before) builder_.rename(result, graph_name(result_name_));
  check_type(graph_.type(result), declared.result, declared.at, "the result");
  define_results({result});
  in_.skip_location();
}

}  // namespace pullback
