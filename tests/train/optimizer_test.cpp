#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "interp/interpreter.h"
#include "train/step.h"

namespace pullback {
namespace {

using Numbers = std::vector<double>;

/// loss = Σ (w x + b - y)² with a matrix w, a vector b, and u, which the loss does not depend on.
Graph quadratic() {
  Graph g;
  g.name = "quadratic";
  Builder b(g);
  Type matrix{ElementType::f64, {2, 2}}, vector{ElementType::f64, {2}};
  Value w = b.argument("w", matrix);
  Value bias = b.argument("b", vector);
  b.argument("u", matrix);
  Value x = b.argument("x", matrix);
  Value y = b.argument("y", matrix);
  Value sum = b.add(b.multiply(w, x, "product"), b.broadcast(bias, {2, 2}, {1}, "wide"), "sum");
  Value error = b.subtract(sum, y, "error");
  b.result(b.reduce(Reduction::add, b.multiply(error, error, "square"), {0, 1}, "loss"));
  return g;
}

const Numbers start_w{0.5, -1, 2, 0.25}, start_b{0.1, -0.2}, x{1, 2, -0.5, 3}, y{2, -1, 0.5, 1.5};
constexpr double rate = 0.05;

/// The parameters after some steps, run by the interpreter: w, then b.
Numbers trained(const Optimizer& optimizer, int steps) {
  TrainStep step = make_train_step(quadratic(), 3, optimizer);
  verify(step.graph);
  std::vector<Tensor> in;
  for (const Argument& argument : step.graph.arguments) in.emplace_back(argument.type);
  in[0] = Tensor(Shape{2, 2}, start_w);
  in[1] = Tensor(Shape{2}, start_b);
  in[2] = Tensor(Shape{2, 2}, Numbers{1, 2, 3, 4});
  in[step.learning_rate()].set(0, rate);
  in[step.batch_begin()] = Tensor(Shape{2, 2}, x);
  in[step.batch_begin() + 1] = Tensor(Shape{2, 2}, y);
  Tensor unused = in[2];
  for (int s = 1; s <= steps; ++s) {
    if (step.number()) in[*step.number()].set(0, s);
    std::vector<Tensor> out = evaluate(step.graph, in);
    std::copy(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(step.kept()), in.begin());
  }
  EXPECT_EQ(in[2], unused);
  Numbers result;
  for (int64_t i = 0; i < 4; ++i) result.push_back(in[0].at(i));
  for (int64_t i = 0; i < 2; ++i) result.push_back(in[1].at(i));
  return result;
}

/// The gradient at θ = (w, b).
Numbers gradient(const Numbers& theta) {
  Numbers g(6);
  for (size_t i = 0; i < 4; ++i) {
    double error = theta[i] * x[i] + theta[4 + i % 2] - y[i];
    g[i] = 2 * error * x[i];
    g[4 + i % 2] += 2 * error;
  }
  return g;
}

/// LAMB's trust ratio of w or of b: ‖θ‖/‖u‖, or 1.
double trust(const Numbers& theta, const Numbers& u, bool of_w) {
  double parameter = 0, direction = 0;
  for (size_t i = of_w ? 0 : 4; i < (of_w ? 4u : 6u); ++i) {
    parameter += theta[i] * theta[i];
    direction += u[i] * u[i];
  }
  return parameter > 0 && direction > 0 ? std::sqrt(parameter / direction) : 1;
}

/// The same as trained(), in the words of the papers: one number after the other.
Numbers reference(const std::string& name, int steps, double decay, bool decay_vectors,
                  double clip) {
  Numbers theta = start_w, v(6), m(6), u(6);
  theta.insert(theta.end(), start_b.begin(), start_b.end());
  for (int t = 1; t <= steps; ++t) {
    Numbers g = gradient(theta);
    double squares = 0;
    for (double d : g) squares += d * d;
    double norm = std::sqrt(squares);
    for (size_t i = 0; i < 6; ++i) {
      double lambda = i < 4 || decay_vectors ? decay : 0;
      if (clip > 0 && norm > clip) g[i] *= clip / norm;
      bool decoupled = name == "adamw" || name == "lamb";
      if (!decoupled) g[i] += lambda * theta[i];
      double direction = g[i];
      if (name == "momentum" || name == "nesterov") {
        v[i] = 0.9 * v[i] + g[i];
        direction = name == "momentum" ? v[i] : g[i] + 0.9 * v[i];
      } else if (name == "rmsprop") {
        v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
        direction = g[i] / (std::sqrt(v[i]) + 1e-8);
      } else if (name == "adam" || decoupled) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        double m_hat = m[i] / (1 - std::pow(0.9, t)), v_hat = v[i] / (1 - std::pow(0.999, t));
        direction = m_hat / (std::sqrt(v_hat) + 1e-8);
        if (decoupled) direction += lambda * theta[i];
      }
      u[i] = direction;
    }
    double of_w = name == "lamb" ? trust(theta, u, true) : 1;
    double of_b = name == "lamb" && decay_vectors ? trust(theta, u, false) : 1;
    for (size_t i = 0; i < 6; ++i) theta[i] -= rate * (i < 4 ? of_w : of_b) * u[i];
  }
  return theta;
}

void expect_near(const Numbers& found, const Numbers& wanted, double tolerance) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], tolerance) << i;
}

