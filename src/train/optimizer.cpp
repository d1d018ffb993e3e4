#include "train/optimizer.h"

#include <array>
#include <numeric>

#include "base/text.h"

namespace pullback {

namespace {

/// 1 - d, exactly.
Decimal complement(const Decimal& d) {
  PULLBACK_CHECK(d.kind == Decimal::Kind::finite && d.exponent <= 0 && d.exponent >= -18, d.text());
  int64_t one = 1;
  for (int32_t i = d.exponent; i < 0; ++i) one *= 10;
  return {one - d.mantissa, d.exponent};
}

/// Emits the instructions of one parameter.
class Update {
 public:
  Update(Builder& b, const UpdateArgs& a) : b_(b), a_(a), type_(b.type(a.parameter)) {}

  Value fixed(const Decimal& d, const char* ending) { return b_.constant(type_, d, name(ending)); }
  Value spread(Value scalar, const char* ending) {
    return b_.broadcast(scalar, type_.shape, {}, name(ending));
  }
  Value add(Value x, Value y, const char* ending) { return b_.add(x, y, name(ending)); }
  Value multiply(Value x, Value y, const char* ending) { return b_.multiply(x, y, name(ending)); }
  Value divide(Value x, Value y, const char* ending) { return b_.divide(x, y, name(ending)); }

  /// θ - η · direction
  Value descend(Value direction) {
    Value rate = spread(a_.shared[0], "$rate");
    Value step = multiply(rate, direction, "$step");
    return b_.subtract(a_.parameter, step, name("$new"));
  }
  /// g · scale
  Value clipped(Value scale) { return multiply(a_.gradient, spread(scale, "$scale"), "$clipped"); }
  /// x + λ θ
  Value decayed(const Decimal& lambda, Value x) {
    Value rate = fixed(lambda, "$decay_rate");
    return add(x, multiply(rate, a_.parameter, "$pull"), "$decayed");
  }
  /// β old + (1-β) x; the endings of the five instructions.
  Value average(const Decimal& beta, Value old, Value x, const std::array<const char*, 5>& e) {
    Value kept = multiply(fixed(beta, e[0]), old, e[1]);
    Value fresh = multiply(fixed(complement(beta), e[2]), x, e[3]);
    return add(kept, fresh, e[4]);
  }
  /// The same of squares.
  Value average_of_squares(const Decimal& beta, Value old, const char* beta_name,
                           const char* rest_name) {
    Value square = multiply(a_.gradient, a_.gradient, "$square");
    return average(beta, old, square, {beta_name, "$v$kept", rest_name, "$v$fresh", "$v$new"});
  }
  /// numerator / (√denominator + ε)
  Value scaled(Value numerator, Value denominator, const Decimal& epsilon) {
    Value root = b_.emit(Sqrt{}, {denominator}, name("$root"));
    Value sum = add(root, fixed(epsilon, "$eps"), "$denominator");
    return divide(numerator, sum, "$direction");
  }

 private:
  std::string name(const char* ending) const { return a_.name + ending; }

