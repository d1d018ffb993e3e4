(* Layer norm and RMS norm: every sample is normalised over the given axes. *)
From Coq Require Import Reals ZArith List Bool Lra.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve
  Ops.Gather Ops.Pointwise Composite.Group Composite.Normalise Composite.Affine.
Import ListNotations.
Open Scope R_scope.

Section LayerNorm.
Variables (s : shape) (normal : axes) (eps : R).
Hypothesis normal_axes : forall a, In a normal -> (0 <= a < rank s)%Z.
Hypothesis eps_pos : 0 < eps.
Notation sample := (pick (other_axes (rank s) normal)).
Notation place := (pick normal).
Notation params := (pick normal s).

(* ---- layer norm: y = gamma (x - mean) rsqrt(variance + eps) + beta ---- *)
Definition layer_norm (x gamma beta : tensor) : tensor := affine place (normalised s sample eps x) gamma beta.
Definition layer_norm_jvp (x gamma dx dgamma dbeta : tensor) : tensor :=
  let h := normalised s sample eps x in
  affine_jvp place h gamma (normalise_jvp s sample (rstd s sample eps x) h dx) dgamma dbeta.
Theorem Der_layer_norm (x gamma beta : R -> tensor) dx dgamma dbeta i : inb s i = true ->
  (forall j, Der (fun t => x t j) (dx j)) -> (forall j, Der (fun t => gamma t j) (dgamma j)) ->
  (forall j, Der (fun t => beta t j) (dbeta j)) ->
  Der (fun t => layer_norm (x t) (gamma t) (beta t) i) (layer_norm_jvp (x 0) (gamma 0) dx dgamma dbeta i).
Proof.
  intros Hi Dx Dg Db. unfold layer_norm.
  apply (Der_affine place (fun t => normalised s sample eps (x t))); auto. apply Der_normalised; auto.
Qed.

(* The VJP: with h = normalised x, r = rsqrt(variance + eps) and g = gamma dy,
     d.x = r (g - mean g - h mean (h g)),  d.gamma = sum (dy h),  d.beta = sum dy over the samples. *)
Theorem layer_norm_adjoint x gamma dx dgamma dbeta dy :
  let h := normalised s sample eps x in
  dotp s dy (layer_norm_jvp x gamma dx dgamma dbeta)
  = dotp s (normalise_jvp s sample (rstd s sample eps x) h (fun i => gamma (place i) * dy i)) dx
    + (dotp params (sum_over s place (fun i => dy i * h i)) dgamma
       + dotp params (sum_over s place dy) dbeta).
Proof.
  intros h. unfold layer_norm_jvp. fold h.
  rewrite (affine_adjoint s params) by (intros; apply inb_pick; auto).
  rewrite normalise_adjoint by (intros; apply rstd_key; auto). reflexivity.
Qed.

(* ---- RMS norm: y = gamma x rsqrt(mean x^2 + eps) ---- *)
Definition mean_square (x : tensor) : tensor := mean s sample (fun j => x j * x j).
Definition rms_scale (x : tensor) : tensor := fun i => rsqrt (mean_square x i + eps).
Definition rms_normalised (x : tensor) : tensor := fun i => x i * rms_scale x i.
Lemma mean_square_pos x i : inb s i = true -> 0 < mean_square x i + eps.
Proof.
  intros Hi. assert (0 <= mean_square x i); [|lra]. unfold mean_square, mean, Rdiv. apply Rmult_le_pos.
  - apply group_sum_nonneg. intros. apply Rle_0_sqr.
  - left. apply Rinv_0_lt_compat, group_size_pos; auto.
