#include "check/tangent.h"

#include <cmath>
#include <numbers>

#include "check/groups.h"
#include "interp/interpreter.h"
#include "ir/builder.h"
#include "ir/ops/special.h"

namespace pullback {

namespace {

template <class T, class... List>
concept OneOf = (std::is_same_v<T, List> || ...);
/// Linear in all operands together.
template <class T>
concept Linear = OneOf<T, Negate, Add, Subtract, Convert, BroadcastInDim, Reshape, Transpose,
                       Reverse, Slice, Pad, Concatenate>;
template <class T>
concept LinearAtIndices = OneOf<T, DynamicSlice, DynamicUpdateSlice, Gather, Scatter>;
/// Linear in each of two operands.
template <class T>
concept Bilinear = OneOf<T, Multiply, DotGeneral, Convolution>;
template <class T>
concept LocallyConstant = OneOf<T, Not, And, Or, Xor, Compare, IsFinite, Constant, Iota, Floor,
                                Ceil, RoundNearestAfz, RoundNearestEven, Sign>;

// f'(x), with y = f(x).
double slope(const Abs&, double x, double) { return x < 0 ? -1 : x > 0 ? 1 : 0; }
double slope(const Exponential&, double, double y) { return y; }
double slope(const Log&, double x, double) { return 1 / x; }
double slope(const Logistic&, double, double y) { return y * (1 - y); }
double slope(const Tanh&, double, double y) { return 1 - y * y; }
double slope(const Sqrt&, double, double y) { return 1 / (y + y); }
double slope(const Rsqrt&, double x, double y) { return -0.5 * y / x; }
double slope(const Sine&, double x, double) { return std::cos(x); }
double slope(const Cosine&, double x, double) { return -std::sin(x); }
double slope(const ExponentialMinusOne&, double, double y) { return y + 1; }
double slope(const LogPlusOne&, double x, double) { return 1 / (1 + x); }
double slope(const Cbrt&, double, double y) { return 1 / (3 * y * y); }
double slope(const Tan&, double, double y) { return 1 + y * y; }
double slope(const Erf&, double x, double) {
  return 2 / std::sqrt(std::numbers::pi) * std::exp(-x * x);
}
double slope(const Erfc&, double x, double y) { return -slope(Erf{}, x, y); }
double slope(const Atan&, double x, double) { return 1 / (1 + x * x); }
double slope(const Asin&, double x, double) { return 1 / std::sqrt((1 - x) * (1 + x)); }
double slope(const Acos&, double x, double y) { return -slope(Asin{}, x, y); }
double slope(const Sinh&, double x, double) { return std::cosh(x); }
double slope(const Cosh&, double x, double) { return std::sinh(x); }
double slope(const Asinh&, double x, double) { return 1 / std::sqrt(x * x + 1); }
double slope(const Acosh&, double x, double) { return 1 / std::sqrt((x - 1) * (x + 1)); }
double slope(const Atanh&, double x, double) { return 1 / ((1 - x) * (1 + x)); }
double slope(const ErfInv&, double, double y) {
  return std::sqrt(std::numbers::pi) / 2 * std::exp(y * y);
}
double slope(const Lgamma&, double x, double) { return digamma(x); }
double slope(const Digamma&, double x, double) { return polygamma(1, x); }
double slope(const Swish&, double x, double y) {
  double gate = 1 / (1 + std::exp(-x));
  return gate + y * (1 - gate);
}
double slope(const Gelu&, double x, double) {
  double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
  return std::erfc(-x / std::numbers::sqrt2) / 2 + x * density;
}
double slope(const GeluTanh&, double x, double) {
  const double c = 0.7978845608028654, k = 0.044715;
  double tanh = std::tanh(c * (x + k * x * x * x));
  return (1 + tanh) / 2 + x / 2 * (1 - tanh * tanh) * c * (1 + 3 * k * x * x);
}
template <class T>
concept Unary = requires(T op) {
  slope(op, 0.0, 0.0);
};

// df/dx and df/dy, with z = f(x, y).
struct Slopes {
  double x, y;
};
Slopes slopes(const Divide&, double, double y, double z) { return {1 / y, -z / y}; }
Slopes slopes(const Maximum&, double x, double y, double) {
  return x < y ? Slopes{0, 1} : Slopes{1, 0};
}
Slopes slopes(const Minimum&, double x, double y, double) {
  return y < x ? Slopes{0, 1} : Slopes{1, 0};
}
Slopes slopes(const Power&, double x, double y, double z) {
  return {y * std::pow(x, y - 1), z * std::log(x)};
}
Slopes slopes(const Remainder&, double x, double y, double) { return {1, -std::trunc(x / y)}; }
Slopes slopes(const Atan2&, double x, double y, double) {
  double square = x * x + y * y;
  return {y / square, -x / square};
}
Slopes slopes(const Polygamma&, double n, double x, double) { return {0, polygamma(n + 1, x)}; }
template <class T>
concept Binary = requires(T op) {
  slopes(op, 0.0, 0.0, 0.0);
};

/// Slope times tangent; what does not move stays, whatever the slope.
double times(double slope, double tangent) { return tangent == 0 ? 0 : slope * tangent; }

/// Σ x along `dimension`, broadcast back.
Value line_sum(Builder& b, Value x, int64_t dimension) {
  Value sum = b.reduce(Reduction::add, x, {dimension});
  return b.broadcast(sum, b.shape(x), other_axes(b.type(x).rank(), {dimension}));
}

/// One rule per op; an op without one does not compile.
class Rule {
 public:
  Rule(const Instr& instr, Tensors x, Tensors dx, const Tensor& y)
      : instr_(instr), x_(x.begin(), x.end()), y_(y) {
    for (size_t k = 0; k < dx.size(); ++k) {
      moves_.push_back(dx[k] != nullptr);
      dx_.push_back(dx[k] != nullptr ? *dx[k] : Tensor(x[k]->type()));
    }
  }

