#include "zoo/efficientnet.h"

namespace pullback {

namespace {

/// Block k of 16 is dropped with probability 0.2 · k/16.
Decimal drop(int64_t block) { return {125 * block, -4}; }

ConvBNAct conv(int64_t out, int64_t kernel, int64_t stride) {
  return {.out = out,
          .kernel = kernel,
          .stride = stride,
          .padding = (kernel - 1) / 2,
          .activation = Activation::swish};
}

/// A stage of the table; `first` is the number of its first block.
MBConv stage(int64_t first, int64_t expand, int64_t kernel, int64_t stride, int64_t out,
             int64_t repeat) {
  return {.out = out,
          .expand = expand,
          .kernel = kernel,
          .stride = stride,
          .repeat = repeat,
          .drop = drop(first),
          .drop_step = drop(1)};
}

}  // namespace

Network efficientnet_b0() {
  return {.name = "efficientnet-b0",
          .source = "Tan and Le, arXiv:1905.11946, table 1",
          .input = {.height = 224, .width = 224, .channels = 3},
          .classes = 1000,
          .layers = {conv(32, 3, 2),              // 112 x 112
                     stage(0, 1, 3, 1, 16, 1),    // 112 x 112
                     stage(1, 6, 3, 2, 24, 2),    //  56 x  56
                     stage(3, 6, 5, 2, 40, 2),    //  28 x  28
                     stage(5, 6, 3, 2, 80, 3),    //  14 x  14
                     stage(8, 6, 5, 1, 112, 3),   //  14 x  14
                     stage(11, 6, 5, 2, 192, 4),  //   7 x   7
                     stage(15, 6, 3, 1, 320, 1),  //   7 x   7
                     conv(1280, 1, 1),            //   7 x   7
                     GlobalAvgPool{}, Dropout{.rate = {2, -1}}, Dense{.out = 1000}}};
}

}  // namespace pullback
