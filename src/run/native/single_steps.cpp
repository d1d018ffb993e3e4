#include <algorithm>

#include "base/parallel.h"
#include "run/native/kernels/reduce.h"
#include "run/native/step.h"

/// Steps of one unit over the whole batch: products, reductions, and the reference for the rest.
namespace pullback::native {

namespace {

class GemmStep : public Step {
 public:
  GemmStep(const Memory& m, const Unit& unit)
      : gemm_(unit.gemm),
        a_(m.floats(unit.operands[0])),
        b_(m.floats(unit.operands[1])),
        c_(m.floats(unit.out)),
        threads_(m.threads),
        isa_(m.isa) {
    flops = 2.0 * static_cast<double>(gemm_.m * gemm_.n) * static_cast<double>(gemm_.k);
    if (unit.bias) epilogue_.bias = m.floats(unit.bias);
    epilogue_.relu = unit.relu;
    if (unit.mask) epilogue_.mask = m.floats(unit.mask);
    if (unit.rate) rate_ = m.floats(unit.rate);
  }

  void run() override {
    if (rate_) gemm_.alpha = -*rate_;
    kernels::gemm(gemm_, a_, b_, c_, epilogue_, threads_, scratch_.data(), isa_);
  }
  size_t scratch_size() const override { return kernels::gemm_scratch_size(gemm_, isa_); }

 private:
  kernels::Gemm gemm_;
  kernels::GemmEpilogue epilogue_;
  const float *a_, *b_, *rate_ = nullptr;
  float* c_;
  int threads_;
  kernels::Isa isa_;
};

/// A reduction over leading axes (columns of a matrix) or trailing ones (rows).
class ReduceStep : public Step {
 public:
  ReduceStep(const Memory& m, const Unit& unit)
      : threads_(m.threads), isa_(m.isa), in_(m.at(unit.operands[0])), out_(m.at(unit.out)) {
    const auto& op = std::get<Reduce>(m.graph.instrs[unit.instr].op);
    const Type& type = m.graph.type(unit.operands[0]);
    element_ = type.element;
    max_ = op.kind == Reduction::max;
    Axes dims = op.dimensions;
    std::sort(dims.begin(), dims.end());
    int64_t count = static_cast<int64_t>(dims.size());
    rows_ = count == 0 || (dims.front() == type.rank() - count && dims.back() == type.rank() - 1);
    int64_t kept = m.graph.type(unit.out).count();
    height_ = rows_ ? kept : type.count() / kept;
    width_ = type.count() / height_;
    flops = static_cast<double>(type.count());
  }

  void run() override {
    bool large = height_ * width_ > 1 << 15;
    parallel(large ? threads_ : 1, [&](const Team& team) {
      int64_t extent = rows_ ? height_ : width_;
      int64_t begin = team.begin(extent), end = team.end(extent);
      if (begin == end) return;
      element_ == ElementType::f32 ? floats(begin, end) : integers(begin, end);
    });
  }

 private:
  void floats(int64_t begin, int64_t end) {
    auto kind = max_ ? kernels::Reduction::max : kernels::Reduction::sum;
    const float* x = reinterpret_cast<const float*>(in_);
    float* y = reinterpret_cast<float*>(out_);
    if (rows_) {
      kernels::reduce_rows(kind, x + begin * width_, end - begin, width_, y + begin, isa_);
    } else if (begin == 0 && end == width_) {
      std::fill(y, y + width_, max_ ? -__builtin_inff() : 0.0f);
      kernels::reduce_columns(kind, x, height_, width_, y, isa_);
    } else {
      for (int64_t c = begin; c < end; ++c) y[c] = max_ ? -__builtin_inff() : 0.0f;
      for (int64_t r = 0; r < height_; ++r) {
        kernels::reduce_columns(kind, x + r * width_ + begin, 1, end - begin, y + begin, isa_);
      }
    }
  }

