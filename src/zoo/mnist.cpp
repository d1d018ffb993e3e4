#include "zoo/mnist.h"

namespace pullback {

namespace {
constexpr ImageShape digit{.height = 28, .width = 28, .channels = 1};
}

Network mnist_linear() {
  return {.name = "mnist-linear",
          .source = "LeCun et al., Proc. IEEE 1998, section III.C: linear classifier",
          .input = digit,
          .layers = {Flatten{},           // 784
                     Dense{.out = 10}}};  //  10
}

Network mnist_mlp() {
  return {.name = "mnist-mlp",
          .source = "LeCun et al., Proc. IEEE 1998, section III.C: fully connected network",
          .input = digit,
          .layers = {Flatten{},                  // 784
                     Dense{.out = 512}, Relu{},  // 512
                     Dense{.out = 512}, Relu{},  // 512
                     Dense{.out = 10}}};         //  10
}

Network mnist_cnn() {
  return {.name = "mnist-cnn",
          .source = "after LeCun et al., Proc. IEEE 1998, section II: convolutional network",
          .input = digit,
          .layers = {Conv{.out = 32, .kernel = 3}, Relu{},  // 28 x 28 x 32
                     Conv{.out = 32, .kernel = 3}, Relu{},  // 28 x 28 x 32
                     MaxPool{.window = 2},                  // 14 x 14 x 32
                     Flatten{},                             // 6272
                     Dense{.out = 512}, Relu{},             //  512
                     Dense{.out = 512}, Relu{},             //  512
                     Dense{.out = 10}}};                    //   10
}

}  // namespace pullback
