(* Ops that only move elements (src/ir/ops/shape.h): each result element is one operand element,
   result[o] = operand[source o]. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Definition infer_broadcast_in_dim (s : shape) (dims : axes) (ats : list ty) : option ty := None.
Definition infer_reshape (s : shape) (ats : list ty) : option ty := None.
Definition infer_transpose (permutation : axes) (ats : list ty) : option ty := None.
Definition infer_reverse (dims : axes) (ats : list ty) : option ty := None.

(* The index of a row-major position. *)
Fixpoint unravel (s : shape) (p : Z) : idx :=
  match s with [] => [] | d :: s => (p / numel s) mod d :: unravel s p end.

(* source[k] = o[dims[k]], or 0 where the operand has extent 1 *)
Definition broadcast_source (si : shape) (dims : axes) (o : idx) : idx :=
  map (fun p => if fst p =? 1 then 0 else znth o (snd p)) (combine si dims).
Definition reshape_source (si so : shape) (o : idx) : idx := unravel si (ravel so o).
(* o[k] = source[permutation[k]] *)
Definition transpose_source (permutation : axes) (o : idx) : idx := pick (inverse_permutation permutation) o.
Definition reverse_source (s : shape) (dims : axes) (o : idx) : idx :=
  map (fun a => if memz a dims then znth s a - 1 - znth o a else znth o a) (zseq (rank s)).

Definition vjp_broadcast_in_dim (s : shape) (dims : axes) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_reshape (s : shape) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_transpose (permutation : axes) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_reverse (dims : axes) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
