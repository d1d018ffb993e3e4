(* Every op's typing, meaning and VJP template, by family: where an op is looked up. No reals. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
From Pullback Require Export Ops.Unary Ops.Binary Ops.Compare Ops.Clamp Ops.Create Ops.Shape Ops.Slice
  Ops.Reduce Ops.Dot Ops.Sliding Ops.Convolution Ops.Window Composite.Softmax Composite.BatchNormTraining
  Ops.Dynamic Ops.Indexing.
Import ListNotations.

(* The result's type from the operands' types; None if StableHLO's constraints do not hold. *)
Definition infer (o : op) (ats : list ty) : option ty :=
  match o with
  | Unary u => infer_unary u ats
  | Binary b => infer_binary b ats
  | Compare d => infer_compare d ats
  | Select => infer_select ats
  | Convert e => infer_convert e ats
  | IsFinite => infer_is_finite ats
  | Clamp => infer_clamp ats
  | Constant t v => infer_constant t v ats
  | Iota t d => infer_iota t d ats
  | BroadcastInDim s d => infer_broadcast_in_dim s d ats
  | Reshape s => infer_reshape s ats
  | Transpose p => infer_transpose p ats
  | Reverse d => infer_reverse d ats
  | Slice b l s => infer_slice b l s ats
  | Pad l h n => infer_pad l h n ats
  | Concatenate d => infer_concatenate d ats
  | DynamicSlice n => infer_dynamic_slice n ats
  | DynamicUpdateSlice => infer_dynamic_update_slice ats
  | Gather n s _ => infer_gather n s ats
  | Scatter k n _ _ => infer_scatter k n ats
  | Reduce k d => infer_reduce k d ats
  | DotGeneral lb rb lc rc => infer_dot_general lb rb lc rc ats
  | Convolution c => infer_convolution c ats
  | ReduceWindow k w => infer_reduce_window k w ats
  | SelectAndScatter w => infer_select_and_scatter w ats
  | Softmax d | LogSoftmax d => infer_softmax d ats
  | SoftmaxCrossEntropy => infer_softmax_cross_entropy ats
  | BatchNormTraining a e => infer_batch_norm_training a e ats
  end.

(* The result at index o, from the operands' types, the result's type and the operands. *)
Definition sem0 {A} (S : scalar A) (op : op) (ats : list ty) (rt : ty) (vs : list (idx -> A)) : idx -> A :=
  match op, map snd ats, vs with
  | Unary u, _, [x] => fun i => sem_unary S u (x i)
  | Binary b, _, [x; y] => fun i => sem_binary S b (x i) (y i)
  | Compare d, _, [x; y] => fun i => sem_compare S d (x i) (y i)
  | Select, [sp; _; _], [p; x; y] => sem_select S sp p x y
  | Convert e, _, [x] => fun i => sem_convert S e (x i)
  | IsFinite, _, [x] => fun i => sem_is_finite S (x i)
  | Clamp, [sl; _; su], [l; x; u] => sem_clamp S sl su l x u
  | Constant t v, _, [] => sem_constant S t v
  | Iota t d, _, [] => sem_iota S d
  | BroadcastInDim s d, [si], [x] => fun o => x (broadcast_source si d o)
  | Reshape s, [si], [x] => fun o => x (reshape_source si s o)
  | Transpose p, _, [x] => fun o => x (transpose_source p o)
  | Reverse d, [si], [x] => fun o => x (reverse_source si d o)
  | Slice b l s, _, [x] => sem_slice b s x
  | Pad l h n, [si; _], [x; v] => sem_pad l n si x v
  | Concatenate d, _, _ => sem_concatenate S d ats vs
  | DynamicSlice n, si :: _, x :: starts => sem_dynamic_slice S n si x starts
  | DynamicUpdateSlice, si :: su :: _, x :: u :: starts => sem_dynamic_update_slice S si su x u starts
  | Gather n s _, [si; sx], [x; v] => sem_gather S n s si sx x v
  | Scatter k n _ _, [si; sx; su], [x; v; u] => sem_scatter S k n si sx su x v u
  | Reduce k d, [si], [x] => sem_reduce S k d si x
  | DotGeneral lb rb lc rc, [sx; sy], [x; y] => sem_dot_general S lb rb lc rc sx sy x y
  | Convolution c, [sx; sk], [x; k] => sem_convolution S c sx sk x k
  | ReduceWindow k w, [si], [x] => sem_reduce_window S k w si x
  | SelectAndScatter w, [si; so], [x; y] => sem_select_and_scatter S w si so x y
  | Softmax d, [s], [x] => sem_softmax S s d x
  | LogSoftmax d, [s], [x] => sem_log_softmax S s d x
  | SoftmaxCrossEntropy, [s; _], [x; l] => sem_softmax_cross_entropy S s x l
  | BatchNormTraining a e, [s; _; _], [x; g; b] => sem_batch_norm_training S a e s x g b
  | _, _, _ => fun _ => s0 S
  end.
Definition sem {A} (S : scalar A) (op : op) (ats : list ty) (rt : ty) (vs : list (idx -> A)) : idx -> A :=
  tab S (snd rt) (sem0 S op ats rt vs).

(* The backward template, given which operands need a cotangent. *)
Definition vjp (o : op) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match o with
  | Unary u => vjp_unary u needs ats rt
  | Binary b => vjp_binary b needs ats rt
  | Compare d => vjp_compare d needs ats rt
  | Select => vjp_select needs ats rt
  | Convert e => vjp_convert e needs ats rt
  | IsFinite => vjp_is_finite needs ats rt
  | Clamp => vjp_clamp needs ats rt
  | Constant _ _ | Iota _ _ => Some ([], [])
  | BroadcastInDim s d => vjp_broadcast_in_dim s d needs ats rt
  | Reshape s => vjp_reshape s needs ats rt
  | Transpose p => vjp_transpose p needs ats rt
  | Reverse d => vjp_reverse d needs ats rt
  | Slice b l s => vjp_slice b l s needs ats rt
  | Pad l h n => vjp_pad l h n needs ats rt
  | Concatenate d => vjp_concatenate d needs ats rt
  | DynamicSlice n => vjp_dynamic_slice n needs ats rt
  | DynamicUpdateSlice => vjp_dynamic_update_slice needs ats rt
  | Gather n s o => vjp_gather n s o needs ats rt
  | Scatter k n o u => vjp_scatter k n o u needs ats rt
  | Reduce k d => vjp_reduce k d needs ats rt
  | DotGeneral lb rb lc rc => vjp_dot_general lb rb lc rc needs ats rt
  | Convolution c => vjp_convolution c needs ats rt
  | ReduceWindow k w => vjp_reduce_window k w needs ats rt
  | SelectAndScatter w => vjp_select_and_scatter w needs ats rt
  | Softmax d => vjp_softmax d needs ats rt
  | LogSoftmax d => vjp_log_softmax d needs ats rt
  | SoftmaxCrossEntropy => vjp_softmax_cross_entropy needs ats rt
  | BatchNormTraining a e => vjp_batch_norm_training a e needs ats rt
  end.
