#include "check/side_conditions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "autodiff/backward.h"
#include "base/random.h"
#include "check/groups.h"
#include "check/replay.h"
#include "check/tangent.h"
#include "tensor/index.h"

namespace pullback {

namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

/// An instruction with the values and the tangents of its operands.
struct Point {
  const Instr& instr;
  std::vector<const Tensor*> x, dx;  ///< dx: nullptr where the operand does not move

  std::span<const double> value(size_t k) const { return x[k]->values<double>(); }
  double tangent(size_t k, size_t i) const {
    return dx[k] == nullptr ? 0 : dx[k]->values<double>()[i];
  }
};

/// Counts the conditions of one instruction.
class Counter {
 public:
  Counter(SideCondition& counts, Shape shape) : counts_(counts), shape_(std::move(shape)) {}

  /// The condition at position i of `shape`: it holds by `margin`, if that is positive; otherwise
  /// it is a tie, which may be `allowed`. A NaN is a tie.
  template <class Text>
  void add(size_t i, double margin, bool allowed, Text&& text) {
    ++counts_.conditions;
    if (margin > 0) {
      counts_.margin = std::min(counts_.margin, margin);
      return;
    }
    ++counts_.ties;
    if (allowed) return;
    if (counts_.failing++ == 0) counts_.first = std::string(text()) + " at " + place(i);
  }

 private:
  std::string place(size_t i) const {
    std::string text;
    auto rest = static_cast<int64_t>(i);
    for (size_t d = shape_.size(); d-- > 0; rest /= shape_[d]) {
      text = std::to_string(rest % shape_[d]) + (text.empty() ? "" : ", ") + text;
    }
    return "[" + text + "]";
  }

  SideCondition& counts_;
  Shape shape_;
};

/// One rule per op that has a side condition; false for the others.
class Rule {
 public:
  Rule(const Point& point, SideCondition& counts) : p_(point), counts_(counts) {}

  bool operator()(const auto&) const { return false; }

