(* Batch norm in training is differentiable everywhere, and its VJP is its adjoint. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve Ops.Gather
  Ops.Pointwise Composite.Group Composite.Line Composite.Normalise Composite.Affine Composite.BatchNorm
  Composite.BatchNormTraining Composite.Feature Composite.SoftmaxProof.
Import ListNotations.
Open Scope R_scope.

(* Floating-point x with a feature axis, one scale and one offset a feature, a positive epsilon. *)
Lemma batch_norm_training_typed a eps ats rt : infer (BatchNormTraining a eps) ats = Some rt ->
  ats = [rt; feature_ty rt a; feature_ty rt a] /\ tfloat rt = true /\ (0 <= a < rank (snd rt))%Z /\
  positive_decimal eps = true.
Proof.
  cbn [infer]. unfold infer_batch_norm_training. intros H. typing H. unfold tfloat. repeat split; auto; lia.
Qed.
(* mantissa 10^exponent > 0 *)
Lemma positive_decimal_pos eps : positive_decimal eps = true -> 0 < sem_decimal Rscal eps.
Proof.
  destruct eps as [m e| | | |]; try discriminate. cbn [positive_decimal]. intros M. apply Z.ltb_lt in M.
  cbn [sem_decimal sofQ Rscal]. destruct (0 <=? e)%Z eqn:E; apply Rdiv_lt_0_compat; apply IZR_lt;
    first [apply Z.mul_pos_pos; [lia|apply Z.pow_pos_nonneg; lia]|lia].
Qed.

(* The op's meaning is batch norm over the groups of its features. *)
Lemma feature_means_in s a x i : (0 <= a < rank s)%Z -> inb s i = true ->
  feature_means Rscal s a x (pick [a] i) = mean s (pick [a]) x i.
Proof.
  intros Ha Hi. unfold feature_means. change [znth s a] with (pick [a] s). rewrite tab_spec.
  rewrite (inb_pick s [a] i) by (auto; intros k [<-|[]]; auto). unfold mean.
  rewrite feature_size_group by auto. rewrite sum_filter. cbn [sdiv sofQ Rscal].
  unfold Rdiv at 2. rewrite Rinv_1, Rmult_1_r. reflexivity.
Qed.
Lemma sem_batch_norm a eps s x gamma beta i : (0 <= a < rank s)%Z -> inb s i = true ->
  sem_batch_norm_training Rscal a eps s x gamma beta i
  = batch_norm s [a] (sem_decimal Rscal eps) x gamma beta i.
Proof.
  intros Ha Hi. unfold sem_batch_norm_training, batch_norm, affine, normalised, rstd, rsqrt.
  cbn [sadd smul sdiv ssqrt Rscal]. rewrite !feature_means_in by auto.
  replace (mean s (pick [a]) (fun j => ssub Rscal (x j) (feature_means Rscal s a x (pick [a] j))
             * ssub Rscal (x j) (feature_means Rscal s a x (pick [a] j))) i)
    with (variance s (pick [a]) x i).
  - unfold centred, ssub, Rminus. cbn [sadd sneg Rscal]. unfold Rdiv. ring.
  - apply mean_ext. intros j Hj _. rewrite feature_means_in by auto. reflexivity.
Qed.

Definition ok_batch_norm_training : ok_fun := fun _ _ _ _ => True.
Definition jvp_batch_norm_training (a : Z) (eps : decimal) : jvp_fun := fun _ rt vs ds =>
  match vs, ds with
  | [x; gamma; _], [dx; dgamma; dbeta] =>
      batch_norm_jvp (snd rt) [a] (sem_decimal Rscal eps) x gamma dx dgamma dbeta
  | _, _ => tz
  end.
Theorem batch_norm_training_deriv a eps :
  deriv_spec (BatchNormTraining a eps) (jvp_batch_norm_training a eps) ok_batch_norm_training.
Proof.
  intros ats rt gs ds H F M _ i Hi. destruct (batch_norm_training_typed _ _ _ _ H) as (-> & _ & Ha & P).
  destruct gs as [|x [|g [|b [|]]]], ds as [|dx [|dg [|db [|]]]]; simpl in M; try tauto.
  destruct M as (Mx & Mg & Mb & _).
  apply Der_ext with (f := fun t => batch_norm (snd rt) [a] (sem_decimal Rscal eps) (x t) (g t) (b t) i).
  - intros t. symmetry. apply sem_batch_norm; auto.
  - apply (Der_batch_norm (snd rt) [a] (sem_decimal Rscal eps) (positive_decimal_pos _ P) x g b dx dg db i Hi).
    + apply (moves_float _ _ _ Mx).
    + apply (moves_float _ _ _ Mg).
    + apply (moves_float _ _ _ Mb).
Qed.

(* ---- the template's contributions ---- *)
Section Contributions.
Variables (t : ty) (a : Z) (epsilon : decimal) (x scale dy : tensor).
Hypothesis Ha : (0 <= a < rank (snd t))%Z.
Notation s := (snd t).
Notation f := (feature_ty t a).
Notation c := (pick [a]).
Notation eps := (sem_decimal Rscal epsilon).
Notation h := (normalised_value t a epsilon x).
Definition d_scale_value : tensor := sum_value t a (sem Rscal (Binary Multiply) [t; t] t [dy; h]).
Definition d_offset_value : tensor := sum_value t a dy.
Definition feature_mean_of (total : tensor) : tensor :=
  spread_value t a (sem Rscal (Binary Divide) [f; f] f [total; count_value t a]).
Definition d_x_value : tensor :=
  sem Rscal (Binary Multiply) [t; t] t
    [spread_value t a (sem Rscal (Binary Multiply) [f; f] f [scale; rstd_value t a epsilon x]);
     sem Rscal (Binary Subtract) [t; t] t
       [sem Rscal (Binary Subtract) [t; t] t [dy; feature_mean_of d_offset_value];
        sem Rscal (Binary Multiply) [t; t] t [h; feature_mean_of d_scale_value]]].

(* sum dy h *)
Lemma d_scale_in o : inb (snd f) o = true ->
  d_scale_value o = sum_over s c (fun i => dy i * normalised s c eps x i) o.
Proof.
  intros Ho. unfold d_scale_value. rewrite sum_in by auto. apply sum_over_ext. intros i Hi.
  rewrite sem_multiply, normalised_in by auto. auto.
Qed.
(* sum dy *)
Lemma d_offset_in o : inb (snd f) o = true -> d_offset_value o = sum_over s c dy o.
Proof. intros Ho. apply sum_in; auto. Qed.
(* scale r (dy - mean dy - h mean (dy h)) *)
Lemma d_x_in i : inb s i = true -> d_x_value i = batch_norm_vjp_x s [a] eps x scale dy i.
Proof.
  intros Hi. pose proof (inb_feature t a Ha i Hi) as Hc. unfold d_x_value, feature_mean_of, d_offset_value.
  unfold d_scale_value. fold (mean_value t a dy).
  fold (mean_value t a (sem Rscal (Binary Multiply) [t; t] t [dy; h])).
  rewrite sem_multiply, spread_in, sem_multiply, rstd_in by auto.
  rewrite !sem_subtract, sem_multiply, !spread_in, !mean_in, normalised_in by auto.
  unfold batch_norm_vjp_x.
  rewrite (mean_ext s c (sem Rscal (Binary Multiply) [t; t] t [dy; h])
             (fun j => dy j * normalised s c eps x j) i); [lra|].
  intros j Hj _. rewrite sem_multiply, normalised_in by auto. auto.
Qed.
End Contributions.

Theorem batch_norm_training_vjp_correct a eps :
  vjp_spec (BatchNormTraining a eps) (jvp_batch_norm_training a eps) ok_batch_norm_training.
Proof.
  intros needs ats rt tm outs vs ds dy H F V Ln Lv Ld St _.
  destruct (batch_norm_training_typed _ _ _ _ H) as (-> & _ & Ha & P).
  destruct needs as [|nx [|ng [|nb [|]]]], vs as [|x [|g [|beta [|]]]], ds as [|dx [|dg [|db [|]]]];
    try discriminate.
  set (t := rt) in *. cbn [jvp_batch_norm_training].
  rewrite batch_norm_adjoint by (intros k [<-|[]]; auto). change (pick [a] (snd t)) with (snd (feature_ty t a)).
  pose proof (pairing_nth [nx; ng; nb] [dx; dg; db]) as Q.
  rewrite <- (Q (snd t) 0%nat _ St), <- (Q (snd (feature_ty t a)) 1%nat _ St),
    <- (Q (snd (feature_ty t a)) 2%nat _ St). cbn [nth].
  assert (X : forall d, dotp (snd t) (d_x_value t a eps x g dy) d
                      = dotp (snd t) (batch_norm_vjp_x (snd t) [a] (sem_decimal Rscal eps) x g dy) d)
    by (intros; apply dotp_ext; auto; intros; apply d_x_in; auto).
  assert (G : forall d, dotp (snd (feature_ty t a)) (d_scale_value t a eps x dy) d
                      = dotp (snd (feature_ty t a))
                          (sum_over (snd t) (pick [a]) (fun i => dy i * normalised (snd t) (pick [a])
                                                               (sem_decimal Rscal eps) x i)) d)
    by (intros; apply dotp_ext; auto; intros; apply d_scale_in; auto).
  assert (B : forall d, dotp (snd (feature_ty t a)) (d_offset_value t a dy) d
                      = dotp (snd (feature_ty t a)) (sum_over (snd t) (pick [a]) dy) d)
    by (intros; apply dotp_ext; auto; intros; apply d_offset_in; auto).
  rewrite <- X, <- G, <- B. clear X G B Q.
  destruct nx, ng, nb; injection V as <- <-;
    cbn [pairing teval fold_left tstep app map nth t_op t_args t_ats t_rty length Nat.add orb];
    rewrite ?Rplus_0_r, ?Rplus_0_l; reflexivity.
Qed.

(* The result is always floating-point. *)
Theorem batch_norm_training_const a eps : const_spec (BatchNormTraining a eps) ok_batch_norm_training.
Proof.
  apply all_float_const. intros ats rt H. apply batch_norm_training_typed in H as (_ & F & _). auto.
Qed.
