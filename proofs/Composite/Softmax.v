(* Composites over one axis (src/ir/ops/softmax.h), each with its own closed-form VJP. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

(* The axis must have elements: its largest one is subtracted in the lowering. *)
Definition infer_softmax (dimension : Z) (ats : list ty) : option ty :=
  match ats with
  | [(e, s)] =>
      if is_float e && ((0 <=? dimension) && (dimension <? rank s)) && (1 <=? znth s dimension)
      then Some (e, s) else None
  | _ => None
  end.
(* Logits and labels of one type [rows, classes]. *)
Definition infer_softmax_cross_entropy (ats : list ty) : option ty :=
  match ats with
  | [(e, [rows; classes]); labels] =>
      if is_float e && ty_eqb labels (e, [rows; classes]) && (1 <=? classes)
      then Some (e, [rows]) else None
  | _ => None
  end.

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

(* The type of t reduced along the axis, and the two instructions that sum the local value k along the axis
   and broadcast the sums back: they become the local values n and n + 1. *)
Definition line_ty (t : ty) (a : Z) : ty := (fst t, pick (other_axes (rank (snd t)) [a]) (snd t)).
Definition broadcast_line (s : shape) (a : Z) : op := BroadcastInDim s (other_axes (rank s) [a]).
Definition line_sum (t : ty) (a : Z) (k n : nat) : list tinstr :=
  [T (Reduce RAdd [a]) [k] [t] (line_ty t a); T (broadcast_line (snd t) a) [n] [line_ty t a] t].

(* d.x = y * (dy - sum (y * dy)) *)
Definition vjp_softmax (dimension : Z) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  Some ([T (Binary Multiply) [1; 2]%nat [rt; rt] rt]
        ++ line_sum rt dimension 3 4
        ++ [T (Binary Subtract) [2; 5]%nat [rt; rt] rt;
            T (Binary Multiply) [1; 6]%nat [rt; rt] rt],
        [Some 7%nat]).
(* d.x = dy - softmax x * sum dy *)
Definition vjp_log_softmax (dimension : Z) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  Some ([T (Softmax dimension) [0]%nat [rt] rt]
        ++ line_sum rt dimension 2 4
        ++ [T (Binary Multiply) [3; 5]%nat [rt; rt] rt;
            T (Binary Subtract) [2; 6]%nat [rt; rt] rt],
        [Some 7%nat]).
(* ct = dy on every class; d.logits = (softmax x * sum l - l) * ct; d.labels = - log_softmax x * ct *)
Definition vjp_softmax_cross_entropy (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match needs, ats with
  | [logits; labels], t :: _ =>
      let for_logits := if logits then
        [T (Softmax 1) [0]%nat [t] t] ++ line_sum t 1 1 6
        ++ [T (Binary Multiply) [5; 7]%nat [t; t] t;
            T (Binary Subtract) [8; 1]%nat [t; t] t;
            T (Binary Multiply) [9; 4]%nat [t; t] t] else [] in
      let n := (5 + length for_logits)%nat in
      let for_labels := if labels then
        [T (LogSoftmax 1) [0]%nat [t] t;
         T (Unary Negate) [n] [t] t;
         T (Binary Multiply) [n + 1; 4]%nat [t; t] t] else [] in
      Some ([T (BroadcastInDim (snd t) [0]) [3]%nat [rt] t] ++ for_logits ++ for_labels,
            [if logits then Some 10%nat else None; if labels then Some (n + 2)%nat else None])
  | _, _ => None
  end.
