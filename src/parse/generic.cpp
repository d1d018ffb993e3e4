#include "parse/generic.h"

#include <array>
#include <tuple>
#include <unordered_map>

#include "parse/literals.h"

/// One function per op with attributes: the op from its generic form.
namespace pullback {

namespace {

/// "#stablehlo<what WORD>": a cursor at WORD.
Cursor enumerator(GenericOp& g, std::string_view name, std::string_view what) {
  Cursor in = g.attributes.at(name, g.in, g.at);
  in.expect("#stablehlo");
  in.expect("<");
  in.expect(what);
  return in;
}

size_t rank(const GenericOp& g) { return g.declared.operands[0].shape.size(); }

int64_t integer(GenericOp& g, std::string_view name) {
  Cursor in = g.attributes.at(name, g.in, g.at);
  return in.integer();
}

std::vector<int64_t> integers(GenericOp& g, std::string_view name) {
  Cursor in = g.attributes.at(name, g.in, g.at);
  return parse_integer_list(in);
}

Op compare(GenericOp& g) {
  if (g.attributes.has("compare_type")) {
    Cursor type = enumerator(g, "compare_type", "comparison_type");
    g.total = accept_total_order(type, g.declared.operands[0].element);
    if (!g.total) parse_compare_type(type, g.declared.operands[0].element);
  }
  Cursor in = enumerator(g, "comparison_direction", "comparison_direction");
  return Compare{.direction = parse_direction(in)};
}

Op convert(GenericOp& g) { return Convert{.to = g.declared.result.element}; }
Op bitcast_convert(GenericOp& g) { return BitcastConvert{.to = g.declared.result.element}; }
Op reshape(GenericOp& g) { return Reshape{.shape = g.declared.result.shape}; }

Op constant(GenericOp& g) {
  Cursor in = g.attributes.at("value", g.in, g.at);
  return Constant{.type = g.declared.result, .values = parse_dense(in, g.declared.result)};
}

Op iota(GenericOp& g) {
  return Iota{.type = g.declared.result, .dimension = integer(g, "iota_dimension")};
}

Op broadcast_in_dim(GenericOp& g) {
  return BroadcastInDim{.shape = g.declared.result.shape,
                        .broadcast_dimensions = integers(g, "broadcast_dimensions")};
}

Op transpose(GenericOp& g) { return Transpose{.permutation = integers(g, "permutation")}; }
Op reverse(GenericOp& g) { return Reverse{.dimensions = integers(g, "dimensions")}; }

Op slice(GenericOp& g) {
  return Slice{.start_indices = integers(g, "start_indices"),
               .limit_indices = integers(g, "limit_indices"),
               .strides = integers(g, "strides")};
}

Op pad(GenericOp& g) {
  return Pad{.edge_padding_low = integers(g, "edge_padding_low"),
             .edge_padding_high = integers(g, "edge_padding_high"),
             .interior_padding = integers(g, "interior_padding")};
}

Op concatenate(GenericOp& g) { return Concatenate{.dimension = integer(g, "dimension")}; }

Op dynamic_slice(GenericOp& g) { return DynamicSlice{.slice_sizes = integers(g, "slice_sizes")}; }

Op dot_general(GenericOp& g) {
  Cursor in = g.attributes.at("dot_dimension_numbers", g.in, g.at);
  in.expect("#stablehlo.dot");
  in.expect("<");
  AttributeDict numbers;
  numbers.read(in, ">");
  auto axes = [&](std::string_view name) {
    if (!numbers.has(name)) return Axes{};
    Cursor value = numbers.at(name, g.in, g.at);
    return value.integers();
  };
  return DotGeneral{.lhs_batching_dimensions = axes("lhs_batching_dimensions"),
                    .rhs_batching_dimensions = axes("rhs_batching_dimensions"),
                    .lhs_contracting_dimensions = axes("lhs_contracting_dimensions"),
                    .rhs_contracting_dimensions = axes("rhs_contracting_dimensions")};
}

Op convolution(GenericOp& g) {
  Cursor in = g.attributes.at("dimension_numbers", g.in, g.at);
  in.expect("#stablehlo.conv");
  in.expect("<");
  Convolution op;
  op.dimensions = parse_convolution_dimensions(in);
  op.window = convolution_window(g.attributes, op.dimensions.input_spatial.size(), false);
  op.feature_group_count = g.attributes.integer("feature_group_count", 1);
  op.batch_group_count = g.attributes.integer("batch_group_count", 1);
  return op;
}

/// Its padding is a constant, a pair for each spatial dimension.
Op dynamic_conv(GenericOp& g) {
  Op op = convolution(g);
  auto& window = std::get<Convolution>(op).window;
  if (g.sizes.size() != 2 * window.size()) {
    g.in.fail(g.at, "the padding has " + std::to_string(g.sizes.size()) + " numbers; expected " +
                        std::to_string(2 * window.size()) + " (dynamic_conv_c4)");
  }
  for (size_t d = 0; d < window.size(); ++d) {
    window[d].padding_low = g.sizes[2 * d];
    window[d].padding_high = g.sizes[2 * d + 1];
  }
  return op;
}

const Region& region(const GenericOp& g, size_t index, size_t count) {
  if (g.regions.size() != count) {
    g.in.fail(g.at, "expected " + std::to_string(count) + " regions, not " +
                        std::to_string(g.regions.size()));
  }
  const Region& region = g.regions[index];
  Type scalar{g.declared.operands[0].element, {}};
  if (region.argument != scalar) {
    g.in.fail(region.at, "the region's arguments are " + region.argument.text() + "; expected " +
                             scalar.text());
  }
  return region;
}

Reduction reduction(const GenericOp& g) {
  const Region& r = region(g, 0, 1);
  return reduction_named(r.op, r.argument.element, g.in, r.at);
}

/// "#stablehlo.gather<offset_dims = [1], …>", in gather's names or in scatter's.
WindowNumbers window_numbers(GenericOp& g, std::string_view attribute, std::string_view type,
                             const std::array<std::string_view, 5>& names) {
  Cursor in = g.attributes.at(attribute, g.in, g.at);
  in.expect(type);
  in.expect("<");
  AttributeDict fields;
  fields.read(in, ">");
  WindowNumbers n;
  Axes* lists[] = {&n.offset_dims, &n.collapsed_slice_dims, &n.operand_batching_dims,
                   &n.start_indices_batching_dims, &n.start_index_map};
  for (size_t k = 0; k < names.size(); ++k) {
    if (!fields.has(names[k])) continue;
    Cursor value = fields.at(names[k], g.in, g.at);
    *lists[k] = value.integers();
  }
  n.index_vector_dim = fields.integer("index_vector_dim", 0);
  fields.expect_no_more();
  return n;
}

Op gather_of(GenericOp& g, std::vector<int64_t> slice_sizes) {
  WindowNumbers numbers =
      window_numbers(g, "dimension_numbers", "#stablehlo.gather",
                     {"offset_dims", "collapsed_slice_dims", "operand_batching_dims",
                      "start_indices_batching_dims", "start_index_map"});
  return Gather{.numbers = std::move(numbers),
                .slice_sizes = std::move(slice_sizes),
                .indices_are_sorted = g.attributes.flag("indices_are_sorted", false)};
}
Op gather(GenericOp& g) { return gather_of(g, integers(g, "slice_sizes")); }
Op dynamic_gather(GenericOp& g) { return gather_of(g, g.sizes); }

Op scatter(GenericOp& g) {
  WindowNumbers numbers =
      window_numbers(g, "scatter_dimension_numbers", "#stablehlo.scatter",
                     {"update_window_dims", "inserted_window_dims", "input_batching_dims",
                      "scatter_indices_batching_dims", "scatter_dims_to_operand_dims"});
  const Region& r = region(g, 0, 1);
  if (r.op != "stablehlo.add" && r.op != "stablehlo.return") {
    g.in.fail(r.at, "a scatter by '" + printable(r.op) +
                        "' is not supported; expected stablehlo.add, or the return of the update");
  }
  return Scatter{.update = r.op == "stablehlo.add" ? ScatterUpdate::add : ScatterUpdate::replace,
                 .numbers = std::move(numbers),
                 .indices_are_sorted = g.attributes.flag("indices_are_sorted", false),
                 .unique_indices = g.attributes.flag("unique_indices", false)};
}

Op reduce(GenericOp& g) {
  return Reduce{.kind = reduction(g), .dimensions = integers(g, "dimensions")};
}

std::vector<WindowDimension> window_dimensions(GenericOp& g, bool dilations) {
  std::vector<WindowDimension> window(rank(g));
  auto set = [&](std::string_view name, int64_t WindowDimension::*field) {
    std::vector<int64_t> list = g.attributes.integers(name, window.size(), 1);
    for (size_t d = 0; d < window.size(); ++d) window[d].*field = list[d];
  };
  set("window_dimensions", &WindowDimension::size);
  set("window_strides", &WindowDimension::stride);
  if (dilations) {
    set("base_dilations", &WindowDimension::base_dilation);
    set("window_dilations", &WindowDimension::window_dilation);
  }
  auto padding = g.attributes.padding("padding", window.size());
  for (size_t d = 0; d < window.size(); ++d) {
    std::tie(window[d].padding_low, window[d].padding_high) = padding[d];
  }
  return window;
}

Op reduce_window(GenericOp& g) {
  return ReduceWindow{.kind = reduction(g), .window = window_dimensions(g, true)};
}

Op select_and_scatter(GenericOp& g) {
  const Region& select = region(g, 0, 2);
  const Region& scatter = region(g, 1, 2);
  if (select.op != "stablehlo.compare" || select.direction != Direction::ge) {
    g.in.fail(select.at, "select_and_scatter must select by compare GE");
  }
  if (scatter.op != "stablehlo.add") {
    g.in.fail(scatter.at, "select_and_scatter must scatter by stablehlo.add");
  }
  return SelectAndScatter{.window = window_dimensions(g, false)};
}

/// "dense<[[0, 1, …]]> : tensor<1xNxi64>": one group of all replicas, whose number it returns.
int64_t replicas(Cursor& in) {
  size_t at = in.here();
  std::vector<int64_t> group;
  in.expect("dense");
  in.expect("<");
  bool listed = in.accept("[");
  if (listed) {
    in.expect("[");
    do group.push_back(in.integer());
    while (in.accept(","));
    in.expect("]");
    if (in.peek(",")) in.fail(in.here(), "all_reduce must be over one group of all replicas");
    in.expect("]");
  } else {
    group.push_back(in.integer());
  }
  in.expect(">");
  for (size_t r = 0; r < group.size(); ++r) {
    if (group[r] != static_cast<int64_t>(r)) {
      in.fail(at, "all_reduce must be over all replicas, in the order 0, 1, …");
    }
  }
  return static_cast<int64_t>(group.size());
}

Op all_reduce(GenericOp& g) {
  if (reduction(g) != Reduction::add) {
    g.in.fail(g.at, "an all_reduce other than by stablehlo.add is not supported");
  }
  Cursor in = g.attributes.at("replica_groups", g.in, g.at);
  return AllReduce{.replicas = replicas(in)};
}

}  // namespace

std::vector<ConvolutionWindow> convolution_window(AttributeDict& attributes, size_t rank,
                                                  bool pretty) {
  std::vector<ConvolutionWindow> window(rank);
  auto set = [&](std::string_view name, int64_t ConvolutionWindow::*field) {
    std::vector<int64_t> list = attributes.integers(name, rank, 1);
    for (size_t d = 0; d < rank; ++d) window[d].*field = list[d];
  };
  set(pretty ? "stride" : "window_strides", &ConvolutionWindow::stride);
  set(pretty ? "lhs_dilate" : "lhs_dilation", &ConvolutionWindow::lhs_dilation);
  set(pretty ? "rhs_dilate" : "rhs_dilation", &ConvolutionWindow::rhs_dilation);
  auto reversal = attributes.integers(pretty ? "reverse" : "window_reversal", rank, 0);
  auto padding = attributes.padding(pretty ? "pad" : "padding", rank);
  for (size_t d = 0; d < rank; ++d) {
    window[d].reversal = reversal[d] != 0;
    std::tie(window[d].padding_low, window[d].padding_high) = padding[d];
  }
  return window;
}

namespace {

template <class T>
Op plain(GenericOp&) {
  return T{};
}

constexpr OpRule rules[] = {{"abs", 1, plain<Abs>},
                            {"negate", 1, plain<Negate>},
                            {"exponential", 1, plain<Exponential>},
                            {"log", 1, plain<Log>},
                            {"logistic", 1, plain<Logistic>},
                            {"tanh", 1, plain<Tanh>},
                            {"sqrt", 1, plain<Sqrt>},
                            {"rsqrt", 1, plain<Rsqrt>},
                            {"sine", 1, plain<Sine>},
                            {"cosine", 1, plain<Cosine>},
                            {"not", 1, plain<Not>},
                            {"exponential_minus_one", 1, plain<ExponentialMinusOne>},
                            {"log_plus_one", 1, plain<LogPlusOne>},
                            {"cbrt", 1, plain<Cbrt>},
                            {"tan", 1, plain<Tan>},
                            {"floor", 1, plain<Floor>},
                            {"ceil", 1, plain<Ceil>},
                            {"round_nearest_afz", 1, plain<RoundNearestAfz>},
                            {"round_nearest_even", 1, plain<RoundNearestEven>},
                            {"sign", 1, plain<Sign>},
                            {"is_finite", 1, plain<IsFinite>},
                            {"erf", 1, plain<Erf>, "chlo"},
                            {"erfc", 1, plain<Erfc>, "chlo"},
                            {"atan", 1, plain<Atan>, "chlo"},
                            {"asin", 1, plain<Asin>, "chlo"},
                            {"acos", 1, plain<Acos>, "chlo"},
                            {"sinh", 1, plain<Sinh>, "chlo"},
                            {"cosh", 1, plain<Cosh>, "chlo"},
                            {"asinh", 1, plain<Asinh>, "chlo"},
                            {"acosh", 1, plain<Acosh>, "chlo"},
                            {"atanh", 1, plain<Atanh>, "chlo"},
                            {"square", 1, plain<Multiply>, "chlo"},
                            {"erf_inv", 1, plain<ErfInv>, "chlo"},
                            {"lgamma", 1, plain<Lgamma>, "chlo"},
                            {"digamma", 1, plain<Digamma>, "chlo"},
                            {"polygamma", 2, plain<Polygamma>, "chlo"},
                            {"add", 2, plain<Add>},
                            {"subtract", 2, plain<Subtract>},
                            {"multiply", 2, plain<Multiply>},
                            {"divide", 2, plain<Divide>},
                            {"maximum", 2, plain<Maximum>},
                            {"minimum", 2, plain<Minimum>},
                            {"power", 2, plain<Power>},
                            {"and", 2, plain<And>},
                            {"or", 2, plain<Or>},
                            {"xor", 2, plain<Xor>},
                            {"remainder", 2, plain<Remainder>},
                            {"atan2", 2, plain<Atan2>},
                            {"compare", 2, compare},
                            {"select", 3, plain<Select>},
                            {"convert", 1, convert},
                            {"bitcast_convert", 1, bitcast_convert},
                            {"clamp", 3, plain<Clamp>},
                            {"constant", 0, constant},
                            {"iota", 0, iota},
                            {"broadcast_in_dim", 1, broadcast_in_dim},
                            {"reshape", 1, reshape},
                            {"transpose", 1, transpose},
                            {"reverse", 1, reverse},
                            {"slice", 1, slice},
                            {"pad", 2, pad},
                            {"concatenate", -1, concatenate},
                            {"dynamic_slice", -1, dynamic_slice},
                            {"dynamic_update_slice", -1, plain<DynamicUpdateSlice>},
                            {"gather", 2, gather},
                            {"dynamic_gather", 3, dynamic_gather, "stablehlo", true},
                            {"dynamic_conv", 3, dynamic_conv, "stablehlo", true},
                            {"scatter", 3, scatter},
                            {"reduce", 2, reduce},
                            {"dot_general", 2, dot_general},
                            {"convolution", 2, convolution},
                            {"reduce_window", 2, reduce_window},
                            {"select_and_scatter", 3, select_and_scatter},
                            {"all_reduce", 1, all_reduce}};

}  // namespace

const OpRule* find_rule(std::string_view name) {
  static const auto index = [] {
    std::unordered_map<std::string, const OpRule*> result;
    for (const OpRule& rule : rules) {
      result[std::string(rule.dialect) + "." + std::string(rule.name)] = &rule;
    }
    return result;
  }();
  auto found = index.find(std::string(name));
  return found == index.end() ? nullptr : found->second;
}

std::vector<std::string> rule_names() {
  std::vector<std::string> names{"stablehlo.if", "stablehlo.case", "stablehlo.while",
                                 "stablehlo.optimization_barrier", "stablehlo.rng_bit_generator"};
  for (const OpRule& rule : rules) {
    names.push_back(std::string(rule.dialect) + "." + std::string(rule.name));
  }
  return names;
}

}  // namespace pullback