  template <class T>
  requires(!T::info.outside.empty() && !Unary<T> && !Binary<T>) Tensor operator()(const T&) const {
    throw Error("'" + instr_.name + "' is a " + std::string(T::info.name) +
                ", which has no derivative along tangents here");
  }
  template <LocallyConstant T>
  Tensor operator()(const T&) const {
    return Tensor(instr_.type);
  }
  template <Linear T>
  Tensor operator()(const T& op) const {
    std::vector<const Tensor*> tangents;
    for (const Tensor& t : dx_) tangents.push_back(&t);
    return op.eval(tangents, instr_.type);
  }
  /// Linear in the operands of floats, where those of integers are.
  template <LinearAtIndices T>
  Tensor operator()(const T& op) const {
    std::vector<const Tensor*> tangents = x_;
    for (size_t k = 0; k < x_.size(); ++k) {
      if (is_float(x_[k]->element())) tangents[k] = &dx_[k];
    }
    return op.eval(tangents, instr_.type);
  }
  template <Bilinear T>
  Tensor operator()(const T& op) const {
    Tensor sum(instr_.type);
    for (size_t k = 0; k < 2; ++k) {
      if (!moves_[k]) continue;
      std::vector<const Tensor*> mixed = x_;
      mixed[k] = &dx_[k];
      Tensor term = op.eval(mixed, instr_.type);
      auto from = term.values<double>();
      auto to = sum.values<double>();
      for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
    }
    return sum;
  }
  template <Unary T>
  Tensor operator()(const T& op) const {
    return each([&](size_t i) { return times(slope(op, x(0)[i], y()[i]), dx(0)[i]); });
  }
  template <Binary T>
  Tensor operator()(const T& op) const {
    return each([&](size_t i) {
      Slopes s = slopes(op, x(0)[i], x(1)[i], y()[i]);
      return times(s.x, dx(0)[i]) + times(s.y, dx(1)[i]);
    });
  }
  Tensor operator()(const Select& op) const {
    std::vector<const Tensor*> chosen{x_[0], &dx_[1], &dx_[2]};
    return op.eval(chosen, instr_.type);
  }
  Tensor operator()(const Clamp&) const {
    auto at = [](std::span<const double> v, size_t i) { return v[v.size() == 1 ? 0 : i]; };
    return each([&](size_t i) {
      double l = at(x(0), i), most = std::max(l, x(1)[i]);
      if (!(most < at(x(2), i))) return at(dx(2), i);
      return l < x(1)[i] ? dx(1)[i] : at(dx(0), i);
    });
  }
  Tensor operator()(const Reduce& op) const {
    if (op.kind == Reduction::add) return sum(op);
    Tensor t(instr_.type);
    for_each_group(op, x_[0]->shape(), [&](size_t o, auto group) { largest(t, o, group); });
    return t;
  }
  Tensor operator()(const ReduceWindow& op) const {
    if (op.kind == Reduction::add) return sum(op);
    Tensor t(instr_.type);
    for_each_group(op.window, x_[0]->shape(), [&](size_t o, auto group) { largest(t, o, group); });
    return t;
  }
  Tensor operator()(const SelectAndScatter& op) const {
    std::vector<const Tensor*> scattered{x_[0], &dx_[1]};
    return op.eval(scattered, instr_.type);
  }
  /// y (dx - Σ y dx)
  Tensor operator()(const Softmax& op) const {
    return composite([&](Builder& b, const Values&, const Values& d, Value y) {
      Value mean = line_sum(b, b.multiply(y, d[0]), op.dimension);
      return b.multiply(y, b.subtract(d[0], mean));
    });
  }
  /// dx - Σ softmax(x) dx
  Tensor operator()(const LogSoftmax& op) const {
    return composite([&](Builder& b, const Values&, const Values& d, Value y) {
      return b.subtract(d[0], line_sum(b, b.multiply(b.exponential(y), d[0]), op.dimension));
    });
  }
  /// -Σ (dl · ln softmax(x) + l · (dx - Σ softmax(x) dx))
  Tensor operator()(const SoftmaxCrossEntropy&) const {
    return composite([&](Builder& b, const Values& v, const Values& d, Value) {
      Value y = b.emit(LogSoftmax{.dimension = 1}, {v[0]});
      Value moved = b.subtract(d[0], line_sum(b, b.multiply(b.exponential(y), d[0]), 1));
      Value terms = b.add(b.multiply(d[1], y), b.multiply(v[1], moved));
      return b.negate(b.reduce(Reduction::add, terms, {1}));
    });
  }
  /// scale · dh + dscale · h + doffset, dh = r (dx - mean dx - h · mean (h dx))
  Tensor operator()(const BatchNormTraining& op) const {
    return composite([&](Builder& b, const Values& v, const Values& d, Value) {
      int64_t axis = op.feature_index;
      auto spread = [&](Value x) { return b.broadcast(x, b.shape(v[0]), {axis}); };
      auto mean = [&](Value x) { return spread(feature_moments(b, x, axis).mean); };
      FeatureNormalised n = feature_normalised(b, v[0], axis, op.epsilon);
      Value h = n.normalised;
      Value share = b.multiply(h, mean(b.multiply(h, d[0])));
      Value moved = b.subtract(b.subtract(d[0], mean(d[0])), share);
      Value scaled = b.multiply(spread(b.multiply(v[1], n.rstd)), moved);
      return b.add(b.add(scaled, b.multiply(spread(d[1]), h)), spread(d[2]));
    });
  }

