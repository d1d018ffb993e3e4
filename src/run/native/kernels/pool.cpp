#include "run/native/kernels/pool.h"

#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {

namespace {

int outputs(int in, int low, int high, int window, int dilation, int stride) {
  int reach = (window - 1) * dilation + 1;
  int padded = in + low + high;
  return padded < reach ? 0 : (padded - reach) / stride + 1;
}

PoolPlan plan_of(const Pool2d& p) {
  return {p.in_h,     p.in_w,     p.channels, p.out_h(),  p.out_w(),    p.window_h,  p.window_w,
          p.stride_h, p.stride_w, p.pad_top,  p.pad_left, p.dilation_h, p.dilation_w};
}

}  // namespace

int Pool2d::out_h() const {
  return outputs(in_h, pad_top, pad_bottom, window_h, dilation_h, stride_h);
}
int Pool2d::out_w() const {
  return outputs(in_w, pad_left, pad_right, window_w, dilation_w, stride_w);
}
size_t Pool2d::in_size() const {
  return static_cast<size_t>(in_h) * static_cast<size_t>(in_w) * static_cast<size_t>(channels);
}
size_t Pool2d::out_size() const {
  return static_cast<size_t>(out_h()) * static_cast<size_t>(out_w()) *
         static_cast<size_t>(channels);
}

bool max_pool_applicable(const Pool2d& pool) {
  return static_cast<int64_t>(pool.window_h) * pool.window_w <= 255;
}

void max_pool(const Pool2d& pool, const float* x, float* y, uint8_t* index, Isa isa) {
  PULLBACK_SELECT_TABLE(isa, pool_table).max_pool(plan_of(pool), x, y, index);
}

void max_unpool(const Pool2d& pool, const float* dy, const uint8_t* index, float* dx, Isa isa) {
  PULLBACK_SELECT_TABLE(isa, pool_table).max_unpool(plan_of(pool), dy, index, dx);
}

void sum_pool(const Pool2d& pool, const float* x, float* y, float scale, Isa isa) {
  PULLBACK_SELECT_TABLE(isa, pool_table).sum_pool(plan_of(pool), x, y, scale);
}

void sum_unpool(const Pool2d& pool, const float* dy, float* dx, float scale, Isa isa) {
  PULLBACK_SELECT_TABLE(isa, pool_table).sum_unpool(plan_of(pool), dy, dx, scale);
}

}  // namespace pullback::kernels
