(* The scalars that the semantics is polymorphic in: one definition of every op is reasoned about over
   the reals (Base/Real.v) and run over primitive floats (Float/). *)
From Coq Require Import ZArith.

Record scalar (A : Type) := Scal {
  s0 : A; s1 : A;
  sadd : A -> A -> A; smul : A -> A -> A; sneg : A -> A; sdiv : A -> A -> A;
  sexp : A -> A; slog : A -> A; stanh : A -> A; ssqrt : A -> A; ssin : A -> A; scos : A -> A;
  satan : A -> A; serf : A -> A;
  sfloor : A -> A;                  (* the greatest whole number that is not above *)
  spow : A -> A -> A;
  sltb : A -> A -> bool;
  sofQ : Z -> positive -> A;        (* a rational constant *)
  sinf : A }.                       (* what "inf" stands for *)
Arguments s0 {A} _. Arguments s1 {A} _. Arguments sadd {A} _ _ _. Arguments smul {A} _ _ _.
Arguments sneg {A} _ _. Arguments sdiv {A} _ _ _. Arguments sexp {A} _ _. Arguments slog {A} _ _.
Arguments stanh {A} _ _. Arguments ssqrt {A} _ _. Arguments ssin {A} _ _. Arguments scos {A} _ _.
Arguments satan {A} _ _. Arguments serf {A} _ _. Arguments sfloor {A} _ _.
Arguments spow {A} _ _ _. Arguments sltb {A} _ _ _. Arguments sofQ {A} _ _ _. Arguments sinf {A} _.

Section Derived.
  Context {A : Type} (S : scalar A).
  Definition ssub (x y : A) : A := sadd S x (sneg S y).
  Definition seqb (x y : A) : bool := negb (sltb S x y) && negb (sltb S y x).
  Definition sleb (x y : A) : bool := negb (sltb S y x).
  Definition stwo : A := sofQ S 2 1.
  Definition shalf : A := sofQ S 1 2.
  Definition smax (x y : A) : A := if sltb S x y then y else x.
  Definition smin (x y : A) : A := if sltb S y x then y else x.
  Definition sbool (b : bool) : A := if b then s1 S else s0 S.
  Definition strue (x : A) : bool := sltb S (s0 S) x.   (* an i1 value as a boolean *)
End Derived.