 private:
  std::span<const double> x(size_t k) const { return x_[k]->values<double>(); }
  std::span<const double> dx(size_t k) const { return dx_[k].values<double>(); }
  std::span<const double> y() const { return y_.values<double>(); }

  Tensor each(auto&& f) const {
    Tensor t(instr_.type);
    auto values = t.values<double>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = f(i);
    return t;
  }
  Tensor sum(const auto& op) const {
    std::vector<const Tensor*> tangents{&dx_[0]};
    return op.eval(tangents, instr_.type);
  }
  void largest(Tensor& t, size_t o, std::span<const int64_t> group) const {
    if (group.empty()) return;
    t.values<double>()[o] = dx(0)[static_cast<size_t>(first_maximum(x(0), group))];
  }
  /// The value of a program over operands, tangents and result.
  Tensor composite(auto&& emit) const {
    Graph graph;
    Builder b(graph);
    std::vector<Tensor> arguments;
    auto add = [&](const std::string& name, const Tensor& t) {
      arguments.push_back(t);
      return b.argument(name + std::to_string(arguments.size()), t.type());
    };
    Values v, d;
    for (const Tensor* t : x_) v.push_back(add("x", *t));
    for (const Tensor& t : dx_) d.push_back(add("dx", t));
    Value y = add("y", y_);
    b.result(emit(b, v, d, y));
    return evaluate(graph, arguments)[0];
  }

  const Instr& instr_;
  std::vector<const Tensor*> x_;
  std::vector<Tensor> dx_;  ///< 0 where the operand does not move
  std::vector<bool> moves_;
  const Tensor& y_;
};

}  // namespace

Tensor tangent_of(const Instr& instr, Tensors x, Tensors dx, const Tensor& y) {
  return std::visit(Rule(instr, x, dx, y), instr.op);
}

}  // namespace pullback