  void integers(int64_t begin, int64_t end) {
    const int32_t* x = reinterpret_cast<const int32_t*>(in_);
    int32_t* y = reinterpret_cast<int32_t*>(out_);
    int64_t inner = rows_ ? width_ : height_;
    for (int64_t i = begin; i < end; ++i) {
      int32_t value = max_ ? INT32_MIN : 0;
      for (int64_t k = 0; k < inner; ++k) {
        int32_t v = rows_ ? x[i * width_ + k] : x[k * width_ + i];
        value = max_
                    ? std::max(value, v)
                    : static_cast<int32_t>(static_cast<uint32_t>(value) + static_cast<uint32_t>(v));
      }
      y[i] = value;
    }
  }

  int threads_;
  kernels::Isa isa_;
  const std::byte* in_;
  std::byte* out_;
  ElementType element_ = ElementType::f32;
  bool max_ = false, rows_ = false;
  int64_t height_ = 0, width_ = 0;
};

/// A sum over the processes, each of which has this step in its turn.
class AllReduceStep : public Step {
 public:
  AllReduceStep(const Memory& m, const Unit& unit)
      : processes_(*m.processes),
        type_(m.graph.type(unit.out)),
        in_(m.at(unit.operands[0])),
        out_(m.at(unit.out)) {}
  void run() override {
    if (in_ != out_) std::copy_n(in_, type_.bytes(), out_);
    processes_.sum(type_.element, {out_, type_.bytes()});
  }

 private:
  Processes& processes_;
  Type type_;
  const std::byte* in_;
  std::byte* out_;
};

/// Any op by the interpreter's rule: right, and not fast; it allocates.
class ReferenceStep : public Step {
 public:
  ReferenceStep(const Memory& m, const Unit& unit)
      : op_(m.graph.instrs[unit.instr].op), type_(m.graph.type(unit.out)), out_(m.at(unit.out)) {
    for (Value v : unit.operands) {
      operands_.push_back({m.at(v), Tensor(m.graph.type(v))});
    }
    size_t begin = 0, end = m.graph.group_end(0);
    while (end <= unit.instr) end = m.graph.group_end(begin = end);
    for (size_t i = begin; i < end; ++i) others_.push_back(result_index(m.graph.instrs[i].op));
    std::erase(others_, result_index(op_));
    if (others_.empty()) return;
    auto& shared = m.together[begin];
    if (!shared) shared = std::make_shared<std::map<int64_t, Tensor>>();
    together_ = shared;
  }

  void run() override {
    if (together_) return run_together();
    put(eval(op_, operands(), type_));
  }

 private:
  /// The first of the op's steps in a run leaves the others their results.
  void run_together() {
    int64_t own = result_index(op_);
    auto found = together_->find(own);
    if (found == together_->end()) {
      std::vector<Tensor> all = eval_all(op_, operands(), type_);
      put(all[static_cast<size_t>(own)]);
      for (int64_t k : others_) (*together_)[k] = std::move(all[static_cast<size_t>(k)]);
      return;
    }
    put(found->second);
    together_->erase(found);
  }

  std::vector<const Tensor*> operands() {
    std::vector<const Tensor*> tensors;
    for (auto& [address, tensor] : operands_) {
      std::copy_n(address, tensor.type().bytes(), tensor.bytes().data());
      tensors.push_back(&tensor);
    }
    return tensors;
  }
  void put(const Tensor& result) { std::copy_n(result.bytes().data(), type_.bytes(), out_); }

  Op op_;
  std::vector<int64_t> others_;
  std::shared_ptr<std::map<int64_t, Tensor>> together_;
  Type type_;
  std::byte* out_;
  std::vector<std::pair<const std::byte*, Tensor>> operands_;
};

}  // namespace

std::unique_ptr<Step> make_single_step(const Memory& memory, const Unit& unit) {
  std::unique_ptr<Step> step;
  switch (unit.kind) {
    case Unit::Kind::gemm:
      step = std::make_unique<GemmStep>(memory, unit);
      break;
    case Unit::Kind::reduce:
      step = std::make_unique<ReduceStep>(memory, unit);
      break;
    default:
      bool over_processes = memory.processes != nullptr &&
                            std::holds_alternative<AllReduce>(memory.graph.instrs[unit.instr].op);
      if (over_processes) {
        step = std::make_unique<AllReduceStep>(memory, unit);
      } else {
        step = std::make_unique<ReferenceStep>(memory, unit);
      }
  }
  step->name = memory.graph.name_of(unit.out);
  return step;
}

}  // namespace pullback::native
