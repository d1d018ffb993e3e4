(* Reductions over whole axes (src/ir/ops/reduce.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Definition infer_reduce (kind : reduction) (dims : axes) (ats : list ty) : option ty := None.

(* The first of the largest elements at these indices. *)
Definition argmax {A} (S : scalar A) (l : list idx) (x : idx -> A) : option idx :=
  match l with
  | [] => None
  | i :: r => Some (fold_left (fun m j => if sltb S (x m) (x j) then j else m) r i)
  end.
(* The group of operand indices that are reduced to result index o: those whose kept axes are o. *)
Definition reduce_group (si : shape) (dims : axes) (o : idx) : list idx :=
  filter (fun i => ieqb o (pick (other_axes (rank si) dims) i)) (indices si).
Definition sem_reduction {A} (S : scalar A) (kind : reduction) (l : list idx) (x : idx -> A) : A :=
  match kind with
  | RAdd => sumL S x l
  | RMax => match argmax S l x with Some i => x i | None => sneg S (sinf S) end
  end.
Definition sem_reduce {A} (S : scalar A) (kind : reduction) (dims : axes) (si : shape) (x : idx -> A) : idx -> A :=
  fun o => sem_reduction S kind (reduce_group si dims o) x.

Definition vjp_reduce (kind : reduction) (dims : axes) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
