(* Comparison, selection by a mask, conversion between element types (src/ir/ops/compare.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.

Definition infer_compare (d : direction) (ats : list ty) : option ty := None.
Definition infer_select (ats : list ty) : option ty := None.
Definition infer_convert (to : elt) (ats : list ty) : option ty := None.

Definition sem_direction {A} (S : scalar A) (d : direction) (x y : A) : bool :=
  match d with
  | EQ => seqb S x y | NE => negb (seqb S x y)
  | LT => sltb S x y | GT => sltb S y x
  | LE => sleb S x y | GE => sleb S y x
  end.
Definition sem_compare {A} (S : scalar A) (d : direction) (x y : A) : A := sbool S (sem_direction S d x y).

(* The predicate has the operands' shape, or is a scalar. *)
Definition sem_select {A} (S : scalar A) (sp : shape) (p x y : idx -> A) : idx -> A :=
  fun i => if strue S (match sp with [] => p [] | _ => p i end) then x i else y i.

(* Between floats the identity; an integer or a truth value becomes that number; what is not 0 becomes true. *)
Definition sem_convert {A} (S : scalar A) (to : elt) (x : A) : A :=
  match to with I1 => sbool S (negb (seqb S x (s0 S))) | _ => x end.

Definition vjp_compare (d : direction) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_select (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_convert (to : elt) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
