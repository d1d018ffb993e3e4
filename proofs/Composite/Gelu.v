(* GELU, element by element: x Phi(x) with the normal distribution function Phi by erf, and its
   approximation by tanh. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Erf Base.Real Syntax Ops.Op Ops.Curve
  Ops.Pointwise Ops.UnaryProof.
Open Scope R_scope.

(* (x g(x))' = g(x) + x g'(x) *)
Lemma is_derive_x_times g x dg : is_derive g x dg -> is_derive (fun x => x * g x) x (g x + x * dg).
Proof.
  intros D. replace (g x + x * dg) with (1 * g x + x * dg) by lra.
  apply (is_derive_mult (fun x => x) g x 1 dg); auto.
  apply (is_derive_id (K := R_AbsRing)). intros; apply Rmult_comm.
Qed.

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
