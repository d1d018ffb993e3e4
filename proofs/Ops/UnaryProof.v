(* Elementwise ops of one operand: derivative and backward rule, by the diagonal trick. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise
  Base.Erf Ops.UnarySlopes Composite.Swish Composite.Gelu.
Import ListNotations.
Open Scope R_scope.

(* 2 / sqrt pi e^(-x^2), with 2 / sqrt pi written as the template computes it *)
Definition erf_slope (x : R) : R := 1 / sqrt (atan (1 / 1)) * exp (- (x * x)).
Lemma erf_slope_correct x : is_derive erf x (erf_slope x).
Proof.
  replace (erf_slope x) with (2 / sqrt PI * exp (- (x * x))). apply is_derive_erf.
  unfold erf_slope. f_equal. replace (1 / 1) with 1 by field. rewrite atan_1.
  pose proof PI_RGT_0 as P. pose proof (sqrt_lt_R0 PI P). rewrite sqrt_div by lra.
  replace (sqrt 4) with 2. field; lra. replace 4 with (2 * 2) by ring. symmetry. apply sqrt_square. lra.
Qed.
(* f'(x) *)
Definition unary_slope (u : unary_op) (x : R) : R :=
  match u with
  | Abs => if Rltb x 0 then -1 else if Rltb 0 x then 1 else 0
  | Negate => -1
  | Exponential => exp x
  | Log => / x
  | Logistic => let y := 1 / (1 + exp (- x)) in y * (1 - y)
  | Tanh => 1 - tanh x * tanh x
  | Sqrt => / (sqrt x + sqrt x)
  | Rsqrt => - (1 / 2) * (1 / sqrt x / x)
  | Sine => cos x
  | Cosine => - sin x
  | Not => 0
  | ExponentialMinusOne => exp x - 1 + 1
  | LogPlusOne => / (1 + x)
  | Cbrt => let y := sem_unary Rscal Cbrt x in / (3 * (y * y))
  | Tan => let y := sin x / cos x in 1 + y * y
  | Floor | Ceil | RoundNearestAfz | RoundNearestEven | Sign => 0
  | Erf => erf_slope x
  | Erfc => - erf_slope x
  | Atan => / (1 + x * x)
  | Asin => asin_slope_at x
  | Acos => - asin_slope_at x
  | Sinh => sem_unary Rscal Cosh x
  | Cosh => sem_unary Rscal Sinh x
  | Asinh => 1 / sqrt (x * x + 1)
  | Acosh => 1 / sqrt ((x - 1) * (x + 1))
  | Atanh => / ((1 - x) * (1 + x))
  | Swish => swish_slope x
  | Gelu => gelu_slope x
  | GeluTanh => gelu_tanh_slope gelu_c gelu_k x
  end.
(* Where f is differentiable, at x in the direction dx. *)
Definition unary_ok (u : unary_op) (x dx : R) : Prop :=
  match u with
  | Abs => x <> 0 \/ dx = 0
  | Log | Sqrt | Rsqrt => 0 < x
  | LogPlusOne => -1 < x
  | Cbrt | Sign => x <> 0
  | Tan => cos x <> 0
  | Floor | Ceil => forall n : Z, x <> IZR n
  | RoundNearestAfz | RoundNearestEven => forall n : Z, x <> IZR n + 1 / 2
  | Asin | Acos | Atanh => -1 < x < 1
  | Acosh => 1 < x
  | _ => True
  end.
Definition jvp_unary (u : unary_op) : jvp_fun := fun ats rt vs ds =>
  match vs, ds with [x], [d] => fun i => unary_slope u (x i) * d i | _, _ => tz end.
Definition ok_unary (u : unary_op) : ok_fun := fun ats rt vs ds =>
  match vs, ds with
  | [x], [d] => tfloat rt = true -> forall i, inb (snd rt) i = true -> unary_ok u (x i) (d i)
  | _, _ => True
  end.

(* The result has the operand's type. *)
Lemma unary_typed u ats rt : infer (Unary u) ats = Some rt -> ats = [rt] /\ unary_domain u (fst rt) = true.
Proof.
  simpl; unfold infer_unary; intros H. destruct ats as [|x [|]]; try discriminate.
  destruct (unary_domain u (fst x)) eqn:E; inv H; auto.
Qed.

(* ---- slopes, one op at a time ---- *)
(* y = x^(1/2):  y' = 1 / (2 y) *)
Lemma sqrt_slope x : 0 < x -> is_derive sqrt x (/ (sqrt x + sqrt x)).
Proof.
  intros H. pose proof (sqrt_lt_R0 x H). apply (is_derive_ext (fun x : R => sqrt x)). reflexivity.
  auto_derive; auto. field. lra.
Qed.
(* y = x^(-1/2):  y' = -1/2 y / x *)
Lemma rsqrt_slope x : 0 < x -> is_derive (fun x => 1 / sqrt x) x (- (1 / 2) * (1 / sqrt x / x)).
Proof.
  intros H. pose proof (sqrt_lt_R0 x H). auto_derive. repeat split; auto; lra.
  replace (- (1 / 2) * (1 / sqrt x / x)) with (- (1 / 2) * (1 / sqrt x / (sqrt x * sqrt x)))
    by (rewrite sqrt_sqrt by lra; auto).
  field. lra.
Qed.
(* A curve through the kink of |x| with slope 0 there: both branches have slope 0. *)
Lemma abs_der (g : R -> R) d : Der g d -> unary_ok Abs (g 0) d ->
  Der (fun s => sem_unary Rscal Abs (g s)) (unary_slope Abs (g 0) * d).
Proof.
  intros D K. simpl in *.
  assert (N : Der (fun s => - g s) (- d)) by (apply (is_derive_opp g 0 d); auto).
  pose proof (Der_const 0) as Z.
  destruct (Rltb (g 0) 0) eqn:E1; [|destruct (Rltb 0 (g 0)) eqn:E2].
  - apply Rltb_true in E1. eapply Der_eq; [|instantiate (1 := - d); lra].
    apply Der_ext_near with (f := fun s => - g s); auto.
    generalize (Der_near_lt _ _ _ _ D Z E1). apply near_imp. intros s H. apply Rltb_true in H.
    rewrite H; auto.
  - apply Rltb_true in E2. eapply Der_eq; [|instantiate (1 := d); lra].
    apply Der_ext_near with (f := g); auto. generalize (Der_near_lt _ _ _ _ Z D E2).
    apply near_imp. intros s H. rewrite (proj2 (Rltb_false _ _)); auto; lra.
  - apply Rltb_false in E1. apply Rltb_false in E2. assert (G : g 0 = 0) by lra.
    destruct K as [K| ->]; [tauto|]. rewrite Rmult_0_l.
    apply (Der_select [true; false] (fun b s => if b then - g s else g s) _ 0).
    + intros [] _; split; auto; try lra. rewrite <- Ropp_0. auto.
    + rewrite G, Rltb_false_01; auto.
    + apply near_true. intros s. destruct (Rltb (g s) 0); [exists true|exists false]; simpl; auto.
Qed.
(* (c - f)' = - f' *)
Lemma one_minus_slope c (f : R -> R) x l : is_derive f x l -> is_derive (fun x => c + - f x) x (- l).
Proof.
  intros D. replace (- l) with (0 + - l) by ring. apply (is_derive_plus (fun _ => c) (fun x => - f x) x 0 (- l)).
  apply (is_derive_const (K := R_AbsRing) (V := R_NormedModule) c x). apply (is_derive_opp f x l D).
Qed.
(* f(g(s)) has the derivative f'(g(0)) g'(0): the chain rule at every op *)
Lemma unary_der u (g : R -> R) d : Der g d -> unary_ok u (g 0) d -> u <> Not ->
  Der (fun s => sem_unary Rscal u (g s)) (unary_slope u (g 0) * d).
Proof.
  intros D K N. destruct u; try tauto; [apply abs_der; auto| |..]; clear N;
    apply chain_rule with (g := g); auto; simpl in *.
  - apply (is_derive_ext (fun x : R => - x)). reflexivity. auto_derive; auto; lra.
  - apply is_derive_exp.
  - apply is_derive_ln; auto.
  - apply is_derive_logistic.
  - apply tanh_slope.
  - apply sqrt_slope; auto.
  - apply rsqrt_slope; auto.
  - apply is_derive_Reals, derivable_pt_lim_sin.
  - apply is_derive_Reals, derivable_pt_lim_cos.
  - apply expm1_slope.
  - apply log1p_slope; auto.
  - apply cbrt_slope; auto.
  - apply tan_slope; auto.
  - apply floor_slope; auto.
  - apply ceil_slope; auto.
  - apply nearest_flat; auto. apply round_afz_unique.
  - apply nearest_flat; auto. apply round_even_unique.
  - apply sign_slope; auto.
  - apply erf_slope_correct.
  - apply one_minus_slope, erf_slope_correct.
  - apply atan_slope.
  - apply asin_slope; auto.
  - apply one_minus_slope, asin_slope; auto.
  - apply sinh_slope.
  - apply cosh_slope.
  - apply asinh_slope.
  - apply acosh_slope; auto.
  - apply atanh_slope; auto.
  - apply is_derive_swish.
  - apply (is_derive_ext gelu). intros; symmetry; apply sem_gelu. apply is_derive_gelu.
  - apply (is_derive_ext (gelu_tanh gelu_c gelu_k)). intros; symmetry; apply sem_gelu_tanh.
    apply is_derive_gelu_tanh.
Qed.

(* y[i] = f(x[i]) moves with f'(x[i]) dx[i] *)
Lemma unary_deriv u : deriv_spec (Unary u) (jvp_unary u) (ok_unary u).
Proof.
  intros ats rt gs ds T F M K i Hi. apply unary_typed in T as [-> T].
  destruct gs as [|g [|]], ds as [|d [|]]; simpl in M; try tauto. destruct M as [M _].
  apply (unary_der u (fun s => g s i)).
  - apply (moves_float _ _ _ M).
  - apply K; auto.
  - intros ->. unfold tfloat in F. destruct (fst rt); discriminate.
Qed.
Lemma unary_const u : const_spec (Unary u) (ok_unary u).
Proof. apply integers_const. intros ats rt T F. apply unary_typed in T as [-> _]. simpl. rewrite F; auto. Qed.

(* -5 * 10^-1 *)
Lemma sem_half ats rt i : inb (snd rt) i = true ->
  sem Rscal (Constant rt [Dec (-5) (-1)]) ats rt [] i = - (1 / 2).
Proof. intros H. rewrite sem_in by auto. simpl. change (Z.to_pos (10 ^ 1)) with 10%positive. lra. Qed.
(* A scalar spread over a shape. *)
Lemma sem_scalar_spread e rt x i : inb (snd rt) i = true ->
  sem Rscal (BroadcastInDim (snd rt) []) [(e, [])] rt [x] i = x [].
Proof. intros H. rewrite sem_in by auto. reflexivity. Qed.
(* (atan2(1, 1))^(-1/2) *)
Lemma gauss_factor : 1 / sqrt (sem_atan2 Rscal 1 1) = 1 / sqrt (atan (1 / 1)).
Proof. unfold sem_atan2. cbn [sltb s0 Rscal]. rewrite Rltb_true_01. reflexivity. Qed.
(* A decimal as a constant. *)
Lemma sem_decimal_at t d ats rt i : inb (snd rt) i = true ->
  sem Rscal (Constant t [d]) ats rt [] i = sem_decimal Rscal d.
Proof. intros H. rewrite sem_in by auto. reflexivity. Qed.
(* Activations: the slopes as their templates compute them. *)
Lemma gelu_template_slope x : let u := x * (1 / sqrt 2) in
  1 / 2 * (1 + - erf (- u)) + x * (1 / sqrt (8 * sem_atan2 Rscal 1 1) * exp (- (u * u))) = gelu_slope x.
Proof.
  intros u. unfold gelu_slope. rewrite <- normal_cdf_erfc, <- normal_density_factor.
  replace (2 / 1) with 2 by field. fold u. unfold sem_atan2. cbn [sltb s0 sdiv satan Rscal].
  rewrite Rltb_true_01. reflexivity.
Qed.
Lemma half_decimal : sem_decimal Rscal (Dec 5 (-1)) = 1 / 2.
Proof. simpl. change (Z.to_pos (10 ^ 1)) with 10%positive. lra. Qed.
Lemma gelu_bend_thrice : sem_decimal Rscal (Dec 134145 (-6)) = 3 * gelu_k.
Proof.
  unfold gelu_k, gelu_bend. simpl. change (Z.to_pos (10 ^ 6)) with 1000000%positive. lra.
Qed.
(* dx[i] = dy[i] f'(x[i]) *)
Lemma unary_vjp_correct u : vjp_spec (Unary u) (jvp_unary u) (ok_unary u).
Proof.
  intros needs ats rt tm outs vs ds dy T F V LN LV LD S K. apply unary_typed in T as [-> T].
  destruct needs as [|n [|]], vs as [|x [|]], ds as [|d [|]]; try discriminate. clear LN LV LD.
  change (jvp_unary u [rt] rt [x] [d]) with (fun i => unary_slope u (x i) * d i).
  specialize (K F).
  destruct n.
  2:{ pose proof (S 0%nat eq_refl) as E; simpl in E; subst d. rewrite <- diagonal_still.
      destruct outs; simpl; lra. }
  clear S.
  destruct u; simpl in V; inv V; try solve [unfold tfloat in F; destruct (fst rt); discriminate];
    try solve [simpl; rewrite (dotp_ext _ _ dy _ tz), dotp_tz_r; auto; try lra; intros; unfold tz; ring];
    simpl; rewrite Rplus_0_r; apply diagonal_contribution; intros i Hi; at_index; specialize (K i Hi);
      simpl in K;
    unfold sem_compare; rewrite ?sem_scalar_spread, ?sem_half, ?truth by auto; at_index;
    try (rewrite gauss_factor; unfold erf_slope; ring);
    try (unfold asin_slope_at, Rminus, Rdiv; ring).
  - destruct (Rltb (x i) 0), (Rltb 0 (x i)); lra.
  - unfold swish_slope, swish, logistic. ring.
  - rewrite sem_decimal_at, half_decimal, gelu_template_slope by auto. reflexivity.
  - rewrite !sem_decimal_at by auto. rewrite gelu_bend_thrice, <- gelu_tanh_slope_gate.
    set (p := sem_tanh_gate Rscal (x i)).
    change (dy i * (p + x i * p * (1 + - p)
      * (sem_decimal Rscal gelu_scale * (1 + 3 * gelu_k * (x i * x i))))
      = dy i * (p + x i * p * (1 - p) * (sem_decimal Rscal gelu_scale * (1 + 3 * gelu_k * (x i * x i))))).
    ring.
Qed.

(* ---- op by op ---- *)
Definition abs_typed := unary_typed Abs.
Definition negate_typed := unary_typed Negate.
Definition exponential_typed := unary_typed Exponential.
Definition log_typed := unary_typed Log.
Definition logistic_typed := unary_typed Logistic.
Definition tanh_typed := unary_typed Tanh.
Definition sqrt_typed := unary_typed Sqrt.
Definition rsqrt_typed := unary_typed Rsqrt.
Definition sine_typed := unary_typed Sine.
Definition cosine_typed := unary_typed Cosine.
Definition not_typed := unary_typed Not.
Definition exponential_minus_one_typed := unary_typed ExponentialMinusOne.
Definition log_plus_one_typed := unary_typed LogPlusOne.
Definition cbrt_typed := unary_typed Cbrt.
Definition tan_typed := unary_typed Tan.
Definition floor_typed := unary_typed Floor.
Definition ceil_typed := unary_typed Ceil.
Definition round_nearest_afz_typed := unary_typed RoundNearestAfz.
Definition round_nearest_even_typed := unary_typed RoundNearestEven.
Definition sign_typed := unary_typed Sign.
Definition erf_typed := unary_typed Erf.
Definition erfc_typed := unary_typed Erfc.
Definition atan_typed := unary_typed Atan.
Definition asin_typed := unary_typed Asin.
Definition acos_typed := unary_typed Acos.
Definition sinh_typed := unary_typed Sinh.
Definition cosh_typed := unary_typed Cosh.
Definition asinh_typed := unary_typed Asinh.
Definition acosh_typed := unary_typed Acosh.
Definition atanh_typed := unary_typed Atanh.
Definition swish_typed := unary_typed Swish.
Definition gelu_typed := unary_typed Gelu.
Definition gelu_tanh_typed := unary_typed GeluTanh.
Definition abs_deriv := unary_deriv Abs.
Definition negate_deriv := unary_deriv Negate.
Definition exponential_deriv := unary_deriv Exponential.
Definition log_deriv := unary_deriv Log.
Definition logistic_deriv := unary_deriv Logistic.
Definition tanh_deriv := unary_deriv Tanh.
Definition sqrt_deriv := unary_deriv Sqrt.
Definition rsqrt_deriv := unary_deriv Rsqrt.
Definition sine_deriv := unary_deriv Sine.
Definition cosine_deriv := unary_deriv Cosine.
Definition not_deriv := unary_const Not.
Definition exponential_minus_one_deriv := unary_deriv ExponentialMinusOne.
Definition log_plus_one_deriv := unary_deriv LogPlusOne.
Definition cbrt_deriv := unary_deriv Cbrt.
Definition tan_deriv := unary_deriv Tan.
Definition floor_deriv := unary_deriv Floor.
Definition ceil_deriv := unary_deriv Ceil.
Definition round_nearest_afz_deriv := unary_deriv RoundNearestAfz.
Definition round_nearest_even_deriv := unary_deriv RoundNearestEven.
Definition sign_deriv := unary_deriv Sign.
Definition erf_deriv := unary_deriv Erf.
Definition erfc_deriv := unary_deriv Erfc.
Definition atan_deriv := unary_deriv Atan.
Definition asin_deriv := unary_deriv Asin.
Definition acos_deriv := unary_deriv Acos.
Definition sinh_deriv := unary_deriv Sinh.
Definition cosh_deriv := unary_deriv Cosh.
Definition asinh_deriv := unary_deriv Asinh.
Definition acosh_deriv := unary_deriv Acosh.
Definition atanh_deriv := unary_deriv Atanh.
Definition swish_deriv := unary_deriv Swish.
Definition gelu_deriv := unary_deriv Gelu.
Definition gelu_tanh_deriv := unary_deriv GeluTanh.
Definition abs_vjp_correct := unary_vjp_correct Abs.
Definition negate_vjp_correct := unary_vjp_correct Negate.
Definition exponential_vjp_correct := unary_vjp_correct Exponential.
Definition log_vjp_correct := unary_vjp_correct Log.
Definition logistic_vjp_correct := unary_vjp_correct Logistic.
Definition tanh_vjp_correct := unary_vjp_correct Tanh.
Definition sqrt_vjp_correct := unary_vjp_correct Sqrt.
Definition rsqrt_vjp_correct := unary_vjp_correct Rsqrt.
Definition sine_vjp_correct := unary_vjp_correct Sine.
Definition cosine_vjp_correct := unary_vjp_correct Cosine.
Definition not_vjp_correct := unary_vjp_correct Not.
Definition exponential_minus_one_vjp_correct := unary_vjp_correct ExponentialMinusOne.
Definition log_plus_one_vjp_correct := unary_vjp_correct LogPlusOne.
Definition cbrt_vjp_correct := unary_vjp_correct Cbrt.
Definition tan_vjp_correct := unary_vjp_correct Tan.
Definition floor_vjp_correct := unary_vjp_correct Floor.
Definition ceil_vjp_correct := unary_vjp_correct Ceil.
Definition round_nearest_afz_vjp_correct := unary_vjp_correct RoundNearestAfz.
Definition round_nearest_even_vjp_correct := unary_vjp_correct RoundNearestEven.
Definition sign_vjp_correct := unary_vjp_correct Sign.
Definition erf_vjp_correct := unary_vjp_correct Erf.
Definition erfc_vjp_correct := unary_vjp_correct Erfc.
Definition atan_vjp_correct := unary_vjp_correct Atan.
Definition asin_vjp_correct := unary_vjp_correct Asin.
Definition acos_vjp_correct := unary_vjp_correct Acos.
Definition sinh_vjp_correct := unary_vjp_correct Sinh.
Definition cosh_vjp_correct := unary_vjp_correct Cosh.
Definition asinh_vjp_correct := unary_vjp_correct Asinh.
Definition acosh_vjp_correct := unary_vjp_correct Acosh.
Definition atanh_vjp_correct := unary_vjp_correct Atanh.
Definition swish_vjp_correct := unary_vjp_correct Swish.
Definition gelu_vjp_correct := unary_vjp_correct Gelu.
Definition gelu_tanh_vjp_correct := unary_vjp_correct GeluTanh.
