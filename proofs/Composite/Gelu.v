(* GELU, element by element: x Phi(x) with the normal distribution function Phi by erf, and its
   approximation by tanh. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Erf Base.Real Syntax Ops.Op Ops.Curve
  Ops.Pointwise Ops.UnarySlopes Composite.Swish.
Open Scope R_scope.

(* ---- GELU by erf ---- *)
(* Phi(x) = (1 + erf(x / sqrt 2)) / 2 and its density phi(x) = e^(-x^2 / 2) / sqrt(2 pi) *)
Definition normal_cdf (x : R) : R := / 2 * (1 + erf (x / sqrt 2)).
Definition normal_density (x : R) : R := exp (- (x * x) / 2) / sqrt (2 * PI).
Theorem is_derive_normal_cdf x : is_derive normal_cdf x (normal_density x).
Proof.
  pose proof (sqrt_lt_R0 2 ltac:(lra)) as P2. pose proof (sqrt_lt_R0 PI PI_RGT_0) as PP.
  set (u := x / sqrt 2). set (d := / sqrt 2 * (2 / sqrt PI * exp (- (u * u)))).
  assert (D : is_derive (fun x => erf (x / sqrt 2)) x d).
  { apply (is_derive_comp erf (fun x => x / sqrt 2)). apply is_derive_erf. auto_derive; auto. lra. }
  replace (normal_density x) with (/ 2 * (0 + d)).
  - apply (is_derive_scal (fun x => 1 + erf (x / sqrt 2)) x (/ 2)).
    apply (is_derive_plus (fun _ => 1) (fun x => erf (x / sqrt 2)) x 0); auto.
    apply (is_derive_const (K := R_AbsRing) (V := R_NormedModule) 1).
  - unfold normal_density, d, u. rewrite sqrt_mult by (pose proof PI_RGT_0; lra).
    replace (- (x / sqrt 2 * (x / sqrt 2))) with (- (x * x) / 2). field; lra.
    rewrite <- (sqrt_sqrt 2) at 1 by lra. field; lra.
Qed.
Definition gelu (x : R) : R := x * normal_cdf x.
Definition gelu_slope (x : R) : R := normal_cdf x + x * normal_density x.
Theorem is_derive_gelu x : is_derive gelu x (gelu_slope x).
Proof. apply is_derive_x_times, is_derive_normal_cdf. Qed.
Theorem Der_gelu x dx : Der x dx -> Der (fun t => gelu (x t)) (gelu_slope (x 0) * dx).
Proof. apply (chain_rule gelu x), is_derive_gelu. Qed.
(* d.x = dy (Phi(x) + x phi(x)) *)
Theorem gelu_adjoint s (x dx dy : tensor) :
  dotp s dy (fun i => gelu_slope (x i) * dx i) = dotp s (fun i => dy i * gelu_slope (x i)) dx.
Proof. apply diagonal_trick. Qed.

(* ---- GELU by tanh, for any constants c and k: x (1 + tanh(c (x + k x^3))) / 2 ---- *)
Section Tanh.
Variables c k : R.
Definition gelu_inner (x : R) : R := c * (x + k * (x * x * x)).
Definition gelu_tanh (x : R) : R := x * (/ 2 * (1 + tanh (gelu_inner x))).
(* (1 + T) / 2 + x (1 - T^2) c (1 + 3 k x^2) / 2, where T = tanh(c (x + k x^3)) *)
Definition gelu_tanh_slope (x : R) : R :=
  let T := tanh (gelu_inner x) in
  / 2 * (1 + T) + x * (/ 2 * (c * (1 + 3 * k * (x * x)) * (1 - T * T))).
Theorem is_derive_gelu_tanh x : is_derive gelu_tanh x (gelu_tanh_slope x).
Proof.
  apply (is_derive_x_times (fun x => / 2 * (1 + tanh (gelu_inner x)))).
  apply (is_derive_scal (fun x => 1 + tanh (gelu_inner x)) x (/ 2)). set (d := c * _ * _).
  replace d with (0 + d) by lra.
  apply (is_derive_plus (fun _ => 1) (fun x => tanh (gelu_inner x)) x 0 d).
  - apply (is_derive_const (K := R_AbsRing) (V := R_NormedModule) 1).
  - apply (is_derive_comp tanh gelu_inner). apply tanh_slope. unfold gelu_inner. auto_derive; auto. lra.
Qed.
Theorem Der_gelu_tanh x dx : Der x dx -> Der (fun t => gelu_tanh (x t)) (gelu_tanh_slope (x 0) * dx).
Proof. apply (chain_rule gelu_tanh x), is_derive_gelu_tanh. Qed.
Theorem gelu_tanh_adjoint s (x dx dy : tensor) :
  dotp s dy (fun i => gelu_tanh_slope (x i) * dx i) = dotp s (fun i => dy i * gelu_tanh_slope (x i)) dx.
Proof. apply diagonal_trick. Qed.
End Tanh.

(* ---- the ops are these functions ---- *)
(* Phi and phi as the ops compute them *)
Lemma normal_cdf_erfc x : 1 / 2 * (1 + - erf (- (x * (1 / sqrt (2 / 1))))) = normal_cdf x.
Proof.
  unfold normal_cdf. replace (2 / 1) with 2 by field. rewrite erf_odd.
  replace (x * (1 / sqrt 2)) with (x / sqrt 2) by (unfold Rdiv; ring). lra.
Qed.
Lemma normal_density_factor x : let u := x * (1 / sqrt 2) in
  1 / sqrt (8 * atan (1 / 1)) * exp (- (u * u)) = normal_density x.
Proof.
  intros u. unfold normal_density. replace (8 * atan (1 / 1)) with (2 * PI).
  2:{ replace (1 / 1) with 1 by field. rewrite atan_1. field. }
  replace (- (u * u)) with (- (x * x) / 2). unfold Rdiv; ring.
  pose proof (sqrt_lt_R0 2 ltac:(lra)) as P. unfold u.
  replace (- (x * (1 / sqrt 2) * (x * (1 / sqrt 2)))) with (- (x * x) / (sqrt 2 * sqrt 2)) by (field; lra).
  rewrite sqrt_sqrt by lra. reflexivity.
Qed.
Theorem sem_gelu x : sem_unary Rscal Gelu x = gelu x.
Proof. unfold gelu. rewrite <- normal_cdf_erfc. reflexivity. Qed.

(* 2 c and k as the op has them *)
Definition gelu_c : R := sem_decimal Rscal gelu_scale / 2.
Definition gelu_k : R := sem_decimal Rscal gelu_bend.
Theorem sem_gelu_tanh x : sem_unary Rscal GeluTanh x = gelu_tanh gelu_c gelu_k x.
Proof.
  unfold gelu_tanh. rewrite <- logistic_tanh. cbn [sem_unary smul Rscal]. f_equal.
  change (logistic (sem_decimal Rscal gelu_scale * (x + gelu_k * (x * x * x)))
          = logistic (2 * gelu_inner gelu_c gelu_k x)).
  f_equal. unfold gelu_inner, gelu_c. field.
Qed.
(* Its slope, by the gate p = (1 + tanh u) / 2 and the value y:  p + y (1 - p) 2 c (1 + 3 k x^2) *)
Lemma gelu_tanh_slope_gate x : let p := sem_tanh_gate Rscal x in
  p + x * p * (1 - p) * (sem_decimal Rscal gelu_scale * (1 + 3 * gelu_k * (x * x)))
  = gelu_tanh_slope gelu_c gelu_k x.
Proof.
  intros p. assert (P : p = / 2 * (1 + tanh (gelu_inner gelu_c gelu_k x))).
  { rewrite <- logistic_tanh.
    change (logistic (sem_decimal Rscal gelu_scale * (x + gelu_k * (x * x * x)))
            = logistic (2 * gelu_inner gelu_c gelu_k x)).
    f_equal. unfold gelu_inner, gelu_c. field. }
  unfold gelu_tanh_slope. rewrite P. unfold gelu_c. set (T := tanh _). field.
Qed.