  bool operator()(const Abs&) const {
    return each(0, [&](Counter& c, size_t i, double x) {
      c.add(i, std::abs(x), p_.tangent(0, i) == 0, [] { return "abs of 0"; });
    });
  }
  bool operator()(const Log&) const { return positive("log"); }
  bool operator()(const Sqrt&) const { return positive("sqrt"); }
  bool operator()(const Rsqrt&) const { return positive("rsqrt"); }
  bool operator()(const Power&) const { return positive("power"); }
  bool operator()(const LogPlusOne&) const {
    return within("log_plus_one", [](double x) { return 1 + x; });
  }
  bool operator()(const Cbrt&) const {
    return within("cbrt", [](double x) { return std::abs(x); });
  }
  bool operator()(const Tan&) const {
    return within("tan", [](double x) { return std::abs(std::cos(x)); });
  }
  bool operator()(const Sign&) const {
    return is_float(p_.x[0]->element()) && within("sign", [](double x) { return std::abs(x); });
  }
  bool operator()(const Floor&) const { return within("floor", to_whole); }
  bool operator()(const Ceil&) const { return within("ceil", to_whole); }
  bool operator()(const RoundNearestAfz&) const { return within("round_nearest_afz", to_half); }
  bool operator()(const RoundNearestEven&) const { return within("round_nearest_even", to_half); }
  bool operator()(const Asin&) const { return within("asin", inside_one); }
  bool operator()(const Acos&) const { return within("acos", inside_one); }
  bool operator()(const Atanh&) const { return within("atanh", inside_one); }
  bool operator()(const Acosh&) const {
    return within("acosh", [](double x) { return x - 1; });
  }
  bool operator()(const Remainder&) const {
    auto y = p_.value(1);
    return each(0, [&](Counter& c, size_t i, double x) {
      double ratio = x / y[i];  // no margin for a NaN
      double margin = std::abs(ratio) < 1 ? 1 - std::abs(ratio) : to_whole(ratio);
      c.add(i, y[i] == 0 ? 0 : margin, false,
            [&] { return "remainder of " + number(x) + " by " + number(y[i]); });
    });
  }
  bool operator()(const Atan2&) const {
    auto y = p_.value(1);
    return each(0, [&](Counter& c, size_t i, double x) {
      c.add(i, std::max(std::abs(x), y[i]), false,
            [&] { return "atan2 of " + number(x) + " and " + number(y[i]); });
    });
  }
  bool operator()(const Clamp&) const {
    auto at = [](std::span<const double> v, size_t i) { return v.size() == 1 ? 0 : i; };
    auto l = p_.value(0), u = p_.value(2);
    return is_float(p_.x[1]->element()) && each(1, [&](Counter& c, size_t i, double x) {
             size_t li = at(l, i), ui = at(u, i);
             double most = std::max(l[li], x);
             double lower = std::abs(x - l[li]), upper = std::abs(most - u[ui]);
             double dl = p_.tangent(0, li), dx = p_.tangent(1, i);
             bool allowed = (lower > 0 || dl == dx) &&
                            (upper > 0 || (l[li] < x ? dx : dl) == p_.tangent(2, ui));
             c.add(i, std::min(lower, upper), allowed,
                   [&] { return "clamp of " + number(x) + " at a bound"; });
           });
  }
  bool operator()(const Divide&) const {
    return each(1, [&](Counter& c, size_t i, double y) {
      c.add(i, std::abs(y), false, [] { return "division by 0"; });
    });
  }
  bool operator()(const Maximum&) const { return apart("maximum", true); }
  bool operator()(const Minimum&) const { return apart("minimum", true); }
  bool operator()(const Compare&) const {
    // Of a value with itself the answer never changes.
    bool same = p_.instr.operands[0] == p_.instr.operands[1];
    return !same && is_float(p_.x[0]->element()) && apart("comparison", false);
  }
  bool operator()(const Convert& op) const {
    if (is_float(op.to) || !is_float(p_.x[0]->element())) return false;
    return each(0, [&](Counter& c, size_t i, double x) {
      c.add(i, std::abs(x), false, [] { return "conversion of 0"; });
    });
  }
  bool operator()(const Reduce& op) const {
    if (op.kind == Reduction::add) return false;
    Counter counter(counts_, p_.instr.type.shape);
    for_each_group(op, p_.x[0]->shape(), [&](size_t o, auto group) { largest(counter, o, group); });
    return true;
  }
  bool operator()(const ReduceWindow& op) const {
    if (op.kind == Reduction::add) return false;
    Counter counter(counts_, p_.instr.type.shape);
    for_each_group(op.window, p_.x[0]->shape(),
                   [&](size_t o, auto group) { largest(counter, o, group); });
    return true;
  }
  bool operator()(const SelectAndScatter& op) const {
    Counter counter(counts_, p_.x[1]->shape());
    for_each_group(op.window, p_.x[0]->shape(),
                   [&](size_t o, auto group) { largest(counter, o, group, true); });
    return true;
  }
  /// No two updates that replace have one place.
  bool operator()(const Scatter& op) const {
    if (op.update == ScatterUpdate::add) return false;
    const Shape &operand = p_.x[0]->shape(), &updates = p_.x[2]->shape();
    WindowPlaces places(op.numbers, operand, *p_.x[1], updates);
    std::set<Index> found;
    Counter counter(counts_, updates);
    size_t next = 0;
    for_each_index(updates, [&](const Index& w) {
      const Index& place = places.at(w);
      bool within = true;
      for (size_t d = 0; d < place.size(); ++d) {
        within = within && place[d] >= 0 && place[d] < operand[d];
      }
      bool alone = !within || found.insert(place).second;
      counter.add(next++, alone ? std::numeric_limits<double>::infinity() : 0, false,
                  [] { return "two updates of one element"; });
    });
    return true;
  }

