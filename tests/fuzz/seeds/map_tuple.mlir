func.func @main(%x: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> tensor<2x4xui16> {
  %t = stablehlo.create_token : !stablehlo.token
  %u = stablehlo.after_all %t, %t : !stablehlo.token
  %c = stablehlo.constant dense<2.0> : tensor<f32>
  %z = "stablehlo.map"(%x, %y) <{dimensions = array<i64: 0, 1>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %0 = stablehlo.compare LT, %a, %c : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %1 = stablehlo.select %0, %b, %a : tensor<i1>, tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %p = stablehlo.tuple %z, %u : tuple<tensor<2x2xf32>, !stablehlo.token>
  %q = "stablehlo.tuple"(%p) : (tuple<tensor<2x2xf32>, !stablehlo.token>) -> tuple<tuple<tensor<2x2xf32>, !stablehlo.token>>
  %r = stablehlo.get_tuple_element %q[0] : (tuple<tuple<tensor<2x2xf32>, !stablehlo.token>>) -> tuple<tensor<2x2xf32>, !stablehlo.token>
  %s = "stablehlo.get_tuple_element"(%r) <{index = 0 : i32}> : (tuple<tensor<2x2xf32>, !stablehlo.token>) -> tensor<2x2xf32>
  %h = stablehlo.bitcast_convert %s : (tensor<2x2xf32>) -> tensor<2x2x2xui16>
  %w = stablehlo.reshape %h : (tensor<2x2x2xui16>) -> tensor<2x4xui16>
  return %w : tensor<2x4xui16>
}
