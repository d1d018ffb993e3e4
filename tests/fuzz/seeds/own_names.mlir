// Values that are named as the printer names its own.
module @main {
  func.func public @main(%x: tensor<2xf32>) -> tensor<f32> {
    %$add.f32 = stablehlo.constant dense<4.0> : tensor<f32>
    %$$$max.f32 = stablehlo.constant dense<5.0> : tensor<f32>
    %$$$max.f32. = stablehlo.constant dense<6.0> : tensor<f32>
    %y = stablehlo.reduce(%x init: %$add.f32) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    %z = stablehlo.reduce(%x init: %$$$max.f32) applies stablehlo.maximum across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    %$_1, %$$$_2 = stablehlo.optimization_barrier %z, %$$$max.f32. : tensor<f32>, tensor<f32>
    %a, %b = stablehlo.optimization_barrier %y, %$$$_2 : tensor<f32>, tensor<f32>
    return %b : tensor<f32>
  }
}
