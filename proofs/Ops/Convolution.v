(* N-dimensional convolution (src/ir/ops/convolution.h): a sparse Toeplitz kernel, bilinear in input and
   kernel; per window dimension  o * stride + k * rhs_dilation - low = i * lhs_dilation. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Shape Ops.Sliding Ops.Bilinear.
Import ListNotations.
Open Scope Z_scope.

(* one sliding per window dimension, of the input's and the kernel's axis *)
Fixpoint conv_slidings_ (w : list conv_window) (inputs kernels : axes) (sx sk : shape) : list sliding :=
  match w, inputs, kernels with
  | v :: w, a :: inputs, b :: kernels =>
      Sld (znth sx a) (znth sk b) (c_stride v) (c_lhs v) (c_rhs v) (c_low v) (c_high v) (c_reversal v)
      :: conv_slidings_ w inputs kernels sx sk
  | _, _, _ => []
  end.
Definition conv_slidings (c : conv) (sx sk : shape) : list sliding :=
  conv_slidings_ (c_window c) (c_input_spatial (c_dims c)) (c_kernel_spatial (c_dims c)) sx sk.
(* The result's shape: batch, feature and spatial extents at their axes. *)
Definition conv_shape (c : conv) (sx sk : shape) : shape :=
  let n := c_dims c in
  map (fun a =>
    if a =? c_output_batch n then znth sx (c_input_batch n) / c_batches c               (* convolution_c25 *)
    else if a =? c_output_feature n then znth sk (c_kernel_output n)
    else sliding_count (nth (Z.to_nat (indexz a (c_output_spatial n))) (conv_slidings c sx sk) no_sliding))
  (zseq (rank sx)).

(* first, second and spatial name each axis of a tensor of rank n once. *)
Definition names_axes (n first second : Z) (spatial : axes) : bool :=
  (rank spatial =? n - 2) && uniqz (first :: second :: spatial) && in_range n (first :: second :: spatial).
(* Over truth values a sum of products is an or of ands: outside the certified domain. *)
Definition infer_convolution (c : conv) (ats : list ty) : option ty :=
  match ats with
  | [(e, sx); (e', sk)] =>
      let n := c_dims c in let r := rank sx in
      let channels := znth sx (c_input_feature n) in
      let outputs := znth sk (c_kernel_output n) in
      if elt_eqb e e' && negb (elt_eqb e I1)                                       (* convolution_c27 *)
         && shape_ok sx && shape_ok sk
         && (r =? rank sk) && (2 <=? r)                                            (* convolution_c1 *)
         && (Z.of_nat (length (c_window c)) =? r - 2)                              (* c2, c4, c5, c7, c9 *)
         && forallb (fun w => (0 <? c_stride w) && (0 <? c_lhs w) && (0 <? c_rhs w)) (c_window c)
                                                                                   (* c3, c6, c8 *)
         && names_axes r (c_input_batch n) (c_input_feature n) (c_input_spatial n)      (* c12, c13 *)
         && names_axes r (c_kernel_input n) (c_kernel_output n) (c_kernel_spatial n)    (* c17, c18 *)
         && names_axes r (c_output_batch n) (c_output_feature n) (c_output_spatial n)   (* c19, c20 *)
         && (0 <? c_features c) && (0 <? c_batches c)                              (* c21, c22 *)
         && ((c_features c =? 1) || (c_batches c =? 1))                            (* c23 *)
         && (znth sx (c_input_batch n) mod c_batches c =? 0)                       (* c10 *)
         && (channels mod c_features c =? 0)                                       (* c11 *)
         && (znth sk (c_kernel_input n) =? channels / c_features c)                (* c14 *)
         && (outputs mod c_batches c =? 0) && (outputs mod c_features c =? 0)      (* c15, c16 *)
         && forallb (fun a => 0 <? znth sk a) (c_kernel_spatial n)                 (* c25: no empty window *)
         && forallb sliding_fits (conv_slidings c sx sk) && require_shape (conv_shape c sx sk)
      then Some (e, conv_shape c sx sk)                                            (* c25, c26 *)
      else None
  | _ => None
  end.

(* o, i and k meet in every window dimension *)
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
      =? (f / (outputs / c_batches c)) * (znth sx (c_input_batch n) / c_batches c)
         + znth o (c_output_batch n))
  && slidings_meet (conv_slidings c sx sk)
       (pick (c_output_spatial n) o) (pick (c_input_spatial n) i) (pick (c_kernel_spatial n) k).
Definition sem_convolution {A} (S : scalar A) (c : conv) (sx sk : shape) :
  (idx -> A) -> (idx -> A) -> idx -> A :=
  sem_bilinear S (conv_rel c sx sk) sx sk.

(* ---- src/ir/ops/convolution_vjp.cpp ---- *)
(* Splits axis a of value x into [groups, s], swaps s with axis c, and merges again: [groups * s, m] at
   (a, c) becomes [groups * m, s]. Nothing to do where s = m = 1. *)
Definition split_shape (s : shape) (a groups : Z) : shape :=
  firstn (Z.to_nat a) s ++ groups :: znth s a / groups :: skipn (S (Z.to_nat a)) s.
(* 0, ..., n-1 with p and q exchanged *)
Definition swap_axes (n p q : Z) : axes :=
  map (fun a => if a =? p then q else if a =? q then p else a) (zseq n).
(* in the split tensor: s is axis a + 1, and c moves if it lies behind a *)
Definition regroup_swap (n a c : Z) : axes := swap_axes (n + 1) (a + 1) (if a <? c then c + 1 else c).
(* [groups * s, m] at (a, c) becomes [groups * m, s] *)
Definition regroup_shape (s : shape) (a c groups : Z) : shape :=
  set_axis (set_axis s a (groups * znth s c)) c (znth s a / groups).
(* the three instructions and the place of the last *)
Definition regroup (n x : nat) (t : ty) (a c groups : Z) : list tinstr * nat :=
  let (e, s) := t in
  if (znth s a / groups =? 1) && (znth s c =? 1) then ([], x)
  else
    let split := split_shape s a groups in
    let swap := regroup_swap (rank s) a c in
    let merged := regroup_shape s a c groups in
    ([T (Reshape split) [x] [t] (e, split);
      T (Transpose swap) [n] [(e, split)] (e, pick swap split);
      T (Reshape merged) [S n] [(e, pick swap split)] (e, merged)], S (S n)).

(* The kernel, value x of type t, reversed along the spatial axes whose window is (or is not) reversed;
   an axis of extent 1 needs none. *)
Fixpoint reversed_axes (w : list conv_window) (kernels : axes) (s : shape) (reversal : bool) : axes :=
  match w, kernels with
  | v :: w, a :: kernels =>
      (if eqb (c_reversal v) reversal && (1 <? znth s a) then [a] else [])
      ++ reversed_axes w kernels s reversal
  | _, _ => []
  end.
(* one instruction or none *)
Definition reverse_kernel (n x : nat) (t : ty) (c : conv) (reversal : bool) : list tinstr * nat :=
  match reversed_axes (c_window c) (c_kernel_spatial (c_dims c)) (snd t) reversal with
  | [] => ([], x)
  | l => ([T (Reverse (ascending l)) [x] [t] t], n)
  end.

(* The padding above that makes s have that many outputs, the last window ending with it. *)
Definition padding_for (s : sliding) (outputs : Z) : Z :=
  dilated (d_window s) (d_dilation s) + (outputs - 1) * d_stride s - d_low s - dilated (d_input s) (d_base s).
(* s as a window of a convolution with that many outputs *)
Definition window_of (s : sliding) (outputs : Z) : conv_window :=
  ConvWin (d_stride s) (d_low s) (padding_for s outputs) (d_base s) (d_dilation s) false.

(* The equation of the window solved for i: with the kernel reversed, k = window - 1 - k',
   i * base + k' * dilation - low' = o * stride, where low' = (window - 1) * dilation - low. *)
Definition input_sliding (s : sliding) : sliding :=
  Sld (sliding_count s) (d_window s) (d_base s) (d_stride s) (d_dilation s)
      ((d_window s - 1) * d_dilation s - d_low s) 0 false.
(* the input's cotangent has the input's extent *)
Definition input_window (s : sliding) : conv_window := window_of (input_sliding s) (d_input s).
(* more than one group *)
Definition grouped (c : conv) : bool := (1 <? c_features c) || (1 <? c_batches c).
(* Within each group input and output features change places: in an ungrouped convolution by the
   kernel's axes changing roles, else the axes keep their roles and the kernel is regrouped. From batch
   groups the groups come out as features. *)
Definition input_adjoint (c : conv) (sx sk : shape) : conv :=
  let n := c_dims c in
  let g := grouped c in
  let b := c_batches c =? 1 in
  Conv (ConvDims (c_output_batch n) (c_output_feature n) (c_output_spatial n)
                 (if g then c_kernel_input n else c_kernel_output n)
                 (if g then c_kernel_output n else c_kernel_input n) (c_kernel_spatial n)
                 (if b then c_input_batch n else c_input_feature n)
                 (if b then c_input_feature n else c_input_batch n) (c_input_spatial n))
       (map input_window (conv_slidings c sx sk)) (Z.max (c_features c) (c_batches c)) 1.
(* regroup, reverse, convolve, regroup *)
Definition input_cotangent (c : conv) (tx tk rt : ty) : piece := fun n =>
  let d := c_dims c in
  let groups := Z.max (c_features c) (c_batches c) in
  let (first, k1) := if grouped c then regroup n 1 tk (c_kernel_output d) (c_kernel_input d) groups
                     else ([], 1%nat) in
  let t1 := if grouped c then (fst tk, regroup_shape (snd tk) (c_kernel_output d) (c_kernel_input d) groups)
            else tk in
  let (second, k2) := reverse_kernel (n + length first) k1 t1 c false in
  let n3 := (n + length (first ++ second))%nat in
  let adjoint := Convolution (input_adjoint c (snd tx) (snd tk)) in
  if c_batches c =? 1 then (first ++ second ++ [T adjoint [3%nat; k2] [rt; t1] tx], n3)
  else
    (* The groups belong to the batch. *)
    let t3 := (fst tx, regroup_shape (snd tx) (c_input_batch d) (c_input_feature d) groups) in
    let (last, k4) := regroup (S n3) n3 t3 (c_input_batch d) (c_input_feature d) groups in
    (first ++ second ++ T adjoint [3%nat; k2] [rt; t1] t3 :: last, k4).

(* The equation solved for k: the cotangent is the kernel that slides over the input,
   k * dilation + o * stride - low = i * base. Batch and features exchange roles, and so do batch groups
   and feature groups. *)
Definition kernel_sliding (s : sliding) : sliding :=
  Sld (d_input s) (sliding_count s) (d_dilation s) (d_base s) (d_stride s) (d_low s) 0 false.
(* the kernel's cotangent has the kernel's extent *)
Definition kernel_window (s : sliding) : conv_window := window_of (kernel_sliding s) (d_window s).
(* the roles exchanged *)
Definition kernel_adjoint (c : conv) (sx sk : shape) : conv :=
  let n := c_dims c in
  Conv (ConvDims (c_input_feature n) (c_input_batch n) (c_input_spatial n)
                 (c_output_batch n) (c_output_feature n) (c_output_spatial n)
                 (c_kernel_input n) (c_kernel_output n) (c_kernel_spatial n))
       (map kernel_window (conv_slidings c sx sk)) (c_batches c) (c_features c).
(* convolve, reverse *)
Definition kernel_cotangent (c : conv) (tx tk rt : ty) : piece := fun n =>
  let (last, k) := reverse_kernel (S n) n tk c true in
  (T (Convolution (kernel_adjoint c (snd tx) (snd tk))) [0; 3]%nat [tx; rt] tk :: last, k).

(* Convolution::vjp *)
Definition vjp_convolution (c : conv) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match ats with
  | [tx; tk] =>
      if (numel (snd tx) =? 0) || (numel (snd tk) =? 0) || (numel (snd rt) =? 0)
      then Some (two_cotangents needs (zero_piece tx) (zero_piece tk))     (* empty sums *)
      else Some (two_cotangents needs (input_cotangent c tx tk rt) (kernel_cotangent c tx tk rt))
  | _ => None
  end.
