(* The error function, which Coq's library lacks. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

Definition gauss (t : R) : R := exp (- (t * t)).
(* erf x = 2 / sqrt pi * integral from 0 to x of e^(-t^2) *)
Definition erf (x : R) : R := 2 / sqrt PI * RInt gauss 0 x.
Lemma continuous_gauss x : continuous gauss x.
Proof.
  apply (ex_derive_continuous gauss). unfold gauss. auto_derive. auto.
Qed.
(* erf' = 2 / sqrt pi * e^(-x^2), the fundamental theorem of calculus *)
Theorem is_derive_erf x : is_derive erf x (2 / sqrt PI * exp (- (x * x))).
Proof.
  apply (is_derive_scal (fun x => RInt gauss 0 x) x (2 / sqrt PI) (gauss x)).
  apply (is_derive_RInt gauss (fun x => RInt gauss 0 x) 0 x).
  - apply filter_forall. intros b. apply (RInt_correct (V := R_CompleteNormedModule)).
    apply (ex_RInt_continuous (V := R_CompleteNormedModule)). intros; apply continuous_gauss.
  - apply continuous_gauss.
Qed.

(* ---- its values lie in (-1, 1) ---- *)
(* I x = integral from 0 to x of e^(-t^2). *)
Definition gauss_integral (x : R) : R := RInt gauss 0 x.
Lemma ex_RInt_gauss a b : ex_RInt gauss a b.
Proof. apply (ex_RInt_continuous (V := R_CompleteNormedModule)). intros; apply continuous_gauss. Qed.
Lemma is_derive_gauss_integral x : is_derive gauss_integral x (gauss x).
Proof.
  apply (is_derive_RInt gauss gauss_integral 0 x).
  - apply filter_forall. intros b. apply (RInt_correct (V := R_CompleteNormedModule)), ex_RInt_gauss.
  - apply continuous_gauss.
Qed.
(* J x = integral from 0 to 1 of e^(-x^2 (1 + t^2)) / (1 + t^2):  J' = -2 e^(-x^2) I. *)
Definition tail (x t : R) : R := exp (- (x * x) * (1 + t * t)) / (1 + t * t).
Lemma one_plus_square t : 0 < 1 + t * t. Proof. pose proof (Rle_0_sqr t). unfold Rsqr in *. lra. Qed.
Lemma is_derive_tail x t : is_derive (fun x => tail x t) x (-2 * x * exp (- (x * x) * (1 + t * t))).
Proof. pose proof (one_plus_square t). unfold tail. auto_derive. lra. field. lra. Qed.
Lemma continuous_tail x t : continuous (tail x) t.
Proof. pose proof (one_plus_square t). apply (ex_derive_continuous (tail x)). unfold tail. auto_derive. lra. Qed.
Lemma is_derive_tail_integral x : is_derive (fun x => RInt (tail x) 0 1) x (-2 * gauss x * gauss_integral x).
Proof.
  replace (-2 * gauss x * gauss_integral x) with (RInt (fun t => Derive (fun u => tail u t) x) 0 1).
  - apply is_derive_RInt_param.
    + apply filter_forall. intros y t _. eexists; apply is_derive_tail.
    + intros t _. apply continuity_2d_pt_ext with (f := fun u v => -2 * u * exp (- (u * u) * (1 + v * v))).
      { intros u v. symmetry. apply is_derive_unique, is_derive_tail. }
      apply continuity_2d_pt_mult.
      * apply continuity_2d_pt_mult. apply continuity_2d_pt_const. apply continuity_2d_pt_id1.
      * apply (continuity_1d_2d_pt_comp exp (fun u v => - (u * u) * (1 + v * v))).
        apply derivable_continuous_pt, derivable_pt_exp.
        apply continuity_2d_pt_mult; [apply continuity_2d_pt_opp|apply continuity_2d_pt_plus];
          try apply continuity_2d_pt_const;
          apply continuity_2d_pt_mult; try apply continuity_2d_pt_id1; apply continuity_2d_pt_id2.
    + apply filter_forall. intros y. apply (ex_RInt_continuous (V := R_CompleteNormedModule)).
      intros; apply continuous_tail.
  - transitivity (RInt (fun t => scal (-2 * gauss x) (scal x (gauss (x * t + 0)))) 0 1).
    + apply RInt_ext. intros t _.
      transitivity (-2 * x * exp (- (x * x) * (1 + t * t))).
      { apply is_derive_unique, is_derive_tail. }
      unfold gauss, scal; simpl; unfold mult; simpl.
      replace (- (x * x) * (1 + t * t)) with (- (x * x) + - ((x * t + 0) * (x * t + 0))) by ring.
      rewrite exp_plus. ring.
    + assert (E : ex_RInt gauss (x * 0 + 0) (x * 1 + 0)) by apply ex_RInt_gauss.
      transitivity (-2 * gauss x * RInt (fun t => scal x (gauss (x * t + 0))) 0 1).
      { apply (RInt_scal (V := R_CompleteNormedModule) (fun t => scal x (gauss (x * t + 0)))).
        apply (ex_RInt_comp_lin (V := R_CompleteNormedModule)). exact E. }
      f_equal. pose proof (RInt_comp_lin (V := R_CompleteNormedModule) gauss x 0 0 1 E) as H.
      rewrite Rmult_0_r, Rmult_1_r, !Rplus_0_r in H. exact H.
Qed.
(* I^2 + J does not move; at 0 it is arctan 1 = pi / 4. *)
Lemma gauss_integral_square x : 0 < x -> gauss_integral x * gauss_integral x + RInt (tail x) 0 1 = PI / 4.
Proof.
  intros P. transitivity (gauss_integral 0 * gauss_integral 0 + RInt (tail 0) 0 1).
  - symmetry.
    apply (eq_is_derive (fun x => gauss_integral x * gauss_integral x + RInt (tail x) 0 1) 0 x); auto.
    intros t _. pose proof (is_derive_gauss_integral t) as D.
    pose proof (is_derive_mult gauss_integral gauss_integral t _ _ D D Rmult_comm) as DD.
    pose proof (is_derive_plus _ _ t _ _ DD (is_derive_tail_integral t)) as S.
    refine (eq_rect _ (fun d => is_derive _ t d) S _ _). unfold plus, mult, zero; simpl. ring.
  - unfold gauss_integral. rewrite RInt_point. unfold zero; simpl. rewrite <- atan_1.
    replace (RInt (tail 0) 0 1) with (atan 1 - atan 0). rewrite atan_0; ring.
    symmetry. apply (is_RInt_unique (tail 0) 0 1).
    apply (is_RInt_derive atan (tail 0) 0 1).
    + intros t _. apply is_derive_Reals. replace (tail 0 t) with (/ (1 + t ^ 2)). apply derivable_pt_lim_atan.
      unfold tail. replace (- (0 * 0) * (1 + t * t)) with 0 by ring. rewrite exp_0. simpl. rewrite Rmult_1_r.
      unfold Rdiv. ring.
    + intros t _. apply continuous_tail.
Qed.
Lemma gauss_integral_positive x : 0 < x -> 0 < gauss_integral x.
Proof. intros P. apply RInt_gt_0; auto; intros; [apply exp_pos|apply continuous_gauss]. Qed.
Lemma erf_0 : erf 0 = 0.
Proof. unfold erf. rewrite RInt_point. unfold zero; simpl. ring. Qed.
Lemma erf_factor_positive : 0 < 2 / sqrt PI.
Proof. apply Rdiv_lt_0_compat. lra. apply sqrt_lt_R0, PI_RGT_0. Qed.
Lemma erf_positive x : 0 < x -> 0 < erf x.
Proof.
  intros P. apply Rmult_lt_0_compat. apply erf_factor_positive. apply gauss_integral_positive; auto.
Qed.
(* erf (-x) = - erf x *)
Lemma erf_odd x : erf (- x) = - erf x.
Proof.
  unfold erf. replace (- (2 / sqrt PI * RInt gauss 0 x)) with (2 / sqrt PI * - RInt gauss 0 x) by ring. f_equal.
  assert (E : ex_RInt gauss (-1 * 0 + 0) (-1 * x + 0)) by apply ex_RInt_gauss.
  pose proof (RInt_comp_lin (V := R_CompleteNormedModule) gauss (-1) 0 0 x E) as H.
  rewrite Rmult_0_r, !Rplus_0_r in H. replace (- x) with (-1 * x) by ring. rewrite <- H.
  symmetry. etransitivity.
  { symmetry. apply (RInt_opp (V := R_CompleteNormedModule) gauss 0 x), ex_RInt_gauss. }
  symmetry.
  apply RInt_ext. intros t _. unfold scal, opp; simpl; unfold mult; simpl. unfold gauss.
  replace ((-1 * t + 0) * (-1 * t + 0)) with (t * t) by ring. ring.
Qed.
(* erf^2 = 4 / pi I^2 = 1 - 4 / pi J < 1 *)
Lemma erf_below x : erf x < 1.
Proof.
  destruct (Rlt_le_dec 0 x) as [P|P].
  - assert (J : 0 < RInt (tail x) 0 1).
    { apply RInt_gt_0; [lra| |intros; apply continuous_tail]. intros t _.
      apply Rdiv_lt_0_compat. apply exp_pos. apply one_plus_square. }
    pose proof (gauss_integral_square x P) as S. pose proof (gauss_integral_positive x P) as I.
    pose proof PI_RGT_0 as Pi. pose proof (sqrt_lt_R0 PI Pi) as SP. pose proof (sqrt_sqrt PI (Rlt_le _ _ Pi)) as SS.
    change (erf x) with (2 / sqrt PI * gauss_integral x).
    apply Rmult_lt_reg_l with (sqrt PI); auto.
    replace (sqrt PI * (2 / sqrt PI * gauss_integral x)) with (2 * gauss_integral x) by (field; lra).
    rewrite Rmult_1_r. apply Rsqr_incrst_0; unfold Rsqr; try lra.
  - destruct (Rle_lt_or_eq_dec _ _ P) as [N| ->]; [|rewrite erf_0; lra].
    pose proof (erf_positive (- x)). rewrite erf_odd in H. lra.
Qed.
