func.func @f.impl(%x: tensor<i64>) -> tensor<i64> {
  %0 = stablehlo.constant dense<2> : tensor<i64>
  %1 = stablehlo.add %x, %0 : tensor<i64>
  func.return %1 : tensor<i64>
}
func.func @main() {
  %0 = stablehlo.constant dense<[1, 255]> : tensor<2xui8>
  %s = stablehlo.constant dense<[1, 2]> : tensor<2xi64>
  %1 = stablehlo.dynamic_reshape %0, %s : (tensor<2xui8>, tensor<2xi64>) -> tensor<1x2xui8>
  %n = stablehlo.constant dense<1> : tensor<i64>
  %c = stablehlo.composite "a.b" %n {composite_attributes = {n = 2 : i64}, decomposition = @f.impl} : (tensor<i64>) -> tensor<i64>
  check.expect_eq_const %c, dense<3> : tensor<i64>
  check.expect_almost_eq %0, %0, tolerance = 0.1 : tensor<2xui8>
  check.expect_close %0, %0, max_ulp_difference = 3, min_ulp_difference = 0 : tensor<2xui8>, tensor<2xui8>
  func.return
}
