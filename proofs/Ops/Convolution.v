(* N-dimensional convolution (src/ir/ops/convolution.h): a sparse Toeplitz kernel, bilinear in input and
   kernel; per window dimension  o * stride + k * rhs_dilation - low = i * lhs_dilation. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Sliding Ops.Dot.
Import ListNotations.
Open Scope Z_scope.

Definition infer_convolution (c : conv) (ats : list ty) : option ty := None.

Fixpoint conv_slidings_ (w : list conv_window) (inputs kernels : axes) (sx sk : shape) : list sliding :=
  match w, inputs, kernels with
  | v :: w, a :: inputs, b :: kernels =>
      Sld (znth sx a) (znth sk b) (c_stride v) (c_lhs v) (c_rhs v) (c_low v) (c_high v) (c_reversal v)
      :: conv_slidings_ w inputs kernels sx sk
  | _, _, _ => []
  end.
Definition conv_slidings (c : conv) (sx sk : shape) : list sliding :=
  conv_slidings_ (c_window c) (c_input_spatial (c_dims c)) (c_kernel_spatial (c_dims c)) sx sk.
Fixpoint slidings_meet (l : list sliding) (o i k : list Z) : bool :=
  match l, o, i, k with
  | s :: l, a :: o, b :: i, d :: k => sliding_meets s a b d && slidings_meet l o i k
  | [], _, _, _ => true
  | _, _, _, _ => false
  end.
(* Feature groups: output feature f reads the input features of group f / (F / groups). Batch groups:
   it reads the batch entries of group f / (F / groups). *)
Definition conv_rel (c : conv) (sx sk : shape) (o i k : idx) : bool :=
  let n := c_dims c in
  let f := znth o (c_output_feature n) in
  let outputs := znth sk (c_kernel_output n) in
  (f =? znth k (c_kernel_output n))
  && (znth i (c_input_feature n)
      =? (f / (outputs / c_features c)) * znth sk (c_kernel_input n) + znth k (c_kernel_input n))
  && (znth i (c_input_batch n)
      =? (f / (outputs / c_batches c)) * (znth sx (c_input_batch n) / c_batches c) + znth o (c_output_batch n))
  && slidings_meet (conv_slidings c sx sk)
       (pick (c_output_spatial n) o) (pick (c_input_spatial n) i) (pick (c_kernel_spatial n) k).
Definition sem_convolution {A} (S : scalar A) (c : conv) (sx sk : shape) : (idx -> A) -> (idx -> A) -> idx -> A :=
  sem_bilinear S (conv_rel c sx sk) sx sk.

Definition vjp_convolution (c : conv) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
