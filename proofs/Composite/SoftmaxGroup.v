(* Softmax, log-softmax and log-sum-exp of a group: derivatives, adjoints, and why subtracting the maximum
   first changes nothing. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Composite.Group.
Open Scope R_scope.

Section SoftmaxGroup.
Variables (s : shape) (key : idx -> idx).
Notation G := (group_sum s key).

(* Z = sum exp x *)
Definition partition (x : tensor) : tensor := G (fun j => exp (x j)).
Definition log_sum_exp (x : tensor) : tensor := fun i => ln (partition x i).
Definition group_log_softmax (x : tensor) : tensor := fun i => x i - log_sum_exp x i.
Definition group_softmax (x : tensor) : tensor := fun i => exp (x i) / partition x i.

Lemma partition_pos x i : inb s i = true -> 0 < partition x i.
Proof. intros; apply group_sum_pos; auto. intros; apply exp_pos. Qed.
Lemma partition_key x i j : key i = key j -> partition x i = partition x j.
Proof. apply group_sum_key. Qed.
Lemma log_sum_exp_key x i j : key i = key j -> log_sum_exp x i = log_sum_exp x j.
Proof. intros H; unfold log_sum_exp. rewrite (partition_key x i j H); auto. Qed.
(* softmax x = exp (x - ln Z) *)
Lemma softmax_exp_log x i : inb s i = true -> group_softmax x i = exp (group_log_softmax x i).
Proof.
  intros Hi. pose proof (partition_pos x i Hi).
  unfold group_softmax, group_log_softmax, log_sum_exp, Rminus, Rdiv.
  rewrite exp_plus, exp_Ropp, exp_ln by auto. auto.
Qed.
(* sum_j exp(x_j) z_j = Z * sum_j softmax(x)_j z_j *)
Lemma partition_mean x z i : inb s i = true ->
  G (fun j => exp (x j) * z j) i / partition x i = G (fun j => group_softmax x j * z j) i.
Proof.
  intros Hi. unfold Rdiv. rewrite <- (group_sum_scal_r s key (fun j => / partition x j)).
  - apply group_sum_ext; intros j _ _. unfold group_softmax; lra.
  - intros j E. rewrite (partition_key x j i E); auto.
Qed.

(* The derivative of ln sum exp x is the mean of dx under softmax x. *)
Lemma Der_log_sum_exp (x : R -> tensor) dx i : inb s i = true -> (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => log_sum_exp (x t) i) (G (fun j => group_softmax (x 0) j * dx j) i).
Proof.
  intros Hi H. rewrite <- partition_mean by auto.
  apply (Der_ln (fun t => partition (x t) i)). apply partition_pos; auto.
  apply (Der_group_sum s key (fun t j => exp (x t j))). intros; apply Der_exp; auto.
Qed.
(* log_softmax: dy = dx - G(p dx), where p = softmax x *)
Lemma Der_log_softmax (x : R -> tensor) dx i : inb s i = true -> (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => group_log_softmax (x t) i) (dx i - G (fun j => group_softmax (x 0) j * dx j) i).
Proof. intros. apply Der_minus; auto. apply Der_log_sum_exp; auto. Qed.
(* softmax: dy = y (dx - G(y dx)) *)
Lemma Der_softmax (x : R -> tensor) dx i : inb s i = true -> (forall j, Der (fun t => x t j) (dx j)) ->
  Der (fun t => group_softmax (x t) i)
      (group_softmax (x 0) i * (dx i - G (fun j => group_softmax (x 0) j * dx j) i)).
Proof.
  intros Hi H. rewrite (softmax_exp_log (x 0) i Hi).
  apply Der_ext with (f := fun t => exp (group_log_softmax (x t) i)).
  - intros; rewrite softmax_exp_log; auto.
  - apply Der_exp, Der_log_softmax; auto.
Qed.

(* J = diag(y) - y y^T is symmetric. *)
Lemma softmax_adjoint (y dy dx : tensor) :
  dotp s dy (fun i => y i * (dx i - G (fun j => y j * dx j) i))
  = dotp s (fun i => y i * (dy i - G (fun j => y j * dy j) i)) dx.
Proof.
  transitivity (dotp s dy (fun i => y i * dx i + - y i * G (fun j => y j * dx j) i)).
  - apply dotp_ext; intros; lra.
  - rewrite (rank1_trick s key y (fun i => - y i) y). apply dotp_ext; auto. intros i _.
    rewrite (group_sum_ext s key _ (fun j => - (y j * dy j))), group_sum_opp by (intros; lra). lra.
Qed.
(* J = diag(c) - c p^T with weights c (log-softmax: c = 1; cross-entropy: the labels);
   J^T = diag(c) - p c^T. *)
Lemma log_softmax_adjoint (c p dy dx : tensor) :
  dotp s dy (fun i => c i * (dx i - G (fun j => p j * dx j) i))
  = dotp s (fun i => c i * dy i - p i * G (fun j => c j * dy j) i) dx.
Proof.
  transitivity (dotp s dy (fun i => c i * dx i + - c i * G (fun j => p j * dx j) i)).
  - apply dotp_ext; intros; lra.
  - rewrite (rank1_trick s key c (fun i => - c i) p). apply dotp_ext; auto. intros i _.
    rewrite (group_sum_ext s key _ (fun j => - (c j * dy j))), group_sum_opp by (intros; lra). lra.
Qed.

(* Shifting a group by any constant m shifts log-sum-exp by m: ln sum exp (x - m) = ln sum exp x - m. *)
Lemma log_sum_exp_shift (x m : tensor) i : inb s i = true ->
  (forall j, inb s j = true -> key j = key i -> m j = m i) ->
  log_sum_exp (fun j => x j - m j) i = log_sum_exp x i - m i.
Proof.
  intros Hi Hm. unfold log_sum_exp.
  replace (partition (fun j => x j - m j) i) with (partition x i * exp (- m i)).
  - rewrite ln_mult, ln_exp. lra. apply partition_pos; auto. apply exp_pos.
  - unfold partition. rewrite <- (group_sum_scal_r s key (fun _ => exp (- m i))) by auto.
    apply group_sum_ext; intros j Hj E. rewrite <- exp_plus, <- (Hm j Hj E). auto.
Qed.
(* Shifted log-softmax = log-softmax, shifted softmax = softmax. *)
Lemma log_softmax_shift (x m : tensor) i : inb s i = true ->
  (forall j, inb s j = true -> key j = key i -> m j = m i) ->
  group_log_softmax (fun j => x j - m j) i = group_log_softmax x i.
Proof. intros Hi Hm. unfold group_log_softmax. rewrite log_sum_exp_shift by auto. lra. Qed.
Lemma softmax_shift (x m : tensor) i : inb s i = true ->
  (forall j, inb s j = true -> key j = key i -> m j = m i) ->
  group_softmax (fun j => x j - m j) i = group_softmax x i.
Proof. intros. rewrite !softmax_exp_log, log_softmax_shift by auto. auto. Qed.
End SoftmaxGroup.
