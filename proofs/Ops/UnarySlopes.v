(* Slopes of the less common elementwise functions, and where they have one. *)
From Coq Require Import Reals ZArith Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Erf Base.Real Syntax Ops.Op Ops.Pointwise.
Open Scope R_scope.

Ltac as_reals := match goal with |- ?a = ?b => change (@eq R a b) end.
(* What agrees with h on an open interval around x has h's slope there. *)
Lemma is_derive_between (f h : R -> R) a x b l : a < x < b -> (forall y, a < y < b -> f y = h y) ->
  is_derive h x l -> is_derive f x l.
Proof.
  intros I E. apply is_derive_ext_loc.
  apply (locally_interval _ x (Finite a) (Finite b)); try apply I. intros y H K. symmetry; apply E; auto.
Qed.
(* Constant between a and b. *)
Lemma flat_between (f : R -> R) a x b c : a < x < b -> (forall y, a < y < b -> f y = c) -> is_derive f x 0.
Proof.
  intros I E. apply (is_derive_between f (fun _ => c) a x b); auto.
  apply (is_derive_const (K := R_AbsRing) (V := R_NormedModule) c x).
Qed.

(* ---- logistic and tanh ---- *)
(* tanh' = 1 - tanh^2, from tanh = sinh / cosh and cosh^2 - sinh^2 = 1 *)
Lemma tanh_slope x : is_derive tanh x (1 - tanh x * tanh x).
Proof.
  assert (C : cosh x <> 0).
  { unfold cosh. pose proof (exp_pos x). pose proof (exp_pos (-x)). lra. }
  apply is_derive_ext with (f := fun x => sinh x / cosh x). reflexivity.
  replace (1 - tanh x * tanh x) with ((cosh x * cosh x - sinh x * sinh x) / cosh x ^ 2).
  - apply is_derive_div; auto; apply is_derive_Reals.
    apply derivable_pt_lim_sinh. apply derivable_pt_lim_cosh.
  - unfold tanh. field. auto.
Qed.
(* y = 1 / (1 + e^-x):  y' = y (1 - y) *)
Definition logistic (x : R) : R := 1 / (1 + exp (- x)).
Lemma is_derive_logistic x : is_derive logistic x (logistic x * (1 - logistic x)).
Proof.
  pose proof (exp_pos (- x)). unfold logistic. auto_derive. repeat split; auto; lra. field. lra.
Qed.
(* logistic(2 u) = (1 + tanh u) / 2 *)
Lemma logistic_tanh u : logistic (2 * u) = / 2 * (1 + tanh u).
Proof.
  unfold logistic, tanh, sinh, cosh. pose proof (exp_pos u) as A. pose proof (exp_pos (- u)) as B.
  replace (- (2 * u)) with (- u + - u) by ring. rewrite exp_plus.
  assert (E : exp u * exp (- u) = 1) by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
  set (a := exp u) in *. set (b := exp (- u)) in *.
  replace (/ 2 * (1 + (a - b) / 2 / ((a + b) / 2))) with (a / (a + b)) by (field; lra).
  assert (F : a + b = a * (1 + b * b)).
  { replace (a * (1 + b * b)) with (a + b * (a * b)) by ring. rewrite E. ring. }
  rewrite F. pose proof (Rmult_lt_0_compat b b B B). field. lra.
Qed.

(* ---- rounding ---- *)
(* floor x = n on [n, n + 1) *)
Lemma floor_unique x (n : Z) : IZR n <= x < IZR n + 1 -> Rfloor x = IZR n.
Proof.
  intros [H K]. unfold Rfloor. f_equal. destruct (base_Int_part x) as [A B].
  assert (IZR (Int_part x) < IZR (n + 1)) by (rewrite plus_IZR; lra).
  assert (IZR n < IZR (Int_part x + 1)) by (rewrite plus_IZR; lra).
  apply lt_IZR in H0. apply lt_IZR in H1. lia.
Qed.
(* Every x lies in such an interval. *)
Lemma floor_bounds x : exists n : Z, IZR n <= x < IZR n + 1.
Proof. exists (Int_part x). destruct (base_Int_part x). lra. Qed.
Lemma floor_below x : Rfloor x <= x.
Proof. unfold Rfloor. apply base_Int_part. Qed.
Lemma floor_nonneg x : 0 <= x -> 0 <= Rfloor x.
Proof.
  intros H. destruct (floor_bounds x) as (n & A & B). rewrite (floor_unique x n) by auto.
  assert (0 < n + 1)%Z by (apply lt_IZR; rewrite plus_IZR; lra). apply IZR_le. lia.
Qed.
(* Off the whole numbers floor is flat, *)
Lemma floor_slope x : (forall n, x <> IZR n) -> is_derive Rfloor x 0.
Proof.
  intros N. destruct (floor_bounds x) as (n & A & B). pose proof (N n).
  apply (flat_between Rfloor (IZR n) x (IZR n + 1) (IZR n)). lra. intros y Y. apply floor_unique. lra.
Qed.
(* and so is ceil; *)
Lemma ceil_slope x : (forall n, x <> IZR n) -> is_derive (fun x => - Rfloor (- x)) x 0.
Proof.
  intros N. destruct (floor_bounds x) as (n & A & B). pose proof (N n).
  apply (flat_between _ (IZR n) x (IZR n + 1) (IZR n + 1)). lra. intros y Y.
  rewrite (floor_unique (- y) (- n - 1)); rewrite minus_IZR, opp_IZR; lra.
Qed.
(* towards 0: flat off the whole numbers other than 0. *)
Lemma trunc_flat x : (forall n, n <> 0%Z -> x <> IZR n) ->
  exists a b, a < x < b /\ forall y, a < y < b -> sem_trunc Rscal y = sem_trunc Rscal x.
Proof.
  intros N. assert (E : forall a b c, a < x < b -> (forall y, a < y < b -> sem_trunc Rscal y = c) ->
    exists a b, a < x < b /\ forall y, a < y < b -> sem_trunc Rscal y = sem_trunc Rscal x).
  { intros a b c H K. exists a, b. split; auto. intros y Y. rewrite (K y), (K x); auto. }
  unfold sem_trunc. cbn [sltb sneg s0 sfloor Rscal].
  destruct (Rlt_le_dec x 1) as [U|U]; [destruct (Rlt_le_dec (-1) x) as [L|L]|].
  - apply (E (-1) 1 0). lra. intros y Y. unfold sem_trunc; cbn [sltb sneg s0 sfloor Rscal].
    destruct (Rltb y 0) eqn:S; [apply Rltb_true in S|apply Rltb_false in S].
    rewrite (floor_unique (- y) 0); lra. rewrite (floor_unique y 0); lra.
  - destruct (floor_bounds (- x)) as (n & A & B).
    assert (- x <> IZR n). { intros Q. apply (N (- n)%Z). intros Z. assert (n = 0)%Z by lia. subst; lra.
      rewrite opp_IZR; lra. }
    assert (1 <= IZR n). { apply IZR_le. assert (0 < n)%Z; [|lia]. apply lt_IZR. lra. }
    apply (E (- IZR n - 1) (- IZR n) (- IZR n)). lra. intros y Y.
    unfold sem_trunc; cbn [sltb sneg s0 sfloor Rscal].
    rewrite (proj2 (Rltb_true y 0)) by lra. rewrite (floor_unique (- y) n); lra.
  - destruct (floor_bounds x) as (n & A & B).
    assert (0 < n)%Z by (apply lt_IZR; lra). pose proof (N n ltac:(lia)). pose proof (IZR_le 1 n ltac:(lia)).
    apply (E (IZR n) (IZR n + 1) (IZR n)). lra. intros y Y.
    unfold sem_trunc; cbn [sltb sneg s0 sfloor Rscal].
    rewrite (proj2 (Rltb_false y 0)) by lra. rewrite (floor_unique y n); lra.
Qed.
(* To the nearest: within 1/2 of n, both roundings give n. *)
Lemma round_afz_unique x (n : Z) : IZR n - 1 / 2 < x < IZR n + 1 / 2 -> sem_round_afz Rscal x = IZR n.
Proof.
  intros H. unfold sem_round_afz, shalf. cbn [sltb sneg s0 sfloor sadd sofQ Rscal].
  destruct (Rltb x 0).
  - rewrite (floor_unique (- x + 1 / 2) (- n)); rewrite opp_IZR; lra.
  - rewrite (floor_unique (x + 1 / 2) n); lra.
Qed.
Lemma round_even_unique x (n : Z) : IZR n - 1 / 2 < x < IZR n + 1 / 2 -> sem_round_even Rscal x = IZR n.
Proof.
  intros H. unfold sem_round_even, shalf, stwo, ssub. cbn [sneg sfloor sadd sofQ Rscal].
  rewrite (floor_unique (x + 1 / 2) n) by lra.
  destruct (seqb Rscal _ _) eqn:E; auto. apply seqb_R in E. lra.
Qed.
Lemma nearest_flat (f : R -> R) x : (forall y n, IZR n - 1 / 2 < y < IZR n + 1 / 2 -> f y = IZR n) ->
  (forall n, x <> IZR n + 1 / 2) -> is_derive f x 0.
Proof.
  intros F N. destruct (floor_bounds (x + 1 / 2)) as (n & A & B).
  pose proof (N (n - 1)%Z) as Q. rewrite minus_IZR in Q.
  apply (flat_between f (IZR n - 1 / 2) x (IZR n + 1 / 2) (IZR n)). lra. intros y Y. apply F; auto.
Qed.
(* The sign is flat off 0. *)
Lemma sign_slope x : x <> 0 -> is_derive (sem_unary Rscal Sign) x 0.
Proof.
  intros N. destruct (Rlt_le_dec x 0) as [H|H].
  - apply (flat_between _ (x - 1) x 0 (-1)). lra. intros y Y. simpl.
    rewrite (proj2 (Rltb_true y 0)) by lra. lra.
  - apply (flat_between _ 0 x (x + 1) 1). lra. intros y Y. simpl.
    rewrite (proj2 (Rltb_false y 0)), (proj2 (Rltb_true 0 y)) by lra. auto.
Qed.

(* ---- roots and logarithms ---- *)
Lemma expm1_slope x : is_derive (fun x => exp x - 1) x (exp x - 1 + 1).
Proof. auto_derive; auto. lra. Qed.
Lemma log1p_slope x : -1 < x -> is_derive (fun x => ln (1 + x)) x (/ (1 + x)).
Proof. intros H. auto_derive. lra. field. lra. Qed.
(* y^3 = x gives 3 y^2 dy = dx. *)
Lemma cbrt_pos_slope x : 0 < x ->
  is_derive (sem_cbrt_pos Rscal) x (/ (3 * (sem_cbrt_pos Rscal x * sem_cbrt_pos Rscal x))).
Proof.
  intros P. unfold sem_cbrt_pos. cbn [sexp sdiv slog sofQ Rscal]. set (y := exp (ln x / (3 / 1))).
  assert (Y : 0 < y) by apply exp_pos.
  assert (C : y * y * y = x).
  { unfold y. rewrite <- !exp_plus.
    replace (ln x / (3 / 1) + ln x / (3 / 1) + ln x / (3 / 1)) with (ln x) by field. apply exp_ln; auto. }
  auto_derive; auto. change (exp (ln x * / (3 / 1))) with y.
  replace (/ x) with (/ (y * y * y)) by (rewrite C; auto). field. lra.
Qed.
Lemma cbrt_slope x : x <> 0 -> let y := sem_unary Rscal Cbrt x in
  is_derive (sem_unary Rscal Cbrt) x (/ (3 * (y * y))).
Proof.
  intros N. destruct (Rlt_le_dec x 0) as [H|H].
  - pose proof (cbrt_pos_slope (- x) ltac:(lra)) as D.
    apply (is_derive_between _ (fun x => - sem_cbrt_pos Rscal (- x)) (x - 1) x 0). lra.
    { intros y Y. cbn [sem_unary sltb s0 sneg Rscal]. rewrite (proj2 (Rltb_true y 0)) by lra. auto. }
    cbn [sem_unary sltb s0 sneg Rscal]. rewrite (proj2 (Rltb_true x 0)) by lra. set (y := sem_cbrt_pos Rscal (- x)) in *.
    replace (/ (3 * (- y * - y))) with (- (-1 * / (3 * (y * y)))).
    2:{ replace (- y * - y) with (y * y) by ring. ring. }
    apply (is_derive_opp (fun x => sem_cbrt_pos Rscal (- x)) x (-1 * / (3 * (y * y)))).
    apply (is_derive_comp (sem_cbrt_pos Rscal) (fun x => - x) x (/ (3 * (y * y))) (-1) D). auto_derive; auto.
  - apply (is_derive_between _ (sem_cbrt_pos Rscal) 0 x (x + 1)). lra.
    { intros y Y. cbn [sem_unary sltb s0 sneg Rscal]. rewrite (proj2 (Rltb_false y 0)), (proj2 (Rltb_true 0 y)) by lra. auto. }
    cbn [sem_unary sltb s0 sneg Rscal]. rewrite (proj2 (Rltb_false x 0)), (proj2 (Rltb_true 0 x)) by lra. apply cbrt_pos_slope. lra.
Qed.

(* ---- trigonometric functions ---- *)
(* tan' = (cos^2 + sin^2) / cos^2 = 1 + tan^2 *)
Lemma tan_slope x : cos x <> 0 -> is_derive (fun x => sin x / cos x) x (1 + sin x / cos x * (sin x / cos x)).
Proof.
  intros C. replace (1 + _) with ((cos x * cos x - sin x * - sin x) / cos x ^ 2) by (field; auto).
  apply is_derive_div; auto; apply is_derive_Reals. apply derivable_pt_lim_sin. apply derivable_pt_lim_cos.
Qed.
(* arctan' = 1 / (1 + x^2), after u *)
Lemma atan_slope x : is_derive atan x (/ (1 + x * x)).
Proof.
  replace (x * x) with (x ^ 2) by ring. apply is_derive_Reals, derivable_pt_lim_atan.
Qed.
Lemma atan_comp_slope u x du : is_derive u x du -> is_derive (fun x => atan (u x)) x (du / (1 + u x * u x)).
Proof. intros D. apply (is_derive_comp atan u x _ du (atan_slope (u x)) D). Qed.
Lemma times_slope k (f : R -> R) x l : is_derive f x l -> is_derive (fun x => k * f x) x (k * l).
Proof. apply (is_derive_scal f x k l). Qed.
Lemma below_one x : -1 < x < 1 -> 0 < 1 - x * x.
Proof. intros H. replace (1 - x * x) with ((1 - x) * (1 + x)) by ring. apply Rmult_lt_0_compat; lra. Qed.
(* arcsin' = 1 / (1 - x^2)^(1/2) *)
Definition asin_slope_at (x : R) : R := 1 / sqrt ((1 - x) * (1 + x)).
Lemma asin_slope x : -1 < x < 1 -> is_derive (sem_asin Rscal) x (asin_slope_at x).
Proof.
  intros H. pose proof (below_one x H) as P. unfold sem_asin, stwo, ssub, asin_slope_at.
  cbn [smul satan sdiv sadd sneg s1 ssqrt sofQ Rscal].
  replace ((1 - x) * (1 + x)) with (1 - x * x) by ring. set (w := sqrt (1 - x * x)).
  assert (W : 0 < w) by (apply sqrt_lt_R0; auto). assert (WW : w * w = 1 - x * x) by (apply sqrt_sqrt; lra).
  assert (D : is_derive (fun x => x / (1 + sqrt (1 + - (x * x)))) x (/ (w * (1 + w)))).
  { auto_derive.
    - change (1 + - (x * x)) with (1 - x * x). fold w. repeat split; auto; lra.
    - change (1 + - (x * x)) with (1 - x * x). fold w.
      replace (/ (w * (1 + w))) with ((w * w + w + x * x) / (w * (1 + w) ^ 2)).
      field. lra. rewrite WW. field. lra. }
  apply atan_comp_slope in D. apply (times_slope (2 / 1)) in D.
  refine (eq_rect _ (fun d => is_derive _ x d) D (1 / w) _).
  as_reals.
  change (1 + - (x * x)) with (1 - x * x). fold w.
  replace (1 + x / (1 + w) * (x / (1 + w))) with (2 / (1 + w)).
  field. lra.
  replace (x / (1 + w) * (x / (1 + w))) with (x * x / (1 + w) ^ 2) by (field; lra).
  replace (x * x) with (1 - w * w) by lra. field. lra.
Qed.

(* ---- hyperbolic functions ---- *)
Lemma sinh_slope x : is_derive (sem_unary Rscal Sinh) x (sem_unary Rscal Cosh x).
Proof.
  apply (is_derive_ext (fun x => (exp x + - exp (- x)) / (2 / 1))). reflexivity.
  simpl. unfold stwo. simpl. auto_derive; auto. as_reals. field.
Qed.
Lemma cosh_slope x : is_derive (sem_unary Rscal Cosh) x (sem_unary Rscal Sinh x).
Proof.
  apply (is_derive_ext (fun x => (exp x + exp (- x)) / (2 / 1))). reflexivity.
  simpl. unfold ssub, stwo. simpl. auto_derive; auto. as_reals. field.
Qed.
(* x + (x^2 + 1)^(1/2) > 0 *)
Lemma asinh_inside x : 0 < x + sqrt (x * x + 1).
Proof.
  pose proof (Rle_0_sqr x) as Q. unfold Rsqr in Q. assert (P : 0 < sqrt (x * x + 1)) by (apply sqrt_lt_R0; lra).
  destruct (Rle_lt_dec 0 x). lra. assert (- x < sqrt (x * x + 1)); [|lra].
  replace (- x) with (sqrt ((- x) * (- x))) by (apply sqrt_square; lra). apply sqrt_lt_1; lra.
Qed.
Lemma asinh_slope x : is_derive (fun x => ln (x + sqrt (x * x + 1))) x (1 / sqrt (x * x + 1)).
Proof.
  pose proof (Rle_0_sqr x) as Q. unfold Rsqr in Q. pose proof (asinh_inside x).
  assert (P : 0 < sqrt (x * x + 1)) by (apply sqrt_lt_R0; lra). auto_derive. repeat split; auto; lra. field. lra.
Qed.
Lemma acosh_slope x : 1 < x -> is_derive (fun x => ln (x + sqrt (x * x + - (1)))) x (1 / sqrt ((x - 1) * (x + 1))).
Proof.
  intros H. replace ((x - 1) * (x + 1)) with (x * x + - (1)) by ring.
  assert (Q : 0 < x * x + - (1)). { assert (1 * 1 < x * x) by (apply Rmult_gt_0_lt_compat; lra). lra. }
  assert (P : 0 < sqrt (x * x + - (1))) by (apply sqrt_lt_R0; auto).
  auto_derive. repeat split; auto; lra. field. lra.
Qed.
Lemma atanh_slope x : -1 < x < 1 ->
  is_derive (fun x => 1 / 2 * ln ((1 + x) / (1 + - x))) x (/ ((1 - x) * (1 + x))).
Proof.
  intros H. auto_derive. repeat split; try lra. apply Rdiv_lt_0_compat; lra. field. lra.
Qed.
