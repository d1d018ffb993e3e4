#include "nn/layers.h"

namespace pullback {

namespace {

/// running + momentum · (batch - running)
Value moved(Scope& scope, const std::string& part, Value running, Value batch,
            const Decimal& momentum) {
  Builder& b = scope.b;
  Value rate = b.constant(b.type(running), momentum, scope.name(part + ".rate"));
  Value distance = b.subtract(batch, running, scope.name(part + ".distance"));
  Value step = b.multiply(rate, distance, scope.name(part + ".step"));
  return b.add(running, step, scope.name(part + ".new"));
}

/// scale (x - mean) / √(variance + ε) + offset with mean and variance of the past.
Value affine(Scope& scope, Value x, Value scale, Value offset, Value mean, Value variance,
             const Decimal& epsilon, const std::string& name) {
  Builder& b = scope.b;
  int64_t axis = b.type(x).rank() - 1;
  auto spread = [&](Value v, const char* part) {
    return b.broadcast(v, b.shape(x), {axis}, scope.name(part));
  };
  Value centred = b.subtract(x, spread(mean, "means"), scope.name("centred"));
  Value eps = b.constant(b.type(variance), epsilon, scope.name("epsilon"));
  Value shifted = b.add(variance, eps, scope.name("shifted"));
  Value rstd = b.emit(Rsqrt{}, {shifted}, scope.name("rstd"));
  Value factor = b.multiply(scale, rstd, scope.name("factor"));
  Value scaled = b.multiply(centred, spread(factor, "factors"), scope.name("scaled"));
  return b.add(scaled, spread(offset, "offsets"), name);
}

void require_decimal(const Scope& scope, const char* field, const Decimal& value, bool below_one) {
  double v = value.to_double();
  if (value.kind == Decimal::Kind::finite && v > 0 && (!below_one || v < 1)) return;
  throw Error(scope.name() + ": " + field + " is " + value.text() + "; it must be above 0" +
              (below_one ? " and below 1" : ""));
}

/// Batch norm over the last axis; `name` names the result.
Value batch_norm(Scope& scope, Value x, const BatchNorm& layer, const std::string& name) {
  Builder& b = scope.b;
  require_decimal(scope, "epsilon", layer.epsilon, false);
  require_decimal(scope, "momentum", layer.momentum, true);
  int64_t axis = b.type(x).rank() - 1;
  if (axis < 1) throw Error(scope.name() + ": needs a batch of rows or images");
  Shape features{b.shape(x).back()};
  Value scale = scope.parameter("scale", features, {Initializer::Kind::ones});
  Value offset = scope.parameter("offset", features, {});
  Value mean = scope.statistic("mean", features, {});
  Value variance = scope.statistic("variance", features, {Initializer::Kind::ones});
  if (!scope.training()) {
    return affine(scope, x, scale, offset, mean, variance, layer.epsilon, name);
  }
  int64_t size = feature_size(b.shape(x), axis);
  if (size < 2) {
    throw Error(scope.name() +
                ": has one element a channel, whose variance is 0; a larger batch is needed\n"
                "  input '" +
                b.name(x) + "'  " + b.type(x).text());
  }
  FeatureMoments m = feature_moments(b, x, axis, scope.name("batch_"));
  Value degrees = b.constant(b.type(m.total), size - 1, scope.name("degrees"));
  Value unbiased = b.divide(m.total, degrees, scope.name("unbiased"));
  scope.update(1, moved(scope, "mean", mean, m.mean, layer.momentum));
  scope.update(0, moved(scope, "variance", variance, unbiased, layer.momentum));
  return b.emit(BatchNormTraining{.feature_index = axis, .epsilon = layer.epsilon},
                {x, scale, offset}, name);
}

}  // namespace

Value BatchNorm::build(Scope& scope, Value x) const {
  return batch_norm(scope, x, *this, scope.name());
}

std::string BatchNorm::describe() const {
  return "ε " + epsilon.text() + ", momentum " + momentum.text();
}

Value Dropout::build(Scope& scope, Value x) const {
  require_decimal(scope, "rate", rate, true);
  if (!scope.training()) return x;
  Value mask = scope.noise("mask", scope.b.shape(x), 1 - rate.to_double());
  return scope.b.multiply(x, mask, scope.name());
}

std::string Dropout::describe() const { return "rate " + rate.text(); }

Value ConvBN::build(Scope& scope, Value x) const {
  Conv conv{.out = out, .kernel = kernel, .stride = stride, .padding = padding, .bias = false};
  scope.set_rectified(relu);
  Value y = conv.build(scope, x);
  scope.b.rename(y, scope.name("conv"));
  y = batch_norm(scope, y, {}, relu ? scope.name("norm") : scope.name());
  return relu ? Relu{}.build(scope, y) : y;
}

std::string ConvBN::describe() const {
  Conv conv{.out = out, .kernel = kernel, .stride = stride, .padding = padding};
  return conv.describe() + (relu ? ", relu" : "");
}

}  // namespace pullback