  Builder& b_;
  const UpdateArgs& a_;
  const Type type_;
};

/// 1 - β^t for the β of that number.
Value correction(Builder& b, const Decimal& beta, Value step, const std::string& number) {
  Type type = b.type(step);
  Value base = b.constant(type, beta, "optimizer$beta" + number);
  Value power = b.power(base, step, "optimizer$beta" + number + "_power");
  Value one = b.constant(type, 1, "optimizer$one" + number);
  return b.subtract(one, power, "optimizer$correction" + number);
}

/// Adam's settings, if the rule is Adam or AdamW.
const Adam* adam_of(const Rule& rule) {
  if (const auto* w = std::get_if<AdamW>(&rule)) return w;
  return std::get_if<Adam>(&rule);
}

template <class... Ts>
std::vector<Optimizer> all(std::type_identity<std::variant<Ts...>>) {
  return {Ts{}...};
}
std::vector<Optimizer> all_optimizers() { return all(std::type_identity<Rule>{}); }

}  // namespace

Updated Sgd::update(Builder& b, const UpdateArgs& a) const {
  return {Update(b, a).descend(a.gradient), {}};
}

Updated Momentum::update(Builder& b, const UpdateArgs& a) const {
  Update u(b, a);
  Value kept = u.multiply(u.fixed(momentum, "$momentum"), a.state[0], "$kept");
  Value velocity = u.add(kept, a.gradient, "$velocity$new");
  return {u.descend(velocity), {velocity}};
}

Updated Nesterov::update(Builder& b, const UpdateArgs& a) const {
  Update u(b, a);
  Value mu = u.fixed(momentum, "$momentum");
  Value kept = u.multiply(mu, a.state[0], "$kept");
  Value velocity = u.add(kept, a.gradient, "$velocity$new");
  Value direction = u.add(a.gradient, u.multiply(mu, velocity, "$ahead"), "$direction");
  return {u.descend(direction), {velocity}};
}

Updated RmsProp::update(Builder& b, const UpdateArgs& a) const {
  Update u(b, a);
  Value v = u.average_of_squares(alpha, a.state[0], "$alpha", "$alpha_rest");
  return {u.descend(u.scaled(a.gradient, v, epsilon)), {v}};
}

Updated Adam::update(Builder& b, const UpdateArgs& a) const {
  Update u(b, a);
  Value m = u.average(beta1, a.state[0], a.gradient,
                      {"$beta1", "$m$kept", "$beta1_rest", "$m$fresh", "$m$new"});
  Value v = u.average_of_squares(beta2, a.state[1], "$beta2", "$beta2_rest");
  Value m_hat = u.divide(m, u.spread(a.shared[1], "$c1"), "$m$hat");
  Value v_hat = u.divide(v, u.spread(a.shared[2], "$c2"), "$v$hat");
  Value direction = u.scaled(m_hat, v_hat, epsilon);
  if (a.decay) direction = u.decayed(*a.decay, direction);
  return {u.descend(direction), {m, v}};
}

std::string_view name_of(const Optimizer& optimizer) {
  return std::visit([](const auto& r) { return r.name; }, optimizer.rule);
}

std::vector<std::string> state_of(const Optimizer& optimizer) {
  return std::visit([](const auto& r) { return r.state(); }, optimizer.rule);
}

std::vector<std::string> scalars_of(const Optimizer& optimizer) {
  if (adam_of(optimizer.rule)) return {"learning_rate", "step"};
  return {"learning_rate"};
}

std::optional<Decimal> decay_of(const Optimizer& optimizer, const Type& type) {
  if (optimizer.decay_vectors || type.shape.size() >= 2) return optimizer.weight_decay;
  return std::nullopt;
}

Values shared(const Optimizer& optimizer, Builder& builder, const Values& scalars) {
  const Adam* adam = adam_of(optimizer.rule);
  if (adam == nullptr) return {scalars[0]};
  Value first = correction(builder, adam->beta1, scalars[1], "1");
  return {scalars[0], first, correction(builder, adam->beta2, scalars[1], "2")};
}

Value add_squares(Builder& builder, const std::string& name, Value gradient, Value total) {
  Axes axes(builder.shape(gradient).size());
  std::iota(axes.begin(), axes.end(), 0);
  Value square = builder.multiply(gradient, gradient, name + "$norm$square");
  Value sum = builder.reduce(Reduction::add, square, axes, name + "$norm$sum");
  return total ? builder.add(total, sum, name + "$norm$total") : sum;
}

Value clip_scale(Builder& builder, const Decimal& limit, Value squares) {
  Value norm = builder.emit(Sqrt{}, {squares}, "optimizer$norm");
  Value most = builder.constant(builder.type(squares), limit, "optimizer$limit");
  Value bound = builder.maximum(norm, most, "optimizer$bound");
  return builder.divide(most, bound, "optimizer$scale");
}

Updated update(const Optimizer& optimizer, Builder& builder, UpdateArgs args, Value scale) {
  Update update(builder, args);
  if (scale) args.gradient = update.clipped(scale);
  std::optional<Decimal> decay = decay_of(optimizer, builder.type(args.parameter));
  if (std::holds_alternative<AdamW>(optimizer.rule)) {
    args.decay = decay;
  } else if (decay) {
    args.gradient = update.decayed(*decay, args.gradient);
  }
  return std::visit([&](const auto& r) { return r.update(builder, args); }, optimizer.rule);
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const Optimizer& o : all_optimizers()) names.emplace_back(name_of(o));
  return names;
}

Optimizer optimizer_named(std::string_view name) {
  for (const Optimizer& o : all_optimizers()) {
    if (name_of(o) == name) return o;
  }
  std::string near = nearest(name, optimizer_names());
  throw Error("there is no optimizer '" + std::string(name) + "'; choose one of " +
              join(optimizer_names()) + (near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

}  // namespace pullback
