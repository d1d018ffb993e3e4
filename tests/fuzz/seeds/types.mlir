#loc = loc(unknown)
module @types attributes {mhlo.num_partitions = 1 : i32} {
  sdy.mesh @mesh = <["x"=2]>
  func.func private @twice(%x: tensor<2xui8>) -> tensor<2xui8> {
    %0 = stablehlo.add %x, %x : tensor<2xui8>
    return %0 : tensor<2xui8>
  }
  func.func public @main(%arg0: tensor<2xui8> {mhlo.sharding = "{replicated}"} loc("x"), %arg1: tensor<2x3xbf16>) -> (tensor<2xui8> {jax.result_info = "r"}, tensor<3xf32>) {
    %cst = stablehlo.constant dense<[0x7C00, 1.0, -0.0]> : tensor<3xf16>
    %blob = stablehlo.constant dense<"0x00000000000080BF0000C07F"> : tensor<3xf32>
    %big = stablehlo.constant dense<18446744073709551615> : tensor<ui64>
    %0 = call @twice(%arg0) : (tensor<2xui8>) -> tensor<2xui8> loc(#loc1)
    %1 = stablehlo.xor %0, %arg0 : tensor<2xui8>
    %2 = stablehlo.shift_right_logical %1, %arg0 : tensor<2xui8>
    %3 = stablehlo.popcnt %2 : tensor<2xui8>
    %zero = stablehlo.constant dense<0.000000e+00> : tensor<bf16>
    %4 = stablehlo.reduce(%arg1 init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<2x3xbf16>, tensor<bf16>) -> tensor<3xbf16>
    %5 = stablehlo.convert %4 : (tensor<3xbf16>) -> tensor<3xf32>
    %6 = stablehlo.reduce_precision %5, format = e5m10 : tensor<3xf32>
    %7 = stablehlo.compare LT, %6, %blob, FLOAT : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xi1>
    %8 = stablehlo.select %7, %6, %blob : tensor<3xi1>, tensor<3xf32>
    return %3, %8 : tensor<2xui8>, tensor<3xf32>
  } loc(#loc)
} loc(#loc)
#loc1 = loc("f.py":3:4)
