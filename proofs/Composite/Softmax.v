(* Composites over one axis (src/ir/ops/softmax.h), each with its own closed-form VJP. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Definition infer_softmax (dimension : Z) (ats : list ty) : option ty := None.
Definition infer_softmax_cross_entropy (ats : list ty) : option ty := None.

(* The indices that differ from i along the axis alone. *)
Definition line (s : shape) (a : Z) (i : idx) : list idx := map (set_axis i a) (zseq (znth s a)).
Definition sem_softmax {A} (S : scalar A) (s : shape) (a : Z) (x : idx -> A) : idx -> A :=
  fun i => sdiv S (sexp S (x i)) (sumL S (fun j => sexp S (x j)) (line s a i)).
Definition sem_log_softmax {A} (S : scalar A) (s : shape) (a : Z) (x : idx -> A) : idx -> A :=
  fun i => ssub S (x i) (slog S (sumL S (fun j => sexp S (x j)) (line s a i))).
(* [rows, classes] -> [rows] *)
Definition sem_softmax_cross_entropy {A} (S : scalar A) (s : shape) (x labels : idx -> A) : idx -> A :=
  fun n => let i := n ++ [0] in
    sneg S (sumL S (fun j => smul S (labels j) (sem_log_softmax S s 1 x j)) (line s 1 i)).

Definition vjp_softmax (dimension : Z) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_log_softmax (dimension : Z) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_softmax_cross_entropy (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
