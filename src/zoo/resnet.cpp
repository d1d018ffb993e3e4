#include "zoo/resnet.h"

namespace pullback {

namespace {
constexpr ImageShape photo{.height = 224, .width = 224, .channels = 3};
}

Network resnet34() {
  return {.name = "resnet34",
          .source = "He et al., arXiv:1512.03385, table 1, 34 layers",
          .input = photo,
          .classes = 1000,
          .layers = {ConvBN{.out = 64, .kernel = 7, .stride = 2, .padding = 3},  // 112 x 112
                     MaxPool{.window = 3, .stride = 2, .padding = 1},            //  56 x  56
                     BasicBlock{.out = 64, .repeat = 3},                         //  56 x  56
                     BasicBlock{.out = 128, .stride = 2, .repeat = 4},           //  28 x  28
                     BasicBlock{.out = 256, .stride = 2, .repeat = 6},           //  14 x  14
                     BasicBlock{.out = 512, .stride = 2, .repeat = 3},           //   7 x   7
                     GlobalAvgPool{}, Dense{.out = 1000}}};                      //   1 x   1
}

Network resnet50() {
  return {.name = "resnet50",
          .source = "He et al., arXiv:1512.03385, table 1, 50 layers, v1.5",
          .input = photo,
          .classes = 1000,
          .layers = {ConvBN{.out = 64, .kernel = 7, .stride = 2, .padding = 3},  // 112 x 112
                     MaxPool{.window = 3, .stride = 2, .padding = 1},            //  56 x  56
                     Bottleneck{.out = 256, .repeat = 3},                        //  56 x  56
                     Bottleneck{.out = 512, .stride = 2, .repeat = 4},           //  28 x  28
                     Bottleneck{.out = 1024, .stride = 2, .repeat = 6},          //  14 x  14
                     Bottleneck{.out = 2048, .stride = 2, .repeat = 3},          //   7 x   7
                     GlobalAvgPool{}, Dense{.out = 1000}}};                      //   1 x   1
}

}  // namespace pullback
