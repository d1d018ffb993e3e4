(* Normalising groups of elements: means, variances, (x - mean) * rsqrt(variance + eps) and its derivative.
   Batch norm, layer norm and RMS norm differ in the groups alone (BatchNorm.v, LayerNorm.v). *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise
  Composite.Group.
Open Scope R_scope.

(* 1 / sqrt u, and its slope - 1/2 (1 / sqrt u)^3 *)
Definition rsqrt (u : R) : R := / sqrt u.
Lemma rsqrt_pos u : 0 < u -> 0 < rsqrt u.
Proof. intros. apply Rinv_0_lt_compat, sqrt_lt_R0; auto. Qed.
Lemma is_derive_rsqrt u : 0 < u -> is_derive rsqrt u (- (1 / 2) * rsqrt u ^ 3).
Proof.
  intros P. pose proof (sqrt_lt_R0 u P). unfold rsqrt. auto_derive.
  - split; auto. split; [lra|auto].
  - field. lra.
Qed.
Lemma Der_rsqrt f df : 0 < f 0 -> Der f df -> Der (fun t => rsqrt (f t)) (- (1 / 2) * rsqrt (f 0) ^ 3 * df).
Proof. intros P D. apply (chain_rule rsqrt f); auto. apply is_derive_rsqrt; auto. Qed.

Section Normalise.
Variables (s : shape) (key : idx -> idx) (eps : R).
Hypothesis eps_pos : 0 < eps.
Notation G := (group_sum s key).

(* How many elements i's group has; means over groups. *)
Definition group_size (i : idx) : R := G (fun _ => 1) i.
Definition mean (x : tensor) : tensor := fun i => G x i / group_size i.
Lemma group_size_pos i : inb s i = true -> 0 < group_size i.
Proof. intros; apply group_sum_pos; auto. intros; lra. Qed.
Lemma group_size_key i j : key i = key j -> group_size i = group_size j.
Proof. apply group_sum_key. Qed.
Lemma mean_key x i j : key i = key j -> mean x i = mean x j.
Proof. intros H. unfold mean. rewrite (group_sum_key s key x i j H), (group_size_key i j H). auto. Qed.
Lemma mean_ext x y i : (forall j, inb s j = true -> key j = key i -> x j = y j) -> mean x i = mean y i.
Proof. intros H. unfold mean. rewrite (group_sum_ext s key x y i H). auto. Qed.
Lemma mean_plus x y i : mean (fun j => x j + y j) i = mean x i + mean y i.
Proof. unfold mean, Rdiv. rewrite group_sum_plus. lra. Qed.
Lemma mean_minus x y i : mean (fun j => x j - y j) i = mean x i - mean y i.
Proof. unfold mean, Rdiv. rewrite group_sum_minus. lra. Qed.
(* What is constant on groups comes out of the mean, and is its own mean. *)
Lemma mean_scal c x i : (forall j, key j = key i -> c j = c i) ->
  mean (fun j => c j * x j) i = c i * mean x i.
Proof. intros H. unfold mean, Rdiv. rewrite (group_sum_scal s key c x i H). lra. Qed.
Lemma mean_constant c i : inb s i = true -> (forall j, key j = key i -> c j = c i) -> mean c i = c i.
Proof.
  intros Hi H. rewrite (mean_ext c (fun j => c j * 1)) by (intros; lra). rewrite mean_scal by auto.
  unfold mean, group_size. pose proof (group_size_pos i Hi) as P. unfold group_size in P. field. lra.
Qed.
Lemma Der_mean (x : R -> tensor) dx i : (forall j, inb s j = true -> Der (fun t => x t j) (dx j)) ->
  Der (fun t => mean (x t) i) (mean dx i).
Proof.
  intros H. unfold mean, Rdiv. eapply Der_eq.
  - apply Der_ext with (f := fun t => / group_size i * G (x t) i). intros; lra.
    apply Der_scal, Der_group_sum; auto.
  - lra.
Qed.

Definition centred (x : tensor) : tensor := fun i => x i - mean x i.
Definition variance (x : tensor) : tensor := mean (fun j => centred x j * centred x j).
Definition rstd (x : tensor) : tensor := fun i => rsqrt (variance x i + eps).
Definition normalised (x : tensor) : tensor := fun i => centred x i * rstd x i.
Lemma variance_pos x i : inb s i = true -> 0 < variance x i + eps.
Proof.
  intros Hi. assert (0 <= variance x i); [|lra]. unfold variance, mean, Rdiv. apply Rmult_le_pos.
  - apply group_sum_nonneg. intros. apply Rle_0_sqr.
  - left. apply Rinv_0_lt_compat, group_size_pos; auto.
Qed.
Lemma variance_key x i j : key i = key j -> variance x i = variance x j.
Proof. apply mean_key. Qed.
Lemma rstd_key x i j : key i = key j -> rstd x i = rstd x j.
Proof. intros H; unfold rstd. rewrite (variance_key x i j H). auto. Qed.
(* The centred elements sum to 0. *)
Lemma mean_centred x i : inb s i = true -> mean (centred x) i = 0.
Proof.
  intros Hi. unfold centred. rewrite mean_minus, (mean_constant (mean x)); auto. lra.
  intros; apply mean_key; auto.
Qed.
(* Variance from moments: mean (x - mean x)^2 = mean x^2 - (mean x)^2. *)
Lemma variance_moments x i : inb s i = true ->
  variance x i = mean (fun j => x j * x j) i - mean x i * mean x i.
Proof.
  intros Hi. unfold variance.
  rewrite (mean_ext _ (fun j => x j * x j - mean x j * (x j + centred x j))) by (intros; unfold centred; lra).
  rewrite mean_minus, (mean_scal (mean x)), mean_plus, mean_centred by (auto using mean_key). lra.
Qed.
Lemma Der_centred (x : R -> tensor) dx i : (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => centred (x t) i) (centred dx i).
Proof. intros H. apply Der_minus; auto. apply Der_mean; auto. Qed.
(* variance' = 2 mean ((x - mean x) dx) *)
Lemma Der_variance (x : R -> tensor) dx i : inb s i = true -> (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => variance (x t) i) (2 * mean (fun j => centred (x 0) j * dx j) i).
Proof.
  intros Hi H. unfold variance. eapply Der_eq.
  - apply (Der_mean (fun t j => centred (x t) j * centred (x t) j)). intros j _.
    apply product_rule; apply Der_centred; exact H.
  - cbn beta. set (c := centred (x 0)).
    rewrite (mean_ext _ (fun j => (c j * dx j + c j * dx j) - 2 * (mean dx j * c j)))
      by (intros; unfold centred; lra).
    rewrite mean_minus, mean_plus, (mean_scal (fun _ => 2)), (mean_scal (mean dx)) by (auto using mean_key).
    unfold c at 3. rewrite mean_centred by auto. lra.
Qed.

(* The derivative of normalising, with h = normalised x and r = rsqrt(variance + eps):
     dh = r (dx - mean dx - h mean (h dx)). *)
Definition normalise_jvp (r h dx : tensor) : tensor :=
  fun i => r i * (dx i - mean dx i - h i * mean (fun j => h j * dx j) i).
Theorem Der_normalised (x : R -> tensor) dx i : inb s i = true -> (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => normalised (x t) i) (normalise_jvp (rstd (x 0)) (normalised (x 0)) dx i).
Proof.
  intros Hi H. eapply Der_eq.
  - apply (product_rule (fun t => centred (x t) i) (fun t => rstd (x t) i)). apply Der_centred; exact H.
    apply (Der_rsqrt (fun t => variance (x t) i + eps)). apply variance_pos; auto.
    apply (additive_fan_in (fun t => variance (x t) i) (fun _ => eps)).
    apply Der_variance; auto. apply Der_const.
  - cbn beta. fold (rstd (x 0) i). unfold normalise_jvp.
    replace (mean (fun j => normalised (x 0) j * dx j) i)
      with (rstd (x 0) i * mean (fun j => centred (x 0) j * dx j) i).
    + unfold normalised, centred at 1. lra.
    + rewrite <- (mean_scal (rstd (x 0))) by (intros; apply rstd_key; auto).
      apply mean_ext. intros. unfold normalised. lra.
Qed.

(* The Jacobian r (1 - 1 1^T / n - h h^T / n) is a diagonal and two rank-1 corrections, and symmetric. *)
Lemma mean_adjoint (r h dy dx : tensor) : (forall i j, key i = key j -> r i = r j) ->
  dotp s dy (fun i => r i * (h i * mean (fun j => h j * dx j) i))
  = dotp s (fun i => r i * (h i * mean (fun j => h j * dy j) i)) dx.
Proof.
  intros Hr.
  transitivity (dotp s dy (fun i => 0 * dx i + (r i * h i / group_size i) * G (fun j => h j * dx j) i)).
  - apply dotp_ext; auto. intros. unfold mean, Rdiv. lra.
  - rewrite rank1_trick. apply dotp_ext; auto. intros i _.
    rewrite (group_sum_ext s key _ (fun j => (r j * / group_size j) * (h j * dy j)))
      by (intros; unfold Rdiv; lra).
    rewrite (group_sum_scal s key (fun j => r j * / group_size j)).
    + unfold mean, Rdiv. lra.
    + intros j E. rewrite (Hr j i E), (group_size_key j i E). auto.
Qed.
Theorem normalise_adjoint (r h dy dx : tensor) : (forall i j, key i = key j -> r i = r j) ->
  dotp s dy (normalise_jvp r h dx) = dotp s (normalise_jvp r h dy) dx.
Proof.
  intros Hr.
  assert (E : forall w z, dotp s w (normalise_jvp r h z)
    = dotp s w (fun i => r i * z i) - dotp s w (fun i => r i * (1 * mean (fun j => 1 * z j) i))
      - dotp s w (fun i => r i * (h i * mean (fun j => h j * z j) i))).
  { intros w z. unfold dotp, Rminus. rewrite <- !sum_opp, <- !sum_plus. apply sum_ext; intros i _.
    unfold normalise_jvp. rewrite (mean_ext (fun j => 1 * z j) z) by (intros; lra). lra. }
  rewrite E, dotp_diagonal, (mean_adjoint r (fun _ => 1)), (mean_adjoint r h) by auto.
  rewrite (dotp_comm s (normalise_jvp r h dy)), E. rewrite !(dotp_comm s dx). auto.
Qed.
End Normalise.
