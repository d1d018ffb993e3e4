#include "zoo/mobilenet.h"

namespace pullback {

namespace {

constexpr ImageShape photo{.height = 224, .width = 224, .channels = 3};
constexpr Activation relu = Activation::relu;

ConvBNAct v3_conv(int64_t out, int64_t kernel, int64_t stride) {
  return {.out = out,
          .kernel = kernel,
          .stride = stride,
          .padding = (kernel - 1) / 2,
          .activation = Activation::hard_swish,
          .epsilon = {1, -3},
          .momentum = {1, -2}};
}

}  // namespace

Network mobilenetv2() {
  return {.name = "mobilenetv2",
          .source = "Sandler et al., arXiv:1801.04381, table 2",
          .input = photo,
          .classes = 1000,
          .layers = {ConvBNAct{.out = 32, .kernel = 3, .stride = 2, .padding = 1},         // 112
                     InvertedResidual{.out = 16, .expand = 1},                             // 112
                     InvertedResidual{.out = 24, .expand = 6, .stride = 2, .repeat = 2},   //  56
                     InvertedResidual{.out = 32, .expand = 6, .stride = 2, .repeat = 3},   //  28
                     InvertedResidual{.out = 64, .expand = 6, .stride = 2, .repeat = 4},   //  14
                     InvertedResidual{.out = 96, .expand = 6, .repeat = 3},                //  14
                     InvertedResidual{.out = 160, .expand = 6, .stride = 2, .repeat = 3},  //   7
                     InvertedResidual{.out = 320, .expand = 6},                            //   7
                     ConvBNAct{.out = 1280, .kernel = 1},                                  //   7
                     GlobalAvgPool{}, Dropout{.rate = {2, -1}}, Dense{.out = 1000}}};      //   1
}

Network cifar_mobilenetv2() {
  return {.name = "cifar-mobilenetv2",
          .source = "Sandler et al., arXiv:1801.04381, table 2, without the first three strides",
          .input = {.height = 32, .width = 32, .channels = 3},
          .layers = {ConvBNAct{.out = 32, .kernel = 3},                                    // 32
                     InvertedResidual{.out = 16, .expand = 1},                             // 32
                     InvertedResidual{.out = 24, .expand = 6, .repeat = 2},                // 32
                     InvertedResidual{.out = 32, .expand = 6, .stride = 2, .repeat = 3},   // 16
                     InvertedResidual{.out = 64, .expand = 6, .stride = 2, .repeat = 4},   //  8
                     InvertedResidual{.out = 96, .expand = 6, .repeat = 3},                //  8
                     InvertedResidual{.out = 160, .expand = 6, .stride = 2, .repeat = 3},  //  4
                     InvertedResidual{.out = 320, .expand = 6},                            //  4
                     ConvBNAct{.out = 1280, .kernel = 1},                                  //  4
                     GlobalAvgPool{}, Dense{.out = 10}}};                                  //  1
}

Network mobilenetv3_large() {
  return {
      .name = "mobilenetv3-large",
      .source = "Howard et al., arXiv:1905.02244, table 1",
      .input = photo,
      .classes = 1000,
      .layers = {
          v3_conv(16, 3, 2),                                                // 112
          Bneck{.out = 16, .hidden = 16, .activation = relu},               // 112
          Bneck{.out = 24, .hidden = 64, .stride = 2, .activation = relu},  //  56
          Bneck{.out = 24, .hidden = 72, .activation = relu},               //  56
          Bneck{.out = 40,
                .hidden = 72,
                .kernel = 5,
                .stride = 2,
                .excite = true,
                .activation = relu},                                                         //  28
          Bneck{.out = 40, .hidden = 120, .kernel = 5, .excite = true, .activation = relu},  //  28
          Bneck{.out = 40, .hidden = 120, .kernel = 5, .excite = true, .activation = relu},  //  28
          Bneck{.out = 80, .hidden = 240, .stride = 2},                                      //  14
          Bneck{.out = 80, .hidden = 200},                                                   //  14
          Bneck{.out = 80, .hidden = 184},                                                   //  14
          Bneck{.out = 80, .hidden = 184},                                                   //  14
          Bneck{.out = 112, .hidden = 480, .excite = true},                                  //  14
          Bneck{.out = 112, .hidden = 672, .excite = true},                                  //  14
          Bneck{.out = 160, .hidden = 672, .kernel = 5, .stride = 2, .excite = true},        // 7
          Bneck{.out = 160, .hidden = 960, .kernel = 5, .excite = true},                     //   7
          Bneck{.out = 160, .hidden = 960, .kernel = 5, .excite = true},                     //   7
          v3_conv(960, 1, 1),                                                                //   7
          GlobalAvgPool{},
          Dense{.out = 1280},
          HardSwish{},  //   1
          Dropout{.rate = {2, -1}},
          Dense{.out = 1000}}};  //   1
}

}  // namespace pullback
