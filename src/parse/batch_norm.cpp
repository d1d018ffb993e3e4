#include "ir/ops/batch_norm.h"

#include <algorithm>
#include <iterator>

#include "parse/function.h"

/// StableHLO's three ops of batch norm, which have the generic form alone. In training, result 0 is
/// the composite; all else becomes core ops, as does a training whose epsilon is not positive.
namespace pullback {

namespace {

struct Form {
  std::string_view name;
  size_t operands, results;
};
constexpr Form forms[] = {
    {"batch_norm_training", 3, 3}, {"batch_norm_inference", 5, 1}, {"batch_norm_grad", 5, 3}};

/// The ops of one batch norm over the features on `axis`.
struct Expansion {
  Builder& b;
  Value x;
  int64_t axis;
  Decimal epsilon;

  Value spread(Value v) const { return b.broadcast(v, b.shape(x), {axis}); }
  Value sum(Value v) const {
    return b.reduce(Reduction::add, v, other_axes(b.type(x).rank(), {axis}));
  }
  Value rstd(Value variance) const {
    Value eps = b.constant(b.type(variance), epsilon);
    return b.emit(Rsqrt{}, {b.add(variance, eps)});
  }
  Value normalised(Value mean, Value variance) const {
    Value centred = b.subtract(x, spread(mean));
    return b.multiply(centred, spread(rstd(variance)));
  }
  /// normalised · scale + offset
  Value affine(Value normalised, Value scale, Value offset, const std::string& name) const {
    Value scaled = b.multiply(normalised, spread(scale));
    return b.add(scaled, spread(offset), name);
  }
  Values training(Value scale, Value offset, const std::string& name) const {
    FeatureMoments m = feature_moments(b, x, axis, name + ".");
    bool positive = epsilon.kind == Decimal::Kind::finite && epsilon.mantissa > 0;
    Value y = positive ? b.emit(BatchNormTraining{.feature_index = axis, .epsilon = epsilon},
                                {x, scale, offset}, name)
                       : affine(normalised(m.mean, m.variance), scale, offset, name);
    return {y, m.mean, m.variance};
  }
  /// scale / √(variance + ε) (dy - mean dy - h mean (dy h)), Σ dy h, Σ dy
  Values grad(Value scale, Value mean, Value variance, Value dy) const {
    Value h = normalised(mean, variance);
    Value d_scale = sum(b.multiply(dy, h)), d_offset = sum(dy);
    Value count = b.constant(b.type(d_offset), feature_size(b.shape(x), axis));
    Value centred = b.subtract(dy, spread(b.divide(d_offset, count)));
    Value share = b.multiply(h, spread(b.divide(d_scale, count)));
    Value factor = spread(b.multiply(scale, rstd(variance)));
    return {b.multiply(factor, b.subtract(centred, share)), d_scale, d_offset};
  }
};

}  // namespace

void FunctionParser::batch_norm(std::string_view name, size_t results) {
  const Form* form = std::find_if(std::begin(forms), std::end(forms),
                                  [&](const Form& f) { return f.name == name; });
  if (form == std::end(forms)) {
    in_.fail(op_at_, "the op 'stablehlo." + printable(name) +
                         "' is not supported; did you mean 'stablehlo.batch_norm_training'?");
  }
  Values in = parenthesized();
  if (in.size() != form->operands || results != form->results) {
    in_.fail(op_at_, std::string(name) + " has " + std::to_string(form->operands) +
                         " operands and " + std::to_string(form->results) + " results, not " +
                         std::to_string(in.size()) + " and " + std::to_string(results));
  }
  AttributeDict attributes;
  attributes.read_optional(in_);
  if (in_.peek("{")) attributes.read_optional(in_);
  Cursor epsilon_at = attributes.at("epsilon", in_, op_at_);
  Decimal epsilon = epsilon_at.decimal(ElementType::f32);
  Cursor axis_at = attributes.at("feature_index", in_, op_at_);
  int64_t axis = axis_at.integer();
  attributes.expect_no_more();
  in_.expect(":");
  Signature declared;
  declared.at = in_.here();
  declared.operands = type_list();
  in_.expect("->");
  std::vector<Type> types = type_list();
  if (declared.operands.size() != in.size() || types.size() != results) {
    in_.fail(declared.at, "the types are not as many as the operands and results");
  }
  check_operands(in, declared);
  try {
    // The constraints of the three are those of training; epsilon may be anything.
    for (size_t k = 1; k < in.size(); ++k) {
      bool like_x = name == "batch_norm_grad" && k == 4;
      Type feature = graph_.type(in[like_x ? 1 : k]), x = graph_.type(in[like_x ? k : 0]);
      std::vector<Type> checked{x, feature, feature};
      BatchNormTraining{.feature_index = axis}.infer(checked);
      require(x == graph_.type(in[0]), "batch_norm_grad_c3", "x and the gradient differ in type");
    }
  } catch (const Error& error) {
    in_.fail(op_at_, std::string(name) + ": " + error.what());
  }
  Expansion expand{builder_, in[0], axis, epsilon};
  std::string y = graph_name(result_name_);
  Values found;
  if (name == "batch_norm_training") {
    found = expand.training(in[1], in[2], y);
  } else if (name == "batch_norm_grad") {
    found = expand.grad(in[1], in[2], in[3], in[4]);
  } else {
    found = {expand.affine(expand.normalised(in[3], in[4]), in[1], in[2], y)};
  }
  for (size_t k = 0; k < results; ++k) {
    check_type(graph_.type(found[k]), types[k], declared.at, "result " + std::to_string(k));
  }
  define_results(found);
}

std::vector<Type> FunctionParser::type_list() {
  if (!in_.accept("(")) return {in_.type()};
  std::vector<Type> types;
  if (in_.accept(")")) return types;
  do types.push_back(in_.type());
  while (in_.accept(","));
  in_.expect(")");
  return types;
}

}  // namespace pullback