Optimizer with(const std::string& name, Decimal decay, bool decay_vectors, Decimal clip) {
  Optimizer optimizer = optimizer_named(name);
  if (decay.mantissa != 0) optimizer.weight_decay = decay;
  optimizer.decay_vectors = decay_vectors;
  if (clip.mantissa != 0) optimizer.clip_norm = clip;
  return optimizer;
}

TEST(Optimizer, follows_its_rule_for_several_steps) {
  for (const std::string& name : optimizer_names()) {
    for (Decimal decay : {Decimal(0), Decimal(1, -1)}) {
      for (bool vectors : {false, true}) {
        for (Decimal clip : {Decimal(0), Decimal(15, -1), Decimal(1000)}) {
          SCOPED_TRACE(name + " " + decay.text() + (vectors ? " vectors " : " ") + clip.text());
          expect_near(trained(with(name, decay, vectors, clip), 7),
                      reference(name, 7, decay.to_double(), vectors, clip.to_double()), 1e-12);
        }
      }
    }
  }
}

/// The arguments of a step on (w, b, u) at the start, its batch apart; averages start there too.
std::vector<Tensor> arguments_at_start(const TrainStep& step) {
  std::vector<Tensor> in;
  for (const Argument& argument : step.graph.arguments) in.emplace_back(argument.type);
  in[0] = Tensor(Shape{2, 2}, start_w);
  in[1] = Tensor(Shape{2}, start_b);
  in[2] = Tensor(Shape{2, 2}, Numbers{1, 2, 3, 4});
  for (size_t p = 0; step.average_state && p < 3; ++p) in[*step.average(p)] = in[p];
  in[step.learning_rate()].set(0, rate);
  return in;
}

/// Runs the step on a batch; the kept results become the arguments.
void run(const TrainStep& step, std::vector<Tensor>& in, const Numbers& x, const Numbers& y) {
  in[step.batch_begin()] = Tensor(Shape{2, 2}, x);
  in[step.batch_begin() + 1] = Tensor(Shape{2, 2}, y);
  std::vector<Tensor> out = evaluate(step.graph, in);
  std::copy(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(step.kept()), in.begin());
}

