(* Pooling, and the scatter that max-pooling's cotangent needs (src/ir/ops/window.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Sliding Ops.Reduce.
Import ListNotations.
Open Scope Z_scope.

Definition infer_reduce_window (kind : reduction) (w : list window_dim) (ats : list ty) : option ty := None.
Definition infer_select_and_scatter (w : list window_dim) (ats : list ty) : option ty := None.

Fixpoint window_slidings (w : list window_dim) (si : shape) : list sliding :=
  match w, si with
  | v :: w, d :: si => Sld d (w_size v) (w_stride v) (w_base v) (w_dilation v) (w_low v) (w_high v) false :: window_slidings w si
  | _, _ => []
  end.
(* input index i lies in the window of output o: some window element meets it, in each dimension *)
Fixpoint in_window (l : list sliding) (o i : idx) : bool :=
  match l, o, i with
  | s :: l, a :: o, b :: i => existsb (sliding_meets s a b) (zseq (d_window s)) && in_window l o i
  | [], [], [] => true
  | _, _, _ => false
  end.
(* The operand indices in the window of o, in row-major order. *)
Definition window_at (w : list window_dim) (si : shape) (o : idx) : list idx :=
  filter (in_window (window_slidings w si) o) (indices si).
Definition sem_reduce_window {A} (S : scalar A) (kind : reduction) (w : list window_dim) (si : shape) (x : idx -> A) : idx -> A :=
  fun o => sem_reduction S kind (window_at w si o) x.
(* result[i] = sum of source[o] over the windows o whose first maximum is at i *)
Definition sem_select_and_scatter {A} (S : scalar A) (w : list window_dim) (si so : shape) (x source : idx -> A) : idx -> A :=
  fun i => sumL S (fun o => match argmax S (window_at w si o) x with
                            | Some j => if ieqb j i then source o else s0 S | None => s0 S end) (indices so).

Definition vjp_reduce_window (kind : reduction) (w : list window_dim) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_select_and_scatter (w : list window_dim) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