Qed.
Lemma rms_scale_key x i j : sample i = sample j -> rms_scale x i = rms_scale x j.
Proof. intros H. unfold rms_scale, mean_square. rewrite (mean_key s sample _ i j H). auto. Qed.
(* (mean x^2)' = 2 mean (x dx) *)
Lemma Der_mean_square (x : R -> tensor) dx i : (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => mean_square (x t) i) (2 * mean s sample (fun j => x 0 j * dx j) i).
Proof.
  intros H. eapply Der_eq.
  - apply (Der_mean s sample (fun t j => x t j * x t j)). intros j _. apply product_rule; apply H.
  - cbn beta. rewrite <- (mean_scal s sample (fun _ => 2)) by auto. apply mean_ext; intros; lra.
Qed.
(* dh = r (dx - h mean (h dx)), with h = x r *)
Definition rms_jvp (r h dx : tensor) : tensor :=
  fun i => r i * (dx i - h i * mean s sample (fun j => h j * dx j) i).
Theorem Der_rms_normalised (x : R -> tensor) dx i : inb s i = true ->
  (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => rms_normalised (x t) i) (rms_jvp (rms_scale (x 0)) (rms_normalised (x 0)) dx i).
Proof.
  intros Hi H. eapply Der_eq.
  - apply (product_rule (fun t => x t i) (fun t => rms_scale (x t) i)). apply H.
    apply (Der_rsqrt (fun t => mean_square (x t) i + eps)). apply mean_square_pos; auto.
    apply (additive_fan_in (fun t => mean_square (x t) i) (fun _ => eps)). apply Der_mean_square; auto.
    apply Der_const.
  - cbn beta. fold (rms_scale (x 0) i). unfold rms_jvp.
    replace (mean s sample (fun j => rms_normalised (x 0) j * dx j) i)
      with (rms_scale (x 0) i * mean s sample (fun j => x 0 j * dx j) i).
    + unfold rms_normalised. lra.
    + rewrite <- (mean_scal s sample (rms_scale (x 0))) by (intros; apply rms_scale_key; auto).
      apply mean_ext. intros. unfold rms_normalised. lra.
Qed.
(* The Jacobian r (1 - h h^T / n) is a diagonal and a rank-1 correction, and symmetric. *)
Theorem rms_adjoint x dy dx :
  let r := rms_scale x in let h := rms_normalised x in
  dotp s dy (rms_jvp r h dx) = dotp s (rms_jvp r h dy) dx.
Proof.
  intros r h.
  assert (E : forall w z, dotp s w (rms_jvp r h z)
    = dotp s w (fun i => r i * z i) - dotp s w (fun i => r i * (h i * mean s sample (fun j => h j * z j) i))).
  { intros w z. unfold dotp, Rminus. rewrite <- sum_opp, <- sum_plus. apply sum_ext; intros i _.
    unfold rms_jvp. lra. }
  rewrite E, dotp_diagonal, (mean_adjoint s sample r h) by (intros; apply rms_scale_key; auto).
  rewrite (dotp_comm s (rms_jvp r h dy)), E. rewrite !(dotp_comm s dx). auto.
Qed.

Definition rms_norm (x gamma : tensor) : tensor := fun i => gamma (place i) * rms_normalised x i.
Definition rms_norm_jvp (x gamma dx dgamma : tensor) : tensor := fun i =>
  gamma (place i) * rms_jvp (rms_scale x) (rms_normalised x) dx i + dgamma (place i) * rms_normalised x i.
Theorem Der_rms_norm (x gamma : R -> tensor) dx dgamma i : inb s i = true ->
  (forall j, Der (fun t => x t j) (dx j)) -> (forall j, Der (fun t => gamma t j) (dgamma j)) ->
  Der (fun t => rms_norm (x t) (gamma t) i) (rms_norm_jvp (x 0) (gamma 0) dx dgamma i).
Proof.
  intros Hi Dx Dg. unfold rms_norm. eapply Der_eq.
  - apply (product_rule (fun t => gamma t (place i)) (fun t => rms_normalised (x t) i)). apply Dg.
    apply Der_rms_normalised; auto.
  - unfold rms_norm_jvp. lra.
Qed.
(* d.x = r (g - h mean (h g)) with g = gamma dy;  d.gamma = sum (dy h) over the samples. *)
Theorem rms_norm_adjoint x gamma dx dgamma dy :
  let h := rms_normalised x in
  dotp s dy (rms_norm_jvp x gamma dx dgamma)
  = dotp s (rms_jvp (rms_scale x) h (fun i => gamma (place i) * dy i)) dx
    + dotp params (sum_over s place (fun i => dy i * h i)) dgamma.
Proof.
  intros h. unfold rms_norm_jvp. fold h. rewrite dotp_plus_r. f_equal.
  - rewrite (dotp_diagonal s (fun i => gamma (place i))). unfold h. apply rms_adjoint.
  - rewrite <- (copy_adjoint s params place) by (intros; apply inb_pick; auto). apply sum_ext; intros; lra.
Qed.
End LayerNorm.
