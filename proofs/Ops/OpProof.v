(* Every op's derivative and side condition, and the three theorems about all ops on which the walk rests. *)
From Coq Require Import Reals ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve
  Ops.UnaryProof Ops.BinaryProof Ops.CompareProof Ops.ClampProof Ops.CreateProof Ops.ShapeProof Ops.SliceProof
  Ops.BroadcastProof Ops.ConcatenateProof Ops.ReduceProof Ops.DotProof Ops.ConvolutionProof Ops.WindowProof
  Composite.SoftmaxProof Composite.CrossEntropyProof Composite.BatchNormProof.
From Pullback Require Import Ops.DynamicProof Ops.IndexingDeriv Ops.IndexingProof.
Import ListNotations.

(* The tangent of an op's result. *)
Definition jvp (o : op) : jvp_fun :=
  match o with
  | Unary u => jvp_unary u
  | Binary b => jvp_binary b
  | Compare d => jvp_compare d
  | Select => jvp_select
  | Convert e => jvp_convert e
  | IsFinite => jvp_is_finite
  | Clamp => jvp_clamp
  | Constant t v => jvp_constant t v
  | Iota t d => jvp_iota t d
  | BroadcastInDim s d => jvp_broadcast_in_dim s d
  | Reshape s => jvp_reshape s
  | Transpose p => jvp_transpose p
  | Reverse d => jvp_reverse d
  | Slice b l s => jvp_slice b l s
  | Pad l h n => jvp_pad l h n
  | Concatenate d => jvp_concatenate d
  | DynamicSlice n => jvp_dynamic_slice n
  | DynamicUpdateSlice => jvp_dynamic_update_slice
  | Gather n s o => jvp_gather n s o
  | Scatter k n o u => jvp_scatter k n o u
  | Reduce k d => jvp_reduce k d
  | DotGeneral lb rb lc rc => jvp_dot_general lb rb lc rc
  | Convolution c => jvp_convolution c
  | ReduceWindow k w => jvp_reduce_window k w
  | SelectAndScatter w => jvp_select_and_scatter w
  | Softmax d => jvp_softmax d
  | LogSoftmax d => jvp_log_softmax d
  | SoftmaxCrossEntropy => jvp_softmax_cross_entropy
  | BatchNormTraining a e => jvp_batch_norm_training a e
  end.

(* Where an op is differentiable, along a direction. *)
Definition ok (o : op) : ok_fun :=
  match o with
  | Unary u => ok_unary u
  | Binary b => ok_binary b
  | Compare d => ok_compare d
  | Select => ok_select
  | Convert e => ok_convert e
  | IsFinite => ok_is_finite
  | Clamp => ok_clamp
  | Constant t v => ok_constant t v
  | Iota t d => ok_iota t d
  | BroadcastInDim s d => ok_broadcast_in_dim s d
  | Reshape s => ok_reshape s
  | Transpose p => ok_transpose p
  | Reverse d => ok_reverse d
  | Slice b l s => ok_slice b l s
  | Pad l h n => ok_pad l h n
  | Concatenate d => ok_concatenate d
  | DynamicSlice n => ok_dynamic_slice n
  | DynamicUpdateSlice => ok_dynamic_update_slice
  | Gather n s o => ok_gather n s o
  | Scatter k n o u => ok_scatter k n o u
  | Reduce k d => ok_reduce k d
  | DotGeneral lb rb lc rc => ok_dot_general lb rb lc rc
  | Convolution c => ok_convolution c
  | ReduceWindow k w => ok_reduce_window k w
  | SelectAndScatter w => ok_select_and_scatter w
  | Softmax _ | LogSoftmax _ | SoftmaxCrossEntropy => ok_softmax
  | BatchNormTraining _ _ => ok_batch_norm_training
  end.

(* Every op carries differentiable curves to differentiable curves. *)
Theorem op_deriv o : deriv_spec o (jvp o) (ok o).
Proof.
  destruct o; cbn [jvp ok].
  - apply unary_deriv.
  - apply binary_deriv.
  - apply compare_deriv.
  - apply select_deriv.
  - apply convert_deriv.
  - apply is_finite_deriv.
  - apply clamp_deriv.
  - apply constant_deriv.
  - apply iota_deriv.
  - apply broadcast_in_dim_deriv.
  - apply reshape_deriv.
  - apply transpose_deriv.
  - apply reverse_deriv.
  - apply slice_deriv.
  - apply pad_deriv.
  - apply concatenate_deriv.
  - apply dynamic_slice_deriv.
  - apply dynamic_update_slice_deriv.
  - apply gather_deriv.
  - apply scatter_deriv.
  - apply reduce_deriv.
  - apply dot_general_deriv.
  - apply convolution_deriv.
  - apply reduce_window_deriv.
  - apply select_and_scatter_deriv.
  - apply softmax_deriv.
  - apply log_softmax_deriv.
  - apply softmax_cross_entropy_deriv.
  - apply batch_norm_training_deriv.
Qed.

(* Every op whose result is an integer or a truth value is locally constant. *)
Theorem op_const o : const_spec o (ok o).
Proof.
  destruct o; cbn [ok].
  - apply unary_const.
  - apply binary_const.
  - apply compare_const.
  - apply select_const.
  - apply convert_const.
  - apply is_finite_const.
  - apply clamp_const.
  - apply constant_const.
  - apply iota_const.
  - apply broadcast_in_dim_const.
  - apply reshape_const.
  - apply transpose_const.
  - apply reverse_const.
  - apply slice_const.
  - apply pad_const.
  - apply concatenate_const.
  - apply dynamic_slice_const.
  - apply dynamic_update_slice_const.
  - apply gather_const.
  - apply scatter_const.
  - apply reduce_const.
  - apply dot_general_const.
  - apply convolution_const.
  - apply reduce_window_const.
  - apply select_and_scatter_const.
  - apply softmax_const.
  - apply log_softmax_const.
  - apply softmax_cross_entropy_const.
  - apply batch_norm_training_const.
Qed.

(* Every op's backward template is the adjoint of its derivative. *)
Theorem op_vjp_correct o : vjp_spec o (jvp o) (ok o).
Proof.
  destruct o; cbn [jvp ok].
  - apply unary_vjp_correct.
  - apply binary_vjp_correct.
  - apply compare_vjp_correct.
  - apply select_vjp_correct.
  - apply convert_vjp_correct.
  - apply is_finite_vjp_correct.
  - apply clamp_vjp_correct.
  - apply constant_vjp_correct.
  - apply iota_vjp_correct.
  - apply broadcast_in_dim_vjp_correct.
  - apply reshape_vjp_correct.
  - apply transpose_vjp_correct.
  - apply reverse_vjp_correct.
  - apply slice_vjp_correct.
  - apply pad_vjp_correct.
  - apply concatenate_vjp_correct.
  - apply dynamic_slice_vjp_correct.
  - apply dynamic_update_slice_vjp_correct.
  - apply gather_vjp_correct.
  - apply scatter_vjp_correct.
  - apply reduce_vjp_correct.
  - apply dot_general_vjp_correct.
  - apply convolution_vjp_correct.
  - apply reduce_window_vjp_correct.
  - apply select_and_scatter_vjp_correct.
  - apply softmax_vjp_correct.
  - apply log_softmax_vjp_correct.
  - apply softmax_cross_entropy_vjp_correct.
  - apply batch_norm_training_vjp_correct.
Qed.
