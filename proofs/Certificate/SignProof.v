(* The sign analysis is sound: numbers, elementwise ops, constants. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Pointwise Base.Erf Ops.UnarySlopes Certificate.Sign.
Import ListNotations.
Open Scope R_scope.

(* ---- levels ---- *)
Definition lv (l : level) (x : R) : Prop :=
  match l with Unknown => True | Nonnegative => 0 <= x | Positive => 0 < x end.
(* What is known not to be negative is not, *)
Lemma lv_nonneg l x : lv l x -> nonneg l = true -> 0 <= x.
Proof. destruct l; simpl; intros; try discriminate; lra. Qed.
(* and what is known to be positive is. *)
Lemma lv_positive l x : lv l x -> positive_ l = true -> 0 < x.
Proof. destruct l; simpl; intros; try discriminate; lra. Qed.
(* Equal numbers have equal levels. *)
Lemma lv_eq l x y : lv l x -> x = y -> lv l y.
Proof. intros; subst; auto. Qed.
(* A level of two tests says what each says. *)
Lemma lv_of p n x : (p = true -> 0 < x) -> (n = true -> 0 <= x) -> lv (level_of p n) x.
Proof. unfold level_of. destruct p; simpl; auto. destruct n; simpl; auto. Qed.
(* Both are known: the best of them holds. *)
Lemma lv_best a b x : lv a x -> lv b x -> lv (best a b) x.
Proof. destruct a, b; simpl; auto. Qed.
(* One is known: the weakest of it and any other holds, *)
Lemma lv_weakest_l a b x : lv a x -> lv (weakest a b) x.
Proof. destruct a, b; simpl; auto; lra. Qed.
(* on either side. *)
Lemma lv_weakest_r a b x : lv b x -> lv (weakest a b) x.
Proof. destruct a, b; simpl; auto; lra. Qed.
(* x >= 0 and y >= 0 give x + y >= 0, and > 0 if one of them is; *)
Lemma lv_sum a b x y z : lv a x -> lv b y -> x + y = z -> lv (sum_level a b) z.
Proof. intros H K <-. destruct a, b; simpl in *; auto; lra. Qed.
(* x y >= 0, and > 0 if both are. *)
Lemma lv_product a b x y z : lv a x -> lv b y -> x * y = z -> lv (product_level a b) z.
Proof.
  intros H K <-. destruct a, b; simpl in *; auto; try (apply Rmult_le_pos; lra).
  apply Rmult_lt_0_compat; auto.
Qed.
(* A positive factor changes no sign. *)
Lemma lv_scaled l x k y : lv l x -> 0 < k -> x * k = y -> lv l y.
Proof.
  intros H K <-. destruct l; simpl in *; auto.
  apply Rmult_le_pos; lra. apply Rmult_lt_0_compat; auto.
Qed.
(* A function that keeps 0, and keeps what is positive positive. *)
Lemma lv_map l (f : R -> R) x : f 0 = 0 -> (0 < x -> 0 < f x) -> lv l x -> lv l (f x).
Proof.
  intros Z P. destruct l; simpl; auto. intros H.
  destruct (Rle_lt_or_eq_dec _ _ H) as [L| <-]; [left; auto|lra].
Qed.
(* The level of a whole number. *)
Lemma lv_level_Z z : lv (level_Z z) (IZR z).
Proof. apply lv_of; intros H. apply IZR_lt; lia. apply IZR_le; lia. Qed.

Global Arguments level_of : simpl never.
Global Arguments best : simpl never.
Global Arguments weakest : simpl never.
Global Arguments sum_level : simpl never.
Global Arguments product_level : simpl never.
Global Arguments level_Z : simpl never.

(* ---- what a sign says of a number, and of all elements of a value ---- *)
Definition sat (a : sgn) (x : R) : Prop :=
  lv (s_pos a) x /\ lv (s_neg a) (- x) /\ lv (s_under a) (1 - x) /\ lv (s_over a) (x - 1).
Definition holds (a : sgn) (s : shape) (t : tensor) : Prop := forall i, inb s i = true -> sat a (t i).
Fixpoint holds_all (ss : list sgn) (hs : list shape) (vs : list tensor) : Prop :=
  match ss, hs, vs with
  | a :: ss, h :: hs, v :: vs => holds a h v /\ holds_all ss hs vs
  | [], [], [] => True
  | _, _, _ => False
  end.
(* Nothing is claimed. *)
Lemma sat_anything x : sat anything x.
Proof. repeat split. Qed.
(* 0 or 1 *)
Lemma sat_truth b : sat truth_value (sbool Rscal b).
Proof. unfold sat; destruct b; simpl; repeat split; auto; lra. Qed.
(* What is known of one branch or the other holds of the one, *)
Lemma sat_either_l a b x : sat a x -> sat (either a b) x.
Proof. intros (A & B & C & D). repeat split; apply lv_weakest_l; auto. Qed.
(* and of the other. *)
Lemma sat_either_r a b x : sat b x -> sat (either a b) x.
Proof. intros (A & B & C & D). repeat split; apply lv_weakest_r; auto. Qed.
(* A number of known strict sign is not zero. *)
Lemma sat_nonzero a x : sat a x -> nonzero a = true -> x <> 0.
Proof.
  intros (A & B & _) H. apply orb_prop in H as [H|H].
  pose proof (lv_positive _ _ A H); lra. pose proof (lv_positive _ _ B H); lra.
Qed.
(* A number known to be positive is. *)
Lemma sat_positive a x : sat a x -> positive_ (s_pos a) = true -> 0 < x.
Proof. intros (A & _). apply lv_positive; auto. Qed.

(* ---- unary ops ---- *)
(* e^x is below 1 where x is negative *)
Lemma exp_below x : x < 0 -> exp x < 1.
Proof. intros. rewrite <- exp_0. apply exp_increasing; auto. Qed.
(* 1 - e^x has the sign of -x; *)
Lemma lv_exp_under l x : lv l (- x) -> lv l (1 - exp x).
Proof.
  intros H. apply (lv_map l (fun y => 1 - exp (- y))) in H. rewrite Ropp_involutive in H; auto.
  rewrite Ropp_0, exp_0; lra. intros P. pose proof (exp_below (- - x)). lra.
Qed.
(* e^x - 1 has that of x. *)
Lemma lv_exp_over l x : lv l x -> lv l (exp x - 1).
Proof.
  apply (lv_map l (fun y => exp y - 1)). rewrite exp_0; lra.
  intros P. rewrite <- exp_0. pose proof (exp_increasing 0 x P). lra.
Qed.
(* cosh x = (e^x + e^-x) / 2 > 0 *)
Lemma cosh_pos x : 0 < cosh x.
Proof. unfold cosh. pose proof (exp_pos x). pose proof (exp_pos (- x)). lra. Qed.
(* tanh keeps signs, *)
Lemma lv_tanh l x : lv l x -> lv l (tanh x).
Proof.
  apply (lv_map l tanh). unfold tanh, sinh. rewrite Ropp_0. lra.
  intros P. unfold tanh. apply Rdiv_lt_0_compat; [|apply cosh_pos]. unfold sinh.
  pose proof (exp_increasing (- x) x). lra.
Qed.
(* is odd, *)
Lemma tanh_odd x : tanh (- x) = - tanh x.
Proof.
  unfold tanh, sinh, cosh. rewrite Ropp_involutive. pose proof (exp_pos x). pose proof (exp_pos (- x)).
  field. lra.
Qed.
(* and is below 1: 1 - tanh x = e^-x / cosh x. *)
Lemma tanh_below x : tanh x < 1.
Proof.
  pose proof (cosh_pos x). assert (E : 1 - tanh x = exp (- x) / cosh x).
  { unfold tanh. unfold sinh, cosh in *. field. lra. }
  pose proof (Rdiv_lt_0_compat _ _ (exp_pos (- x)) H). lra.
Qed.
(* x > 0 and 1 / (1 + e^-x) in (0, 1) *)
Lemma logistic_bounds x : 0 < 1 / (1 + exp (- x)) < 1.
Proof.
  pose proof (exp_pos (- x)). split. apply Rdiv_lt_0_compat; lra.
  assert (E : 1 - 1 / (1 + exp (- x)) = exp (- x) / (1 + exp (- x))) by (field; lra).
  pose proof (Rdiv_lt_0_compat (exp (- x)) (1 + exp (- x))). lra.
Qed.
(* erf keeps signs, and 1 - erf(-x) = 1 + erf x. *)
Lemma lv_erf l x : lv l x -> lv l (erf x).
Proof. apply (lv_map l erf). apply erf_0. apply erf_positive. Qed.
(* e^x - 1 and ln(1 + x) have the sign of x. *)
Lemma lv_expm1_opp l x : lv l (- x) -> lv l (- (exp x - 1)).
Proof. intros H. apply (lv_eq l (1 - exp x)); [|lra]. apply lv_exp_under; auto. Qed.
Lemma lv_log1p l x : lv l x -> lv l (ln (1 + x)).
Proof.
  apply (lv_map l (fun y => ln (1 + y))). rewrite Rplus_0_r; apply ln_1. intros P. rewrite <- ln_1.
  apply ln_increasing; lra.
Qed.
(* So has arctan, *)
Lemma lv_atan l x : lv l x -> lv l (atan x).
Proof. apply (lv_map l atan). apply atan_0. intros P. rewrite <- atan_0. apply atan_increasing; auto. Qed.
(* the cube root, *)
Lemma cbrt_odd x : sem_unary Rscal Cbrt (- x) = - sem_unary Rscal Cbrt x.
Proof.
  cbn [sem_unary sltb s0 sneg Rscal]. rewrite Ropp_involutive.
  destruct (Rltb x 0) eqn:A, (Rltb 0 x) eqn:B, (Rltb (- x) 0) eqn:C, (Rltb 0 (- x)) eqn:D;
    repeat match goal with
    | H : Rltb _ _ = true |- _ => apply Rltb_true in H | H : Rltb _ _ = false |- _ => apply Rltb_false in H
    end; lra.
Qed.
Lemma lv_cbrt l x : lv l x -> lv l (sem_unary Rscal Cbrt x).
Proof.
  apply (lv_map l (sem_unary Rscal Cbrt)); cbn [sem_unary sltb s0 sneg Rscal].
  - rewrite Rltb_false_01; auto.
  - intros P. rewrite (proj2 (Rltb_false x 0)), (proj2 (Rltb_true 0 x)) by lra. apply exp_pos.
Qed.
(* sinh, and asinh where x is not negative. *)
Lemma sinh_opp x : (exp (- x) + - exp (- - x)) / (2 / 1) = - ((exp x + - exp (- x)) / (2 / 1)).
Proof. rewrite Ropp_involutive. field. Qed.
Lemma lv_sinh l x : lv l x -> lv l ((exp x + - exp (- x)) / (2 / 1)).
Proof.
  apply (lv_map l (fun x => (exp x + - exp (- x)) / (2 / 1))). rewrite Ropp_0. field.
  intros P. apply Rdiv_lt_0_compat; [|lra]. pose proof (exp_increasing (- x) x). lra.
Qed.
Lemma lv_asinh l x : lv l x -> lv l (ln (x + sqrt (x * x + 1))).
Proof.
  apply (lv_map l (fun x => ln (x + sqrt (x * x + 1)))).
  - replace (0 + sqrt (0 * 0 + 1)) with 1. apply ln_1. replace (0 * 0 + 1) with 1 by ring. rewrite sqrt_1. ring.
  - intros P. rewrite <- ln_1. apply ln_increasing. lra.
    assert (1 < sqrt (x * x + 1)); [|lra]. rewrite <- sqrt_1 at 1.
    apply sqrt_lt_1; try lra. pose proof (Rmult_lt_0_compat x x P P). lra.
    pose proof (Rmult_lt_0_compat x x P P). lra.
Qed.
(* cosh x = 1 + (e^(x/2) - e^(-x/2))^2 / 2 *)
Lemma cosh_bounds x : 1 <= (exp x + exp (- x)) / (2 / 1).
Proof.
  pose proof (Rle_0_sqr (exp (x / 2) - exp (- (x / 2)))) as Q. unfold Rsqr in Q.
  assert (A : exp (x / 2) * exp (x / 2) = exp x) by (rewrite <- exp_plus; f_equal; field).
  assert (B : exp (- (x / 2)) * exp (- (x / 2)) = exp (- x)) by (rewrite <- exp_plus; f_equal; field).
  assert (C : exp (x / 2) * exp (- (x / 2)) = 1) by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
  assert (E : (exp (x / 2) - exp (- (x / 2))) * (exp (x / 2) - exp (- (x / 2))) = exp x - 2 + exp (- x)).
  { transitivity (exp (x / 2) * exp (x / 2) - 2 * (exp (x / 2) * exp (- (x / 2)))
                  + exp (- (x / 2)) * exp (- (x / 2))). ring. rewrite A, B, C. ring. }
  rewrite E in Q. lra.
Qed.
(* floor x <= x <= ceil x, and both keep what is not negative or not positive. *)
Lemma lv_floor l x : lv l x -> lv (many l) (Rfloor x).
Proof.
  destruct l; simpl; auto; intros H; unfold many, level_of; simpl; apply floor_nonneg; lra.
Qed.
Lemma lv_above l x y : lv l x -> x <= y -> lv l y.
Proof. destruct l; simpl; auto; intros; lra. Qed.
(* A positive factor keeps the sign. *)
Lemma sat_gated a x k : sat a x -> 0 < k -> sat (Sgn (s_pos a) (s_neg a) Unknown Unknown) (x * k).
Proof.
  intros (A & B & _) K. repeat split; simpl. apply (lv_scaled _ x k); auto.
  apply (lv_scaled _ (- x) k); auto. ring.
Qed.
(* The table of unary ops is true. *)
Lemma sat_unary u a x : sat a x -> sat (sign_unary u a) (sem_unary Rscal u x).
Proof.
  intros S. pose proof (sat_nonzero a x S) as NZ. pose proof (sat_positive a x S) as P.
  destruct S as (A & B & C & D). destruct u; try apply sat_anything; unfold sign_unary, sat; simpl.
  - repeat split; auto. apply lv_of; [intros H; specialize (NZ H)|intros _]; destruct (Rltb x 0) eqn:E;
      [apply Rltb_true in E|apply Rltb_false in E|apply Rltb_true in E|apply Rltb_false in E]; lra.
  - repeat split; auto. rewrite Ropp_involutive; auto.
  - repeat split. apply exp_pos. apply lv_exp_under; auto. apply lv_exp_over; auto.
  - pose proof (logistic_bounds x). repeat split; lra.
  - pose proof (tanh_below x). repeat split; auto; try lra. apply lv_tanh; auto.
    rewrite <- tanh_odd. apply lv_tanh; auto.
  - repeat split. apply lv_of; intros H. apply sqrt_lt_R0; auto. apply sqrt_pos.
  - repeat split. apply lv_of; intros H; [|discriminate]. apply Rdiv_lt_0_compat; [lra|].
    apply sqrt_lt_R0; auto.
  - pose proof (SIN_bound x). repeat split; lra.
  - pose proof (COS_bound x). repeat split; lra.
  - apply sat_truth.
  - repeat split. apply lv_exp_over; auto. apply lv_expm1_opp; auto.
  - repeat split. apply lv_log1p; auto.
  - repeat split. apply lv_cbrt; auto.
    apply (lv_eq _ (sem_unary Rscal Cbrt (- x))); [apply lv_cbrt; auto|apply cbrt_odd].
  - pose proof (floor_below x). repeat split. apply lv_floor; auto. apply (lv_above _ _ _ B); lra.
    apply (lv_above _ _ _ C); lra.
  - pose proof (floor_below (- x)). repeat split. apply (lv_above _ _ _ A); lra. rewrite Ropp_involutive.
    apply lv_floor; auto. apply (lv_above _ _ _ D); lra.
  - repeat split.
    + destruct (Rltb x 0) eqn:E, (Rltb 0 x) eqn:G; try apply Rltb_true in E; try apply Rltb_false in E;
        try apply Rltb_true in G; try apply Rltb_false in G; auto; destruct (s_pos a); simpl in *; auto; lra.
    + destruct (Rltb x 0) eqn:E, (Rltb 0 x) eqn:G; try apply Rltb_true in E; try apply Rltb_false in E;
        try apply Rltb_true in G; try apply Rltb_false in G; auto; destruct (s_neg a); simpl in *; auto; lra.
    + destruct (Rltb x 0) eqn:E, (Rltb 0 x) eqn:G; try apply Rltb_true in E; try apply Rltb_false in E;
        try apply Rltb_true in G; try apply Rltb_false in G; lra.
  - pose proof (erf_below x). repeat split; try lra. apply lv_erf; auto. rewrite <- erf_odd. apply lv_erf; auto.
  - pose proof (erf_below x). repeat split; try lra.
    + apply (lv_eq _ (erf x)); [apply lv_erf; auto|unfold ssub; simpl; lra].
    + apply (lv_eq _ (- erf x)); [rewrite <- erf_odd; apply lv_erf; auto|unfold ssub; simpl; lra].
  - repeat split. apply lv_atan; auto. rewrite <- atan_opp. apply lv_atan; auto.
  - repeat split. apply lv_sinh; auto. rewrite <- sinh_opp. apply lv_sinh; auto.
  - pose proof (cosh_bounds x). repeat split; lra.
  - repeat split. apply lv_asinh; auto.
  - apply sat_gated; [repeat split; auto|]. pose proof (logistic_bounds x). unfold sem_logistic; simpl; lra.
  - apply sat_gated; [repeat split; auto|]. unfold sem_normal_cdf, ssub, shalf; simpl.
    match goal with |- context [erf ?y] => pose proof (erf_below y) end. lra.
  - apply sat_gated; [repeat split; auto|]. unfold sem_tanh_gate, sem_logistic; simpl.
    match goal with |- context [exp (- ?y)] => pose proof (logistic_bounds y) end. lra.
Qed.

(* ---- binary ops ---- *)
Ltac by_sums := repeat first [ apply lv_best | eapply lv_sum; [eassumption|eassumption|lra] ].
(* The sign of a difference: x - y = x + (-y) = (x - 1) + (1 - y). *)
Lemma sat_subtract a b x y : sat a x -> sat b y -> sat (sign_subtract a b) (x - y).
Proof.
  intros (A & B & C & D) (A' & B' & C' & D'). unfold sat, sign_subtract; simpl. repeat split; by_sums.
Qed.
(* x y from equal signs, *)
Lemma lv_product_sign a b x y : sat a x -> sat b y -> lv (product_sign a b) (x * y).
Proof.
  intros (A & B & C & D) (A' & B' & C' & D'). apply lv_best.
  eapply lv_product; eauto. eapply lv_product; [exact B|exact B'|lra].
Qed.
(* and - x y from opposite ones. *)
Lemma lv_product_opposite a b x y : sat a x -> sat b y -> lv (product_opposite a b) (- (x * y)).
Proof.
  intros (A & B & C & D) (A' & B' & C' & D'). apply lv_best.
  eapply lv_product; [exact A|exact B'|lra]. eapply lv_product; [exact B|exact A'|lra].
Qed.
(* The sign of a product; x x is a square. *)
Lemma sat_multiply same a b x y : sat a x -> sat b y -> (same = true -> x = y) ->
  sat (sign_binary Multiply same a b) (x * y).
Proof.
  intros Sx Sy E. pose proof (lv_product_sign _ _ _ _ Sx Sy). pose proof (lv_product_opposite _ _ _ _ Sx Sy).
  destruct Sx as (A & B & C & D), Sy as (A' & B' & C' & D'). unfold sat; simpl. repeat split; auto.
  - apply lv_best; auto. apply lv_of; [discriminate|]. intros Q. rewrite (E Q). apply Rle_0_sqr.
  - eapply lv_sum; [exact C|eapply lv_product; [exact A|exact C'|reflexivity]|lra].
  - eapply lv_sum; [exact D|eapply lv_product; [exact A|exact D'|reflexivity]|lra].
Qed.
(* The sign of a quotient, where the divisor has a strict sign. *)
Lemma sat_divide same a b x y : sat a x -> sat b y -> sat (sign_binary Divide same a b) (x / y).
Proof.
  intros (A & B & C & D) (A' & B' & C' & D'). simpl.
  destruct (positive_ (s_pos b)) eqn:P; [|destruct (positive_ (s_neg b)) eqn:N]; [| |apply sat_anything].
  - pose proof (Rinv_0_lt_compat _ (lv_positive _ _ A' P)). repeat split; simpl;
      eapply lv_scaled; eauto; unfold Rdiv; lra.
  - pose proof (lv_positive _ _ B' N) as Y. pose proof (Rinv_0_lt_compat _ Y).
    repeat split; simpl; eapply lv_scaled; eauto; field; lra.
Qed.
(* The sign of max(x, y) *)
Lemma sat_maximum same a b x y : sat a x -> sat b y -> sat (sign_binary Maximum same a b) (smax Rscal x y).
Proof.
  intros (A & B & C & D) (A' & B' & C' & D'). unfold smax; simpl.
  destruct (Rltb x y) eqn:E; [apply Rltb_true in E|apply Rltb_false in E]; repeat split; simpl;
    try (apply lv_weakest_l; assumption); try (apply lv_weakest_r; assumption); apply lv_best; auto.
  - destruct (s_pos a); simpl in *; auto; lra.
  - destruct (s_over a); simpl in *; auto; lra.
  - destruct (s_pos b); simpl in *; auto; lra.
  - destruct (s_over b); simpl in *; auto; lra.
Qed.
(* and of min(x, y). *)
Lemma sat_minimum same a b x y : sat a x -> sat b y -> sat (sign_binary Minimum same a b) (smin Rscal x y).
Proof.
  intros (A & B & C & D) (A' & B' & C' & D'). unfold smin; simpl.
  destruct (Rltb y x) eqn:E; [apply Rltb_true in E|apply Rltb_false in E]; repeat split; simpl;
    try (apply lv_weakest_l; assumption); try (apply lv_weakest_r; assumption); apply lv_best; auto.
  - destruct (s_neg a); simpl in *; auto; lra.
  - destruct (s_under a); simpl in *; auto; lra.
  - destruct (s_neg b); simpl in *; auto; lra.
  - destruct (s_under b); simpl in *; auto; lra.
Qed.
(* The table of binary ops is true. *)
Lemma sat_binary o same a b x y : sat a x -> sat b y -> (same = true -> x = y) ->
  sat (sign_binary o same a b) (sem_binary Rscal o x y).
Proof.
  intros Sx Sy E. destruct o.
  - destruct Sx as (A & B & C & D), Sy as (A' & B' & C' & D'). unfold sat; simpl. repeat split; by_sums.
  - apply sat_subtract; auto.
  - apply sat_multiply; auto.
  - apply sat_divide; auto.
  - apply sat_maximum; auto.
  - apply sat_minimum; auto.
  - repeat split. apply lv_of; [|discriminate]. intros _. apply exp_pos.
  - apply sat_truth.
  - apply sat_truth.
  - apply sat_truth.
  - apply sat_anything.
  - apply sat_anything.
Qed.

(* ---- constants ---- *)
(* Up to a positive factor, the value is its mantissa. *)
Lemma sat_decimal d : sat (sign_decimal d) (sem_decimal Rscal d).
Proof.
  destruct d as [m e| | | |]; try apply sat_anything.
  2:{ repeat split; simpl; lra. }
  unfold sat, sign_decimal, sem_decimal. cbn [s_pos s_neg s_under s_over sofQ Rscal].
  assert (N : forall k x, lv (level_Z k) x -> lv (if (Z.abs e <=? 40)%Z then level_Z k else Unknown) x).
  { intros k x H. destruct (Z.abs e <=? 40)%Z; auto. exact Logic.I. }
  destruct (0 <=? e)%Z eqn:E.
  - assert (P : 0 < IZR (10 ^ e)) by (apply IZR_lt, Z.pow_pos_nonneg; lia).
    repeat split; try apply N.
    + apply (lv_scaled _ _ _ _ (lv_level_Z m) P). rewrite mult_IZR; lra.
    + apply (lv_scaled _ _ _ _ (lv_level_Z (- m)) P). rewrite mult_IZR, opp_IZR; lra.
    + eapply lv_eq; [apply lv_level_Z|]. rewrite minus_IZR; lra.
    + eapply lv_eq; [apply lv_level_Z|]. rewrite minus_IZR; lra.
  - assert (Q : (0 < 10 ^ (- e))%Z) by (apply Z.pow_pos_nonneg; lia).
    assert (P : 0 < IZR (10 ^ (- e))) by (apply IZR_lt; auto).
    pose proof (Rinv_0_lt_compat _ P) as I. rewrite Z2Pos.id by auto.
    repeat split; try apply N.
    + apply (lv_scaled _ _ _ _ (lv_level_Z m) I). reflexivity.
    + apply (lv_scaled _ _ _ _ (lv_level_Z (- m)) I). rewrite opp_IZR. unfold Rdiv; lra.
    + apply (lv_scaled _ _ _ _ (lv_level_Z (10 ^ (- e) - m)) I). rewrite minus_IZR. field. lra.
    + apply (lv_scaled _ _ _ _ (lv_level_Z (m - 10 ^ (- e))) I). rewrite minus_IZR. field. lra.
Qed.
(* What holds of all values of a constant holds of each. *)
Lemma sat_values values d : In d values -> sat (sign_values values) (sem_decimal Rscal d).
Proof.
  destruct values as [|v l]; simpl; [tauto|]. induction l as [|w l IH]; simpl.
  - intros [->|[]]. apply sat_decimal.
  - intros [->|[->|H]]; [apply sat_either_r; auto|apply sat_either_l, sat_decimal|apply sat_either_r; auto].
Qed.