 private:
  bool each(size_t operand, auto&& add) const {
    Counter counter(counts_, p_.x[operand]->shape());
    auto x = p_.value(operand);
    for (size_t i = 0; i < x.size(); ++i) add(counter, i, x[i]);
    return true;
  }
  /// How far x is from an integer, from halfway between two, from the bounds of (-1, 1).
  static double to_whole(double x) { return std::abs(x - std::nearbyint(x)); }
  static double to_half(double x) { return 0.5 - to_whole(x); }
  static double inside_one(double x) { return 1 - std::abs(x); }
  bool within(const char* what, double (*margin)(double)) const {
    return each(0, [&](Counter& c, size_t i, double x) {
      c.add(i, margin(x), false, [&] { return std::string(what) + " of " + number(x); });
    });
  }
  bool positive(const char* what) const {
    return each(0, [&](Counter& c, size_t i, double x) {
      c.add(i, x, false, [&] { return std::string(what) + " of " + number(x); });
    });
  }
  /// The operands differ, or, where that is allowed, they move alike.
  bool apart(const char* what, bool alike_allowed) const {
    auto y = p_.value(1);
    return each(0, [&](Counter& c, size_t i, double x) {
      bool allowed = alike_allowed && p_.tangent(0, i) == p_.tangent(1, i);
      c.add(i, std::abs(x - y[i]), allowed,
            [&] { return std::string(what) + " of " + number(x) + " and " + number(y[i]); });
    });
  }
  /// Nothing ties with the group's largest element, or, unless `strict`, what does moves alike.
  void largest(Counter& counter, size_t o, std::span<const int64_t> group,
               bool strict = false) const {
    auto x = p_.value(0);
    double margin = std::numeric_limits<double>::infinity();
    bool alike = !strict;
    int64_t best = group.empty() ? 0 : first_maximum(x, group);
    for (int64_t i : group) {
      if (i == best) continue;
      double distance = x[static_cast<size_t>(best)] - x[static_cast<size_t>(i)];
      if (distance > 0) {
        margin = std::min(margin, distance);
      } else {
        margin = 0;
        alike &= p_.tangent(0, static_cast<size_t>(i)) == p_.tangent(0, static_cast<size_t>(best));
      }
    }
    if (group.empty()) margin = 0;
    counter.add(o, margin, alike && !group.empty(), [&] {
      return group.empty() ? std::string("an empty maximum")
                           : "several maxima " + number(x[static_cast<size_t>(best)]);
    });
  }

  const Point& p_;
  SideCondition& counts_;
};

/// Values of a graph and their tangents along a random direction of the parameters.
class Motion {
 public:
  Motion(const Graph& forward, size_t parameters, const std::vector<Tensor>& arguments,
         uint64_t seed)
      : replay_(retype(forward, ElementType::f64), arguments),
        tangents_(replay_.graph().value_count()) {
    Values thetas;
    for (size_t p = 0; p < parameters; ++p) {
      thetas.push_back({static_cast<int32_t>(p)});
      Random random(seed, graph().arguments[p].name + " direction");
      Tensor direction(arguments[p].type());
      for (double& d : direction.values<double>()) d = random.normal();
      tangents_[p] = std::move(direction);
    }
    active_ = active_values(graph(), thetas);
  }

  const Graph& graph() const { return replay_.graph(); }
  /// Whether the first result depends on the instruction, and one of its operands moves.
  bool concerns(size_t i) const {
    const Instr& instr = graph().instrs[i];
    return replay_.needed(graph().value_of(i)) &&
           std::any_of(instr.operands.begin(), instr.operands.end(),
                       [&](Value v) { return active_[static_cast<size_t>(v.id)]; });
  }
  Point point(size_t i) const {
    Point p{.instr = graph().instrs[i], .x = {}, .dx = {}};
    for (Value v : p.instr.operands) {
      auto id = static_cast<size_t>(v.id);
      p.x.push_back(&replay_.value(v));
      p.dx.push_back(active_[id] ? &*tangents_[id] : nullptr);
    }
    return p;
  }
  void move(size_t i, const Point& p) {
    Value v = graph().value_of(i);
    auto id = static_cast<size_t>(v.id);
    if (active_[id]) tangents_[id] = tangent_of(p.instr, p.x, p.dx, replay_.value(v));
  }

 private:
  Replay replay_;
  std::vector<bool> active_;
  std::vector<std::optional<Tensor>> tangents_;
};

}  // namespace

std::vector<SideCondition> check_side_conditions(const Graph& forward, size_t parameters,
                                                 const std::vector<Tensor>& arguments,
                                                 uint64_t seed) {
  Motion motion(forward, parameters, arguments, seed);
  std::vector<SideCondition> found;
  for (size_t i = 0; i < motion.graph().instrs.size(); ++i) {
    if (!motion.concerns(i)) continue;
    Point point = motion.point(i);
    SideCondition counts{.instr = i, .op = std::string(info_of(point.instr.op).name), .first = ""};
    if (std::visit(Rule(point, counts), point.instr.op)) found.push_back(counts);
    motion.move(i, point);
  }
  return found;
}

void add_point(std::vector<SideCondition>& all, const std::vector<SideCondition>& point) {
  if (all.empty()) {
    all = point;
    return;
  }
  PULLBACK_CHECK(all.size() == point.size(), "points of one graph");
  for (size_t k = 0; k < all.size(); ++k) {
    all[k].conditions += point[k].conditions;
    all[k].ties += point[k].ties;
    if (all[k].failing == 0) all[k].first = point[k].first;
    all[k].failing += point[k].failing;
    all[k].margin = std::min(all[k].margin, point[k].margin);
  }
}

}  // namespace pullback
