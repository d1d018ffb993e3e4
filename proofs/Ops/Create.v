(* Ops without operands (src/ir/ops/create.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

(* Is the value one of the element type? An i32 is a whole number in its range, an i1 is 0 or 1. (C++ leaves
   the ranges to the text's reader.) *)
Definition value_ok (e : elt) (d : decimal) : bool :=
  match e, d with
  | (F32 | F64), _ => true
  | I32, Dec m e => (0 <=? e) && (e <=? 9) && (- 2 ^ 31 <=? m * 10 ^ e) && (m * 10 ^ e <? 2 ^ 31)
  | I1, Dec m e => (e =? 0) && ((m =? 0) || (m =? 1))
  | _, _ => false
  end.
Definition infer_constant (t : ty) (values : list decimal) (ats : list ty) : option ty :=
  match ats with
  | [] => let n := Z.of_nat (length values) in
          if shape_ok (snd t) && ((n =? 1) || (n =? numel (snd t))) (* constant_c1 *)
             && forallb (value_ok (fst t)) values
          then Some t else None
  | _ => None
  end.
Definition infer_iota (t : ty) (dimension : Z) (ats : list ty) : option ty :=
  match ats with
  | [] => if shape_ok (snd t) && (0 <=? dimension) && (dimension <? rank (snd t)) (* iota_c1 *)
             && negb (elt_eqb (fst t) I1) (* iota_i1 *)
          then Some t else None
  | _ => None
  end.

(* Numbers, all of them: what a constant of a forward graph has to be made of. *)
Definition finite_decimal (d : decimal) : bool := match d with Dec _ _ | NegZero => true | _ => false end.
Definition finite_constant (values : list decimal) : bool := forallb finite_decimal values.

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
