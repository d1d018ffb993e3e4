(* Elementwise ops of two operands (src/ir/ops/binary.h): z[i] = f(x[i], y[i]). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.

Definition infer_binary (b : binary_op) (ats : list ty) : option ty := None.

Definition sem_binary {A} (S : scalar A) (b : binary_op) (x y : A) : A :=
  match b with
  | Add => sadd S x y
  | Subtract => ssub S x y
  | Multiply => smul S x y
  | Divide => sdiv S x y
  | Maximum => smax S x y
  | Minimum => smin S x y
  | Power => spow S x y
  | And => sbool S (strue S x && strue S y)
  | Or => sbool S (strue S x || strue S y)
  end.

Definition vjp_binary (b : binary_op) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
