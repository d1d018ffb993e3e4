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

/// Σ x² over all elements
Value sum_of_squares(Builder& b, Value x, const std::string& square, const std::string& sum) {
  Axes axes(b.shape(x).size());
  std::iota(axes.begin(), axes.end(), 0);
  return b.reduce(Reduction::add, b.multiply(x, x, square), axes, sum);
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

  /// `open` ? fresh : old
  Value choose(Value open, Value fresh, Value old, const std::string& ending) {
    return b_.select(open, fresh, old, a_.name + ending);
  }

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
  /// ‖x‖; the endings of the three instructions.
  Value norm(Value x, const std::array<const char*, 3>& e) {
    Value sum = sum_of_squares(b_, x, name(e[0]), name(e[1]));
    return b_.emit(Sqrt{}, {sum}, name(e[2]));
  }
  /// r u, r the ratio of the norms of θ and u, or 1 if either is 0.
  Value trusted(Value u) {
    Value theta_norm =
        norm(a_.parameter, {"$parameter$square", "$parameter$sum", "$parameter$norm"});
    Value norm_of_u = norm(u, {"$update$square", "$update$sum", "$update$norm"});
    const Type scalar = b_.type(theta_norm);
    Value zero = b_.constant(scalar, 0, name("$zero"));
    Value one = b_.constant(scalar, 1, name("$one"));
    Value ratio = divide(theta_norm, norm_of_u, "$ratio");
    Value moved = b_.compare(Direction::gt, theta_norm, zero, name("$parameter$positive"));
    Value moves = b_.compare(Direction::gt, norm_of_u, zero, name("$update$positive"));
    Value trust = choose(moves, choose(moved, ratio, one, "$parameter$ratio"), one, "$trust");
    return multiply(spread(trust, "$trust$spread"), u, "$trusted");
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

/// Adam's settings, if the rule is one of its kind.
const Adam* adam_of(const Rule& rule) {
  if (const auto* w = std::get_if<AdamW>(&rule)) return w;
  if (const auto* l = std::get_if<Lamb>(&rule)) return l;
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

namespace {

/// Where Adam goes, decay included, and the new m and v.
std::pair<Value, Values> adam_direction(const Adam& o, Update& u, const UpdateArgs& a) {
  Value m = u.average(o.beta1, a.state[0], a.gradient,
                      {"$beta1", "$m$kept", "$beta1_rest", "$m$fresh", "$m$new"});
  Value v = u.average_of_squares(o.beta2, a.state[1], "$beta2", "$beta2_rest");
  Value m_hat = u.divide(m, u.spread(a.shared[1], "$c1"), "$m$hat");
  Value v_hat = u.divide(v, u.spread(a.shared[2], "$c2"), "$v$hat");
  Value direction = u.scaled(m_hat, v_hat, o.epsilon);
  if (a.decay) direction = u.decayed(*a.decay, direction);
  return {direction, {m, v}};
}

}  // namespace

Updated Adam::update(Builder& b, const UpdateArgs& a) const {
  Update u(b, a);
  auto [direction, state] = adam_direction(*this, u, a);
  return {u.descend(direction), state};
}

Updated Lamb::update(Builder& b, const UpdateArgs& a) const {
  Update u(b, a);
  auto [direction, state] = adam_direction(*this, u, a);
  if (a.adapts) direction = u.trusted(direction);
  return {u.descend(direction), state};
}

std::string_view name_of(const Optimizer& optimizer) {
  return std::visit([](const auto& r) { return r.name; }, optimizer.rule);
}

std::vector<std::string> state_of(const Optimizer& optimizer) {
  std::vector<std::string> names =
      std::visit([](const auto& r) { return r.state(); }, optimizer.rule);
  if (optimizer.average) names.emplace_back("average");
  if (optimizer.parts) names.emplace_back("sum");
  return names;
}

std::vector<std::string> scalars_of(const Optimizer& optimizer) {
  std::vector<std::string> names{"learning_rate"};
  if (adam_of(optimizer.rule)) names.emplace_back("step");
  if (optimizer.parts) names.emplace_back("apply");
  return names;
}

bool adapts(const Optimizer& optimizer, const Type& type) {
  return optimizer.decay_vectors || type.shape.size() >= 2;
}

std::optional<Decimal> decay_of(const Optimizer& optimizer, const Type& type) {
  return adapts(optimizer, type) ? optimizer.weight_decay : std::nullopt;
}

Values shared(const Optimizer& optimizer, Builder& builder, const Values& scalars) {
  Values values{scalars[0]};
  if (const Adam* adam = adam_of(optimizer.rule)) {
    values.push_back(correction(builder, adam->beta1, scalars[1], "1"));
    values.push_back(correction(builder, adam->beta2, scalars[1], "2"));
  }
  if (optimizer.parts) {
    Value zero = builder.constant(builder.type(scalars.back()), 0, "optimizer$zero");
    values.push_back(builder.compare(Direction::ne, scalars.back(), zero, "optimizer$applies"));
  }
  return values;
}

Value accumulated(Builder& builder, const std::string& name, const Decimal& parts, Value gradient,
                  Value sum) {
  Value count = builder.constant(builder.type(gradient), parts, name + "$parts");
  Value share = builder.divide(gradient, count, name + "$share");
  return builder.add(sum, share, name + "$total");
}

Value add_squares(Builder& builder, const std::string& name, Value gradient, Value total) {
  Value sum = sum_of_squares(builder, gradient, name + "$norm$square", name + "$norm$sum");
  return total ? builder.add(total, sum, name + "$norm$total") : sum;
}

Value clip_scale(Builder& builder, const Decimal& limit, Value squares) {
  Value norm = builder.emit(Sqrt{}, {squares}, "optimizer$norm");
  Value most = builder.constant(builder.type(squares), limit, "optimizer$limit");
  Value bound = builder.maximum(norm, most, "optimizer$bound");
  return builder.divide(most, bound, "optimizer$scale");
}

bool decouples(const Optimizer& optimizer) {
  return std::holds_alternative<AdamW>(optimizer.rule) ||
         std::holds_alternative<Lamb>(optimizer.rule);
}

Updated update(const Optimizer& optimizer, Builder& builder, UpdateArgs args, Value scale) {
  const Value gradient = args.gradient;
  Update update(builder, args);
  if (scale) args.gradient = update.clipped(scale);
  const Type type = builder.type(args.parameter);
  args.adapts = adapts(optimizer, type);
  std::optional<Decimal> decay = decay_of(optimizer, type);
  if (decouples(optimizer)) {
    args.decay = decay;
  } else if (decay) {
    args.gradient = update.decayed(*decay, args.gradient);
  }
  Updated made = std::visit([&](const auto& r) { return r.update(builder, args); }, optimizer.rule);
  if (optimizer.average) {
    Value average = args.state[made.state.size()];
    made.state.push_back(update.average(
        *optimizer.average, average, made.parameter,
        {"$average$beta", "$average$kept", "$average$rest", "$average$fresh", "$average$new"}));
  }
  if (!optimizer.parts) return made;
  const Value last = args.shared.back();
  made.parameter = update.choose(last, made.parameter, args.parameter, "$applied");
  const std::vector<std::string> names = state_of(optimizer);
  for (size_t s = 0; s < made.state.size(); ++s) {
    made.state[s] = update.choose(last, made.state[s], args.state[s], "$" + names[s] + "$applied");
  }
  Value zero = update.fixed(0, "$sum$zero");
  made.state.push_back(update.choose(last, zero, gradient, "$sum$new"));
  return made;
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
