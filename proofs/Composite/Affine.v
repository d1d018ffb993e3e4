(* The learnt scale and shift of a normalisation, y = gamma h + beta: element i reads the parameters at pk i
   (batch norm: its channel; layer norm: its place in the normalised axes). *)
From Coq Require Import Reals ZArith List Bool Lra.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve
  Ops.Gather Ops.Pointwise Composite.Group.
Open Scope R_scope.

Section Affine.
Variables (s ps : shape) (pk : idx -> idx).
Hypothesis reads : forall i, inb s i = true -> inb ps (pk i) = true.
Definition affine (h gamma beta : tensor) : tensor := fun i => gamma (pk i) * h i + beta (pk i).
Definition affine_jvp (h gamma dh dgamma dbeta : tensor) : tensor :=
  fun i => gamma (pk i) * dh i + (dgamma (pk i) * h i + dbeta (pk i)).

Lemma Der_affine (h gamma beta : R -> tensor) dh dgamma dbeta i : Der (fun t => h t i) (dh i) ->
  (forall c, Der (fun t => gamma t c) (dgamma c)) -> (forall c, Der (fun t => beta t c) (dbeta c)) ->
  Der (fun t => affine (h t) (gamma t) (beta t) i) (affine_jvp (h 0) (gamma 0) dh dgamma dbeta i).
Proof.
  intros Dh Dg Db. eapply Der_eq.
  - apply (additive_fan_in (fun t => gamma t (pk i) * h t i) (fun t => beta t (pk i))); [|apply Db].
    apply product_rule; [apply Dg|exact Dh].
  - unfold affine_jvp. lra.
Qed.
(* d.h = gamma dy;  d.gamma = sum of dy h;  d.beta = sum of dy. *)
Lemma affine_adjoint h gamma dh dgamma dbeta dy :
  dotp s dy (affine_jvp h gamma dh dgamma dbeta)
  = dotp s (fun i => gamma (pk i) * dy i) dh
    + (dotp ps (sum_over s pk (fun i => dy i * h i)) dgamma + dotp ps (sum_over s pk dy) dbeta).
Proof.
  unfold affine_jvp. rewrite !dotp_plus_r, (dotp_diagonal s (fun i => gamma (pk i))).
  rewrite <- !(copy_adjoint s ps pk) by auto. f_equal. f_equal. apply sum_ext; intros; lra.
Qed.
End Affine.
