#include "zoo/cifar.h"

namespace pullback {

namespace {
constexpr ImageShape photo{.height = 32, .width = 32, .channels = 3};
}

Network cifar_cnn() {
  return {.name = "cifar-cnn",
          .source = "after Krizhevsky, Learning Multiple Layers of Features, 2009",
          .input = photo,
          .layers = {Conv{.out = 32, .kernel = 3}, Relu{},  // 32 x 32 x 32
                     Conv{.out = 32, .kernel = 3}, Relu{},  // 32 x 32 x 32
                     MaxPool{.window = 2},                  // 16 x 16 x 32
                     Conv{.out = 64, .kernel = 3}, Relu{},  // 16 x 16 x 64
                     Conv{.out = 64, .kernel = 3}, Relu{},  // 16 x 16 x 64
                     MaxPool{.window = 2},                  //  8 x  8 x 64
                     Flatten{},                             // 4096
                     Dense{.out = 512}, Relu{},             //  512
                     Dense{.out = 10}}};                    //   10
}

Network cifar_cnn_bn() {
  return {.name = "cifar-cnn-bn",
          .source = "cifar-cnn with batch norm: Ioffe and Szegedy, arXiv:1502.03167",
          .input = photo,
          .layers = {ConvBN{.out = 32, .kernel = 3},  // 32 x 32 x 32
                     ConvBN{.out = 32, .kernel = 3},  // 32 x 32 x 32
                     MaxPool{.window = 2},            // 16 x 16 x 32
                     ConvBN{.out = 64, .kernel = 3},  // 16 x 16 x 64
                     ConvBN{.out = 64, .kernel = 3},  // 16 x 16 x 64
                     MaxPool{.window = 2},            //  8 x  8 x 64
                     Flatten{},                       // 4096
                     Dense{.out = 512}, Relu{},       //  512
                     Dense{.out = 10}}};              //   10
}

Network cifar_resnet20() {
  return {.name = "cifar-resnet20",
          .source = "He et al., arXiv:1512.03385, section 4.2, n = 3, with projection shortcuts",
          .input = photo,
          .layers = {ConvBN{.out = 16, .kernel = 3},                   // 32 x 32 x 16
                     BasicBlock{.out = 16, .repeat = 3},               // 32 x 32 x 16
                     BasicBlock{.out = 32, .stride = 2, .repeat = 3},  // 16 x 16 x 32
                     BasicBlock{.out = 64, .stride = 2, .repeat = 3},  //  8 x  8 x 64
                     GlobalAvgPool{}, Dense{.out = 10}}};              // 10
}

}  // namespace pullback
