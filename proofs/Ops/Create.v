(* Ops without operands (src/ir/ops/create.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Definition infer_constant (t : ty) (values : list decimal) (ats : list ty) : option ty := None.
Definition infer_iota (t : ty) (dimension : Z) (ats : list ty) : option ty := None.

(* mantissa * 10^exponent, an exact rational. A NaN is no number: 0. *)
Definition sem_decimal {A} (S : scalar A) (d : decimal) : A :=
  match d with
  | Dec m e => if 0 <=? e then sofQ S (m * 10 ^ e) 1 else sofQ S m (Z.to_pos (10 ^ (- e)))
  | NegZero => sneg S (s0 S)
  | PosInf => sinf S | NegInf => sneg S (sinf S) | NaN => s0 S
  end.
(* One value stands for all elements; else they are listed in row-major order. *)
Definition sem_constant {A} (S : scalar A) (t : ty) (values : list decimal) : idx -> A :=
  match values with
  | [v] => let x := sem_decimal S v in fun _ => x
  | _ => let xs := map (sem_decimal S) values in fun i => nth (Z.to_nat (ravel (snd t) i)) xs (s0 S)
  end.
Definition sem_iota {A} (S : scalar A) (dimension : Z) : idx -> A := fun i => sofQ S (znth i dimension) 1.
