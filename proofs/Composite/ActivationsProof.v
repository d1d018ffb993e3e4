(* The lowering of activations computes what they are. *)
From Coq Require Import Reals ZArith List Bool Lra.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise
  Ops.UnaryProof.
Import ListNotations.
Open Scope R_scope.

Section Values.
Variables (t : ty) (x : tensor).
Notation s := (fst t, []).
Notation number u d := (sem Rscal (Constant u [d]) [] u []).
Notation map1 u v := (sem Rscal (Unary u) [t] t [v]).
Notation map2 b v w := (sem Rscal (Binary b) [t; t] t [v; w]).

Definition swish_value : tensor := map2 Multiply x (map1 Logistic x).
Lemma swish_value_in i : inb (snd t) i = true -> swish_value i = sem Rscal (Unary Swish) [t] t [x] i.
Proof. intros H. unfold swish_value. rewrite sem_binary_at, !sem_unary_at by auto. reflexivity. Qed.

Definition gelu_value : tensor :=
  map2 Multiply x (map2 Multiply (number t (Dec 5 (-1))) (map1 Erfc (map1 Negate (map2 Multiply x
    (sem Rscal (BroadcastInDim (snd t) []) [s] t [sem Rscal (Unary Rsqrt) [s] s [number s (Dec 2 0)]]))))).
Lemma gelu_value_in i : inb (snd t) i = true -> gelu_value i = sem Rscal (Unary Gelu) [t] t [x] i.
Proof.
  intros H. unfold gelu_value.
  rewrite !sem_binary_at, !sem_unary_at, !sem_binary_at, !sem_scalar_spread by auto.
  rewrite (sem_unary_at Rsqrt), (sem_constant_at s 2), sem_decimal_at, half_decimal by auto.
  cbn [sem_binary sem_unary smul sdiv s1 ssqrt sneg Rscal]. unfold sem_normal_cdf, shalf, stwo, ssub.
  cbn [smul sdiv s1 ssqrt sneg sadd serf sofQ Rscal]. replace (2 / 1) with 2 by field. reflexivity.
Qed.

Definition gelu_tanh_value : tensor :=
  map2 Multiply x (map1 Logistic (map2 Multiply (number t gelu_scale)
    (map2 Add x (map2 Multiply (number t gelu_bend) (map2 Multiply (map2 Multiply x x) x))))).
Lemma gelu_tanh_value_in i : inb (snd t) i = true ->
  gelu_tanh_value i = sem Rscal (Unary GeluTanh) [t] t [x] i.
Proof.
  intros H. unfold gelu_tanh_value.
  rewrite !sem_binary_at, !sem_unary_at, !sem_binary_at, !sem_decimal_at by auto. reflexivity.
Qed.
End Values.