TEST(Optimizer, averages_the_parameters) {
  Optimizer optimizer = Adam{};
  optimizer.average = Decimal(9, -1);
  TrainStep step = make_train_step(quadratic(), 3, optimizer);
  verify(step.graph);
  EXPECT_EQ(state_of(optimizer), (std::vector<std::string>{"m", "v", "average"}));
  std::vector<Tensor> in = arguments_at_start(step);
  Numbers average = start_w;
  for (int s = 1; s <= 5; ++s) {
    in[*step.number()].set(0, s);
    run(step, in, x, y);
    for (size_t i = 0; i < 4; ++i) {
      average[i] = 0.9 * average[i] + 0.1 * in[0].at(static_cast<int64_t>(i));
      EXPECT_NEAR(in[*step.average(0)].at(static_cast<int64_t>(i)), average[i], 1e-15);
    }
  }
  EXPECT_EQ(in[*step.average(2)], in[2]) << "the loss does not depend on it";
  Numbers plain = trained(Adam{}, 5);
  for (int64_t i = 0; i < 4; ++i) EXPECT_EQ(in[0].at(i), plain[static_cast<size_t>(i)]);
}

/// Three batches of two parts, by every rule, clipped: what the mean of the parts' gradients makes.
TEST(Optimizer, accumulates_the_parts_of_a_batch) {
  for (const std::string& name : optimizer_names()) {
    SCOPED_TRACE(name);
    Optimizer optimizer = with(name, Decimal(1, -1), false, Decimal(3));
    optimizer.average = Decimal(5, -1);
    // Without parts: the gradient of a loss that is the mean of two.
    Graph both = quadratic();
    Builder b(both);
    Values first = both.results;
    both.results.clear();
    Type matrix{ElementType::f64, {2, 2}};
    Value w{0}, bias{1}, half = b.constant(b.type(first[0]), Decimal(5, -1), "half");
    Value product = b.multiply(w, Value{4}, "product2");
    Value sum = b.add(product, b.broadcast(bias, {2, 2}, {1}, "wide2"), "sum2");
    Value error = b.subtract(sum, Value{3}, "error2");
    Value other = b.reduce(Reduction::add, b.multiply(error, error, "square2"), {0, 1}, "loss2");
    b.result(b.multiply(half, b.add(first[0], other, "losses"), "mean"));
    TrainStep whole = make_train_step(both, 3, optimizer);
    optimizer.parts = Decimal(2);
    TrainStep parts = make_train_step(quadratic(), 3, optimizer);
    verify(parts.graph);
    EXPECT_EQ(scalars_of(optimizer).back(), "apply");
    std::vector<Tensor> in = arguments_at_start(parts), wanted = arguments_at_start(whole);
    const size_t states = state_of(optimizer).size();
    for (int s = 1; s <= 3; ++s) {
      if (parts.number()) in[*parts.number()].set(0, s);
      if (whole.number()) wanted[*whole.number()].set(0, s);
      run(whole, wanted, x, y);
      std::vector<Tensor> before = in;
      in[*parts.apply()].set(0, 0);
      run(parts, in, x, y);
      for (size_t i = 0; i < 3 + 3 * states; ++i) {
        bool sum_of = i >= 3 && (i - 3) % states == states - 1 && i - 3 < 2 * states;
        EXPECT_EQ(in[i] == before[i], !sum_of) << parts.graph.arguments[i].name;
      }
      in[*parts.apply()].set(0, 1);
      run(parts, in, y, x);
      for (size_t i = 0; i < 3; ++i) {
        for (int64_t k = 0; k < in[i].count(); ++k) {
          EXPECT_NEAR(in[i].at(k), wanted[i].at(k), 1e-12) << i;
          EXPECT_NEAR(in[*parts.average(i)].at(k), wanted[*whole.average(i)].at(k), 1e-12);
          EXPECT_EQ(in[3 + (i + 1) * states - 1].at(k), 0);
        }
      }
    }
  }
}

