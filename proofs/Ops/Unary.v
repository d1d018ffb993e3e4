(* Elementwise ops of one operand (src/ir/ops/unary.h): y[i] = f(x[i]). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.

Definition infer_unary (u : unary_op) (ats : list ty) : option ty := None.

Definition sem_unary {A} (S : scalar A) (u : unary_op) (x : A) : A :=
  match u with
  | Abs => if sltb S x (s0 S) then sneg S x else x
  | Negate => sneg S x
  | Exponential => sexp S x
  | Log => slog S x
  | Logistic => sdiv S (s1 S) (sadd S (s1 S) (sexp S (sneg S x)))
  | Tanh => stanh S x
  | Sqrt => ssqrt S x
  | Rsqrt => sdiv S (s1 S) (ssqrt S x)
  | Sine => ssin S x
  | Cosine => scos S x
  | Not => sbool S (negb (strue S x))
  end.

Definition vjp_unary (u : unary_op) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
