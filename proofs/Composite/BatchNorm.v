(* Batch norm, in training: every channel is normalised over all other axes. *)
From Coq Require Import Reals ZArith List Bool Lra.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve
  Ops.Gather Ops.Pointwise Composite.Group Composite.Normalise Composite.Affine.
Import ListNotations.
Open Scope R_scope.

Section BatchNorm.
Variables (s : shape) (channel : axes) (eps : R).
Hypothesis channel_axes : forall a, In a channel -> (0 <= a < rank s)%Z.
Hypothesis eps_pos : 0 < eps.
Notation c := (pick channel).
Notation params := (pick channel s).

(* y = gamma (x - mean) rsqrt(variance + eps) + beta *)
Definition batch_norm (x gamma beta : tensor) : tensor := affine c (normalised s c eps x) gamma beta.
Definition batch_norm_jvp (x gamma dx dgamma dbeta : tensor) : tensor :=
  let h := normalised s c eps x in
  affine_jvp c h gamma (normalise_jvp s c (rstd s c eps x) h dx) dgamma dbeta.
Theorem Der_batch_norm (x gamma beta : R -> tensor) dx dgamma dbeta i : inb s i = true ->
  (forall j, Der (fun t => x t j) (dx j)) -> (forall j, Der (fun t => gamma t j) (dgamma j)) ->
  (forall j, Der (fun t => beta t j) (dbeta j)) ->
  Der (fun t => batch_norm (x t) (gamma t) (beta t) i) (batch_norm_jvp (x 0) (gamma 0) dx dgamma dbeta i).
Proof.
  intros Hi Dx Dg Db. unfold batch_norm.
  apply (Der_affine c (fun t => normalised s c eps (x t))); auto. apply Der_normalised; auto.
Qed.

(* The VJP: with h = normalised x and r = rsqrt(variance + eps),
     d.x = gamma r (dy - mean dy - h mean (dy h)),  d.gamma = sum (dy h),  d.beta = sum dy per channel. *)
Definition batch_norm_vjp_x (x gamma dy : tensor) : tensor := fun i =>
  let h := normalised s c eps x in
  gamma (c i) * rstd s c eps x i * (dy i - mean s c dy i - h i * mean s c (fun j => dy j * h j) i).
Theorem batch_norm_adjoint x gamma dx dgamma dbeta dy :
  dotp s dy (batch_norm_jvp x gamma dx dgamma dbeta)
  = dotp s (batch_norm_vjp_x x gamma dy) dx
    + (dotp params (sum_over s c (fun i => dy i * normalised s c eps x i)) dgamma
       + dotp params (sum_over s c dy) dbeta).
Proof.
  unfold batch_norm_jvp. set (h := normalised s c eps x).
  rewrite (affine_adjoint s params) by (intros; apply inb_pick; auto). f_equal.
  rewrite normalise_adjoint by (intros; apply rstd_key; auto). apply dotp_ext; auto. intros i _.
  unfold normalise_jvp, batch_norm_vjp_x. fold h.
  assert (K : forall j, c j = c i -> gamma (c j) = gamma (c i)) by (intros j ->; auto).
  rewrite (mean_scal s c (fun j => gamma (c j)) dy i K).
  rewrite (mean_ext s c (fun j => h j * (gamma (c j) * dy j)) (fun j => gamma (c j) * (dy j * h j)))
    by (intros; lra).
  rewrite (mean_scal s c (fun j => gamma (c j)) _ i K). lra.
Qed.
End BatchNorm.

(* Batch norm, in evaluation: mean m and variance v are constants; the Jacobian is a diagonal. *)
Section Evaluation.
Variables (s : shape) (c : idx -> idx) (eps : R) (m v : tensor).
Definition batch_norm_eval (x gamma beta : tensor) : tensor :=
  affine c (fun i => (x i - m (c i)) * rsqrt (v (c i) + eps)) gamma beta.
Lemma Der_batch_norm_eval (x : R -> tensor) gamma beta dx i : (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => batch_norm_eval (x t) gamma beta i) (gamma (c i) * rsqrt (v (c i) + eps) * dx i).
Proof.
  intros D. unfold batch_norm_eval, affine. set (r := rsqrt _).
  apply Der_ext with (f := fun t => gamma (c i) * r * x t i + (beta (c i) - gamma (c i) * r * m (c i))).
  - intros; lra.
  - eapply Der_eq. apply additive_fan_in. apply Der_scal, D. apply Der_const. lra.
Qed.
End Evaluation.