/// torch.optim after five steps in double precision, at these starts, with lr = 0.05 and, of w
/// alone, weight_decay = 0.1.
TEST(Optimizer, agrees_with_pytorch) {
  const std::map<std::string, Numbers> torch = {
      {"sgd",
       {0.866190220148, -0.556619389222, 1.72748413939, 0.469651912646, 0.935312535969,
        0.0896901427031}},
      {"momentum",
       {1.26822928202, -0.343122061972, 1.35902143039, 0.123516279334, 1.95747401347,
        0.0758404589531}},
      {"nesterov",
       {1.01044124959, -0.526901993714, 1.38548307122, 0.463740866954, 1.61164681051,
        0.0956216233862}},
      {"rmsprop",
       {1.09705234533, -0.546153797613, 0.988627727212, 0.464248177017, 0.911574380895,
        0.112779399857}},
      {"adam",
       {0.747444234861, -0.755615504859, 1.75147687464, 0.484188449643, 0.348007982157,
        0.0407751911922}},
      {"adamw",
       {0.732836724841, -0.734096484052, 1.70473685904, 0.476590263784, 0.34797507333,
        0.0405162677671}},
      {"lamb",  // of timm 1.0
       {0.748532943124, -0.716619193586, 1.68474923753, 0.490219174859, 0.347888469377,
        0.0395689641395}},
  };
  for (const std::string& name : optimizer_names()) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(torch.contains(name));
    expect_near(trained(with(name, Decimal(1, -1), false, 0), 5), torch.at(name), 2e-11);
  }
}

TEST(Optimizer, has_the_arguments_that_it_asks_for) {
  TrainStep adam = make_train_step(quadratic(), 3, Adam{});
  std::vector<std::string> names;
  for (const Argument& argument : adam.graph.arguments) names.push_back(argument.name);
  EXPECT_EQ(names, (std::vector<std::string>{"w", "b", "u", "w$m", "w$v", "b$m", "b$v", "u$m",
                                             "u$v", "learning_rate", "step", "x", "y"}));
  EXPECT_EQ(adam.number(), std::optional<size_t>(10));
  EXPECT_FALSE(make_train_step(quadratic(), 3, RmsProp{}).number());
}

TEST(Optimizer, is_what_its_settings_say) {
  EXPECT_EQ(Optimizer(Adam{}), optimizer_named("adam"));
  EXPECT_NE(Optimizer(Adam{}), Optimizer(AdamW{}));
  EXPECT_NE(with("sgd", 1, false, 0), Optimizer(Sgd{}));
  EXPECT_EQ(decay_of(with("sgd", 1, false, 0), {ElementType::f32, {3}}), std::nullopt);
  EXPECT_EQ(decay_of(with("sgd", 1, true, 0), {ElementType::f32, {3}}), Decimal(1));
  EXPECT_EQ(decay_of(with("sgd", 1, false, 0), {ElementType::f32, {3, 1}}), Decimal(1));
}

/// A running mean of the batch: a statistic that the step carries along.
TEST(TrainStep, carries_running_statistics) {
  Graph g;
  g.name = "running";
  Builder b(g);
  Type type{ElementType::f64, {2}};
  Value w = b.argument("w", type);
  Value mean = b.argument("mean", type);
  Value x = b.argument("x", type);
  Value half = b.constant(type, Decimal(5, -1), "half");
  Value loss = b.reduce(Reduction::add, b.multiply(w, x, "product"), {0}, "loss");
  Value moved = b.add(b.multiply(half, mean, "kept"), b.multiply(half, x, "fresh"), "moved");
  b.result(loss);
  b.result(moved);
  TrainStep step = make_train_step(g, 1, Adam{}, 1);
  verify(step.graph);
  std::vector<std::string> names;
  for (const Argument& argument : step.graph.arguments) names.push_back(argument.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"w", "w$m", "w$v", "mean", "learning_rate", "step", "x"}));
  EXPECT_EQ(step.kept(), 4u);
  auto pair = [](double a, double c) { return Tensor(Shape{2}, Numbers{a, c}); };
  auto number = [](double a) { return Tensor(Shape{}, Numbers{a}); };
  auto out = evaluate(step.graph, {pair(1, 2), pair(0, 0), pair(0, 0), pair(4, 8), number(0.5),
                                   number(1), pair(2, 4)});
  ASSERT_EQ(out.size(), 5u);
  EXPECT_EQ(out[3], pair(3, 6));
  EXPECT_EQ(out[4], number(10));
  EXPECT_NEAR(out[0].at(0), 0.5, 1e-7);  // the first step of Adam: η in each direction
}

}  // namespace
}  // namespace pullback
