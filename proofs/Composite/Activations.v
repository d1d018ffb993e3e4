(* The lowering of activations (src/ir/ops/activation.cpp): what `lower` puts in place of one. Inner
   instructions get the identifiers from n on. No reals. *)
From Coq Require Import ZArith List PArith.
From Coq.Strings Require Import String.
From Pullback Require Import Base.Index Syntax Ops.Unary.
Import ListNotations.

Section Expansion.
  Variables (inner : string -> name) (n : positive) (composite : name) (t : ty).
  Open Scope positive_scope.
  Open Scope list_scope.
  Notation inner suffix := (inner suffix%string).
  Let s : ty := (fst t, []).

  (* y = x logistic(x) *)
  Definition expand_swish (x y : positive) : prog :=
    [I n (Unary Logistic) [x] [t] t (inner "gate");
     I y (Binary Multiply) [x; n] [t; t] t composite].
  (* y = x Phi(x) *)
  Definition expand_gelu (x y : positive) : prog :=
    [I n (Constant s [Dec 2 0]) [] [] s (inner "two");
     I (n + 1) (Unary Rsqrt) [n] [s] s (inner "rsqrt");
     I (n + 2) (BroadcastInDim (snd t) []) [n + 1] [s] t (inner "rsqrts");
     I (n + 3) (Binary Multiply) [x; n + 2] [t; t] t (inner "scaled");
     I (n + 4) (Unary Negate) [n + 3] [t] t (inner "opposite");
     I (n + 5) (Unary Erfc) [n + 4] [t] t (inner "erfc");
     I (n + 6) (Constant t [Dec 5 (-1)]) [] [] t (inner "half");
     I (n + 7) (Binary Multiply) [n + 6; n + 5] [t; t] t (inner "cdf");
     I y (Binary Multiply) [x; n + 7] [t; t] t composite].
  (* y = x logistic(2 c (x + k x^3)) *)
  Definition expand_gelu_tanh (x y : positive) : prog :=
    [I n (Binary Multiply) [x; x] [t; t] t (inner "square");
     I (n + 1) (Binary Multiply) [n; x] [t; t] t (inner "cube");
     I (n + 2) (Constant t [gelu_bend]) [] [] t (inner "bend");
     I (n + 3) (Binary Multiply) [n + 2; n + 1] [t; t] t (inner "cubic");
     I (n + 4) (Binary Add) [x; n + 3] [t; t] t (inner "bent");
     I (n + 5) (Constant t [gelu_scale]) [] [] t (inner "scale");
     I (n + 6) (Binary Multiply) [n + 5; n + 4] [t; t] t (inner "argument");
     I (n + 7) (Unary Logistic) [n + 6] [t] t (inner "gate");
     I y (Binary Multiply) [x; n + 7] [t; t] t composite].
End Expansion.
